package cdebug

import (
	"debug/dwarf"
	"errors"
)

// Operations of location expressions (DWARF 5, 7.7.1), with the ones that GNU had before.
const (
	opAddr         = 0x03
	opDeref        = 0x06
	opConst1u      = 0x08
	opConst8s      = 0x0F
	opConstu       = 0x10
	opConsts       = 0x11
	opDup          = 0x12
	opDrop         = 0x13
	opOver         = 0x14
	opPick         = 0x15
	opSwap         = 0x16
	opRot          = 0x17
	opAbs          = 0x19
	opAnd          = 0x1A
	opDiv          = 0x1B
	opMinus        = 0x1C
	opMod          = 0x1D
	opMul          = 0x1E
	opNeg          = 0x1F
	opNot          = 0x20
	opOr           = 0x21
	opPlus         = 0x22
	opPlusUconst   = 0x23
	opShl          = 0x24
	opShr          = 0x25
	opShra         = 0x26
	opXor          = 0x27
	opBra          = 0x28
	opEq           = 0x29
	opGe           = 0x2A
	opGt           = 0x2B
	opLe           = 0x2C
	opLt           = 0x2D
	opNe           = 0x2E
	opSkip         = 0x2F
	opLit0         = 0x30
	opReg0         = 0x50
	opBreg0        = 0x70
	opRegx         = 0x90
	opFbreg        = 0x91
	opBregx        = 0x92
	opPiece        = 0x93
	opDerefSize    = 0x94
	opNop          = 0x96
	opCallFrameCFA = 0x9C
	opImplicit     = 0x9E
	opStackValue   = 0x9F
	opAddrx        = 0xA1
	opConstx       = 0xA2
	opWasmLocation = 0xED // of LLVM
)

// Bounds of a location expression. Choice.
const (
	stepsMax = 1000
	stackMax = 64
	listMax  = 1 << 14 // entries of a list
)

// errLost says that a variable has no value at a place: the compiler keeps it nowhere, or what the caller had in a register is gone.
var errLost = errors.New("optimized out")

// machine works out a location expression: what DWARF says of where something is.
type machine struct {
	e     *evaluator
	unit  *unit
	base  func() (uint32, error) // the frame's base; nil: this is what it is worked out for
	stack []uint32
}

// locate works out a location expression for something of a type. size is that of its bytes.
func (m *machine) locate(expr []byte, t *ctype) (operand, error) {
	size, err := m.e.info.sizeOf(t)
	if err != nil {
		return operand{}, err
	}
	if len(expr) == 0 {
		return operand{}, errLost
	}
	r := &reader{b: expr}
	var whole []byte
	pieces := false
	for {
		p, err := m.run(r, expr)
		if err != nil {
			return operand{}, err
		}
		if !pieces && len(r.b) == 0 && !p.piece {
			return m.finish(p, t, size)
		}
		pieces = true
		n := p.size
		if !p.piece || n > uint64(size)-min(uint64(size), uint64(len(whole))) {
			return operand{}, errDebug
		}
		b, err := m.pieceBytes(p, uint32(n))
		if err != nil {
			return operand{}, err
		}
		if whole = append(whole, b...); len(r.b) == 0 {
			break
		}
	}
	if uint64(len(whole)) < uint64(size) {
		return operand{}, errLost
	}
	return operand{t: t, data: whole}, nil
}

// place is what a location expression, or a piece of one, ends in.
type place struct {
	kind  placeKind
	value uint32 // address, or the value
	bytes []byte
	piece bool
	size  uint64 // of the piece

	register int // of placeRegister
}

type placeKind uint8

const (
	placeNowhere placeKind = iota
	placeMemory
	placeValue    // value is it
	placeRegister // value is what the register holds
	placeBytes
)

// finish makes an operand of a whole location.
func (m *machine) finish(p place, t *ctype, size uint32) (operand, error) {
	if p.kind == placeMemory {
		return operand{t: t, placed: true, addr: p.value}, nil
	}
	b, err := m.pieceBytes(p, size)
	return operand{t: t, data: b, held: p.kind == placeRegister, register: p.register}, err
}

