package board

import (
	"github.com/emu8266/emu8266/emulator/chip"
)

// AttachInterrupt is SDK.EtsIsrAttach for other kinds of firmware.
func (b *Board) AttachInterrupt(n int, handler func()) { b.system().AttachInterrupt(n, handler) }

// EtsIsrMask keeps the interrupts of a mask of 1<<number waiting.
func (b *Board) EtsIsrMask(mask uint32) { b.system().EtsIsrMask(mask) }

// EtsIsrUnmask lets the interrupts of a mask of 1<<number in.
func (b *Board) EtsIsrUnmask(mask uint32) { b.system().EtsIsrUnmask(mask) }

// EtsIntrLock keeps all interrupts waiting, but for the NMI.
func (b *Board) EtsIntrLock() { b.system().EtsIntrLock() }

// EtsIntrUnlock ends EtsIntrLock.
func (b *Board) EtsIntrUnlock() { b.system().EtsIntrUnlock() }

// NmiTimSetFunc makes fn the handler of FRC1 as a non-maskable interrupt, which no lock holds back and which interrupts
// other handlers; nil ends that.
func (b *Board) NmiTimSetFunc(fn func()) { b.system().NmiTimSetFunc(fn) }

// HwTimerInit prepares FRC1, with 5 counts a microsecond, for HwTimerArm; with autoload it repeats.
func (b *Board) HwTimerInit(source chip.HwTimerSource, autoload bool) {
	b.system().HwTimerInit(source, autoload)
}

// HwTimerSetFunc sets what HwTimerArm calls.
func (b *Board) HwTimerSetFunc(fn func()) { b.system().HwTimerSetFunc(fn) }

// HwTimerArm starts the timer of HwTimerInit: us microseconds, 10 to 0x7FFFFF; 50 or more with autoload, 100 or more as
// NMI.
func (b *Board) HwTimerArm(us uint32) { b.system().HwTimerArm(us) }
