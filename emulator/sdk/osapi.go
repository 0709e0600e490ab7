package sdk

import (
	"time"

	"github.com/emu8266/emu8266/emulator/board"
	"github.com/emu8266/emu8266/espconn"
)

// OsPrintf prints on UART0 with the SDK's verbs (%d %i %u %x %X %c %s %p, lengths h, l and z are ignored).
func (s *SDK) OsPrintf(format string, args ...any) { s.board.Printf(goFormat(format), args...) }

// OsRandom returns 32 bits of the hardware random number generator.
func (s *SDK) OsRandom() uint32 { return s.board.Random() }

// OsTimer is the SDK's os_timer_t for Go firmware. The zero value is ready for OsTimerSetfn. It belongs to the device
// goroutine and must not be copied while armed.
type OsTimer struct {
	t  board.Timer
	fn func()
}

// OsTimerSetfn sets what t calls. It must come before OsTimerArm, and not on an armed timer: the chip then loses the
// timer from its list; here it is disarmed.
func (s *SDK) OsTimerSetfn(t *OsTimer, fn func()) {
	if t.t.Armed() {
		s.board.Finding(espconn.RuleTimerArmed, "os_timer_setfn on a timer that is due in %v", t.t.Due().Sub(s.board.Now()))
	}
	s.board.DisarmTimer(&t.t)
	t.fn = fn
}

// OsTimerArm starts t: its function runs once in ms milliseconds, or every ms milliseconds when repeat is set. Arming
// an armed timer starts it anew. More than chip.TimerMax, after SystemTimerReinit chip.TimerMaxFine, is refused: the SDK prints
// "err3,exceed max time value" or "err1,...", and t is not armed (sdk-surface.md, os_timer_arm). A timer without a function is
// left alone.
func (s *SDK) OsTimerArm(t *OsTimer, ms uint32, repeat bool) {
	if t.fn == nil {
		s.board.Finding(espconn.RuleTimerFunction, "os_timer_arm before os_timer_setfn")
		return
	}
	s.board.ArmOsTimer(&t.t, ms, true, repeat, t.fn)
}

// OsTimerDisarm stops t; its function does not run any more, even if it is due.
func (s *SDK) OsTimerDisarm(t *OsTimer) { s.board.DisarmTimer(&t.t) }

// OsTimerArmUs is OsTimerArm with microseconds, 100 at least, chip.TimerMaxUs at most. Without SystemTimerReinit the number
// counts as milliseconds, as on the chip, which is a finding (sdk-surface.md, os_timer_arm_us).
func (s *SDK) OsTimerArmUs(t *OsTimer, us uint32, repeat bool) {
	if t.fn == nil {
		s.board.Finding(espconn.RuleTimerFunction, "os_timer_arm_us before os_timer_setfn")
		return
	}
	s.board.ArmOsTimer(&t.t, us, false, repeat, t.fn)
}

// OsDelayUs waits for us microseconds without returning to the loop: nothing else runs, and the watchdogs count. The SDK
// documents 65,535 as the most.
func (s *SDK) OsDelayUs(us uint32) { s.board.Busy(time.Duration(us) * time.Microsecond) }
