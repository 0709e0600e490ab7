package wasm

import (
	"bytes"
	"fmt"

	"github.com/emu8266/emu8266/emulator/chip"
)

const (
	// nullPage are the addresses that count as NULL: the stack ends there. Choice: 1 KB, the linked stack of 5 KB is the
	// chip's 4 KB and this.
	nullPage = 1024
	// lendSize are the bytes behind the heap for what the SDK lends to callbacks and for its constant texts.
	lendSize = 8192
	// poison is what lent memory holds when the callback has returned: keeping a pointer to it is a mistake.
	poison = 0xA5
)

// view returns n bytes of guest memory at p, shared with the guest. Access by the SDK to addresses where no memory is
// raises the exception.
func (g *guest) view(p, n uint32, cause int) []byte {
	if n == 0 {
		return nil
	}
	if p >= nullPage {
		if b, ok := g.mem.Read(p, n); ok {
			g.checkHeap(p, n, cause)
			return b[:n:n]
		}
	}
	access := "reads"
	if cause == causeStore {
		access = "writes"
	}
	g.fault(cause, "the SDK %s %d bytes at address 0x%x, where there is no memory", access, n, p)
	return nil
}

// read returns n bytes at p for reading, write for writing.
func (g *guest) read(p, n uint32) []byte  { return g.view(p, n, causeLoad) }
func (g *guest) write(p, n uint32) []byte { return g.view(p, n, causeStore) }

func (g *guest) u32(p uint32) uint32       { return order.Uint32(g.read(p, 4)) }
func (g *guest) setU32(p uint32, v uint32) { order.PutUint32(g.write(p, 4), v) }

// text returns the string at p without its NUL, shared with the guest.
func (g *guest) text(p uint32) []byte {
	if size := g.mem.Size(); p >= nullPage && p < size {
		b, _ := g.mem.Read(p, size-p)
		if n := bytes.IndexByte(b, 0); n >= 0 {
			return g.read(p, uint32(n)+1)[:n]
		}
	}
	g.fault(causeLoad, "the SDK reads a string at address 0x%x, where there is none", p)
	return nil
}

// setText writes s and a NUL to p.
func (g *guest) setText(p uint32, s []byte) {
	b := g.write(p, uint32(len(s))+1)
	b[copy(b, s)] = 0
}

// lend takes n bytes of the lending area, puts data into it, calls use with its address and takes it back.
func (g *guest) lend(data []byte, n uint32, use func(p uint32)) {
	at := g.lent
	if n = max(n, uint32(len(data))); n > g.lentEnd-at {
		g.fault(causeStore, "callbacks nested so deep that the SDK's buffers are used up")
	}
	g.lent += (n + 7) &^ 7
	b := g.write(at, n)
	clear(b[copy(b, data):])
	use(at)
	g.lent = at
	b = g.write(at, n) // memory may have moved
	for i := range b {
		b[i] = poison
	}
}

// constant returns the address of a text of the SDK that stays for good.
func (g *guest) constant(s string) uint32 {
	p, ok := g.texts[s]
	if !ok {
		g.lentEnd -= uint32(len(s)+1+3) &^ 3
		p = g.lentEnd
		g.setText(p, []byte(s))
		g.texts[s] = p
	}
	return p
}

// malloc takes n bytes of the device's heap and returns their place in guest memory, 0 if there is no room.
func (g *guest) malloc(n uint32, what string) uint32 {
	a := g.board.Heap.Alloc(n, what)
	if a == 0 {
		return 0
	}
	return g.place(a, n)
}

// block returns the live block at p. Another pointer damages the heap of the chip: here it is an exception.
func (g *guest) block(p uint32, function string) chip.HeapBlock {
	if p >= g.heapAt && p < g.heapEnd {
		if b, ok := g.board.Heap.Lookup(p - g.heapAt + g.board.Heap.Base()); ok {
			return b
		}
	}
	g.fault(causeStore, "%s of address 0x%x, which is no block of the heap, or not any more", function, p)
	return chip.HeapBlock{}
}

func (g *guest) free(p uint32) {
	if p != 0 {
		b := g.block(p, "os_free")
		g.usable(p, b.Requested, false)
		g.board.Heap.Free(b.Addr)
	}
}

// owner names a block by the file and line that mem.h passes.
func (g *guest) owner(file, line uint32) string {
	const most = 64 // of the name's bytes
	if file < nullPage || file >= g.mem.Size() {
		return "os_malloc"
	}
	b, _ := g.mem.Read(file, min(most, g.mem.Size()-file))
	name, _, _ := bytes.Cut(b, []byte{0})
	return fmt.Sprintf("%s:%d", bytes.TrimPrefix(name, []byte("./")), line)
}
