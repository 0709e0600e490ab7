package lx106

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// interruptible returns a CPU whose user vector notes when it was entered, and lets note decide what happens.
func interruptible(t *testing.T, note func(c *CPU), program ...Inst) *CPU {
	m := NewImage()
	require.NoError(t, m.Add(testBase, code(testBase, program...)))
	m.Hook(ROMBase + vectorUser)
	m.Hook(ROMBase + vectorNMI)
	c := NewCPU(m, nil)
	c.SetHook(ROMBase+vectorUser, func(c *CPU) {
		note(c)
		c.ReturnFromException()
	})
	return start(c, testBase)
}

func TestTimerInterruptsAtItsCycle(t *testing.T) {
	var at []uint64
	c := interruptible(t, func(c *CPU) {
		assert.EqualValues(t, Level1Interrupt, c.Special(EXCCAUSE))
		assert.EqualValues(t, 1<<timerInterrupt, c.Special(INTERRUPT))
		at = append(at, c.Instructions())
		c.SetSpecial(CCOMPARE0, c.Special(CCOMPARE0)+100)
	}, countdown...)
	c.A[0], c.A[2] = TrapAddress, 100
	c.SetSpecial(INTENABLE, 1<<timerInterrupt)
	c.SetSpecial(CCOMPARE0, 100)
	require.Equal(t, Returned, c.Run().Reason)
	assert.EqualValues(t, 100, c.A[3], "the program does not notice")
	assert.Equal(t, []uint64{101, 201, 301}, at, "each with the hook itself")
}

func TestMaskedInterruptsWait(t *testing.T) {
	entered := 0
	c := interruptible(t, func(c *CPU) { entered++; c.Interrupt(4, false) },
		Inst{Op: OpRsil, T: 4, Imm: 1}, Inst{Op: OpMovi, T: 5, Imm: 1}, Inst{Op: OpMovi, T: 5, Imm: 2},
		Inst{Op: OpWsr, T: 4, Imm: uint32(PS)}, Inst{Op: OpMovi, T: 5, Imm: 3}, toTrap)
	c.A[0] = TrapAddress
	c.SetSpecial(INTENABLE, 1<<4)
	for range 2 {
		c.Step()
	}
	c.Interrupt(4, true)
	c.Refuel(1)
	require.Equal(t, Budget, c.Run().Reason)
	assert.Zero(t, entered)
	c.Refuel(1000)
	require.Equal(t, Returned, c.Run().Reason)
	assert.Equal(t, 1, entered)
	assert.EqualValues(t, 3, c.A[5])
}

func TestWaitiWaitsForAnInterrupt(t *testing.T) {
	entered := 0
	c := interruptible(t, func(c *CPU) { entered++; c.SetSpecial(INTCLEAR, 1<<9) },
		Inst{Op: OpWaiti}, Inst{Op: OpMovi, T: 5, Imm: 3}, toTrap)
	c.A[0] = TrapAddress
	c.SetSpecial(INTENABLE, 1<<9|1<<timerInterrupt)
	for range 3 {
		require.Equal(t, Waiting, c.Run().Reason)
	}
	c.Interrupt(9, true)
	c.Interrupt(9, false) // an edge: it stays
	require.Equal(t, Returned, c.Run().Reason)
	assert.Equal(t, 1, entered)
	assert.EqualValues(t, 3, c.A[5])

	// Time that passes ends it as well, by the timer.
	start(c, testBase)
	c.SetSpecial(CCOMPARE0, c.Special(CCOUNT)+5000)
	require.Equal(t, Waiting, c.Run().Reason)
	before := c.Instructions()
	c.Idle(4998) // waiti took one
	require.Equal(t, Waiting, c.Run().Reason)
	c.Idle(1)
	c.Refuel(3)
	c.Run()
	assert.Equal(t, 4, entered, "the handler does not clear the timer")
	assert.EqualValues(t, before+3, c.Instructions(), "Idle is no instruction")
}

func TestNMIComesThroughMasks(t *testing.T) {
	c := interruptible(t, nil, countdown...)
	nmi := 0
	c.SetHook(ROMBase+vectorNMI, func(c *CPU) {
		nmi++
		assert.EqualValues(t, 3|psEXCM|psUM, c.Special(PS))
		c.PC = c.Special(EPC3)
		c.SetSpecial(PS, c.Special(EPS3))
	})
	c.A[0], c.A[2] = TrapAddress, 5
	c.SetSpecial(PS, psUM|2)
	c.Interrupt(14, true)
	require.Equal(t, Returned, c.Run().Reason)
	assert.Equal(t, 1, nmi)
	assert.EqualValues(t, psUM|2, c.Special(PS))
}

// An input that a hook raises interrupts before the next instruction, and one that a register's write raises before the next block.
func TestInterruptFromInside(t *testing.T) {
	m := NewImage()
	require.NoError(t, m.Add(testBase, code(testBase, Inst{Op: OpS32i, S: 3, T: 2}, Inst{Op: OpAddi, S: 4, T: 4, Imm: 1},
		Inst{Op: OpJ, Imm: testBase})))
	m.Hook(ROMBase + vectorUser)
	var c *CPU
	c = start(NewCPU(m, raiser(func() { c.Interrupt(4, true) })), testBase)
	c.SetHook(ROMBase+vectorUser, (*CPU).Halt)
	c.SetSpecial(INTENABLE, 1<<4)
	c.A[3] = 0x60000300
	require.Equal(t, Halted, c.Run().Reason)
	assert.EqualValues(t, 1, c.A[4])
	assert.EqualValues(t, 4, c.Instructions())
}

type raiser func()

func (r raiser) Load(addr, size uint32) (uint32, bool) { return 0, false }
func (r raiser) Store(addr, size, v uint32) bool       { r(); return true }
