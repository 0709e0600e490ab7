package soc

import (
	"time"

	"github.com/emu8266/emu8266/emulator/chip"
)

// intCount is the number of interrupts that there are.
const intCount = 16

const (
	// stormFree are the runs of interrupt handlers in one instant that take no time, stormTime is what each further one
	// takes: a handler that does not clear its interrupt runs for ever, and the watchdog ends it. Choice.
	stormFree = 100
	stormTime = 10 * time.Microsecond
)

// interrupts are the CPU's interrupts: who handles them and which are open. At boot all are masked. Choice.
//
// A handler runs between two events of the loop, or, as far as there is an instruction boundary here, inside a callback of
// the firmware: in os_delay_us and all else that takes time, and where a call of the SDK lets it in (a register written,
// an interrupt unmasked). Handlers do not nest; only the NMI of FRC1 interrupts them. Of several that wait, the one with
// the lowest number comes first. Choice.
type interrupts struct {
	handlers [intCount]func()
	nmi      func() // NmiTimSetFunc
	open     uint32 // not masked
	edges    uint32 // waiting, of those that come by edge
	locked   bool   // ets_intr_lock
	serving  bool
	inNMI    bool
	instant  time.Time // in which ran counts
	ran      int
}

// raise marks an interrupt that comes by edge.
func (m *System) raise(n int) {
	m.irq.edges |= 1 << n
	m.service()
}

// waiting returns the mask of the interrupts that want a handler.
func (m *System) waiting() uint32 {
	w := m.irq.edges
	if m.gpio.status != 0 {
		w |= 1 << chip.IntGPIO
	}
	if m.uarts[0].st() != 0 || m.uarts[1].st() != 0 {
		w |= 1 << chip.IntUART
	}
	if m.frc.level {
		w |= 1 << chip.IntFRC1
	}
	return w
}

// service runs the handlers of the interrupts that wait and are not masked.
func (m *System) service() {
	q := &m.irq
	if q.edges&(1<<chip.IntFRC1) != 0 && q.nmi != nil && !q.inNMI && !m.halted {
		q.edges &^= 1 << chip.IntFRC1
		q.inNMI = true
		m.storm()
		m.Callback("the NMI handler", q.nmi)
		q.inNMI = false
	}
	if q.serving || q.inNMI {
		return
	}
	for !m.halted && !q.locked {
		w := m.waiting() & q.open
		n := 0
		for n < intCount && (w&(1<<n) == 0 || q.handlers[n] == nil) {
			n++
		}
		if n == intCount {
			return
		}
		q.edges &^= 1 << n
		q.serving = true
		m.storm()
		m.Callback("an interrupt handler", q.handlers[n])
		q.serving = false
	}
}

// storm lets time pass when handlers keep running.
func (m *System) storm() {
	q := &m.irq
	if !m.now.Equal(q.instant) {
		q.instant, q.ran = m.now, 0
	}
	if q.ran++; q.ran > stormFree {
		m.Busy(stormTime)
		q.instant = m.now
	}
}

// AttachInterrupt is SDK.EtsIsrAttach for other kinds of firmware.
func (m *System) AttachInterrupt(n int, handler func()) {
	if n < 0 || n >= intCount {
		return
	}
	m.irq.handlers[n] = handler
	m.service()
}

// EtsIsrMask keeps the interrupts of a mask of 1<<number waiting.
func (m *System) EtsIsrMask(mask uint32) { m.irq.open &^= mask }

// EtsIsrUnmask lets the interrupts of a mask of 1<<number in.
func (m *System) EtsIsrUnmask(mask uint32) {
	m.irq.open |= mask
	m.service()
}

// EtsIntrLock keeps all interrupts waiting, but for the NMI.
func (m *System) EtsIntrLock() { m.irq.locked = true }

// EtsIntrUnlock ends EtsIntrLock.
func (m *System) EtsIntrUnlock() {
	m.irq.locked = false
	m.service()
}

// NmiTimSetFunc makes fn the handler of FRC1 as a non-maskable interrupt, which no lock holds back and which interrupts
// other handlers; nil ends that.
func (m *System) NmiTimSetFunc(fn func()) {
	m.irq.nmi = fn
	m.service()
}
