package flash

import (
	"fmt"
	"math/rand/v2"
)

// Moment is when power fails, seen from one step.
type Moment uint8

// Moments of a power cut.
const (
	Before Moment = iota // the step has no effect
	During               // the step has a part of its effect
	After                // the step is complete, but nobody learns of it
)

// String returns "before", "during" or "after".
func (m Moment) String() string {
	switch m {
	case Before:
		return "before"
	case During:
		return "during"
	case After:
		return "after"
	}
	return fmt.Sprintf("moment %d", uint8(m))
}

// PowerCut says when power fails.
type PowerCut struct {
	// Step is the step at which it happens: 1 is the next page program or sector erasure. 0: never.
	Step uint64
	// Moment is when, seen from that step.
	Moment Moment
	// Seed chooses what a step that was cut short leaves behind; the same seed, the same remains.
	Seed uint64
}

// String returns "before step 3" or "during step 3, seed 1".
func (p PowerCut) String() string {
	s := fmt.Sprintf("%v step %d", p.Moment, p.Step)
	if p.Moment == During {
		s += fmt.Sprintf(", seed %d", p.Seed)
	}
	return s
}

// SectorFault is a way in which a sector fails.
type SectorFault uint8

// Faults of sectors.
const (
	// Sound is a sector without fault.
	Sound SectorFault = iota
	// Worn is a sector that does not erase any more: erasures are accepted and change nothing. The ROM's functions do
	// not look for it, so the firmware gets SPI_FLASH_RESULT_OK (Choice: the usual end of a sector's life).
	Worn
	// Dead is a sector that neither erases nor programs and keeps the chip busy: ErrTimeout.
	Dead
)

// faults is what is wrong with a chip. Nil: nothing.
type faults struct {
	cut       PowerCut
	off       bool // power is gone
	stuck     map[uint32]stuckBits
	sectors   map[int]SectorFault
	endurance uint32
	erased    map[int]uint32 // erasures under endurance
}

type stuckBits struct{ mask, value byte }

// outcome is the failure of a step.
type outcome struct {
	err     error // nil: the firmware does not notice
	changed bool  // next holds a change to be made
	moment  Moment
}

func (c *Chip) fault() *faults {
	if c.faults == nil {
		c.faults = &faults{}
	}
	return c.faults
}

// CutPower lets power fail at a step. From then on every operation, reads included, returns ErrPower and changes nothing,
// until [Chip.PowerOn]. A former plan is replaced.
//
// A page program that is cut leaves some of the bits cleared that it had to clear and no other bit changed; a cut erasure
// leaves any mixture: old content, the zeros that chips program before they erase, bits that are set already. Choice: the
// data sheets only say that the page or sector is undefined then; other sectors never change.
func (c *Chip) CutPower(p PowerCut) { c.fault().cut = p }

// Powered tells whether the chip has power: false after a power cut.
func (c *Chip) Powered() bool { return c.faults == nil || !c.faults.off }

// PowerOn gives the chip power again and forgets the plan of [Chip.CutPower]. Stuck bits and bad sectors stay.
func (c *Chip) PowerOn() {
	if c.faults != nil {
		c.faults.off, c.faults.cut = false, PowerCut{}
	}
}

// StickBits makes the bits of mask in the byte at addr keep their value in value, whatever is erased or programmed. Those
// bits take that value now, in a file too. A mask of 0 frees the byte. Error: ErrRange, or one of the file.
func (c *Chip) StickBits(addr uint32, mask, value byte) error {
	if int64(addr) >= int64(c.Size()) {
		return c.refuse(OpWrite, int64(addr), 1, ErrRange)
	}
	f := c.fault()
	if f.stuck == nil {
		f.stuck = map[uint32]stuckBits{}
	}
	if mask == 0 {
		delete(f.stuck, addr)
		return nil
	}
	f.stuck[addr] = stuckBits{mask, value & mask}
	b := c.buffer()[:1]
	n, at := int(addr)/SectorSize, int(addr)%SectorSize
	c.load(n, at, b)
	before := []byte{b[0]}
	b[0] = b[0]&^mask | value&mask
	if c.file != nil {
		if holds, err := c.file.put(n, at, before, b, c.Erases(uint32(n)), c.Programs(uint32(n))); err != nil {
			c.store(n, at, holds)
			return c.refuse(OpWrite, int64(addr), 1, err)
		}
	}
	c.store(n, at, b)
	return nil
}

