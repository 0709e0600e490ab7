package soc

import (
	"errors"
	"fmt"
	"time"

	"github.com/emu8266/emu8266/emulator/chip"
)

// Patience is how long Boot and Do wait for a callback, in the device's time, unless Config.Patience says otherwise. Choice:
// long after any access point or server has given the device up.
const Patience = time.Minute

// ErrStuck says that the firmware is in a callback that waits and feeds the watchdog, and does not return.
var ErrStuck = errors.New("emulator: the firmware does not return from a callback, so the call was not made")

// patience is how long a callback is waited for; not above 0: for ever.
func (d *Device) patience() time.Duration {
	if d.cfg.Patience == 0 && !d.cfg.NoWatchdog {
		return Patience
	}
	return d.cfg.Patience
}

// giveUp ends all waiting for a device whose goroutine waits for ever in firmware in Go: what is asked of it is refused with err, and it
// does not end.
func (d *Device) giveUp(err error) {
	d.mu.Lock()
	d.closed, d.stuckErr = true, err
	calls := d.calls
	d.calls, d.frames = nil, nil
	d.mu.Unlock()
	if d.toldStuck != nil { // before those who wait go on
		d.toldStuck(err)
	}
	close(d.lost)
	for _, c := range calls {
		c.end(err)
	}
}

// OnStuck says who hears, on any goroutine, that the device is given up, since its firmware in Go waits for ever in a callback. It comes
// before the first boot.
func (d *Device) OnStuck(fn func(error)) { d.toldStuck = fn }

// ended unwinds firmware whose device was closed or reset under it.
type ended struct{}

// obey is called where a callback of the firmware lets time pass or feeds the watchdog: the only places where one that never
// returns can be ended. It does not return if the callback has to end: because the device is closed or reset, or because
// somebody waits for the callback who has lost patience.
func (m *System) obey() {
	if !m.calling || m.halted {
		return
	}
	d := m.d
	if why := d.stop.Swap(nil); why != nil {
		m.stuck(*why)
	}
	patience := d.patience()
	impatient := patience > 0 && m.now.Sub(m.began) > patience
	d.mu.Lock()
	closed := d.closed
	var refused []*call
	resets := false
	if impatient {
		refused = d.calls
		d.calls = nil
		for _, c := range refused {
			resets = resets || c.reset
		}
		if resets {
			d.calls, refused = refused, nil
		}
	}
	d.mu.Unlock()
	for _, c := range refused {
		c.end(ErrStuck)
	}
	if closed || resets {
		panic(ended{})
	}
	if impatient && d.current != nil && d.current.waits {
		m.stuck(fmt.Sprintf("it was waited for %s, which is all the patience there is", chip.Span(patience)))
	}
}

// stuck ends the firmware as a crash does, so that its line is told.
func (m *System) stuck(why string) {
	m.Fatal(chip.Crash{Cause: chip.CauseStuck, Why: fmt.Sprintf("the firmware has been in a callback for %s and goes on feeding "+
		"the watchdog: %s; return from callbacks, and wait in a timer", chip.Span(m.now.Sub(m.began)), why)})
}

// lookEvery is how often StopCallback looks whether the callback has returned. Choice.
const lookEvery = 10 * time.Millisecond

// StopCallback waits for the end of the callback of the firmware that is under way, and ends it when it has been under way for
// after: as a crash that says where it is. It reports whether that had to be. In a callback of the device itself it does
// nothing.
func (d *Device) StopCallback(after time.Duration, why string) bool {
	began := d.began.Load()
	if callingLoop() == d.loop || began == 0 {
		return false
	}
	for end := time.Unix(0, began).Add(after); ; {
		left := time.Until(end)
		if left <= 0 {
			break
		}
		time.Sleep(min(left, lookEvery))
		if d.began.Load() != began {
			return false
		}
	}
	d.stop.Store(&why)
	d.Signal()
	_ = d.Do(func() {})
	return true
}

// enter notes the beginning of a callback, leave its end.
func (m *System) enter() {
	m.calling, m.polls, m.overran = true, 0, false
	m.began = time.Now()
	m.dog.enter(m.began)
	m.d.began.Store(m.began.UnixNano())
	m.golang.passed = 0
	m.rouse()
}

func (m *System) leave() {
	m.calling = false
	m.moment.what, m.moment.conn, m.moment.depth = "", "", 0
	m.calm()
	m.golang.slept.Store(nil)
	m.d.began.Store(0)
	m.d.stop.Store(nil)
}

// bootError is the error of a boot whose user_init did not return.
func (m *System) bootError() error {
	if m.cut {
		return errors.New("emulator: boot: the device was closed or reset before user_init has returned")
	}
	if m.crash == nil || m.crash.Cause != chip.CauseStuck {
		return nil
	}
	where := ""
	if m.crash.Where != "" {
		where = " at " + m.crash.Where
	}
	return fmt.Errorf("emulator: boot: user_init does not return%s: %s", where, m.crash.Why)
}
