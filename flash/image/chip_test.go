package image_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/flash"
)

// newChip returns an erased chip of 512 KB.
func newChip(t testing.TB) *flash.Chip {
	t.Helper()
	c, err := flash.New(512 << 10)
	require.NoError(t, err)
	return c
}

// content returns the whole chip.
func content(t require.TestingT, d flash.Device) []byte {
	b := make([]byte, d.Size())
	_, err := d.ReadAt(b, 0)
	require.NoError(t, err)
	return b
}
