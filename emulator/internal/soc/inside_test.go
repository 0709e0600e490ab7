package soc

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// A loop's number is read back from any depth of its stack, and from no other goroutine.
func TestCallingLoop(t *testing.T) {
	assert.Zero(t, callingLoop())
	for _, n := range []uint32{1, 2, 0x5555, 0xAAAAA, 1<<(4*loopDigits) - 1} {
		for _, depth := range []int{0, 1, 50, 107, 108, 109, 127, 128, 129, 500} {
			numbered(n, loopDigits, func() { assert.Equal(t, n, below(depth), "at depth %d", depth) })
		}
	}
}

//go:noinline
func below(depth int) uint32 {
	if depth > 0 {
		return below(depth - 1)
	}
	return callingLoop()
}

// A number is given to one loop at a time.
func TestLoopNumbers(t *testing.T) {
	first := newLoop()
	loops.Lock()
	loops.last = first - 1
	loops.Unlock()
	second := newLoop()
	assert.NotEqual(t, first, second)
	endLoop(first)
	endLoop(second)
}

func BenchmarkCallingLoop(b *testing.B) {
	for b.Loop() {
		callingLoop()
	}
}
