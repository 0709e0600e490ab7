package lx106

import "maps"

// debugging is what a debugger has asked of a CPU. Without one there is nothing of it in what the interpreter executes: break points and
// watched ranges are in the blocks that the device decodes for itself.
type debugging struct {
	look    func() (limit int64)
	breaks  map[uint32]bool
	watched []Range
	hit     Access // in a watched range, since the last Look
	guard   guard
}

// guard is what Guard was told.
type guard struct {
	from   uint32
	shadow []byte
	f      func(Access)
}

// Access is a load or a store of an instruction at PC. Size 0: none.
type Access struct {
	PC, Addr, Size uint32
	Store          bool
}

// Range is a part of data memory that is watched: for loads, stores, or both.
type Range struct {
	From, To    uint32 // first and last address
	Load, Store bool
}

// Look lets f be called whenever Run looks up, before the instruction at PC: at each address of SetBreaks, behind each access to what
// SetWatched watches, behind each hook, at last after as many instructions as f has returned, and at other times too. Then the
// instruction at PC is executed, a break there or not. f may read and write the CPU, Halt it, and wait; 1 for limit is a single step. nil
// ends it.
func (c *CPU) Look(f func() (limit int64)) { c.debug.look = f }

// SetBreaks makes Run look up before the instructions at these addresses, and at no others any more.
func (c *CPU) SetBreaks(addrs []uint32) {
	breaks := map[uint32]bool{}
	for _, a := range addrs {
		breaks[a] = true
	}
	if !maps.Equal(breaks, c.debug.breaks) {
		c.debug.breaks = breaks
		c.decodeAnew()
	}
}

// SetWatched makes Run look up behind the loads and stores that touch one of these ranges. Accesses of hooks are not seen.
func (c *CPU) SetWatched(ranges []Range) {
	if len(ranges)+len(c.debug.watched) > 0 {
		c.debug.watched = append([]Range(nil), ranges...)
		c.decodeAnew()
	}
}

// Watched returns the access because of which Run has looked up, and forgets it.
func (c *CPU) Watched() Access {
	a := c.debug.hit
	c.debug.hit = Access{}
	return a
}

// decodeAnew gives the device pages of its own, without blocks, where what it decodes is not what others decode: those with a break, all of
// them if memory is watched or guarded, and those that were its own before.
func (c *CPU) decodeAnew() {
	fresh := map[uint32]bool{}
	for a := range c.debug.breaks {
		if o := a - codeBase; o < codeSize {
			fresh[o/pageSize] = true
		}
	}
	for n, p := range c.code {
		if p.private || fresh[uint32(n)] || c.debug.looks() {
			c.setPage(uint32(n), &page{data: p.data, piece: p.piece, ownData: p.ownData, private: true})
		}
	}
	c.changed = true
}

// breakBlock stands at an address where Run looks up.
func breakBlock(pc uint32) *block {
	return hookBlock(pc, atBreak)
}

// atBreak is the number of no hook.
const atBreak = -1

// watchedOps are opWatched and what follows it: loads and stores that are looked at, in the order of OpL8ui to OpS32i.
func (o Op) watched() Op { return opWatched + o - OpL8ui }

// plain returns the operation of a watched one, of others themselves.
func (o Op) plain() Op {
	if o >= opWatched {
		return o - opWatched + OpL8ui
	}
	return o
}

// size returns the bytes of a load or a store.
func (o Op) size() uint32 {
	switch o {
	case OpL8ui, OpS8i:
		return 1
	case OpL16ui, OpL16si, OpS16i:
		return 2
	}
	return 4
}

// guardedBytes is how many bytes of memory a byte of Guard's shadow stands for.
const guardedBytes = 8

// Guard lets f be told of loads and stores to memory from an address on which a shadow forbids. A byte of it stands for 8 bytes of memory:
// 0 allows all of them, 1 to 7 the first ones, more none. A load that begins in what is allowed is none that f is told of: functions such
// as strlen read whole words. Nor are accesses relative to a1, which are the compiler's own, and those of hooks. f is called behind the
// access, and must not run code. The device decodes for itself then, and loads and stores take longer; f nil ends it.
func (c *CPU) Guard(from uint32, shadow []byte, f func(Access)) {
	was := c.debug.guard.f != nil
	c.debug.guard = guard{from, shadow, f}
	if was != (f != nil) {
		c.decodeAnew()
	}
}

// looks reports whether the device has blocks in which loads and stores are watched.
func (d *debugging) looks() bool { return len(d.watched) > 0 || d.guard.f != nil }

// looked reports whether a load or a store is one that is watched.
func (d *debugging) looked(in Inst) bool { return len(d.watched) > 0 || d.guard.f != nil && in.S != 1 }

// forbids reports whether an access is none that the shadow allows.
func (g *guard) forbids(addr, size uint32, store bool) bool {
	o := addr - g.from
	if o/guardedBytes >= uint32(len(g.shadow)) {
		return false
	}
	allowed := uint32(g.shadow[o/guardedBytes])
	if allowed == 0 {
		return false
	}
	if o %= guardedBytes; store { // aligned, so that it lies in these 8 bytes
		o += size - 1
	}
	return allowed >= guardedBytes || o >= allowed
}

// watch notes an access, which was executed, if it touches what is watched: Run looks up then. What is guarded is told at once.
func (c *CPU) watch(pc uint32, op Op, addr uint32) {
	size, store := op.size(), op >= OpS8i
	if g := &c.debug.guard; g.f != nil && g.forbids(addr, size, store) {
		g.f(Access{PC: pc, Addr: addr, Size: size, Store: store})
	}
	for _, r := range c.debug.watched {
		if (store && r.Store || !store && r.Load) && addr <= r.To && addr+size-1 >= r.From {
			c.debug.hit = Access{PC: pc, Addr: addr, Size: size, Store: store}
			c.changed = true // ends the block
			return
		}
	}
}
