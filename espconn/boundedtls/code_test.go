package boundedtls

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func record(typ byte, body ...byte) []byte {
	return append(header(typ, VersionTLS12, len(body)), body...)
}

func handshakeRecord(typ byte, body ...byte) []byte {
	n := len(body)
	return record(typeHandshake, append([]byte{typ, byte(n >> 16), byte(n >> 8), byte(n)}, body...)...)
}

// serverHello builds the body of a ServerHello.
func serverHello(version uint16, id Suite, comp byte, tail ...byte) []byte {
	b := append([]byte{byte(version >> 8), byte(version)}, make([]byte, 32)...)
	return append(append(b, 0, byte(id>>8), byte(id), comp), tail...)
}

// TestClientCodes feeds a client what it refuses, from the ServerHello on
// (tls.md 3.2).
func TestClientCodes(t *testing.T) {
	rsa := handshakeRecord(hsServerHello, serverHello(VersionTLS12, RSAWithAES128CBCSHA, 0)...)
	dhe := handshakeRecord(hsServerHello, serverHello(VersionTLS12, DHERSAWithAES128CBCSHA, 0)...)
	junk := make([]byte, 200)
	for _, tc := range []struct {
		name  string
		code  int
		alert byte // 0: none
		wire  [][]byte
	}{
		{"split message", codeFeatureUnavailable, 0, [][]byte{record(typeHandshake, 2, 0, 0, 100, 3, 3)}},
		{"header cut off", codeInvalidRecord, 0, [][]byte{record(typeHandshake, 2, 0, 0)}},
		{"fatal alert", codeFatalAlert, 0, [][]byte{record(typeAlert, 2, 40)}},
		{"one-byte fatal alert", codeFatalAlert, 0, [][]byte{record(typeAlert, 2)}},
		{"close_notify", codePeerCloseNotify, 0, [][]byte{record(typeAlert, 1, 0)}},
		{"no_renegotiation", codeUnexpectedMessage, 0, [][]byte{record(typeAlert, 1, 100)}},
		{"warning, then data", codeUnexpectedMessage, 0, [][]byte{record(typeAlert, 1, 90), record(typeAlert, 3, 0), record(typeData, 1)}},
		{"CCS first", codeUnexpectedMessage, 0, [][]byte{record(typeCCS, 1)}},
		{"HelloRequest first", codeBadServerHello, 0, [][]byte{handshakeRecord(hsHelloRequest)}},
		{"short ServerHello", codeBadServerHello, 0, [][]byte{handshakeRecord(hsServerHello, 3, 3)}},
		{"version 3.0", codeBadVersion, 70, [][]byte{handshakeRecord(hsServerHello, serverHello(0x0300, RSAWithAES128CBCSHA, 0)...)}},
		{"version 3.4", codeBadVersion, 70, [][]byte{handshakeRecord(hsServerHello, serverHello(0x0304, RSAWithAES128CBCSHA, 0)...)}},
		{"compression", codeFeatureUnavailable, 0, [][]byte{handshakeRecord(hsServerHello, serverHello(VersionTLS12, RSAWithAES128CBCSHA, 1)...)}},
		{"unknown suite", codeBadInput, 0, [][]byte{handshakeRecord(hsServerHello, serverHello(VersionTLS12, 0xC02F, 0)...)}},
		{"extensions cut off", codeBadServerHello, 0, [][]byte{handshakeRecord(hsServerHello, serverHello(VersionTLS12, RSAWithAES128CBCSHA, 0, 0, 5, 0, 1, 0, 9, 9)...)}},
		{"renegotiation_info", codeBadServerHello, 40, [][]byte{handshakeRecord(hsServerHello, serverHello(VersionTLS12, RSAWithAES128CBCSHA, 0, 0, 6, 0xFF, 1, 0, 2, 0, 0)...)}},
		{"no certificate", codeBadCertificate, 0, [][]byte{rsa, handshakeRecord(hsServerHelloDone)}},
		{"empty chain", codeBadCertificate, 0, [][]byte{rsa, handshakeRecord(hsCertificate, 0, 0, 0)}},
		{"wrong list length", codeBadCertificate, 0, [][]byte{rsa, handshakeRecord(hsCertificate, 0, 0, 9, 0, 0, 3, 1, 2, 3)}},
		{"short certificate", codeBadCertificate, 0, [][]byte{rsa, handshakeRecord(hsCertificate, 0, 0, 6, 0, 0, 3, 1, 2, 3)}},
		{"broken certificate", -0x2180, 0, [][]byte{rsa, handshakeRecord(hsCertificate, append([]byte{0, 0, 203, 0, 0, 200}, junk...)...)}},
		{"DHE is not in engine A", codeBadInput, 0, [][]byte{dhe}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := started(t, Config{})
			for _, b := range tc.wire {
				c.Feed(b)
			}
			st := c.Handshake()
			if tc.alert != 0 {
				require.Equal(t, HasOutput, st)
				out := c.Output()
				require.Len(t, out, 7)
				assert.Equal(t, []byte{levelFatal, tc.alert}, out[5:])
				st = c.Handshake()
			}
			require.Equal(t, Failed, st)
			assert.Nil(t, c.Output())
			assert.Equal(t, tc.code, c.Err().Code, c.Err())
			require.NotNil(t, c.Err().Diagnosis)
			assert.NotEmpty(t, c.Err().Diagnosis.What)
			n := len(c.in)
			c.Feed([]byte{1, 2, 3})
			assert.Len(t, c.in, n, "bytes after a failure are dropped")
		})
	}
}

