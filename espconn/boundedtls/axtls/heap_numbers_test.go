package axtls

import (
	"math/big"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/espconn/boundedtls/axtls/internal/axcert"
)

func modulusOf(t *testing.T, name string) *big.Int {
	der, err := os.ReadFile(filepath.Join("..", "..", "..", "testdata", "oracle", "axtls", "pki", name))
	require.NoError(t, err)
	c := axcert.Parse(der, nil)
	require.NotNil(t, c, name)
	return c.Key.N
}

// TestAddsBack: the measured figures of two CAs hold the blocks of a digit that was added back, those of two others do not
// (oracle/axtls F/client/ca_768, ca_1536, ca_3072 and the rest).
func TestAddsBack(t *testing.T) {
	for name, want := range map[string]bool{"xroot768.der": true, "xroot1536.der": true, "xroot3072.der": false, "ca.der": false} {
		assert.Equal(t, want, addsBack(modulusOf(t, name)), name)
	}
}

// TestLonger: a modulus that is close to the power of the word's base above it is soon stretched, one that is far below it never.
func TestLonger(t *testing.T) {
	one := big.NewInt(1)
	high := new(big.Int).Sub(new(big.Int).Lsh(one, 1024), new(big.Int).Lsh(big.NewInt(0x1234567), 990))
	assert.Positive(t, longer(high))
	assert.Less(t, longer(high), 20)
	low := new(big.Int).Add(new(big.Int).Lsh(one, 1023), new(big.Int).Lsh(big.NewInt(0x1234567), 990))
	assert.Zero(t, longer(low))
}

// TestSpares: what was given back last is taken first, and a block that is too short is replaced by one of twice its length or of
// what is wanted, whichever is more (axtls.md 11).
func TestSpares(t *testing.T) {
	n := &numbers{c: &conn{}}
	a, b := &number{size: 8, room: 8}, &number{size: 2, room: 2}
	n.free(a)
	n.free(b)
	b.room = 8 // no heap is charged in this test: blocks are not replaced
	assert.Same(t, b, n.alloc(5))
	assert.Same(t, a, n.alloc(3))
	assert.Equal(t, []int{5, 3}, []int{b.size, a.size})
	a.kept = true
	n.free(a)
	assert.Empty(t, n.spare)
}
