package certs

import (
	"crypto"
	"crypto/rsa"
	"crypto/x509"
	"math/big"
	"testing"

	"github.com/emu8266/emu8266/espconn/boundedtls/mbedtls"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestGenerateKey(t *testing.T) {
	for _, bits := range []int{512, 514, 768, 1022, 1024, 1026, 2048} { // 3072 and 4096 take seconds: TestKeySizesOnTheDevice
		k, err := GenerateKey(bits)
		require.NoError(t, err)
		assert.Equal(t, bits, k.Bits())
		assert.Positive(t, k.pkcs1.P.Cmp(k.pkcs1.Q), "the larger prime comes first (axtls.md 3)")
		assert.EqualValues(t, 65537, k.pkcs1.E.Int64())
		require.NoError(t, mbedtls.CheckPrivateKey(k.DER()))
		require.NoError(t, mbedtls.CheckPrivateKey(k.PEM()))
		back, err := parseKey(k.PEM())
		require.NoError(t, err)
		assert.Equal(t, k.DER(), back.DER())
		if bits >= 1024 {
			std, err := x509.ParsePKCS1PrivateKey(k.DER())
			require.NoError(t, err)
			digest := crypto.SHA256.New().Sum(nil)
			sig, err := k.sign(crypto.SHA256, nil)
			require.NoError(t, err)
			require.NoError(t, rsa.VerifyPKCS1v15(&std.PublicKey, crypto.SHA256, digest, sig))
		}
	}
	for _, bits := range []int{-2, 0, 256, 510, 511, 513, 1025, 4095, 4097, 4098, 8192} {
		_, err := GenerateKey(bits)
		require.ErrorContains(t, err, "give an even number from 512 to 4096", bits)
	}
}

// A key whose smaller prime comes first keeps its numbers and gets the other order.
func TestKeyPutsTheLargerPrimeFirst(t *testing.T) {
	k, err := GenerateKey(512)
	require.NoError(t, err)
	p := k.pkcs1
	swapped := pkcs1Key{N: p.N, E: p.E, D: p.D, P: p.Q, Q: p.P, DP: p.DQ, DQ: p.DP, QInv: new(big.Int).ModInverse(p.P, p.Q)}
	der := mustMarshal(swapped)
	require.NoError(t, mbedtls.CheckPrivateKey(der))
	back, err := parseKey(der)
	require.NoError(t, err)
	assert.Equal(t, k.DER(), back.DER())
}

func TestSignRefuses(t *testing.T) {
	k, err := GenerateKey(512)
	require.NoError(t, err)
	_, err = k.sign(crypto.SHA256, []byte("62 bytes of 64"))
	require.NoError(t, err)
	_, err = k.sign(crypto.MD5, nil)
	require.Error(t, err)
	short, err := newKey(big.NewInt(65539), big.NewInt(65543), big.NewInt(3), nil)
	if err == nil {
		_, err = short.sign(crypto.SHA1, nil)
	}
	require.Error(t, err)
	damaged := *k
	damaged.pkcs1.D = new(big.Int).Add(k.pkcs1.D, one)
	_, err = damaged.sign(crypto.SHA1, nil)
	require.ErrorContains(t, err, "do not fit")
}
