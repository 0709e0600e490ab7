package elf

import (
	"fmt"
	"strings"

	"github.com/emu8266/emu8266/emulator/internal/cabi"
	"github.com/emu8266/emu8266/emulator/trace"
	"github.com/emu8266/emu8266/espconn"
)

// charged is what a block of n bytes takes of the SDK's heap, header included (lwip.md 16).
func (v *vendorStack) charged(n uint32) uint32 {
	header := uint32(16)
	if v.g.image.version < cabi.SDK30 {
		header = espconn.SDK221().HeapHeader
	}
	return (n + header + 7) &^ 7
}

// allocating is pvPortMalloc, which the SDK's other functions of the heap call too.
func (v *vendorStack) allocating() {
	n, what := v.g.cpu.Arg(0), v.owner(v.g.cpu.Arg(1), v.g.cpu.Arg(2))
	if v.g.board.AllocFails(what) {
		v.note(trace.KindFailed, what, n)
		v.print(fmt.Sprintf("E:M %d\n", v.charged(n)))
		v.g.cpu.Return(0)
		v.refused = true
		return
	}
	if !v.g.board.Watched() {
		return
	}
	v.onReturn(func(p uint32) {
		if p == 0 {
			v.note(trace.KindFailed, what, n)
			return
		}
		if len(v.blocks) < blocksMax {
			v.blocks[p] = heapBlock{what, n}
		}
		v.note(trace.KindAlloc, what, n)
	})
}

// wanting is a function that passes a wish on to pvPortMalloc, without a file and line: the block is for whom it was called by.
func (v *vendorStack) wanting() {
	x, _ := v.g.image.symbols.find(v.g.cpu.A[0] - callSize)
	if !strings.HasPrefix(x.name, "pvPort") { // one of them calls another
		v.wants = x.name
	}
}

// freeing is vPortFree.
func (v *vendorStack) freeing() {
	p := v.g.cpu.Arg(0)
	delete(v.conns, p)
	b, ok := v.blocks[p]
	if !ok {
		return
	}
	delete(v.blocks, p)
	v.onReturn(func(uint32) { v.note(trace.KindFree, b.what, b.n) })
}

// blocksMax bounds the blocks that are known. Choice: as many as fit into the chip's 80 KB.
const blocksMax = 4096

// heapBlock is a block of the SDK's heap.
type heapBlock struct {
	what string
	n    uint32
}

// note tells what happens to a block, and what is free then.
func (v *vendorStack) note(kind trace.Kind, what string, n uint32) {
	free := uint32(v.g.run(v.freeSize))
	v.g.board.Note(trace.Event{Source: trace.SourceHeap, Kind: kind, Name: what, Value: int64(v.charged(n)), Limit: int64(free)})
}

// owner names a block by the file and line that mem.h passes, or the function that wants it.
func (v *vendorStack) owner(file, line uint32) string {
	if name := v.text(file); printable(name) {
		return fmt.Sprintf("%s:%d", name, line)
	}
	x, _ := v.g.image.symbols.find(v.g.cpu.A[0] - callSize)
	if strings.HasPrefix(x.name, "pvPortCalloc") && v.wants != "" {
		return v.wants
	}
	return x.name
}

func printable(text string) bool {
	for _, r := range text {
		if r < ' ' || r > '~' {
			return false
		}
	}
	return text != ""
}
