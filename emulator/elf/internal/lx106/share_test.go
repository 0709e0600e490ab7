package lx106

import (
	"bytes"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A program in instruction RAM overwrites its own next instruction: the new one is executed. Another device of the image does not see it.
func TestSelfModifyingCode(t *testing.T) {
	const base = IRAMBase + 0x40
	program := code(base,
		Inst{Op: OpS32i, S: 3, T: 2}, // overwrites the word at base+4, in which the movi lies
		Inst{Op: OpNop}, Inst{Op: OpMovi, T: 4, Imm: 1}, toTrap)
	m := NewImage()
	require.NoError(t, m.Add(base, program))
	changed := append([]byte(nil), program...)
	copy(changed[6:], code(base+6, Inst{Op: OpMovi, T: 4, Imm: 2}))
	run := func(c *CPU) uint32 {
		start(c, base)
		c.A[0], c.A[2], c.A[3] = TrapAddress, little.Uint32(changed[8:]), base+8
		require.Equal(t, Returned, c.Run().Reason)
		return c.A[4]
	}
	other := NewCPU(m, nil)
	other.A[2] = little.Uint32(program[8:])
	start(other, base)
	other.A[0], other.A[2], other.A[3] = TrapAddress, little.Uint32(program[8:]), base+8
	require.Equal(t, Returned, other.Run().Reason)
	assert.EqualValues(t, 1, other.A[4], "writing what is there already changes nothing")

	c := NewCPU(m, nil)
	assert.EqualValues(t, 2, run(c))
	assert.EqualValues(t, 2, run(c))
	start(other, base)
	other.A[0], other.A[2], other.A[3] = TrapAddress, little.Uint32(program[8:]), base+8
	require.Equal(t, Returned, other.Run().Reason)
	assert.EqualValues(t, 1, other.A[4])
}

// Blocks that jump into a page keep to the page that the device has, also when the page changes after they were linked, and when an
// instruction or a literal lies across pages.
func TestChangedPagesAreSeenFromOthers(t *testing.T) {
	const target = IRAMBase + pageSize // its first bytes end an instruction of the page before
	const from = target - 2
	m := NewImage()
	program := code(from, Inst{Op: OpMovi, T: 4, Imm: 1}, toTrap)
	require.NoError(t, m.Add(from, program))
	literal := Inst{Op: OpL32r, T: 5, Imm: target - pageSize}
	const testBase = target + pageSize
	require.NoError(t, m.Add(testBase, code(testBase, Inst{Op: OpJ, Imm: from})))
	require.NoError(t, m.Add(target+0x40, code(target+0x40, literal, toTrap)))
	require.NoError(t, m.Add(literal.Imm, []byte{1, 0, 0, 0}))
	devices := []*CPU{NewCPU(m, nil), NewCPU(m, nil)}
	check := func(c *CPU, movi, lit uint32) {
		t.Helper()
		for range 3 { // links are made in the first round, followed in the next
			c.A[4], c.A[5] = 0, 0
			_, s := start(c, testBase).Call(testBase)
			require.Equal(t, Returned, s.Reason)
			c.PC, c.A[0] = testBase, TrapAddress
			require.Equal(t, Returned, c.Run().Reason)
			require.Equal(t, movi, c.A[4])
			c.PC = target + 0x40
			require.Equal(t, Returned, c.Run().Reason)
			require.Equal(t, lit, c.A[5])
		}
	}
	for _, c := range devices {
		check(c, 1, 1)
	}
	write := func(c *CPU, addr, v uint32) { require.Equal(t, Allowed, c.store(addr, 4, v)) }
	next := code(from, Inst{Op: OpMovi, T: 4, Imm: 3}, toTrap)
	word := func(b []byte) uint32 { return uint32(b[2]) | uint32(b[3])<<8 | uint32(b[4])<<16 }
	write(devices[0], target, word(next))
	check(devices[0], 3, 1)
	check(devices[1], 1, 1)
	write(devices[0], literal.Imm, 9)
	check(devices[0], 3, 9)
	check(devices[1], 1, 1)
	write(devices[0], target, word(program))
	check(devices[0], 1, 9)
}

func TestSetFlashChangesOneDevicesProgram(t *testing.T) {
	m := NewImage()
	require.NoError(t, m.Add(testBase, code(testBase, countdown...)))
	a, b := start(NewCPU(m, nil), testBase), start(NewCPU(m, nil), testBase)
	for _, c := range []*CPU{a, b} {
		_, s := c.Call(testBase, 3)
		require.Equal(t, Returned, s.Reason)
	}
	a.SetFlash(testBase, code(testBase, Inst{Op: OpMovi, T: 2, Imm: 42}, toTrap))
	got, _ := a.Call(testBase, 3)
	assert.EqualValues(t, 42, got)
	got, _ = b.Call(testBase, 3)
	assert.EqualValues(t, 3<<32, got, "a2 is 0, a3 is 3")
	mem, cause := b.Readable(testBase)
	assert.Equal(t, Allowed, cause)
	assert.Equal(t, code(testBase, countdown...), mem[:12])
}

// Devices of one image decode and run at the same time, each on a goroutine of its own.
func TestDevicesShareAnImage(t *testing.T) {
	m := NewImage()
	require.NoError(t, m.Add(testBase, code(testBase, countdown...)))
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			c := start(NewCPU(m, nil), testBase)
			_, s := c.Call(testBase, uint32(1000+i))
			assert.Equal(t, Returned, s.Reason)
			assert.EqualValues(t, 3001+3*i, c.Instructions())
		})
	}
	wg.Wait()
}

