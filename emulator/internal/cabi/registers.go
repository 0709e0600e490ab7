package cabi

import "github.com/emu8266/emu8266/emulator/chip"

// flashWindow is where the chip shows its flash to programs (sdk-surface.md, Flash).
const (
	flashWindow    = 0x40200000
	flashWindowEnd = flashWindow + 1<<20
)

// registerFunctions are the macros READ_PERI_REG and WRITE_PERI_REG of eagle_soc.h, and all that are made of them.
var registerFunctions = map[string]Function{
	"esp_read_register": {"i", func(s *SDK, a *Args) uint32 {
		addr := a.u32(0)
		switch {
		case chip.IsPeriReg(addr):
			return s.board.ReadPeriReg(addr)
		case addr%4 == 0 && addr >= flashWindow && addr < flashWindowEnd:
			var b [4]byte
			if _, err := s.board.Flash().ReadAt(b[:], int64(addr-flashWindow)); err == nil {
				return order.Uint32(b[:])
			}
		}
		return s.u32(s.aligned(addr)) // the macro reads memory too
	}},
	"esp_write_register": {"ii", func(s *SDK, a *Args) uint32 {
		if addr := a.u32(0); chip.IsPeriReg(addr) {
			s.board.WritePeriReg(addr, a.u32(1))
		} else {
			s.setU32(s.aligned(addr), a.u32(1))
		}
		return 0
	}},
}

// aligned returns the address, which must be one of a word.
func (s *SDK) aligned(addr uint32) uint32 {
	if addr%4 != 0 {
		s.Fault(CauseUnaligned, "access to a register at the address 0x%08x, which is no multiple of 4", addr)
	}
	return addr
}
