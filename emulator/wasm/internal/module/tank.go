package module

import (
	"bytes"
	"cmp"
	"errors"
	"slices"
)

// Names under which [Instrument] exports globals of type i32 that it has added.
const (
	Tank    = "#tank"
	Pointer = "#pointer" // the function pointer called last
)

// NullPage are the addresses that count as NULL: the stack ends there. Choice: 1 KB, the linked stack of 5 KB is the chip's 4 KB
// and this.
const NullPage = 1024

// segment says where a part of the code section lay before it was moved.
type segment struct {
	to, from uint64
	added    bool // it is none of the module's own code; from is what it stands before
}

// Original returns where the instruction at an offset of the code section of the module from [Instrument] lies in the module
// that was parsed.
func (m *Module) Original(offset uint64) uint64 {
	i, found := slices.BinarySearchFunc(m.moved, offset, func(s segment, at uint64) int { return cmp.Compare(s.to, at) })
	if !found {
		i--
	}
	if i < 0 {
		return offset
	}
	if s := m.moved[i]; !s.added {
		return s.from + offset - s.to
	}
	return m.moved[i].from
}

var errNoWatchdog = errors.New("built without fuel (-fsanitize-coverage=trace-pc,no-prune): an endless loop would never end")

// withTank returns the code section with a count at the beginning of each function and of each loop: it takes one from the
// tank, and more before what works on much memory, and calls the watchdog when the tank is empty. Firmware counts its branches
// by itself, in its own memory; this is for code that does not, or that fills its own tank. Each call through a pointer notes the
// pointer, and each change of the stack pointer is looked at. Calls that do not fit get adapters (adapt.go), addresses of the chip calls of
// the runtime (raw.go).
func (m *Module) withTank(adapted *indirect) ([]byte, error) {
	if !m.fuelled {
		return nil, errNoWatchdog
	}
	w := m.weave(adapted)
	count := len(m.Bodies)
	if adapted != nil {
		count += len(adapted.bodies)
	}
	out := appendU32(make([]byte, 0, len(m.code)+len(m.code)/4), uint32(count))
	m.moved = m.moved[:0]
	misfits := m.misfits()
	for i, b := range m.Bodies {
		body, parts, err := misfits[i], []segment{{from: b.From, added: true}}, error(nil)
		if body == nil {
			if body, parts, err = w.function(uint32(m.imports+i), b); err != nil {
				return nil, err
			}
		}
		out = appendU32(out, uint32(len(body)))
		for _, p := range parts {
			p.to += uint64(len(out))
			m.moved = append(m.moved, p)
		}
		out = append(out, body...)
	}
	if adapted != nil {
		m.moved = append(m.moved, segment{to: uint64(len(out)), added: true})
		for _, body := range adapted.bodies {
			out = append(appendU32(out, uint32(len(body))), body...)
		}
	}
	return out, nil
}

// weaver puts code between that of a module's functions.
type weaver struct {
	m                *Module
	one, many        []byte // take from the tank
	pointed, overrun []byte
	globals          uint32
	adapted          *indirect
	raw              *raw
	body             []byte
	parts            []segment
}

func (m *Module) weave(adapted *indirect) *weaver {
	globals := uint32(m.importedG + m.globals)
	get, set := appendU32([]byte{opGlobalGet}, globals), appendU32([]byte{opGlobalSet}, globals)
	take := func(n uint32) []byte {
		c := append(appendI32(append(bytes.Clone(get), opI32Const), n), opI32Sub)
		c = append(append(append(c, set...), get...), opI32Const, 0, opI32LeS, opIf, 0x40) // a block without result
		return append(appendU32(append(c, opCall), m.watchdog), opEnd)
	}
	return &weaver{
		m: m, one: take(1), many: take(bulkCost), globals: globals, overrun: m.overrun(), adapted: adapted, raw: m.rawAccess(),
		pointed: appendU32(append(appendU32([]byte{opGlobalSet}, globals+1), opGlobalGet), globals+1),
	}
}

