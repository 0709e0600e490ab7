package module

// Addresses of the chip outside of what is memory here: registers, the flash that the chip shows as memory. C reaches them with plain
// loads and stores, which trap in WebAssembly. Instrument makes calls of the runtime of them (rt/rt.c): always where the
// instruction itself names such an address, and of all others that are not addresses of memory if the module exports RawExport, which costs
// a comparison for each.
const (
	rawLoad  = "esp_raw_load"  // address, kind; returns an i32
	rawStore = "esp_raw_store" // address, value, bytes
	// RawExport is the mark of a module with such accesses (package build).
	RawExport = "esp_raw"
)

// chipBase is the lowest address that counts as one of the chip's: dport, with the registers that come first (lx106.md 9.3).
// memoryEnd is the lowest one that no device's memory here reaches.
const (
	chipBase  = 0x3FF00000
	memoryEnd = 2 << 20
)

// rawSigned marks, in the kind of a load, that the sign of the bytes loaded fills the i32.
const rawSigned = 0x80

// access is what a load or store does.
type access struct {
	size  uint32 // bytes
	value byte   // type on the stack
	sign  bool
	store bool
}

// accesses are the loads and stores from opFirstLd on (WebAssembly core specification, 5.4.7).
var accesses = []access{
	{4, typeI32, false, false}, {8, typeI64, false, false}, {4, typeF32, false, false}, {8, typeF64, false, false},
	{1, typeI32, true, false}, {1, typeI32, false, false}, {2, typeI32, true, false}, {2, typeI32, false, false},
	{1, typeI64, true, false}, {1, typeI64, false, false}, {2, typeI64, true, false}, {2, typeI64, false, false},
	{4, typeI64, true, false}, {4, typeI64, false, false},
	{4, typeI32, false, true}, {8, typeI64, false, true}, {4, typeF32, false, true}, {8, typeF64, false, true},
	{1, typeI32, false, true}, {2, typeI32, false, true},
	{1, typeI64, false, true}, {2, typeI64, false, true}, {4, typeI64, false, true},
}

// raw makes calls of accesses to addresses of the chip.
type raw struct {
	load, store uint32 // functions of the runtime
	all         bool   // each access is looked at
	scratch     uint32 // in a function: five local variables behind its own: an address, and a value of each type
}

// rawTypes are the types of the scratch variables.
var rawTypes = []byte{typeI32, typeI32, typeI64, typeF32, typeF64}

// rawAccess finds the runtime's functions; nil if the module does not have them.
func (m *Module) rawAccess() *raw {
	load, ok := m.function(rawLoad, Signature{[]byte{typeI32, typeI32}, []byte{typeI32}})
	store, both := m.function(rawStore, Signature{[]byte{typeI32, typeI32, typeI32}, nil})
	if !ok || !both {
		return nil
	}
	_, all := m.Exports[RawExport]
	return &raw{load: load, store: store, all: all}
}

// function returns the function that is exported under a name with a type.
func (m *Module) function(name string, s Signature) (uint32, bool) {
	f, ok := m.Exports[name]
	return f, ok && int(f) < len(m.funcs) && m.types[m.funcs[f]].equal(s)
}

// of tells whether an access needs looking at. own is the function that it is in: the runtime's own are left alone.
func (w *raw) of(offset, own uint32) bool {
	return w != nil && own != w.load && own != w.store && (w.all || offset >= chipBase)
}

// value returns the scratch variable of a type.
func (w *raw) value(t byte) uint32 {
	for i, s := range rawTypes[1:] {
		if s == t {
			return w.scratch + 1 + uint32(i)
		}
	}
	return w.scratch
}

// code returns what takes the place of an access: plain is the instruction.
func (w *raw) code(op byte, offset uint32, plain []byte) []byte {
	a := accesses[op-opFirstLd]
	get := func(c []byte, local uint32) []byte { return appendU32(append(c, opLocalGet), local) }
	var c []byte
	if a.store {
		c = appendU32(append(c, opLocalSet), w.value(a.value))
	}
	if offset >= chipBase { // never memory
		c = appendU32(append(c, opLocalSet), w.scratch)
		return w.call(c, a, offset)
	}
	c = appendU32(append(c, opLocalTee), w.scratch)
	c = append(appendI32(append(c, opI32Const), memoryEnd), opI32LtU, opIf)
	if a.store {
		c = get(get(append(c, 0x40), w.scratch), w.value(a.value))
	} else {
		c = get(append(c, a.value), w.scratch)
	}
	c = append(append(c, plain...), opElse)
	return append(w.call(c, a, offset), opEnd)
}

// call appends the call of the runtime.
func (w *raw) call(c []byte, a access, offset uint32) []byte {
	addr := func(more uint32) {
		c = appendU32(append(c, opLocalGet), w.scratch)
		c = append(appendSigned(append(c, opI32Const), int32(offset+more)), opI32Add)
	}
	v := word{local: w.value(a.value), kind: a.value}
	words := []word{v}
	if a.size == 8 {
		high := v
		high.high = true
		words = append(words, high)
	}
	size := min(a.size, 4)
	if a.store {
		for i, v := range words {
			addr(4 * uint32(i))
			c = appendU32(append(appendI32(append(v.push(c), opI32Const), size), opCall), w.store)
		}
		return c
	}
	kind := size
	if a.sign && size < 4 {
		kind |= rawSigned
	}
	load := func(more uint32) {
		addr(more)
		c = appendU32(append(appendI32(append(c, opI32Const), kind), opCall), w.load)
	}
	load(0)
	switch {
	case a.size == 8:
		c = append(c, opI64ExtendU)
		load(4)
		c = append(c, opI64ExtendU, opI64Const, 32, opI64Shl, opI64Or)
		if a.value == typeF64 {
			c = append(c, opF64OfI64)
		}
	case a.value == typeF32:
		c = append(c, opF32OfI32)
	case a.value == typeI64 && a.sign:
		c = append(c, opI64ExtendS)
	case a.value == typeI64:
		c = append(c, opI64ExtendU)
	}
	return c
}

// withScratch returns the declarations of a function's local variables with the scratch variables behind them: n declarations are own,
// with locals variables, parameters included.
func (w *raw) withScratch(n uint32, own []byte, locals uint32) []byte {
	w.scratch = locals
	out := append(appendU32(nil, n+uint32(len(rawTypes))), own...)
	for _, t := range rawTypes {
		out = append(out, 1, t)
	}
	return out
}

// appendSigned appends v as a signed LEB128.
func appendSigned(b []byte, v int32) []byte {
	for {
		c := byte(v & 0x7F)
		v >>= 7
		if v == 0 && c&0x40 == 0 || v == -1 && c&0x40 != 0 {
			return append(b, c)
		}
		b = append(b, c|0x80)
	}
}
