package x509

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// TestLength: lengths of 1 to 5 bytes, minimal or not, up to the very end (tls.md 3.2).
func TestLength(t *testing.T) {
	for _, c := range []struct {
		name   string
		b      []byte
		n      int
		code   int
		behind int // the position after it
	}{
		{"nothing", nil, 0, asnOutOfData, 0},
		{"zero at the end", []byte{0}, 0, 0, 1},
		{"zero in a long form at the end", []byte{0x81, 0}, 0, 0, 2},
		{"zero in the longest form at the end", []byte{0x84, 0, 0, 0, 0}, 0, 0, 5},
		{"long form cut off", []byte{0x81}, 0, asnOutOfData, 0},
		{"longest form cut off", []byte{0x84, 0, 0, 0}, 0, asnOutOfData, 0},
		{"one byte", []byte{1, 7}, 1, 0, 1},
		{"one byte in a long form", []byte{0x82, 0, 1, 7}, 1, 0, 3},
		{"one byte that is not there", []byte{1}, 0, asnOutOfData, 1},
		{"one byte in a long form that is not there", []byte{0x81, 1}, 0, asnOutOfData, 2},
		{"indefinite", []byte{0x80, 0, 0}, 0, asnInvalidLength, 0},
		{"five length bytes", []byte{0x85, 0, 0, 0, 0, 0}, 0, asnInvalidLength, 0},
		{"greater than all there is", []byte{0x84, 0xFF, 0xFF, 0xFF, 0xFF}, 0, asnOutOfData, 5},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := &walk{b: c.b}
			n, code := w.length(len(c.b))
			assert.Equal(t, []int{c.n, c.code, c.behind}, []int{n, code, w.p})
		})
	}
}
