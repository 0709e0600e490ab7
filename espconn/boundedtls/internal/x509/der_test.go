package x509

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// TestLength: every form of a length at its edges: the last byte that is there, one that is not, and what lies beyond the bound
// although the buffer goes on (tls.md 3.2).
func TestLength(t *testing.T) {
	for name, r := range map[string]struct {
		b    []byte
		end  int // 0: all
		n    int
		code int
		p    int // position afterwards
	}{
		"nothing":                     {[]byte{}, 0, 0, asnOutOfData, 0},
		"zero, short":                 {[]byte{0}, 0, 0, 0, 1},
		"zero, long, at the very end": {[]byte{0x81, 0}, 0, 0, 0, 2},
		"zero, four bytes long":       {[]byte{0x84, 0, 0, 0, 0}, 0, 0, 0, 5},
		"one, and there":              {[]byte{1, 9}, 0, 1, 0, 1},
		"one, and missing":            {[]byte{1}, 0, 0, asnOutOfData, 1},
		"one, beyond the bound":       {[]byte{1, 9}, 1, 0, asnOutOfData, 1},
		"long, cut":                   {[]byte{0x82, 0}, 0, 0, asnOutOfData, 0},
		"long, cut by the bound":      {[]byte{0x82, 0, 0}, 2, 0, asnOutOfData, 0},
		"two bytes, and there":        {[]byte{0x82, 0, 2, 9, 9}, 0, 2, 0, 3},
		"two bytes, one missing":      {[]byte{0x82, 0, 3, 9, 9}, 0, 0, asnOutOfData, 3},
		"indefinite":                  {[]byte{0x80, 0, 0}, 0, 0, asnInvalidLength, 0},
		"five bytes":                  {[]byte{0x85, 0, 0, 0, 0, 0}, 0, 0, asnInvalidLength, 0},
		"all of 32 bits":              {[]byte{0x84, 0xFF, 0xFF, 0xFF, 0xFF}, 0, 0, asnOutOfData, 5},
		"127, short":                  {append([]byte{127}, make([]byte, 127)...), 0, 127, 0, 1},
		"128, long":                   {append([]byte{0x81, 128}, make([]byte, 128)...), 0, 128, 0, 2},
	} {
		w := walk{b: r.b}
		end := r.end
		if end == 0 {
			end = len(r.b)
		}
		n, code := w.length(end)
		assert.Equal(t, []int{r.n, r.code, r.p}, []int{n, code, w.p}, name)
	}
}

// TestFields: the small types at their edges.
func TestFields(t *testing.T) {
	integer := func(b ...byte) []int {
		w := walk{b: b}
		v, code := w.integer(len(b))
		return []int{int(v), code}
	}
	assert.Equal(t, []int{0x7FFFFFFF, 0}, integer(tagInteger, 4, 0x7F, 0xFF, 0xFF, 0xFF))
	assert.Equal(t, []int{0, asnInvalidLength}, integer(tagInteger, 5, 0, 0, 0, 0, 1))
	assert.Equal(t, []int{0, asnInvalidLength}, integer(tagInteger, 1, 0x80))
	assert.Equal(t, []int{0, 0}, integer(tagInteger, 0))
	assert.Equal(t, []int{0, asnUnexpectedTag}, integer(tagBoolean, 1, 1))
	assert.Equal(t, []int{0, asnOutOfData}, integer())

	boolean := func(b ...byte) (bool, int) { w := walk{b: b}; return w.boolean(len(b)) }
	for _, r := range []struct {
		b    []byte
		v    bool
		code int
	}{
		{[]byte{tagBoolean, 1, 0}, false, 0}, {[]byte{tagBoolean, 1, 1}, true, 0}, {[]byte{tagBoolean, 1, 0xFF}, true, 0},
		{[]byte{tagBoolean, 0}, false, asnInvalidLength}, {[]byte{tagBoolean, 2, 1, 1}, false, asnInvalidLength},
	} {
		v, code := boolean(r.b...)
		assert.Equal(t, r.v, v, "%x", r.b)
		assert.Equal(t, r.code, code, "%x", r.b)
	}

	for _, r := range []struct {
		b    []byte
		bits int // bytes
		code int
	}{
		{[]byte{tagBitString, 1, 0}, 0, 0}, {[]byte{tagBitString, 2, 7, 0x80}, 1, 0},
		{[]byte{tagBitString, 2, 8, 0x80}, 0, asnInvalidLength},
		{[]byte{tagBitString, 0}, 0, asnOutOfData}, {[]byte{tagBitString, 2, 0, 1, 9}, 0, asnLengthMismatch},
	} {
		w := walk{b: r.b}
		bits, code := w.bitString(len(r.b))
		assert.Len(t, bits, r.bits, "%x", r.b)
		assert.Equal(t, r.code, code, "%x", r.b)
	}
	for _, r := range []struct {
		b       []byte
		n, code int
	}{
		{[]byte{tagBitString, 2, 0, 9}, 1, 0}, {[]byte{tagBitString, 1, 0}, 0, asnInvalidData},
		{[]byte{tagBitString, 2, 1, 8}, 0, asnInvalidData},
	} {
		w := walk{b: r.b}
		n, code := w.wholeBytes(len(r.b))
		assert.Equal(t, []int{r.n, r.code}, []int{n, code}, "%x", r.b)
	}
}
