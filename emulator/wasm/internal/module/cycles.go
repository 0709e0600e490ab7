package module

import (
	"bytes"
	"sort"
)

// turnCycles is what a turn of a loop and a call of a function cost besides their instructions. Choice: ten cycles.
const turnCycles = 10

// compilersShare is the part of its cycles that a function costs which the compiler has put into the code (__asan_..., __sanitizer_...):
// the chip has no such function. Choice: a sixteenth.
const compilersShare = 16

// cycles returns what each piece of a function's code costs: first the call of the function, then a turn of each of its loops, in the order
// in which the loops begin. A piece costs a cycle for each instruction on the longest way through it, without the loops in it, which cost
// extra; constants, local variables and the structure are free. The call of a leaf costs what the leaf does, too. code is what follows the
// declarations of local variables. So whatever code does, no more instructions run than cycles are paid.
func cycles(code []byte, leaves map[uint32]uint32) []uint32 {
	type block struct {
		piece        int    // that it belongs to
		loop         bool   // a jump to it goes to its beginning
		begin, end   uint32 // cycles there; end is the most of all jumps to it
		reached, arm bool   // a jump to its end; an if without else
	}
	costs := []uint32{0}
	blocks := []block{{}}
	var loops []int             // blocks that are loops, from the outermost one on
	at, live := uint32(0), true // cycles in the piece; whether code here can run
	last := func() *block { return &blocks[len(blocks)-1] }
	jump := func(depth uint32) {
		if int(depth) >= len(blocks) || !live {
			return // no engine takes the first
		}
		target := len(blocks) - 1 - int(depth)
		to, cost := &blocks[target], at
		if out := sort.SearchInts(loops, target+1); out < len(loops) { // out of a loop: what has run in it is paid
			cost = blocks[loops[out]].begin
		}
		if !to.loop {
			to.end, to.reached = max(to.end, cost), true
		}
	}
	r := &reader{b: code}
	for len(r.b) > 0 && r.err == nil {
		op := r.byte()
		free := op == opNop || op >= opBlock && op <= opElse && op != opIf || op == opEnd || op == opDrop ||
			op >= opLocalGet && op <= opLocalTee || op == opI32Const || op == opI64Const || op == opF32Const || op == opF64Const
		if !free && live {
			at++
			p := last().piece
			costs[p] = max(costs[p], at)
		}
		switch op {
		case opBlock, opIf, opLoop:
			r.skip(op)
			b := block{piece: last().piece, begin: at, arm: op == opIf}
			if op == opLoop {
				b.piece, b.loop = len(costs), true
				costs = append(costs, 0)
				loops = append(loops, len(blocks))
				at = 0
			}
			blocks = append(blocks, b)
		case opElse:
			b := last()
			if live {
				b.end, b.reached = max(b.end, at), true
			}
			at, b.arm, live = b.begin, false, true
		case opEnd:
			b := *last()
			if len(blocks) == 1 {
				return costs
			}
			blocks = blocks[:len(blocks)-1]
			switch {
			case b.loop:
				loops = loops[:len(loops)-1]
				at = b.begin
			case b.arm:
				b.end, b.reached = max(b.end, b.begin), true
				fallthrough
			default:
				if live {
					b.end = max(b.end, at)
				}
				at, live = b.end, live || b.reached
			}
		case opBr, opBrIf:
			jump(r.u32())
			live = live && op == opBrIf
		case opBrTable:
			for range r.count() {
				jump(r.u32())
			}
			jump(r.u32())
			live = false
		case opReturn, opUnreachable:
			live = false
		case opCall:
			if n := leaves[r.u32()]; live {
				at += n
				p := last().piece
				costs[p] = max(costs[p], at)
			}
		default:
			r.skip(op)
		}
	}
	return costs
}

// ofTheCompiler tells the functions that the compiler calls in other functions' code, by their names.
func (m *Module) ofTheCompiler() map[uint32]bool {
	all := map[uint32]bool{}
	for _, n := range m.names {
		if bytes.HasPrefix(n.text, []byte("__asan_")) || bytes.HasPrefix(n.text, []byte("__sanitizer_")) {
			all[n.function] = true
		}
	}
	return all
}
