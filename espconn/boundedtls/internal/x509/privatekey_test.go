package x509

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	gox509 "crypto/x509"
	"encoding/pem"
	"math/big"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/espconn/testpki"
)

func pemBlock(label string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: label, Bytes: der})
}

// pkcs1 encodes a private key; the numbers are N, E, D, P, Q, DP, DQ, QInv.
func pkcs1(version byte, numbers ...*big.Int) []byte {
	parts := [][]byte{num(version)}
	for _, n := range numbers {
		parts = append(parts, der(tagInteger, append([]byte{0}, n.Bytes()...)))
	}
	return seq(parts...)
}

func keyNumbers(k *PrivateKey) []*big.Int {
	return []*big.Int{k.N, k.E, k.D, k.P, k.Q, k.DP, k.DQ, k.QInv}
}

func TestParsePrivateKeyForms(t *testing.T) {
	want := testpki.Key(t, testpki.Leaf2048)
	p1 := testpki.KeyDER(t, testpki.Leaf2048)
	p8, err := gox509.MarshalPKCS8PrivateKey(want)
	require.NoError(t, err)
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	ec8, err := gox509.MarshalPKCS8PrivateKey(ec)
	require.NoError(t, err)
	aes := procType + "\nDEK-Info: AES-128-CBC," + strings.Repeat("00", 16) + "\n\nAAAA\n"
	des := procType + "\nDEK-Info: DES-CBC,0011223344556677\n\nAAAA\n"
	wrap := func(label, body string) []byte {
		return []byte("-----BEGIN " + label + "-----\n" + body + "-----END " + label + "-----\n")
	}
	for _, c := range []struct {
		name string
		in   []byte
		code int
	}{
		{"PKCS#1 DER", p1, 0},
		{"PKCS#1 DER with surplus", append(append([]byte(nil), p1...), 0, 0), 0},
		{"PKCS#8 DER", p8, 0},
		{"PKCS#1 PEM", pemBlock("RSA PRIVATE KEY", p1), 0},
		{"PKCS#8 PEM", pemBlock("PRIVATE KEY", p8), 0},
		{"PKCS#1 PEM after a certificate", append(pemBlock("CERTIFICATE", null()), pemBlock("RSA PRIVATE KEY", p1)...), 0},
		{"PKCS#8 in the wrong PEM block", pemBlock("RSA PRIVATE KEY", p8), -0x3D62},
		{"PKCS#1 in the wrong PEM block", pemBlock("PRIVATE KEY", p1), -0x3D00 - 0x3AE2},
		{"nothing", nil, -0x3D00},
		{"garbage", []byte("garbage"), -0x3D00},
		{"a certificate", goodDraft().der(), -0x3D00},
		{"PEM of a certificate", pemBlock("CERTIFICATE", p1), -0x3D00},
		{"encrypted PKCS#8", pemBlock("ENCRYPTED PRIVATE KEY", p8), -0x3D00},
		{"PEM of an elliptic curve key", pemBlock("EC PRIVATE KEY", p1), -0x3D00},
		{"elliptic curve in PKCS#8 PEM", pemBlock("PRIVATE KEY", ec8), -0x3C80},
		{"elliptic curve in PKCS#8 DER", ec8, -0x3D00},
		{"encrypted with AES", wrap("RSA PRIVATE KEY", aes), -0x3C00},
		{"encrypted with DES", wrap("RSA PRIVATE KEY", des), -0x1280},
		{"PEM not base64", wrap("RSA PRIVATE KEY", "?\n"), -0x112C},
		{"PKCS#8 PEM not base64", wrap("PRIVATE KEY", "?\n"), -0x112C},
	} {
		t.Run(c.name, func(t *testing.T) {
			k, code := ParsePrivateKey(c.in)
			require.Equal(t, show(c.code), show(code))
			if code != 0 {
				assert.Nil(t, k)
				return
			}
			assert.Equal(t, want.N, k.N)
			assert.Equal(t, want.D, k.D)
			assert.Equal(t, want.Precomputed.Qinv, k.QInv)
		})
	}
}

