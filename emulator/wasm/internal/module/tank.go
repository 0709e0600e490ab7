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

// withTank returns the code section with a count at the beginning of each function and of each loop: it takes the cycles of what comes
// (cycles.go) from the tank, and more before what works on much memory, and calls the watchdog when the tank is empty. Each call
// through a pointer notes the pointer, and each change of the stack pointer is looked at. Calls that do not fit get adapters (adapt.go),
// addresses of the chip calls of the runtime (raw.go).
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
	cheap            map[uint32]bool // functions that the compiler calls by itself
	body             []byte
	parts            []segment

	// In a function with loops the tank is a local variable, which the engine keeps in a register: the global has it wherever other code
	// runs. inLocal says so; local is the variable.
	inLocal bool
	local   uint32
}

func (m *Module) weave(adapted *indirect) *weaver {
	globals := uint32(m.importedG + m.globals)
	return &weaver{
		m: m, globals: globals, overrun: m.overrun(), adapted: adapted, raw: m.rawAccess(), cheap: m.ofTheCompiler(),
		pointed: appendU32(append(appendU32([]byte{opGlobalSet}, globals+1), opGlobalGet), globals+1),
	}
}

// save returns the code that puts the tank into its global, load the code that gets it back.
func (w *weaver) save() []byte {
	if !w.inLocal {
		return nil
	}
	return appendU32(append(appendU32([]byte{opLocalGet}, w.local), opGlobalSet), w.globals)
}

func (w *weaver) load() []byte {
	if !w.inLocal {
		return nil
	}
	return appendU32(append(appendU32([]byte{opGlobalGet}, w.globals), opLocalSet), w.local)
}

// take returns the code that takes from the tank what the code amount leaves on the stack. The call of the watchdog stands behind an else:
// wazero allocates registers in this order, and code behind the end begins with the registers of the way that comes first.
func (w *weaver) take(amount []byte) []byte {
	var c []byte
	if w.inLocal {
		c = append(append(appendU32([]byte{opLocalGet}, w.local), amount...), opI32Sub)
		c = appendU32(append(c, opLocalTee), w.local)
	} else {
		c = append(append(appendU32([]byte{opGlobalGet}, w.globals), amount...), opI32Sub)
		c = appendU32(append(appendU32(append(c, opGlobalSet), w.globals), opGlobalGet), w.globals)
	}
	c = append(append(c, opI32Const, 0, opI32GtS, opIf, 0x40, opElse), w.save()...) // a block without result
	return append(append(appendU32(append(c, opCall), w.m.watchdog), w.load()...), opEnd)
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
	w.body, w.parts, w.inLocal = w.body[:0], nil, false
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
	t := m.types[m.funcs[own]]
	declarations := r.count()
	first, locals := at(), uint64(len(t.Params))
	for range declarations {
		locals += uint64(r.u32())
		r.value(r.byte())
	}
	if r.err != nil {
		return nil, nil, r.err
	}
	costs := cycles(r.b)
	declared := func(code []byte) { // what takes the place of the declarations
		w.parts = append(w.parts, segment{from: b.From, added: true})
		w.body = append(w.body, code...)
		copied = at()
	}
	if w.looks(own, r.b) {
		declared(w.raw.withScratch(declarations, m.code[first:at()], uint32(locals)))
	} else if len(costs) > 1 && len(t.Results) <= 1 {
		declared(append(append(appendU32(nil, declarations+1), m.code[first:at()]...), 1, typeI32))
		w.inLocal, w.local = true, uint32(locals)
		result := byte(0x40)
		if len(t.Results) == 1 {
			result = t.Results[0]
		}
		add(append([]byte{opBlock, result}, w.load()...)) // to its end lead all ways out of the function
	}
	next := 0
	piece := func() []byte {
		n := uint32(turnCycles)
		if next < len(costs) { // always, in a module that an engine takes
			n += costs[next]
		}
		next++
		if w.cheap[own] {
			n = 1 + n/compilersShare
		}
		return w.cycles(n)
	}
	add(piece())
	for len(r.b) > 0 && r.err == nil {
		before := r.b
		put := func(code []byte) { // before the instruction
			after := r.b
			r.b = before
			add(code)
			r.b = after
		}
		switch op := r.byte(); {
		case op == opLoop:
			r.skip(op)
			if r.err == nil {
				add(piece())
			}
		case op == opMisc:
			if bulk(r.b) {
				put(w.length())
			}
			r.skip(op)
		case op == opReturn:
			put(w.save())
		case op == opCall:
			put(w.save())
			r.skip(op)
			add(w.load())
		case op == opIndirect:
			put(append(w.save(), w.pointed...))
			t := r.u32()
			r.u32()
			if w.adapted != nil && r.err == nil {
				put(m.redirect(w.adapted, t))
			}
			add(w.load())
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
	if w.inLocal { // the function's end is that of the block now
		add(append(w.save(), opEnd))
		return w.body, w.parts, nil
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
