package board

import (
	"time"

	"github.com/emu8266/emu8266/emulator/internal/soc"
)

// Timer is a software timer. The zero value is ready; it must not be copied while it is armed.
type Timer struct{ t soc.Timer }

// Armed says whether the timer runs.
func (t *Timer) Armed() bool { return t.t.Armed() }

// Due returns when an armed timer is due.
func (t *Timer) Due() time.Time { return t.t.Due() }

// ArmTimer starts t: fn runs once after d, or every d when repeat is set, counted from the time due. Arming an armed
// timer starts it anew. Less than 100 µs counts as 100 µs.
func (b *Board) ArmTimer(t *Timer, d time.Duration, repeat bool, fn func()) {
	b.system().ArmTimer(&t.t, d, repeat, fn)
}

// DisarmTimer stops t; its callback does not run any more, even if it is due. A timer that is not armed is left alone.
func (b *Board) DisarmTimer(t *Timer) { b.system().DisarmTimer(&t.t) }

// ArmOsTimer is ets_timer_arm_new for kinds of firmware whose struct os_timer_t lies elsewhere: it arms t for n
// milliseconds, or microseconds, and returns the delay. More than chip.TimerMax (chip.TimerMaxFine, chip.TimerMaxUs after
// TimerReinit) is refused: the SDK prints a line, t is disarmed, ok is false. Without TimerReinit microseconds count as
// milliseconds, as on the chip.
func (b *Board) ArmOsTimer(t *Timer, n uint32, ms, repeat bool, fn func()) (d time.Duration, ok bool) {
	return b.system().ArmOsTimer(&t.t, n, ms, repeat, fn)
}

// TimerReinit makes the software timers count in steps that allow microseconds: OsTimerArmUs works then, and the
// longest delay of OsTimerArm is chip.TimerMaxFine, about 7 minutes.
func (b *Board) TimerReinit() { b.system().TimerReinit() }
