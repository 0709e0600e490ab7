package emulator

import (
	"github.com/emu8266/emu8266/emulator/chip"
	"github.com/emu8266/emu8266/emulator/wifi"
)

// statusBlink is how long the LED of wifi_status_led_install is on, and off, in milliseconds. Choice.
const statusBlink = 500

// statusLED is the LED that tells the state of the station.
type statusLED struct {
	pin   uint32
	on    uint32
	timer OsTimer
}

// WifiStatusLedInstall lets a LED at a GPIO, 0 to 15, with the address of its register in IO_MUX and the function that
// makes it a GPIO, tell the station's state. Choice: it blinks once a second while there is no address, and is on with one.
// Installing another one ends that. A GPIO above 15 is ignored.
func (s *SDK) WifiStatusLedInstall(gpio uint8, mux uint32, function uint8) {
	m := s.board.m
	s.WifiStatusLedUninstall()
	if gpio >= chip.PinCount-1 {
		return
	}
	m.led = statusLED{pin: uint32(gpio)}
	s.PinFuncSelect(mux, uint32(function))
	s.OsTimerSetfn(&m.led.timer, func() {
		m.led.on ^= 1
		if m.wifi.status == wifi.StationGotIP {
			m.led.on = 1
		}
		s.GpioOutputSet(m.led.on<<gpio, (m.led.on^1)<<gpio, 1<<gpio, 0)
	})
	s.OsTimerArm(&m.led.timer, statusBlink, true)
}

// WifiStatusLedUninstall ends it; the LED stays as it is.
func (s *SDK) WifiStatusLedUninstall() { s.OsTimerDisarm(&s.board.m.led.timer) }
