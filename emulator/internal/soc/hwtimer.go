package soc

import (
	"time"

	"github.com/emu8266/emu8266/emulator/chip"
)

// Registers of FRC1 and FRC2, from frcBase on, and the bits of FRC1_CTRL (sdk-surface.md, Registers).
const (
	frc1Load  = 0x00
	frc1Count = 0x04
	frc1Ctrl  = 0x08
	frc1Int   = 0x0C
	frc2Count = 0x24
	frc2Alarm = 0x30

	frcEnable   = 1 << 7
	frcAutoload = 1 << 6
	frcLevel    = 1 << 0 // the interrupt stays until FRC1_INT is written, instead of coming by edge
	frcMask     = 1<<23 - 1

	frcClock = 80_000_000 // Hz
	// frc2Divider is what FRC2 counts, and with it NOW(). Choice: 256, also after system_timer_reinit.
	frc2Divider = 256
	// frcShortest is the shortest time of FRC1. Choice: shorter ones count as 10 µs, the least that hw_timer_arm allows.
	frcShortest = 10 * time.Microsecond
)

// frc1 is the hardware timer FRC1, a counter of 23 bits that counts down.
type frc1 struct {
	load, ctrl uint32
	edge       bool      // TM1_EDGE_INT_ENABLE
	level      bool      // the interrupt by level waits
	due        time.Time // when it reaches 0; zero: it does not count
	stopped    uint32    // the count while it does not count
	timer      Timer
}

func (f *frc1) divider() uint32 {
	switch f.ctrl >> 2 & 3 {
	case 0:
		return 1
	case 1:
		return 16
	}
	return 256
}

// span is the time of n counts.
func (f *frc1) span(n uint32) time.Duration {
	return time.Duration(uint64(n) * uint64(f.divider()) * uint64(time.Second) / frcClock)
}

// count is the value of FRC1_COUNT.
func (f *frc1) count(now time.Time) uint32 {
	if f.due.IsZero() {
		return f.stopped
	}
	left := max(f.due.Sub(now), 0)
	return uint32(uint64(left)*frcClock/uint64(f.divider())/uint64(time.Second)) & frcMask
}

// run starts the counter at n, or holds it there while the timer is off.
func (m *System) runFRC(n uint32) {
	f := &m.frc
	m.hw.disarm(&f.timer)
	f.due, f.stopped = time.Time{}, n
	if f.ctrl&frcEnable == 0 || n == 0 {
		return
	}
	f.due = m.now.Add(max(f.span(n), frcShortest))
	f.timer.fn = m.expireFRC
	m.hw.arm(&f.timer, f.due, 0)
}

// expireFRC is the counter at 0. Choice: without autoload it rests there until FRC1_LOAD is written.
func (m *System) expireFRC() {
	f := &m.frc
	due := f.due
	f.due, f.stopped = time.Time{}, 0
	if f.ctrl&frcAutoload != 0 && f.load != 0 {
		f.due = due.Add(max(f.span(f.load), frcShortest))
		if f.due.Before(m.now) { // the handlers take longer than the period
			f.due = m.now.Add(frcShortest)
		}
		m.hw.arm(&f.timer, f.due, 0)
	}
	switch {
	case f.ctrl&frcLevel != 0:
		f.level = true
		m.service()
	case f.edge:
		m.raise(chip.IntFRC1)
	}
}

func (m *System) readFRC(off uint32) (uint32, bool) {
	f := &m.frc
	switch off {
	case frc1Load:
		return f.load, true
	case frc1Count:
		return f.count(m.now), true
	case frc1Ctrl:
		return f.ctrl, true
	case frc1Int:
		return number(f.level), true
	case frc2Count:
		return uint32(uint64(m.now.Sub(m.booted)) * (frcClock / frc2Divider) / uint64(time.Second)), true
	case frc2Alarm:
		return m.regs[frcBase+off], true
	}
	return 0, false
}

func (m *System) writeFRC(off, v uint32) bool {
	f := &m.frc
	switch off {
	case frc1Load:
		f.load = v & frcMask
		m.runFRC(f.load)
	case frc1Ctrl:
		left := f.count(m.now)
		f.ctrl = v
		m.runFRC(left)
	case frc1Int:
		f.level = f.level && v&1 == 0
	case frc1Count, frc2Count, frc2Alarm:
		m.remember(frcBase+off, v) // counts are not for writing; the alarm is the SDK's own
	default:
		return false
	}
	return true
}

// HwTimerInit prepares FRC1, with 5 counts a microsecond, for HwTimerArm; with autoload it repeats.
func (m *System) HwTimerInit(source chip.HwTimerSource, autoload bool) {
	ctrl := uint32(frcEnable | 1<<2) // a 16th
	if autoload {
		ctrl |= frcAutoload
	}
	m.writeFRC(frc1Ctrl, ctrl)
	call := func() {
		if m.hwTimer != nil {
			m.hwTimer()
		}
	}
	if source == chip.NmiSource {
		m.NmiTimSetFunc(call)
	} else {
		m.AttachInterrupt(chip.IntFRC1, call)
	}
	m.frc.edge = true
	m.EtsIsrUnmask(1 << chip.IntFRC1)
}

// HwTimerSetFunc sets what HwTimerArm calls.
func (m *System) HwTimerSetFunc(fn func()) { m.hwTimer = fn }

// HwTimerArm starts the timer of HwTimerInit: us microseconds, 10 to 0x7FFFFF; 50 or more with autoload, 100 or more as
// NMI.
func (m *System) HwTimerArm(us uint32) { m.writeFRC(frc1Load, us*5) }
