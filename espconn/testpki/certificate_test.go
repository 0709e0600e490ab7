package testpki

import (
	"crypto/x509"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestMessageLenIsReachedExactly(t *testing.T) {
	ca := NewCA(t, CA2048)
	inter := ca.Issue(t, Options{Key: Intermediate, CA: true})
	for _, issuer := range []*Certificate{ca, inter} {
		for _, n := range []int{2047, 2048, 2049, 3072, 4096, 4097, 8192} {
			t.Run(fmt.Sprintf("%s/%d", issuer.KeyName, n), func(t *testing.T) {
				leaf := issuer.Issue(t, Options{Key: Leaf2048, MessageLen: n})
				assert.Equal(t, n, leaf.MessageLen())
			})
		}
	}
	for n := 1100; n < 1200; n++ { // across the lengths where the comment's DER length grows
		require.Equal(t, n, ca.Issue(t, Options{Key: Leaf2048, MessageLen: n}).MessageLen())
	}
}

func TestSameOptionsGiveSameBytes(t *testing.T) {
	ca := NewCA(t, CA2048)
	o := Options{Key: Leaf1024, Hosts: []string{"device.test", "10.0.0.5"}, Pad: 100}
	assert.Equal(t, ca.Issue(t, o).Raw, ca.Issue(t, o).Raw)
	assert.Equal(t, ca.Raw, NewCA(t, CA2048).Raw)
}

func TestChainVerifiesWithGo(t *testing.T) {
	ca := NewCA(t, CA4096)
	inter := ca.Issue(t, Options{Key: Intermediate, CA: true, MaxPathLen: 1})
	leaf := inter.Issue(t, Options{Key: Leaf2048, Hosts: []string{"server.test"}})
	require.Len(t, leaf.Chain(), 2)
	between := inter.Pool()
	_, err := leaf.Verify(x509.VerifyOptions{Roots: ca.Pool(), Intermediates: between, DNSName: "server.test"})
	require.NoError(t, err)
	_, err = leaf.Verify(x509.VerifyOptions{Roots: NewCA(t, OtherCA2048).Pool(), Intermediates: between})
	require.Error(t, err)
}

func TestKeysLoadAndEncode(t *testing.T) {
	for name, bits := range map[string]int{Leaf512: 512, CA1024: 1024, CA4096: 4096, Leaf3072: 3072, Client2048: 2048} {
		assert.Equal(t, bits, Key(t, name).N.BitLen(), name)
		assert.Contains(t, string(KeyPEM(t, name)), "-----BEGIN RSA PRIVATE KEY-----")
		k, err := x509.ParsePKCS1PrivateKey(KeyDER(t, name))
		require.NoError(t, err)
		assert.True(t, k.Equal(Key(t, name)))
	}
}
