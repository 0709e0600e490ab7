package lx106

import (
	"sync/atomic"
	"unsafe"
)

// blockMax bounds a block's instructions.
const blockMax = 64

// pageDecoded bounds the instructions of all blocks that begin in one page: 8 times as many as can lie there. Only a program that
// jumps into the middle of instructions, or to every address, comes near; what goes beyond is decoded each time anew.
const pageDecoded = 8 * pageSize / 2

// inst is an instruction as the interpreter wants it: Inst without fields that it does not need.
type inst struct {
	op      Op
	code    Op     // what the interpreter executes: op, or a pair of which this instruction is the first
	r, s, t uint8  // for branches, j and call0, r says where the target lies (below); for what has its address in k, its length
	rest    uint8  // instructions of the block behind it
	at      uint8  // its number in the block
	imm     uint32 // for branches, j, call0 and opCut the target
	// k is the constant that a branch compares with; for bbci and bbsi the bit itself; for calls the return address; for extui the mask;
	// for what may raise an exception the instruction's address.
	k uint32
}

// Where the target of a branch, j or call0 lies.
const (
	elsewhere = iota // in another page: the link holds only as long as the device has that page
	inPage           // in the page of the block: the link holds as long as the block
	loops            // at the beginning of the block itself
)

// next returns the address of the instruction behind one that has its own address in k.
func (in *inst) next() uint32 { return in.k + uint32(in.r) }

// step is an instruction of a block, and for branches, j, call0 and opCut the block to which it leads, as far as that is known.
type step struct {
	inst
	link atomic.Pointer[block]
}

// behind returns the step behind one that is not its block's last: a slice's index, and the check of it, would cost the interpreter a
// quarter of its speed.
func (s *step) behind() *step { return (*step)(unsafe.Add(unsafe.Pointer(s), unsafe.Sizeof(*s))) }

// block is a piece of code that is entered at its first instruction only. Branches may leave it anywhere; where they do not, it goes
// on. Jumps forward in the same page are followed. The last instruction is always one that leaves it (Op.endsBlock). Blocks of an image's
// pages are used by all its devices at once: only the links change, atomically.
type block struct {
	pc    uint32 // address of the first instruction
	index uint32 // of its page
	count int64  // instructions: what executing all of it adds to the clock
	ins   []step
	first *step                 // of ins
	home  *page                 // of the first instruction
	hook  int                   // for opHook: the function's number
	body  atomic.Pointer[block] // for opHook: what the program has there, for CPUs without the function
}

// blockTable holds the blocks that begin in a page, by offset.
type blockTable struct {
	at      [pageSize]atomic.Pointer[block]
	decoded atomic.Int64 // instructions of all of them
}

// lookup returns the block at pc. Without one, cause says which exception the fetch raises.
func (c *CPU) lookup(pc uint32) (b *block, cause Cause) {
	o := pc - codeBase
	if o >= codeSize {
		if c.debug.breaks[pc] {
			return breakBlock(pc), allowed
		}
		if n, ok := c.image.hooks[pc]; ok {
			return hookBlock(pc, n), allowed
		}
		if r := find(pc); r.Fetch != allowed {
			return nil, r.Fetch
		}
	}
	p := c.code[o/pageSize]
	table := p.blocks.Load()
	if table == nil {
		table = &blockTable{}
		if !p.blocks.CompareAndSwap(nil, table) {
			table = p.blocks.Load()
		}
	}
	entry := &table.at[o%pageSize]
	if b := entry.Load(); b != nil {
		return b, allowed
	}
	if c.debug.breaks[pc] {
		b = breakBlock(pc)
	} else if n, ok := c.image.hooks[pc]; ok {
		b = hookBlock(pc, n)
	} else {
		b = c.build(pc, blockMax)
	}
	b.home, b.index = p, o/pageSize
	if table.decoded.Add(int64(len(b.ins))) <= pageDecoded && !entry.CompareAndSwap(nil, b) {
		b = entry.Load()
	}
	return b, allowed
}

func hookBlock(pc uint32, n int) *block {
	return (&block{pc: pc, count: 1, hook: n}).with([]inst{{op: opHook, code: opHook}})
}

// with gives a block its instructions.
func (b *block) with(ins []inst) *block {
	b.ins = make([]step, len(ins))
	for i := range ins {
		ins[i].at = uint8(i)
		b.ins[i].inst = ins[i]
	}
	b.first = &b.ins[0]
	return b
}

