package badpeer_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/espconn/badpeer"
	"github.com/emu8266/emu8266/espconn/testpki"
)

// leaf makes a self-signed certificate.
func leaf(t *testing.T, key crypto.Signer, usage x509.KeyUsage) []byte {
	t.Helper()
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "broker"}, KeyUsage: usage,
		NotBefore: time.Unix(0, 0), NotAfter: time.Unix(4e9, 0)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(t, err)
	return der
}

// The suite wants a key of its kind whose usage allows it (RFC 5246 7.4.2).
func TestUnusable(t *testing.T) {
	rsaKey, err := x509.ParsePKCS1PrivateKey(testpki.KeyDER(t, testpki.Leaf2048))
	require.NoError(t, err)
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)
	// rsaEncryption in the key's place becomes id-RSASSA-PSS (RFC 4055 3.1).
	plain, pss := []byte{0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1, 5, 0}, []byte{0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 10, 5, 0}
	whole := leaf(t, rsaKey, 0)
	require.Equal(t, 1, bytes.Count(whole, plain))
	for _, row := range []struct {
		name         string
		der          []byte
		without, dhe badpeer.Unfit
	}{
		{"RSA", whole, "", ""},
		{"RSA that may do both", leaf(t, rsaKey, x509.KeyUsageKeyEncipherment|x509.KeyUsageDigitalSignature), "", ""},
		{"RSA that may encipher", leaf(t, rsaKey, x509.KeyUsageKeyEncipherment), "", ""},
		{"RSA that may sign", leaf(t, rsaKey, x509.KeyUsageDigitalSignature), badpeer.UnfitTransport, ""},
		{"RSA that may sign certificates", leaf(t, rsaKey, x509.KeyUsageCertSign), badpeer.UnfitUsage, badpeer.UnfitUsage},
		{"RSA for PSS", bytes.Replace(whole, plain, pss, 1), badpeer.UnfitKey, badpeer.UnfitKey},
		{"ECDSA", leaf(t, ec, 0), badpeer.UnfitKey, badpeer.UnfitKey},
		{"Ed25519", leaf(t, ed, 0), badpeer.UnfitKey, badpeer.UnfitKey},
	} {
		t.Run(row.name, func(t *testing.T) {
			c, err := x509.ParseCertificate(row.der)
			require.NoError(t, err)
			assert.Equal(t, row.without, badpeer.Unusable(c, []uint16{0x2f, 0x3d}))
			assert.Equal(t, row.dhe, badpeer.Unusable(c, []uint16{0x2f, 0x3d, 0x39}))
		})
	}
}
