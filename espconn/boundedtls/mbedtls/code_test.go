package mbedtls

import (
	"testing"

	"github.com/emu8266/emu8266/espconn/boundedtls"
	"github.com/emu8266/emu8266/espconn/boundedtls/internal/handshake"
	"github.com/emu8266/emu8266/espconn/boundedtls/internal/record"
	"github.com/emu8266/emu8266/espconn/boundedtls/internal/session"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func wireRecord(typ byte, body ...byte) []byte {
	return append(header(typ, boundedtls.VersionTLS12, len(body)), body...)
}

func handshakeRecord(typ byte, body ...byte) []byte {
	n := len(body)
	return wireRecord(record.Handshake, append([]byte{typ, byte(n >> 16), byte(n >> 8), byte(n)}, body...)...)
}

// serverHello builds the body of a ServerHello.
func serverHello(version uint16, id boundedtls.Suite, comp byte, tail ...byte) []byte {
	b := append([]byte{byte(version >> 8), byte(version)}, make([]byte, 32)...)
	return append(append(b, 0, byte(id>>8), byte(id), comp), tail...)
}

// TestClientCodes feeds a client what it refuses, from the ServerHello on
// (tls.md 3.2).
func TestClientCodes(t *testing.T) {
	rsa := handshakeRecord(handshake.ServerHello, serverHello(boundedtls.VersionTLS12, boundedtls.RSAWithAES128CBCSHA, 0)...)
	dhe := handshakeRecord(handshake.ServerHello, serverHello(boundedtls.VersionTLS12, boundedtls.DHERSAWithAES128CBCSHA, 0)...)
	junk := make([]byte, 200)
	for _, tc := range []struct {
		name  string
		code  int
		alert byte // 0: none
		wire  [][]byte
	}{
		{"split message", codeFeatureUnavailable, 0, [][]byte{wireRecord(record.Handshake, 2, 0, 0, 100, 3, 3)}},
		{"header cut off", codeInvalidRecord, 0, [][]byte{wireRecord(record.Handshake, 2, 0, 0)}},
		{"fatal alert", codeFatalAlert, 0, [][]byte{wireRecord(record.Alert, 2, 40)}},
		{"one-byte fatal alert", codeFatalAlert, 0, [][]byte{wireRecord(record.Alert, 2)}},
		{"close_notify", codePeerCloseNotify, 0, [][]byte{wireRecord(record.Alert, 1, 0)}},
		{"no_renegotiation", codeUnexpectedMessage, 0, [][]byte{wireRecord(record.Alert, 1, 100)}},
		{"warning, then data", codeUnexpectedMessage, 0, [][]byte{wireRecord(record.Alert, 1, 90), wireRecord(record.Alert, 3, 0),
			wireRecord(record.Data, 1)}},
		{"CCS first", codeUnexpectedMessage, 0, [][]byte{wireRecord(record.ChangeCipherSpec, 1)}},
		{"HelloRequest first", codeBadServerHello, 0, [][]byte{handshakeRecord(handshake.HelloRequest)}},
		{"short ServerHello", codeBadServerHello, 0, [][]byte{handshakeRecord(handshake.ServerHello, 3, 3)}},
		{"version 3.0", codeBadVersion, 70,
			[][]byte{handshakeRecord(handshake.ServerHello, serverHello(0x0300, boundedtls.RSAWithAES128CBCSHA, 0)...)}},
		{"version 3.4", codeBadVersion, 70,
			[][]byte{handshakeRecord(handshake.ServerHello, serverHello(0x0304, boundedtls.RSAWithAES128CBCSHA, 0)...)}},
		{"compression", codeFeatureUnavailable, 0,
			[][]byte{handshakeRecord(handshake.ServerHello, serverHello(boundedtls.VersionTLS12, boundedtls.RSAWithAES128CBCSHA, 1)...)}},
		{"unknown suite", codeBadInput, 0, [][]byte{handshakeRecord(handshake.ServerHello,
			serverHello(boundedtls.VersionTLS12, 0xC02F, 0)...)}},
		{"extensions cut off", codeBadServerHello, 0,
			[][]byte{handshakeRecord(handshake.ServerHello,
				serverHello(boundedtls.VersionTLS12, boundedtls.RSAWithAES128CBCSHA, 0, 0, 5, 0, 1, 0, 9,
					9)...)}},
		{"renegotiation_info", codeBadServerHello, 40,
			[][]byte{handshakeRecord(handshake.ServerHello,
				serverHello(boundedtls.VersionTLS12, boundedtls.RSAWithAES128CBCSHA, 0, 0, 6, 0xFF, 1, 0,
					2, 0, 0)...)}},
		{"no certificate", codeBadCertificate, 0, [][]byte{rsa, handshakeRecord(handshake.ServerHelloDone)}},
		{"empty chain", codeBadCertificate, 0, [][]byte{rsa, handshakeRecord(handshake.Certificate, 0, 0, 0)}},
		{"wrong list length", codeBadCertificate, 0, [][]byte{rsa, handshakeRecord(handshake.Certificate, 0, 0, 9, 0, 0, 3, 1, 2, 3)}},
		{"short certificate", codeBadCertificate, 0, [][]byte{rsa, handshakeRecord(handshake.Certificate, 0, 0, 6, 0, 0, 3, 1, 2, 3)}},
		{"broken certificate", -0x2180, 0, [][]byte{rsa,
			handshakeRecord(handshake.Certificate, append([]byte{0, 0, 203, 0, 0, 200}, junk...)...)}},
		{"DHE is not in the early library", codeBadInput, 0, [][]byte{dhe}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := started(t, boundedtls.Config{})
			for _, b := range tc.wire {
				c.Feed(b)
			}
			st := c.Handshake()
			if tc.alert != 0 {
				require.Equal(t, boundedtls.HasOutput, st)
				out := c.Output()
				require.Len(t, out, 7)
				assert.Equal(t, []byte{record.Fatal, tc.alert}, out[5:])
				st = c.Handshake()
			}
			require.Equal(t, boundedtls.Failed, st)
			assert.Nil(t, c.Output())
			assert.Equal(t, tc.code, c.Err().Code, c.Err())
			require.NotNil(t, c.Err().Cause)
			assert.NotEmpty(t, c.Err().Cause.ID)
			n := len(c.In.Bytes)
			c.Feed([]byte{1, 2, 3})
			assert.Len(t, c.In.Bytes, n, "bytes after a failure are dropped")
		})
	}
}

