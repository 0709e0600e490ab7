package cdebug

// Frame is a function under way on the machine: where it is and what its registers hold. Calls that were inlined share one (Scopes).
type Frame struct {
	// PC is the next instruction of the innermost frame; of the others, the address that the call returns to.
	PC     uint64
	Caller bool // PC is a return address
	// Registers by their numbers in the debug information. Known has a bit for each that is known: a caller's other registers are lost.
	Registers [16]uint32
	Known     uint16
	// CFA is the stack pointer before the call of the function, if HasCFA.
	CFA    uint32
	HasCFA bool
	// Base is what the function's variables count from in WebAssembly, where it lies in a local variable of the machine, if HasBase.
	Base    uint32
	HasBase bool
}

// At returns the address that says where in C the frame is.
func (f *Frame) At() uint64 {
	if f.Caller && f.PC > 0 {
		return f.PC - 1
	}
	return f.PC
}

// register returns what a register holds.
func (f *Frame) register(n uint64) (v uint32, known bool) {
	if f == nil || n >= uint64(len(f.Registers)) {
		return 0, false
	}
	return f.Registers[n], f.Known>>n&1 == 1
}

// set sets a register.
func (f *Frame) set(n uint64, v uint32) {
	f.Registers[n] = v
	f.Known |= 1 << n
}
