package module

// leafMost is what a leaf costs at most. Choice: 32 cycles; its cost counts wherever a piece has a way to its call (cycles.go).
const leafMost = 32

// findLeaves returns the small functions without loops and calls that only calls by number reach, and what a call of each costs. The
// caller pays for them, so that they need no count of their own, which in small functions would be a good part of the work.
func (w *weaver) findLeaves() map[uint32]uint32 {
	m := w.m
	reached := map[uint32]bool{} // in another way: through a pointer, or by the engine
	for _, f := range m.Table {
		reached[f] = true
	}
	for _, f := range m.Exports {
		reached[f] = true
	}
	leaves := map[uint32]uint32{}
	for i, b := range m.Bodies {
		own := uint32(m.imports + i)
		r := &reader{b: m.code[b.From:b.To]}
		for range r.count() {
			r.u32()
			r.value(r.byte())
		}
		if r.err != nil || reached[own] || w.cheap[own] || w.looks(own, r.b) || !straight(r.b) {
			continue
		}
		if costs := cycles(r.b, nil); len(costs) == 1 && costs[0] <= leafMost {
			leaves[own] = turnCycles + costs[0]
		}
	}
	return leaves
}

// straight tells whether code has nothing that costs more than itself: a loop, a call, work on as much memory as a number says.
func straight(code []byte) bool {
	r := &reader{b: code}
	for len(r.b) > 0 && r.err == nil {
		switch op := r.byte(); {
		case op == opLoop || op == opCall || op == opIndirect || op == opMisc && bulk(r.b):
			return false
		default:
			r.skip(op)
		}
	}
	return r.err == nil
}