// FailSector gives sector n a fault, or takes it away with Sound. Error: ErrRange.
func (c *Chip) FailSector(n uint32, fault SectorFault) error {
	if uint64(n) >= uint64(c.Sectors()) {
		return c.refuse(OpErase, int64(n)*SectorSize, SectorSize, ErrRange)
	}
	f := c.fault()
	if f.sectors == nil {
		f.sectors = map[int]SectorFault{}
	}
	f.sectors[int(n)] = fault
	return nil
}

// WearOut makes every sector Worn after erases further erasures; 0 ends it. Chips are made for 100,000 (Winbond W25Q32).
func (c *Chip) WearOut(erases uint32) {
	f := c.fault()
	f.endurance, f.erased = erases, map[int]uint32{}
}

// step applies the faults to a step of the chip: nil if it happens as it should. next is changed to what comes of it.
func (f *faults) step(op Op, n, at int, before, next []byte) *outcome {
	if f == nil {
		return nil
	}
	cut := false
	if f.cut.Step > 0 {
		f.cut.Step--
		cut = f.cut.Step == 0
	}
	if cut && f.cut.Moment == Before {
		f.off = true
		return &outcome{err: ErrPower, moment: Before}
	}
	switch f.sectorFault(op, n) {
	case Dead:
		f.off = f.off || cut
		return &outcome{err: ErrTimeout}
	case Worn:
		if op == OpErase {
			old := make([]byte, len(next))
			fill(old)
			copy(old, before)
			copy(next, old)
		}
	}
	if cut && f.cut.Moment == During {
		partial(op, before, next, f.cut.Seed)
	}
	if len(f.stuck) > 0 {
		for i := range next {
			if s, ok := f.stuck[uint32(n*SectorSize+at+i)]; ok {
				next[i] = next[i]&^s.mask | s.value
			}
		}
	}
	if cut {
		f.off = true
		return &outcome{err: ErrPower, changed: true, moment: f.cut.Moment}
	}
	return nil
}

func (f *faults) sectorFault(op Op, n int) SectorFault {
	if f.endurance > 0 && op == OpErase {
		if f.erased[n] >= f.endurance {
			return Worn
		}
		f.erased[n]++
	}
	return f.sectors[n]
}

// partial turns next, the full effect of a step on before (nil: erased), into a part of it.
func partial(op Op, before, next []byte, seed uint64) {
	old := make([]byte, len(next))
	fill(old)
	copy(old, before)
	rng := rand.New(rand.NewPCG(seed, uint64(len(next))))
	if op == OpWrite {
		// A chip programs all bits of a page at once, in pulses: any subset of the bits may be done. Every third seed
		// stops between two bytes instead, as if the transfer had been cut.
		upTo := len(next)
		if seed%3 == 0 {
			upTo = rng.IntN(len(next) + 1)
		}
		for i := range next {
			switch {
			case i >= upTo:
				next[i] = old[i]
			case seed%3 != 0:
				next[i] |= old[i] & byte(rng.Uint32())
			}
		}
		return
	}
	for i := range next {
		switch seed % 3 {
		case 0: // the programming before the erasure: bits on their way to zero
			next[i] = old[i] & byte(rng.Uint32())
		case 1: // zeros on their way to ones
			next[i] = byte(rng.Uint32())
		default: // old content on its way to ones, nearly there
			next[i] = old[i] | byte(rng.Uint32()) | byte(rng.Uint32())
		}
	}
}
