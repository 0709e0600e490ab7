package lx106

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Pieces are counted where they begin, whatever blocks the program is cut into; the program and its count of instructions stay as without.
func TestCover(t *testing.T) {
	for _, budget := range []int64{1_000_000, 1, 2, 7} { // at once, or in so many instructions at a time
		m := NewImage()
		require.NoError(t, m.Add(testBase, code(testBase, countdown...)))
		m.Cover([]uint32{testBase, testBase + 6, testBase + 9, testBase + 100})
		c := start(NewCPU(m, nil), testBase)
		c.A[2], c.A[0] = 10, TrapAddress
		s := Stop{Reason: Budget}
		for s.Reason == Budget {
			c.Refuel(budget)
			s = c.Run()
		}
		require.Equal(t, Returned, s.Reason)
		assert.EqualValues(t, 10, c.A[3])
		assert.EqualValues(t, 31, c.Instructions())
		for n, want := range []uint64{10, 10, 1, 0} {
			assert.Equal(t, want, c.Covered(n), "piece %d, %d at a time", n, budget)
		}
	}
	m := NewImage()
	require.NoError(t, m.Add(testBase, code(testBase, countdown...)))
	m.Cover([]uint32{testBase, testBase + 6})
	c := start(NewCPU(m, nil), testBase+3)
	c.A[2], c.A[0] = 1, TrapAddress
	require.Equal(t, Returned, c.Run().Reason)
	assert.EqualValues(t, 1, c.Covered(0), "entered in the middle only")
	assert.Panics(t, func() { m.Cover(nil) })
}
