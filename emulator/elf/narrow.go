package elf

import (
	"github.com/emu8266/emu8266/emulator/board"
	"github.com/emu8266/emu8266/emulator/elf/internal/lx106"
	"github.com/emu8266/emu8266/emulator/internal/cabi"
)

// narrowCycles is what the SDK's handler of exception 3 costs. Choice: a guess from its length, some 50 instructions and what the ROM
// puts around it.
const narrowCycles = 150

// handlesNarrow reports whether the SDK has a handler of exception 3: from 3.0 on, bytes and half words of code and flash are read, and
// those of instruction RAM written, as if the memory allowed it (lx106.md 10.3). A program without a library of the SDK, as package build
// links it, has the handler of the profile's SDK, if its headers are of such a one.
func (i *Image) handlesNarrow(b *board.Board) bool {
	return i.version >= cabi.SDK30 && (i.text != "" || !b.NarrowFaults())
}

// narrow executes the load or store of 8 or 16 bits that raised exception 3, by words. It is false where that raises an exception
// itself, which is in s then.
func narrow(c *lx106.CPU, s *lx106.Stop) bool {
	b, _ := read(c, s.PC, 3)
	word, _ := c.Readable(s.Addr &^ 3)
	if len(b) < 3 || len(word) < 4 {
		return false
	}
	in := lx106.Decode(s.PC, b[0], b[1], b[2])
	shift := s.Addr & 3 * 8
	v := order.Uint32(word) >> shift
	mask := uint32(0xFFFF)
	switch in.Op {
	case lx106.OpL8ui:
		c.A[in.T] = v & 0xFF
	case lx106.OpL16ui:
		c.A[in.T] = v & 0xFFFF
	case lx106.OpL16si:
		c.A[in.T] = uint32(int32(int16(v)))
	case lx106.OpS8i, lx106.OpS16i:
		if in.Op == lx106.OpS8i {
			mask = 0xFF
		}
		to, cause := c.Writable(s.Addr &^ 3)
		if len(to) < 4 {
			s.Cause = cause
			return false
		}
		order.PutUint32(to, order.Uint32(word)&^(mask<<shift)|c.A[in.T]&mask<<shift)
	default:
		return false
	}
	c.SetSpecial(lx106.EPC1, s.PC+uint32(in.Len))
	c.ReturnFromException()
	return true
}
