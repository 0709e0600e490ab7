package lx106

// Access is a load or a store of an instruction. Size 0: none.
type Access struct {
	Addr, Size uint32
	Store      bool
}

// NextAccess returns what the instruction at PC will load or store. A debugger with watch points asks before each Step, so that Run
// need not know of them.
func (c *CPU) NextAccess() Access {
	if c.PC-codeBase >= codeSize {
		return Access{}
	}
	in := c.fetch(c.PC)
	addr := c.registers[in.S] + in.Imm
	switch in.Op {
	case OpL8ui:
		return Access{addr, 1, false}
	case OpL16ui, OpL16si:
		return Access{addr, 2, false}
	case OpL32i:
		return Access{addr, 4, false}
	case OpL32r:
		return Access{c.literal(in, c.PC), 4, false}
	case OpS8i:
		return Access{addr, 1, true}
	case OpS16i:
		return Access{addr, 2, true}
	case OpS32i:
		return Access{addr, 4, true}
	}
	return Access{}
}
