package lx106

import (
	"slices"
)

// Cover lets CPUs count how often they execute pieces of code: rows are the sorted addresses at which pieces begin, each up to the next.
// It costs time in these pieces only; without it, nothing is counted and nothing costs. The image must not be used yet.
func (m *Image) Cover(rows []uint32) {
	if m.used.Load() {
		panic("lx106: Image.Cover after NewCPU")
	}
	m.rows = slices.Clone(rows)
}

// Used tells whether there was a CPU of the image: it does not change any more.
func (m *Image) Used() bool { return m.used.Load() }

// counter returns the counter for an instruction: of the piece that begins there, or, for the first of a block, of the piece that it is in
// the middle of.
func (m *Image) counter(at uint32, first bool) (n uint32, ok bool) {
	if m.rows == nil {
		return 0, false
	}
	i, begins := slices.BinarySearch(m.rows, at)
	switch {
	case begins:
		return uint32(i), true
	case first && i > 0:
		return uint32(len(m.rows) + i - 1), true
	}
	return 0, false
}

// Covered returns how often a piece of Image.Cover was executed: from its beginning; 1 if only from elsewhere in it.
func (c *CPU) Covered(n int) uint64 {
	count := c.covered[n]
	if count == 0 && c.covered[len(c.image.rows)+n] > 0 {
		return 1
	}
	return count
}
