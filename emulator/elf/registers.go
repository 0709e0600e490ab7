package elf

import (
	"github.com/emu8266/emu8266/emulator/board"
	"github.com/emu8266/emu8266/emulator/chip"
)

// peripherals are the registers of the chip, as the board has them. Narrow accesses see the word's bytes. Choice: those of registers
// that the board does not model read 0 and take no notice of stores, as a radio's register that nobody looks at.
type peripherals struct{ board *board.Board }

// Load reads a register.
func (p peripherals) Load(addr, size uint32) (uint32, bool) {
	if !chip.IsPeriReg(addr &^ 3) {
		return 0, true
	}
	v := p.board.ReadPeriReg(addr &^ 3)
	return v >> (addr & 3 * 8) & uint32(1<<(8*size)-1), true
}

// Store writes a register.
func (p peripherals) Store(addr, size, v uint32) bool {
	if !chip.IsPeriReg(addr &^ 3) {
		return true
	}
	if size < 4 {
		shift := addr & 3 * 8
		mask := uint32(1<<(8*size)-1) << shift
		v = p.board.ReadPeriReg(addr&^3)&^mask | v<<shift&mask
	}
	p.board.WritePeriReg(addr&^3, v)
	return true
}
