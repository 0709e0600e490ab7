package mbedtls

import (
	"fmt"

	"github.com/emu8266/emu8266/espconn/boundedtls"
	"github.com/emu8266/emu8266/espconn/boundedtls/internal/handshake"
	"github.com/emu8266/emu8266/espconn/boundedtls/internal/ledger"
	"github.com/emu8266/emu8266/espconn/boundedtls/internal/record"
	"github.com/emu8266/emu8266/espconn/boundedtls/internal/session"
	"github.com/emu8266/emu8266/espconn/boundedtls/internal/x509"
)

// minCertLen is the least length of an element of a Certificate message
// (tls.md 3.2).
const minCertLen = 128

// OwnCert parses and charges the device's own certificate or chain, PEM or DER.
// Call it before OwnKey. A failure is -0x7F00 with the parser's code in Cause.Object.
// Server: any unreadable element fails. Client: only a bundle without a
// readable one does. b is not kept.
func (c *conn) OwnCert(b []byte) *boundedtls.Error {
	if c.Failure != nil {
		return c.Failure
	}
	certs, bad, code := c.parseBundle(b, 0)
	if code != 0 {
		return c.configFailed("own certificate", bad, code)
	}
	if bad > 0 && c.Cfg.Role == boundedtls.Server {
		return c.configFailed("own certificate", bad, code)
	}
	c.ownChain = certs
	return nil
}

// OwnKey parses and charges the device's private key, PEM or DER. A failure is
// -0x7F00 with the parser's code in Cause.Object. b is not kept.
func (c *conn) OwnKey(b []byte) *boundedtls.Error {
	if c.Failure != nil {
		return c.Failure
	}
	key, code := x509.ParsePrivateKey(b)
	if code != 0 {
		c.charge(ledger.Temp, x509.SizeRSA, "rsa context")
		c.Heap.Free(ledger.Temp)
		return c.configFailed("own private key", 0, code)
	}
	if !c.chargeKey(key, b) {
		return c.configFailed("own private key", 0, codeAllocFailed)
	}
	c.ownKey = key
	return nil
}

// useKey notes that the own key is used.
func (c *conn) useKey() {
	if len(c.ownChain) > 0 {
		c.UsesKey(&c.ownChain[0].PublicKey, &c.ownKey.PublicKey)
	}
}

// CA parses and charges trusted certificates, PEM or DER; a further call adds
// to them (profiles that read two entries). A failure is -0x7F00 with the
// parser's code in Cause.Object. In a bundle with some unreadable entries the list
// does not come into force (tls.md 4.5). b is not kept.
func (c *conn) CA(b []byte) *boundedtls.Error {
	if c.Failure != nil {
		return c.Failure
	}
	certs, bad, code := c.parseBundle(b, len(c.caChain))
	if code != 0 {
		return c.configFailed("CA", bad, code)
	}
	if bad > 0 {
		c.caPartlyBad = true
	}
	c.caChain = append(c.caChain, certs...)
	return nil
}

// trusted returns the trust list in force, nil for none.
func (c *conn) trusted() []*x509.Certificate {
	if c.caPartlyBad {
		return nil
	}
	return c.caChain
}

// wantsPeerChain is the authentication mode (tls.md 4.2). The client's mode
// follows the CA flag; the server's is set only by a CA list that loaded
// without fault.
func (c *conn) wantsPeerChain() bool {
	if c.Cfg.Role == boundedtls.Client {
		return c.Cfg.Verify
	}
	return c.Cfg.Verify && len(c.trusted()) > 0
}

func (c *conn) configFailed(what string, bad, code int) *boundedtls.Error {
	text := fmt.Sprintf("%s: %s", what, (&boundedtls.Error{Code: code}).Reason())
	if code == 0 {
		text = fmt.Sprintf("%s: %d elements are unreadable", what, bad)
	}
	d := &boundedtls.Cause{ID: boundedtls.CauseUnreadableFile, Object: text}
	if code == x509.CodeCertAlloc || code == codeAllocFailed {
		d = session.NoMemory("the " + what)
	}
	c.fail(codeAllocFailed, d)
	return c.Failure
}

// readClientCertificate reads the client's chain if one was asked for.
func (c *conn) readClientCertificate() session.Flow {
	if !c.wantsPeerChain() {
		c.VerifyFlags = codeVerifySkipped
		return session.OK
	}
	return c.readCertificate()
}

