package radio

import (
	"time"

	"github.com/emu8266/emu8266/emulator/chip"
	"github.com/emu8266/emu8266/emulator/internal/soc"
	"github.com/emu8266/emu8266/emulator/wifi"
)

// statusBlink is how long the LED of wifi_status_led_install is on, and off. Choice.
const statusBlink = 500 * time.Millisecond

// statusLED is the LED that tells the state of the station.
type statusLED struct {
	on    uint32
	timer soc.Timer
}

// StatusLedInstall lets a LED at a GPIO, 0 to 15, with the address of its register in IO_MUX and the function that
// makes it a GPIO, tell the station's state.
func (w *Radio) StatusLedInstall(gpio uint8, mux uint32, function uint8) {
	w.StatusLedUninstall()
	if gpio >= chip.PinCount-1 {
		return
	}
	led := &w.led
	*led = statusLED{}
	w.m.PinFuncSelect(mux, uint32(function))
	w.m.ArmTimer(&led.timer, statusBlink, true, func() {
		led.on ^= 1
		if w.status == wifi.StationGotIP {
			led.on = 1
		}
		w.m.GpioOutputSet(led.on<<gpio, (led.on^1)<<gpio, 1<<gpio, 0)
	})
}

// StatusLedUninstall ends what StatusLedInstall began; the LED stays as it is.
func (w *Radio) StatusLedUninstall() { w.m.DisarmTimer(&w.led.timer) }
