package lx106

import (
	"math/rand/v2"
)

// Where the programs for QEMU lie. Its machine has 256 KB of data RAM from 0x3FFC0000 on: what lies below the chip's is used for
// the results, which only QEMU's side keeps there.
const (
	qemuReset   = 0x50000000
	qemuCell    = 0x3FFC0000 // words of the harness: where the next result goes, where the next sequence begins
	qemuResults = 0x3FFC0100
	qemuScratch = 0x3FFF0000 // what sequences load and store
	scratchSize = 4096
	qemuSave    = FlashBase         // writes down the registers
	qemuCode    = FlashBase + 0x400 // the sequences
	qemuRecords = FlashBase + 0xA0000
	recordSize  = 4 * 20
)

// observed are the special registers that are compared behind a0 to a15, in the order of the results.
var observed = []Special{
	SAR, EXCCAUSE, EPC1, EXCVADDR, PS, DEPC, EPC2, EPS2, DEBUGCAUSE, EXCSAVE1, EPC3, EPS3, INTENABLE, INTERRUPT, LITBASE,
}

// resultWords is the number of words of a result; resultSize in bytes.
const (
	resultWords = 16 + 15
	resultSize  = 4 * resultWords
)

// sequence is a generated piece of code with the registers that it begins with.
type sequence struct {
	entry, end uint32 // end: where it goes on in the harness
	a          [16]uint32
	sar, ps    uint32
	text       []string
}

// item is an instruction of a sequence before its address is known.
type item struct {
	in     Inst
	narrow bool
	raw    []byte // instead of in
	target int    // for branches and jumps: number of the group that is the target; 0: none
	// literal of l32r: its value, or with to the address of a group
	literal uint32
	to      int
}

// generator makes sequences at random: groups of items of which only the first is jumped to, so that what prepares an instruction, such as
// the address of a load, is never left out.
type generator struct {
	*rand.Rand
	items  []item
	groups []int // the first item of each
	left   bool  // SAR was last set for shifting left
}

// ahead is the number of one of the next n groups.
func (g *generator) ahead(n int) int { return len(g.groups) + g.IntN(n) }

// plain are the operations that read and write registers only.
var plain = []Op{
	OpAdd, OpAddx2, OpAddx4, OpAddx8, OpSub, OpSubx2, OpSubx4, OpSubx8, OpAnd, OpOr, OpXor, OpNeg, OpAbs, OpAddi, OpAddmi, OpMovi,
	OpSlli, OpSrli, OpSrai, OpExtui, OpSsr, OpSsl, OpSsa8l, OpSsa8b, OpSsai, OpSrc, OpSrl, OpSll, OpSra, OpNsa, OpNsau,
	OpMul16u, OpMul16s, OpMull, OpMoveqz, OpMovnez, OpMovltz, OpMovgez,
	OpNop, OpExcw, OpIsync, OpRsync, OpEsync, OpDsync, OpMemw, OpExtw,
}

var (
	loads    = []Op{OpL8ui, OpL16ui, OpL16si, OpL32i, OpS8i, OpS16i, OpS32i}
	branches = []Op{
		OpBeqz, OpBnez, OpBltz, OpBgez, OpBeqi, OpBnei, OpBlti, OpBgei, OpBltui, OpBgeui, OpBnone, OpBeq, OpBlt, OpBltu, OpBall, OpBbc,
		OpBbci, OpBany, OpBne, OpBge, OpBgeu, OpBnall, OpBbs, OpBbsi,
	}
	// freely may be read and written whatever they hold.
	freely = []Special{SAR, EXCSAVE1, EPC1, EPC2, EPC3, EPS2, EPS3, DEPC, EXCCAUSE, EXCVADDR}
)

func pick[T any](g *generator, list []T) T { return list[g.IntN(len(list))] }

func (g *generator) register() uint8 { return uint8(g.IntN(16)) }

// value is a random word: often small, negative, or one bit.
func (g *generator) value() uint32 {
	switch g.IntN(5) {
	case 0:
		return g.Uint32N(300) - 40
	case 1:
		return 1 << g.IntN(32)
	case 2:
		return 1<<31 - 2 + g.Uint32N(4)
	}
	return g.Uint32()
}

