package lx106

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// countdown is a loop of 3 instructions: a2 times.
var countdown = []Inst{
	{Op: OpAddi, S: 3, T: 3, Imm: 1},
	{Op: OpAddi, S: 2, T: 2, Imm: 0xFFFFFFFF},
	{Op: OpBnez, S: 2, Imm: testBase},
	toTrap,
}

func TestInstructionsAreCountedExactly(t *testing.T) {
	c := load(t, testBase, countdown...)
	result, s := c.Call(testBase, 1000)
	require.Equal(t, Returned, s.Reason)
	assert.EqualValues(t, 1000<<32, result, "a2 is 0, a3 counts")
	assert.EqualValues(t, 3001, c.Instructions())
	assert.EqualValues(t, 1_000_000-3001, c.Left())
}

// Whatever the budget is, Run ends after just as many instructions, and going on gives the same as going through.
func TestBudgetEndsInsideABlock(t *testing.T) {
	for budget := int64(0); budget < 40; budget++ {
		c := load(t, testBase, countdown...)
		c.A[2], c.A[0] = 10, TrapAddress
		c.Refuel(budget)
		s := c.Run()
		want := min(budget, 31)
		require.EqualValues(t, want, c.Instructions())
		if budget < 31 {
			require.Equal(t, Budget, s.Reason, "budget %d", budget)
			require.EqualValues(t, (want+2)/3, c.A[3])
		}
		c.Refuel(1000)
		if budget < 31 {
			require.Equal(t, Returned, c.Run().Reason)
		}
		require.EqualValues(t, 10, c.A[3])
		require.EqualValues(t, 31, c.Instructions())
	}
}

// caller is a register whose store calls a function of the program, as an interrupt's handler.
type caller struct {
	c *CPU
	f uint32
}

func (*caller) Load(uint32, uint32) (uint32, bool) { return 0, true }
func (p *caller) Store(uint32, uint32, uint32) bool {
	_, s := p.c.Call(p.f)
	return s.Reason == Returned
}

// A register whose store calls the program leaves the instructions behind the store as they are: the function that stored goes on.
func TestRegisterThatCalls(t *testing.T) {
	const handler = testBase + 0x100
	m := NewImage()
	require.NoError(t, m.Add(testBase, code(testBase,
		Inst{Op: OpS32i, S: 3, T: 2}, Inst{Op: OpAddi, S: 2, T: 2, Imm: 1}, Inst{Op: OpAddi, S: 2, T: 2, Imm: 10},
		Inst{Op: OpAddi, S: 2, T: 2, Imm: 100}, toTrap)))
	require.NoError(t, m.Add(handler, code(handler, Inst{Op: OpMovi, T: 2, Imm: 7}, Inst{Op: OpL32i, S: 3, T: 4},
		Inst{Op: OpMovi, T: 4, Imm: 7}, toTrap)))
	p := &caller{f: handler}
	p.c = start(NewCPU(m, p), testBase)
	result, s := p.c.Call(testBase, 5, 0x60000000)
	require.Equal(t, Returned, s.Reason)
	assert.EqualValues(t, 116, uint32(result))
}

// A Call whose budget is spent goes on where whoever is asked has refuelled the CPU, and gives the result that it would have given at once.
func TestSpentBudgetIsRefuelled(t *testing.T) {
	c := load(t, testBase, countdown...)
	asked := 0
	c.OnSpent(func() bool {
		asked++
		c.Refuel(100)
		return asked < 20
	})
	c.Refuel(100)
	_, s := c.Call(testBase, 500) // 1,501 instructions
	assert.Equal(t, Returned, s.Reason)
	assert.Equal(t, 15, asked)
	asked = 0
	c.Refuel(100)
	_, s = c.Call(testBase, 5000)
	assert.Equal(t, Budget, s.Reason)
	assert.Equal(t, 20, asked)
}

func TestStepExecutesOneInstruction(t *testing.T) {
	c := load(t, testBase, countdown...)
	c.A[2], c.A[0] = 2, TrapAddress
	var pcs []uint32
	for c.PC != TrapAddress {
		pcs = append(pcs, c.PC-testBase)
		_, ok := c.Step()
		require.True(t, ok)
		require.Less(t, len(pcs), 10)
	}
	assert.Equal(t, []uint32{0, 3, 6, 0, 3, 6, 9}, pcs)
	s, ok := c.Step()
	assert.False(t, ok)
	assert.Equal(t, Returned, s.Reason)
	assert.EqualValues(t, 1_000_000-7, c.Left())
}

// A function of Go stands in for one of the program, reads its arguments, also those on the stack, calls the program and gives a result.
func TestHook(t *testing.T) {
	const hooked, callback = testBase + 0x100, testBase + 0x200
	m := NewImage()
	require.NoError(t, m.Add(testBase, code(testBase,
		Inst{Op: OpMov, S: 0, T: 12}.wide(), Inst{Op: OpCall0, Imm: hooked}, Inst{Op: OpAddi, S: 2, T: 2, Imm: 1},
		Inst{Op: OpOr, R: 0, S: 12, T: 12}, toTrap)))
	require.NoError(t, m.Add(hooked, code(hooked, Inst{Op: OpMovi, T: 2, Imm: 77}, toTrap)))
	require.NoError(t, m.Add(callback, code(callback, Inst{Op: OpL32i, S: 1, T: 2, Imm: 4}, Inst{Op: OpAdd, R: 2, S: 2, T: 3}, toTrap)))
	m.Hook(hooked)
	c := start(NewCPU(m, nil), testBase)
	result, s := c.Call(testBase)
	require.Equal(t, Returned, s.Reason)
	assert.EqualValues(t, 78, result, "without a function, the program's own runs")
	assert.EqualValues(t, 7, c.Instructions())

	var args []uint32
	c.SetHook(hooked, func(c *CPU) {
		for i := range 8 {
			args = append(args, c.Arg(i))
		}
		r, s := c.Call(callback, 0, 5, 0, 0, 0, 0, 20, 30)
		assert.Equal(t, Returned, s.Reason)
		c.Return(uint32(r))
	})
	result, s = c.Call(testBase, 1, 2, 3, 4, 5, 6, 7, 8)
	require.Equal(t, Returned, s.Reason)
	assert.EqualValues(t, 36, uint32(result))
	assert.Equal(t, []uint32{1, 2, 3, 4, 5, 6, 7, 8}, args)
	assert.EqualValues(t, 7+5+1+3, c.Instructions(), "a hook counts as one")

	c.SetHook(hooked, (*CPU).Halt)
	_, s = c.Call(testBase)
	assert.Equal(t, Stop{Reason: Halted, PC: hooked}, s)
}

