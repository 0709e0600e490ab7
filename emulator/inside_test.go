package emulator

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A loop's number is read back from any depth of its stack, and from no other goroutine.
func TestCallingLoop(t *testing.T) {
	assert.Zero(t, callingLoop())
	for _, n := range []uint32{1, 2, 0x5555, 0xAAAAA, 1<<loopBits - 1} {
		for _, depth := range []int{0, 1, 50, 107, 108, 109, 127, 128, 129, 500} {
			numbered(n, loopBits, func() { assert.Equal(t, n, below(depth), "at depth %d", depth) })
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

// Do in callbacks: the device's own runs at once, another device's waits, and two that wait for each other panic.
func TestDoInCallbacks(t *testing.T) {
	a, err := New(Config{Name: "a"})
	require.NoError(t, err)
	defer func() { _ = a.Close() }()
	b, err := New(Config{Name: "b"})
	require.NoError(t, err)
	defer func() { _ = b.Close() }()
	order := ""
	require.NoError(t, a.Do(func() {
		require.NoError(t, a.Do(func() { order += "1" }))
		require.NoError(t, b.Do(func() {
			order += "2"
			assert.PanicsWithValue(t, "emulator: Device.Do was called in a callback of a device for which the other one waits in Do: "+
				"neither would ever return. Call the other device from a goroutine: go func() { _ = other.Do(fn) }()", func() { _ = a.Do(func() {}) })
		}))
		require.NoError(t, b.Do(func() { order += "3" }))
	}))
	assert.Equal(t, "123", order)
}

func BenchmarkCallingLoop(b *testing.B) {
	for b.Loop() {
		callingLoop()
	}
}

func BenchmarkDo(b *testing.B) {
	d, err := New(Config{})
	require.NoError(b, err)
	defer func() { _ = d.Close() }()
	for b.Loop() {
		_ = d.Do(func() {})
	}
}

func BenchmarkDoInside(b *testing.B) {
	d, err := New(Config{})
	require.NoError(b, err)
	defer func() { _ = d.Close() }()
	_ = d.Do(func() {
		for b.Loop() {
			_ = d.Do(func() {})
		}
	})
}
