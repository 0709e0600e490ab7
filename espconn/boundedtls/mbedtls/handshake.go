package mbedtls

import (
	"crypto/hmac"
	"math/big"

	"github.com/emu8266/emu8266/espconn/boundedtls"
	"github.com/emu8266/emu8266/espconn/boundedtls/internal/handshake"
	"github.com/emu8266/emu8266/espconn/boundedtls/internal/ledger"
	"github.com/emu8266/emu8266/espconn/boundedtls/internal/record"
	"github.com/emu8266/emu8266/espconn/boundedtls/internal/session"
	"github.com/emu8266/emu8266/espconn/boundedtls/internal/x509"
)

// Extensions, hash and signature numbers, certificate types that the device
// knows (tls.md 1.3, 1.4).
const (
	extSignatureAlgorithms = 13
	extRenegotiationInfo   = 0xFF01

	sigRSA          = 1
	certTypeRSASign = 1
)

// The steps of both roles, one for each state.
var clientSteps = [...]func(*conn) session.Flow{
	session.Idle:                   (*conn).stepNone,
	session.ClientHello:            (*conn).writeClientHello,
	session.ServerHello:            (*conn).readServerHello,
	session.ServerCertificate:      (*conn).readCertificate,
	session.ServerKeyExchange:      (*conn).readServerKeyExchange,
	session.CertificateRequest:     (*conn).readCertificateRequest,
	session.ServerHelloDone:        (*conn).readServerHelloDone,
	session.ClientCertificate:      (*conn).writeClientCertificate,
	session.ClientKeyExchange:      (*conn).writeClientKeyExchange,
	session.CertificateVerify:      (*conn).writeCertificateVerify,
	session.ClientChangeCipherSpec: (*conn).writeChangeCipherSpec,
	session.ClientFinished:         (*conn).writeFinished,
	session.ServerChangeCipherSpec: (*conn).readChangeCipherSpec,
	session.ServerFinished:         (*conn).readFinished,
	session.WrapUp:                 (*conn).wrapUp,
}

var serverSteps = [...]func(*conn) session.Flow{
	session.Idle:                   (*conn).stepNone,
	session.ClientHello:            (*conn).readClientHello,
	session.ServerHello:            (*conn).writeServerHello,
	session.ServerCertificate:      (*conn).writeCertificate,
	session.ServerKeyExchange:      (*conn).writeServerKeyExchange,
	session.CertificateRequest:     (*conn).writeCertificateRequest,
	session.ServerHelloDone:        (*conn).writeServerHelloDone,
	session.ClientCertificate:      (*conn).readClientCertificate,
	session.ClientKeyExchange:      (*conn).readClientKeyExchange,
	session.CertificateVerify:      (*conn).readCertificateVerify,
	session.ClientChangeCipherSpec: (*conn).readChangeCipherSpec,
	session.ClientFinished:         (*conn).readFinished,
	session.ServerChangeCipherSpec: (*conn).writeChangeCipherSpec,
	session.ServerFinished:         (*conn).writeFinished,
	session.WrapUp:                 (*conn).wrapUp,
}

// step runs the current state once and moves on when it is complete.
func (c *conn) step() session.Flow {
	steps := clientSteps[:]
	if c.Cfg.Role == boundedtls.Server {
		steps = serverSteps[:]
	}
	f := steps[c.Step](c)
	if f == session.OK {
		c.Step++
		c.Entered()
	}
	return f
}

func (c *conn) stepNone() session.Flow { return session.OK }

// exchange is what lives until the handshake is over.
type exchange struct {
	handshake.Secrets
	helloVersion uint16 // server: the ClientHello's version, before it was lowered
	expected     []byte // hash or verify data computed before the message is read

	group         x509.Group
	dh            *x509.DHKey
	peerPublic    *big.Int
	sigHash       byte // server: hash of the key exchange's signature
	certRequested bool
	pending       bool // client: the current message was read by an earlier, optional step
	nextRead      *record.Cipher
	nextWrite     *record.Cipher
}

func newExchange() *exchange { return &exchange{Secrets: handshake.NewSecrets(), sigHash: hashSHA1} }

// finishedData computes the contents of a Finished message. When memory runs
// out for it, the library goes on with whatever its buffer held and the
// handshake fails on a wrong Finished; Choice: the buffer holds zeros.
func (c *conn) finishedData(client bool) []byte {
	if !c.chargePRF() {
		return make([]byte, handshake.VerifyLen)
	}
	return c.hs.VerifyData(c.Version, client)
}

