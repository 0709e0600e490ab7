package mbedtls

import (
	"crypto"
	"math/big"

	"github.com/emu8266/emu8266/espconn/boundedtls"
	"github.com/emu8266/emu8266/espconn/boundedtls/internal/handshake"
	"github.com/emu8266/emu8266/espconn/boundedtls/internal/ledger"
	"github.com/emu8266/emu8266/espconn/boundedtls/internal/record"
	"github.com/emu8266/emu8266/espconn/boundedtls/internal/session"
	"github.com/emu8266/emu8266/espconn/boundedtls/internal/x509"
)

// writeClientHello sends the hello of tls.md 1.3.
func (c *conn) writeClientHello() session.Flow {
	if !c.Random(c.hs.ClientRandom[:]) {
		return session.Fail
	}
	m := append(c.Msg[:0], handshake.ClientHello, 0, 0, 0, byte(boundedtls.VersionTLS12>>8), byte(boundedtls.VersionTLS12&0xFF))
	m = append(m, c.hs.ClientRandom[:]...)
	m = append(m, 0) // no session id
	suites := c.eng.suites()
	n := 2 * (len(suites) + 1)
	m = append(m, byte(n>>8), byte(n))
	for i := range suites {
		m = append(m, byte(suites[i].ID>>8), byte(suites[i].ID))
	}
	m = append(m, byte(renegotiationSCSV>>8), byte(renegotiationSCSV&0xFF))
	m = append(m, 1, 0) // null compression
	// signature_algorithms is left out when it would not fit into S (tls.md 2.4).
	const listLen = byte(2 * len(offeredHashes))
	if len(m)+2+6+int(listLen) <= c.Size() {
		m = append(m, 0, 6+listLen, 0, extSignatureAlgorithms, 0, 2+listLen, 0, listLen)
		for _, h := range offeredHashes {
			m = append(m, h, sigRSA)
		}
	}
	c.Msg = m
	return c.writeMessage()
}

func (c *conn) badServerHello(what string) session.Flow {
	return c.fail(codeBadServerHello, &boundedtls.Cause{ID: boundedtls.CauseServerHello, Object: what})
}

// readServerHello follows the checks in their order (tls.md 1.1, 1.3, 3.2).
func (c *conn) readServerHello() session.Flow {
	if f := c.readRecord(); f != session.OK {
		return f
	}
	if c.recType != record.Handshake {
		return c.unexpected("ServerHello")
	}
	m := c.message()
	if m[0] != handshake.ServerHello {
		return c.badServerHello(handshake.MessageName(m[0]) + " came in place of ServerHello")
	}
	b := m[handshake.HeaderLen:]
	if len(b) < 38 {
		return c.badServerHello("ServerHello is too short")
	}
	c.Version = uint16(b[0])<<8 | uint16(b[1])
	if c.Version < boundedtls.VersionTLS10 || c.Version > boundedtls.VersionTLS12 {
		c.alert(record.Fatal, record.ProtocolVersion, record.LooseAlert)
		return c.fail(codeBadVersion, session.Version(boundedtls.CauseVersion, c.Version))
	}
	copy(c.hs.ServerRandom[:], b[2:])
	idLen := int(b[34])
	if idLen > 32 {
		return c.badServerHello("session id longer than 32 bytes")
	}
	var ext []byte
	switch {
	case len(b) > 39+idLen:
		n := int(b[38+idLen])<<8 | int(b[39+idLen])
		if (n > 0 && n < 4) || len(b) != 40+idLen+n {
			return c.badServerHello("extensions do not fill the message")
		}
		ext = b[40+idLen:]
	case len(b) != 38+idLen:
		return c.badServerHello("session id does not fit the message")
	}
	id := boundedtls.Suite(b[35+idLen])<<8 | boundedtls.Suite(b[36+idLen])
	if b[37+idLen] != 0 {
		return c.fail(codeFeatureUnavailable, &boundedtls.Cause{ID: boundedtls.CauseCompression})
	}
	d := c.eng.suite(id)
	if d == nil {
		return c.fail(codeBadInput, session.ForeignSuite(id))
	}
	c.Suite = d
	c.hs.Settle(c.Version)
	return c.readServerExtensions(ext)
}

