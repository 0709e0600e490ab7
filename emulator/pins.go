package emulator

import (
	"context"
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

// Pins are the device's pins as the board around it sees them: GPIO0 to 15, GPIO16 of the RTC, the analogue input TOUT and
// the supply. Its methods may be called from any goroutine. What they change is there at once, also while the firmware
// waits in os_delay_us, and interrupts it as on the chip. Each change of a level is an event of the trace (source "pin"),
// but for those of the I2C bus once a slave was attached.
//
// The level of a pad is low if the chip or the board drives it low (Choice: if one drives it low and the other high, it is
// low), else high if one of them drives it high or a pull-up does, else low. Choice: a pad that nothing drives reads low.
// What the board drives stays over resets; the chip's outputs float while it boots.
type Pins struct{ d *Device }

// Pins returns the device's pins.
func (d *Device) Pins() *Pins { return &Pins{d} }

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

// on runs fn for a pin that exists.
func (p *Pins) on(pin int, fn func(o *outside, bit uint32)) error {
	if err := checkPin(pin); err != nil {
		return err
	}
	return p.d.input(func() { fn(&p.d.outside, 1<<pin) })
}

// Set drives a pin from outside, high or low, until Release or the next Set. It returns when the firmware's interrupt
// handlers have run, if they may. An error for a pin that does not exist, ErrClosed.
func (p *Pins) Set(pin int, high bool) error {
	return p.on(pin, func(o *outside, bit uint32) {
		o.driven |= bit
		o.high = o.high&^bit | number(high)<<pin
		p.d.settle()
	})
}

// Release ends Set: the board leaves the pin alone.
func (p *Pins) Release(pin int) error {
	return p.on(pin, func(o *outside, bit uint32) {
		o.driven &^= bit
		p.d.settle()
	})
}

// High returns the level of a pad; false also for a pin that does not exist and on a closed device.
func (p *Pins) High(pin int) (high bool) {
	_ = p.on(pin, func(o *outside, bit uint32) { high = o.now(p.d.trace.Elapsed())&bit != 0 })
	return high
}

// State returns what a pin does. Before the first boot only Driven and High mean something.
func (p *Pins) State(pin int) (s chip.PinState, err error) {
	err = p.on(pin, func(o *outside, bit uint32) {
		s.Driven, s.High = o.driven&bit != 0, o.now(p.d.trace.Elapsed())&bit != 0
		m := p.d.m
		if m == nil {
			return
		}
		g := &m.gpio
		s.GPIO, s.PullUp = g.isGPIO(pin), g.pullUp(pin)
		s.Output = s.GPIO && g.enable&bit != 0
		if pin != pin16 {
			s.Function, s.OpenDrain, s.Interrupt = int(g.function(pin)), g.pin[pin]&pinOpenDrain != 0, g.intType(pin)
		}
	})
	return s, err
}

// Wait waits until a pad has a level, which it may have already, ctx ends, or the device is closed. Choice: a pad with
// pulses of the PWM has both levels.
func (p *Pins) Wait(ctx context.Context, pin int, high bool) error {
	w := &pinWaiter{pin, high, make(chan struct{})}
	if err := p.on(pin, func(o *outside, bit uint32) {
		if (o.level&bit != 0) == high || o.pulses(pin) {
			close(w.done)
		} else {
			o.waiters = append(o.waiters, w)
		}
	}); err != nil {
		return err
	}
	select {
	case <-w.done:
		return nil
	case <-ctx.Done():
		_ = p.d.input(func() {
			o := &p.d.outside
			o.waiters = slices.DeleteFunc(o.waiters, func(x *pinWaiter) bool { return x == w })
		})
		return fmt.Errorf("emulator: GPIO%d did not go %s: %w", pin, levelName(high), ctx.Err())
	case <-p.d.ended:
		return ErrClosed
	}
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

// Record begins to note the changes of pins, of all pins if none is named; pins that do not exist are left out. Stop it
// when it is no longer wanted: it keeps up to 65,536 changes.
func (p *Pins) Record(pins ...int) *Recording {
	r := &Recording{d: p.d}
	if len(pins) == 0 {
		r.pins = 1<<chip.PinCount - 1
	}
	for _, n := range pins {
		if checkPin(n) == nil {
			r.pins |= 1 << n
		}
	}
	_ = p.d.input(func() {
		o := &p.d.outside
		r.seen = p.d.trace.Elapsed()
		r.level = o.now(r.seen)
		o.recordings = append(o.recordings, r)
	})
	return r
}

// Changes returns the changes so far, oldest first. The result is the caller's.
func (r *Recording) Changes() (c []chip.PinChange) {
	_ = r.d.input(func() {
		r.d.follow()
		c = append(append(c, r.changes[r.first:]...), r.changes[:r.first]...)
	})
	return c
}

// Stop ends the recording. Changes is empty afterwards.
func (r *Recording) Stop() {
	_ = r.d.input(func() {
		o := &r.d.outside
		o.recordings = slices.DeleteFunc(o.recordings, func(x *Recording) bool { return x == r })
		r.changes, r.first = nil, 0
	})
}

func (r *Recording) add(c chip.PinChange) {
	if r.pins&(1<<c.Pin) == 0 {
		return
	}
	if len(r.changes) < recordMax {
		r.changes = append(r.changes, c)
		return
	}
	r.changes[r.first] = c
	r.first = (r.first + 1) % recordMax
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

func (m *machine) settle() { m.d.settle() }

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
		d.trace.Add(trace.Event{Source: trace.SourcePin, Kind: kind, Name: fmt.Sprintf("GPIO%d", n), Value: int64(number(high)), Text: levelName(high)})
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
