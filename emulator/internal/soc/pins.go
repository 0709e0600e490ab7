package soc

import (
	"context"
	"fmt"
	"slices"

	"github.com/emu8266/emu8266/emulator/chip"
)

// Pins has the methods of emulator.Pins, which says what they do.
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

// Set is emulator.Pins.Set.
func (p *Pins) Set(pin int, high bool) error {
	return p.on(pin, func(o *outside, bit uint32) {
		o.driven |= bit
		o.high = o.high&^bit | number(high)<<pin
		p.d.settle()
	})
}

// Release is emulator.Pins.Release.
func (p *Pins) Release(pin int) error {
	return p.on(pin, func(o *outside, bit uint32) {
		o.driven &^= bit
		p.d.settle()
	})
}

// High is emulator.Pins.High.
func (p *Pins) High(pin int) (high bool) {
	_ = p.on(pin, func(o *outside, bit uint32) { high = o.now(p.d.trace.Elapsed())&bit != 0 })
	return high
}

// State is emulator.Pins.State.
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

// Wait is emulator.Pins.Wait.
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

// Record is emulator.Pins.Record.
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

// Changes is emulator.Recording.Changes.
func (r *Recording) Changes() (c []chip.PinChange) {
	_ = r.d.Input(func() {
		r.d.follow()
		c = append(append(c, r.changes[r.first:]...), r.changes[:r.first]...)
	})
	return c
}

// Stop is emulator.Recording.Stop.
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

// SetTOUT is emulator.Pins.SetTOUT.
func (p *Pins) SetTOUT(v uint16) error {
	if v > adcMax {
		return fmt.Errorf("emulator: TOUT measures 0 to %d (1 V), not %d", adcMax, v)
	}
	return p.d.Input(func() { p.d.outside.adc = &v })
}

// SetVDD33 is emulator.Pins.SetVDD33.
func (p *Pins) SetVDD33(v uint16) error {
	if v == vdd33None {
		return fmt.Errorf("emulator: a supply of %d/1024 V means that it cannot be measured", v)
	}
	return p.d.Input(func() { p.d.outside.vdd33 = &v })
}

// PWM is emulator.Pins.PWM.
func (p *Pins) PWM() (c []chip.PWMChannel) {
	_ = p.d.Input(func() {
		if p.d.m != nil {
			c = append(c, p.d.m.pwm.running...)
		}
	})
	return c
}