func (g *generator) add(in Inst) { g.items = append(g.items, item{in: in}) }

// raw adds an instruction that is not encoded.
func (g *generator) raw(w uint32) {
	g.items = append(g.items, item{raw: []byte{byte(w), byte(w >> 8), byte(w >> 16)}})
}

func (g *generator) literal(register uint8, v uint32) {
	g.items = append(g.items, item{in: Inst{Op: OpL32r, T: register}, literal: v})
}

// address puts the address of a later group into a register.
func (g *generator) address(register uint8) {
	g.items = append(g.items, item{in: Inst{Op: OpL32r, T: register}, to: g.ahead(4)})
}

// operands fills an operation that reads and writes registers only.
func (g *generator) operands(op Op) Inst {
	in := Inst{Op: op, R: g.register(), S: g.register(), T: g.register()}
	switch op {
	case OpSsl, OpSsa8b, OpSsr, OpSsa8l:
		g.left = op == OpSsl || op == OpSsa8b
	case OpSra, OpSrl:
		if g.left { // lx106.md 9.4
			in.Op = OpSll
		}
	case OpAddi:
		in.Imm = signExtend(g.Uint32(), 8)
	case OpAddmi:
		in.Imm = signExtend(g.Uint32(), 8) << 8
	case OpMovi:
		in.Imm = signExtend(g.Uint32(), 12)
	case OpSlli:
		in.Imm = 1 + g.Uint32N(32)
	case OpSrli:
		in.Imm = g.Uint32N(16)
	case OpSrai:
		in.Imm = g.Uint32N(32)
	case OpSsai:
		in.Imm, g.left = g.Uint32N(32), false
	case OpExtui:
		in.Imm, in.K = g.Uint32N(32), 1<<(1+g.IntN(16))-1
	}
	return in
}

// one adds an instruction, with those that prepare it.
func (g *generator) one() {
	g.groups = append(g.groups, len(g.items))
	switch n := g.IntN(100); {
	case n < 45:
		g.add(g.operands(pick(g, plain)))
	case n < 55:
		g.narrow()
	case n < 70:
		g.memory()
	case n < 82:
		in := Inst{Op: pick(g, branches), S: g.register(), T: g.register()}
		switch in.Op {
		case OpBeqi, OpBnei, OpBlti, OpBgei:
			in.K = pick(g, branchSigned[:])
		case OpBltui, OpBgeui:
			in.K = pick(g, branchUnsigned[:])
		case OpBbci, OpBbsi:
			in.K = g.Uint32N(32)
		}
		g.items = append(g.items, item{in: in, target: g.ahead(4)})
	case n < 85:
		g.items = append(g.items, item{in: Inst{Op: pick(g, []Op{OpJ, OpCall0})}, target: g.ahead(4)})
	case n < 88:
		r := g.register()
		op := pick(g, []Op{OpJx, OpCallx0, OpRet})
		if op == OpRet {
			r = 0
		}
		g.address(r)
		g.add(Inst{Op: op, S: r})
	case n < 96:
		g.special()
	default:
		g.exception()
	}
}

// narrow adds a narrow form.
func (g *generator) narrow() {
	in := Inst{R: g.register(), S: g.register(), T: g.register()}
	it := item{narrow: true}
	switch in.Op = pick(g, []Op{OpAdd, OpAddi, OpMovi, OpMov, OpNop, OpBeqz, OpBnez, OpL32i, OpS32i}); in.Op {
	case OpAddi:
		in.Imm = pick(g, []uint32{0xFFFFFFFF, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15})
	case OpMovi:
		in.Imm = g.Uint32N(128) - 32
	case OpBeqz, OpBnez:
		it.target = g.ahead(3)
	case OpL32i, OpS32i:
		in.Imm = 4 * g.Uint32N(16)
		g.literal(in.S, qemuScratch+4*g.Uint32N(scratchSize/4-16))
	}
	it.in = in
	g.items = append(g.items, it)
}

