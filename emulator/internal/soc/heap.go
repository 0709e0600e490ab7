package soc

import (
	"sort"
	"time"

	"github.com/emu8266/emu8266/emulator/chip"
)

// freedKept is how many freed blocks are remembered, to say where one was freed that is used or freed again. Choice.
const freedKept = 256

// Heap figures of the device.
const (
	// heapEnd is the first address behind the data RAM: 0x3FFE8000 + 80 KB (sdk-surface.md, Flash and memory map).
	heapEnd = 0x3FFFC000
	// heapHeader is the allocator's header before each block, in bytes, where Config does not say (lwip.md 16).
	heapHeader = 16
)

// Heap is the device's heap: first fit over one range of addresses, a header before each block, sizes rounded up to 8; a free piece of
// which two headers or less would be left is given whole (lwip.md 16). It hands out addresses, not memory; whoever keeps the contents
// keeps them elsewhere. All methods belong to the device goroutine.
type Heap struct {
	header     uint32
	base, size uint32
	low        *Heap  // below base: AllocLow
	free       []span // sorted by address, never adjacent
	blocks     map[uint32]block
	stats      chip.HeapStats
	freed      []chip.FreedBlock // of the firmware, the last ones; a ring, once there are freedKept
	frees      int               // how many there were
	asked      int               // calls of Alloc
	failName   string            // with failNameAt: as failAt, among the blocks of one name
	failNameAt int
	short      chip.Shortage               // which call of Alloc finds no memory
	uptime     func() time.Duration        // since boot; nil: it is not needed
	ordered    bool                        // the last failure was one that a test or script wanted
	failed     func(charged uint32)        // prints the device's E:M line
	observe    func(HeapOp, uint32, block) // nil: nobody watches
}

type span struct{ addr, size uint32 }

type block struct {
	requested, charged uint32
	what, where        string // where: chip.HeapBlock
}

// HeapOp says what happened to a block in a trace event.
type HeapOp uint8

// What can happen on the heap.
const (
	HeapAlloc HeapOp = iota
	HeapFree
	HeapFailed
	HeapBadFree // an address that is not a live block; ignored
)

func newHeap(size, header uint32) *Heap {
	h := &Heap{header: header, base: heapEnd - size, size: size, blocks: map[uint32]block{}}
	h.free = []span{{h.base, size}}
	return h
}

// charge is what a block of n bytes takes at least.
func (h *Heap) charge(n uint32) uint32 { return (n + h.header + 7) &^ 7 }

// Alloc takes n bytes for what and returns their address, or 0 when no free span is large enough. A failure prints
// `E:M` and the rounded size, as the device does (tls.md 7).
func (h *Heap) Alloc(n uint32, what string) uint32 { return h.AllocAt(n, what, "") }

// AllocAt is Alloc for the firmware, which asks at where.
func (h *Heap) AllocAt(n uint32, what, where string) uint32 {
	fails := h.Asked(what)
	if n <= h.size && !fails { // a larger n could wrap in charge
		need := h.charge(n)
		for i := range h.free {
			if f := &h.free[i]; f.size >= need {
				addr := f.addr
				if f.size-need <= 2*h.header {
					need = f.size
					h.free = append(h.free[:i], h.free[i+1:]...)
				} else {
					f.addr += need
					f.size -= need
				}
				return h.take(addr+h.header, block{n, need, what, where})
			}
		}
	}
	h.fail(block{n, h.charge(min(n, chip.HeapMax*2)), what, where}, fails)
	return 0
}

// fail tells of an allocation that finds no memory.
func (h *Heap) fail(b block, ordered bool) {
	h.stats.Failures++
	h.ordered = ordered
	h.note(HeapFailed, 0, b)
	if h.failed != nil {
		h.failed(b.charged)
	}
}

// lowGap is what the record of the DNS timer has at the low end of the heap, in bytes: 16 and a header, and as much behind it where that
// is given along (lwip.md 16).
func (h *Heap) lowGap() uint32 {
	n := h.charge(16)
	if n <= 2*h.header {
		n *= 2
	}
	return n
}

// AllocLow is Alloc in the gap at the low end of the heap, which the network stack's DNS timer has and gives back while its function runs;
// false if n bytes do not fit. Deviation: other blocks never lie there.
func (h *Heap) AllocLow(n uint32, what string) (addr uint32, fits bool) {
	if h.low == nil {
		h.low = newHeap(h.lowGap(), h.header)
		h.low.base = h.base - h.low.size
		h.low.free[0].addr = h.low.base
	}
	if n > h.low.size || len(h.low.free) == 0 || h.low.free[0].size < h.charge(n) {
		return 0, false
	}
	if h.Asked(what) {
		h.fail(block{n, h.charge(n), what, ""}, true)
		return 0, true
	}
	return h.low.Alloc(n, what), true
}

