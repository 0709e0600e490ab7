package cabi

import "time"

// What a callback may burn, and what work costs, in cycles of the CPU at 80 MHz.
const (
	cyclesPerMicro = 80
	// softWatchdog is the longest that the soft watchdog lets pass: 3.2 s; hardWatchdog that the hardware one does when the
	// soft one is stopped: 8.2 s (sdk-surface.md, Watchdogs).
	softWatchdog = 3_200_000 * cyclesPerMicro
	hardWatchdog = 8_200_000 * cyclesPerMicro
	// callCycles is the cost of a call of the SDK. Choice: 2.5 µs.
	callCycles = 200
	// byteCycles is what the functions of strings and memory burn for each byte, as a loop would.
	byteCycles = 10
	// printCycles is the cost of each byte printed: a UART is slow.
	printCycles = 1000
)

const (
	// freeCalls are the calls of system_get_time in one callback that take no time; see the package comment.
	freeCalls = 100
	// callTime is the time of each further one: what it costs the watchdog.
	callTime = callCycles * time.Microsecond / cyclesPerMicro
)

// watchdogFunctions are those of the watchdogs, and those that burn what the watchdog counts.
var watchdogFunctions = map[string]Function{
	"esp_watchdog": {"", func(s *SDK, _ *Args) uint32 { // rt/rt.c: the tank is empty
		s.Watchdog()
		return 0
	}},
	"system_soft_wdt_feed": {"", feed},
	"wdt_feed":             {"", feed}, // what firmware of older SDKs calls
	"system_soft_wdt_stop": {"", func(s *SDK, _ *Args) uint32 {
		if !s.system.softStopped {
			s.fill(s.guest.Burn(0) + hardWatchdog - softWatchdog)
		}
		s.system.softStopped = true
		s.sdk.SystemSoftWdtStop()
		return 0
	}},
	"system_soft_wdt_restart": {"", func(s *SDK, _ *Args) uint32 {
		s.system.softStopped = false
		s.refuel()
		s.sdk.SystemSoftWdtRestart()
		return 0
	}},

	// The ROM's, for the hardware watchdog (sdk-surface.md, Watchdogs).
	"ets_wdt_disable": {"", func(s *SDK, _ *Args) uint32 { return s.setHardWatchdog(0) }},
	"ets_wdt_enable": {"iii", func(s *SDK, a *Args) uint32 { // Choice: stages are as long as the SDK has set them
		s.setHardWatchdog(a.u32(0))
		return 0
	}},
	"ets_wdt_restore": {"i", func(s *SDK, a *Args) uint32 {
		if mode := a.u32(0); mode != 0 {
			s.setHardWatchdog(mode)
		}
		return 0
	}},
	"ets_wdt_get_mode": {"", func(s *SDK, _ *Args) uint32 { return s.system.wdtMode }},

	"ets_delay_us": {"i", func(s *SDK, a *Args) uint32 {
		s.delay(a.u32(0))
		return 0
	}},
	"system_get_time": {"", func(s *SDK, _ *Args) uint32 {
		if s.asked++; s.asked > freeCalls {
			s.board.Busy(callTime)
		}
		return s.sdk.SystemGetTime()
	}},
}

func feed(s *SDK, _ *Args) uint32 {
	s.refuel()
	s.sdk.SystemSoftWdtFeed()
	return 0
}

// Registers of the hardware watchdog.
const (
	wdtCtrl      = 0x60000900 // bit 0: it runs
	wdtFeed      = 0x60000914
	wdtFeedValue = 0x73
)

// setHardWatchdog switches the hardware watchdog off (mode 0) or on, feeds it, notes the mode and returns the one before.
func (s *SDK) setHardWatchdog(mode uint32) (before uint32) {
	s.board.WritePeriReg(wdtCtrl, s.board.ReadPeriReg(wdtCtrl)&^1|number(mode != 0))
	s.board.WritePeriReg(wdtFeed, wdtFeedValue)
	before, s.system.wdtMode = s.system.wdtMode, mode
	return before
}

// refuel gives the program all that it may burn.
func (s *SDK) refuel() {
	if s.system.softStopped {
		s.fill(hardWatchdog)
	} else {
		s.fill(softWatchdog)
	}
}

// fill gives the program cycles to burn.
func (s *SDK) fill(cycles int64) {
	s.guest.Refuel(cycles)
	s.computed = cycles
}

// compute lets the time pass that the program has computed since the last time, with Config.CPU Estimated, where its cycles are the chip's.
func (s *SDK) compute() {
	if !s.program.Cycles {
		return
	}
	left := s.guest.Burn(0)
	if used := s.computed - left; used > 0 {
		s.computed = left
		s.board.Compute(used)
		s.computed = s.guest.Burn(0) // what interrupts took is part of it
	}
}

// burn takes cycles and ends the program when there are none left.
func (s *SDK) burn(cycles uint64) {
	if s.guest.Burn(int64(cycles)) < 0 {
		s.Watchdog()
	}
}

// Watchdog is called when the program has burnt all that it may. It ends the program by the reset of the watchdog that bites first. Where
// neither runs, the time passes that the program has computed, and it goes on: Watchdog returns.
func (s *SDK) Watchdog() {
	began := s.board.Uptime()
	s.compute() // the watchdog may bite earlier than the cycles are used up
	advice := "return from callbacks, or call system_soft_wdt_feed"
	if s.board.WatchdogsOff() {
		if s.board.Uptime() == began {
			s.board.Busy(hardWatchdog / cyclesPerMicro * time.Microsecond)
		}
		s.refuel()
		return
	}
	if s.board.HardWatchdogOff() {
		advice = "return from callbacks, or call system_soft_wdt_feed (ets_wdt_disable stops the hardware watchdog only)"
	}
	if s.system.softStopped {
		s.Fault(causeHardWatchdog, "the firmware did not return to the SDK for 8.2 s, and the software watchdog was stopped: %s", advice)
	}
	s.Fault(causeWatchdog, "the firmware did not return to the SDK for 3.2 s: %s", advice)
}

// delay lets us microseconds pass, or as many as the watchdog allows.
func (s *SDK) delay(us uint32) {
	if s.board.WatchdogsOff() {
		s.board.Busy(time.Duration(us) * time.Microsecond)
		return
	}
	allowed := min(uint64(us), uint64(max(s.guest.Burn(0), 0))/cyclesPerMicro+1)
	s.board.Busy(time.Duration(allowed) * time.Microsecond)
	if !s.halted {
		s.computed -= int64(us) * cyclesPerMicro // its time has passed
		s.burn(uint64(us) * cyclesPerMicro)
	}
}
