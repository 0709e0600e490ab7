package module

// The smallest number divided by -1 traps in WebAssembly and is itself on the chip (lx106.md 6). Instrument makes calls of the runtime
// (rt/rt.c) of divisions with a sign, where a module has those functions, but for those by a constant, which the compiler has looked at.

// divideNames are the functions by the instructions whose place they take, divideTypes what these divide.
var (
	divideNames = map[byte]string{opI32DivS: "esp_div_s32", opI64DivS: "esp_div_s64"}
	divideTypes = map[byte]byte{opI32DivS: typeI32, opI64DivS: typeI64}
)

// divide finds the runtime's functions, by instruction; nil if the module does not have both.
func (m *Module) divide() map[byte]uint32 {
	functions := map[byte]uint32{}
	for op, name := range divideNames {
		t := divideTypes[op]
		f, ok := m.function(name, Signature{[]byte{t, t}, []byte{t}})
		if !ok {
			return nil
		}
		functions[op] = f
	}
	return functions
}

// divided returns what takes the place of a division in the function own, behind the instruction last; nil: it stays.
func (w *weaver) divided(op, last byte, own uint32) []byte {
	f, ok := w.divide[op]
	if !ok || last == opI32Const || last == opI64Const || own == w.divide[opI32DivS] || own == w.divide[opI64DivS] {
		return nil
	}
	return appendU32([]byte{opCall}, f)
}
