package boundedtls_test

import (
	"crypto/tls"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/espconn/boundedtls"
	"github.com/emu8266/emu8266/espconn/boundedtls/axtls"
	"github.com/emu8266/emu8266/espconn/boundedtls/mbedtls"
)

// A handshake with a private key that is not that of the own certificate fails as its peer sees fit, an alert or a record that cannot be
// read, and the cause is the key, with the lengths of both. With the right key it ends well.
func TestForeignKey(t *testing.T) {
	peer := certificate(t, "leaf2048.pem", "leaf2048.key.pem")
	for _, tc := range []struct {
		name   string
		engine boundedtls.Engine
		role   boundedtls.Role
		key    string
		code   int // 0: the handshake ends well
		bits   int
		object string
	}{
		{"early server", mbedtls.Early(), boundedtls.Server, "client2048.key.pem", -0x7180, 2048, "the peer's first encrypted record "},
		{"late server", mbedtls.Late(), boundedtls.Server, "client2048.key.pem", -0x7180, 2048, "the peer's first encrypted record "},
		{"axTLS server", axtls.Libssl(), boundedtls.Server, "client2048.key.der", -262, 2048, "the peer's first encrypted record "},
		{"early server, short key", mbedtls.Early(), boundedtls.Server, "leaf1024.key.pem", -0x7C00, 1024, "the premaster secret "},
		{"axTLS server, long key", axtls.Libssl(), boundedtls.Server, "leaf4096.key.der", -260, 4096, "the premaster secret "},
		{"early client", mbedtls.Early(), boundedtls.Client, "client2048.key.pem", -0x7780, 2048, "the peer answered with the "},
		{"late client, short key", mbedtls.Late(), boundedtls.Client, "leaf1024.key.pem", -0x7780, 1024, "the peer answered with the "},
		{"axTLS client", axtls.Libssl(), boundedtls.Client, "client2048.key.der", -51, 2048, "the peer answered with the "},
		{"right key", mbedtls.Late(), boundedtls.Server, "leaf2048.key.pem", 0, 0, ""},
		{"right key, client", mbedtls.Late(), boundedtls.Client, "leaf2048.key.pem", 0, 0, ""},
		{"right key, axTLS", axtls.Libssl(), boundedtls.Server, "leaf2048.key.der", 0, 0, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			file, cert, version := pki, "leaf2048.pem", uint16(tls.VersionTLS12)
			if tc.engine.Traits().Library == boundedtls.AxTLS {
				file, cert, version = axFile, "leaf2048.der", tls.VersionTLS11
			}
			conf := &tls.Config{MinVersion: version, MaxVersion: version, Certificates: []tls.Certificate{peer}, InsecureSkipVerify: true,
				CipherSuites: []uint16{tls.TLS_RSA_WITH_AES_128_CBC_SHA}, ClientAuth: tls.RequireAnyClientCert}
			w := newWire()
			c := tc.engine.New(boundedtls.Config{Role: tc.role, Now: stopped(axClock)})
			require.Nil(t, c.OwnCert(file(t, cert)))
			require.Nil(t, c.OwnKey(file(t, tc.key)))
			require.Nil(t, c.Setup())
			far := tls.Client(w, conf)
			if tc.role == boundedtls.Client {
				far = tls.Server(w, conf)
			}
			done := make(chan struct{})
			go func() {
				defer close(done)
				_ = far.Handshake()
				close(w.fromPeer)
			}()
			d := &device{c: c, w: w}
			_ = d.handshake()
			close(w.toPeer)
			<-done
			if tc.code == 0 {
				require.Nil(t, c.Err())
				return
			}
			require.NotNil(t, c.Err())
			assert.Equal(t, tc.code, c.Err().Code)
			why := c.Err().Cause
			assert.Equal(t, boundedtls.CauseForeignKey, why.ID)
			assert.Equal(t, tc.bits, why.Have)
			assert.Equal(t, 2048, why.Limit)
			assert.Regexp(t, "^"+tc.object, why.Object)
		})
	}
}
