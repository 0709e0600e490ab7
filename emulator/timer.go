package emulator

import (
	"container/heap"
	"time"

	"github.com/emu8266/emu8266/espconn"
)

// OsTimer is the SDK's os_timer_t for Go firmware. The zero value is ready for OsTimerSetfn. It belongs to the device
// goroutine and must not be copied while armed.
type OsTimer struct {
	fn     func()
	due    time.Time
	period time.Duration // 0: once
	seq    uint64
	index  int // place in the queue + 1; 0: not armed
}

// Limits of os_timer_arm (sdk-surface.md, osapi.h).
const (
	// TimerMax is the longest delay in milliseconds that os_timer_arm takes: 1 h 54 min.
	TimerMax = 0x68D7A3
	// timerFine is by how much SystemTimerReinit shortens it: the timers then count 16 instead of 256 cycles a tick.
	timerFine = 16
	// timerMin is the shortest delay. Choice: a timer of 0 fires "as soon as possible" on the chip; see the package rules.
	timerMin = 100 * time.Microsecond
)

// timers is the queue of armed timers: by time due, then in the order in which they were armed.
type timers struct {
	q   []*OsTimer
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
	o := x.(*OsTimer)
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

func (t *timers) arm(o *OsTimer, due time.Time, period time.Duration) {
	t.disarm(o)
	t.seq++
	o.due, o.period, o.seq = due, period, t.seq
	heap.Push(t, o)
}

func (t *timers) disarm(o *OsTimer) {
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

// pop takes the earliest timer if it is due and arms it again if it repeats: the period counts from the time due, not
// from the time run (sdk-surface.md, os_timer_arm).
func (t *timers) pop(now time.Time) *OsTimer {
	if len(t.q) == 0 || t.q[0].due.After(now) {
		return nil
	}
	o := heap.Pop(t).(*OsTimer)
	if o.period > 0 {
		t.arm(o, o.due.Add(o.period), o.period)
	}
	return o
}

// SystemTimerReinit makes the software timers count in steps that allow microseconds: OsTimerArmUs works then, and the
// longest delay of OsTimerArm is a sixteenth of TimerMax, about 7 minutes. The SDK wants it first in user_init; it lasts
// until the reset.
func (s *SDK) SystemTimerReinit() { s.board.m.fineTimers = true }

// OsTimerArmUs is OsTimerArm with microseconds, 100 at least. Choice: without SystemTimerReinit it works as well, and is a
// finding.
func (s *SDK) OsTimerArmUs(t *OsTimer, us uint32, repeat bool) {
	if t.fn == nil {
		s.board.Finding(espconn.RuleTimerFunction, "os_timer_arm_us before os_timer_setfn")
		return
	}
	s.board.ArmOsTimer(t, us, false, repeat, t.fn)
}

// ArmOsTimer is ets_timer_arm_new for kinds of firmware whose struct os_timer_t lies elsewhere: it arms t for n
// milliseconds, or microseconds, looks at the limits of os_timer_arm, and returns the delay. Choice: more than the limit
// counts as the limit.
func (b *Board) ArmOsTimer(t *OsTimer, n uint32, ms, repeat bool, fn func()) time.Duration {
	d := time.Duration(n) * time.Microsecond
	switch limit := b.timerMax(); {
	case !ms && !b.m.fineTimers:
		b.Finding(espconn.RuleTimerFine, "os_timer_arm_us without system_timer_reinit")
	case ms && n > limit:
		b.Finding(espconn.RuleTimerRange, "os_timer_arm with %d ms, the most is %d", n, limit)
		n = limit
	}
	if ms {
		d = time.Duration(n) * time.Millisecond
	}
	b.ArmTimer(t, d, repeat, fn)
	return d
}

func (b *Board) timerMax() uint32 {
	if b.m.fineTimers {
		return TimerMax / timerFine
	}
	return TimerMax
}
