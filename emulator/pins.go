package emulator

import (
	"context"

	"github.com/emu8266/emu8266/emulator/chip"
	"github.com/emu8266/emu8266/emulator/internal/soc"
)

// Pins are the device's pins as the board around it sees them: GPIO0 to 15, GPIO16 of the RTC, the analogue input TOUT and
// the supply. Its methods may be called from any goroutine. What they change is there at once, also while the firmware
// waits in os_delay_us, and interrupts it as on the chip. Each change of a level is an event of the trace (source "pin"),
// but for those of the I2C bus once a slave was attached.
//
// The level of a pad is low if the chip or the board drives it low (Choice: if one drives it low and the other high, it is
// low), else high if one of them drives it high or a pull-up does, else low. Choice: a pad that nothing drives reads low.
// What the board drives stays over resets; the chip's outputs float while it boots.
type Pins struct{ soc *soc.Pins }

// Pins returns the device's pins.
func (d *Device) Pins() *Pins { return &Pins{d.soc.Pins()} }

// Set drives a pin from outside, high or low, until Release or the next Set. It returns when the firmware's interrupt
// handlers have run, if they may. An error for a pin that does not exist, ErrClosed.
func (p *Pins) Set(pin int, high bool) error { return p.soc.Set(pin, high) }

// Release ends Set: the board leaves the pin alone.
func (p *Pins) Release(pin int) error { return p.soc.Release(pin) }

// High returns the level of a pad; false also for a pin that does not exist and on a closed device.
func (p *Pins) High(pin int) bool { return p.soc.High(pin) }

// State returns what a pin does. Before the first boot only Driven and High mean something.
func (p *Pins) State(pin int) (chip.PinState, error) { return p.soc.State(pin) }

// Wait waits until a pad has a level, which it may have already, ctx ends, or the device is closed. Choice: a pad with
// pulses of the PWM has both levels.
func (p *Pins) Wait(ctx context.Context, pin int, high bool) error { return p.soc.Wait(ctx, pin, high) }

// Record begins to note the changes of pins, of all pins if none is named; pins that do not exist are left out. Stop it
// when it is no longer wanted: it keeps up to 65,536 changes.
func (p *Pins) Record(pins ...int) *Recording { return &Recording{p.soc.Record(pins...)} }

// SetTOUT sets the voltage at the analogue input, in 1/1024 V up to 1,024, in place of Config.ADC.
func (p *Pins) SetTOUT(v uint16) error { return p.soc.SetTOUT(v) }

// SetVDD33 sets the supply voltage that system_get_vdd33 measures, in 1/1024 V, below 65,535.
func (p *Pins) SetVDD33(v uint16) error { return p.soc.SetVDD33(v) }

// PWM returns what the PWM channels put out, in their order; nil when the firmware has none. The result is the caller's.
func (p *Pins) PWM() []chip.PWMChannel { return p.soc.PWM() }

// Recording is the list of changes of some pins.
type Recording struct{ soc *soc.Recording }

// Changes returns the changes so far, oldest first. The result is the caller's.
func (r *Recording) Changes() []chip.PinChange { return r.soc.Changes() }

// Stop ends the recording. Changes is empty afterwards.
func (r *Recording) Stop() { r.soc.Stop() }