// function returns the new body of a function, valid until the next call, and where its parts lie, which tells offsets in it and in
// m.code.
func (w *weaver) function(own uint32, b Span) ([]byte, []segment, error) {
	m := w.m
	w.body, w.parts = w.body[:0], nil
	r := &reader{b: m.code[b.From:b.To]}
	at := func() uint64 { return b.To - uint64(len(r.b)) }
	copied := b.From // up to there
	add := func(code []byte) {
		w.parts = append(w.parts, segment{to: uint64(len(w.body)), from: copied})
		w.body = append(w.body, m.code[copied:at()]...)
		copied = at()
		w.parts = append(w.parts, segment{to: uint64(len(w.body)), from: copied, added: true})
		w.body = append(w.body, code...)
	}
	declarations := r.count()
	first, locals := at(), uint64(len(m.types[m.funcs[own]].Params))
	for range declarations {
		locals += uint64(r.u32())
		r.value(r.byte())
	}
	if r.err == nil && w.looks(own, r.b) {
		w.parts = append(w.parts, segment{from: b.From, added: true})
		w.body = append(w.body, w.raw.withScratch(declarations, m.code[first:at()], uint32(locals))...)
		copied = at()
	}
	add(w.one)
	for len(r.b) > 0 && r.err == nil {
		before := r.b
		switch op := r.byte(); {
		case op == opLoop:
			r.skip(op)
			if r.err == nil {
				add(w.one)
			}
		case op == opMisc:
			if bulk(r.b) {
				r.b = before
				add(w.many)
				r.byte()
			}
			r.skip(op)
		case op == opIndirect:
			r.b = before
			add(w.pointed)
			r.byte()
			t := r.u32()
			r.u32()
			if w.adapted != nil && r.err == nil {
				after := r.b
				r.b = before
				add(m.redirect(w.adapted, t))
				r.b = after
			}
		case op == opGlobalGet || op == opGlobalSet:
			i := r.u32()
			if i >= w.globals { // the tank is not its own
				r.fail()
			}
			if op == opGlobalSet && m.stacks && i == m.stack && r.err == nil {
				add(w.overrun)
			}
		case op >= opFirstLd && op <= opLastSt:
			r.u32()
			offset := r.u32()
			if r.err != nil || !w.raw.of(offset, own) {
				continue
			}
			after := r.b
			r.b = before
			plain := before[:len(before)-len(after)]
			add(w.raw.code(op, offset, plain))
			r.b, copied = after, b.To-uint64(len(after))
		default:
			r.skip(op)
		}
	}
	if r.err != nil {
		return nil, nil, r.err
	}
	w.parts = append(w.parts, segment{to: uint64(len(w.body)), from: copied})
	w.body = append(w.body, m.code[copied:b.To]...)
	return w.body, w.parts, nil
}

// looks tells whether a function has an access that is looked at. code is what follows its local variables.
func (w *weaver) looks(own uint32, code []byte) bool {
	r := &reader{b: code}
	for w.raw != nil && len(r.b) > 0 && r.err == nil {
		op := r.byte()
		if op < opFirstLd || op > opLastSt {
			r.skip(op)
			continue
		}
		r.u32()
		if offset := r.u32(); r.err == nil && w.raw.of(offset, own) {
			return true
		}
	}
	return false
}

// bulkCost is what an instruction costs that fills or copies up to the whole memory. Choice: bytes of 2 MB, 512 at a time.
const bulkCost = 4096

// bulk tells whether the instruction behind the byte opMisc works on memory or tables.
func bulk(b []byte) bool {
	r := &reader{b: b}
	return r.u32() > lastSaturating
}

// overrun returns the code that looks at the stack pointer and traps as unreachable when it lies outside of the stack.
func (m *Module) overrun() []byte {
	if !m.stacks || int(m.stack) < m.importedG || int(m.stack)-m.importedG >= len(m.initial) {
		return nil
	}
	top := m.initial[int(m.stack)-m.importedG]
	c := append(appendI32(append(appendU32([]byte{opGlobalGet}, m.stack), opI32Const), NullPage), opI32Sub, opI32Const)
	return append(appendI32(c, max(top, NullPage)-NullPage), opI32GtU, opIf, 0x40, opUnreachable, opEnd)
}

// withOwnGlobals returns the section of globals with the tank and the pointer behind them.
func (m *Module) withOwnGlobals(payload []byte) []byte {
	r := &reader{b: payload}
	n := r.u32()
	out := append(appendU32(nil, n+2), r.b...)
	for range 2 {
		out = append(out, typeI32, 1, opI32Const, 0, opEnd)
	}
	return out
}
