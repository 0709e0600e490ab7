package mbedtls

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// The table of a modular exponentiation has an entry for each odd power that its window, of 6 bits at most, can hold (tls.md 4.1).
func TestWindow(t *testing.T) {
	for bits, want := range map[int]int{1: 1, 23: 1, 24: 4, 79: 4, 80: 8, 239: 8, 240: 16, 671: 16, 672: 32, 8192: 32} {
		assert.Equal(t, want, window(bits), "%d bits", bits)
	}
}
