package cabi

import (
	"time"

	"github.com/emu8266/emu8266/emulator/board"
	"github.com/emu8266/emu8266/espconn"
)

// timerMark is the timer_next of a timer that is not armed (sdk-surface.md, os_timer_disarm).
const timerMark = 0xFFFFFFFF

// Offsets in ETSTimer.
const (
	timerExpire = 4
	timerPeriod = 8
	timerFunc   = 12
	timerArg    = 16
	timerSize   = 20
)

// timersMax bounds the timers that are armed at a time: as many as fit into the chip's 80 KB. Choice.
const timersMax = 4096

// timer is an armed ETSTimer.
type timer struct{ os board.Timer }

// timerFunctions are those of ETSTimer: os_timer_*.
var timerFunctions = map[string]Function{
	"ets_timer_setfn":   {"pfi", timerSetfn},
	"ets_timer_arm_new": {"piii", timerArm},
	"ets_timer_disarm": {"p", func(s *SDK, a *Args) uint32 {
		s.disarm(a.u32(0))
		return 0
	}},
}

func timerSetfn(s *SDK, a *Args) uint32 {
	p := a.u32(0)
	if s.timers[p] != nil {
		s.board.Finding(espconn.RuleTimerArmed, "os_timer_setfn on an armed timer")
	}
	s.disarm(p)
	s.setU32(p+timerFunc, a.u32(1))
	s.setU32(p+timerArg, a.u32(2))
	return 0
}

// timerArm is os_timer_arm and os_timer_arm_us. A timer without a function is disarmed, and the SDK says so (sdk-surface.md,
// os_timer_arm).
func timerArm(s *SDK, a *Args) uint32 {
	p, repeat := a.u32(0), a.u32(2)&0xFF != 0
	s.write(p, timerSize)
	if s.u32(p+timerFunc) == 0 {
		s.board.Finding(espconn.RuleTimerFunction, "os_timer_arm before os_timer_setfn")
		s.disarm(p)
		s.board.Printf("timer:0x%x cb is null\n", p)
		return 0
	}
	s.kept(p, "os_timer_arm", "os_timer_t")
	t := s.timers[p]
	if t == nil {
		if len(s.timers) >= timersMax {
			s.Fault(CauseStore, "os_timer_arm while %d timers are armed: the chip's memory does not hold more", timersMax)
		}
		t = &timer{}
		s.timers[p] = t
	}
	d, armed := s.board.ArmOsTimer(&t.os, a.u32(1), a.u32(3)&0xFF != 0, repeat, func() { s.expired(p, repeat) })
	if !armed {
		s.disarm(p)
		return 0
	}
	period := uint32(0)
	if repeat {
		period = uint32(d / time.Microsecond)
	}
	s.setU32(p, 0)
	s.setU32(p+timerExpire, uint32((s.board.Uptime()+d)/time.Microsecond))
	s.setU32(p+timerPeriod, period)
	return 0
}

// expired calls the function that stands in the timer now.
func (s *SDK) expired(p uint32, repeat bool) {
	if !repeat {
		delete(s.timers, p)
		s.setU32(p, timerMark)
	}
	s.callback(s.u32(p+timerFunc), s.u32(p+timerArg))
}

func (s *SDK) disarm(p uint32) {
	s.write(p, timerSize)
	if t := s.timers[p]; t != nil {
		s.board.DisarmTimer(&t.os)
		delete(s.timers, p)
	}
	s.setU32(p, timerMark)
}