// TestMessageCodes drives single steps of the client and server whose earlier
// messages would need keys (tls.md 3.2).
func TestMessageCodes(t *testing.T) {
	at := func(role boundedtls.Role, s session.Step, kx boundedtls.Suite) *conn {
		c := newConn(Late(), boundedtls.Config{Role: role})
		require.Nil(t, c.Setup())
		c.Version, c.Step, c.Suite = boundedtls.VersionTLS12, s, session.Find(suiteTable, kx)
		c.hs.Settle(c.Version)
		return c
	}
	for _, tc := range []struct {
		name string
		c    *conn
		wire []byte
		code int
	}{
		{"no SKE", at(boundedtls.Client, session.ServerKeyExchange, boundedtls.DHERSAWithAES128CBCSHA),
			handshakeRecord(handshake.ServerHelloDone), codeUnexpectedMessage},
		{"empty SKE", at(boundedtls.Client, session.ServerKeyExchange, boundedtls.DHERSAWithAES128CBCSHA),
			handshakeRecord(handshake.ServerKeyExchange), codeBadServerKX},
		{"short DH prime", at(boundedtls.Client, session.ServerKeyExchange, boundedtls.DHERSAWithAES128CBCSHA),
			handshakeRecord(handshake.ServerKeyExchange, 0, 1, 23, 0, 1, 5, 0, 1, 8), codeBadServerKX},
		{"empty CertificateRequest", at(boundedtls.Client, session.CertificateRequest, boundedtls.RSAWithAES128CBCSHA),
			handshakeRecord(handshake.CertificateRequest), codeBadCertRequest},
		{"CertificateRequest cut off", at(boundedtls.Client, session.CertificateRequest, boundedtls.RSAWithAES128CBCSHA),
			handshakeRecord(handshake.CertificateRequest, 1, 1, 0, 2, 4, 1, 0, 9), codeBadCertRequest},
		{"no ServerHelloDone", at(boundedtls.Client, session.ServerHelloDone, boundedtls.RSAWithAES128CBCSHA),
			handshakeRecord(handshake.Finished), codeBadServerDone},
		{"long ServerHelloDone", at(boundedtls.Client, session.ServerHelloDone, boundedtls.RSAWithAES128CBCSHA),
			handshakeRecord(handshake.ServerHelloDone, 1), codeBadServerDone},
		{"RSA-PSK", at(boundedtls.Client, session.ClientKeyExchange, boundedtls.RSAPSKWithAES128CBCSHA), nil, codeKeyRequired},
		{"long CCS", at(boundedtls.Client, session.ServerChangeCipherSpec, boundedtls.RSAWithAES128CBCSHA),
			wireRecord(record.ChangeCipherSpec, 1, 1), codeBadCCS},
		{"wrong CCS", at(boundedtls.Server, session.ClientChangeCipherSpec, boundedtls.RSAWithAES128CBCSHA),
			wireRecord(record.ChangeCipherSpec, 2), codeBadCCS},
		{"data for CKE", at(boundedtls.Server, session.ClientKeyExchange, boundedtls.RSAWithAES128CBCSHA), wireRecord(record.Data, 2),
			codeBadClientKX},
		{"wrong message for CKE", at(boundedtls.Server, session.ClientKeyExchange, boundedtls.RSAWithAES128CBCSHA),
			handshakeRecord(handshake.Finished), codeBadClientKX},
		{"not TLS", at(boundedtls.Server, session.ClientHello, 0), []byte("GET / HTTP/1.1\r\n"), codeBadClientHello},
		{"data first", at(boundedtls.Server, session.ClientHello, 0), wireRecord(record.Data, 1), codeBadClientHello},
		{"record major 2", at(boundedtls.Server, session.ClientHello, 0), header(record.Handshake, 0x0200, 10), codeBadClientHello},
		{"long ClientHello", at(boundedtls.Server, session.ClientHello, 0), header(record.Handshake, boundedtls.VersionTLS10, 2049),
			codeBadClientHello},
		{"two messages", at(boundedtls.Server, session.ClientHello, 0), wireRecord(record.Handshake, 1, 0, 0, 0, 1, 0, 0, 0),
			codeBadClientHello},
		{"short ClientHello", at(boundedtls.Server, session.ClientHello, 0), handshakeRecord(handshake.ClientHello, 3, 3),
			codeBadClientHello},
	} {
		t.Run(tc.name, func(t *testing.T) {
			tc.c.Feed(tc.wire)
			require.Equal(t, boundedtls.Failed, tc.c.Handshake())
			assert.Equal(t, tc.code, tc.c.Err().Code, tc.c.Err())
			assert.Nil(t, tc.c.Output())
		})
	}
	c := at(boundedtls.Server, session.ClientHello, 0)
	c.Feed(header(record.Handshake, boundedtls.VersionTLS10, 2048))
	assert.Equal(t, boundedtls.NeedInput, c.Handshake(), "S itself passes, an incomplete hello waits")
}

