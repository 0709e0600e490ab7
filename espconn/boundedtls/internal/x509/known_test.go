package x509

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// TestKeyMemory: a key that was read is given out again, and the memory is bounded.
func TestKeyMemory(t *testing.T) {
	var m keyMemory
	assert.Nil(t, m.get([32]byte{1}))
	for i := range 3 * maxKnown {
		k := &PrivateKey{}
		sum := [32]byte{byte(i), byte(i >> 8)}
		m.put(sum, k)
		assert.Same(t, k, m.get(sum))
		assert.LessOrEqual(t, len(m.keys), maxKnown)
	}
}

// TestKeyIsReadOnce: the same text gives the same key, a damaged one is refused each time.
func TestKeyIsReadOnce(t *testing.T) {
	text := readPKI(t, "leaf1024.key.pem")
	first, code := ParsePrivateKey(text)
	assert.Zero(t, code)
	again, code := ParsePrivateKey(text)
	assert.Zero(t, code)
	assert.Same(t, first, again)
	assert.NotZero(t, first.Sum())
	other, code := ParsePrivateKey(readPKI(t, "leaf2048.key.pem"))
	assert.Zero(t, code)
	assert.NotEqual(t, first.Sum(), other.Sum())
	der, _, _ := readPEM(text, "RSA PRIVATE KEY")
	der[len(der)-1] ^= 1
	for range 2 {
		_, code = ParsePrivateKey(der)
		assert.Equal(t, CodeKeyFormat, code)
	}
}
