package wasm_test

import (
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/binary"
	"io"
	"math/big"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/espconn/testpki"
	"github.com/emu8266/emu8266/netstack/vnet"
)

// startServer starts a TLS server that sends 2.2 KB of certificates and echoes, after a delay.
func startServer(tb testing.TB, network *vnet.Network, at netip.AddrPort, delay time.Duration) {
	listener, err := network.Host("server", at.Addr()).Listen("tcp", netip.AddrPortFrom(netip.IPv4Unspecified(), at.Port()).String())
	require.NoError(tb, err)
	config := &tls.Config{
		Certificates: []tls.Certificate{serverChain(tb)},
		MinVersion:   tls.VersionTLS12,
		MaxVersion:   tls.VersionTLS12,
		CipherSuites: []uint16{tls.TLS_RSA_WITH_AES_128_CBC_SHA256},
	}
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				c := tls.Server(conn, config)
				if c.Handshake() == nil {
					time.Sleep(delay)
				}
				_, _ = io.Copy(c, c) // a handshake that the device gives up is expected
			}()
		}
	}()
}

// talk connects to the device's port 443, sends text and expects "echo".
func talk(t *testing.T, from *vnet.Host, device netip.Addr, text string) {
	raw, err := from.DialContext(t.Context(), "tcp", netip.AddrPortFrom(device, 443).String())
	require.NoError(t, err)
	c := tls.Client(raw, &tls.Config{
		InsecureSkipVerify: true, // the test is about the device's callbacks
		MinVersion:         tls.VersionTLS12,
		MaxVersion:         tls.VersionTLS12,
		CipherSuites:       []uint16{tls.TLS_RSA_WITH_AES_128_CBC_SHA256},
	})
	_, err = c.Write([]byte(text))
	require.NoError(t, err)
	var b [4]byte
	_, err = io.ReadFull(c, b[:])
	require.NoError(t, err)
	assert.Equal(t, "echo", string(b[:]))
	require.NoError(t, c.Close())
}

// pki is made once: a leaf and its CA with a long comment, together 2.2 KB.
var pki struct {
	once  sync.Once
	chain tls.Certificate
}

func serverChain(tb testing.TB) tls.Certificate {
	pki.once.Do(func() {
		caKey, key := testpki.Key(tb, testpki.CA2048), testpki.Key(tb, testpki.Leaf2048)
		comment, err := asn1.MarshalWithParams(strings.Repeat("x", 750), "ia5")
		require.NoError(tb, err)
		ca := &x509.Certificate{
			SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test CA"}, IsCA: true, BasicConstraintsValid: true,
			NotBefore: time.Unix(0, 0), NotAfter: time.Unix(1<<32, 0),
			ExtraExtensions: []pkix.Extension{{Id: asn1.ObjectIdentifier{2, 16, 840, 1, 113730, 1, 13}, Value: comment}},
		}
		leaf := &x509.Certificate{
			SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "server.example"},
			NotBefore: time.Unix(0, 0), NotAfter: time.Unix(1<<32, 0),
		}
		caDER, err := x509.CreateCertificate(nil, ca, ca, &caKey.PublicKey, caKey)
		require.NoError(tb, err)
		leafDER, err := x509.CreateCertificate(nil, leaf, ca, &key.PublicKey, caKey)
		require.NoError(tb, err)
		pki.chain = tls.Certificate{Certificate: [][]byte{leafDER, caDER}, PrivateKey: key}
	})
	return pki.chain
}

// serverObjects returns a small self-signed certificate and its key, DER.
func serverObjects(t *testing.T) (cert, key []byte) {
	k := testpki.Key(t, testpki.Leaf1024)
	c := &x509.Certificate{
		SerialNumber: big.NewInt(3), Subject: pkix.Name{CommonName: "device"},
		NotBefore: time.Unix(0, 0), NotAfter: time.Unix(1<<32, 0),
	}
	cert, err := x509.CreateCertificate(nil, c, c, &k.PublicKey, k)
	require.NoError(t, err)
	return cert, x509.MarshalPKCS1PrivateKey(k)
}

// lengthPrefixed is b behind its length, filled up to four bytes.
func lengthPrefixed(b []byte) []byte {
	out := append(binary.LittleEndian.AppendUint32(nil, uint32(len(b))), b...)
	for len(out)%4 != 0 {
		out = append(out, 0)
	}
	return out
}
