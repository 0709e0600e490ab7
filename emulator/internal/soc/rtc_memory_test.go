package soc

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// Whenever the memory is first looked into, it holds what it would hold if it had been there all the time.
func TestRTCMemoryIsTheSameWheneverItIsMade(t *testing.T) {
	first, second := [7]uint32{1, 2, 3}, [7]uint32{}
	early := rtcMemory{seed: 9, cut: 2}
	garbage := append([]byte(nil), early.bytes()...)
	early.boot(first)
	early.boot(second)
	late := rtcMemory{seed: 9, cut: 2}
	late.boot(first)
	late.boot(second)
	assert.Equal(t, early.bytes(), late.bytes())
	assert.Equal(t, garbage[:rtcBefore], late.bytes()[:rtcBefore])
	assert.Equal(t, make([]byte, 4*len(second)), late.bytes()[rtcBefore:rtcBefore+4*len(second)])
	assert.Equal(t, garbage[rtcBefore+4*len(second):], late.bytes()[rtcBefore+4*len(second):])

	late.bytes()[rtcBefore+500] ^= 1
	late.boot(first)
	assert.NotEqual(t, garbage[rtcBefore+500], late.bytes()[rtcBefore+500], "a boot changes nothing else")
	another := rtcMemory{seed: 9, cut: 3}
	assert.NotEqual(t, garbage, another.bytes())
}
