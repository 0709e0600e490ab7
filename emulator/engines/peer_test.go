package engines_test

import (
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/binary"
	"io"
	"math/big"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator/devtest"
	"github.com/emu8266/emu8266/espconn/testpki"
	"github.com/emu8266/emu8266/netstack/vnet"
)

// startServer starts a TLS server that sends 2.2 KB of certificates and echoes, after a delay.
func startServer(tb testing.TB, network *vnet.Network, at netip.AddrPort, delay time.Duration) {
	devtest.TLSServer(tb, network, devtest.Options{Addr: at, ChainLen: 2200, Handle: func(c net.Conn) {
		time.Sleep(delay)
		_, _ = io.Copy(c, c) // ends with the connection
	}})
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