// memory adds a load or a store of the scratch memory, at times with an address that is no multiple of the size.
func (g *generator) memory() {
	in := Inst{Op: pick(g, loads), S: g.register(), T: g.register()}
	size := uint32(1)
	switch in.Op {
	case OpL16ui, OpL16si, OpS16i:
		size = 2
	case OpL32i, OpS32i:
		size = 4
	}
	in.Imm = size * g.Uint32N(256)
	addr := qemuScratch + size*g.Uint32N((scratchSize-1024)/size)
	if g.IntN(8) == 0 {
		addr += g.Uint32N(4)
	}
	g.literal(in.S, addr)
	g.add(in)
}

// special adds what reads and writes special registers.
func (g *generator) special() {
	r := g.register()
	switch g.IntN(11) {
	case 10: // what a debugger uses
		n := pick(g, []Special{IBREAKA0, DBREAKA0, DDR, MMID, CONFIGID0, DEBUGCAUSE})
		for _, op := range []Op{OpWsr, OpXsr, OpRsr} {
			if need := map[Op]uint8{OpWsr: canWrite, OpXsr: canSwap, OpRsr: canRead}[op]; specials[n].can&need != 0 {
				g.add(Inst{Op: op, T: g.register(), Imm: uint32(n)})
			}
		}
	case 8: // l32r with a base: both halves of its reach
		base, words := qemuScratch+uint32(scratchSize), 0xFFFF-g.Uint32N(scratchSize/4)
		if g.IntN(2) == 0 {
			base, words = qemuScratch, g.Uint32N(scratchSize/4)
		}
		g.literal(r, base|1)
		g.add(Inst{Op: OpWsr, T: r, Imm: uint32(LITBASE)})
		g.raw(0x01 | uint32(g.register())<<4 | words<<8)
		g.add(Inst{Op: OpMovi, T: r})
		g.add(Inst{Op: OpXsr, T: r, Imm: uint32(LITBASE)})
	case 9: // attributes of regions
		op := pick(g, []uint32{0x503000, 0x507000, 0x50B000, 0x50F000, 0x505000, 0x50D000})
		g.raw(op | uint32(r)<<8 | uint32(g.register())<<4)
	case 0, 1, 2:
		g.add(Inst{Op: OpRsr, T: r, Imm: uint32(pick(g, append(freely, PS, CONFIGID1, INTENABLE, VECBASE, LITBASE, PRID, DEBUGCAUSE)))})
	case 3, 4:
		g.add(Inst{Op: pick(g, []Op{OpWsr, OpXsr}), T: r, Imm: uint32(pick(g, freely))})
	case 5:
		g.add(Inst{Op: OpRsil, T: r, Imm: g.Uint32N(16)})
	case 6:
		g.literal(r, pick(g, []uint32{0x20, 0x30, 0x2F, 0x21, 0x00, 0x10, g.Uint32()}))
		g.add(Inst{Op: pick(g, []Op{OpWsr, OpXsr}), T: r, Imm: uint32(PS)})
		g.add(Inst{Op: OpRsync})
	case 7: // a software interrupt
		g.literal(r, 1<<7)
		g.add(Inst{Op: OpWsr, T: r, Imm: uint32(pick(g, []Special{INTERRUPT, INTCLEAR, INTENABLE}))})
		g.add(Inst{Op: OpWsr, T: r, Imm: uint32(pick(g, []Special{INTERRUPT, INTCLEAR, INTENABLE}))})
	}
}

