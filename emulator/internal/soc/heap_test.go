package soc

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/emu8266/emu8266/emulator/chip"
)

func TestHeapChargesHeaderAndRounding(t *testing.T) {
	for _, tc := range []struct{ n, charged uint32 }{ // ceil8(n+16), tls.md 6; 2381 and 1461: oracle/espconn FINDINGS C
		{0, 16}, {1, 24}, {8, 24}, {9, 32}, {1461, 1480}, {2381, 2400}, {2921, 2944},
	} {
		h := newHeap(chip.HeapDefault, heapHeader)
		require.NotZero(t, h.Alloc(tc.n, "x"))
		assert.Equal(t, tc.charged, h.Stats().Charged, "requested %d", tc.n)
		assert.Equal(t, tc.n, h.Stats().Requested)
		assert.Equal(t, chip.HeapDefault-tc.charged, h.FreeSize())
	}
}

func TestHeapTakesTheFirstSpanThatFits(t *testing.T) {
	h := newHeap(4096, heapHeader)
	a := h.Alloc(100, "a")
	b := h.Alloc(100, "b")
	c := h.Alloc(100, "c")
	h.Free(a)
	h.Free(c)
	assert.Equal(t, a, h.Alloc(50, "first fit"))
	require.NotEqual(t, b, h.Alloc(3000, "behind b"))
}

// A rest of 32 bytes or less goes with the block, and comes back with it (lwip.md 16).
func TestHeapGivesSmallRestsAway(t *testing.T) {
	for _, tc := range []struct{ gap, n, charged uint32 }{
		{80, 32, 80}, // 48 with the header, 32 left
		{88, 32, 48}, // 40 left
		{80, 56, 80}, // 72 with the header
		{80, 64, 80}, // all of it
	} {
		h := newHeap(4096, heapHeader)
		gap := h.Alloc(tc.gap-heapHeader, "gap")
		h.Alloc(100, "behind")
		h.Free(gap)
		before := h.FreeSize()
		require.Equal(t, gap, h.Alloc(tc.n, "in the gap"))
		assert.Equal(t, tc.charged, before-h.FreeSize(), "%d of %d", tc.n, tc.gap)
		h.Free(gap)
		assert.Equal(t, before, h.FreeSize())
	}
}

func TestHeapFailureNamesTheRoundedSize(t *testing.T) {
	h := newHeap(1024, heapHeader)
	var said []uint32
	h.failed = func(n uint32) { said = append(said, n) }
	assert.Zero(t, h.Alloc(1461, "receive buffer"))
	assert.Zero(t, h.Alloc(0xFFFFFFFF, "everything"))
	require.Len(t, said, 2)
	assert.Equal(t, uint32(1480), said[0], "E:M prints ceil8(n+16): oracle/espconn FINDINGS C")
	assert.Equal(t, 2, h.Stats().Failures)
	assert.Equal(t, uint32(1024), h.FreeSize())
}

func TestHeapExactFitUsesTheLastByte(t *testing.T) {
	h := newHeap(1024, heapHeader)
	require.NotZero(t, h.Alloc(1024-heapHeader, "all"))
	assert.Zero(t, h.FreeSize())
	assert.Zero(t, h.Alloc(0, "even nothing needs a header"))
}

func TestHeapBadFreeChangesNothing(t *testing.T) {
	h := newHeap(1024, heapHeader)
	var ops []HeapOp
	h.observe = func(op HeapOp, _ uint32, _ block) { ops = append(ops, op) }
	a := h.Alloc(10, "a")
	h.Free(a + 8)
	h.Free(a)
	h.Free(a)
	h.Free(0)
	assert.Equal(t, []HeapOp{HeapAlloc, HeapBadFree, HeapFree, HeapBadFree}, ops)
	assert.Equal(t, uint32(1024), h.FreeSize())
}

// The heap never hands out overlapping blocks, counts right after each step, and is one free span again at the end.
func TestHeapProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const size = 16384
		h := newHeap(size, heapHeader)
		var live []chip.HeapBlock
		for range rapid.IntRange(1, 200).Draw(t, "steps") {
			if len(live) == 0 || rapid.Bool().Draw(t, "alloc") {
				n := rapid.Uint32Range(0, 3000).Draw(t, "n")
				if a := h.Alloc(n, "b"); a != 0 {
					require.GreaterOrEqual(t, a, uint32(heapEnd-size+heapHeader))
					require.LessOrEqual(t, a+n, uint32(heapEnd))
					for _, o := range live {
						require.True(t, a+n <= o.Addr-heapHeader || o.Addr+o.Requested <= a-heapHeader, "%x+%d overlaps %x+%d",
							a, n, o.Addr, o.Requested)
					}
					live = append(live, chip.HeapBlock{Addr: a, Requested: n, What: "b"})
				} else {
					require.Less(t, h.Stats().LargestFree, h.charge(n))
				}
			} else {
				i := rapid.IntRange(0, len(live)-1).Draw(t, "free")
				h.Free(live[i].Addr)
				live = append(live[:i], live[i+1:]...)
			}
			var requested, least uint32
			for _, b := range live {
				requested += b.Requested
				least += h.charge(b.Requested)
			}
			s := h.Stats()
			require.Equal(t, requested, s.Requested)
			require.GreaterOrEqual(t, s.Charged, least)
			require.LessOrEqual(t, s.Charged, least+2*heapHeader*uint32(len(live)))
			var free uint32
			for _, f := range h.free {
				free += f.size
			}
			require.EqualValues(t, size, s.Charged+free)
			require.Equal(t, len(live), s.Blocks)
		}
		for _, b := range live {
			h.Free(b.Addr)
		}
		require.Equal(t, []span{{heapEnd - size, size}}, h.free)
	})
}

func TestHeapLookup(t *testing.T) {
	h := newHeap(4096, heapHeader)
	a := h.Alloc(100, "name")
	assert.Equal(t, h.Base()+heapHeader, a)
	block, ok := h.Lookup(a)
	assert.True(t, ok)
	assert.Equal(t, chip.HeapBlock{Addr: a, Requested: 100, What: "name"}, block)
	_, ok = h.Lookup(a + 8)
	assert.False(t, ok)
}

// Before SDK 3.0 a header has 8 bytes: blocks cost 8 less, and 16 are the greatest rest that is given along.
func TestSmallHeader(t *testing.T) {
	const header = 8
	h := newHeap(4096, header)
	free := h.FreeSize()
	a := h.Alloc(104, "record")
	assert.Equal(t, h.Base()+header, a)
	assert.EqualValues(t, 112, free-h.FreeSize())
	for rest, cost := range map[uint32]uint32{8: 40, 16: 48, 24: 32} {
		h := newHeap(4096, header)
		gap := h.Alloc(32+rest-header, "gap")
		require.NotZero(t, h.Alloc(100, "behind it"))
		h.Free(gap)
		free := h.FreeSize()
		require.Equal(t, gap, h.Alloc(32-header, "block"))
		assert.Equal(t, cost, free-h.FreeSize(), "%d bytes would be left", rest)
	}
	low := newHeap(4096, header)
	a, fits := low.AllocLow(16, "dns timer")
	assert.True(t, fits)
	assert.NotZero(t, a)
	_, fits = low.AllocLow(1, "no room is left there")
	assert.False(t, fits)
}
