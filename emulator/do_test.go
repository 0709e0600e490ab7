package emulator_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
)

// Do in callbacks: the device's own runs at once, another device's waits, and two that wait for each other panic.
func TestDoInCallbacks(t *testing.T) {
	a, err := emulator.New(emulator.Config{Name: "a"})
	require.NoError(t, err)
	defer func() { _ = a.Close() }()
	b, err := emulator.New(emulator.Config{Name: "b"})
	require.NoError(t, err)
	defer func() { _ = b.Close() }()
	order := ""
	require.NoError(t, a.Do(func() {
		require.NoError(t, a.Do(func() { order += "1" }))
		require.NoError(t, b.Do(func() {
			order += "2"
			assert.PanicsWithValue(t, "emulator: Device.Do was called in a callback of a device for which the other one waits in Do: "+
				"neither would ever return. Call the other device from a goroutine: go func() { _ = other.Do(fn) }()", func() {
				_ = a.Do(func() {})
			})
		}))
		require.NoError(t, b.Do(func() { order += "3" }))
	}))
	assert.Equal(t, "123", order)
}

func BenchmarkDo(b *testing.B) {
	d, err := emulator.New(emulator.Config{})
	require.NoError(b, err)
	defer func() { _ = d.Close() }()
	for b.Loop() {
		_ = d.Do(func() {})
	}
}

func BenchmarkDoInside(b *testing.B) {
	d, err := emulator.New(emulator.Config{})
	require.NoError(b, err)
	defer func() { _ = d.Close() }()
	_ = d.Do(func() {
		for b.Loop() {
			_ = d.Do(func() {})
		}
	})
}
