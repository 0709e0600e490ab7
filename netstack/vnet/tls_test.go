package vnet

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"math/big"
	"net/http"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// tlsConfig makes a certificate for both ends that is valid in a bubble's year 2000.
func tlsConfig(t *testing.T) *tls.Config {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "www"}, DNSNames: []string{"www"},
		NotBefore: time.Date(1999, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2099, 1, 1, 0, 0, 0, 0, time.UTC),
		IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	cert, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	pool := x509.NewCertPool()
	pool.AddCert(cert)
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}, RootCAs: pool, ServerName: "www"}
}

func TestHTTP2OverTLSWithLoss(t *testing.T) {
	config := tlsConfig(t)
	bubble(t, Options{Seed: 11, Faults: Faults{Loss: 0.1}}, func(t *testing.T, n *Network) {
		server, client := n.Host("www", netip.Addr{}), n.Host("client", netip.Addr{})
		l, err := server.Listen("tcp", ":443")
		require.NoError(t, err)
		body := pattern(200_000)
		s := &http.Server{
			TLSConfig: config.Clone(),
			Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				assert.Equal(t, 2, r.ProtoMajor)
				_, _ = w.Write(body)
			}),
		}
		done := make(chan error)
		go func() { done <- s.ServeTLS(l, "", "") }()
		transport := &http.Transport{DialContext: client.DialContext, TLSClientConfig: config.Clone(), ForceAttemptHTTP2: true}
		c := &http.Client{Transport: transport}
		get := func() {
			r, err := c.Get("https://www/")
			if assert.NoError(t, err) {
				got, err := io.ReadAll(r.Body)
				assert.NoError(t, err)
				assert.True(t, bytes.Equal(body, got))
			}
		}
		get()
		var group sync.WaitGroup
		for range 5 {
			group.Go(get)
		}
		group.Wait()
		time.Sleep(24 * time.Hour) // idle for a day
		get()
		transport.CloseIdleConnections()
		require.NoError(t, s.Close())
		require.ErrorIs(t, <-done, http.ErrServerClosed)
	})
}
