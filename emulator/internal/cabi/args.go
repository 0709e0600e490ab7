package cabi

// Args are the arguments of a call of the SDK, as the engine's calling convention passes them.
type Args struct {
	// Words are the parameters from the first on, each in its low 32 bits; a parameter of 64 bits takes one word, too. One
	// that is not there, because the program declared the function without it, counts as 0.
	Words []uint64
	// More are the arguments of a function that takes a variable number of them, or a va_list (Function.Variable).
	More VarArgs
}

// VarArgs are variable arguments of 4 bytes each: some that came in registers, then those in memory.
type VarArgs struct {
	Registers []uint32
	Addr      uint32 // of the next one in memory
}

// none tells that no arguments were passed, where the calling convention tells it by address 0.
func (v VarArgs) none() bool { return len(v.Registers) == 0 && v.Addr == 0 }

// next takes the next argument.
func (s *SDK) next(v *VarArgs) uint32 {
	if len(v.Registers) > 0 {
		w := v.Registers[0]
		v.Registers = v.Registers[1:]
		return w
	}
	w := s.u32(v.Addr)
	v.Addr += 4
	return w
}

// u64 returns the parameter i, the first being 0.
func (a *Args) u64(i int) uint64 {
	if i >= len(a.Words) {
		return 0
	}
	return a.Words[i]
}

func (a *Args) u32(i int) uint32 { return uint32(a.u64(i)) }
func (a *Args) u16(i int) uint16 { return uint16(a.u64(i)) }
func (a *Args) u8(i int) uint8   { return uint8(a.u64(i)) }
