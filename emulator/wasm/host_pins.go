package wasm

import "github.com/emu8266/emu8266/emulator/chip"

// interruptFunctions are ets_sys.h's interrupts.
var interruptFunctions = map[string]hostFunction{
	"ets_isr_attach": {"ifi", func(g *guest, a args) uint32 {
		n, f, arg := a.u32(0), a.u32(1), a.u32(2)
		if n > 15 {
			return 0
		}
		if f == 0 {
			g.board.AttachInterrupt(int(n), nil)
			return 0
		}
		g.board.AttachInterrupt(int(n), func() { g.callback(f, arg) })
		return 0
	}},
	"ets_isr_mask": {"i", func(g *guest, a args) uint32 {
		g.sdk.EtsIsrMask(a.u32(0))
		return 0
	}},
	"ets_isr_unmask": {"i", func(g *guest, a args) uint32 {
		g.sdk.EtsIsrUnmask(a.u32(0))
		return 0
	}},
	"ets_intr_lock": {"", func(g *guest, _ args) uint32 {
		g.sdk.EtsIntrLock()
		return 0
	}},
	"ets_intr_unlock": {"", func(g *guest, _ args) uint32 {
		g.sdk.EtsIntrUnlock()
		return 0
	}},
	"NmiTimSetFunc": {"f", func(g *guest, a args) uint32 {
		f := a.u32(0)
		if f == 0 {
			g.sdk.NmiTimSetFunc(nil)
			return 0
		}
		g.sdk.NmiTimSetFunc(func() { g.callback(f) })
		return 0
	}},
}

// gpioFunctions are gpio.h's, and those of user_interface.h that have to do with pins.
var gpioFunctions = map[string]hostFunction{
	"gpio_init": {"", nothing},
	"gpio_output_set": {"iiii", func(g *guest, a args) uint32 {
		g.sdk.GpioOutputSet(a.u32(0), a.u32(1), a.u32(2), a.u32(3))
		return 0
	}},
	"gpio_input_get": {"", func(g *guest, _ args) uint32 { return g.sdk.GpioInputGet() }},
	"gpio_register_set": {"ii", func(g *guest, a args) uint32 {
		g.sdk.GpioRegisterSet(a.u32(0), a.u32(1))
		return 0
	}},
	"gpio_register_get": {"i", func(g *guest, a args) uint32 { return g.sdk.GpioRegisterGet(a.u32(0)) }},
	"gpio_pin_intr_state_set": {"ii", func(g *guest, a args) uint32 {
		g.sdk.GpioPinIntrStateSet(a.u32(0), chip.GPIOIntType(a.u32(1)))
		return 0
	}},
	"gpio_intr_handler_register": {"fi", func(g *guest, a args) uint32 {
		f, arg := a.u32(0), a.u32(1)
		if f == 0 {
			g.sdk.GpioIntrHandlerRegister(nil)
			return 0
		}
		g.sdk.GpioIntrHandlerRegister(func(mask uint32) { g.callback(f, mask, arg) })
		return 0
	}},
	"gpio_intr_pending": {"", func(g *guest, _ args) uint32 { return g.sdk.GpioIntrPending() }},
	"gpio_intr_ack": {"i", func(g *guest, a args) uint32 {
		g.sdk.GpioIntrAck(a.u32(0))
		return 0
	}},
	"gpio_pin_wakeup_enable":  {"ii", wakeupEnable},
	"gpio_pin_wakeup_disable": {"", wakeupDisable},

	"wifi_enable_gpio_wakeup":  {"ii", wakeupEnable},
	"wifi_disable_gpio_wakeup": {"", wakeupDisable},
	"wifi_status_led_install": {"iii", func(g *guest, a args) uint32 {
		g.sdk.WifiStatusLedInstall(a.u8(0), a.u32(1), a.u8(2))
		return 0
	}},
	"wifi_status_led_uninstall": {"", func(g *guest, _ args) uint32 {
		g.sdk.WifiStatusLedUninstall()
		return 0
	}},
	"system_adc_read_fast": {"pii", func(g *guest, a args) uint32 {
		b := g.write(a.u32(0), 2*uint32(a.u16(1)))
		values := make([]uint16, len(b)/2)
		g.sdk.SystemAdcReadFast(values)
		for i, v := range values {
			order.PutUint16(b[2*i:], v)
		}
		return 0
	}},
}

func wakeupEnable(g *guest, a args) uint32 {
	g.sdk.GpioPinWakeupEnable(a.u32(0), chip.GPIOIntType(a.u32(1)))
	return 0
}

func wakeupDisable(g *guest, _ args) uint32 {
	g.sdk.GpioPinWakeupDisable()
	return 0
}

// pwmRow are the bytes of a row of pwm_init's table.
const pwmRow = 12

// pwmFunctions are pwm.h's.
var pwmFunctions = map[string]hostFunction{
	"pwm_init": {"ipip", func(g *guest, a args) uint32 {
		n := min(a.u32(2), chip.PWMChannelMax)
		duty, pins := make([]uint32, n), make([]chip.PWMPin, n)
		for i := range n {
			duty[i] = g.u32(a.u32(1) + 4*i)
			row := a.u32(3) + pwmRow*i
			pins[i] = chip.PWMPin{Mux: g.u32(row), Function: g.u32(row + 4), GPIO: g.u32(row + 8)}
		}
		g.sdk.PwmInit(a.u32(0), duty, pins)
		return 0
	}},
	"pwm_start": {"", func(g *guest, _ args) uint32 {
		g.sdk.PwmStart()
		return 0
	}},
	"pwm_set_duty": {"ii", func(g *guest, a args) uint32 {
		g.sdk.PwmSetDuty(a.u32(0), a.u8(1))
		return 0
	}},
	"pwm_get_duty": {"i", func(g *guest, a args) uint32 { return g.sdk.PwmGetDuty(a.u8(0)) }},
	"pwm_set_period": {"i", func(g *guest, a args) uint32 {
		g.sdk.PwmSetPeriod(a.u32(0))
		return 0
	}},
	"pwm_get_period":  {"", func(g *guest, _ args) uint32 { return g.sdk.PwmGetPeriod() }},
	"get_pwm_version": {"", func(g *guest, _ args) uint32 { return g.sdk.GetPwmVersion() }},
	"set_pwm_debug_en": {"i", func(g *guest, a args) uint32 {
		g.sdk.SetPwmDebugEn(a.u8(0))
		return 0
	}},
}
