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
// pointer, and each change of the stack pointer is looked at.
func (m *Module) withTank() ([]byte, error) {
	if !m.fuelled {
		return nil, errNoWatchdog
	}
	globals := uint32(m.importedG + m.globals)
	get, set := appendU32([]byte{opGlobalGet}, globals), appendU32([]byte{opGlobalSet}, globals)
	take := func(n uint32) []byte {
		c := append(appendI32(append(bytes.Clone(get), opI32Const), n), opI32Sub)
		c = append(append(append(c, set...), get...), opI32Const, 0, opI32LeS, opIf, 0x40) // a block without result
		return append(appendU32(append(c, opCall), m.watchdog), opEnd)
	}
	one, many := take(1), take(bulkCost)
	pointed := appendU32(append(appendU32([]byte{opGlobalSet}, globals+1), opGlobalGet), globals+1)
	overrun := m.overrun()

	out := appendU32(make([]byte, 0, len(m.code)+len(m.code)/4), uint32(len(m.Bodies)))
	m.moved = m.moved[:0]
	var body []byte
	for _, b := range m.Bodies {
		body = body[:0]
		var parts []segment // offsets in body and in m.code
		r := &reader{b: m.code[b.From:b.To]}
		at := func() uint64 { return b.To - uint64(len(r.b)) }
		copied := b.From // up to there
		add := func(count []byte) {
			parts = append(parts, segment{to: uint64(len(body)), from: copied})
			body = append(body, m.code[copied:at()]...)
			copied = at()
			parts = append(parts, segment{to: uint64(len(body)), from: copied, added: true})
			body = append(body, count...)
		}
		for range r.count() { // local variables
			r.u32()
			r.value(r.byte())
		}
		add(one)
		for len(r.b) > 0 && r.err == nil {
			before := r.b
			switch op := r.byte(); op {
			case opLoop:
				r.skip(op)
				if r.err == nil {
					add(one)
				}
			case opMisc:
				if bulk(r.b) {
					r.b = before
					add(many)
					r.byte()
				}
				r.skip(op)
			case opIndirect:
				r.b = before
				add(pointed)
				r.byte()
				r.skip(op)
			case opGlobalGet, opGlobalSet:
				i := r.u32()
				if i >= globals { // the tank is not its own
					r.fail()
				}
				if op == opGlobalSet && m.stacks && i == m.stack && r.err == nil {
					add(overrun)
				}
			default:
				r.skip(op)
			}
		}
		if r.err != nil {
			return nil, r.err
		}
		parts = append(parts, segment{to: uint64(len(body)), from: copied})
		body = append(body, m.code[copied:b.To]...)
		out = appendU32(out, uint32(len(body)))
		for _, p := range parts {
			p.to += uint64(len(out))
			m.moved = append(m.moved, p)
		}
		out = append(out, body...)
	}
	return out, nil
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
