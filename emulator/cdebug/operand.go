package cdebug

import (
	"bytes"
	"fmt"
	"math"
	"strings"
)

// Memory is that of a program.
type Memory interface {
	// Read returns the n bytes at an address, which the caller does not change. ok is false if there is no memory, as in the
	// page of NULL.
	Read(addr, n uint32) (b []byte, ok bool)
}

// operand is what a part of an expression stands for: a place in memory, or bytes that lie nowhere.
type operand struct {
	t      *ctype
	placed bool // it lies at addr
	addr   uint32
	data   []byte // if it is not placed: its bytes, as many as the type has
	bits   bitField

	held     bool // a variable that is kept in a register
	register int
}

// evaluator works an expression out. It needs Info.mu.
type evaluator struct {
	info *Info
	Context
	shown int // parts that were written
}

// bytes returns what an operand holds; src names it in errors. The slice may be the program's memory.
func (e *evaluator) bytes(o operand, src string) ([]byte, error) {
	size, err := e.info.sizeOf(o.t)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", src, err)
	}
	if o.bits.size > 0 {
		if size = max(size, uint32(o.bits.at+o.bits.size+7)/8); size > 8 {
			return nil, fmt.Errorf("%s: %w", src, errDebug)
		}
	}
	if !o.placed {
		if uint32(len(o.data)) < size {
			return nil, fmt.Errorf("%s: %w", src, errDebug)
		}
		return o.data[:size], nil
	}
	b, ok := e.Memory.Read(o.addr, size)
	if !ok {
		return nil, fmt.Errorf("%s is at 0x%x, where there is no memory", src, o.addr)
	}
	return b, nil
}

// number returns the number that an operand is, behind C's conversions: an array is a pointer to its first element.
func (e *evaluator) number(o operand, src string) (number, error) {
	t, err := e.info.bare(o.t)
	if err != nil {
		return number{}, fmt.Errorf("%s: %w", src, err)
	}
	switch t.kind {
	case typeArray:
		if !o.placed {
			return number{}, fmt.Errorf("%s lies in no memory: give an index", src)
		}
		to, err := e.info.target(t)
		return number{t: pointerTo(to), i: uint64(o.addr)}, err
	case typeFunction:
		return number{t: pointerTo(t), i: uint64(o.addr)}, nil
	case typeStruct, typeUnion:
		return number{}, fmt.Errorf("%s is %s, no number: give a member", src, e.info.typeName(o.t))
	case typeVoid:
		return number{}, fmt.Errorf("%s: void has no value", src)
	}
	b, err := e.bytes(o, src)
	if err != nil {
		return number{}, err
	}
	v := Value{data: b, kind: kindOf(t), bits: o.bits}
	switch {
	case t.kind == typeFloat && t.size == 4:
		return number{t: t, f: float64(math.Float32frombits(uint32(v.Uint())))}, nil
	case t.kind == typeFloat && t.size == 8:
		return number{t: t, f: math.Float64frombits(v.Uint())}, nil
	case t.size > 8 || t.kind == typeFloat:
		return number{}, fmt.Errorf("%s: numbers of %d bytes are not evaluated", src, t.size)
	case t.kind == typeEnum:
		return number{t: typeInt, i: v.Uint()}, nil
	case t.kind == typePointer:
		return number{t: t, i: v.Uint()}, nil
	}
	return number{t: t, i: uint64(v.Int())}, nil
}

// result is an operand that a number is.
func result(n number) operand {
	var v uint64
	switch {
	case n.t.kind == typeFloat && n.t.size == 4:
		v = uint64(math.Float32bits(float32(n.f)))
	case n.t.kind == typeFloat:
		v = math.Float64bits(n.f)
	default:
		v = n.i
	}
	return operand{t: n.t, data: order.AppendUint64(nil, v)}
}

// follow goes to where a pointer points.
func (e *evaluator) follow(o operand, src string) (operand, error) {
	t, err := e.info.bare(o.t)
	if err != nil {
		return o, fmt.Errorf("%s: %w", src, err)
	}
	if t.kind != typePointer && t.kind != typeArray {
		return o, fmt.Errorf("%s is no pointer, but %s", src, e.info.typeName(o.t))
	}
	to, err := e.info.target(t)
	if err != nil {
		return o, fmt.Errorf("%s: %w", src, err)
	}
	if t.kind == typeArray { // also one in no memory
		return e.slice(o, to, 0, src)
	}
	n, err := e.number(o, src)
	if err != nil {
		return o, err
	}
	if n.i == 0 {
		return o, fmt.Errorf("%s is NULL", src)
	}
	if bare := e.info.element(t); bare.kind != typeFunction {
		if _, ok := e.Memory.Read(uint32(n.i), 1); !ok {
			return o, fmt.Errorf("%s points to 0x%x, where there is no memory", src, n.i)
		}
	}
	return operand{t: to, placed: true, addr: uint32(n.i)}, nil
}

// slice returns the part of an operand that begins some bytes further on.
func (e *evaluator) slice(o operand, t *ctype, at uint64, src string) (operand, error) {
	part := operand{t: t, placed: o.placed}
	if o.placed {
		if part.addr = o.addr + uint32(at); at > math.MaxUint32 {
			return o, fmt.Errorf("%s: %w", src, errDebug)
		}
		return part, nil
	}
	if at > uint64(len(o.data)) {
		return o, fmt.Errorf("%s: %w", src, errDebug)
	}
	part.data = o.data[at:]
	return part, nil
}

