package soc

import (
	"context"
	"fmt"
	"slices"

	"github.com/emu8266/emu8266/emulator/chip"
)

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

// on runs fn for a pin that exists.
func (p *Pins) on(pin int, fn func(o *outside, bit uint32)) error {
	if err := checkPin(pin); err != nil {
		return err
	}
	return p.d.Input(func() { fn(&p.d.outside, 1<<pin) })
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
		_ = p.d.Input(func() {
			o := &p.d.outside
			o.waiters = slices.DeleteFunc(o.waiters, func(x *pinWaiter) bool { return x == w })
		})
		return fmt.Errorf("emulator: GPIO%d did not go %s: %w", pin, levelName(high), ctx.Err())
	case <-p.d.ended:
		return ErrClosed
	}
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
	_ = p.d.Input(func() {
		o := &p.d.outside
		r.seen = p.d.trace.Elapsed()
		r.level = o.now(r.seen)
		o.recordings = append(o.recordings, r)
	})
	return r
}

// Changes returns the changes so far, oldest first. The result is the caller's.
func (r *Recording) Changes() (c []chip.PinChange) {
	_ = r.d.Input(func() {
		r.d.follow()
		c = append(append(c, r.changes[r.first:]...), r.changes[:r.first]...)
	})
	return c
}

// Stop ends the recording. Changes is empty afterwards.
func (r *Recording) Stop() {
	_ = r.d.Input(func() {
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

// SetTOUT sets the voltage at the analogue input, in 1/1024 V up to 1,024, in place of Config.ADC.
func (p *Pins) SetTOUT(v uint16) error {
	if v > adcMax {
		return fmt.Errorf("emulator: TOUT measures 0 to %d (1 V), not %d", adcMax, v)
	}
	return p.d.Input(func() { p.d.outside.adc = &v })
}

// SetVDD33 sets the supply voltage that system_get_vdd33 measures, in 1/1024 V, below 65,535.
func (p *Pins) SetVDD33(v uint16) error {
	if v == vdd33None {
		return fmt.Errorf("emulator: a supply of %d/1024 V means that it cannot be measured", v)
	}
	return p.d.Input(func() { p.d.outside.vdd33 = &v })
}

// PWM returns what the PWM channels put out, in their order; nil when the firmware has none. The result is the caller's.
func (p *Pins) PWM() (c []chip.PWMChannel) {
	_ = p.d.Input(func() {
		if p.d.m != nil {
			c = append(c, p.d.m.pwm.running...)
		}
	})
	return c
}
