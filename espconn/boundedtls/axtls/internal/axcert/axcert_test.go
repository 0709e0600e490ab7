package axcert_test

import (
	"bytes"
	"crypto/rand"
	"encoding/asn1"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/espconn/boundedtls/axtls/internal/axcert"
	"github.com/emu8266/emu8266/espconn/boundedtls/internal/x509"
)

func file(tb testing.TB, name string) []byte {
	tb.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", "..", "..", "..", "testdata", "oracle", "axtls", "pki", name))
	require.NoError(tb, err)
	return b
}

func chain(tb testing.TB, name string) (certs []*axcert.Certificate) {
	for _, block := range axcert.Blocks(file(tb, name), "CERTIFICATE") {
		c := axcert.Parse(block.DER, nil)
		require.NotNil(tb, c, name)
		certs = append(certs, c)
	}
	return certs
}

func TestParse(t *testing.T) {
	c := axcert.Parse(file(t, "own2048.der"), nil)
	require.NotNil(t, c)
	assert.Equal(t, 2048, c.Key.N.BitLen())
	assert.Equal(t, time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC).Unix(), c.NotBefore)
	assert.Equal(t, time.Date(2037, 1, 1, 0, 0, 0, 0, time.UTC).Unix(), c.NotAfter)
	assert.Nil(t, c.Subject[1])
	assert.Nil(t, axcert.Parse(file(t, "ca_garbage.bin"), nil))
	assert.Nil(t, axcert.Parse(nil, nil))

	var lines []string
	print := func(s string) { lines = append(lines, s) }
	for _, name := range []string{"F_rsa_leaf_by_ecdsa_ca.pem", "F_rsa_pss_signed.pem"} {
		assert.Nil(t, axcert.Parse(axcert.Blocks(file(t, name), "CERTIFICATE")[0].DER, print), name)
	}
	assert.Equal(t, []string{"invalid digest: 2a 86 48 ce 3d 04 03 02 "}, lines)
}

// TestVerify: the table of axtls.md 3 beside what the oracle's group F replays over the wire.
func TestVerify(t *testing.T) {
	ca, other := axcert.Parse(file(t, "ca.der"), nil), axcert.Parse(file(t, "ca2.der"), nil)
	rows := []struct {
		chain string
		store []*axcert.Certificate
		want  axcert.Fault
	}{
		{"F_good.pem", []*axcert.Certificate{ca}, axcert.OK},
		{"F_good.pem", []*axcert.Certificate{other, ca}, axcert.OK},
		{"F_good.pem", []*axcert.Certificate{other}, axcert.NoTrustedCert},
		{"F_self_signed.pem", []*axcert.Certificate{ca}, axcert.SelfSigned},
		{"F_bad_signature.pem", []*axcert.Certificate{ca}, axcert.BadSignature},
		{"F_sha224_signed.pem", []*axcert.Certificate{ca}, axcert.BadSignature},
		{"F_md5_signed.pem", []*axcert.Certificate{ca}, axcert.OK},
		{"F_intermediate_sent.pem", []*axcert.Certificate{ca}, axcert.OK},
		{"F_intermediate_expired.pem", []*axcert.Certificate{ca}, axcert.Expired},
		{"F_gap_then_intermediate.pem", []*axcert.Certificate{ca}, axcert.InvalidChain},
		{"F_wrong_order.pem", []*axcert.Certificate{ca}, axcert.InvalidChain},
		{"F_after_2038_01_18.pem", []*axcert.Certificate{ca}, axcert.OK},
		{"F_after_2039.pem", []*axcert.Certificate{ca}, axcert.Expired},
		{"F_after_2055.pem", []*axcert.Certificate{ca}, axcert.Expired},
	}
	for _, r := range rows {
		k := axcert.Check{Now: at(1700000000), Wrap32: true, HaveStore: true, Store: r.store}
		got, stopped := k.Verify(chain(t, r.chain))
		assert.False(t, stopped)
		assert.Equal(t, r.want, got, r.chain)
		assert.Equal(t, r.want == axcert.OK, got.String() == "")
	}
	for _, name := range []string{"F_after_2039.pem", "F_after_2055.pem"} {
		k := axcert.Check{Now: at(1700000000), HaveStore: true, Store: []*axcert.Certificate{ca}}
		got, _ := k.Verify(chain(t, name))
		assert.Equal(t, axcert.OK, got, "%s without the 32-bit dates", name)
	}
	k := axcert.Check{Now: at(1700000000), HaveStore: true, Store: []*axcert.Certificate{ca},
		Checked: func(_, _ *axcert.Certificate, good bool) bool {
			assert.True(t, good)
			return false
		}}
	_, stopped := k.Verify(chain(t, "F_good.pem"))
	assert.True(t, stopped)
	none, _ := k.Verify(nil)
	assert.Equal(t, axcert.NoTrustedCert, none)
}

