package x509

import (
	"bytes"
	"errors"
	"io"
	"math/big"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestServerGroupIsRFC5114(t *testing.T) {
	g := ServerGroup()
	assert.Equal(t, 2048, g.P.BitLen())
	assert.True(t, g.P.ProbablyPrime(20))
	// The subgroup's order as RFC 5114 2.2 prints it: G generates it.
	q, _ := new(big.Int).SetString("801C0D34C58D93FE997177101F80535A4738CEBCBF389A99B36371EB", 16)
	assert.Equal(t, int64(1), new(big.Int).Exp(g.G, q, g.P).Int64())
	assert.Equal(t, int64(0), new(big.Int).Mod(new(big.Int).Sub(g.P, big.NewInt(1)), q).Int64())
}

func TestBothSidesAgree(t *testing.T) {
	g := ServerGroup()
	server, code := GenerateDH(seeded(1), g)
	require.Equal(t, 0, code)
	group, y, code := ReadDHParams(g.P.Bytes(), g.G.Bytes(), server.ShortPublic())
	require.Equal(t, 0, code)
	client, code := GenerateDH(seeded(2), group)
	require.Equal(t, 0, code)
	s1, code := client.Secret(y)
	require.Equal(t, 0, code)
	public, code := g.ReadPublic(client.Public())
	require.Equal(t, 0, code)
	s2, code := server.Secret(public)
	require.Equal(t, 0, code)
	assert.Equal(t, s1, s2)
	assert.NotEmpty(t, s1)

	again, _ := GenerateDH(seeded(1), g)
	assert.Equal(t, server.Public(), again.Public(), "the reader decides")
}

func TestLeadingZeros(t *testing.T) {
	// With G = 2 and a small private value the public value is short.
	g := Group{P: ServerGroup().P, G: big.NewInt(2)}
	x := make([]byte, g.Size())
	x[len(x)-1] = 10
	k, code := GenerateDH(bytes.NewReader(x), g)
	require.Equal(t, 0, code)
	assert.Equal(t, []byte{4, 0}, k.ShortPublic())
	assert.Equal(t, append(make([]byte, 254), 4, 0), k.Public())
	s, code := k.Secret(big.NewInt(2))
	require.Equal(t, 0, code)
	assert.Equal(t, []byte{4, 0}, s, "stripped, as the device does")
}

func TestReadDHParams(t *testing.T) {
	p := ServerGroup().P
	sub := func(n int64) []byte { return new(big.Int).Sub(p, big.NewInt(n)).Bytes() }
	sized := func(bits int) []byte { return modulus(bits) }
	for _, c := range []struct {
		name string
		p, y []byte
		code int
	}{
		{"good", p.Bytes(), []byte{2}, 0},
		{"good with leading zeros", append([]byte{0, 0}, p.Bytes()...), []byte{0, 2}, 0},
		{"Y = P-2", p.Bytes(), sub(2), 0},
		{"Y = P-1", p.Bytes(), sub(1), CodeDHBadInput},
		{"Y = P", p.Bytes(), sub(0), CodeDHBadInput},
		{"Y = 1", p.Bytes(), []byte{1}, CodeDHBadInput},
		{"Y empty", p.Bytes(), nil, CodeDHBadInput},
		{"P empty", nil, []byte{2}, CodeDHBadInput},
		{"1024 bits", sized(1024), []byte{2}, 0},
		{"1017 bits count as 1024", sized(1017), []byte{2}, 0},
		{"1016 bits", sized(1016), []byte{2}, CodeServerKeyExch},
		{"512 bits", sized(512), []byte{2}, CodeServerKeyExch},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, _, code := ReadDHParams(c.p, []byte{2}, c.y)
			assert.Equal(t, c.code, code)
		})
	}
}

func TestGenerateDHCodes(t *testing.T) {
	p := ServerGroup().P
	even := new(big.Int).Sub(p, big.NewInt(1))
	long := new(big.Int).SetBytes(modulus(8 * (MaxDHLen + 1)))
	for _, c := range []struct {
		name   string
		random io.Reader
		g      Group
		code   int
	}{
		{"random source fails", iotest.ErrReader(errors.New("no")), ServerGroup(), CodeDHMakePublic},
		{"zeros only", bytes.NewReader(make([]byte, 11*256)), ServerGroup(), CodeDHMakePublic},
		{"ten zeros", io.MultiReader(bytes.NewReader(make([]byte, 10*256)), seeded(1)), ServerGroup(), 0},
		{"prime even", seeded(1), Group{P: even, G: big.NewInt(2)}, CodeDHMakePublic - 4},
		{"prime too long", seeded(1), Group{P: long, G: big.NewInt(2)}, CodeDHMakePublic},
		{"generator 0", seeded(1), Group{P: p, G: new(big.Int)}, CodeDHBadInput},
		{"generator 1", seeded(1), Group{P: p, G: big.NewInt(1)}, CodeDHBadInput},
		{"generator above the prime", seeded(1), Group{P: p, G: new(big.Int).Add(p, big.NewInt(2))}, 0},
		{"prime with few top bits", seeded(1), Group{P: new(big.Int).SetBytes(modulus(1017)), G: big.NewInt(2)}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			k, code := GenerateDH(c.random, c.g)
			require.Equal(t, c.code, code)
			if code == 0 {
				assert.Equal(t, -1, k.x.Cmp(c.g.P))
			}
		})
	}
}

func TestPublicValueOfTheClient(t *testing.T) {
	g := ServerGroup()
	k, code := GenerateDH(seeded(1), g)
	require.Equal(t, 0, code)
	_, code = g.ReadPublic(nil)
	assert.Equal(t, CodeDHBadInput, code)
	_, code = g.ReadPublic(make([]byte, 257))
	assert.Equal(t, CodeDHBadInput, code)
	for _, y := range []int64{0, 1} {
		_, code = k.Secret(big.NewInt(y))
		assert.Equal(t, CodeDHBadInput, code)
	}
}
