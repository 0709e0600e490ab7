package module

import (
	"bytes"
	"slices"
	"strings"
)

// The processor of the chip does not know types: the caller puts its arguments into registers and behind them into memory, the
// function takes what it looks for from there. Adapters do the same: they lay arguments out in words of 32 bits, those of 64 bits at
// an even place (lx106.md 6), and give the function its parameters from there. Choice: what nobody has passed is 0.

// misfitSuffix is what LLVM names the place of a call that it could not make fit, behind ".L" and the function's name.
const misfitSuffix = "_bitcast_invalid"

// AdapterName is the name of all adapters for calls through pointers. Traces leave it out.
const AdapterName = "esp_adapter"

// Misfit returns the name of the function that a place of LLVM's stands for, "" if it is none. A number may follow the name.
func Misfit(name string) string {
	i := strings.LastIndex(name, misfitSuffix)
	if i < 0 || !strings.HasPrefix(name, ".L") {
		return ""
	}
	if rest := name[i+len(misfitSuffix):]; rest != "" && !strings.HasPrefix(rest, ".") {
		return ""
	}
	return name[len(".L"):i]
}

// word is where 32 bits of the arguments are: a local variable, or half of one.
type word struct {
	local uint32
	kind  byte // of the local variable; 0: nobody has passed it
	high  bool
}

// layOut returns the words of values that are in local variables, the first one in local first.
func layOut(types []byte, first uint32) (words []word) {
	for i, t := range types {
		w := word{local: first + uint32(i), kind: t}
		if t != typeI64 && t != typeF64 {
			words = append(words, w)
			continue
		}
		if len(words)%2 != 0 {
			words = append(words, word{})
		}
		high := w
		high.high = true
		words = append(words, w, high)
	}
	return words
}

// push appends the code that pushes a word as an i32.
func (w word) push(c []byte) []byte {
	if w.kind == 0 {
		return append(c, opI32Const, 0)
	}
	c = appendU32(append(c, opLocalGet), w.local)
	switch w.kind {
	case typeF32:
		return append(c, opI32OfF32)
	case typeF64:
		c = append(c, opI64OfF64)
	case typeI32:
		return c
	}
	if w.high {
		c = append(c, opI64Const, 32, opI64ShrU)
	}
	return append(c, opI32Wrap)
}

// give appends the code that pushes values of types, taken from words.
func give(c []byte, words []word, types []byte) []byte {
	at := 0
	next := func() word {
		if at++; at <= len(words) {
			return words[at-1]
		}
		return word{}
	}
	for _, t := range types {
		wide := t == typeI64 || t == typeF64
		if wide && at%2 != 0 {
			at++
		}
		w := next()
		var high word
		if wide {
			high = next()
		}
		switch {
		case w.kind == t && !w.high:
			c = appendU32(append(c, opLocalGet), w.local)
			continue
		case !wide:
			c = w.push(c)
		default:
			c = append(high.push(c), opI64ExtendU, opI64Const, 32, opI64Shl)
			c = append(append(w.push(c), opI64ExtendU), opI64Or)
		}
		switch t {
		case typeF32:
			c = append(c, opF32OfI32)
		case typeF64:
			c = append(c, opF64OfI64)
		}
	}
	return c
}

// adapter returns the body of a function of type from that calls one of type to: call is the instruction.
func adapter(from, to Signature, call []byte) []byte {
	var body []byte
	result := uint32(len(from.Params))
	if len(to.Results) == 1 {
		body = append(body, 1, 1, to.Results[0])
	} else {
		body = append(body, 0)
	}
	body = append(give(body, layOut(from.Params, 0), to.Params), call...)
	if len(to.Results) == 1 {
		body = appendU32(append(body, opLocalSet), result)
	}
	body = give(body, layOut(to.Results, result), from.Results)
	return append(body, opEnd)
}

// adaptable tells whether an adapter can be made: C has one result at most.
func adaptable(s Signature) bool { return len(s.Results) <= 1 }

func (s Signature) equal(t Signature) bool {
	return bytes.Equal(s.Params, t.Params) && bytes.Equal(s.Results, t.Results)
}

