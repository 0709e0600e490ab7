package soc

import (
	"fmt"
	"slices"
	"time"

	"github.com/emu8266/emu8266/emulator/chip"
	"github.com/emu8266/emu8266/emulator/trace"
)

// recordMax bounds a recording: the newest changes are kept. Choice.
const recordMax = 65536

// settleMax bounds how often the pads are looked at after a change: a slave on the I2C bus may answer it with one. Choice.
const settleMax = 16

// outside is the board around the chip. Device goroutine only.
type outside struct {
	level        uint32 // of the pads, low where there is a wave
	waves        []wave // of the PWM
	driven, high uint32 // by the board
	bus          i2cBus
	settling     bool
	waiters      []*pinWaiter
	recordings   []*Recording
	adc          *uint16 // nil: Config.ADC
	vdd33        *uint16
}

type pinWaiter struct {
	pin  int
	high bool
	done chan struct{}
}

func checkPin(pin int) error {
	if pin < 0 || pin >= chip.PinCount {
		return fmt.Errorf("emulator: there is no GPIO%d: 0 to %d", pin, chip.PinCount-1)
	}
	return nil
}

// Recording is the list of changes of some pins.
type Recording struct {
	d       *Device
	pins    uint32
	level   uint32           // of the pads, as far as it is known
	seen    time.Duration    // until when
	changes []chip.PinChange // device goroutine only
	first   int              // the oldest, once all recordMax are there
}

func levelName(high bool) string {
	if high {
		return "high"
	}
	return "low"
}

// pads returns the levels that the pads should have.
func (d *Device) pads() (level uint32) {
	o := &d.outside
	pulled := o.bus.pulled()
	for n := range chip.PinCount {
		bit := uint32(1) << n
		up := pulled&bit != 0
		low := o.driven&bit != 0 && o.high&bit == 0 || o.bus.low&bit != 0
		if d.m == nil {
			up = up || pullUpsBoot&bit != 0
		} else {
			drives, high := d.m.gpio.drives(n)
			high = high || d.m.pwm.full(n)
			up = up || drives && high || d.m.gpio.pullUp(n)
			low = low || drives && !high
		}
		if !low && (up || o.driven&o.high&bit != 0) {
			level |= bit
		}
	}
	return level
}

// settle brings the pads to the levels that they should have, and tells everybody.
func (d *Device) settle() {
	o := &d.outside
	if o.settling { // a slave or a watcher changed something: the loop below goes on with that
		return
	}
	o.settling = true
	d.follow()
	for range settleMax {
		o.waves = d.shape()
		old, level := o.level, d.pads()
		if old == level {
			break
		}
		o.level = level
		for n := range chip.PinCount {
			if (old^level)&(1<<n) != 0 {
				d.changed(n, level&(1<<n) != 0)
			}
		}
		o.bus.step(d, old, level)
	}
	o.settling = false
	d.pulsing()
	if m := d.m; m != nil && !m.halted {
		m.levels()
		m.service()
	}
}

func (m *System) settle() { m.d.settle() }

// changed tells of the change of one pad.
func (d *Device) changed(n int, high bool) {
	o := &d.outside
	at := d.trace.Elapsed()
	kind := trace.KindInput
	if d.m != nil {
		d.m.edge(n, high)
		if drives, _ := d.m.gpio.drives(n); drives || d.m.gpio.enable&(1<<n) != 0 && d.m.gpio.isGPIO(n) {
			kind = trace.KindOutput
		}
	}
	if !o.bus.line(n) {
		d.trace.Add(trace.Event{Source: trace.SourcePin, Kind: kind, Name: fmt.Sprintf("GPIO%d", n), Value: int64(number(high)),
			Text: levelName(high)})
	}
	for _, r := range o.recordings {
		if !o.pulses(n) {
			r.set(chip.PinChange{At: at, Pin: n, High: high})
		}
	}
	o.waiters = slices.DeleteFunc(o.waiters, func(w *pinWaiter) bool {
		if w.pin != n || w.high != high {
			return false
		}
		close(w.done)
		return true
	})
}