// build decodes the block at pc, of at most limit instructions. It ends at the page's end, and before an address with a hook.
func (c *CPU) build(pc uint32, limit int) *block {
	b := &block{pc: pc}
	size := min(limit, blockMax)
	if c.image.rows != nil {
		limit = min(limit, blockMax/2) // there may be a count before each instruction
		size = 2 * limit
	}
	ins := make([]inst, 0, size+1)
	var done [blockMax + 1]uint8 // instructions in front of each
	first := (pc - codeBase) / pageSize
	where := func(target uint32) uint8 {
		switch {
		case target == pc:
			return loops
		case (target-codeBase)/pageSize == first:
			return inPage
		}
		return elsewhere
	}
	stays := func(at uint32) bool {
		_, hooked := c.image.hooks[at]
		return !hooked && !c.debug.breaks[at] && int(b.count) < limit && (at-codeBase)/pageSize == first
	}
	for at := pc; ; {
		if n, ok := c.image.counter(at, at == pc); ok {
			done[len(ins)] = uint8(b.count)
			ins = append(ins, inst{op: opCover, imm: n})
		}
		in := c.fetch(at)
		done[len(ins)] = uint8(b.count)
		b.count++
		follow := in.Op == OpJ && in.Imm > at && stays(in.Imm)
		if !follow && !in.Op.idles() {
			x := c.prepare(in, at, first)
			if n := len(ins) - 1; x.op == OpCallx0 && n >= 0 && ins[n].op == OpMovi && ins[n].t == in.S { // -mlongcalls
				x.op, x.imm = OpCall0, ins[n].imm
			}
			if x.op.branches() || x.op == OpJ || x.op == OpCall0 {
				x.r = where(x.imm)
			}
			ins = append(ins, x)
		}
		if in.Op.endsBlock() && !follow {
			break
		}
		at += uint32(in.Len)
		if follow {
			at = in.Imm
		}
		if !stays(at) {
			done[len(ins)] = uint8(b.count - 1)
			ins = append(ins, inst{op: opCut, imm: at, r: where(at)})
			break
		}
	}
	for i := range ins {
		ins[i].rest = uint8(b.count) - done[i] - 1
	}
	pair(ins)
	return b.with(ins)
}

// fetch decodes the instruction at an address of the code pages. Behind the last page it reads zeros.
func (c *CPU) fetch(pc uint32) Inst {
	o := pc - codeBase
	at := func(i uint32) byte {
		if o+i >= codeSize {
			return 0
		}
		return c.code[(o+i)/pageSize].data[(o+i)%pageSize]
	}
	return Decode(pc, at(0), at(1), at(2))
}

// literal returns the address of l32r's literal: behind LITBASE if that is in use (lx106.md 9.1).
func (c *CPU) literal(in Inst, pc uint32) uint32 {
	if base := c.special[LITBASE]; base&1 != 0 {
		return base&^0xFFF + in.Imm - (pc+3)&^3
	}
	return in.Imm
}

// prepare turns a decoded instruction into the interpreter's form. A literal in the same page is read now: when it changes, so does
// the page (CPU.ownPage).
func (c *CPU) prepare(in Inst, pc, first uint32) inst {
	x := inst{op: in.Op, r: in.R, s: in.S, t: in.T, imm: in.Imm, k: in.K}
	switch in.Op {
	case OpL32r:
		x.imm = c.literal(in, pc)
		if o := x.imm - codeBase; o/pageSize == first {
			return inst{op: OpMovi, t: in.T, imm: little.Uint32(c.code[first].data[o%pageSize:])}
		}
	case OpCall0, OpCallx0:
		x.k = pc + 3
		return x
	case OpAddi, OpAddmi:
		if in.T == 1 && in.S == 1 && int32(in.Imm) < 0 {
			x.op, x.k = opStackAddi, pc
		}
		return x
	case OpSub:
		if in.R == 1 && in.S == 1 {
			x.op, x.k = opStackSub, pc
		}
		return x
	case OpBbci, OpBbsi:
		x.k = 1 << (in.K & 31)
		return x
	}
	if in.Op >= OpL8ui && in.Op <= OpS32i && c.debug.looked(in) {
		x.op = in.Op.watched()
	}
	if slow := in.Op == OpL32r || in.Op >= OpL8ui && in.Op <= OpS32i || in.Op >= OpRsr && in.Op < OpBeqz || in.Op >= OpWsr; slow {
		x.k, x.r = pc, in.Len
	}
	return x
}