// pieceBytes returns the bytes of a part.
func (m *machine) pieceBytes(p place, size uint32) ([]byte, error) {
	switch p.kind {
	case placeMemory:
		b, ok := m.e.Memory.Read(p.value, size)
		if !ok {
			return nil, errors.New("lies where there is no memory")
		}
		return append([]byte(nil), b...), nil
	case placeValue, placeRegister:
		if size > 4 {
			return nil, errLost
		}
		return order.AppendUint32(nil, p.value)[:size:size], nil
	case placeBytes:
		if uint32(len(p.bytes)) < size {
			return nil, errDebug
		}
		return p.bytes[:size:size], nil
	}
	return nil, errLost
}

func (m *machine) push(v uint32) error {
	if len(m.stack) == stackMax {
		return errDebug
	}
	m.stack = append(m.stack, v)
	return nil
}

// pop takes the n topmost values, the topmost last.
func (m *machine) pop(n int) ([]uint32, error) {
	if len(m.stack) < n {
		return nil, errDebug
	}
	v := m.stack[len(m.stack)-n:]
	m.stack = m.stack[:len(m.stack)-n]
	return append([]uint32(nil), v...), nil
}

// run works to the end of an expression or of a piece.
func (m *machine) run(r *reader, expr []byte) (p place, err error) {
	m.stack = m.stack[:0]
	for range stepsMax {
		if len(r.b) == 0 {
			if r.short {
				return p, errDebug
			}
			if p.kind == placeNowhere && len(m.stack) > 0 {
				return place{kind: placeMemory, value: m.stack[len(m.stack)-1]}, nil
			}
			return p, nil
		}
		op := byte(r.fixed(1))
		switch {
		case op == opPiece:
			if p.kind == placeNowhere && len(m.stack) > 0 {
				p = place{kind: placeMemory, value: m.stack[len(m.stack)-1]}
			}
			p.piece, p.size = true, r.uleb()
			return p, nil
		case op >= opReg0 && op < opBreg0, op == opRegx:
			n := uint64(op - opReg0)
			if op == opRegx {
				n = r.uleb()
			}
			v, known := m.e.Frame.register(n)
			if !known {
				return p, errLost
			}
			p = place{kind: placeRegister, value: v, register: int(n)}
		case op == opImplicit:
			p = place{kind: placeBytes, bytes: r.take(r.uleb())}
		case op == opStackValue:
			v, err := m.pop(1)
			if err != nil {
				return p, err
			}
			p = place{kind: placeValue, value: v[0]}
		default:
			if err := m.step(op, r, expr); err != nil {
				return p, err
			}
		}
		if r.short {
			return p, errDebug
		}
	}
	return p, errDebug
}

