package soc

import (
	"time"

	"github.com/emu8266/emu8266/emulator/chip"
	"github.com/emu8266/emu8266/espconn"
)

// Periods of the watchdogs (sdk-surface.md, Watchdogs).
const (
	// softPeriod is the software watchdog's: the first expiry leaves a mark and posts a task that takes it away, the
	// second one with the mark there resets. A callback that does not return dies after 1.6 to 3.2 s.
	softPeriod = 1600 * time.Millisecond
	// hardStage and hardReset are the stages of the hardware watchdog, interrupt and reset: 6.5 to 8.2 s. Choice: powers
	// of two of 0.1 ms, which fit the figures known.
	hardStage = 1638400 * time.Microsecond
	hardReset = 6553600 * time.Microsecond
)

// watchdog counts the time that firmware spends without returning to the loop: that of Board.Busy, which is delays, flash
// operations with Chip.Timing, and computing with CPU: Estimated. The time that the host takes does not count, so a
// breakpoint does not bite. Both watchdogs run from boot on with periods of their own; where in them a callback begins
// decides how long it may take.
type watchdog struct {
	softBase, hardBase time.Time // where the periods count from
	from               time.Time // the last return to the loop, or feed
	spent              time.Duration
	stopped            bool // the software watchdog
	hardOff            bool // the hardware watchdog, by its control register
}

func newWatchdog(now time.Time) watchdog { return watchdog{softBase: now, hardBase: now, from: now} }

// enter is called when the loop calls the firmware: both are fed.
func (w *watchdog) enter(now time.Time) { w.from, w.spent = now, 0 }

// feed starts both periods anew, as system_soft_wdt_feed does.
func (w *watchdog) feed() {
	now := w.from.Add(w.spent)
	*w = watchdog{softBase: now, hardBase: now, from: now, stopped: w.stopped, hardOff: w.hardOff}
}

// feedHard starts the period of the hardware watchdog anew.
func (w *watchdog) feedHard() { w.hardBase = w.from.Add(w.spent) }

// off reports whether no watchdog runs.
func (w *watchdog) off() bool { return w.stopped && w.hardOff }

// left returns how long the callback may go on and which watchdog ends it then. One of them runs.
func (w *watchdog) left() (time.Duration, int) {
	periods := func(base time.Time, d time.Duration, n int) time.Duration {
		passed := max(w.from.Sub(base)/d, 0)
		return base.Add((passed + time.Duration(n)) * d).Sub(w.from)
	}
	hard := periods(w.hardBase, hardStage, 1) + hardReset - w.spent
	if w.stopped {
		return hard, chip.CauseHardWatchdog
	}
	return periods(w.softBase, softPeriod, 2) - w.spent, espconn.CauseSoftWatchdog
}

// Busy lets d pass as the CPU does in a delay loop: no timer, task or callback runs, frames wait in the receive ring,
// Now moves on. Only interrupts come in. If the watchdog's time comes first, Busy does not return: it raises the watchdog's reset (Fatal).
func (m *System) Busy(d time.Duration) {
	if d <= 0 {
		return
	}
	if m.calling && !m.d.cfg.NoWatchdog && !m.dog.off() {
		if left, cause := m.dog.left(); left <= d {
			m.pass(left)
			m.Fatal(chip.Crash{Cause: cause, Why: m.whyWatchdog(cause)})
		}
	}
	m.pass(d)
}

// pass lets time pass. Hardware goes on meanwhile, and interrupts come in; the time of their handlers is part of d. Choice.
func (m *System) pass(d time.Duration) {
	for {
		m.now = time.Now()
		m.obey()
		for !m.halted {
			began := m.now
			if o := m.hw.pop(m.now); o != nil {
				o.fn()
			} else if !m.d.takeInput() {
				break
			}
			m.now = time.Now()
			d -= m.now.Sub(began)
		}
		if d <= 0 {
			return
		}
		span := d
		if t, ok := m.hw.next(); ok {
			span = min(span, t.Sub(m.now))
		}
		if free := m.d.pace.free(span); free > 0 {
			span = free
		} else {
			m.calm() // that it waits is right
			took := m.d.rest(span)
			m.rouse()
			m.d.pace.waited(span, took)
			span = min(span, took)
		}
		m.dog.spent += span
		m.golang.passed += span
		d -= span
	}
}

func (m *System) whyWatchdog(cause int) string {
	took := chip.Span(m.now.Sub(m.dog.from))
	if m.computing != "" {
		return "the SDK's TLS computed " + m.computing + " for " + took + ", longer than the watchdog waits"
	}
	s := "the firmware did not return to the SDK for " + took
	if cause == chip.CauseHardWatchdog {
		return s + ", and the software watchdog was stopped: return from callbacks, or call system_soft_wdt_feed"
	}
	return s + ": return from callbacks, or call system_soft_wdt_feed"
}

// SoftWdtFeed gives a long callback the full time of both watchdogs again. Many feeds in one callback take time, as reads of
// registers do, so that loops that only feed do not stop virtual time for ever. Choice.
func (m *System) SoftWdtFeed() {
	m.dog.feed()
	m.poll()
	m.obey()
}

// WatchdogsOff reports whether neither watchdog runs: nothing ends a callback then.
func (m *System) WatchdogsOff() bool { return m.dog.off() }

// HardWatchdogOff reports whether the hardware watchdog was switched off.
func (m *System) HardWatchdogOff() bool { return m.dog.hardOff }

// SoftWdtStop stops the software watchdog.
func (m *System) SoftWdtStop() { m.dog.stopped = true }

// SoftWdtRestart starts the software watchdog again and feeds it.
func (m *System) SoftWdtRestart() {
	m.dog.stopped = false
	m.dog.feed()
}
