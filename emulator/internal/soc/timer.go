package soc

import (
	"container/heap"
	"time"

	"github.com/emu8266/emu8266/emulator/chip"
	"github.com/emu8266/emu8266/emulator/trace"
	"github.com/emu8266/emu8266/espconn"
)

// Timer is the SDK's os_timer_t for Go firmware. The zero value is ready for OsTimerSetfn. It belongs to the device
// goroutine and must not be copied while armed.
type Timer struct {
	fn     func()
	what   string // whose, for crashes; "" for the SDK's own
	armed  time.Time
	due    time.Time
	period time.Duration // 0: once
	seq    uint64
	index  int // place in the queue + 1; 0: not armed
}

// TimerMin is the shortest delay. Choice: a timer of 0 fires "as soon as possible" on the chip; see the package rules.
const TimerMin = 100 * time.Microsecond

// timers is the queue of armed timers: by time due, then in the order in which they were armed.
type timers struct {
	q   []*Timer
	seq uint64
}

func (t *timers) Len() int { return len(t.q) }

func (t *timers) Less(i, j int) bool {
	if !t.q[i].due.Equal(t.q[j].due) {
		return t.q[i].due.Before(t.q[j].due)
	}
	return t.q[i].seq < t.q[j].seq
}

func (t *timers) Swap(i, j int) {
	t.q[i], t.q[j] = t.q[j], t.q[i]
	t.q[i].index, t.q[j].index = i+1, j+1
}

func (t *timers) Push(x any) {
	o := x.(*Timer)
	t.q = append(t.q, o)
	o.index = len(t.q)
}

func (t *timers) Pop() any {
	n := len(t.q) - 1
	o := t.q[n]
	t.q[n] = nil
	t.q = t.q[:n]
	o.index = 0
	return o
}

func (t *timers) arm(o *Timer, due time.Time, period time.Duration) {
	t.disarm(o)
	t.seq++
	o.due, o.period, o.seq = due, period, t.seq
	heap.Push(t, o)
}

func (t *timers) disarm(o *Timer) {
	if o.index > 0 && o.index <= len(t.q) && t.q[o.index-1] == o {
		heap.Remove(t, o.index-1)
	}
}

// next returns when the earliest timer is due.
func (t *timers) next() (time.Time, bool) {
	if len(t.q) == 0 {
		return time.Time{}, false
	}
	return t.q[0].due, true
}

// before reports whether the earliest timer comes before a poll of the network stack at an instant: the poll is a timer that is armed
// anew every 25 ms (lwip.md 2), so a timer for the same instant that was armed earlier than that runs first.
func (t *timers) before(poll time.Time) bool {
	const period = 25 * time.Millisecond
	return len(t.q) > 0 && (t.q[0].due.Before(poll) || t.q[0].due.Equal(poll) && t.q[0].armed.Before(poll.Add(-period)))
}

// pop takes the earliest timer if it is due and arms it again if it repeats: the period counts from the time due, not
// from the time run (sdk-surface.md, os_timer_arm).
func (t *timers) pop(now time.Time) *Timer {
	if len(t.q) == 0 || t.q[0].due.After(now) {
		return nil
	}
	o := heap.Pop(t).(*Timer)
	if o.period > 0 {
		o.armed = o.due
		t.arm(o, o.due.Add(o.period), o.period)
	}
	return o
}

// TimerReinit makes the software timers count in steps that allow microseconds: OsTimerArmUs works then, and the
// longest delay of OsTimerArm is chip.TimerMaxFine, about 7 minutes.
func (m *System) TimerReinit() { m.fineTimers = true }

// ArmOsTimer is ets_timer_arm_new (sdk-surface.md, os_timer_arm): it arms t for n milliseconds or microseconds and returns the
// delay. A delay over the limit is refused with the SDK's line; t is disarmed then, and ok false. Without system_timer_reinit
// the SDK does not look at the unit: microseconds count as milliseconds.
//
// Deviation: the chip counts ticks of 3.2 µs without system_timer_reinit, so that an odd number of milliseconds ends up to
// 5 µs early.
func (m *System) ArmOsTimer(t *Timer, n uint32, ms, repeat bool, fn func()) (d time.Duration, ok bool) {
	line, limit := "err3", uint32(chip.TimerMax)
	if m.fineTimers {
		line, limit = "err1", chip.TimerMaxFine
		if !ms {
			line, limit = "err2", chip.TimerMaxUs
		}
	}
	call, unit, length := "os_timer_arm", "ms", time.Millisecond
	if !ms {
		call, unit = "os_timer_arm_us", "µs"
		if m.fineTimers {
			length = time.Microsecond
		} else {
			m.Finding(espconn.RuleTimerFine, "os_timer_arm_us without system_timer_reinit: %d µs count as %d ms", n, n)
		}
	}
	if n > limit {
		m.DisarmTimer(t)
		m.Finding(espconn.RuleTimerRange, "%s with %d %s, the most is %d: the timer is not armed", call, n, unit, limit)
		m.Because(CauseTimerRange, trace.Event{Source: trace.SourceDevice, Text: call + " (" + unit + ")", Value: int64(n),
			Limit: int64(limit)})
		m.Log("%s,exceed max time value\n", line)
		return 0, false
	}
	d = time.Duration(n) * length
	m.ArmTimer(t, d, repeat, fn)
	t.what = "an os_timer callback"
	return d, true
}

// ArmTimer starts t: fn runs once after d, or every d when repeat is set, counted from the time due. Arming an armed
// timer starts it anew. Less than 100 µs counts as 100 µs.
func (m *System) ArmTimer(t *Timer, d time.Duration, repeat bool, fn func()) {
	d = max(d, TimerMin)
	t.fn, t.what = fn, ""
	var period time.Duration
	if repeat {
		period = d
	}
	t.armed = m.now
	m.timers.arm(t, m.now.Add(d), period)
}

// DisarmTimer stops t; its callback does not run any more, even if it is due. A timer that is not armed is left alone.
func (m *System) DisarmTimer(t *Timer) { m.timers.disarm(t) }

// Armed says whether t is.
func (t *Timer) Armed() bool { return t.index > 0 }

// Due returns when an armed timer is due.
func (t *Timer) Due() time.Time { return t.due }