// TestClientHelloSuites: no common suite, one that needs TLS 1.2, a version
// below 3.1 (tls.md 3.2).
func TestClientHelloSuites(t *testing.T) {
	hello := func(version uint16, id boundedtls.Suite) []byte {
		b := append([]byte{byte(version >> 8), byte(version)}, make([]byte, 33)...)
		return handshakeRecord(handshake.ClientHello, append(b, 0, 2, byte(id>>8), byte(id), 1, 0)...)
	}
	for _, tc := range []struct {
		name  string
		wire  []byte
		code  int
		alert byte
	}{
		{"none", hello(boundedtls.VersionTLS12, 0xC02F), codeNoCipherChosen, 40},
		{"needs 1.2", hello(boundedtls.VersionTLS11, boundedtls.RSAWithAES128CBCSHA256), codeNoUsableSuite, 40},
		{"version 3.0", hello(0x0300, boundedtls.RSAWithAES128CBCSHA), codeBadVersion, 70},
		{"version 4.0", hello(0x0400, boundedtls.RSAWithAES128CBCSHA), codeBadVersion, 70},
	} {
		c := started(t, boundedtls.Config{Role: boundedtls.Server})
		c.Feed(tc.wire)
		require.Equal(t, boundedtls.HasOutput, c.Handshake(), tc.name)
		assert.Equal(t, tc.alert, c.Output()[6], tc.name)
		require.Equal(t, boundedtls.Failed, c.Handshake())
		assert.Equal(t, tc.code, c.Err().Code, tc.name)
	}
}

// TestRefused: what becomes of a record that TCP does not take (tls.md 3.2).
func TestRefused(t *testing.T) {
	c := newConn(manual, boundedtls.Config{})
	require.Nil(t, c.Setup())
	require.Equal(t, boundedtls.HasOutput, c.Handshake())
	require.NotEmpty(t, c.Output())
	c.Refused(-1)
	require.Equal(t, boundedtls.Failed, c.Handshake())
	assert.Equal(t, "-0x 1", c.Err().Reason())

	c = started(t, boundedtls.Config{})
	c.Feed([]byte("HTTP/"))
	require.Equal(t, boundedtls.HasOutput, c.Handshake())
	c.Output()
	c.Refused(-1)
	assert.Equal(t, -1, c.Err().Code, "the refusal of this alert replaces the reason")

	c = started(t, boundedtls.Config{})
	c.Feed(handshakeRecord(handshake.ServerHello, serverHello(0x0300, boundedtls.RSAWithAES128CBCSHA, 0)...))
	require.Equal(t, boundedtls.HasOutput, c.Handshake())
	c.Output()
	c.Refused(-1)
	assert.Equal(t, codeBadVersion, c.Err().Code, "the refusal of this one is not looked at")
}
