package flash

import (
	"fmt"
	"io"
	"math"
)

// Capacities of a chip in bytes. The smallest is flash size map 1: SDK 3.0.6 still sets up a 256 KB chip at boot when the
// image's header says so, though its partition table refuses maps 0, 1 and 7 and its build script offers no map 1.
const (
	MinSize = 256 << 10
	MaxSize = 16 << 20
)

// PageSize is what one page program of the chip covers at most, in bytes, aligned to itself (sdk-surface.md, Flash).
const PageSize = 256

// Chip is a NOR flash chip in memory, over a snapshot or in a file. It belongs to one goroutine at a time, as a device's
// peripheral does. [New], [Open] and [Snapshot.Chip] make one.
type Chip struct {
	// Observe is told of each write, each sector erasure and a power cut; nil: nobody. It may read the chip, but not change it.
	Observe func(Event)
	// Timing is how long the chip is busy with each step. The zero value: no time.
	Timing Timing

	blocks    []*block
	ownsTable bool // blocks is not shared with a snapshot
	owner     *owner
	writes    uint64
	steps     uint64
	faults    *faults    // nil: none
	file      *imageFile // nil: in memory only
	scratch   *sectorData
}

var _ Device = (*Chip)(nil)

// New returns an erased chip of size bytes: a power of two from [MinSize] to [MaxSize], otherwise ErrSize.
func New(size int) (*Chip, error) {
	if !ValidSize(size) {
		return nil, fmt.Errorf("flash: new chip of %d bytes: %w", size, ErrSize)
	}
	return &Chip{blocks: make([]*block, size/SectorSize/sectorsPerBlock), ownsTable: true, owner: new(owner)}, nil
}

// ValidSize tells whether chips of size bytes exist: a power of two from [MinSize] to [MaxSize].
func ValidSize(size int) bool { return size >= MinSize && size <= MaxSize && size&(size-1) == 0 }

// Size returns the capacity in bytes.
func (c *Chip) Size() int { return len(c.blocks) * sectorsPerBlock * SectorSize }

// Sectors returns the number of sectors.
func (c *Chip) Sectors() int { return len(c.blocks) * sectorsPerBlock }

// Blank reports whether sector n holds nothing: all of it is 0xFF, or there is no such sector.
func (c *Chip) Blank(n uint32) bool {
	if int64(n) >= int64(c.Sectors()) {
		return true
	}
	s := c.sector(int(n))
	return s == nil || blank(s[:])
}

// Erases returns how often sector n was erased since the chip was new; 0 for a sector that does not exist. A chip over a
// snapshot goes on counting from the snapshot's figures, one in a file from those beside the file.
func (c *Chip) Erases(n uint32) uint32 {
	if b := c.counts(n); b != nil {
		return b.erases[n%sectorsPerBlock]
	}
	return 0
}

// Programs returns how many pages of sector n were programmed since the chip was new, counted as Erases counts. Every
// program counts, also one that changes nothing.
func (c *Chip) Programs(n uint32) uint32 {
	if b := c.counts(n); b != nil {
		return b.programs[n%sectorsPerBlock]
	}
	return 0
}

func (c *Chip) counts(n uint32) *block {
	if uint64(n) >= uint64(c.Sectors()) {
		return nil
	}
	return c.blocks[n/sectorsPerBlock]
}

// Writes returns the number of calls of Write that were carried out since this Chip was made.
func (c *Chip) Writes() uint64 { return c.writes }

// Steps returns the number of steps since this Chip was made: pages programmed and sectors erased.
func (c *Chip) Steps() uint64 { return c.steps }

// refuse makes the error of an operation at offset off, which may lie outside the address space.
func (c *Chip) refuse(op Op, off int64, n int, reason error) error {
	return &OpError{Op: op, Addr: uint32(min(max(off, 0), math.MaxUint32)), Len: n, Size: c.Size(), Err: reason}
}

// ReadAt implements [Device]. A read that begins inside the chip and goes beyond its end returns what there is and io.EOF.
// Without power: ErrPower.
func (c *Chip) ReadAt(p []byte, off int64) (n int, err error) {
	size := int64(c.Size())
	if off < 0 || off > size {
		return 0, c.refuse(OpRead, off, len(p), ErrRange)
	}
	if !c.Powered() {
		return 0, c.refuse(OpRead, off, len(p), ErrPower)
	}
	if int64(len(p)) > size-off {
		p, err = p[:size-off], io.EOF
	}
	for n < len(p) {
		at := int(off % SectorSize)
		m := min(len(p)-n, SectorSize-at)
		c.load(int(off/SectorSize), at, p[n:n+m])
		n += m
		off += int64(m)
	}
	return n, err
}

// Write implements [Device]. An empty write at an aligned address inside the chip, or at its end, counts as a write.
// Further errors: ErrPower when power fails during the write or has failed before, ErrTimeout for a dead sector, and what
// the operating system says of the file behind the chip. The pages before the fault are then written.
func (c *Chip) Write(addr uint32, p []byte) error { return c.Program(addr, p).Err }

