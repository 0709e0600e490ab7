package elf

import (
	"fmt"

	"github.com/emu8266/emu8266/emulator/chip"
	"github.com/emu8266/emu8266/emulator/elf/internal/lx106"
)

// romNarrow are functions of the ROM that read single bytes, where the memory takes whole words only (lx106.md 10.3). read returns the
// first such byte; ok is false if there is none. Deviation: the other functions of strings and memory read any byte of it.
var romNarrow = map[string]struct {
	epc1 uint32
	read func(a *[16]uint32) (addr uint32, ok bool)
}{
	"ets_memcpy": {0x4000DF1B, memcpyNarrow}, "memcpy": {0x4000DF1B, memcpyNarrow},
	"ets_strlen": {0x4000BF64, strlenNarrow}, "strlen": {0x4000BF64, strlenNarrow},
}

// memcpyNarrow: bytes are read until the destination is a multiple of 4, and behind the last whole word.
func memcpyNarrow(a *[16]uint32) (addr uint32, ok bool) {
	to, from, n := a[2], a[3], a[4]
	switch {
	case n == 0:
		return 0, false
	case to&3 != 0:
		return from, true
	}
	return from + n&^3, n&3 != 0
}

// strlenNarrow: bytes are read until the address is a multiple of 4.
func strlenNarrow(a *[16]uint32) (addr uint32, ok bool) { return a[2], a[2]&3 != 0 }

// readsNarrow ends the firmware where a function of the ROM reads a byte of memory that takes whole words only, and nobody handles that
// exception.
func (g *guest) readsNarrow(name string) {
	f, ok := romNarrow[name]
	if !ok || g.narrow {
		return
	}
	addr, ok := f.read(g.cpu.A)
	if !ok || addr < lx106.ROMBase || addr-lx106.FlashBase >= lx106.FlashSize && addr >= lx106.FlashBase {
		return
	}
	if table, _ := g.cpu.Readable(handlers + 4*uint32(lx106.LoadStoreError)); order.Uint32(table) != 0 {
		return // the program's own handler reads it by words
	}
	g.board.Fatal(chip.Crash{Cause: int(lx106.LoadStoreError), Epc1: f.epc1, Excvaddr: addr, Registers: true,
		Why: fmt.Sprintf("%s reads the byte at 0x%08x, which takes whole words only", name, addr)})
}