// TestPrimeOrder: with the smaller prime first exactly those results are wrong for which (m mod p) + p < (m mod q)
// (axtls.md 3).
func TestPrimeOrder(t *testing.T) {
	var numbers []*big.Int
	_, err := asn1.Unmarshal(file(t, "leaf512.key.der"), &numbers)
	require.NoError(t, err)
	good := axcert.ParseKey(file(t, "leaf512.key.der"))
	require.NotNil(t, good)
	require.Positive(t, good.P.Cmp(good.Q), "OpenSSL writes the larger prime first")
	swapped := *good
	swapped.P, swapped.Q = good.Q, good.P
	wrong, predicted := 0, 0
	for range 300 {
		m, err := rand.Int(rand.Reader, good.N)
		require.NoError(t, err)
		c := new(big.Int).Exp(m, good.E, good.N).FillBytes(make([]byte, good.Size()))
		assert.Equal(t, m.Bytes(), new(big.Int).SetBytes(good.Private(c, true)).Bytes())
		rp, rq := new(big.Int).Mod(m, swapped.P), new(big.Int).Mod(m, swapped.Q)
		expect := rp.Add(rp, swapped.P).Cmp(rq) < 0
		bad := new(big.Int).SetBytes(swapped.Private(c, true)).Cmp(m) != 0
		assert.Equal(t, expect, bad)
		assert.Equal(t, m.Bytes(), new(big.Int).SetBytes(swapped.Private(c, false)).Bytes(), "without the bug")
		if bad {
			wrong++
		}
		if expect {
			predicted++
		}
	}
	assert.Equal(t, predicted, wrong)
	// A key whose second prime is more than twice the first shows it for certain.
	lop := axcert.PrivateKey{PublicKey: x509.PublicKey{N: big.NewInt(7 * 31), E: big.NewInt(7)}, D: big.NewInt(103), P: big.NewInt(7),
		Q: big.NewInt(31)}
	m := big.NewInt(30) // 30 mod 7 + 7 = 9 < 30 mod 31
	c := new(big.Int).Exp(m, lop.E, lop.N).FillBytes(make([]byte, lop.Size()))
	assert.NotEqual(t, m.Bytes(), new(big.Int).SetBytes(lop.Private(c, true)).Bytes())
	assert.Equal(t, m.Bytes(), new(big.Int).SetBytes(lop.Private(c, false)).Bytes())
}

func TestKeys(t *testing.T) {
	k := axcert.ParseKey(file(t, "leaf1024.key.der"))
	require.NotNil(t, k)
	assert.Nil(t, axcert.ParseKey(file(t, "leaf2048.p8.der")), "PKCS#8")
	assert.Nil(t, k.Decrypt(make([]byte, k.Size()), false))
	assert.Nil(t, k.Decrypt([]byte{1}, false))
	digest := make([]byte, 36)
	sig := k.Sign(digest, true)
	require.Len(t, sig, 128)
	assert.Nil(t, k.Sign(make([]byte, 128), true), "too long for the key")
	assert.True(t, axcert.IsPEM(file(t, "ca.pem")))
	assert.False(t, axcert.IsPEM(file(t, "ca.der")))
	assert.Len(t, axcert.Blocks(file(t, "two_ca_other_first.pem"), "CERTIFICATE"), 2)
	assert.Empty(t, axcert.Blocks([]byte("-----BEGIN CERTIFICATE-----\n???\n-----END CERTIFICATE-----"), "CERTIFICATE"))
}

// The device takes a block of 0, 2, eight bytes or more that are not 0, a 0, and a message that is not empty (libssl.a of SDK 3.0.6,
// RSA_decrypt), whatever the order of the primes.
func TestDecrypt(t *testing.T) {
	k := axcert.ParseKey(file(t, "leaf1024.key.der"))
	require.NotNil(t, k)
	pad := func(n int) string { return strings.Repeat("\xaa", n) }
	for name, row := range map[string]struct{ block, want string }{
		"a secret":          {"\x00\x02" + pad(77) + "\x00" + strings.Repeat("s", 48), strings.Repeat("s", 48)},
		"eight of padding":  {"\x00\x02" + pad(8) + "\x00" + strings.Repeat("m", 117), strings.Repeat("m", 117)},
		"seven of padding":  {"\x00\x02" + pad(7) + "\x00" + strings.Repeat("m", 118), ""},
		"no padding":        {"\x00\x02\x00" + strings.Repeat("m", 125), ""},
		"no end":            {"\x00\x02" + pad(126), ""},
		"an empty message":  {"\x00\x02" + pad(125) + "\x00", ""},
		"type of signature": {"\x00\x01" + pad(77) + "\x00" + strings.Repeat("s", 48), ""},
		"a number too long": {"\x01\x02" + pad(77) + "\x00" + strings.Repeat("s", 48), ""},
	} {
		require.Len(t, row.block, k.Size(), name)
		c := new(big.Int).Exp(new(big.Int).SetBytes([]byte(row.block)), k.E, k.N).FillBytes(make([]byte, k.Size()))
		assert.Equal(t, row.want, string(k.Decrypt(c, false)), name)
		k.P, k.Q = k.Q, k.P // the slower way
		assert.Equal(t, row.want, string(k.Decrypt(c, true)), name)
		k.P, k.Q = k.Q, k.P
	}
}

