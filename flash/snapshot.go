package flash

import (
	"fmt"
	"io"
)

// Snapshot is the content of a chip and its wear at one moment. It never changes and may be used by any number of
// goroutines. Chips over it share its memory.
type Snapshot struct{ blocks []*block }

// NewSnapshot returns the content of an image: the plain bytes of the flash, 0xFF where it is erased, as esptool reads and
// writes them. The bytes are copied. An image that is shorter than a chip is filled up with erased flash to the next size
// of a chip. Error: ErrSize for one that is too long.
func NewSnapshot(image []byte) (*Snapshot, error) {
	size := MinSize
	for size < len(image) && size < MaxSize {
		size *= 2
	}
	c, err := New(size)
	if err != nil {
		return nil, err
	}
	if len(image) > size {
		return nil, fmt.Errorf("flash: image of %d bytes: %w", len(image), ErrSize)
	}
	var s sectorData
	for n := 0; n*SectorSize < len(image); n++ {
		fill(s[:])
		copy(s[:], image[n*SectorSize:])
		if !blank(s[:]) {
			c.store(n, 0, s[:])
		}
	}
	return c.Snapshot(), nil
}

// Snapshot returns the present content and wear. It costs a few words; the chip copies what it changes from then on.
// Faults are the chip's own and are not in it.
func (c *Chip) Snapshot() *Snapshot {
	c.owner, c.ownsTable = new(owner), false
	return &Snapshot{c.blocks}
}

// Size returns the capacity in bytes.
func (s *Snapshot) Size() int { return len(s.blocks) * sectorsPerBlock * SectorSize }

// Chip returns a chip with the content and wear of s, in memory. What it does not change it shares with s: untouched it
// takes less than a KB, then 4 KB for each changed sector, a record of a quarter KB for each 64 KB block with a change, and
// one table of 8 bytes for each block of the chip.
func (s *Snapshot) Chip() *Chip { return &Chip{blocks: s.blocks, owner: new(owner)} }

// Restore brings c back to the content and wear of s. On a chip in a file the sectors that differ are written. Faults and
// the counts of Steps and Writes stay. Errors: ErrSize if s is of another capacity, ErrPower, or one of the file.
func (c *Chip) Restore(s *Snapshot) error {
	if s.Size() != c.Size() {
		return fmt.Errorf("flash: restore %d bytes to a chip of %d: %w", s.Size(), c.Size(), ErrSize)
	}
	if !c.Powered() {
		return c.refuse(OpWrite, 0, c.Size(), ErrPower)
	}
	if c.file != nil {
		target := s.Chip()
		p := c.buffer()[:]
		for n := range c.Sectors() {
			i := uint32(n)
			if c.sector(n) == target.sector(n) && c.Erases(i) == target.Erases(i) && c.Programs(i) == target.Programs(i) {
				continue
			}
			target.load(n, 0, p)
			before := make([]byte, SectorSize)
			c.load(n, 0, before)
			holds, err := c.file.put(n, 0, before, p, target.Erases(i), target.Programs(i))
			c.store(n, 0, holds)
			if err != nil {
				return c.refuse(OpWrite, int64(n)*SectorSize, SectorSize, err)
			}
		}
	}
	c.blocks, c.ownsTable, c.owner = s.blocks, false, new(owner)
	return nil
}

// WriteTo implements io.WriterTo: it writes the image, all of its bytes.
func (s *Snapshot) WriteTo(w io.Writer) (written int64, err error) {
	c := s.Chip()
	var p sectorData
	for n := range c.Sectors() {
		c.load(n, 0, p[:])
		m, err := w.Write(p[:])
		written += int64(m)
		if err != nil {
			return written, err
		}
	}
	return written, nil
}

// Diff returns the sectors in which two snapshots differ, in ascending order. A sector that only one of them has differs.
func (s *Snapshot) Diff(other *Snapshot) []uint32 {
	var list []uint32
	a, b := s.Chip(), other.Chip()
	for n := range max(a.Sectors(), b.Sectors()) {
		if n >= a.Sectors() || n >= b.Sectors() {
			list = append(list, uint32(n))
			continue
		}
		x, y := a.sector(n), b.sector(n)
		if x == y {
			continue
		}
		var p, q sectorData
		a.load(n, 0, p[:])
		b.load(n, 0, q[:])
		if p != q {
			list = append(list, uint32(n))
		}
	}
	return list
}