// readServerExtensions looks for renegotiation_info and skips the rest
// (tls.md 1.3).
func (c *conn) readServerExtensions(ext []byte) session.Flow {
	for len(ext) > 0 {
		if len(ext) < 4 {
			return c.badServerHello("an extension is cut off")
		}
		id, n := int(ext[0])<<8|int(ext[1]), int(ext[2])<<8|int(ext[3])
		if 4+n > len(ext) {
			return c.badServerHello("an extension is cut off")
		}
		if id == extRenegotiationInfo {
			if n != 1 || ext[4] != 0 {
				c.alert(record.Fatal, record.HandshakeFailure, record.StrictAlert)
				return c.badServerHello("renegotiation_info is not empty")
			}
			c.secReneg = true
		}
		ext = ext[4+n:]
	}
	return session.OK
}

func (c *conn) badServerKX(what string) session.Flow {
	return c.fail(codeBadServerKX, &boundedtls.Cause{ID: boundedtls.CauseServerKeyExchange, Object: what})
}

// readServerKeyExchange reads the Diffie-Hellman parameters, or finds that
// there is nothing to read (tls.md 3.2, 2.6).
func (c *conn) readServerKeyExchange() session.Flow {
	if c.Suite.KX == session.RSA {
		return session.OK
	}
	if f := c.readRecord(); f != session.OK {
		return f
	}
	if c.recType != record.Handshake {
		return c.unexpected("ServerKeyExchange")
	}
	m := c.message()
	if m[0] != handshake.ServerKeyExchange {
		if c.Suite.KX == session.RSAPSK {
			c.hs.pending = true
			return session.OK
		}
		return c.unexpected("ServerKeyExchange")
	}
	if c.Suite.KX == session.RSAPSK {
		return session.OK // an identity hint, which no one can use
	}
	return c.readServerParams(m[handshake.HeaderLen:])
}

func (c *conn) readServerParams(params []byte) session.Flow {
	rest := params
	var v [3][]byte // P, G, Y
	for i := range v {
		if len(rest) < 2 {
			return c.badServerKX("the Diffie-Hellman parameters are cut off")
		}
		n := int(rest[0])<<8 | int(rest[1])
		if 2+n > len(rest) {
			return c.badServerKX("the Diffie-Hellman parameters are cut off")
		}
		v[i], rest = rest[2:2+n], rest[2+n:]
	}
	params = params[:len(params)-len(rest)]
	if !c.chargeDHParams(v) {
		return c.fail(codeBadServerKX, session.NoMemory("the Diffie-Hellman parameters"))
	}
	group, y, code := x509.ReadDHParams(v[0], v[1], v[2])
	if code != 0 {
		return c.fail(codeBadServerKX, &boundedtls.Cause{ID: boundedtls.CauseDHPrime, Have: len(v[0]), Limit: x509.MinDHLen})
	}
	c.hs.group, c.hs.peerPublic = group, y
	c.rangeOf(y, "the server's public value")
	var alg crypto.Hash
	if c.Version >= boundedtls.VersionTLS12 {
		if len(rest) < 2 {
			return c.badServerKX("the signature algorithm is missing")
		}
		if rest[1] != sigRSA || !offered(rest[0]) {
			return c.badServerKX("a signature algorithm that was not offered")
		}
		alg = hashByNumber(rest[0])
		rest = rest[2:]
	}
	if len(rest) < 2 || len(rest) != 2+(int(rest[0])<<8|int(rest[1])) {
		return c.badServerKX("the signature does not fill the message")
	}
	if alg != 0 && !c.chargeHash(alg) {
		return c.fail(codeMDAlloc, session.NoMemory("a hash"))
	}
	digest := c.hs.paramsDigest(alg, params)
	if alg == 0 {
		alg = crypto.MD5SHA1
	}
	if code := c.verifySignature(alg, digest, rest[2:]); code != 0 {
		return c.fail(code, notVerified(code, &boundedtls.Cause{ID: boundedtls.CauseServerKeyExchange, Object: "its signature is wrong"}))
	}
	return session.OK
}

