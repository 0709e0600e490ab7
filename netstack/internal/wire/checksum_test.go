package wire

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// slowSum adds as RFC 1071 describes it: 16 bits at a time, carries at the end.
func slowSum(data []byte) uint16 {
	var v uint32
	for k, x := range data {
		v += uint32(x) << (8 * (1 - k%2))
	}
	for v > 0xffff {
		v = v>>16 + v&0xffff
	}
	return uint16(v)
}

func TestSumIsTheSumOf16BitWords(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for n := range 1600 {
		data := make([]byte, n)
		for k := range data {
			data[k] = byte(rng.Uint32()) | byte(n%3*255) // a third of them all ones
		}
		require.Equal(t, slowSum(data), Fold(Sum(data, 0)), "%d bytes", n)
	}
}

func TestSumGoesOn(t *testing.T) {
	data := []byte{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}
	require.Equal(t, Fold(Sum(data, 0)), Fold(Sum(data[6:], Sum(data[:6], 0))))
}
