package cdebug

import "fmt"

// Child is a part of a value: a member, an element, what a pointer points to.
type Child struct {
	Name string // of the member, "[3]" of an element, "*" of what a pointer points to
	// Expr comes behind the expression of the whole to name the part, or, if Before, in front of it.
	Expr   string
	Before bool
	Value  Value
	Err    error // why there is no value: it points to where there is no memory
}

// Len returns how many parts a value has: members of a struct or union, or of what a pointer to one points to; elements of an array; one
// for another pointer, unless it is NULL or points to void, to a function or to characters.
func (v Value) Len() int {
	if v.info == nil {
		return 0
	}
	v.info.mu.Lock()
	defer v.info.mu.Unlock()
	_, n, _ := v.parts()
	return n
}

// Children returns count parts from the one with number from on, as far as there are; a negative count: all, 10,000 at most. It reads the
// memory that the value was read from, as it is now.
func (v Value) Children(from, count int) []Child {
	if v.info == nil {
		return nil
	}
	v.info.mu.Lock()
	defer v.info.mu.Unlock()
	whole, n, through := v.parts()
	if count < 0 || count > childrenMax {
		count = childrenMax
	}
	if from < 0 || from >= n {
		return nil
	}
	var list []Child
	e := &evaluator{info: v.info, Context: Context{Memory: v.memory}}
	for i := from; i < n && len(list) < count; i++ {
		list = append(list, e.child(whole, i, through))
	}
	return list
}

// parts returns what the parts of a value belong to, how many there are, and whether a pointer leads there.
func (v Value) parts() (whole operand, n int, through bool) {
	t, err := v.info.bare(v.operand.t)
	if err != nil {
		return whole, 0, false
	}
	whole = v.operand
	if t.kind == typePointer {
		to := v.info.element(t)
		if v.Uint() == 0 || to.kind == typeVoid || to.kind == typeFunction || to.char {
			return whole, 0, false
		}
		if to.kind != typeStruct && to.kind != typeUnion {
			return whole, 1, false
		}
		target, err := v.info.target(t)
		if err != nil {
			return whole, 0, false
		}
		whole, t, through = operand{t: target, placed: true, addr: uint32(v.Uint())}, to, true
	}
	switch t.kind {
	case typeArray:
		return whole, int(min(t.count, 1<<24)), through
	case typeStruct, typeUnion:
		v.info.fill(t)
		return whole, len(t.members), through
	}
	return whole, 0, through
}

func (e *evaluator) child(whole operand, i int, through bool) (c Child) {
	t, err := e.info.bare(whole.t)
	if err != nil {
		return Child{Err: err}
	}
	var part operand
	switch t.kind {
	case typeArray:
		c.Name = fmt.Sprintf("[%d]", i)
		c.Expr = c.Name
		part, err = e.index(whole, int64(i), "it")
	case typePointer:
		c.Name, c.Expr, c.Before = "*", "*", true
		part, err = e.follow(whole, "it")
	default:
		m := t.members[i]
		c.Name = m.name
		switch {
		case m.name == "":
			c.Name = e.info.typeName(m.typ) // its members are those of the whole
		case through:
			c.Expr = "->" + m.name
		default:
			c.Expr = "." + m.name
		}
		part, err = e.slice(whole, m.typ, uint64(m.at), "it")
		part.bits = m.bits
	}
	if err == nil {
		c.Value, err = e.value(part, "it")
	}
	c.Err = err
	return c
}
