package hellotls_test

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
	"github.com/emu8266/emu8266/emulator/wasm"
	"github.com/emu8266/emu8266/netstack/vnet"
)

// server is the address that user_main.c connects to.
var server = netip.MustParseAddrPort("10.0.0.1:8883")

// The two runs that the README shows: a buffer that is too small for the server's certificates, and one that is not.
func TestHelloTLS(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	require.NoError(t, err)
	for _, tc := range []struct{ name, firmware, end string }{
		{"fails with 2048 bytes", "hello-tls-2048", "reconnect callback"},
		{"works with 4096 bytes", "hello-tls-4096", "disconnect callback"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			image, err := wasm.LoadFile("../../testdata/firmware/" + tc.firmware + ".wasm")
			require.NoError(t, err)
			defer image.Close()
			synctest.Test(t, func(t *testing.T) { // virtual time
				network := vnet.New(vnet.Options{Seed: 1})
				defer network.Close()
				startServer(t, network)
				var uart bytes.Buffer
				d := emulator.NewTest(t, emulator.Config{Network: network, Address: netip.MustParsePrefix("10.0.1.1/16"), UART: &uart, Seed: 1})
				require.NoError(t, d.Boot(image.Firmware()))

				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				_, err := d.WaitLog(ctx, tc.end)
				require.NoError(t, err)
				require.NoError(t, d.Close()) // the UART is ours now
				assert.Contains(t, string(readme), "```\n"+uart.String()+"```\n", "the README shows another output:\n%s", uart.String())
			})
		})
	}
}

// startServer starts a TLS server that echoes. Its certificates take 2.3 KB, as many a broker's do.
func startServer(t *testing.T, network *vnet.Network) {
	listener, err := network.Host("server", server.Addr()).Listen("tcp", ":8883")
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
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "server.example"},
		NotBefore: time.Unix(0, 0), NotAfter: time.Unix(1<<32, 0),
	}
	caDER, err := x509.CreateCertificate(rand.Reader, ca, ca, &caKey.PublicKey, caKey)
	require.NoError(t, err)
	leafDER, err := x509.CreateCertificate(rand.Reader, leaf, ca, &key.PublicKey, caKey)
	require.NoError(t, err)
	return tls.Certificate{Certificate: [][]byte{leafDER, caDER}, PrivateKey: key}
}