// TestMessageCodes drives single steps of the client and server whose earlier
// messages would need keys (tls.md 3.2).
func TestMessageCodes(t *testing.T) {
	at := func(role Role, s state, kx Suite) *Conn {
		c := New(Config{Role: role, Engine: EngineB()})
		require.Nil(t, c.Setup())
		c.version, c.state, c.suite = VersionTLS12, s, suiteByID(kx)
		c.hs.settle(c.version)
		return c
	}
	for _, tc := range []struct {
		name string
		c    *Conn
		wire []byte
		code int
	}{
		{"no SKE", at(Client, stateServerKeyExchange, DHERSAWithAES128CBCSHA), handshakeRecord(hsServerHelloDone), codeUnexpectedMessage},
		{"empty SKE", at(Client, stateServerKeyExchange, DHERSAWithAES128CBCSHA), handshakeRecord(hsServerKeyExchange), codeBadServerKX},
		{"short DH prime", at(Client, stateServerKeyExchange, DHERSAWithAES128CBCSHA), handshakeRecord(hsServerKeyExchange, 0, 1, 23, 0, 1, 5, 0, 1, 8), codeBadServerKX},
		{"empty CertificateRequest", at(Client, stateCertificateRequest, RSAWithAES128CBCSHA), handshakeRecord(hsCertificateRequest), codeBadCertRequest},
		{"CertificateRequest cut off", at(Client, stateCertificateRequest, RSAWithAES128CBCSHA), handshakeRecord(hsCertificateRequest, 1, 1, 0, 2, 4, 1, 0, 9), codeBadCertRequest},
		{"no ServerHelloDone", at(Client, stateServerHelloDone, RSAWithAES128CBCSHA), handshakeRecord(hsFinished), codeBadServerDone},
		{"long ServerHelloDone", at(Client, stateServerHelloDone, RSAWithAES128CBCSHA), handshakeRecord(hsServerHelloDone, 1), codeBadServerDone},
		{"RSA-PSK", at(Client, stateClientKeyExchange, RSAPSKWithAES128CBCSHA), nil, codeKeyRequired},
		{"long CCS", at(Client, stateServerChangeCipherSpec, RSAWithAES128CBCSHA), record(typeCCS, 1, 1), codeBadCCS},
		{"wrong CCS", at(Server, stateClientChangeCipherSpec, RSAWithAES128CBCSHA), record(typeCCS, 2), codeBadCCS},
		{"data for CKE", at(Server, stateClientKeyExchange, RSAWithAES128CBCSHA), record(typeData, 2), codeBadClientKX},
		{"wrong message for CKE", at(Server, stateClientKeyExchange, RSAWithAES128CBCSHA), handshakeRecord(hsFinished), codeBadClientKX},
		{"not TLS", at(Server, stateClientHello, 0), []byte("GET / HTTP/1.1\r\n"), codeBadClientHello},
		{"data first", at(Server, stateClientHello, 0), record(typeData, 1), codeBadClientHello},
		{"record major 2", at(Server, stateClientHello, 0), header(typeHandshake, 0x0200, 10), codeBadClientHello},
		{"long ClientHello", at(Server, stateClientHello, 0), header(typeHandshake, VersionTLS10, 2049), codeBadClientHello},
		{"two messages", at(Server, stateClientHello, 0), record(typeHandshake, 1, 0, 0, 0, 1, 0, 0, 0), codeBadClientHello},
		{"short ClientHello", at(Server, stateClientHello, 0), handshakeRecord(hsClientHello, 3, 3), codeBadClientHello},
	} {
		t.Run(tc.name, func(t *testing.T) {
			tc.c.Feed(tc.wire)
			require.Equal(t, Failed, tc.c.Handshake())
			assert.Equal(t, tc.code, tc.c.Err().Code, tc.c.Err())
			assert.Nil(t, tc.c.Output())
		})
	}
	c := at(Server, stateClientHello, 0)
	c.Feed(header(typeHandshake, VersionTLS10, 2048))
	assert.Equal(t, NeedInput, c.Handshake(), "S itself passes, an incomplete hello waits")
}

