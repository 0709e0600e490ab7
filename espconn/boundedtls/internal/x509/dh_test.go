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

// TestReadDHParams: the prime's length counts, no value's range does.
func TestReadDHParams(t *testing.T) {
	p := ServerGroup().P
	near := func(n int64) []byte { return new(big.Int).Add(p, big.NewInt(n)).Bytes() }
	for _, c := range []struct {
		name    string
		p, y    []byte
		code    int
		inRange bool
	}{
		{"good", p.Bytes(), []byte{2}, 0, true},
		{"good with leading zeros", append([]byte{0, 0}, p.Bytes()...), []byte{0, 2}, 0, true},
		{"Y = P-2", p.Bytes(), near(-2), 0, true},
		{"Y = P-1", p.Bytes(), near(-1), 0, false},
		{"Y = P", p.Bytes(), near(0), 0, false},
		{"Y = P+1", p.Bytes(), near(1), 0, false},
		{"Y far above P", p.Bytes(), modulus(8192), 0, false},
		{"Y = 1", p.Bytes(), []byte{1}, 0, false},
		{"Y = 0", p.Bytes(), []byte{0}, 0, false},
		{"Y empty", p.Bytes(), nil, 0, false},
		{"P empty", nil, []byte{2}, CodeServerKeyExch, false},
		{"P = 1", []byte{1}, []byte{2}, CodeServerKeyExch, false},
		{"1024 bits", modulus(1024), []byte{2}, 0, true},
		{"1017 bits count as 1024", modulus(1017), []byte{2}, 0, true},
		{"1017 bits, Y = 1", modulus(1017), []byte{1}, 0, false},
		{"1016 bits", modulus(1016), []byte{2}, CodeServerKeyExch, false},
		{"512 bits", modulus(512), []byte{2}, CodeServerKeyExch, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			g, y, code := ReadDHParams(c.p, []byte{2}, c.y)
			require.Equal(t, c.code, code)
			if code == 0 {
				assert.Equal(t, c.inRange, g.InRange(y))
			}
		})
	}
}

// TestGenerateDH: one draw, used whatever it is; the public value is not looked at.
func TestGenerateDH(t *testing.T) {
	p := ServerGroup().P
	even := new(big.Int).Sub(p, big.NewInt(1))
	long := new(big.Int).SetBytes(modulus(8 * (MaxDHLen + 1)))
	value := func(n int64) *big.Int { return big.NewInt(n) }
	minus1 := new(big.Int).Sub(p, value(1))
	for _, c := range []struct {
		name   string
		random io.Reader
		g      Group
		code   int
		public *big.Int // nil: any in range
	}{
		{"random source fails", iotest.ErrReader(errors.New("no")), ServerGroup(), 0, value(1)},
		{"zeros only", bytes.NewReader(make([]byte, 256)), ServerGroup(), 0, value(1)},
		{"prime even", seeded(1), Group{P: even, G: value(2)}, CodeDHMakePublic - 4, nil},
		{"prime 0", seeded(1), Group{P: value(0), G: value(2)}, CodeDHBadInput, nil},
		{"prime too long", seeded(1), Group{P: long, G: value(2)}, 0, value(1)},
		{"longest prime", seeded(1), Group{P: new(big.Int).SetBytes(modulus(8 * MaxDHLen)), G: value(2)}, 0, nil},
		{"generator 0", seeded(1), Group{P: p, G: value(0)}, 0, value(0)},
		{"generator 1", seeded(1), Group{P: p, G: value(1)}, 0, value(1)},
		{"generator P", seeded(1), Group{P: p, G: p}, 0, value(0)},
		{"generator P-1, odd private value", ending(1), Group{P: p, G: minus1}, 0, minus1},
		{"generator P-1, even private value", ending(2), Group{P: p, G: minus1}, 0, value(1)},
		{"generator above the prime", seeded(1), Group{P: p, G: new(big.Int).Add(p, value(2))}, 0, nil},
		{"prime with few top bits", seeded(1), Group{P: new(big.Int).SetBytes(modulus(1017)), G: value(2)}, 0, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			k, code := GenerateDH(c.random, c.g)
			require.Equal(t, c.code, code)
			switch {
			case code != 0:
			case c.public != nil:
				assert.Zero(t, c.public.Cmp(k.Value()), "public value %v", k.Value())
				assert.False(t, c.g.InRange(k.Value()))
			default:
				assert.True(t, c.g.InRange(k.Value()))
				assert.Equal(t, -1, k.x.Cmp(c.g.P))
			}
		})
	}
}

// ending reads as 256 bytes, a small number that ends in b.
func ending(b byte) io.Reader { return bytes.NewReader(append(make([]byte, 255), b)) }

func TestPublicValueOfTheClient(t *testing.T) {
	g := ServerGroup()
	k, code := GenerateDH(seeded(1), g)
	require.Equal(t, 0, code)
	_, code = g.ReadPublic(nil)
	assert.Equal(t, CodeDHBadInput, code)
	_, code = g.ReadPublic(make([]byte, 257))
	assert.Equal(t, CodeDHBadInput, code)
	for _, c := range []struct{ y, secret *big.Int }{
		{big.NewInt(0), big.NewInt(0)}, {big.NewInt(1), big.NewInt(1)}, {g.P, big.NewInt(0)},
		{new(big.Int).Add(g.P, big.NewInt(1)), big.NewInt(1)},
		{new(big.Int).Add(g.P, g.G), k.Value()},
	} {
		secret, code := k.Secret(c.y)
		assert.Equal(t, 0, code)
		assert.Equal(t, c.secret.Bytes(), secret, "secret of %v", c.y)
	}
	long, code := GenerateDH(seeded(1), Group{P: new(big.Int).SetBytes(modulus(8 * (MaxDHLen + 1))), G: big.NewInt(2)})
	require.Equal(t, 0, code)
	_, code = long.Secret(big.NewInt(2))
	assert.Equal(t, CodeDHBadInput, code)
}
