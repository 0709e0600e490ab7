package soc

import (
	"slices"
	"time"

	"github.com/emu8266/emu8266/emulator/chip"
)

// wave is the pulses that a PWM channel puts on a pad. Choice: they begin, high, when pwm_start makes a new duty or period
// valid, or the pin becomes an output. No event is spent on an edge: the level is computed when somebody looks, and a
// Recording gets its edges when it is asked.
type wave struct {
	pin    int
	duty   time.Duration // high
	period time.Duration
	from   time.Duration // on the trace's clock
}

// high is the pad's level at a time.
func (w wave) high(at time.Duration) bool { return (at-w.from)%w.period < w.duty }

// next is the first edge after a time.
func (w wave) next(at time.Duration) time.Duration {
	began := at - (at-w.from)%w.period
	if at < began+w.duty {
		return began + w.duty
	}
	return began + w.period
}

// shape returns the waves that the pads should have: of the channels between no duty and all, on outputs that neither the
// board holds low nor the firmware high. Those that go on keep their beginning.
func (d *Device) shape() (waves []wave) {
	m, o := d.m, &d.outside
	if m == nil || m.halted || len(m.pwm.running) == 0 {
		return nil
	}
	now := d.trace.Elapsed()
	var seen uint32
	for _, c := range m.pwm.running {
		bit := uint32(1) << c.Pin
		drives, high := m.gpio.drives(c.Pin)
		if c.High() == 0 || c.High() >= c.Period || !drives || high || seen&bit != 0 || o.bus.low&bit != 0 || o.driven&^o.high&bit != 0 {
			continue
		}
		seen |= bit
		w := wave{c.Pin, c.High(), c.Period, now}
		for _, old := range o.waves {
			if old.pin == w.pin && old.duty == w.duty && old.period == w.period {
				w.from = old.from
			}
		}
		waves = append(waves, w)
	}
	return waves
}

// now are the levels of the pads with their pulses.
func (o *outside) now(at time.Duration) uint32 {
	level := o.level
	for _, w := range o.waves {
		level = level&^(1<<w.pin) | number(w.high(at))<<w.pin
	}
	return level
}

// pulses tells whether a pad has a wave.
func (o *outside) pulses(pin int) bool {
	return slices.ContainsFunc(o.waves, func(w wave) bool { return w.pin == pin })
}

// pulsing is what settle does for waves: recordings see where they begin and end, and who waits for such a pad goes on.
func (d *Device) pulsing() {
	o := &d.outside
	d.follow()
	if len(o.waves) != 0 {
		o.waiters = slices.DeleteFunc(o.waiters, func(w *pinWaiter) bool {
			if !o.pulses(w.pin) {
				return false
			}
			close(w.done)
			return true
		})
	}
}

// follow brings all recordings up to now, before the pads change.
func (d *Device) follow() {
	if o := &d.outside; len(o.recordings) != 0 {
		at := d.trace.Elapsed()
		for _, r := range o.recordings {
			r.follow(o, at)
		}
	}
}

// follow brings a recording up to a time: the edges of the waves since it was last looked at, and then the levels.
func (r *Recording) follow(o *outside, at time.Duration) {
	t := r.seen
	for _, w := range o.waves { // what would be thrown away again is not made
		if r.pins&(1<<w.pin) != 0 {
			t = max(t, at-w.period*(recordMax/2+1))
		}
	}
	for {
		next, pin, high := at+1, -1, false
		for _, w := range o.waves {
			if e := w.next(t); r.pins&(1<<w.pin) != 0 && e <= at && e < next {
				next, pin, high = e, w.pin, w.high(e)
			}
		}
		if pin < 0 {
			break
		}
		r.set(chip.PinChange{At: next, Pin: pin, High: high})
		t = next
		for _, w := range o.waves { // others at the same time
			if w.pin != pin && r.pins&(1<<w.pin) != 0 {
				r.set(chip.PinChange{At: t, Pin: w.pin, High: w.high(t)})
			}
		}
	}
	r.seen = at
	level := o.now(at)
	for n := range chip.PinCount {
		r.set(chip.PinChange{At: at, Pin: n, High: level&(1<<n) != 0})
	}
}

// set notes a level, if it is another than before.
func (r *Recording) set(c chip.PinChange) {
	if bit := uint32(1) << c.Pin; (r.level&bit != 0) != c.High {
		r.level ^= bit
		r.add(c)
	}
}
