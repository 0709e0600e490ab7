package cdebug

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Context is where names of C mean something, and where values are read.
type Context struct {
	Memory Memory
	Frame  *Frame // nil: outside functions, where there are variables of files and static ones only
	Scope  int    // which of the functions that the frame belongs to, from the inside out: an index of what Scopes returns for Frame.At
}

// Get reads a variable of the program whose memory m is: Eval outside of functions.
func (info *Info) Get(m Memory, expr string) (Value, error) {
	return info.Eval(Context{Memory: m}, expr)
}

// Eval evaluates an expression of C that only reads: names, numbers and characters, members (. and ->; a dot goes through pointers, too),
// [index], *, &, casts to types that the program names, arithmetic, comparison, logic and sizeof. Assignments, ++, -- and calls are
// errors, and so is division by zero.
//
// Names are those of the context's function (the innermost block first), then of its file, then of the program, and enumerators. Where
// several variables have a name, a qualifier tells which: "user_main.c:retries", or the function of a static variable in it,
// "on_timer:count". $pc, $sp and $a0 to $a15 are the frame's registers.
//
// Errors: there is no such variable (with near names) or the compiler took it away or keeps it nowhere at this place, the type has no
// such member, there is no memory at the address.
func (info *Info) Eval(c Context, expr string) (Value, error) {
	info.mu.Lock()
	defer info.mu.Unlock()
	if err := info.load(); err != nil {
		return Value{}, err
	}
	e := &evaluator{info: info, Context: c}
	p := &parser{expr: expr, typed: info.typeNamed, isVar: func(name string) bool {
		_, ok := e.localEntry(name)
		return ok
	}}
	n, err := p.parse()
	if err != nil {
		return Value{}, err
	}
	o, err := e.eval(n)
	if err != nil {
		return Value{}, err
	}
	return e.value(o, n.src)
}

func (e *evaluator) eval(n *node) (operand, error) {
	switch n.op {
	case "name":
		return e.name(n.text)
	case "number":
		return result(n.num), nil
	case "member":
		o, err := e.eval(n.kids[0])
		if err != nil {
			return o, err
		}
		return e.member(o, n.text, n.kids[0].src)
	case "index":
		return e.evalIndex(n)
	case "cast":
		return e.cast(n)
	case "sizeof":
		t := n.typ
		if t == nil {
			o, err := e.typeOf(n.kids[0])
			if err != nil {
				return o, err
			}
			t = o.t
		}
		size, err := e.info.sizeOf(t)
		return result(number{t: typeUInt, i: uint64(size)}), err
	case "unary*":
		o, err := e.eval(n.kids[0])
		if err != nil {
			return o, err
		}
		return e.follow(o, n.kids[0].src)
	case "unary&":
		return e.address(n)
	case "unary-", "unary+", "unary!", "unary~":
		return e.unary(n)
	case "&&", "||":
		left, err := e.evalNumber(n.kids[0])
		if err != nil {
			return operand{}, err
		}
		if left.zero() == (n.op == "&&") { // C does not look at the other
			return result(truth(n.op == "||")), nil
		}
		right, err := e.evalNumber(n.kids[1])
		return result(truth(!right.zero())), err
	}
	return e.binary(n)
}

func (e *evaluator) evalNumber(n *node) (number, error) {
	o, err := e.eval(n)
	if err != nil {
		return number{t: typeInt}, err
	}
	v, err := e.number(o, n.src)
	if err != nil {
		v.t = typeInt
	}
	return v, err
}

// typeOf returns what an expression would be, for sizeof: what a pointer points to need not be there.
func (e *evaluator) typeOf(n *node) (operand, error) {
	memory := e.Memory
	e.Memory = zeros{}
	defer func() { e.Memory = memory }()
	return e.eval(n)
}

// zeros is memory everywhere in which a pointer points somewhere.
type zeros struct{}

func (zeros) Read(_, n uint32) ([]byte, bool) {
	if n > 64<<10 {
		return nil, false
	}
	b := make([]byte, n)
	for i := range b {
		b[i] = 1
	}
	return b, true
}

func (e *evaluator) evalIndex(n *node) (operand, error) {
	o, err := e.eval(n.kids[0])
	if err != nil {
		return o, err
	}
	at, err := e.evalNumber(n.kids[1])
	if err != nil {
		return o, err
	}
	if at.t.kind == typeFloat || at.t.kind == typePointer {
		return o, fmt.Errorf("%s: an index is an integer", n.src)
	}
	return e.index(o, int64(at.i), n.kids[0].src)
}

// cast converts a number or a pointer; a struct stays what it is.
func (e *evaluator) cast(n *node) (operand, error) {
	o, err := e.eval(n.kids[0])
	if err != nil {
		return o, err
	}
	t, err := e.info.bare(n.typ)
	if err != nil {
		return o, err
	}
	v, err := e.number(o, n.kids[0].src)
	if err != nil {
		return o, err
	}
	if v, err = v.as(t); err != nil {
		return o, fmt.Errorf("%s: %w", n.src, err)
	}
	o = result(v)
	o.t = n.typ
	return o, nil
}

func (e *evaluator) address(n *node) (operand, error) {
	o, err := e.eval(n.kids[0])
	if err != nil {
		return o, err
	}
	switch {
	case !o.placed:
		return o, fmt.Errorf("%s lies in no memory: it has no address", n.kids[0].src)
	case o.bits.size > 0:
		return o, fmt.Errorf("%s is a bit-field: it has no address", n.kids[0].src)
	}
	return result(number{t: pointerTo(o.t), i: uint64(o.addr)}), nil
}

