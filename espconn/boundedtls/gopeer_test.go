package boundedtls_test

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/espconn/boundedtls"
	"github.com/emu8266/emu8266/espconn/boundedtls/axtls"
	"github.com/emu8266/emu8266/espconn/boundedtls/mbedtls"
)

var goSuites = []struct {
	id   uint16
	only uint16 // 0, or the only version
}{
	{tls.TLS_RSA_WITH_AES_128_CBC_SHA, 0},
	{tls.TLS_RSA_WITH_AES_256_CBC_SHA, 0},
	{tls.TLS_RSA_WITH_AES_128_CBC_SHA256, tls.VersionTLS12},
}

var goVersions = []uint16{tls.VersionTLS10, tls.VersionTLS11, tls.VersionTLS12}

// engineName is short for the pages and tests that compare engines.
func engineName(e boundedtls.Engine) string {
	switch e {
	case mbedtls.Early():
		return "early"
	case mbedtls.Early().WithoutBugs():
		return "manual"
	case mbedtls.Late():
		return "late"
	}
	return e.String()
}

func engines() []mbedtls.Engine {
	return []mbedtls.Engine{mbedtls.Early().WithoutBugs(), mbedtls.Late()}
}

// TestAgainstGo connects to crypto/tls in both roles, with each suite and
// version that both have, and passes data both ways.
func TestAgainstGo(t *testing.T) {
	cert := certificate(t, "leaf2048.pem", "leaf2048.key.pem")
	pool := x509.NewCertPool()
	require.True(t, pool.AppendCertsFromPEM(pki(t, "ca.pem")))
	for _, eng := range engines() {
		for _, s := range goSuites {
			for _, v := range goVersions {
				if s.only != 0 && s.only != v {
					continue
				}
				for _, role := range []boundedtls.Role{boundedtls.Client, boundedtls.Server} {
					name := fmt.Sprintf("%s/%s/%s/%s", engineName(eng), tls.CipherSuiteName(s.id), tls.VersionName(v), role)
					t.Run(name, func(t *testing.T) {
						conf := &tls.Config{MinVersion: v, MaxVersion: v, CipherSuites: []uint16{s.id},
							Certificates: []tls.Certificate{cert},
							RootCAs:      pool, ServerName: "leaf2048", ClientCAs: pool, InsecureSkipVerify: true}
						w := newWire()
						c := eng.New(boundedtls.Config{Role: role, Verify: true})
						var peer *tls.Conn
						if role == boundedtls.Client {
							conf.ClientAuth = tls.RequireAnyClientCert
							peer = tls.Server(w, conf)
						} else {
							peer = tls.Client(w, conf)
						}
						require.Nil(t, c.OwnCert(pki(t, "leaf2048.pem")))
						require.Nil(t, c.OwnKey(pki(t, "leaf2048.key.pem")))
						require.Nil(t, c.CA(pki(t, "ca.pem")))
						require.Nil(t, c.Setup())
						done := make(chan error, 1)
						sent := dataPattern(3000)
						go func() {
							err := echo(peer, len(sent))
							close(w.fromPeer)
							done <- err
						}()
						d := &device{c: c, w: w}
						err := d.handshake()
						if err != nil {
							close(w.toPeer)
							require.NoError(t, err, "peer: %v", <-done)
						}
						require.NoError(t, d.write(sent))
						got := make([]byte, len(sent))
						require.NoError(t, d.readFull(got))
						assert.Equal(t, sent, got)
						assert.Equal(t, v, c.State().Version)
						assert.Equal(t, s.id, uint16(c.State().Suite))
						c.CloseNotify()
						d.flush()
						close(w.toPeer)
						require.NoError(t, <-done)
						c.Close()
					})
				}
			}
		}
	}
}

// echo sends n bytes back in pieces of at most 1,000 and waits for
// close_notify.
func echo(peer *tls.Conn, n int) error {
	p := make([]byte, n)
	if _, err := io.ReadFull(peer, p); err != nil {
		return err
	}
	for i := 0; i < n; i += 1000 {
		if _, err := peer.Write(p[i:min(n, i+1000)]); err != nil {
			return err
		}
	}
	if _, err := peer.Read(p); err != io.EOF {
		return fmt.Errorf("wanted close_notify, got %v", err)
	}
	return nil
}

// A server that wants a certificate and gets none says handshake_failure after the hellos were agreed: no suite is missing. With one that
// it does not trust, its alert is about that one.
func TestServerWantsCertificate(t *testing.T) {
	for _, eng := range []boundedtls.Engine{mbedtls.Early().WithoutBugs(), mbedtls.Late(), axtls.Libssl().WithoutBugs()} {
		for _, own := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/own %v", engineName(eng), own), func(t *testing.T) {
				w := newWire()
				c := eng.New(boundedtls.Config{Role: boundedtls.Client, Now: stopped(axClock)})
				if own {
					require.Nil(t, c.OwnCert(pki(t, "leaf2048.pem")))
					require.Nil(t, c.OwnKey(pki(t, "leaf2048.key.pem")))
				}
				require.Nil(t, c.Setup())
				peer := tls.Server(w, &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11,
					CipherSuites: []uint16{tls.TLS_RSA_WITH_AES_128_CBC_SHA}, ClientAuth: tls.RequireAndVerifyClientCert,
					ClientCAs: x509.NewCertPool(), Certificates: []tls.Certificate{certificate(t, "leaf2048.pem", "leaf2048.key.pem")}})
				done := make(chan error, 1)
				go func() {
					err := peer.Handshake()
					close(w.fromPeer)
					done <- err
				}()
				err := (&device{c: c, w: w}).handshake()
				close(w.toPeer)
				require.Error(t, <-done)
				require.Error(t, err)
				want := boundedtls.CauseAlertNoCertificate
				if own {
					want = boundedtls.CauseAlertCertificate
				}
				assert.Equal(t, want, causeOf(c))
			})
		}
	}
}

// A client of the device's server that speaks no TLS is told by what it sent.
func TestClientWithoutTLS(t *testing.T) {
	for _, eng := range []boundedtls.Engine{mbedtls.Early(), mbedtls.Late()} {
		assert.Equal(t, boundedtls.CausePlainText, fed{engine: eng, role: boundedtls.Server, wire: []byte("GET / HTTP/1.1\r\n")}.why(t))
		assert.Equal(t, boundedtls.CauseNotTLS, fed{engine: eng, role: boundedtls.Server, wire: []byte{0x80, 46, 1, 3, 1, 0}}.why(t))
		assert.Equal(t, boundedtls.CauseClientHello, fed{engine: eng, role: boundedtls.Server, wire: alerted(2, 40)}.why(t))
	}
}