// Program is Write with all that came of it.
func (c *Chip) Program(addr uint32, p []byte) Outcome {
	refused := func(reason error) Outcome {
		return Outcome{Err: c.refuse(OpWrite, int64(addr), len(p), reason), PowerCut: reason == ErrPower}
	}
	if addr%WriteUnit != 0 || len(p)%WriteUnit != 0 {
		return refused(ErrAlignment)
	}
	if int64(addr)+int64(len(p)) > int64(c.Size()) {
		return refused(ErrRange)
	}
	if !c.Powered() {
		return Outcome{Err: c.refuse(OpWrite, int64(addr), len(p), ErrPower)}
	}
	c.writes++
	e := Event{Op: OpWrite, Addr: addr, Len: len(p)}
	for i := 0; i < len(p); {
		off := int(addr) + i
		m := min(len(p)-i, PageSize-off%PageSize)
		lost, err := c.program(off, p[i:i+m])
		e.Lost += lost
		if err != nil {
			return refused(err)
		}
		e.Took += c.Timing.program(m)
		i += m
	}
	c.observe(e)
	return Outcome{Took: e.Took}
}

// program is one step: it clears bits inside one page and counts the bytes that differ from p afterwards.
func (c *Chip) program(off int, p []byte) (lost int, err error) {
	n, at := off/SectorSize, off%SectorSize
	next := c.buffer()[:len(p)]
	c.load(n, at, next)
	var before []byte
	if c.faults != nil {
		before = append(before, next...)
	}
	for i, v := range p {
		next[i] &= v
	}
	if err = c.step(OpWrite, n, at, before, next); err != nil {
		return 0, err
	}
	for i, v := range p {
		if next[i] != v {
			lost++
		}
	}
	return lost, nil
}

// EraseSector implements [Device]. Further errors: as Write.
func (c *Chip) EraseSector(n uint32) error { return c.Erase(n).Err }

// Erase is EraseSector with all that came of it.
func (c *Chip) Erase(n uint32) Outcome {
	off := int64(n) * SectorSize
	refused := func(reason error) Outcome {
		return Outcome{Err: c.refuse(OpErase, off, SectorSize, reason), PowerCut: reason == ErrPower}
	}
	if off >= int64(c.Size()) {
		return refused(ErrRange)
	}
	if !c.Powered() {
		return Outcome{Err: c.refuse(OpErase, off, SectorSize, ErrPower)}
	}
	next := c.buffer()[:]
	fill(next)
	var before []byte
	if s := c.sector(int(n)); s != nil {
		before = s[:]
	}
	if err := c.step(OpErase, int(n), 0, before, next); err != nil {
		return refused(err)
	}
	c.observe(Event{Op: OpErase, Addr: uint32(off), Len: SectorSize, Erases: c.Erases(n), Took: c.Timing.Erase})
	return Outcome{Took: c.Timing.Erase}
}

// EraseChip erases all sectors, one after the other. Errors: as EraseSector.
func (c *Chip) EraseChip() error {
	for n := range c.Sectors() {
		if err := c.EraseSector(uint32(n)); err != nil {
			return err
		}
	}
	return nil
}

// step changes the bytes of sector n from at on, from before (nil: erased) to next, as far as the chip's faults let it.
// next holds what came of it.
func (c *Chip) step(op Op, n, at int, before, next []byte) error {
	c.steps++
	fault := c.faults.step(op, n, at, before, next)
	if fault == nil || fault.changed {
		if err := c.commit(op, n, at, next); err != nil {
			return err
		}
	}
	if fault == nil {
		return nil
	}
	if fault.err == ErrPower {
		c.observe(Event{Op: OpPowerCut, Addr: uint32(n*SectorSize + at), Len: len(next), Cut: fault.moment})
	}
	return fault.err
}

// commit makes a change: first in the file, so that what is read was also written, then in memory. If that fails, memory holds
// what the file has.
func (c *Chip) commit(op Op, n, at int, next []byte) error {
	b, i := c.block(n)
	erases, programs := b.erases[i], b.programs[i]
	if op == OpErase {
		erases++
	} else {
		programs++
	}
	if c.file != nil {
		before := make([]byte, len(next))
		c.load(n, at, before)
		if holds, err := c.file.put(n, at, before, next, erases, programs); err != nil {
			c.store(n, at, holds)
			return err
		}
	}
	b.erases[i], b.programs[i] = erases, programs
	c.store(n, at, next)
	return nil
}

// buffer returns a sector's worth of scratch memory.
func (c *Chip) buffer() *sectorData {
	if c.scratch == nil {
		c.scratch = new(sectorData)
	}
	return c.scratch
}

func (c *Chip) observe(e Event) {
	if c.Observe != nil {
		c.Observe(e)
	}
}