func (e *evaluator) unary(n *node) (operand, error) {
	v, err := e.evalNumber(n.kids[0])
	if err != nil {
		return operand{}, err
	}
	if n.op == "unary!" {
		return result(truth(v.zero())), nil
	}
	if v.t.kind == typePointer {
		return operand{}, fmt.Errorf("%s: a pointer is no number", n.src)
	}
	v = v.promoted()
	switch {
	case n.op == "unary-" && v.t.kind == typeFloat:
		v.f = -v.f
	case n.op == "unary-":
		v.i = -v.i
	case n.op == "unary~" && v.t.kind == typeFloat:
		return operand{}, fmt.Errorf("%s: ~ of a floating-point number", n.src)
	case n.op == "unary~":
		v.i = ^v.i
	}
	v, err = v.as(v.t)
	return result(v), err
}

func (e *evaluator) binary(n *node) (operand, error) {
	a, err := e.evalNumber(n.kids[0])
	if err != nil {
		return operand{}, err
	}
	b, err := e.evalNumber(n.kids[1])
	if err != nil {
		return operand{}, err
	}
	if a.t.kind == typePointer || b.t.kind == typePointer {
		v, err := e.pointers(n.op, a, b)
		if err != nil {
			return operand{}, fmt.Errorf("%s: %w", n.src, err)
		}
		return result(v), nil
	}
	v, err := calculate(n.op, a, b)
	if err != nil {
		return operand{}, fmt.Errorf("%s: %w", n.src, err)
	}
	return result(v), nil
}

// pointers applies an operator to two numbers, of which at least one is a pointer.
func (e *evaluator) pointers(op string, a, b number) (number, error) {
	if a.t.kind == typeFloat || b.t.kind == typeFloat {
		return a, errors.New("a pointer and a floating-point number")
	}
	both := a.t.kind == typePointer && b.t.kind == typePointer
	switch op {
	case "==", "!=", "<", ">", "<=", ">=":
		a.t, b.t, a.i, b.i = typeUInt, typeUInt, uint64(uint32(a.i)), uint64(uint32(b.i))
		return calculate(op, a, b)
	case "+", "-":
		if both && op == "+" {
			return a, errors.New("the sum of two pointers")
		}
		if b.t.kind == typePointer && !both {
			if op == "-" {
				return a, errors.New("a pointer taken from a number")
			}
			a, b = b, a
		}
		to, err := e.info.target(a.t)
		if err != nil {
			return a, err
		}
		size := uint32(1) // of void and of functions, as compilers take it
		if k := e.info.element(a.t).kind; k != typeVoid && k != typeFunction {
			if size, err = e.info.sizeOf(to); err != nil {
				return a, err
			}
		}
		switch {
		case both && size == 0:
			return a, errors.New("the type has no size")
		case both:
			return number{t: typeInt, i: uint64(int64(int32(uint32(a.i)-uint32(b.i))) / int64(size))}, nil
		case op == "-":
			a.i = uint64(uint32(a.i) - uint32(b.i)*size)
		default:
			a.i = uint64(uint32(a.i) + uint32(b.i)*size)
		}
		return a, nil
	}
	return a, fmt.Errorf("%s of a pointer", op)
}

// name returns what a name stands for.
func (e *evaluator) name(name string) (operand, error) {
	if strings.HasPrefix(name, "$") {
		return e.register(name)
	}
	if o, ok, err := e.local(name); ok {
		return o, err
	}
	s, err := e.global(name)
	if err == nil {
		t, err := e.info.typeAt(s.typ)
		return operand{t: t, placed: true, addr: uint32(s.at)}, err
	}
	if v, ok := e.info.enumerators[name]; ok {
		return result(number{t: typeInt, i: uint64(v)}), nil
	}
	if f, fail := e.info.find(name, false); fail == nil && e.info.CodePointers {
		return e.info.functionOperand(f), nil
	}
	return operand{}, err
}

// register returns what a register of the frame holds.
func (e *evaluator) register(name string) (operand, error) {
	if e.Frame == nil {
		return operand{}, fmt.Errorf("%s: no function is under way", name)
	}
	n := uint64(1) // $sp
	switch {
	case name == "$pc":
		return result(number{t: typeUInt, i: e.Frame.PC}), nil
	case strings.HasPrefix(name, "$a"):
		var err error
		if n, err = strconv.ParseUint(name[2:], 10, 8); err != nil || n > 15 {
			return operand{}, fmt.Errorf("%s is no register: $pc, $sp, $a0 to $a15 are", name)
		}
	case name != "$sp":
		return operand{}, fmt.Errorf("%s is no register: $pc, $sp, $a0 to $a15 are", name)
	}
	v, known := e.Frame.register(n)
	if !known {
		return operand{}, fmt.Errorf("%s of this caller is lost: the functions that it called have overwritten it", name)
	}
	return result(number{t: typeUInt, i: uint64(v)}), nil
}

// global finds a variable of the program: first a static one of the function, then one of its file, then any.
func (e *evaluator) global(name string) (symbol, error) {
	if e.Frame != nil && !strings.Contains(name, ":") {
		if scopes := e.info.scopes(e.Frame.At()); e.Scope < len(scopes) {
			s := scopes[e.Scope]
			if o, err := e.info.find(s.Function+":"+name, true); err == nil {
				return o, nil
			}
			if s.unit != nil {
				if o, err := e.info.find(s.unit.name+":"+name, true); err == nil && o.inside == "" {
					return o, nil
				}
			}
		}
	}
	return e.info.find(name, true)
}
