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
	// What loads and stores of the program at addresses of the chip become in WebAssembly (rt/rt.c).
	"esp_load": {"ii", func(s *SDK, a *Args) uint32 { return s.load(a.u32(0), a.u32(1)) }},
	"esp_store": {"iii", func(s *SDK, a *Args) uint32 {
		s.store(a.u32(0), a.u32(1), a.u32(2))
		return 0
	}},
}

// Mapped tells whether a program reaches something of the chip that is no memory at an address: registers or the flash.
func Mapped(addr uint32) bool {
	return chip.IsPeriReg(addr&^3) || addr >= flashWindow && addr < flashWindowEnd
}

// load reads size bytes at an address of the chip. Narrow accesses see a register's bytes, and those of flash where the SDK has a handler
// for them. Choice: registers that the board does not model read 0 and take no notice of stores.
func (s *SDK) load(addr, size uint32) uint32 {
	if size == 0 || size > 4 || addr%size != 0 {
		s.Fault(CauseUnaligned, "%d-byte load at address 0x%x, not aligned", size, addr)
	}
	switch {
	case chip.IsPeriReg(addr &^ 3):
		return uint32(uint64(s.board.ReadPeriReg(addr&^3)) >> (addr & 3 * 8) & (1<<(8*size) - 1))
	case Mapped(addr) && size < 4 && !s.handlesNarrow():
		s.Fault(causeLoadStore, "%d-byte load at address 0x%x, the flash, which is read in 32 bits only", size, addr)
	case Mapped(addr):
		var b [4]byte
		if _, err := s.board.Flash().ReadAt(b[:], int64(addr&^3-flashWindow)); err == nil {
			return uint32(uint64(order.Uint32(b[:])) >> (addr & 3 * 8) & (1<<(8*size) - 1))
		}
	}
	s.Fault(CauseLoad, "%d-byte load at address 0x%x, where there is no memory", size, addr)
	return 0
}

// store writes size bytes at an address of the chip.
func (s *SDK) store(addr, v, size uint32) {
	if size == 0 || size > 4 || addr%size != 0 {
		s.Fault(CauseUnaligned, "%d-byte store at address 0x%x, not aligned", size, addr)
	}
	switch {
	case chip.IsPeriReg(addr &^ 3):
		if size < 4 {
			shift := addr & 3 * 8
			mask := uint32(1<<(8*size)-1) << shift
			v = s.board.ReadPeriReg(addr&^3)&^mask | v<<shift&mask
		}
		s.board.WritePeriReg(addr&^3, v)
	case Mapped(addr):
		s.Fault(s.flashStore(size), "%d-byte store at address 0x%x, the flash: write it with spi_flash_write", size, addr)
	default:
		s.Fault(CauseStore, "%d-byte store at address 0x%x, where there is no memory", size, addr)
	}
}

// flashStore is the exception of a store of size bytes to flash: that of a word, or of what the handler makes of fewer bytes (lx106.md
// 9.3, 10.3).
func (s *SDK) flashStore(size uint32) int {
	if size < 4 && !s.handlesNarrow() {
		return causeLoadStore
	}
	return CauseStore
}

// aligned returns the address, which must be one of a word.
func (s *SDK) aligned(addr uint32) uint32 {
	if addr%4 != 0 {
		s.Fault(CauseUnaligned, "access to a register at the address 0x%08x, which is no multiple of 4", addr)
	}
	return addr
}
