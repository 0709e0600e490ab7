package module

import "math"

// Block is a piece of code that runs from its first line to its last, but for a crash.
type Block struct {
	Span
	Code     uint64 // where its instructions begin, but for block, loop and end
	Function uint32 // that it belongs to
	Counter  uint32 // address
}

// Blocks returns the blocks of all functions, by offset, in a module in which each block begins with a call of a hook with
// the address of the block's counter. hook is the function's number.
func (m *Module) Blocks(hook uint32) []Block {
	var all []Block
	for i, body := range m.Bodies {
		blocks := findBlocks(m.code, body, hook)
		for k := range blocks {
			blocks[k].Function = uint32(m.imports + i)
		}
		all = append(all, blocks...)
	}
	return all
}

// findBlocks returns the blocks of a function's body: each begins with a call of the hook, or rather where the address of
// the counter is put on the stack for it, and ends where the next one begins. The first one begins with the function.
func findBlocks(code []byte, body Span, hook uint32) []Block {
	if body.To > uint64(len(code)) || body.From > body.To {
		return nil
	}
	r := &reader{b: code[body.From:body.To]}
	at := func() uint64 { return body.To - uint64(len(r.b)) }
	for range r.count() { // local variables
		r.u32()
		r.byte()
	}
	var blocks []Block
	var stack []uint32 // constants that were pushed last
	begin := at()      // of the structure before them
	pushed := begin    // of the instructions that push them
	for len(r.b) > 0 && r.err == nil {
		before := at()
		switch op := r.byte(); op {
		case opI32Const:
			if len(stack) == 2 {
				stack, begin, pushed = nil, before, before
			} else if len(stack) == 0 {
				pushed = before
			}
			stack = append(stack, uint32(r.i32()))
		case opI32Add:
			if len(stack) == 2 {
				stack = []uint32{stack[0] + stack[1]}
				continue
			}
			stack, begin = nil, at()
		case opBlock, opLoop, opEnd:
			r.skip(op)
			if stack != nil {
				stack, begin = nil, before
			}
		case opCall:
			if r.u32() == hook && len(stack) > 0 {
				if n := len(blocks); n > 0 {
					blocks[n-1].To = begin
				} else {
					begin, pushed = body.From, body.From
				}
				blocks = append(blocks, Block{Span: Span{begin, body.To}, Code: pushed, Counter: stack[len(stack)-1]})
			}
			stack, begin = nil, at()
		default:
			r.skip(op)
			stack, begin = nil, at()
		}
	}
	if r.err != nil || len(blocks) > math.MaxInt32 {
		return nil
	}
	return blocks
}