func TestParsePrivateKeyStructure(t *testing.T) {
	k, code := ParsePrivateKey(testpki.KeyDER(t, testpki.Leaf1024))
	require.Equal(t, 0, code)
	good := keyNumbers(k)
	wrapped := func(version byte, alg, key []byte) []byte { return seq(num(version), alg, der(tagOctets, key)) }
	rsaAlg := seq(oid(oidRSA), null())
	for _, c := range []struct {
		name string
		in   []byte
		pkcs func([]byte) (*PrivateKey, int)
		code int
	}{
		{"PKCS#1", pkcs1(0, good...), parsePKCS1, 0},
		{"PKCS#1 version 1", pkcs1(1, good...), parsePKCS1, -0x3D80},
		{"PKCS#1 cut", pkcs1(0, good[:7]...), parsePKCS1, -0x3D60},
		{"PKCS#1 with a ninth number", pkcs1(0, append(good[:8:8], k.E)...), parsePKCS1, -0x3D66},
		{"PKCS#1 not a sequence", null(), parsePKCS1, -0x3D62},
		{"PKCS#1 empty", seq(), parsePKCS1, -0x3D60},
		{"PKCS#8", wrapped(0, rsaAlg, pkcs1(0, good...)), parsePKCS8, 0},
		{"PKCS#8 version 1", wrapped(1, rsaAlg, nil), parsePKCS8, -0x3D80},
		{"PKCS#8 version text", seq(null()), parsePKCS8, -0x3D62},
		{"PKCS#8 without key", wrapped(0, rsaAlg, nil), parsePKCS8, -0x3D60},
		{"PKCS#8 key not octets", seq(num(0), rsaAlg, null()), parsePKCS8, -0x3D62},
		{"PKCS#8 unknown algorithm", wrapped(0, seq(oid("\x2A")), []byte{1}), parsePKCS8, -0x3D00 - 0x3C80},
		{"PKCS#8 with attributes", seq(num(0), rsaAlg, der(tagOctets, pkcs1(0, good...)), der(0xA0)), parsePKCS8, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, code := c.pkcs(c.in)
			assert.Equal(t, show(c.code), show(code))
		})
	}
}

func TestPrivateKeyCheckFindsEachDamagedNumber(t *testing.T) {
	k, code := ParsePrivateKey(testpki.KeyDER(t, testpki.Leaf1024))
	require.Equal(t, 0, code)
	for i, name := range []string{"N", "E", "D", "P", "Q", "DP", "DQ", "QInv"} {
		for _, by := range []int64{1, 2, -2} {
			n := keyNumbers(k)
			n[i] = new(big.Int).Add(n[i], big.NewInt(by))
			_, code := parsePKCS1(pkcs1(0, n...))
			assert.Equal(t, show(CodeRSAKeyCheck), show(code), "%s%+d", name, by)
		}
		n := keyNumbers(k)
		n[i] = new(big.Int)
		_, code := parsePKCS1(pkcs1(0, n...))
		assert.Equal(t, show(CodeRSAKeyCheck), show(code), "%s = 0", name)
	}
	for i, other := range map[int]int{3: 4, 4: 3} { // a factor of 1 leaves nothing to count modulo
		n := keyNumbers(k)
		n[i], n[other] = big.NewInt(1), n[0]
		_, code := parsePKCS1(pkcs1(0, n...))
		assert.Equal(t, show(CodeRSAKeyCheck), show(code), "factor %d is 1", i)
	}
}

func FuzzPrivateKey(f *testing.F) {
	f.Add(testpki.KeyDER(f, testpki.Leaf512))
	f.Add(testpki.KeyPEM(f, testpki.Leaf512))
	f.Add(testpki.KeyDER(f, testpki.Leaf1024))
	f.Add([]byte("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"))
	f.Fuzz(func(t *testing.T, in []byte) {
		k, code := ParsePrivateKey(in)
		require.LessOrEqual(t, code, 0)
		require.Equal(t, code == 0, k != nil)
		if k == nil || k.Size() > 256 {
			return
		}
		ct, code := EncryptPKCS1v15(rand.Reader, &k.PublicKey, []byte("x"))
		if code == 0 {
			k.DecryptPKCS1v15(ct) // P and Q need not be prime: any result, but no panic
		}
	})
}
