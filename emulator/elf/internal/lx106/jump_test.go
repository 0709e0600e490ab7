package lx106

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Targets of jumps through registers are remembered: two that share a place are told apart, and code that has changed is seen.
func TestJumpsFindTheirTargets(t *testing.T) {
	const first, second = testBase + 0x100, testBase + 0x100 + 2*jumpCache
	m := NewImage()
	require.NoError(t, m.Add(testBase, code(testBase, Inst{Op: OpNop}, Inst{Op: OpJx, S: 3})))
	for n, at := range []uint32{first, second} {
		require.NoError(t, m.Add(at, code(at, Inst{Op: OpMovi, T: 4, Imm: uint32(n + 1)}, toTrap)))
	}
	c := NewCPU(m, nil)
	check := func(target, want uint32) {
		t.Helper()
		for range 3 { // decoded, remembered, found
			start(c, testBase)
			c.A[0], c.A[3] = TrapAddress, target
			require.Equal(t, Returned, c.Run().Reason)
			require.Equal(t, want, c.A[4])
		}
	}
	for range 2 {
		check(second, 2)
		check(first, 1)
	}
	c.SetFlash(first, code(first, Inst{Op: OpMovi, T: 4, Imm: 3}, toTrap))
	check(first, 3)
	check(second, 2)
}

// A word of code is read where it begins only.
func TestUnalignedWordOfCode(t *testing.T) {
	for skip := range uint32(4) {
		c := load(t, testBase, Inst{Op: OpL32i, S: 3, T: 4}, toTrap)
		c.A[0], c.A[3] = TrapAddress, testBase+skip
		s := c.Run()
		if skip == 0 {
			assert.Equal(t, Returned, s.Reason)
			assert.Equal(t, little.Uint32(append(code(testBase, Inst{Op: OpL32i, S: 3, T: 4}), byte(code(testBase, toTrap)[0]))), c.A[4])
			continue
		}
		assert.Equal(t, Stop{Exception, LoadStoreAlignment, testBase, s.Addr}, s)
	}
}
