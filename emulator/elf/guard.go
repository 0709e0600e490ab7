package elf

import (
	"bytes"

	"github.com/emu8266/emu8266/emulator/elf/internal/lx106"
	"github.com/emu8266/emu8266/emulator/internal/cabi"
)

// strayMost bounds the instructions whose accesses outside the program's blocks are found. Choice.
const strayMost = 256

// guardHeap lets the processor look at each load and store to the heap. The chip knows nothing of blocks: the program goes on.
func (g *guest) guardHeap(base, size uint32) {
	const granule = 8 // bytes for a byte of cabi.Guest.Shadow
	g.shadow = bytes.Repeat([]byte{cabi.Unusable}, int(size+granule-1)/granule)
	g.strayed = map[uint32]bool{}
	g.cpu.Guard(base, g.shadow, g.stray)
}

// stray reports an access to the heap outside the program's blocks, once for each instruction. Behind an overflow of the stack, which
// grows into the heap, there is nothing more to find.
func (g *guest) stray(a lx106.Access) {
	if g.strayed[a.PC] || len(g.strayed) >= strayMost || g.overran != "" {
		return
	}
	g.strayed[a.PC] = true
	site := g.site
	g.site = a.PC
	g.sdk.Astray(a.Addr, a.Size, a.Store)
	g.site = site
}