// readCertificate reads the peer's Certificate message and checks the chain if
// the role demands it (tls.md 3.2, 4.2).
func (c *conn) readCertificate() session.Flow {
	if f := c.readRecord(); f != session.OK {
		return f
	}
	isHandshake := c.recType == record.Handshake
	if isHandshake && c.Cfg.Role == boundedtls.Server {
		if m := c.message(); m[0] == handshake.Certificate && len(m) == handshake.HeaderLen+3 && m[4]|m[5]|m[6] == 0 {
			return c.fail(codeNoClientCert, &boundedtls.Cause{ID: boundedtls.CauseNoClientCertificate})
		}
	}
	if !isHandshake {
		return c.unexpected("the Certificate message")
	}
	m := c.message()
	if m[0] != handshake.Certificate || len(m) < handshake.HeaderLen+6 {
		return c.badCertificate("another message than Certificate, or an empty chain")
	}
	if m[4] != 0 || len(m) != handshake.HeaderLen+3+(int(m[5])<<8|int(m[6])) {
		return c.badCertificate("the list's length does not match the message")
	}
	if !c.charge(ledger.Peer, sizeCert, "peer certificate") {
		return c.fail(codeAllocFailed, session.NoMemory("the peer's certificate"))
	}
	p := m[handshake.HeaderLen+3:]
	for len(p) > 0 {
		if p[0] != 0 || len(p) < 3 {
			return c.badCertificate("an element's length is wrong")
		}
		n := int(p[1])<<8 | int(p[2])
		if n < minCertLen || 3+n > len(p) {
			return c.badCertificate("an element's length is wrong")
		}
		cert, code := c.parseCertificate(p[3:3+n], ledger.Peer, len(c.peerChain) == 0)
		if x509.OutOfMemory(code) {
			return c.fail(code, session.NoMemory("the peer's certificate"))
		}
		if code != 0 {
			return c.fail(code, &boundedtls.Cause{ID: boundedtls.CauseUnreadableCertificate, Have: n, Limit: len(c.peerChain) + 1})
		}
		c.peerChain = append(c.peerChain, cert)
		p = p[3+n:]
	}
	c.Stage("peer certificates")
	if !c.wantsPeerChain() {
		return session.OK
	}
	if len(c.trusted()) == 0 {
		return c.fail(codeCAChainRequired, &boundedtls.Cause{ID: boundedtls.CauseNoTrustList})
	}
	return c.verifyChain()
}

func (c *conn) badCertificate(what string) session.Flow {
	return c.fail(codeBadCertificate, &boundedtls.Cause{ID: boundedtls.CauseCertificate, Object: what})
}

// verifyChain checks the peer's chain (tls.md 4.3).
func (c *conn) verifyChain() session.Flow {
	starved := false
	flags, code := x509.Verify(c.peerChain, c.trusted(), x509.Rules{MinRSABits: c.eng.MinRSABits,
		Check: func(issuer *x509.PublicKey, anchor bool) bool {
			g := ledger.Peer
			if anchor {
				g = ledger.Session
			}
			if !c.chargeRSAPublic(issuer, g) {
				starved = true
				return false
			}
			c.Spend(boundedtls.OpRSAPublic, issuer.Bits())
			return true
		}})
	c.Verified(flags, code)
	switch {
	case code == 0:
		return session.OK
	case starved:
		return c.fail(code, session.NoMemory("the chain check"))
	}
	return c.fail(code, session.Untrusted(flags, c.eng.MinRSABits))
}

// writeCertificate sends the own chain (tls.md 2.4).
func (c *conn) writeCertificate() session.Flow {
	s := c.Size()
	c.Msg = append(c.Msg[:0], handshake.Certificate, 0, 0, 0, 0, 0, 0)
	for _, cert := range c.ownChain {
		// The room left is computed without sign: a chain element that ends
		// within the last two bytes of S leaves "4 billion" (ChainWrapBug).
		room := s - 3 - len(c.Msg)
		wrapped := room < 0 && c.eng.ChainWrapBug
		if len(cert.Raw) > room && !wrapped {
			return c.fail(codeCertTooLarge, c.ownChainTooLong(s))
		}
		n := len(cert.Raw)
		c.Msg = append(append(c.Msg, byte(n>>16), byte(n>>8), byte(n)), cert.Raw...)
		if len(c.Msg)+offPlain > c.Allocated+overhead {
			return c.Crash("an element of the own chain ends within two bytes of the size, " +
				"and the next one is copied past the buffer's end")
		}
	}
	n := len(c.Msg) - 7
	c.Msg[4], c.Msg[5], c.Msg[6] = byte(n>>16), byte(n>>8), byte(n)
	return c.writeMessage()
}
