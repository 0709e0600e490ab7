package module

import (
	"cmp"
	"errors"
	"slices"
)

// Names under which [Instrument] exports globals of type i32 that it has added.
const (
	Tank    = "#tank"
	Pointer = "#pointer" // the function pointer called last, or the length of what an instruction has filled or copied
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

var errNoWatchdog = errors.New("no esp_watchdog: make the firmware with emu8266 build")

// withTank returns the code section with a count at the beginning of each function but leaves (leaf.go), and in each turn of a loop, or
// before it for all of them (turns.go): it takes the cycles of what comes
// (cycles.go) from the tank, and more before what works on much memory, and calls the watchdog when the tank is empty. Each call
// through a pointer notes the pointer, and each change of the stack pointer is looked at. Calls that do not fit get adapters (adapt.go),
// addresses of the chip calls of the runtime (raw.go), and so do conversions of floats (fix.go) and some divisions (divide.go).
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
	pointed, overrun []byte
	globals          uint32
	adapted          *indirect
	raw              *raw
	cheap            map[uint32]bool   // functions that the compiler calls by itself
	leaves           map[uint32]uint32 // what a call of a leaf costs (leaf.go)
	fix              []uint32          // functions for conversions (fix.go)
	divide           map[byte]uint32   // functions for divisions (divide.go)
	body             []byte
	parts            []segment

	left uint32 // in a function: the local variable for what is left in the tank; it need not live longer than a count
}

func (m *Module) weave(adapted *indirect) *weaver {
	globals := uint32(m.importedG + m.globals)
	w := &weaver{
		m: m, globals: globals, overrun: m.overrun(), adapted: adapted, raw: m.rawAccess(), cheap: m.ofTheCompiler(),
		pointed: appendU32(append(appendU32([]byte{opGlobalSet}, globals+1), opGlobalGet), globals+1),
	}
	w.fix, w.divide, w.leaves = m.fix(), m.divide(), w.findLeaves()
	return w
}

// take returns the code that takes from the tank what the code amount leaves on the stack. What is left is looked at in a local variable:
// the engine would read the global again. The tank itself is none: in a function with many variables it would cost a register in all of
// its loops. The call of the watchdog stands behind an else: wazero allocates registers in this order, and code behind the end begins with
// the registers of the way that comes first.
func (w *weaver) take(amount []byte) []byte {
	c := append(append(appendU32([]byte{opGlobalGet}, w.globals), amount...), opI32Sub)
	c = appendU32(append(c, opLocalTee), w.left)
	c = appendU32(append(appendU32(append(c, opGlobalSet), w.globals), opLocalGet), w.left)
	c = append(c, opI32Const, 0, opI32GtS, opIf, 0x40, opElse) // a block without result
	return append(appendU32(append(c, opCall), w.m.watchdog), opEnd)
}

// cycles is take for a number.
func (w *weaver) cycles(n uint32) []byte { return w.take(appendI32([]byte{opI32Const}, n)) }

// length is take for an instruction that works on as many bytes as the stack's top says. Choice: a cycle for four.
func (w *weaver) length() []byte {
	kept := appendU32(append(appendU32([]byte{opGlobalSet}, w.globals+1), opGlobalGet), w.globals+1)
	return append(kept, w.take(append(appendU32([]byte{opGlobalGet}, w.globals+1), opI32Const, 2, opI32ShrU))...)
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
		if len(code) == 0 {
			return
		}
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
	if r.err != nil {
		return nil, nil, r.err
	}
	w.parts = append(w.parts, segment{from: b.From, added: true}) // what takes the place of the declarations
	if w.looks(own, r.b) {
		w.body = append(w.body, w.raw.withScratch(declarations, m.code[first:at()], uint32(locals))...)
	} else {
		w.body = append(append(append(appendU32(w.body, declarations+1), m.code[first:at()]...), 1), typeI32)
	}
	w.left, copied = uint32(locals), at()
	costs, known := cycles(r.b, w.leaves), turns(r.b, w.leaves)
	next := 0
	piece := func() uint32 {
		n := uint32(turnCycles)
		if next < len(costs) { // always, in a module that an engine takes
			n += costs[next]
		}
		next++
		if w.cheap[own] {
			n = 1 + n/compilersShare
		}
		return n
	}
	if _, leaf := w.leaves[own]; !leaf {
		add(w.cycles(piece()))
	}
	last, this := byte(opNop), byte(opNop)
	for len(r.b) > 0 && r.err == nil {
		before := r.b
		last, this = this, r.b[0]
		instead := func(code []byte) { // of the instruction, which has been read
			after := r.b
			r.b = before
			add(code)
			r.b, copied = after, b.To-uint64(len(after))
		}
		put := func(code []byte) { // before the instruction
			after := r.b
			r.b = before
			add(code)
			r.b = after
		}
		switch op := r.byte(); {
		case op == opLoop:
			n := piece()
			if loop := next - 2; loop < len(known) && known[loop] > 0 && uint64(known[loop])*uint64(n) <= aheadMost {
				put(w.cycles(known[loop] * n))
				r.skip(op)
				continue
			}
			if r.skip(op); r.err == nil {
				add(w.cycles(n))
			}
		case op == opMisc:
			if bulk(r.b) {
				put(w.length())
			}
			number := &reader{b: r.b}
			code := w.fixed(number.u32(), own)
			r.skip(op)
			if code != nil && r.err == nil {
				instead(code)
			}
		case op == opIndirect:
			put(w.pointed)
			t := r.u32()
			r.u32()
			if w.adapted != nil && r.err == nil {
				put(m.redirect(w.adapted, t))
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
			instead(w.raw.code(op, offset, before[:len(before)-len(r.b)]))
		case op == opI32DivS || op == opI64DivS:
			if code := w.divided(op, last, own); code != nil {
				instead(code)
			}
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

// bulk tells whether the instruction behind the byte opMisc works on as much memory, or as many entries of a table, as the stack's top
// says.
func bulk(b []byte) bool {
	r := &reader{b: b}
	n := r.u32()
	return n > lastSaturating && n != opDataDrop && n != opElemDrop && n != opTableSize
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