// rangeOf reports a Diffie-Hellman value outside 2 to P-2, which the device takes (tls.md 3.2).
func (c *conn) rangeOf(value *big.Int, what string) {
	if !c.hs.group.InRange(value) {
		c.Weak(what)
	}
}

// verifySignature checks a signature of the peer's certificate's key.
func (c *conn) verifySignature(alg crypto.Hash, digest, sig []byte) int {
	pub := &c.peerChain[0].PublicKey
	if !c.chargeRSAPublic(pub, ledger.Peer) {
		return codeRSAPublicMemory
	}
	c.Spend(boundedtls.OpRSAPublic, pub.Bits())
	return x509.VerifyPKCS1v15(pub, alg, digest, sig)
}

// notVerified is why verifySignature returned code: wrong, unless there was no memory to tell.
func notVerified(code int, wrong *boundedtls.Cause) *boundedtls.Cause {
	if code == codeRSAPublicMemory {
		return session.NoMemory("the RSA operation")
	}
	return wrong
}

// readCertificateRequest reads a CertificateRequest, or keeps the message for
// the next step (tls.md 3.2). The request's lists are not looked at (1.3).
func (c *conn) readCertificateRequest() session.Flow {
	if c.Suite.KX == session.RSAPSK {
		return session.OK
	}
	if f := c.readRecord(); f != session.OK {
		return f
	}
	if c.recType != record.Handshake {
		return c.unexpected("CertificateRequest or ServerHelloDone")
	}
	m := c.message()
	if m[0] != handshake.CertificateRequest {
		c.hs.pending = true
		return session.OK
	}
	c.hs.certRequested = true
	if !wellFormedRequest(m[handshake.HeaderLen:], c.Version) {
		return c.fail(codeBadCertRequest, &boundedtls.Cause{ID: boundedtls.CauseCertificateRequest})
	}
	return session.OK
}

// wellFormedRequest checks the nested lengths: types, signature algorithms in
// TLS 1.2, names.
func wellFormedRequest(b []byte, version uint16) bool {
	if len(b) < 1 || len(b) < 2+int(b[0]) {
		return false
	}
	b = b[1+int(b[0]):]
	if version >= boundedtls.VersionTLS12 {
		if len(b) < 2 {
			return false
		}
		n := int(b[0])<<8 | int(b[1])
		if len(b) < 2+n {
			return false
		}
		b = b[2+n:]
	}
	return len(b) >= 2 && len(b) == 2+(int(b[0])<<8|int(b[1]))
}

func (c *conn) readServerHelloDone() session.Flow {
	if c.hs.pending {
		c.hs.pending = false
	} else {
		if f := c.readRecord(); f != session.OK {
			return f
		}
		if c.recType != record.Handshake {
			return c.unexpected("ServerHelloDone")
		}
	}
	if m := c.message(); m[0] != handshake.ServerHelloDone || len(m) != handshake.HeaderLen {
		return c.fail(codeBadServerDone, &boundedtls.Cause{ID: boundedtls.CauseServerDone, Object: handshake.MessageName(m[0])})
	}
	return session.OK
}

func (c *conn) writeClientCertificate() session.Flow {
	if !c.hs.certRequested {
		return session.OK
	}
	return c.writeCertificate()
}