// step does one operation on the stack.
func (m *machine) step(op byte, r *reader, expr []byte) error {
	switch {
	case op == opAddr:
		return m.push(uint32(r.fixed(4)))
	case op >= opConst1u && op <= opConst8s:
		n := 1 << ((op - opConst1u) / 2)
		if (op-opConst1u)%2 == 0 {
			return m.push(uint32(r.fixed(n)))
		}
		return m.push(uint32(r.signed(n)))
	case op == opConstu:
		return m.push(uint32(r.uleb()))
	case op == opConsts:
		return m.push(uint32(r.sleb()))
	case op >= opLit0 && op < opReg0:
		return m.push(uint32(op - opLit0))
	case op >= opBreg0 && op < opRegx, op == opBregx:
		n := uint64(op - opBreg0)
		if op == opBregx {
			n = r.uleb()
		}
		v, known := m.e.Frame.register(n)
		if !known {
			return errLost
		}
		return m.push(v + uint32(r.sleb()))
	case op == opWasmLocation && m.base == nil:
		kind := r.uleb()
		r.uleb()
		if kind != 0 || m.e.Frame == nil || !m.e.Frame.HasBase { // 0: a local variable
			return errLost
		}
		return m.push(m.e.Frame.Base)
	case op == opFbreg && m.base != nil:
		at := r.sleb()
		base, err := m.base()
		if err != nil {
			return err
		}
		return m.push(base + uint32(at))
	case op == opCallFrameCFA:
		if m.e.Frame == nil || !m.e.Frame.HasCFA {
			return errLost
		}
		return m.push(m.e.Frame.CFA)
	case op == opAddrx, op == opConstx:
		v, ok := m.e.info.addrAt(m.unit, r.uleb())
		if !ok {
			return errDebug
		}
		return m.push(uint32(v))
	case op == opDeref, op == opDerefSize:
		size := uint32(4)
		if op == opDerefSize {
			size = uint32(r.fixed(1))
		}
		v, err := m.pop(1)
		if err != nil || size == 0 || size > 4 {
			return errDebug
		}
		b, ok := m.e.Memory.Read(v[0], size)
		if !ok {
			return errors.New("lies where there is no memory")
		}
		var word [4]byte
		copy(word[:], b)
		return m.push(order.Uint32(word[:]))
	case op == opSkip, op == opBra:
		by := int(r.signed(2))
		if op == opBra {
			v, err := m.pop(1)
			if err != nil {
				return err
			}
			if v[0] == 0 {
				return nil
			}
		}
		at := len(expr) - len(r.b) + by
		if at < 0 || at > len(expr) {
			return errDebug
		}
		r.b = expr[at:]
		return nil
	case op == opPlusUconst:
		v, err := m.pop(1)
		if err != nil {
			return err
		}
		return m.push(v[0] + uint32(r.uleb()))
	case op == opPick:
		n := int(r.fixed(1))
		if n >= len(m.stack) {
			return errDebug
		}
		return m.push(m.stack[len(m.stack)-1-n])
	case op == opNop:
		return nil
	}
	return m.arithmetic(op)
}

// arithmetic does an operation on what lies on the stack. What is not known has no value, rather than a wrong one: values of the caller's
// registers (entry values), numbers with types, pointers to what lies nowhere.
func (m *machine) arithmetic(op byte) error {
	switch op {
	case opDup, opDrop, opAbs, opNeg, opNot:
		v, err := m.pop(1)
		if err != nil {
			return err
		}
		switch a := v[0]; op {
		case opDup:
			m.stack = append(m.stack, a)
			return m.push(a)
		case opAbs:
			if int32(a) < 0 {
				a = -a
			}
			return m.push(a)
		case opNeg:
			return m.push(-a)
		case opNot:
			return m.push(^a)
		}
		return nil
	case opRot:
		v, err := m.pop(3)
		if err != nil {
			return err
		}
		m.stack = append(m.stack, v[2], v[0], v[1])
		return nil
	}
	known := op == opOver || op == opSwap || op >= opAnd && op <= opPlus && op != opNeg && op != opNot || op >= opShl && op <= opXor ||
		op >= opEq && op <= opNe
	if !known {
		return errLost
	}
	v, err := m.pop(2)
	if err != nil {
		return err
	}
	a, b := v[0], v[1]
	boolean := func(x bool) error {
		if x {
			return m.push(1)
		}
		return m.push(0)
	}
	switch op {
	case opOver:
		m.stack = append(m.stack, a, b)
		return m.push(a)
	case opSwap:
		m.stack = append(m.stack, b, a)
		return nil
	case opAnd:
		return m.push(a & b)
	case opOr:
		return m.push(a | b)
	case opXor:
		return m.push(a ^ b)
	case opPlus:
		return m.push(a + b)
	case opMinus:
		return m.push(a - b)
	case opMul:
		return m.push(a * b)
	case opDiv, opMod:
		if b == 0 {
			return errDebug
		}
		if op == opDiv {
			return m.push(uint32(int32(a) / int32(b)))
		}
		return m.push(a % b)
	case opShl:
		return m.push(uint32(uint64(a) << min(b, 63)))
	case opShr:
		return m.push(uint32(uint64(a) >> min(b, 63)))
	case opShra:
		return m.push(uint32(int64(int32(a)) >> min(b, 63)))
	case opEq:
		return boolean(a == b)
	case opNe:
		return boolean(a != b)
	case opGe:
		return boolean(int32(a) >= int32(b))
	case opGt:
		return boolean(int32(a) > int32(b))
	case opLe:
		return boolean(int32(a) <= int32(b))
	}
	return boolean(int32(a) < int32(b)) // opLt
}

