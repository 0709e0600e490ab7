// Package ledger keeps the blocks of the device's heap that a connection has in use, by who gives them back.
//
// The sizes are what the vendor's libraries request; the engines charge them one by one. A ledger belongs to one
// connection and is not safe for concurrent use.
package ledger

import "slices"

// Heap is the device's memory: Alloc returns the address of n bytes, 0 when there is no room; Free takes it back.
type Heap interface {
	Alloc(n uint32, what string) (addr uint32)
	Free(addr uint32)
}

// Group says when a block is given back.
type Group uint8

// The groups. FreeAll goes from the last to the first.
const (
	Buffers   Group = iota // record buffers and keys: until the connection is closed
	Config                 // configuration: until the connection is closed
	Session                // own certificates, key and CA: until the connect callback
	Handshake              // until the handshake is over
	Peer                   // session and peer's chain: until the connect callback
	Finished               // early mbedTLS's copy of Finished
	Temp                   // within one operation
	Integer                // within a part of one
	groups
)

// Ledger keeps the addresses of the blocks in use. The zero value charges nobody: there is memory for everything.
type Ledger struct {
	heap   Heap
	blocks [groups][]block
	inUse  int
	peak   int
}

type block struct {
	addr uint32
	n    int
}

// New returns a ledger that charges a heap; nil: nobody.
func New(h Heap) Ledger { return Ledger{heap: h} }

// Charges reports whether there is a heap to charge.
func (l *Ledger) Charges() bool { return l.heap != nil }

// Use returns the bytes in use, and the most there ever were.
func (l *Ledger) Use() (now, peak int) { return l.inUse, l.peak }

// Count returns the number of blocks in a group.
func (l *Ledger) Count(g Group) int { return len(l.blocks[g]) }

// Alloc charges n bytes; false means out of memory. what names the block in traces.
func (l *Ledger) Alloc(g Group, n int, what string) bool {
	if l.heap == nil {
		return true
	}
	addr := l.heap.Alloc(uint32(n), what)
	if addr == 0 {
		return false
	}
	l.blocks[g] = append(l.blocks[g], block{addr, n})
	l.inUse += n
	l.peak = max(l.peak, l.inUse)
	return true
}

// Last returns the address of the newest block of a group, which has one.
func (l *Ledger) Last(g Group) uint32 { return l.blocks[g][len(l.blocks[g])-1].addr }

// Take charges n bytes for a group and returns the block's address; 0 means out of memory, or that nobody is charged.
func (l *Ledger) Take(g Group, n int, what string) (addr uint32) {
	if !l.Charges() || !l.Alloc(g, n, what) {
		return 0
	}
	return l.blocks[g][len(l.blocks[g])-1].addr
}

// Give gives back one block of a group, by the address that Take returned; 0 is none.
func (l *Ledger) Give(g Group, addr uint32) {
	for i := len(l.blocks[g]) - 1; i >= 0 && addr != 0; i-- {
		if b := l.blocks[g][i]; b.addr == addr {
			l.heap.Free(addr)
			l.inUse -= b.n
			l.blocks[g] = slices.Delete(l.blocks[g], i, i+1)
			return
		}
	}
}

// Free gives back a group's blocks, the newest first.
func (l *Ledger) Free(g Group) { l.FreeFrom(g, 0) }

// FreeFrom gives back all blocks of a group but the oldest keep.
func (l *Ledger) FreeFrom(g Group, keep int) {
	b := l.blocks[g]
	for i := len(b) - 1; i >= keep; i-- {
		l.heap.Free(b[i].addr)
		l.inUse -= b[i].n
	}
	l.blocks[g] = b[:min(keep, len(b))]
}

// Forget leaves a group's blocks but the oldest keep in use for good: nobody gives them back any more.
func (l *Ledger) Forget(g Group, keep int) {
	b := l.blocks[g]
	for _, x := range b[min(keep, len(b)):] {
		l.inUse -= x.n
	}
	l.blocks[g] = b[:min(keep, len(b))]
}

// FreeAll gives back everything.
func (l *Ledger) FreeAll() {
	for g := groups; g > 0; g-- {
		l.Free(g - 1)
	}
}

// Lump charges total bytes in blocks of unit bytes and gives them back: the intermediate numbers of one computation.
func (l *Ledger) Lump(total, unit int, what string) bool {
	if l.heap == nil {
		return true
	}
	keep := len(l.blocks[Temp])
	ok := true
	for total > 0 && ok {
		n := min(total, unit)
		ok = l.Alloc(Temp, n, what)
		total -= n
	}
	l.FreeFrom(Temp, keep)
	return ok
}

// Replace gives back the block at a place of a group; the newest block of the group stands for it from now on. Without a heap it
// does nothing.
func (l *Ledger) Replace(g Group, place int) {
	if l.heap == nil {
		return
	}
	b, last := l.blocks[g], len(l.blocks[g])-1
	l.heap.Free(b[place].addr)
	l.inUse -= b[place].n
	b[place] = b[last]
	l.blocks[g] = b[:last]
}
