package cabi

import (
	"bytes"
	"fmt"

	"github.com/emu8266/emu8266/emulator/chip"
)

// memFunctions are mem.h. Which block is where is the device's own account: an address of it has its place in the
// program's memory.
var memFunctions = map[string]Function{
	"pvPortMalloc":     {"ipii", func(s *SDK, a *Args) uint32 { return s.malloc(a.u32(0), s.owner(a.u32(1), a.u32(2))) }},
	"pvPortZalloc":     {"ipi", func(s *SDK, a *Args) uint32 { return s.zalloc(uint64(a.u32(0)), a.u32(1), a.u32(2)) }},
	"pvPortZallocIram": {"ipi", func(s *SDK, a *Args) uint32 { return s.zalloc(uint64(a.u32(0)), a.u32(1), a.u32(2)) }},
	"pvPortCalloc":     {"iipi", osCalloc},
	"pvPortCallocIram": {"iipi", osCalloc},
	"pvPortRealloc":    {"pipi", osRealloc},
	"vPortFree": {"ppi", func(s *SDK, a *Args) uint32 {
		s.free(a.u32(0))
		return 0
	}},
}

// malloc takes n bytes of the device's heap and returns their place in the program's memory, 0 if there is no room.
func (s *SDK) malloc(n uint32, what string) uint32 {
	a := s.board.Alloc(n, what)
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
	s.Fault(CauseStore, "%s of address 0x%x, which is no block of the heap, or not any more", function, p)
	return chip.HeapBlock{}
}

func (s *SDK) free(p uint32) {
	if p != 0 {
		b := s.block(p, "os_free")
		s.usable(p, b.Requested, false)
		s.board.Free(b.Addr)
	}
}

// owner names a block by the file and line that mem.h passes.
func (s *SDK) owner(file, line uint32) string {
	const most = 64 // of the name's bytes
	b, _ := s.guest.Readable(file)
	if len(b) == 0 {
		return "os_malloc"
	}
	name, _, _ := bytes.Cut(b[:min(most, len(b))], []byte{0})
	return fmt.Sprintf("%s:%d", bytes.TrimPrefix(name, []byte("./")), line)
}

func (s *SDK) zalloc(n uint64, file, line uint32) uint32 {
	if n > 1<<32-1 {
		n = 1<<32 - 1 // fails, and says so
	}
	p := s.malloc(uint32(n), s.owner(file, line))
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
	old, n, what := a.u32(0), a.u32(1), s.owner(a.u32(2), a.u32(3))
	if old == 0 {
		return s.malloc(n, what)
	}
	was := s.block(old, "os_realloc")
	if n == 0 {
		s.free(old)
		return 0
	}
	p := s.malloc(n, what)
	if p == 0 {
		return 0
	}
	k := min(n, was.Requested)
	copy(s.write(p, k), s.read(old, k))
	s.burn(uint64(k) / 4 * byteCycles)
	s.free(old)
	return p
}
