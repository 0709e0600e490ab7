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
