package module

// Conversions of a float to a number without a fraction that C leaves open, NaN and what does not fit, come out otherwise in
// WebAssembly than on the chip (lx106.md 6). Instrument makes calls of the runtime of them (rt/rt.c), where a module has those functions.
// The compiler's flag -mnontrapping-fptoint makes one instruction of each conversion; without it, it writes a comparison around
// another instruction, which stays. Deviation: GCC makes a char or short of a float that does not fit by cutting the int; clang leaves
// the upper bits in until it is stored.

// fixNames are the functions, in the order of WebAssembly's numbers behind opMisc: each takes two, from a float and from a double.
var fixNames = []string{"esp_fix_s32", "esp_fix_u32", "esp_fix_s64", "esp_fix_u64"}

// fix finds the runtime's functions; nil if the module does not have them all.
func (m *Module) fix() (functions []uint32) {
	for i, name := range fixNames {
		result := byte(typeI32)
		if i >= 2 {
			result = typeI64
		}
		f, ok := m.function(name, Signature{[]byte{typeF64}, []byte{result}})
		if !ok {
			return nil
		}
		functions = append(functions, f)
	}
	return functions
}

// fixed returns what takes the place of the conversion with number n behind opMisc in the function own; nil: it stays. Bit 0 of n is the
// sign's absence, bit 1 a double, bit 2 a result of 64 bits.
func (w *weaver) fixed(n, own uint32) []byte {
	if n > lastSaturating || len(w.fix) == 0 {
		return nil
	}
	for _, f := range w.fix {
		if own == f {
			return nil
		}
	}
	var c []byte
	if n&2 == 0 {
		c = append(c, opF64OfSmall)
	}
	return appendU32(append(c, opCall), w.fix[n>>2<<1|n&1])
}
