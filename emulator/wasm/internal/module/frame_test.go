package module

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// The stack pointer is a function's own between its beginning and its end, unless it takes more (alloca).
func TestFrameSet(t *testing.T) {
	set := []byte{opGlobalGet, 0, opGlobalSet, 0}
	body := func(parts ...[]byte) *Module {
		code := []byte{0xFF, 0} // something else; no local variables
		for _, p := range parts {
			code = append(code, p...)
		}
		code = append(code, opEnd)
		return &Module{code: code, Bodies: []Span{{1, uint64(len(code))}}}
	}
	nop := []byte{opNop}
	ordinary := body(set, nop, set) // at 2, 6, 7
	for offset, want := range []bool{false, false, false, false, false, true, true, true, true, true, false} {
		assert.Equal(t, want, ordinary.FrameSet(uint64(offset)), "offset %d", offset)
	}
	assert.True(t, body(set, nop).FrameSet(6), "a function that does not return")
	assert.False(t, body(nop).FrameSet(2), "no room on the stack")
	assert.False(t, body(set, set, nop, set).FrameSet(10), "alloca before")
	assert.False(t, body(set, nop, set, set).FrameSet(6), "alloca behind, maybe in a loop")
	assert.False(t, (&Module{}).FrameSet(0))
}