// index applies [n].
func (e *evaluator) index(o operand, n int64, src string) (operand, error) {
	t, err := e.info.bare(o.t)
	if err != nil {
		return o, fmt.Errorf("%s: %w", src, err)
	}
	if t.kind != typePointer && t.kind != typeArray {
		return o, fmt.Errorf("%s is neither an array nor a pointer, but %s", src, e.info.typeName(o.t))
	}
	to, err := e.info.target(t)
	if err != nil {
		return o, fmt.Errorf("%s: %w", src, err)
	}
	if t.kind == typeArray && t.count > 0 && (n < 0 || uint64(n) >= t.count) {
		return o, fmt.Errorf("%s has %d elements, there is no [%d]", src, t.count, n)
	}
	if e.info.element(t).kind == typeVoid {
		return o, fmt.Errorf("%s points to void", src)
	}
	size, err := e.info.sizeOf(to)
	if err != nil {
		return o, fmt.Errorf("%s: %w", src, err)
	}
	first := o
	if t.kind == typePointer {
		if first, err = e.follow(o, src); err != nil {
			return o, err
		}
	}
	if !first.placed {
		return e.slice(first, to, uint64(n)*uint64(size), src)
	}
	at := int64(first.addr) + n*int64(size)
	if n > math.MaxInt32 || n < math.MinInt32 || at < 0 || at > math.MaxUint32 {
		return o, fmt.Errorf("%s[%d] is at 0x%x, where there is no memory", src, n, uint64(at))
	}
	if _, ok := e.Memory.Read(uint32(at), 1); !ok {
		return o, fmt.Errorf("%s[%d] is at 0x%x, where there is no memory", src, n, at)
	}
	return operand{t: to, placed: true, addr: uint32(at)}, nil
}

// member goes to a member of a struct or union, also one of an anonymous struct in it; through a pointer, too.
func (e *evaluator) member(o operand, name, src string) (operand, error) {
	t, err := e.info.bare(o.t)
	if err != nil {
		return o, fmt.Errorf("%s: %w", src, err)
	}
	if t.kind == typePointer {
		if k := e.info.element(t).kind; k != typeStruct && k != typeUnion {
			return o, fmt.Errorf("%s is no struct, but %s", src, e.info.typeName(o.t))
		}
		if o, err = e.follow(o, src); err != nil {
			return o, err
		}
		if t, err = e.info.bare(o.t); err != nil {
			return o, fmt.Errorf("%s: %w", src, err)
		}
	}
	if t.kind != typeStruct && t.kind != typeUnion {
		return o, fmt.Errorf("%s is no struct, but %s", src, e.info.typeName(o.t))
	}
	var names []string
	left := membersMax
	m, at, ok := e.info.inside(t, name, 0, &left, &names)
	if !ok {
		if len(names) == 0 {
			return o, fmt.Errorf("%s has no members: the program does not say what is in %s", src, e.info.typeName(o.t))
		}
		return o, fmt.Errorf("%s has no member %q; it has %s", src, name, strings.Join(names, ", "))
	}
	part, err := e.slice(o, m.typ, uint64(at), src)
	part.bits = m.bits
	return part, err
}

// Bounds of the search for a member. Choice.
const (
	namesMax   = 100    // members that an error lists
	membersMax = 50_000 // members that are looked at, in structs without a name too
)

// inside finds a member, and how many bytes from the beginning it lies.
func (info *Info) inside(t *ctype, name string, depth int, left *int, names *[]string) (m member, at uint32, ok bool) {
	if depth > typeDepth {
		return m, 0, false
	}
	info.fill(t)
	for _, m := range t.members {
		if *left--; *left < 0 {
			break
		}
		if m.name == name {
			return m, m.at, true
		}
		if m.name != "" {
			if len(*names) < namesMax {
				*names = append(*names, m.name)
			}
			continue
		}
		inner, err := info.bare(m.typ)
		if err != nil {
			continue
		}
		if found, at, ok := info.inside(inner, name, depth+1, left, names); ok {
			return found, m.at + at, true
		}
	}
	return m, 0, false
}

// value reads what an operand holds, for the caller to keep.
func (e *evaluator) value(o operand, src string) (Value, error) {
	t, err := e.info.bare(o.t)
	if err != nil {
		return Value{}, fmt.Errorf("%s: %w", src, err)
	}
	v := Value{Type: e.info.typeName(o.t), Placed: o.placed, Addr: o.addr, bits: o.bits, operand: o, info: e.info, memory: e.Memory,
		Held: o.held, Register: o.register}
	if t.kind == typeFunction {
		v.kind, v.data, v.shown = kindPointer, order.AppendUint32(nil, o.addr), e.info.pointed(uint64(o.addr))
		return v, nil
	}
	data, err := e.bytes(o, src)
	if err != nil {
		return Value{}, err
	}
	v.data = bytes.Clone(data)
	if v.operand.data != nil {
		v.operand.data = v.data
	}
	v.kind = kindOf(t)
	switch {
	case t.kind == typePointer && e.info.isChar(t):
		v.text = text(e.Memory, uint32(v.Uint()))
	case t.kind == typeArray && e.info.isChar(t):
		v.kind = kindText
		text, _, _ := bytes.Cut(v.data, []byte{0})
		v.text = append([]byte{}, text...)
	}
	e.shown = 0
	v.shown = e.show(o, 0)
	return v, nil
}

// text returns the text at an address up to its NUL, or as much of it as there is; nil if there is no memory.
func text(m Memory, addr uint32) (t []byte) {
	for len(t) < textMax {
		b, ok := m.Read(addr+uint32(len(t)), 1)
		if !ok {
			break
		}
		if t = append(t, b[0]); b[0] == 0 {
			return t[:len(t)-1]
		}
	}
	return t
}