// Misfits returns the functions, sorted, that the module calls with other types than they have.
func (m *Module) Misfits() (names []string) {
	for _, n := range m.names {
		if name := Misfit(string(n.text)); name != "" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// misfits returns the bodies of adapters, by the number of the function's body that they replace: the places that LLVM has made
// for calls of functions with other types than they have.
func (m *Module) misfits() map[int][]byte {
	bodies := map[int][]byte{}
	for _, n := range m.names {
		target, ok := m.named(Misfit(string(n.text)))
		i := int(n.function) - m.imports
		if !ok || i < 0 || i >= len(m.Bodies) {
			continue
		}
		from, to := m.types[m.funcs[n.function]], m.types[m.funcs[target]]
		if adaptable(from) && adaptable(to) {
			bodies[i] = adapter(from, to, appendU32([]byte{opCall}, target))
		}
	}
	return bodies
}

// named returns the function that is exported or imported under a name.
func (m *Module) named(name string) (uint32, bool) {
	if name == "" {
		return 0, false
	}
	f, ok := m.Exports[name]
	if !ok {
		f, ok = m.imported[name]
	}
	return f, ok && int(f) < len(m.funcs)
}

// Adapts tells whether calls of a function with other types than it has are made to fit.
func (m *Module) Adapts(name string) bool {
	f, ok := m.named(name)
	return ok && adaptable(m.types[m.funcs[f]])
}

// adaptersMax and adaptedMax bound the adapters for calls through pointers, and the length of the table with them. A module that would
// need more gets none: such a call is an exception then. Choice: some ten times what firmware needs.
const (
	adaptersMax = 1_000
	adaptedMax  = TableMax
)

// indirect are the adapters for calls through pointers. The table is repeated once for each type of such a call, with an adapter in
// the place of each function that has another type.
type indirect struct {
	size   uint32            // of the table that was parsed
	copies map[uint32]uint32 // type of a call: where its table begins
	table  []uint32          // functions of the copies, one behind the other; noFunction: none
	types  []uint32          // of the adapters, which are the module's last functions
	bodies [][]byte          // of the adapters
}

// noFunction stands in indirect.table for an entry without a function.
const noFunction = ^uint32(0)

// adaptIndirect finds out which adapters the calls of the module need; nil for none.
func (m *Module) adaptIndirect(calls []uint32) *indirect {
	if m.tableSize == 0 || len(m.Table) == 0 {
		return nil
	}
	a := &indirect{size: m.tableSize, copies: map[uint32]uint32{}}
	if uint64(a.size)*uint64(len(calls)+1) > adaptedMax {
		return nil
	}
	made := map[[2]uint32]uint32{} // types of the call and of the function: the adapter
	for _, call := range calls {
		if !adaptable(m.types[call]) {
			return nil
		}
		entries := make([]uint32, a.size)
		needed := false
		for p := range a.size {
			entries[p] = noFunction
			f, ok := m.Table[p]
			if !ok || int(f) >= len(m.funcs) {
				continue
			}
			own := m.funcs[f]
			if m.types[own].equal(m.types[call]) {
				entries[p] = f
				continue
			}
			if !adaptable(m.types[own]) {
				continue
			}
			needed = true
			key := [2]uint32{call, own}
			adapted, ok := made[key]
			if !ok {
				if len(a.bodies) == adaptersMax {
					return nil
				}
				adapted = uint32(len(m.funcs) + len(a.bodies))
				made[key] = adapted
				a.types = append(a.types, call)
				a.bodies = append(a.bodies, adapter(m.types[call], m.types[own], m.callPointed(own)))
			}
			entries[p] = adapted
		}
		if needed {
			a.copies[call] = a.size + uint32(len(a.table))
			a.table = append(a.table, entries...)
		}
	}
	if len(a.table) == 0 {
		return nil
	}
	return a
}

// callPointed returns the call, with a type, of the function pointer that was noted last.
func (m *Module) callPointed(t uint32) []byte {
	c := appendU32([]byte{opGlobalGet}, m.pointerGlobal())
	return append(appendU32(append(c, opIndirect), t), 0)
}

// pointerGlobal is the number of the global Pointer, which Instrument adds.
func (m *Module) pointerGlobal() uint32 { return uint32(m.importedG+m.globals) + 1 }

// redirect returns the code that turns the function pointer on the stack, which was noted, into its place in the copy of the table for
// a type of call. Pointers that name nothing stay what they are.
func (m *Module) redirect(a *indirect, t uint32) []byte {
	at, ok := a.copies[t]
	if !ok {
		return nil
	}
	c := appendU32([]byte{opGlobalGet}, m.pointerGlobal())
	c = append(appendI32(append(c, opI32Const), a.size), opI32LtU, opI32Const)
	return append(appendI32(c, at), opI32Mul, opI32Add)
}

// withAdapters returns a section with what the adapters need.
func (a *indirect) withAdapters(id byte, payload []byte) []byte {
	if a == nil {
		return payload
	}
	r := &reader{b: payload}
	switch id {
	case sectionFunction:
		n := r.u32()
		out := append(appendU32(nil, n+uint32(len(a.types))), r.b...)
		for _, t := range a.types {
			out = appendU32(out, t)
		}
		return out
	case sectionTable: // one, of functions, with a maximum
		size := a.size + uint32(len(a.table))
		return appendU32(appendU32([]byte{1, typeFunc, limitsMax}, size), size)
	case sectionElement:
		n := r.u32()
		rest, segments := r.b, uint32(0)
		var added []byte
		for i := 0; i < len(a.table); {
			if a.table[i] == noFunction {
				i++
				continue
			}
			end := i
			for end < len(a.table) && a.table[end] != noFunction {
				end++
			}
			segments++
			added = append(appendI32(append(added, 0, opI32Const), a.size+uint32(i)), opEnd)
			added = appendU32(added, uint32(end-i))
			for _, f := range a.table[i:end] {
				added = appendU32(added, f)
			}
			i = end
		}
		return append(append(appendU32(nil, n+segments), rest...), added...)
	}
	return payload
}

// callEntry is the runtime's way into the guest (rt/rt.c), which calls each function with its own type.
const callEntry = "esp_call"

// indirectCalls returns the types of the calls through pointers, in the order in which they come, but for those of the runtime.
func (m *Module) indirectCalls() (types []uint32) {
	seen := map[uint32]bool{}
	entry, hasEntry := m.Exports[callEntry]
	for i, b := range m.Bodies {
		if hasEntry && uint32(m.imports+i) == entry {
			continue
		}
		r := &reader{b: m.code[b.From:b.To]}
		for range r.count() {
			r.u32()
			r.value(r.byte())
		}
		for len(r.b) > 0 && r.err == nil {
			op := r.byte()
			if op != opIndirect {
				r.skip(op)
				continue
			}
			t := r.u32()
			r.u32()
			if r.err == nil && int(t) < len(m.types) && !seen[t] {
				seen[t] = true
				types = append(types, t)
			}
		}
	}
	return types
}
