package secureclient_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"io"
	"math/big"
	"net/netip"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/trace"
	secureclient "github.com/emu8266/emu8266/examples/secure-client"
)

var broker = netip.MustParseAddrPort("10.0.0.10:8883")

// The two runs that the README shows: a buffer that is too small for the server's certificates, and one that is not.
func TestSecureClient(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	require.NoError(t, err)
	for _, tc := range []struct {
		name string
		size uint16
	}{{"fails with the default buffer", 2048}, {"works with 3072 bytes", 3072}} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { // virtual time
				var uart bytes.Buffer
				d := emulator.NewTest(t, emulator.Config{UART: &uart, Seed: 1})
				startBroker(t, d)
				client := &secureclient.Client{Server: broker, Size: tc.size, Message: "hello"}
				require.NoError(t, d.Boot(emulator.Go(client.Init)))

				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				_, err := d.WaitEvent(ctx, func(e trace.Event) bool {
					return strings.HasPrefix(e.Text, "disconnect callback") || strings.HasPrefix(e.Text, "reconnect callback")
				})
				require.NoError(t, err)
				require.NoError(t, d.Close()) // the UART is ours now
				assert.Contains(t, string(readme), "```\n"+uart.String()+"```\n", "the README shows another output:\n%s", uart.String())
			})
		})
	}
}

// A failed connection is tried again by the timer, a second later.
func TestSecureClientRetries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := emulator.NewTest(t, emulator.Config{})
		client := &secureclient.Client{Server: broker, Size: 2048, Message: "hello", Retries: 2}
		d.Network().Host("broker", broker.Addr()) // nobody listens: the SYN is refused
		require.NoError(t, d.Boot(emulator.Go(client.Init)))
		time.Sleep(time.Minute)
		var failures int
		for _, e := range d.Trace().Events() {
			if e.Source == trace.SourceUART && e.Text == "reconnect callback, err -9" {
				failures++
			}
		}
		assert.Equal(t, 3, failures)
	})
}

// startBroker starts a TLS server that echoes. Its certificates take 2.3 KB, as many a broker's do.
func startBroker(t *testing.T, d *emulator.Device) {
	listener, err := d.Network().Host("broker", broker.Addr()).Listen("tcp", ":8883")
	require.NoError(t, err)
	config := &tls.Config{
		Certificates: []tls.Certificate{chain(t)},
		MinVersion:   tls.VersionTLS12,
		MaxVersion:   tls.VersionTLS12,
		CipherSuites: []uint16{tls.TLS_RSA_WITH_AES_128_CBC_SHA256}, // what the device speaks
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
				_, _ = io.Copy(c, c) // an aborted handshake is part of the example
			}()
		}
	}()
}

// chain makes an RSA-2048 leaf and the CA that signed it; a comment in the CA makes them 2.3 KB together.
func chain(t *testing.T) tls.Certificate {
	caKey, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	comment, err := asn1.MarshalWithParams(strings.Repeat("x", 750), "ia5")
	require.NoError(t, err)
	ca := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "example CA"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Unix(0, 0), NotAfter: time.Unix(1<<32, 0),
		ExtraExtensions: []pkix.Extension{{Id: asn1.ObjectIdentifier{2, 16, 840, 1, 113730, 1, 13}, Value: comment}},
	}
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "broker.example"},
		NotBefore: time.Unix(0, 0), NotAfter: time.Unix(1<<32, 0),
	}
	caDER, err := x509.CreateCertificate(rand.Reader, ca, ca, &caKey.PublicKey, caKey)
	require.NoError(t, err)
	leafDER, err := x509.CreateCertificate(rand.Reader, leaf, ca, &key.PublicKey, caKey)
	require.NoError(t, err)
	return tls.Certificate{Certificate: [][]byte{leafDER, caDER}, PrivateKey: key}
}
