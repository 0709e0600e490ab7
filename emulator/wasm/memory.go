package wasm

import (
	"encoding/binary"

	"github.com/emu8266/emu8266/emulator/internal/cabi"
	"github.com/emu8266/emu8266/emulator/wasm/internal/module"
)

const (
	pageSize = 65536
	nullPage = module.NullPage
	// lendSize are the bytes behind the heap for what the SDK lends to callbacks and for its constant texts.
	lendSize = 8192
)

// order of multi-byte values in guest memory.
var order = binary.LittleEndian

// Readable returns the memory from p on, which is one piece, or a copy of the flash that the chip shows as memory at p.
func (g *guest) Readable(p uint32) (b []byte, f cabi.Fault) {
	if b = g.memory(p); b == nil {
		b = g.sdk.FlashAt(p)
	}
	return b, f
}

// Writable returns the memory from p on: all of it may be written.
func (g *guest) Writable(p uint32) (b []byte, f cabi.Fault) { return g.memory(p), f }

// memory returns the memory from p on, nil if there is none.
func (g *guest) memory(p uint32) (b []byte) {
	if size := g.mem.Size(); p >= nullPage && p < size {
		b, _ = g.mem.Read(p, size-p)
	}
	return b
}

// Read returns the n bytes at p, for the reader of variables.
func (g *guest) Read(p, n uint32) ([]byte, bool) {
	b, _ := g.Readable(p)
	if uint64(n) > uint64(len(b)) {
		return nil, false
	}
	return b[:n:n], true
}

// Write puts bytes at an address, for the writer of variables; false if they do not all lie in linear memory, or in the page of NULL.
func (g *guest) Write(p uint32, b []byte) bool {
	to, _ := g.Writable(p)
	if len(to) < len(b) {
		return false
	}
	copy(to, b)
	return true
}

// Symbol returns the ends of the sections. Choice: what the linker put behind the stack, which it cannot tell apart, counts
// as bss; data and rodata are empty.
func (g *guest) Symbol(name string) (uint32, bool) {
	switch name {
	case "_data_start", "_data_end", "_rodata_start", "_rodata_end", "_bss_start":
		return uint32(g.top), true
	case "_bss_end":
		return g.heap, true
	}
	return 0, false
}
