package cabi

import "github.com/emu8266/emu8266/emulator/chip"

// gpioFunctions are gpio.h's, and those of user_interface.h that have to do with pins.
var gpioFunctions = map[string]Function{
	"gpio_init": {"", nothing},
	"gpio_output_set": {"iiii", func(s *SDK, a *Args) uint32 {
		s.sdk.GpioOutputSet(a.u32(0), a.u32(1), a.u32(2), a.u32(3))
		return 0
	}},
	"gpio_input_get": {"", func(s *SDK, _ *Args) uint32 { return s.sdk.GpioInputGet() }},
	"gpio_register_set": {"ii", func(s *SDK, a *Args) uint32 {
		s.sdk.GpioRegisterSet(a.u32(0), a.u32(1))
		return 0
	}},
	"gpio_register_get": {"i", func(s *SDK, a *Args) uint32 { return s.sdk.GpioRegisterGet(a.u32(0)) }},
	"gpio_pin_intr_state_set": {"ii", func(s *SDK, a *Args) uint32 {
		s.sdk.GpioPinIntrStateSet(a.u32(0), chip.GPIOIntType(a.u32(1)))
		return 0
	}},
	"gpio_intr_handler_register": {"fi", func(s *SDK, a *Args) uint32 {
		f, arg := a.u32(0), a.u32(1)
		if f == 0 {
			s.sdk.GpioIntrHandlerRegister(nil)
			return 0
		}
		s.sdk.GpioIntrHandlerRegister(func(mask uint32) { s.callback(f, mask, arg) })
		return 0
	}},
	"gpio_intr_pending": {"", func(s *SDK, _ *Args) uint32 { return s.sdk.GpioIntrPending() }},
	"gpio_intr_ack": {"i", func(s *SDK, a *Args) uint32 {
		s.sdk.GpioIntrAck(a.u32(0))
		return 0
	}},
	"gpio_pin_wakeup_enable":  {"ii", wakeupEnable},
	"gpio_pin_wakeup_disable": {"", wakeupDisable},

	"wifi_enable_gpio_wakeup":  {"ii", wakeupEnable},
	"wifi_disable_gpio_wakeup": {"", wakeupDisable},
	"wifi_status_led_install": {"iii", func(s *SDK, a *Args) uint32 {
		s.sdk.WifiStatusLedInstall(a.u8(0), a.u32(1), a.u8(2))
		return 0
	}},
	"wifi_status_led_uninstall": {"", func(s *SDK, _ *Args) uint32 {
		s.sdk.WifiStatusLedUninstall()
		return 0
	}},
	"system_adc_read_fast": {"pii", func(s *SDK, a *Args) uint32 {
		b := s.write(a.u32(0), 2*uint32(a.u16(1)))
		values := make([]uint16, len(b)/2)
		s.sdk.SystemAdcReadFast(values)
		for i, v := range values {
			order.PutUint16(b[2*i:], v)
		}
		return 0
	}},
}

func wakeupEnable(s *SDK, a *Args) uint32 {
	s.sdk.GpioPinWakeupEnable(a.u32(0), chip.GPIOIntType(a.u32(1)))
	return 0
}

func wakeupDisable(s *SDK, _ *Args) uint32 {
	s.sdk.GpioPinWakeupDisable()
	return 0
}
