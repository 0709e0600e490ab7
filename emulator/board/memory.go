package board

import (
	"github.com/emu8266/emu8266/emulator/chip"
)

// Alloc takes n bytes of the heap for what, a name for the trace, and returns their address; 0 if there is no memory, which prints
// E:M and the size as the device does.
func (b *Board) Alloc(n uint32, what string) uint32 { return b.system().Heap().Alloc(n, what) }

// AllocFails counts an allocation in a heap of the firmware's own, for what, and reports whether a test wants it to find no memory
// (Device.FailAlloc).
func (b *Board) AllocFails(what string) bool { return b.system().Heap().Asked(what) }

// Free gives the block at addr back. Address 0 is ignored; an address that is no live block changes nothing and is a finding.
func (b *Board) Free(addr uint32) { b.system().Heap().Free(addr) }

// AllocAt is Alloc for a block that the firmware asks for at where, file and line: what is not freed is told with it.
func (b *Board) AllocAt(n uint32, what, where string) uint32 {
	return b.system().Heap().AllocAt(n, what, where)
}

// FreeAt is Free at where, file and line of the firmware: a later use of the block, or another free, is told with it.
func (b *Board) FreeAt(addr uint32, where string) { b.system().Heap().FreeAt(addr, where) }

// FreedBlock returns the block that addr lay in and that FreeAt has freed, the latest of several; false if none of the last 256 is.
func (b *Board) FreedBlock(addr uint32) (chip.FreedBlock, bool) { return b.system().Heap().Freed(addr) }

// CallSite returns file and line of the firmware's call of the SDK that is under way, "" if that is not known.
func (b *Board) CallSite() string { return b.system().CallSite() }

// FreeHeap returns the bytes free in the heap, as system_get_free_heap_size reports them.
func (b *Board) FreeHeap() uint32 { return b.system().Heap().FreeSize() }

// HeapStats returns the heap's figures of this moment.
func (b *Board) HeapStats() chip.HeapStats { return b.system().Heap().Stats() }

// ResetHeapPeak lets the peaks in HeapStats begin again at what is in use now.
func (b *Board) ResetHeapPeak() { b.system().Heap().ResetPeak() }

// HeapBase returns the lowest address of the heap; blocks lie in [HeapBase, HeapBase+HeapStats.Size).
func (b *Board) HeapBase() uint32 { return b.system().Heap().Base() }

// HeapBlock returns the live block whose bytes begin at addr; false if there is none.
func (b *Board) HeapBlock(addr uint32) (chip.HeapBlock, bool) { return b.system().Heap().Lookup(addr) }

// HeapBlocks returns the live blocks in order of address.
func (b *Board) HeapBlocks() []chip.HeapBlock { return b.system().Heap().Blocks() }

// RtcMemRead copies RTC memory from a block of 4 bytes on into dst.
func (b *Board) RtcMemRead(block uint8, dst []byte) bool { return b.system().RtcMemRead(block, dst) }

// RtcMemWrite copies src to RTC memory, with the limits of RtcMemRead.
func (b *Board) RtcMemWrite(block uint8, src []byte) bool { return b.system().RtcMemWrite(block, src) }