// deriveKeys makes the master secret and both directions' keys.
func (c *conn) deriveKeys() session.Flow {
	h := c.hs
	if !c.chargePRF() {
		return c.fail(codeMDAlloc, session.NoMemory("the key derivation"))
	}
	h.MakeMaster(c.Version, c.Cfg.KeyLog)
	client, server := h.Expand(c.Version, c.Suite.MAC.Size(), c.Suite.KeyLen)
	if code := c.chargeKeys(); code != 0 {
		return c.fail(code, session.NoMemory("the session keys"))
	}
	if c.Cfg.Role == boundedtls.Client {
		h.nextWrite, h.nextRead = c.protection(client, true), c.protection(server, false)
	} else {
		h.nextWrite, h.nextRead = c.protection(server, true), c.protection(client, false)
	}
	c.Stage("keys")
	return session.OK
}

// protection makes one direction's cipher.
func (c *conn) protection(k handshake.Keys, encrypt bool) *record.Cipher {
	return session.NewCipher(c.Suite, c.Version, k, encrypt)
}

func (c *conn) writeChangeCipherSpec() session.Flow {
	if !c.writeRecord(record.ChangeCipherSpec, []byte{1}) {
		return session.Fail
	}
	return session.OK
}

func (c *conn) readChangeCipherSpec() session.Flow {
	if f := c.readRecord(); f != session.OK {
		return f
	}
	if c.recType != record.ChangeCipherSpec {
		return c.unexpected("ChangeCipherSpec")
	}
	if c.In.Len != 1 || c.In.Bytes[c.In.Off] != 1 {
		return c.fail(codeBadCCS, &boundedtls.Cause{ID: boundedtls.CauseChangeCipherSpec, Object: "it is malformed"})
	}
	c.rd = c.hs.nextRead
	c.seqIn = 0
	return session.OK
}

func (c *conn) writeFinished() session.Flow {
	data := c.finishedData(c.Cfg.Role == boundedtls.Client)
	c.Msg = append(append(c.Msg[:0], handshake.Finished, 0, 0, 0), data...)
	c.wr = c.hs.nextWrite
	*c.counterOut() = 0
	if f := c.writeMessage(); f != session.OK {
		return f
	}
	c.savedSeq = *c.counterOut()
	if c.eng.SharedBuffer {
		// The sealed Finished record is copied aside, from the counter on, for
		// the output buffer that is made afterwards (tls.md 2.1).
		rec := c.Out.Newest()
		copy(c.stale[:], rec[record.HeaderLen:])
		c.chargeFinishedCopy(len(rec) - record.HeaderLen)
	}
	return session.OK
}

func (c *conn) readFinished() session.Flow {
	if c.hs.expected == nil {
		c.hs.expected = c.finishedData(c.Cfg.Role == boundedtls.Server)
	}
	if f := c.readRecord(); f != session.OK {
		return f
	}
	if c.recType != record.Handshake {
		return c.unexpected("Finished")
	}
	m := c.message()
	if m[0] != handshake.Finished || len(m) != handshake.HeaderLen+handshake.VerifyLen ||
		!hmac.Equal(m[handshake.HeaderLen:], c.hs.expected) {
		return c.fail(codeBadFinished, &boundedtls.Cause{ID: boundedtls.CauseFinished})
	}
	c.hs.expected = nil
	return session.OK
}

func (c *conn) wrapUp() session.Flow {
	c.hs = nil
	c.Over = true
	c.Heap.Free(ledger.Handshake)
	c.HandshakeOver()
	return session.OK
}

// unexpected fails because another record type came than the one that carries
// what.
func (c *conn) unexpected(what string) session.Flow {
	return c.fail(codeUnexpectedMessage, &boundedtls.Cause{ID: boundedtls.CauseUnexpected, Object: "a " + record.TypeName(c.recType) +
		" record in place of " + what})
}

// FinishHandshake does what the SDK does between the last handshake message and
// the connect callback: the check of the verification result (tls.md 4.3), the
// release of certificates and keys, and the early mbedTLS's output buffer (2.1). Call it
// once after Handshake returned Done. An error ends the connection.
func (c *conn) FinishHandshake() *boundedtls.Error {
	if c.Failure != nil {
		return c.Failure
	}
	if !c.Over || c.Up {
		c.fail(codeBadInput, &boundedtls.Cause{ID: boundedtls.CauseOrder, Object: "FinishHandshake out of order"})
		return c.Failure
	}
	if c.Cfg.Verify && c.VerifyFlags != 0 {
		c.fail(int(c.VerifyFlags), &boundedtls.Cause{ID: boundedtls.CauseSkipped})
		c.Failure.Print = "!Unknown reason (this should not happen)\n"
		return c.Failure
	}
	c.releaseCertificates()
	if c.eng.SharedBuffer {
		if c.chargeOutputBuffer() {
			c.oneSeq = false
			c.seqOut = c.savedSeq
			c.shift = c.eng.TLS10OffsetBug && c.Version == boundedtls.VersionTLS10
		} else if !c.eng.SilentOutputBug {
			c.fail(codeAllocFailed, session.NoMemory("the output buffer after the handshake"))
			return c.Failure
		}
	}
	c.Up = true
	c.Stage("established")
	return nil
}
