package soc

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// What reads the numbers of Config.Random as bytes has those of each number, the lowest first, and nothing twice.
func TestRandomWords(t *testing.T) {
	next := uint32(0x01020303)
	w := words(func() uint32 {
		next++
		return next
	})
	b := make([]byte, 5)
	n, err := w.Read(b)
	require.NoError(t, err)
	require.Equal(t, 5, n)
	require.Equal(t, []byte{4, 3, 2, 1, 5}, b)
	require.Equal(t, uint32(0x01020305), next)
}
