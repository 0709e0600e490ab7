package lx106

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// testBase is where the tests put programs: in flash, so that they cannot change them by accident.
const testBase = FlashBase + 0x10000

// load makes a CPU with a program at base, its stack pointer set and a large budget.
func load(t testing.TB, base uint32, ins ...Inst) *CPU {
	t.Helper()
	m := NewImage()
	require.NoError(t, m.Add(base, code(base, ins...)))
	return start(NewCPU(m, nil), base)
}

func start(c *CPU, pc uint32) *CPU {
	c.PC, c.A[1] = pc, DRAMBase+DRAMSize-0x100
	c.Refuel(1_000_000)
	return c
}

// toTrap ends a test program: a0 holds TrapAddress when it begins with a0 as Call leaves it.
var toTrap = Inst{Op: OpRet}
