package lx106

import "sync/atomic"

// blockMax bounds a block's instructions, so that the offset of each fits in a byte.
const blockMax = 64

// pageDecoded bounds the instructions of all blocks that begin in one page: 8 times as many as can lie there. Only a program that
// jumps into the middle of instructions, or to every address, comes near; what goes beyond is decoded each time anew.
const pageDecoded = 8 * pageSize / 2

// inst is an instruction as the interpreter wants it: Inst without fields that it does not need. For branches imm is the target;
// for calls k is the return address; for bbci and bbsi k is the bit itself.
type inst struct {
	op      Op
	r, s, t uint8
	imm, k  uint32
	off     uint8 // from the block's beginning
}

// block is a straight line of instructions. The last one is always one that ends blocks (Op.endsBlock). Blocks of an image's pages
// are used by all its devices at once: only the links change, atomically.
type block struct {
	pc, end uint32 // address of the first instruction, and the one behind the last
	count   int64  // instructions: what executing it adds to the clock
	ins     []inst
	home    *page                 // of the first instruction
	index   uint32                // of the page
	hook    int                   // for opHook: the function's number
	body    atomic.Pointer[block] // for opHook: what the program has there, for CPUs without the function
	// taken and fall are the blocks that followed last time, when the last instruction jumped and when it did not.
	taken, fall link
}

// link leads to the next block. One in the same page holds as long as the block itself; one in another page only as long as the
// device has that page.
type link struct{ near, far atomic.Pointer[block] }

// blockTable holds the blocks that begin in a page, by offset.
type blockTable struct {
	at      [pageSize]atomic.Pointer[block]
	decoded atomic.Int64 // instructions of all of them
}

// lookup returns the block at pc. Without one, cause says which exception the fetch raises.
func (c *CPU) lookup(pc uint32) (b *block, cause Cause) {
	o := pc - codeBase
	if o >= codeSize {
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
	if n, ok := c.image.hooks[pc]; ok {
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
	return &block{pc: pc, end: pc, count: 1, ins: []inst{{op: opHook}}, hook: n}
}

// build decodes the block at pc, of at most limit instructions. It ends at the page's end, and before an address with a hook.
func (c *CPU) build(pc uint32, limit int) *block {
	b := &block{pc: pc}
	ins := make([]inst, 0, 8)
	first := (pc - codeBase) / pageSize
	for at := pc; ; {
		in := c.fetch(at)
		ins = append(ins, c.prepare(in, at, first, uint8(at-pc)))
		at += uint32(in.Len)
		b.count++
		if in.Op.endsBlock() {
			b.end = at
			break
		}
		_, hooked := c.image.hooks[at]
		if hooked || len(ins) >= limit || (at-codeBase)/pageSize != first {
			b.end = at
			ins = append(ins, inst{op: opCut, imm: at, off: uint8(at - pc)})
			break
		}
	}
	b.ins = append([]inst(nil), ins...)
	return b
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

// prepare turns a decoded instruction into the interpreter's form. A literal in the same page is read now: when it changes, so does
// the page (CPU.ownPage).
func (c *CPU) prepare(in Inst, pc, first uint32, off uint8) inst {
	x := inst{op: in.Op, r: in.R, s: in.S, t: in.T, imm: in.Imm, k: in.K, off: off}
	switch in.Op {
	case OpL32r:
		if base := c.special[LITBASE]; base&1 != 0 { // lx106.md 9.1
			x.imm = base&^0xFFF + in.Imm - (pc+3)&^3
			return x
		}
		if o := in.Imm - codeBase; o/pageSize == first {
			x.op, x.imm = OpMovi, little.Uint32(c.code[first].data[o%pageSize:])
		}
	case OpCall0, OpCallx0:
		x.k = pc + 3
	case OpBbci, OpBbsi:
		x.k = 1 << (in.K & 31)
	}
	return x
}
