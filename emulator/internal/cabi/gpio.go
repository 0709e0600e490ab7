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
	"read_sar_dout": {"p", readSAR}, // libphy's, which programs declare themselves
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

// sarWords are the measurements that read_sar_dout reads.
const sarWords = 8

// readSAR writes the measurements of the converter: eight of 11 bits, of whose sum s system_adc_read makes (s+8)/16*12/11, at most 1024
// (read_sar_dout and test_tout of libphy, system_adc_read of libmain, SDK 3.0). Choice: all are the least that make what system_adc_read
// returns, or the next number that the chip can make.
func readSAR(s *SDK, a *Args) uint32 {
	v := uint16(0)
	if adc := uint32(s.sdk.SystemAdcRead()); adc <= 1024 { // 0xFFFF: the pin is not what is measured
		v = uint16(2 * ((adc*11 + 11) / 12))
	}
	to := s.write(a.u32(0), 2*sarWords)
	for i := range sarWords {
		order.PutUint16(to[2*i:], v)
	}
	return 0
}