// addrAt returns an address of the unit's table.
func (info *Info) addrAt(u *unit, n uint64) (uint64, bool) {
	table := info.Sections[".debug_addr"]
	if u == nil || u.addrs < 0 || n > uint64(len(table)) || uint64(u.addrs)+4*n+4 > uint64(len(table)) {
		return 0, false
	}
	return uint64(order.Uint32(table[uint64(u.addrs)+4*n:])), true
}

// expression returns the location expression that an attribute gives for an address: its own, or the one of a list. nil: nowhere.
func (info *Info) expression(e *dwarf.Entry, attribute dwarf.Attr, u *unit, addr uint64) []byte {
	f := e.AttrField(attribute)
	if f == nil {
		return nil
	}
	switch v := f.Val.(type) {
	case []byte:
		return v
	case int64:
		if u == nil || v < 0 {
			return nil
		}
		if u.version < 5 {
			return info.list4(u, uint64(v), addr)
		}
		if f.Class == dwarf.ClassLocList { // a number of the unit's table
			table := info.Sections[".debug_loclists"]
			at := uint64(max(u.lists, 0)) + 4*uint64(v)
			if u.lists < 0 || uint64(v) > uint64(len(table)) || at+4 > uint64(len(table)) {
				return nil
			}
			v = u.lists + int64(order.Uint32(table[at:]))
		}
		return info.list5(u, uint64(v), addr)
	}
	return nil
}

// list4 finds an address in a location list of DWARF 2 to 4.
func (info *Info) list4(u *unit, at, addr uint64) []byte {
	section := info.Sections[".debug_loc"]
	if at > uint64(len(section)) {
		return nil
	}
	r := &reader{b: section[at:]}
	base := u.low
	for range listMax {
		from, to := r.fixed(4), r.fixed(4)
		switch {
		case from == 0 && to == 0: // also at the end of what there is
			return nil
		case from == 0xFFFFFFFF:
			base = to
			continue
		}
		expr := r.take(r.fixed(2))
		if base+from <= addr && addr < base+to {
			return expr
		}
	}
	return nil
}

// Entries of location lists (DWARF 5, 7.7.3), with the one of GNU that numbers views.
const (
	listEnd = iota
	listBasex
	listStartxEndx
	listStartxLength
	listOffsets
	listDefault
	listBase
	listStartEnd
	listStartLength
	listViews
)

// list5 finds an address in a location list of DWARF 5.
func (info *Info) list5(u *unit, at, addr uint64) (found []byte) {
	section := info.Sections[".debug_loclists"]
	if at > uint64(len(section)) {
		return nil
	}
	r := &reader{b: section[at:]}
	indexed := func() uint64 {
		v, ok := info.addrAt(u, r.uleb())
		r.short = r.short || !ok
		return v
	}
	base := u.low
	for range listMax {
		if r.short {
			break
		}
		var from, to uint64
		switch r.fixed(1) {
		case listBasex:
			base = indexed()
			continue
		case listBase:
			base = r.fixed(4)
			continue
		case listViews:
			r.uleb()
			r.uleb()
			continue
		case listStartxEndx:
			from = indexed()
			to = indexed()
		case listStartxLength:
			from = indexed()
			to = from + r.uleb()
		case listOffsets:
			from = base + r.uleb()
			to = base + r.uleb()
		case listDefault:
			found = r.take(r.uleb())
			continue
		case listStartEnd:
			from, to = r.fixed(4), r.fixed(4)
		case listStartLength:
			from = r.fixed(4)
			to = from + r.uleb()
		default: // listEnd, and what is not known
			return found
		}
		if expr := r.take(r.uleb()); from <= addr && addr < to && !r.short {
			return expr
		}
	}
	return nil
}
