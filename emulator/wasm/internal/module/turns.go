package module

// aheadMost is what is paid for all turns of a loop at most, before it begins. Choice: 262,144 cycles, 3 ms of the chip.
const aheadMost = 1 << 18

// instruction is one, and its number if it has one of 32 bits at most: a constant, a variable, a depth, a function.
type instruction struct {
	op byte
	n  int32
}

// next reads an instruction.
func (r *reader) next() instruction {
	switch op := r.byte(); {
	case op == opI32Const:
		return instruction{op, r.i32()}
	case op == opCall || op == opBr || op == opBrIf || op >= opLocalGet && op <= opLocalTee:
		return instruction{op, int32(r.u32())}
	default:
		r.skip(op)
		return instruction{op: op}
	}
}

// turns returns how many turns each loop of a function makes, in the order in which the loops begin; 0 where that is not certain. It knows
// the loops that compilers make of "for (i = 0; i < 64; i++)": a variable that is a constant before the loop, changes by a constant once in
// each turn, and ends the loop, at its end or on the way, when it is another constant. Nothing else leaves such a loop or begins it anew,
// and it calls nothing but leaves. All turns of such a loop can be paid before it begins: in small loops the count is a good part of the
// work.
func turns(code []byte, leaves map[uint32]uint32) (all []uint32) {
	known := map[int32]int32{} // variables that are constants here
	r := &reader{b: code}
	var before instruction
	for len(r.b) > 0 && r.err == nil {
		in := r.next()
		switch in.op {
		case opLoop:
			all = append(all, turnsOf(reader{b: r.b}, known, leaves))
			clear(known)
		case opElse, opEnd: // others come here
			clear(known)
		case opLocalSet, opLocalTee:
			if delete(known, in.n); before.op == opI32Const {
				known[in.n] = before.n
			}
		}
		before = in
	}
	return all
}

// counter is what a loop's body, as far as it is read, says of the variable that it counts in.
type counter struct {
	body    []instruction
	changes map[int32]int   // how often a variable is written
	steps   map[int32]step  // variables that change by a constant, once in each turn
	same    map[int32]int32 // a variable that has the value of another one, whose step made it
}

type step struct {
	by     int32
	before bool // the loop's end has not been looked at in this turn
}

// turnsOf is turns for the loop whose body r begins with.
func turnsOf(r reader, known map[int32]int32, leaves map[uint32]uint32) uint32 {
	c := counter{changes: map[int32]int{}, steps: map[int32]step{}, same: map[int32]int32{}}
	var variable, to int32
	middle := false // the loop ends on the way
	for depth := int32(0); r.err == nil; {
		in := r.next()
		switch in.op {
		case opLoop, opBrTable, opReturn, opIndirect:
			return 0
		case opBlock, opIf:
			depth++
		case opEnd:
			if depth--; depth < 0 {
				return 0 // it ends without a jump
			}
		case opCall:
			if _, leaf := leaves[uint32(in.n)]; !leaf {
				return 0
			}
		case opBr, opBrIf:
			switch {
			case in.n >= 0 && in.n < depth: // within the turn
			case depth > 0:
				return 0
			case in.n == 1 && in.op == opBrIf && !middle && c.ends(opLocalGet, opI32Const, opI32Eq):
				variable, to, middle = c.last(3).n, c.last(2).n, true
			case in.n == 0 && r.next().op == opEnd && middle == (in.op == opBr):
				if !middle {
					variable, to = c.looked()
				}
				return c.turns(variable, to, known)
			default:
				return 0
			}
		case opLocalSet, opLocalTee:
			c.write(in, depth == 0, !middle)
		}
		c.body = append(c.body, in)
	}
	return 0
}

// last returns an instruction of the body, counted from its end.
func (c *counter) last(n int) instruction { return c.body[len(c.body)-n] }

// ends tells whether the body ends with instructions.
func (c *counter) ends(ops ...byte) bool {
	if len(c.body) < len(ops) {
		return false
	}
	for i, op := range ops {
		if c.last(len(ops)-i).op != op {
			return false
		}
	}
	return true
}

// write takes an instruction that writes a variable.
func (c *counter) write(in instruction, always, before bool) {
	c.changes[in.n]++
	if !always {
		return
	}
	switch {
	case c.ends(opLocalGet, opI32Const, opI32Add) && c.last(3).n == in.n:
		c.steps[in.n] = step{c.last(2).n, before}
	case c.ends(opLocalGet, opI32Const, opI32Add, opLocalTee) && c.last(4).n == in.n: // by way of another one
		c.steps[in.n] = step{c.last(3).n, before}
		c.same[c.last(1).n] = in.n
	}
}

// looked returns the variable that the jump behind the body looks at, and the constant at which it does not jump; -1 if there is none.
func (c *counter) looked() (variable, to int32) {
	n := 1
	if c.ends(opI32Const, opI32Ne) {
		n, to = 3, c.last(2).n
	}
	if n > len(c.body) || c.last(n).op != opLocalGet && c.last(n).op != opLocalTee {
		return -1, 0
	}
	variable = c.last(n).n
	if of, ok := c.same[variable]; ok && c.changes[variable] == 1 {
		variable = of
	}
	return variable, to
}

// turns returns how many turns a variable makes on its way to a constant.
func (c *counter) turns(variable, to int32, known map[int32]int32) uint32 {
	from, ok := known[variable]
	s, steps := c.steps[variable]
	if !ok || !steps || c.changes[variable] != 1 {
		return 0
	}
	way, length := uint32(to-from), uint32(s.by)
	if s.by < 0 {
		way, length = uint32(from-to), uint32(-s.by)
	}
	if length == 0 || way%length != 0 {
		return 0
	}
	n := way / length // 0: so many that no number says it
	if !s.before {    // looked at before the first step
		n++
	}
	return n
}