// TestClientHelloSuites: no common suite, one that needs TLS 1.2, a version
// below 3.1 (tls.md 3.2).
func TestClientHelloSuites(t *testing.T) {
	hello := func(version uint16, id Suite) []byte {
		b := append([]byte{byte(version >> 8), byte(version)}, make([]byte, 33)...)
		return handshakeRecord(hsClientHello, append(b, 0, 2, byte(id>>8), byte(id), 1, 0)...)
	}
	for _, tc := range []struct {
		name  string
		wire  []byte
		code  int
		alert byte
	}{
		{"none", hello(VersionTLS12, 0xC02F), codeNoCipherChosen, 40},
		{"needs 1.2", hello(VersionTLS11, RSAWithAES128CBCSHA256), codeNoUsableSuite, 40},
		{"version 3.0", hello(0x0300, RSAWithAES128CBCSHA), codeBadVersion, 70},
		{"version 4.0", hello(0x0400, RSAWithAES128CBCSHA), codeBadVersion, 70},
	} {
		c := started(t, Config{Role: Server})
		c.Feed(tc.wire)
		require.Equal(t, HasOutput, c.Handshake(), tc.name)
		assert.Equal(t, tc.alert, c.Output()[6], tc.name)
		require.Equal(t, Failed, c.Handshake())
		assert.Equal(t, tc.code, c.Err().Code, tc.name)
	}
}

// TestRefused: what becomes of a record that TCP does not take (tls.md 3.2).
func TestRefused(t *testing.T) {
	c := New(Config{})
	require.Nil(t, c.Setup())
	require.Equal(t, HasOutput, c.Handshake())
	require.NotEmpty(t, c.Output())
	c.Refused(-1)
	require.Equal(t, Failed, c.Handshake())
	assert.Equal(t, "-0x 1", c.Err().Reason())

	c = started(t, Config{})
	c.Feed([]byte("HTTP/"))
	require.Equal(t, HasOutput, c.Handshake())
	c.Output()
	c.Refused(-1)
	assert.Equal(t, -1, c.Err().Code, "the refusal of this alert replaces the reason")

	c = started(t, Config{})
	c.Feed(handshakeRecord(hsServerHello, serverHello(0x0300, RSAWithAES128CBCSHA, 0)...))
	require.Equal(t, HasOutput, c.Handshake())
	c.Output()
	c.Refused(-1)
	assert.Equal(t, codeBadVersion, c.Err().Code, "the refusal of this one is not looked at")
}