// A signature without a byte is one, and fails when it is checked; a BIT STRING without its first byte is no certificate.
func TestParseEmptySignature(t *testing.T) {
	var c struct{ Signed, Algorithm, Signature asn1.RawValue }
	_, err := asn1.Unmarshal(file(t, "ca.der"), &c)
	require.NoError(t, err)
	for bits, taken := range map[string]bool{"": false, "\x00": true} {
		c.Signature = asn1.RawValue{Tag: asn1.TagBitString, Bytes: []byte(bits)}
		der, err := asn1.Marshal(c)
		require.NoError(t, err)
		got := axcert.Parse(der, func(string) {})
		require.Equal(t, taken, got != nil, "%q", bits)
		if taken {
			assert.Empty(t, got.Signature)
			assert.False(t, got.SignedBy(&got.Key))
		}
	}
}

// The numbers of a certificate's key: none is missing, and none is longer than 1,025 or 9 bytes.
func TestParseKeyNumbers(t *testing.T) {
	number := func(n int) []byte { return bytes.Repeat([]byte{1}, n) }
	for name, row := range map[string]struct {
		parts [][]byte
		taken bool
	}{
		"both":                 {[][]byte{number(128), number(3)}, true},
		"no exponent":          {[][]byte{number(128)}, false},
		"none":                 {nil, false},
		"the longest modulus":  {[][]byte{number(1025), number(3)}, true},
		"a modulus too long":   {[][]byte{number(1026), number(3)}, false},
		"an exponent too long": {[][]byte{number(128), number(10)}, false},
		"the longest exponent": {[][]byte{number(128), number(9)}, true},
	} {
		der := func(tag int, parts ...[]byte) []byte {
			b, err := asn1.Marshal(asn1.RawValue{Tag: tag, IsCompound: tag == asn1.TagSequence, Bytes: slices.Concat(parts...)})
			require.NoError(t, err)
			return b
		}
		unpack := func(b []byte) (parts []asn1.RawValue) {
			_, err := asn1.Unmarshal(b, &parts)
			require.NoError(t, err)
			return parts
		}
		cert := unpack(file(t, "ca.der"))
		signed := unpack(cert[0].FullBytes)
		info := unpack(signed[6].FullBytes)
		var key [][]byte
		for _, p := range row.parts {
			key = append(key, der(asn1.TagInteger, p))
		}
		info[1].FullBytes = der(asn1.TagBitString, []byte{0}, der(asn1.TagSequence, key...))
		join := func(parts []asn1.RawValue) (b []byte) {
			for _, p := range parts {
				b = append(b, p.FullBytes...)
			}
			return der(asn1.TagSequence, b)
		}
		signed[6].FullBytes = join(info)
		cert[0].FullBytes = join(signed)
		assert.Equal(t, row.taken, axcert.Parse(join(cert), func(string) {}) != nil, name)
	}
}

// FuzzParse: no certificate or key makes the readers panic, and what they take can be used.
func FuzzParse(f *testing.F) {
	for _, name := range []string{"own512.der", "leaf512.key.der", "ca.der", "ca.pem", "leaf2048.p8.der"} {
		f.Add(file(f, name))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		c := axcert.Parse(b, func(string) {})
		if c != nil {
			k := axcert.Check{Now: at(1), HaveStore: true, Store: []*axcert.Certificate{c}}
			k.Verify([]*axcert.Certificate{c, c})
			if c.Key.N.BitLen() <= 512 {
				c.SignedBy(&c.Key)
			}
		}
		if k := axcert.ParseKey(b); k != nil && k.N.BitLen() <= 512 && k.D.BitLen() <= 512 {
			k.Decrypt(make([]byte, k.Size()), true)
			k.Sign(make([]byte, 36), true)
		}
		axcert.Blocks(b, "CERTIFICATE")
	})
}

// at is a clock that stands still.
func at(seconds uint32) func() uint32 { return func() uint32 { return seconds } }
