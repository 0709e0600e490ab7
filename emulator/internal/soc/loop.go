package soc

import (
	"slices"
	"time"
)

// tasksPerInstant bounds the tasks that run without time passing, and manyTasks is what so many take; see the rules of package
// emulator.
const (
	tasksPerInstant = 1000
	manyTasks       = tasksPerInstant * 5 * time.Microsecond
)

// run is the device goroutine: it works off what is due, sets the alarm for what comes next, and sleeps.
func (d *Device) run() {
	defer close(d.ended)
	defer endLoop(d.loop)
	awake.Add(1)
	defer awake.Add(-1)
	defer d.refuse() // also when the goroutine is ended in a callback, as require and t.FailNow do
	for !d.turn() {
		d.lieDown()
		awake.Add(-1)
		<-d.wake
		awake.Add(1)
	}
	d.port.Alarm(time.Time{})
	d.port.Close()
	if d.m != nil {
		d.m.halt()
	}
}

// lieDown tells the network that the loop is about to sleep, and for whose sake it is to be woken.
func (d *Device) lieDown() {
	now, ok := heeded{m: d.m, some: !d.m.deaf()}, true
	if now.some {
		now.changes, ok = d.m.net.ConcernsChanges()
	}
	if ok && now != d.heeds {
		d.heeds = now
		if now.some {
			d.port.Heed(d.m.net.Concerns())
		} else {
			d.port.Heed(nil, nil)
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.asleep = len(d.frames) == 0 && len(d.calls) == 0 && !d.closed
	if d.asleep && ok {
		d.port.Asleep(true)
	}
}

// rouse says that the loop does not sleep, or not for long. The caller holds mu.
func (d *Device) rouse() {
	if d.asleep {
		d.asleep = false
		d.port.Asleep(false)
	}
}

// refuse fails the calls that wait, and those that come.
func (d *Device) refuse() {
	d.mu.Lock()
	d.closed = true
	calls := d.calls
	d.calls, d.frames = nil, nil
	d.mu.Unlock()
	for _, c := range calls {
		c.end(ErrClosed)
	}
}

// turn does everything that is due now and reports whether the device was closed.
func (d *Device) turn() (closed bool) {
	for {
		got, call, closed := d.takeMail()
		switch {
		case closed:
			return true
		case got.frame != nil || got.news:
			if d.m != nil {
				d.m.take(time.Now(), got)
			}
		case call != nil:
			d.do(call)
		case d.m == nil || !d.m.work(time.Now()):
			var next time.Time // zero: no alarm
			if d.m != nil {
				next = d.m.next()
			}
			d.port.Alarm(next)
			return false
		}
	}
}

// mailKept is how much room for mail an idle device keeps. Choice: a frame at a time is the usual.
const mailKept = 2

// takeMail takes what came first from the network or, when there is nothing, the oldest call.
func (d *Device) takeMail() (got mail, c *call, closed bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.rouse()
	switch {
	case d.closed:
		return mail{}, nil, true
	case len(d.frames) > 0:
		got = d.frames[0]
		left := copy(d.frames, d.frames[1:])
		d.frames[left] = mail{}
		if d.frames = d.frames[:left]; left == 0 && cap(d.frames) > mailKept {
			d.frames = nil
		}
	case len(d.calls) > 0:
		c = d.calls[0]
		d.calls = slices.Delete(d.calls, 0, 1)
	}
	return got, c, false
}

// takeInput runs what the outside world did first, in the middle of a delay of the firmware; false if it did nothing.
func (d *Device) takeInput() bool {
	d.mu.Lock()
	i := slices.IndexFunc(d.calls, func(c *call) bool { return c.input })
	if i < 0 {
		d.mu.Unlock()
		return false
	}
	c := d.calls[i]
	d.calls = slices.Delete(d.calls, i, i+1)
	d.mu.Unlock()
	defer c.end(nil)
	c.fn()
	return true
}

// rest lets time pass on the device goroutine, for span or until there is mail. It returns how long it took: a host may be late.
func (d *Device) rest(span time.Duration) time.Duration {
	from := time.Now()
	if d.timer == nil {
		d.timer = time.NewTimer(span)
	} else {
		d.timer.Reset(span)
	}
	select {
	case <-d.timer.C:
	case <-d.wake: // turn looks for mail before the loop sleeps again
		d.timer.Stop()
	}
	return time.Since(from)
}

func (d *Device) do(c *call) {
	d.current = c
	defer func() {
		d.current = nil
		c.end(nil)
	}()
	m := d.m // nil before the first boot
	if m == nil {
		c.fn()
	} else {
		m.handle(time.Now(), "", c.fn)
	}
	if d.m != m { // Boot made a System inside the call: what its user_init posted runs now
		d.m.drain(time.Now())
	}
}