// exception adds what raises an exception or returns from one.
func (g *generator) exception() {
	r := g.register()
	switch g.IntN(8) {
	case 7: // no instruction of the core
		w := g.Uint32() & 0xFFFFFF
		for Decode(0, byte(w), byte(w>>8), byte(w>>16)).Op != OpUndefined || w&15 >= 14 {
			w = g.Uint32()&0xFFFFF0 | g.Uint32N(14)
		}
		g.raw(w)
	case 0:
		g.add(Inst{Op: OpIll})
	case 1:
		g.add(Inst{Op: OpSyscall})
	case 2:
		g.add(Inst{Op: OpBreak, S: g.register(), T: g.register()})
	case 3:
		g.items = append(g.items, item{raw: pick(g, [][]byte{{0x6D, 0xF0}, {0x2D, 0xF3}})}) // ill.n, break.n 3
	case 4:
		g.address(r)
		g.add(Inst{Op: OpWsr, T: r, Imm: uint32(EPC1)})
		g.add(Inst{Op: OpRfe})
	case 5:
		g.address(r)
		g.add(Inst{Op: OpWsr, T: r, Imm: uint32(DEPC)})
		g.add(Inst{Op: OpRfde})
	case 6:
		level := 2 + g.Uint32N(2)
		g.address(r)
		g.add(Inst{Op: OpWsr, T: r, Imm: uint32(EPC1) + level - 1})
		g.literal(r, g.Uint32N(64))
		g.add(Inst{Op: OpWsr, T: r, Imm: uint32(EPS2) + level - 2})
		g.add(Inst{Op: OpRfi, Imm: level})
	}
}

// encodeNarrow returns the narrow form of in.
func encodeNarrow(in Inst, pc uint32) []byte {
	r, s, t := uint32(in.R)<<12, uint32(in.S)<<8, uint32(in.T)<<4
	var w uint32
	switch in.Op {
	case OpL32i:
		w = 8 | in.Imm>>2<<12 | s | t
	case OpS32i:
		w = 9 | in.Imm>>2<<12 | s | t
	case OpAdd:
		w = 10 | r | s | t
	case OpAddi:
		v := in.Imm
		if v == 0xFFFFFFFF {
			v = 0
		}
		w = 11 | t<<8 | s | v<<4
	case OpMovi:
		w = 12 | in.Imm&15<<12 | t<<4 | in.Imm>>4&7<<4
	case OpBeqz, OpBnez:
		rel := in.Imm - pc - 4
		w = 12 | rel&15<<12 | s | 8<<4 | uint32(in.Op-OpBeqz)<<6 | rel>>4&3<<4
	case OpMov:
		w = 13 | s | t
	case OpNop:
		w = 0xF03D
	}
	return []byte{byte(w), byte(w >> 8)}
}

// layOut gives the items addresses from pc on and encodes them, with their literals in front. What jumps behind the last item goes to
// the end.
func (g *generator) layOut(pc uint32) (entry, end uint32, b []byte) {
	for i := range g.items {
		if it := &g.items[i]; it.in.Op == OpL32r && it.raw == nil {
			it.in.Imm = pc + uint32(len(b))
			b = little.AppendUint32(b, it.literal)
		}
	}
	entry = pc + uint32(len(b))
	at := make([]uint32, len(g.items)+1)
	for i, next := 0, entry; i <= len(g.items); i++ {
		at[i] = next
		if i < len(g.items) {
			next += uint32(g.items[i].size())
		}
	}
	place := func(group int) uint32 {
		if group < len(g.groups) {
			return at[g.groups[group]]
		}
		return at[len(g.items)]
	}
	for i := range g.items {
		it := &g.items[i]
		switch {
		case it.raw != nil:
			b = append(b, it.raw...)
			continue
		case it.in.Op == OpL32r:
			if it.to > 0 {
				little.PutUint32(b[it.in.Imm-pc:], place(it.to))
			}
		case it.target > 0:
			it.in.Imm = place(it.target)
			if it.in.Op == OpCall0 && it.in.Imm&3 != 0 {
				it.in.Op = OpJ // a call reaches multiples of 4 only
			}
			if it.narrow && it.in.Imm-at[i]-4 > 63 { // a narrow branch reaches 4 to 67 bytes
				it.in = Inst{Op: OpNop}
			}
		}
		if it.narrow {
			b = append(b, encodeNarrow(it.in, at[i])...)
		} else {
			b = append(b, encode(it.in, at[i])...)
		}
	}
	return entry, at[len(g.items)], b
}

func (it *item) size() int {
	switch {
	case it.raw != nil:
		return len(it.raw)
	case it.narrow:
		return 2
	}
	return 3
}
