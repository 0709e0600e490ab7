package secureserver_test

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/netip"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/devtest"
	"github.com/emu8266/emu8266/espconn/testpki"
	secureserver "github.com/emu8266/emu8266/examples/secure-server"
	"github.com/emu8266/emu8266/flash"
	"github.com/emu8266/emu8266/flash/image"
)

var page = strings.Repeat("hello from the ESP8266\n", 60) // 1,380 bytes: two pieces

// boot starts the firmware and returns its address once it listens.
func boot(t *testing.T, uart io.Writer, size uint16) (*emulator.Device, string) {
	certificate, key := selfSigned(t)
	d := emulator.NewTest(t, emulator.Config{UART: uart, Seed: 1})
	server := &secureserver.Server{Certificate: certificate, Key: key, Size: size, Page: page}
	require.NoError(t, d.Boot(emulator.Go(server.Init)))
	_, err := d.WaitLog(t.Context(), "listening on port 443")
	require.NoError(t, err)
	return d, net.JoinHostPort(d.Addr().String(), "443")
}

// browser is an ordinary http.Client on a host of the device's network.
func browser(d *emulator.Device) *http.Client {
	return &http.Client{Transport: &http.Transport{
		DialContext:       d.Network().Host("laptop", netip.MustParseAddr("10.0.0.20")).DialContext,
		DisableKeepAlives: true,
		TLSClientConfig: &tls.Config{
			InsecureSkipVerify: true, // self-signed
			MaxVersion:         tls.VersionTLS12,
			CipherSuites:       []uint16{tls.TLS_RSA_WITH_AES_128_CBC_SHA256}, // what the device speaks
		},
	}}
}

// The run that the README shows.
func TestSecureServer(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	require.NoError(t, err)
	synctest.Test(t, func(t *testing.T) { // virtual time
		var uart bytes.Buffer
		d, addr := boot(t, &uart, 2048)
		answer, err := browser(d).Get("https://" + addr + "/")
		require.NoError(t, err)
		body, err := io.ReadAll(answer.Body)
		require.NoError(t, err)
		assert.Equal(t, page, string(body))
		time.Sleep(time.Second)
		require.NoError(t, d.Close()) // the UART is ours now
		assert.Contains(t, string(readme), "```\n"+uart.String()+"```\n", "the README shows another output:\n%s", uart.String())
	})
}

// The build without SERVER_SSL_ENABLE, in Go a field: the same server over plain TCP.
func TestPlainServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := emulator.NewTest(t, emulator.Config{Seed: 1, Checks: emulator.ChecksFail})
		require.NoError(t, d.Boot(emulator.Go((&secureserver.Server{Page: page, Plain: true}).Init)))
		_, err := d.WaitLog(t.Context(), "listening on port 80: 0")
		require.NoError(t, err)
		client := browser(d)
		for range 2 {
			answer, err := client.Get("http://" + d.Addr().String() + "/")
			require.NoError(t, err)
			body, err := io.ReadAll(answer.Body)
			require.NoError(t, err)
			assert.Equal(t, page, string(body))
			time.Sleep(time.Second)
		}
	})
}

// With a CA burned at the sector that ca_enable names, a client without certificate is refused (manual V2.1 3.2).
func TestServerChecksClients(t *testing.T) {
	ca := testpki.NewCA(t, testpki.CA2048)
	chip, err := flash.New(emulator.FlashDefault)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, chip.Close()) })
	require.NoError(t, image.Certs{{Name: "ca.cer", Data: ca.Raw}}.WriteAt(chip, 0x7B))
	certificate, key := selfSigned(t)
	synctest.Test(t, func(t *testing.T) {
		d := emulator.NewTest(t, emulator.Config{Seed: 1, Flash: chip, Checks: emulator.ChecksFail})
		server := &secureserver.Server{Certificate: certificate, Key: key, Size: 2048, Page: page, CASector: 0x7B}
		require.NoError(t, d.Boot(emulator.Go(server.Init)))
		devtest.WaitLog(t, d, "listening on port 443")
		client := browser(d)
		_, err := client.Get("https://" + d.Addr().String() + "/")
		require.Error(t, err)
		devtest.WaitLog(t, d, "server handshake failed!", "Reason:[-0x7480]")
		client.Transport.(*http.Transport).TLSClientConfig.Certificates = []tls.Certificate{
			ca.Issue(t, testpki.Options{Key: testpki.Client2048, Name: "laptop"}).TLS(t)}
		answer, err := client.Get("https://" + d.Addr().String() + "/")
		require.NoError(t, err)
		require.NoError(t, answer.Body.Close())
		time.Sleep(time.Second)
	})
}

// A ClientHello that is larger than the buffer is refused, and the server goes on.
func TestSecureServerWithABufferTooSmallForTheHello(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, addr := boot(t, nil, 64)
		client := browser(d)
		for range 2 {
			_, err := client.Get("https://" + addr + "/")
			require.Error(t, err)
			_, err = d.WaitLog(t.Context(), "Reason:[-0x7900]")
			require.NoError(t, err)
		}
	})
}

func selfSigned(t *testing.T) (certificate, key []byte) {
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	c := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "device"},
		NotBefore: time.Unix(0, 0), NotAfter: time.Unix(1<<32, 0)}
	certificate, err = x509.CreateCertificate(rand.Reader, c, c, &k.PublicKey, k)
	require.NoError(t, err)
	return certificate, x509.MarshalPKCS1PrivateKey(k)
}