func (c *conn) writeClientKeyExchange() session.Flow {
	switch c.Suite.KX {
	case session.RSAPSK:
		return c.fail(codeKeyRequired, &boundedtls.Cause{ID: boundedtls.CausePSKSuite, Object: c.Suite.ID.String()})
	case session.DHE:
		return c.writeClientDH()
	}
	if 6 > c.Size() {
		return c.fail(codeBufferTooSmall, nil)
	}
	pms := make([]byte, 48)
	pms[0], pms[1] = byte(boundedtls.VersionTLS12>>8), byte(boundedtls.VersionTLS12&0xFF)
	if !c.Random(pms[2:]) {
		return session.Fail
	}
	c.hs.Premaster = pms
	pub := &c.peerChain[0].PublicKey
	if pub.Size() > c.Size()-6 {
		return c.fail(codeRSAOutput, &boundedtls.Cause{ID: boundedtls.CausePremasterTooLong, Have: pub.Size() + 6, Limit: c.Size()})
	}
	if !c.chargeRSAPublic(pub, ledger.Peer) {
		return c.fail(codeRSAPublicMemory, session.NoMemory("the RSA operation"))
	}
	c.Spend(boundedtls.OpRSAPublic, pub.Bits())
	ct, code := x509.EncryptPKCS1v15(c.Cfg.Rand, pub, pms)
	if code != 0 {
		return c.fail(code, &boundedtls.Cause{ID: boundedtls.CausePremaster})
	}
	c.Msg = append(c.Msg[:0], handshake.ClientKeyExchange, 0, 0, 0, byte(len(ct)>>8), byte(len(ct)))
	c.Msg = append(c.Msg, ct...)
	return c.writeMessage()
}

func (c *conn) writeClientDH() session.Flow {
	g := c.hs.group
	size := g.Size()
	key, code := x509.GenerateDH(c.Cfg.Rand, g)
	if code != 0 {
		return c.fail(code, &boundedtls.Cause{ID: boundedtls.CauseDHKey})
	}
	if code := c.chargeDHPublic(key, x509.CodeDHMakePublic); code != 0 {
		return c.fail(code, session.NoMemory("the Diffie-Hellman key"))
	}
	c.Spend(boundedtls.OpDH, g.P.BitLen())
	c.rangeOf(key.Value(), "the own public value, which the server's generator gives")
	secret, code := key.Secret(c.hs.peerPublic)
	if code != 0 {
		return c.fail(code, &boundedtls.Cause{ID: boundedtls.CauseDHSecret})
	}
	if code := c.chargeDHSecret(g, c.hs.peerPublic); code != 0 {
		return c.fail(code, session.NoMemory("the Diffie-Hellman secret"))
	}
	c.Spend(boundedtls.OpDH, g.P.BitLen())
	c.hs.Premaster = secret
	c.Msg = append(c.Msg[:0], handshake.ClientKeyExchange, 0, 0, 0, byte(size>>8), byte(size))
	c.Msg = append(c.Msg, key.Public()...)
	return c.writeMessage()
}

// writeCertificateVerify derives the keys and, if a certificate was sent, signs
// the handshake (tls.md 1.3).
func (c *conn) writeCertificateVerify() session.Flow {
	if f := c.deriveKeys(); f != session.OK {
		return f
	}
	if !c.hs.certRequested || len(c.ownChain) == 0 {
		return session.OK
	}
	if c.ownKey == nil {
		return c.fail(codeKeyRequired, &boundedtls.Cause{ID: boundedtls.CauseNoOwnKey})
	}
	alg := crypto.MD5SHA1
	c.Msg = append(c.Msg[:0], handshake.CertificateVerify, 0, 0, 0)
	if c.Version >= boundedtls.VersionTLS12 {
		alg = crypto.SHA256
		c.Msg = append(c.Msg, hashSHA256, sigRSA)
	}
	sig, code := c.sign(alg, c.hs.Transcript())
	if code != 0 {
		return c.fail(code, session.NoMemory("the signature"))
	}
	c.Msg = append(append(c.Msg, byte(len(sig)>>8), byte(len(sig))), sig...)
	return c.writeMessage()
}

// sign makes a signature with the own key.
func (c *conn) sign(alg crypto.Hash, digest []byte) ([]byte, int) {
	c.useKey()
	if code := c.chargeRSASign(); code != 0 {
		return nil, code
	}
	c.Spend(boundedtls.OpRSAPrivate, c.ownKey.Bits())
	return c.ownKey.SignPKCS1v15(alg, digest)
}
