package flash

import (
	"fmt"
	"io"
	"math"
)

// Capacities of a chip in bytes. Choice: the smallest of sdk-surface.md's flash maps, 256 KB, is not offered: no SDK from
// 2.x on fits into it.
const (
	MinSize = 512 << 10
	MaxSize = 16 << 20
)

// Chip is a NOR flash chip in memory. It belongs to one goroutine at a time, as a device's peripheral does.
type Chip struct {
	// Observe is called after each write and each sector erasure; nil: nobody. It must not use the chip.
	Observe func(Event)

	sectors [][]byte // nil: erased
	erases  []uint32
	writes  uint64
}

var _ Device = (*Chip)(nil)

// New returns an erased chip of size bytes: a power of two from [MinSize] to [MaxSize], otherwise ErrSize.
func New(size int) (*Chip, error) {
	if size < MinSize || size > MaxSize || size&(size-1) != 0 {
		return nil, fmt.Errorf("flash: new chip of %d bytes: %w", size, ErrSize)
	}
	n := size / SectorSize
	return &Chip{sectors: make([][]byte, n), erases: make([]uint32, n)}, nil
}

// Size returns the capacity in bytes.
func (c *Chip) Size() int { return len(c.sectors) * SectorSize }

// Sectors returns the number of sectors.
func (c *Chip) Sectors() int { return len(c.sectors) }

// Erases returns how often sector n was erased since the chip was made; 0 for a sector that does not exist.
func (c *Chip) Erases(n uint32) uint32 {
	if uint64(n) >= uint64(len(c.erases)) {
		return 0
	}
	return c.erases[n]
}

// Writes returns the number of writes since the chip was made.
func (c *Chip) Writes() uint64 { return c.writes }

// refuse makes the error of an operation at offset off, which may lie outside the address space.
func (c *Chip) refuse(op Op, off int64, n int, reason error) error {
	return &OpError{Op: op, Addr: uint32(min(max(off, 0), math.MaxUint32)), Len: n, Size: c.Size(), Err: reason}
}

// ReadAt implements [Device]. A read that begins inside the chip and goes beyond its end returns what there is and io.EOF.
func (c *Chip) ReadAt(p []byte, off int64) (n int, err error) {
	size := int64(c.Size())
	if off < 0 || off > size {
		return 0, c.refuse(OpRead, off, len(p), ErrRange)
	}
	if int64(len(p)) > size-off {
		p, err = p[:size-off], io.EOF
	}
	for n < len(p) {
		s, at := c.sectors[off/SectorSize], int(off%SectorSize)
		m := min(len(p)-n, SectorSize-at)
		if s == nil {
			fill(p[n : n+m])
		} else {
			copy(p[n:n+m], s[at:])
		}
		n += m
		off += int64(m)
	}
	return n, err
}

// Write implements [Device]. An empty write at an aligned address inside the chip, or at its end, counts as a write.
func (c *Chip) Write(addr uint32, p []byte) error {
	if addr%WriteUnit != 0 || len(p)%WriteUnit != 0 {
		return c.refuse(OpWrite, int64(addr), len(p), ErrAlignment)
	}
	if int64(addr)+int64(len(p)) > int64(c.Size()) {
		return c.refuse(OpWrite, int64(addr), len(p), ErrRange)
	}
	c.writes++
	lost := 0
	for i := 0; i < len(p); {
		off := int(addr) + i
		n, at := off/SectorSize, off%SectorSize
		m := min(len(p)-i, SectorSize-at)
		lost += c.program(n, at, p[i:i+m])
		i += m
	}
	if c.Observe != nil {
		c.Observe(Event{Op: OpWrite, Addr: addr, Len: len(p), Lost: lost})
	}
	return nil
}

// program clears bits inside sector n and counts the bytes that differ from p afterwards.
func (c *Chip) program(n, at int, p []byte) (lost int) {
	if c.sectors[n] == nil {
		if blank(p) {
			return 0
		}
		c.sectors[n] = make([]byte, SectorSize)
		fill(c.sectors[n])
	}
	s := c.sectors[n][at:]
	for i, v := range p {
		s[i] &= v
		if s[i] != v {
			lost++
		}
	}
	return lost
}

// EraseSector implements [Device].
func (c *Chip) EraseSector(n uint32) error {
	off := int64(n) * SectorSize
	if off >= int64(c.Size()) {
		return c.refuse(OpErase, off, SectorSize, ErrRange)
	}
	c.sectors[n] = nil
	c.erases[n]++
	if c.Observe != nil {
		c.Observe(Event{Op: OpErase, Addr: uint32(off), Len: SectorSize, Erases: c.erases[n]})
	}
	return nil
}

// EraseChip erases all sectors, one after the other. It cannot fail; the error is there for symmetry with EraseSector.
func (c *Chip) EraseChip() error {
	for n := range c.sectors {
		if err := c.EraseSector(uint32(n)); err != nil {
			return err
		}
	}
	return nil
}

func fill(p []byte) {
	for i := range p {
		p[i] = Erased
	}
}

func blank(p []byte) bool {
	for _, v := range p {
		if v != Erased {
			return false
		}
	}
	return true
}
