package cabi

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"

	"github.com/emu8266/emu8266/emulator/chip"
)

// memFunctions are mem.h. Which block is where is the device's own account: an address of it has its place in the
// program's memory.
var memFunctions = map[string]Function{
	"pvPortMalloc": {"ipii", func(s *SDK, a *Args) uint32 {
		return s.mallocAt(a.u32(0), s.owner(a.u32(1), a.u32(2)), s.site(a.u32(1), a.u32(2)))
	}},
	"pvPortZalloc":     {"ipi", func(s *SDK, a *Args) uint32 { return s.zalloc(uint64(a.u32(0)), a.u32(1), a.u32(2)) }},
	"pvPortZallocIram": {"ipi", func(s *SDK, a *Args) uint32 { return s.zalloc(uint64(a.u32(0)), a.u32(1), a.u32(2)) }},
	"pvPortCalloc":     {"iipi", osCalloc},
	"pvPortCallocIram": {"iipi", osCalloc},
	"pvPortRealloc":    {"pipi", osRealloc},
	"vPortFree": {"ppi", func(s *SDK, a *Args) uint32 {
		s.free(a.u32(0), cmp.Or(s.site(a.u32(1), a.u32(2)), unknownPlace))
		return 0
	}},
}

// malloc takes n bytes of the device's heap and returns their place in the program's memory, 0 if there is no room.
func (s *SDK) malloc(n uint32, what string) uint32 { return s.mallocAt(n, what, "") }

// mallocAt is malloc for the program, at a place in it; a block of the program has the place as its name.
func (s *SDK) mallocAt(n uint32, what, where string) uint32 {
	if own := s.program.Allocator; own != nil {
		return own.Malloc(n)
	}
	a := s.board.AllocAt(n, what, where)
	if a == 0 {
		return 0
	}
	return s.place(a, n)
}

// place returns where a block of the device's heap lies in the program's memory, and opens it for the program.
func (s *SDK) place(block, n uint32) uint32 {
	p := block - s.board.HeapBase() + s.program.Heap
	s.usable(p, n, true)
	return p
}

// block returns the live block at p. Another pointer damages the heap of the chip: here it is an exception.
func (s *SDK) block(p uint32, function string) chip.HeapBlock {
	if p >= s.program.Heap && p < s.heapEnd {
		if b, ok := s.board.HeapBlock(p - s.program.Heap + s.board.HeapBase()); ok {
			return b
		}
	}
	if b, ok := s.freed(p); ok {
		s.Fault(CauseStore, "%s of address 0x%x, a block of %d bytes of %s that was freed at %s", function, p, b.Requested, b.What, b.Freed)
	}
	s.Fault(CauseStore, "%s of address 0x%x, which is no block of the heap", function, p)
	return chip.HeapBlock{}
}

func (s *SDK) free(p uint32, where string) { s.freeBy(p, where, "os_free") }

// freeBy is free by a function of mem.h.
func (s *SDK) freeBy(p uint32, where, function string) {
	if own := s.program.Allocator; own != nil && p != 0 {
		own.Free(p)
		return
	}
	if p != 0 {
		b := s.block(p, "os_free")
		s.freeing(p, b.Requested, function)
		s.usable(p, b.Requested, false)
		s.board.FreeAt(b.Addr, where)
	}
}

// freed returns the block that p lay in and that the program has freed.
func (s *SDK) freed(p uint32) (chip.FreedBlock, bool) {
	if p < s.program.Heap || p >= s.heapEnd {
		return chip.FreedBlock{}, false
	}
	return s.board.FreedBlock(p - s.program.Heap + s.board.HeapBase())
}

// astray says where an address of the heap lies that is in no block of the program.
func (s *SDK) astray(p uint32) string {
	if b, ok := s.freed(p); ok {
		return fmt.Sprintf("in a block of %d bytes of %s that was freed at %s", b.Requested, b.What, b.Freed)
	}
	addr := p - s.program.Heap + s.board.HeapBase()
	blocks := s.board.HeapBlocks()
	i, _ := slices.BinarySearchFunc(blocks, addr, func(b chip.HeapBlock, at uint32) int { return cmp.Compare(b.Addr, at) })
	if i > 0 {
		b := blocks[i-1]
		if beyond := addr - b.Addr - b.Requested; beyond < nearEnd {
			return fmt.Sprintf("%d bytes beyond the end of a block of %d bytes of %s", beyond, b.Requested, b.What)
		}
	}
	return "in the heap, but in no block of the firmware"
}

// nearEnd is how far behind a block's end an address counts as one of its. Choice.
const nearEnd = 256

// unknownPlace stands for a place in the program that is not known.
const unknownPlace = "an unknown place"

// bySDK is where a block of the program's was freed that the SDK has made.
const bySDK = "the SDK, after its callback"

// owner names a block by the file and line that mem.h passes.
func (s *SDK) owner(file, line uint32) string { return cmp.Or(s.site(file, line), "os_malloc") }

// site is the place that mem.h passes, "" if it passes none.
func (s *SDK) site(file, line uint32) string {
	const most = 64 // of the name's bytes
	b, _ := s.guest.Readable(file)
	if len(b) == 0 {
		return ""
	}
	name, _, _ := bytes.Cut(b[:min(most, len(b))], []byte{0})
	if len(name) == 0 || bytes.ContainsFunc(name, func(r rune) bool { return r < ' ' || r > '~' }) {
		return "" // a program may call with the size alone: mem.h of SDK 2.0, or its own declaration (sdk-surface.md, Versions)
	}
	return fmt.Sprintf("%s:%d", bytes.TrimPrefix(name, []byte("./")), line)
}

func (s *SDK) zalloc(n uint64, file, line uint32) uint32 {
	if n > 1<<32-1 {
		n = 1<<32 - 1 // fails, and says so
	}
	p := s.mallocAt(uint32(n), s.owner(file, line), s.site(file, line))
	if p != 0 {
		clear(s.write(p, uint32(n)))
		s.burn(n / 4 * byteCycles)
	}
	return p
}

func osCalloc(s *SDK, a *Args) uint32 {
	return s.zalloc(uint64(a.u32(0))*uint64(a.u32(1)), a.u32(2), a.u32(3))
}

// osRealloc takes a new block, copies and frees the old one; when there is no room the old one stays.
func osRealloc(s *SDK, a *Args) uint32 {
	old, n, what, where := a.u32(0), a.u32(1), s.owner(a.u32(2), a.u32(3)), s.site(a.u32(2), a.u32(3))
	if old == 0 {
		return s.mallocAt(n, what, where)
	}
	was := s.block(old, "os_realloc")
	if n == 0 {
		s.free(old, cmp.Or(where, unknownPlace))
		return 0
	}
	p := s.mallocAt(n, what, where)
	if p == 0 {
		return 0
	}
	k := min(n, was.Requested)
	copy(s.write(p, k), s.read(old, k))
	s.burn(uint64(k) / 4 * byteCycles)
	s.freeBy(old, cmp.Or(where, unknownPlace), "os_realloc")
	return p
}