// wide replaces narrow forms by wide ones with the same effect.
func (in Inst) wide() Inst {
	if in.Op == OpMov {
		return Inst{Op: OpOr, R: in.T, S: in.S, T: in.S}
	}
	return in
}

// An exception goes to the vector of the program, or to a hook there, which may go back behind the instruction.
func TestExceptionVectors(t *testing.T) {
	program := []Inst{{Op: OpMovi, T: 2, Imm: 5}, {Op: OpSyscall}, {Op: OpAddi, S: 2, T: 2, Imm: 1}, toTrap}
	t.Run("code", func(t *testing.T) {
		m := NewImage()
		require.NoError(t, m.Add(testBase, code(testBase, program...)))
		vector := ROMBase + vectorUser
		require.NoError(t, m.Add(vector, code(vector, Inst{Op: OpRsr, T: 4, Imm: uint32(EPC1)}, Inst{Op: OpAddi, S: 4, T: 4, Imm: 3},
			Inst{Op: OpWsr, T: 4, Imm: uint32(EPC1)}, Inst{Op: OpRsr, T: 5, Imm: uint32(EXCCAUSE)},
			Inst{Op: OpRsr, T: 6, Imm: uint32(PS)}, Inst{Op: OpRfe})))
		c := start(NewCPU(m, nil), testBase)
		c.A[0] = TrapAddress
		require.Equal(t, Returned, c.Run().Reason)
		assert.Equal(t, []uint32{6, 0, testBase + 6, uint32(Syscall), psUM | psEXCM}, c.A[2:7])
		assert.EqualValues(t, psUM, c.Special(PS))
		assert.EqualValues(t, 10, c.Instructions())
	})
	t.Run("hook", func(t *testing.T) {
		m := NewImage()
		require.NoError(t, m.Add(testBase, code(testBase, program...)))
		m.Hook(ROMBase + vectorUser)
		c := NewCPU(m, nil)
		c.SetHook(ROMBase+vectorUser, func(c *CPU) {
			assert.EqualValues(t, Syscall, c.Special(EXCCAUSE))
			c.SetSpecial(EPC1, c.Special(EPC1)+3)
			c.ReturnFromException()
		})
		result, s := start(c, 0).Call(testBase)
		require.Equal(t, Returned, s.Reason)
		assert.EqualValues(t, 6, result)
	})
	t.Run("nothing", func(t *testing.T) {
		c := load(t, testBase, program...)
		_, s := c.Call(testBase)
		assert.Equal(t, Stop{Exception, Syscall, testBase + 3, 0}, s)
		assert.EqualValues(t, testBase+3, c.Special(EPC1))
		assert.EqualValues(t, 5, c.A[2], "the registers are those of the place where it happened")
	})
	t.Run("double", func(t *testing.T) {
		c := load(t, testBase, program...)
		c.SetSpecial(PS, psUM|psEXCM)
		_, s := c.Call(testBase)
		assert.Equal(t, Stop{Exception, Syscall, testBase + 3, 0}, s)
		assert.EqualValues(t, testBase+3, c.Special(DEPC))
		assert.Zero(t, c.Special(EPC1))
	})
}

// An exception in the middle of a block leaves what stands before it done and what stands behind it undone.
func TestExceptionInsideABlock(t *testing.T) {
	c := load(t, testBase, Inst{Op: OpMovi, T: 4, Imm: 1}, Inst{Op: OpL32i, S: 3, T: 5}, Inst{Op: OpMovi, T: 4, Imm: 2}, toTrap)
	c.A[3] = 0x40
	require.Equal(t, Stop{Exception, LoadProhibited, testBase + 3, 0x40}, c.Run())
	assert.EqualValues(t, 1, c.A[4])
	assert.EqualValues(t, 2, c.Instructions(), "the one that failed took its time")
}

// A handler that raises the exception that it is for does so for ever: the budget ends that too.
func TestEndlessExceptionsEnd(t *testing.T) {
	m := NewImage()
	require.NoError(t, m.Add(ROMBase+vectorDouble, code(ROMBase+vectorDouble, Inst{Op: OpSyscall})))
	c := start(NewCPU(m, nil), ROMBase+vectorDouble)
	c.SetSpecial(PS, psEXCM)
	assert.Equal(t, Budget, c.Run().Reason)
	assert.EqualValues(t, 1_000_000, c.Instructions())
}

// Data near a vector, with nothing at the vector itself, is no handler.
func TestVectorWithoutInstructionStops(t *testing.T) {
	m := NewImage()
	require.NoError(t, m.Add(ROMBase, make([]byte, 0x100)))
	require.NoError(t, m.Add(testBase, code(testBase, Inst{Op: OpSyscall})))
	c := start(NewCPU(m, nil), testBase)
	assert.Equal(t, Stop{Exception, Syscall, testBase, 0}, c.Run())
}