// Asked counts an allocation for what, and reports whether it is one that shall find no memory.
func (h *Heap) Asked(what string) (fails bool) {
	h.asked++
	if s := &h.short; s.Nth > 0 && (s.Except == nil || !s.Except(what)) && (s.From == 0 || h.uptime() >= s.From) {
		s.Nth--
		fails = s.Nth == 0
	}
	if h.failNameAt > 0 && what == h.failName {
		h.failNameAt--
		fails = fails || h.failNameAt == 0
	}
	return fails
}

func (h *Heap) take(addr uint32, b block) uint32 {
	h.blocks[addr] = b
	s := &h.stats
	s.Requested += b.requested
	s.Charged += b.charged
	s.RequestedPeak = max(s.RequestedPeak, s.Requested)
	s.ChargedPeak = max(s.ChargedPeak, s.Charged)
	h.note(HeapAlloc, addr, b)
	return addr
}

// Free gives the block at addr back. Address 0 is ignored as in C. An address that is no live block changes nothing
// and is reported to the trace: on the chip it would damage the heap.
func (h *Heap) Free(addr uint32) {
	if addr == 0 {
		return
	}
	if h.low != nil && addr < h.base {
		h.low.Free(addr)
		return
	}
	b, ok := h.blocks[addr]
	if !ok {
		h.note(HeapBadFree, addr, block{})
		return
	}
	delete(h.blocks, addr)
	h.stats.Requested -= b.requested
	h.stats.Charged -= b.charged
	h.note(HeapFree, addr, b)

	start := addr - h.header
	i := sort.Search(len(h.free), func(i int) bool { return h.free[i].addr > start })
	joinsLeft := i > 0 && h.free[i-1].addr+h.free[i-1].size == start
	joinsRight := i < len(h.free) && start+b.charged == h.free[i].addr
	switch {
	case joinsLeft && joinsRight:
		h.free[i-1].size += b.charged + h.free[i].size
		h.free = append(h.free[:i], h.free[i+1:]...)
	case joinsLeft:
		h.free[i-1].size += b.charged
	case joinsRight:
		h.free[i].addr = start
		h.free[i].size += b.charged
	default:
		h.free = append(h.free, span{})
		copy(h.free[i+1:], h.free[i:])
		h.free[i] = span{start, b.charged}
	}
}

// FreeAt is Free for the firmware, at where.
func (h *Heap) FreeAt(addr uint32, where string) {
	if b, ok := h.Lookup(addr); ok {
		f := chip.FreedBlock{HeapBlock: b, Freed: where}
		if len(h.freed) < freedKept {
			h.freed = append(h.freed, f)
		} else {
			h.freed[h.frees%freedKept] = f
		}
		h.frees++
	}
	h.Free(addr)
}

// Freed returns the block that addr lay in and that the firmware has freed, the latest of several; false if none is remembered.
func (h *Heap) Freed(addr uint32) (chip.FreedBlock, bool) {
	for i := h.frees - 1; i >= max(h.frees-freedKept, 0); i-- {
		if b := h.freed[i%freedKept]; addr-b.Addr < max(b.Requested, 1) {
			return b, true
		}
	}
	return chip.FreedBlock{}, false
}

// FreeSize returns the bytes free, as system_get_free_heap_size reports them.
func (h *Heap) FreeSize() uint32 {
	n := h.size - h.stats.Charged
	if h.low != nil {
		n += h.low.FreeSize()
	}
	return n
}

// Stats returns the figures of this moment.
func (h *Heap) Stats() chip.HeapStats {
	s := h.stats
	s.Size, s.Free, s.Blocks = h.size, h.FreeSize(), len(h.blocks)
	for _, f := range h.free {
		s.LargestFree = max(s.LargestFree, f.size)
	}
	return s
}

// ResetPeak starts both peaks again at what is in use now.
func (h *Heap) ResetPeak() {
	h.stats.RequestedPeak, h.stats.ChargedPeak = h.stats.Requested, h.stats.Charged
}

// Blocks returns the live blocks in order of address: what a leak test prints.
func (h *Heap) Blocks() []chip.HeapBlock {
	out := make([]chip.HeapBlock, 0, len(h.blocks))
	for a, b := range h.blocks {
		out = append(out, chip.HeapBlock{Addr: a, Requested: b.requested, What: b.what, Where: b.where})
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Addr < out[j].Addr })
	return out
}

func (h *Heap) note(op HeapOp, addr uint32, b block) {
	if h.observe != nil {
		h.observe(op, addr, b)
	}
}

// Base returns the lowest address of the heap; blocks lie in [Base, Base+HeapStats.Size).
func (h *Heap) Base() uint32 { return h.base }

// Lookup returns the live block whose bytes begin at addr.
func (h *Heap) Lookup(addr uint32) (chip.HeapBlock, bool) {
	b, ok := h.blocks[addr]
	return chip.HeapBlock{Addr: addr, Requested: b.requested, What: b.what, Where: b.where}, ok
}