func TestSnapshotAndRestore(t *testing.T) {
	const base = IRAMBase
	m := NewImage()
	require.NoError(t, m.Add(base, code(base, Inst{Op: OpMovi, T: 4, Imm: 1}, Inst{Op: OpS32i, S: 3, T: 2}, toTrap)))
	c := start(NewCPU(m, nil), base)
	c.A[0], c.A[2], c.A[3] = TrapAddress, 7, DRAMBase
	s := c.Snapshot()
	for range 2 {
		require.Equal(t, Returned, c.Run().Reason)
		v, _ := c.load(DRAMBase, 4)
		require.EqualValues(t, 7, v)
		require.Equal(t, Allowed, c.store(base, 4, 0))
		require.EqualValues(t, 3, c.Instructions())
		c.Restore(s)
		v, _ = c.load(DRAMBase, 4)
		require.Zero(t, v)
		require.Zero(t, c.Instructions())
	}
}

// A program that is entered at every byte of a page does not fill memory with what is decoded of it, and runs all the same.
func TestDecodedCodeIsBounded(t *testing.T) {
	m := NewImage()
	moves := bytes.Repeat([]byte{0x3D, 0x04}, pageSize/2) // mov.n a3, a4
	require.NoError(t, m.Add(testBase, moves))
	c := NewCPU(m, nil)
	for range 2 {
		for pc := uint32(testBase); pc < testBase+pageSize; pc++ {
			b, cause := c.lookup(pc)
			require.Equal(t, Allowed, cause)
			require.Equal(t, pc, b.pc)
		}
	}
	kept, instructions := 0, 0
	table := c.code[(testBase-codeBase)/pageSize].blocks.Load()
	for i := range table.at {
		if b := table.at[i].Load(); b != nil {
			kept++
			instructions += len(b.ins)
		}
	}
	assert.LessOrEqual(t, instructions, pageDecoded)
	assert.Less(t, kept, pageSize, "the bound was not reached: the test is worth nothing")
	start(c, testBase+pageSize-200)
	c.Refuel(100)
	require.Equal(t, Budget, c.Run().Reason)
	assert.EqualValues(t, testBase+pageSize, c.PC)
}
