package mbedtls_test

import (
	"crypto"
	"os"
	"path/filepath"
	"testing"

	"github.com/emu8266/emu8266/espconn/boundedtls/mbedtls"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestReadPrivateKey(t *testing.T) {
	pem, err := os.ReadFile(filepath.Join("..", "..", "testpki", "keys", "leaf-512.key.pem"))
	require.NoError(t, err)
	n, err := mbedtls.ReadPrivateKey(pem)
	require.NoError(t, err)
	assert.Equal(t, 512, n.BitLen())
	require.NoError(t, mbedtls.CheckPrivateKey(pem))
	_, err = mbedtls.ReadPrivateKey(pem[:100])
	require.Error(t, err)
	require.Error(t, mbedtls.CheckPrivateKey(nil))
}

func TestReadCertificates(t *testing.T) {
	b, err := os.ReadFile(filepath.Join("..", "..", "..", "testdata", "oracle", "pki", "ca_file_8159.pem"))
	require.NoError(t, err)
	certs, bad, err := mbedtls.ReadCertificates(b)
	require.NoError(t, err)
	assert.Zero(t, bad)
	require.NotEmpty(t, certs)
	c := certs[0]
	assert.Equal(t, c.Modulus.BitLen(), c.Bits)
	assert.NotEqual(t, crypto.Hash(0), c.Hash)
	assert.True(t, c.Anchor)
	assert.True(t, c.SignedBy(c), "a root")
	assert.False(t, c.SignedBy(mbedtls.CertificateInfo{}))
	require.NoError(t, mbedtls.CheckCertificates(b))

	_, bad, err = mbedtls.ReadCertificates([]byte("no certificate"))
	require.Error(t, err)
	assert.Equal(t, 1, bad)
	require.Error(t, mbedtls.CheckCertificates(nil))
}

// A file of another kind is told by what it holds: certificate and key are easily exchanged.
func TestHoldsSomethingElse(t *testing.T) {
	read := func(name string) []byte {
		b, err := os.ReadFile(filepath.Join("..", "..", "..", "testdata", "oracle", "pki", name))
		require.NoError(t, err)
		return b
	}
	for _, tc := range []struct {
		file string
		read func([]byte) error
		want string
	}{
		{"leaf2048.key.pem", mbedtls.CheckCertificates, `the device cannot read a certificate in it (-0x2180): it holds "RSA PRIVATE KEY"`},
		{"leaf2048.key.der", mbedtls.CheckCertificates, "the device cannot read a certificate in it (-0x21e2): it holds a private key"},
		{"ca.pem", mbedtls.CheckPrivateKey, `the device cannot read an RSA private key in it (-0x3d00): it holds "CERTIFICATE"`},
		{"ca.der", mbedtls.CheckPrivateKey, "the device cannot read an RSA private key in it (-0x3d00): it holds a certificate"},
		{"ca_garbage.bin", mbedtls.CheckPrivateKey, "the device cannot read an RSA private key in it (-0x3d00)"},
	} {
		assert.EqualError(t, tc.read(read(tc.file)), tc.want, tc.file)
	}
}
