package machine

import (
	"time"

	"github.com/emu8266/emu8266/emulator/internal/soc"
)

// Figures of the SDK's gettimeofday (axtls.md 10.2).
const (
	// bootTick is the period of the timer that looks whether system_get_time has begun anew.
	bootTick = time.Minute
	// bootWrap is what a round of system_get_time, 4,295 s, adds to the seconds since boot. It is the SDK's number.
	bootWrap = 4294967
)

// bootClock counts the seconds since boot as the SDK does.
type bootClock struct {
	timer  soc.Timer
	last   uint32 // system_get_time at the timer's last run
	rounds uint32
}

// TimeOfDay returns what the SDK's gettimeofday does, in seconds. While nothing has set the clock it prints a line, (re)starts a timer
// and returns the seconds since boot (axtls.md 10.2).
func (m *Machine) timeOfDay() uint32 {
	if start := m.cfg.Clock; start != 0 {
		return start + uint32(m.soc.Now().Sub(m.soc.Device().Started())/time.Second)
	}
	if t := m.radio.Stack().SNTP().Timestamp(); t != 0 {
		return t
	}
	m.soc.LogFlash("please start sntp first !\n")
	b := &m.boot
	m.soc.ArmTimer(&b.timer, bootTick, true, func() {
		now := m.microseconds()
		if now < b.last {
			b.rounds++
		}
		b.last = now
	})
	now, rounds := m.microseconds(), b.rounds
	if now < b.last {
		rounds++
	}
	return rounds*bootWrap + now/uint32(time.Second/time.Microsecond)
}

// microseconds is system_get_time.
func (m *Machine) microseconds() uint32 { return uint32(m.soc.Uptime() / time.Microsecond) }
