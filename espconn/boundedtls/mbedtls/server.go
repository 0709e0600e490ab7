package mbedtls

import (
	"crypto"

	"github.com/emu8266/emu8266/espconn/boundedtls"
	"github.com/emu8266/emu8266/espconn/boundedtls/internal/handshake"
	"github.com/emu8266/emu8266/espconn/boundedtls/internal/ledger"
	"github.com/emu8266/emu8266/espconn/boundedtls/internal/record"
	"github.com/emu8266/emu8266/espconn/boundedtls/internal/session"
	"github.com/emu8266/emu8266/espconn/boundedtls/internal/x509"
)

func (c *conn) badClientHello(what string) session.Flow {
	return c.fail(codeBadClientHello, &boundedtls.Cause{ID: boundedtls.CauseClientHello, Object: what})
}

// readClientHello is the hello's own record reader (tls.md 2.2, end): every
// fault is -0x7900 without an alert, and only an incomplete record waits.
func (c *conn) readClientHello() session.Flow {
	if c.In.Waiting() < record.HeaderLen {
		return session.Wait
	}
	hdr := c.In.Bytes[c.In.Pos:]
	switch typ := hdr[0]; {
	case typ < record.ChangeCipherSpec || typ > record.Data:
		return c.fail(codeBadClientHello, session.NotTLS(hdr[:record.HeaderLen]))
	case typ != record.Handshake:
		return c.badClientHello("the client began with " + record.TypeName(typ))
	}
	if hdr[1] < byte(boundedtls.VersionTLS10>>8) {
		return c.badClientHello("the record's major version is below 3")
	}
	n, s := int(hdr[3])<<8|int(hdr[4]), c.Size()
	if n > s {
		return c.fail(codeBadClientHello, session.TooLong(boundedtls.CauseTooLong, "ClientHello", n, s))
	}
	if n > c.Allocated+overhead-offPlain {
		return c.Crash("the size was raised after the buffer was allocated and a longer ClientHello came: it would be written past the " +
			"buffer's end")
	}
	if c.In.Waiting() < record.HeaderLen+n {
		return session.Wait
	}
	m := hdr[record.HeaderLen : record.HeaderLen+n]
	c.In.Pos += record.HeaderLen + n
	c.MaxRecord = max(c.MaxRecord, n)
	c.hs.Add(m)
	c.Spend(boundedtls.OpHash, n*8)
	c.Record(false, hdr[0], uint16(hdr[1])<<8|uint16(hdr[2]), n, n, offPlain+n)
	c.Message(false, handshake.ClientHello, n, s)
	if n < handshake.HeaderLen || m[0] != handshake.ClientHello {
		return c.badClientHello("the first message is not a ClientHello")
	}
	if m[1] != 0 || n != handshake.HeaderLen+(int(m[2])<<8|int(m[3])) {
		return c.badClientHello("ClientHello does not fill exactly one record")
	}
	return c.readHelloBody(m[handshake.HeaderLen:])
}

func (c *conn) readHelloBody(b []byte) session.Flow {
	if len(b) < 38 {
		return c.badClientHello("ClientHello is too short")
	}
	c.Version = uint16(b[0])<<8 | uint16(b[1])
	c.hs.helloVersion = c.Version
	if b[0] < byte(boundedtls.VersionTLS10>>8) || b[1] < byte(boundedtls.VersionTLS10&0xFF) {
		c.alert(record.Fatal, record.ProtocolVersion, record.LooseAlert)
		return c.fail(codeBadVersion, session.Version(boundedtls.CauseVersion, c.Version))
	}
	// A major above 3 is lowered like a minor. tls.md 1.1 says that it is refused, but measured is 2.0 alone
	// (oracle E/client_version/0200), and mbed TLS 2.2.1 compares the bytes one by one, as here: 4.0 fails by its minor.
	if b[0] > byte(boundedtls.VersionTLS12>>8) || b[1] > byte(boundedtls.VersionTLS12&0xFF) {
		c.Version = boundedtls.VersionTLS12
	}
	copy(c.hs.ClientRandom[:], b[2:])
	idLen := int(b[34])
	if idLen > 32 || idLen+36 > len(b) {
		return c.badClientHello("session id longer than 32 bytes, or cut off")
	}
	rest := b[35+idLen:]
	if len(rest) < 2 {
		return c.badClientHello("no cipher suites")
	}
	n := int(rest[0])<<8 | int(rest[1])
	if n < 2 || n%2 != 0 || n+3 > len(rest) {
		return c.badClientHello("the list of cipher suites is empty, odd or cut off")
	}
	suites := rest[2 : 2+n]
	rest = rest[2+n:]
	n = int(rest[0])
	if n < 1 || n > 16 || n+1 > len(rest) {
		return c.badClientHello("the list of compressions is empty, too long or cut off")
	}
	rest = rest[1+n:]
	if len(rest) > 0 {
		if len(rest) < 2 {
			return c.badClientHello("extensions are cut off")
		}
		n = int(rest[0])<<8 | int(rest[1])
		if (n > 0 && n < 4) || len(rest) != 2+n {
			return c.badClientHello("extensions do not fill the message")
		}
		if f := c.readClientExtensions(rest[2:]); f != session.OK {
			return f
		}
	}
	return c.chooseSuite(suites)
}

// readClientExtensions looks at renegotiation_info and signature_algorithms
// (tls.md 1.4).
func (c *conn) readClientExtensions(ext []byte) session.Flow {
	for len(ext) > 0 {
		if len(ext) < 4 {
			return c.badClientHello("an extension is cut off")
		}
		id, n := int(ext[0])<<8|int(ext[1]), int(ext[2])<<8|int(ext[3])
		if 4+n > len(ext) {
			return c.badClientHello("an extension is cut off")
		}
		body := ext[4 : 4+n]
		switch id {
		case extRenegotiationInfo:
			if n != 1 || body[0] != 0 {
				c.alert(record.Fatal, record.HandshakeFailure, record.StrictAlert)
				return c.badClientHello("renegotiation_info is not empty")
			}
			c.secReneg = true
		case extSignatureAlgorithms:
			if n < 2 || n != 2+(int(body[0])<<8|int(body[1])) || n%2 != 0 {
				return c.badClientHello("signature_algorithms has a wrong length")
			}
			c.chooseHash(body[2:])
		}
		ext = ext[4+n:]
	}
	return session.OK
}

// chooseHash picks the hash of the key exchange's signature by its byte alone
// (tls.md 1.4).
func (c *conn) chooseHash(list []byte) {
	for _, want := range offeredHashes {
		for i := 0; i < len(list); i += 2 {
			if list[i] == want {
				c.hs.sigHash = want
				return
			}
		}
	}
}

// chooseSuite walks the own list and takes the first one that the client has
// and that is usable (tls.md 1.2).
func (c *conn) chooseSuite(offered []byte) session.Flow {
	for i := 0; i < len(offered); i += 2 {
		if offered[i] == byte(renegotiationSCSV>>8) && offered[i+1] == byte(renegotiationSCSV&0xFF) {
			c.secReneg = true
		}
	}
	common := false
	suites := c.eng.suites()
	for i := range suites {
		d := &suites[i]
		for j := 0; j < len(offered); j += 2 {
			if offered[j] != byte(d.ID>>8) || offered[j+1] != byte(d.ID) {
				continue
			}
			common = true
			if d.MinVersion <= c.Version && d.KX != session.RSAPSK && c.ownKey != nil {
				c.Suite = d
				c.hs.Settle(c.Version)
				return session.OK
			}
		}
	}
	c.alert(record.Fatal, record.HandshakeFailure, record.LooseAlert)
	if common {
		return c.fail(codeNoUsableSuite, &boundedtls.Cause{ID: boundedtls.CauseUnusableSuite})
	}
	return c.fail(codeNoCipherChosen, &boundedtls.Cause{ID: boundedtls.CauseNoSuite})
}

// writeServerHello sends the hello of tls.md 1.4.
func (c *conn) writeServerHello() session.Flow {
	m := append(c.Msg[:0], handshake.ServerHello, 0, 0, 0, byte(c.Version>>8), byte(c.Version))
	if !c.Random(c.hs.ServerRandom[:]) {
		return session.Fail
	}
	m = append(m, c.hs.ServerRandom[:]...)
	var id [32]byte
	if !c.Random(id[:]) {
		return session.Fail
	}
	m = append(m, byte(len(id)))
	m = append(m, id[:]...)
	m = append(m, byte(c.Suite.ID>>8), byte(c.Suite.ID), 0)
	if c.secReneg {
		m = append(m, 0, 5, extRenegotiationInfo>>8, extRenegotiationInfo&0xFF, 0, 1, 0)
	}
	c.Msg = m
	return c.writeMessage()
}

// writeServerKeyExchange sends the signed Diffie-Hellman parameters
// (tls.md 1.4).
func (c *conn) writeServerKeyExchange() session.Flow {
	if c.Suite.KX != session.DHE {
		return session.OK
	}
	g := x509.ServerGroup()
	if code := c.chargeServerGroup(); code != 0 {
		return c.fail(code, session.NoMemory("the Diffie-Hellman group"))
	}
	key, code := x509.GenerateDH(c.Cfg.Rand, g)
	if code != 0 {
		return c.fail(code, &boundedtls.Cause{ID: boundedtls.CauseDHKey})
	}
	c.hs.group, c.hs.dh = g, key
	if code := c.chargeDHPublic(key, codeDHMakeParams); code != 0 {
		return c.fail(code, session.NoMemory("the Diffie-Hellman key"))
	}
	c.Spend(boundedtls.OpDH, g.P.BitLen())
	m := append(c.Msg[:0], handshake.ServerKeyExchange, 0, 0, 0)
	// Leading zero bytes are lost (tls.md 1.4).
	for _, v := range [][]byte{g.P.Bytes(), g.G.Bytes(), key.ShortPublic()} {
		m = append(append(m, byte(len(v)>>8), byte(len(v))), v...)
	}
	var alg crypto.Hash
	if c.Version >= boundedtls.VersionTLS12 {
		alg = hashByNumber(c.hs.sigHash)
		if !c.chargeHash(alg) {
			return c.fail(codeMDAlloc, session.NoMemory("a hash"))
		}
	}
	digest := c.hs.paramsDigest(alg, m[handshake.HeaderLen:])
	if alg == 0 {
		alg = crypto.MD5SHA1
	} else {
		m = append(m, c.hs.sigHash, sigRSA)
	}
	sig, code := c.sign(alg, digest)
	if code != 0 {
		return c.fail(code, session.NoMemory("the signature"))
	}
	c.Msg = append(append(m, byte(len(sig)>>8), byte(len(sig))), sig...)
	return c.writeMessage()
}

// writeCertificateRequest asks for a client certificate when the CA check is on
// (tls.md 1.4). Names that do not fit into S are left out (2.4).
func (c *conn) writeCertificateRequest() session.Flow {
	if !c.wantsPeerChain() {
		return session.OK
	}
	m := append(c.Msg[:0], handshake.CertificateRequest, 0, 0, 0, 1, certTypeRSASign)
	if c.Version >= boundedtls.VersionTLS12 {
		m = append(m, 0, 2, hashSHA256, sigRSA)
	}
	at := len(m)
	m = append(m, 0, 0)
	for _, ca := range c.trusted() {
		if len(m)+2+len(ca.Subject) > c.Size() {
			break
		}
		n := len(ca.Subject)
		m = append(append(m, byte(n>>8), byte(n)), ca.Subject...)
	}
	n := len(m) - at - 2
	m[at], m[at+1] = byte(n>>8), byte(n)
	c.Msg = m
	return c.writeMessage()
}

func (c *conn) writeServerHelloDone() session.Flow {
	c.Msg = append(c.Msg[:0], handshake.ServerHelloDone, 0, 0, 0)
	return c.writeMessage()
}

func (c *conn) badClientKX(what string) session.Flow {
	return c.fail(codeBadClientKX, &boundedtls.Cause{ID: boundedtls.CauseClientKeyExchange, Object: what})
}

// readClientKeyExchange reads the premaster secret or the client's public
// value and derives the keys (tls.md 3.2).
func (c *conn) readClientKeyExchange() session.Flow {
	if f := c.readRecord(); f != session.OK {
		return f
	}
	if c.recType != record.Handshake {
		return c.badClientKX("a " + record.TypeName(c.recType) + " record came in place of ClientKeyExchange")
	}
	m := c.message()
	if m[0] != handshake.ClientKeyExchange {
		return c.badClientKX(handshake.MessageName(m[0]) + " came in place of ClientKeyExchange")
	}
	b := m[handshake.HeaderLen:]
	if c.Suite.KX == session.DHE {
		if f := c.readClientDH(b); f != session.OK {
			return f
		}
		return c.deriveKeys()
	}
	c.useKey()
	size := c.ownKey.Size()
	if len(b) != 2+size || int(b[0])<<8|int(b[1]) != size {
		return c.badClientKX("the encrypted premaster secret has not the key's length")
	}
	// The substitute comes first, so that a bad secret cannot be told from a
	// good one until Finished.
	pms := make([]byte, 48)
	if !c.Random(pms) {
		return session.Fail
	}
	if c.chargeRSAPrivate() {
		c.Spend(boundedtls.OpRSAPrivate, c.ownKey.Bits())
		got, code := c.ownKey.DecryptPKCS1v15(b[2:])
		if code == 0 && len(got) == 48 && got[0] == byte(c.hs.helloVersion>>8) && got[1] == byte(c.hs.helloVersion) {
			pms = got
		}
	}
	c.hs.Premaster = pms
	return c.deriveKeys()
}

func (c *conn) readClientDH(b []byte) session.Flow {
	if len(b) < 2 || len(b) < 2+(int(b[0])<<8|int(b[1])) {
		return c.badClientKX("the public value is cut off")
	}
	n := int(b[0])<<8 | int(b[1])
	group := c.hs.group
	y, code := group.ReadPublic(b[2 : 2+n])
	if code != 0 {
		return c.fail(codeBadClientKXPublic, &boundedtls.Cause{ID: boundedtls.CauseDHPublic, Have: n, Limit: group.Size()})
	}
	if !c.charge(ledger.Handshake, max(4, (n+3)/4*4), "dh public value") {
		return c.fail(codeBadClientKXPublic, session.NoMemory("the client's public value"))
	}
	if len(b) != 2+n {
		return c.badClientKX("bytes after the public value")
	}
	c.rangeOf(y, "the client's public value")
	if c.chargeDHSecret(group, y) != 0 {
		return c.fail(codeBadClientKXSecret, session.NoMemory("the Diffie-Hellman secret"))
	}
	c.Spend(boundedtls.OpDH, group.P.BitLen())
	secret, code := c.hs.dh.Secret(y)
	if code != 0 {
		return c.fail(codeBadClientKXSecret, &boundedtls.Cause{ID: boundedtls.CauseDHSecret})
	}
	c.hs.Premaster = secret
	return session.OK
}

func (c *conn) badCertVerify(what string) session.Flow {
	return c.fail(codeBadCertVerify, &boundedtls.Cause{ID: boundedtls.CauseCertificateVerify, Object: what})
}

// readCertificateVerify checks the client's signature; SHA-256 only in TLS 1.2
// (tls.md 1.4).
func (c *conn) readCertificateVerify() session.Flow {
	if len(c.peerChain) == 0 {
		return session.OK
	}
	if c.hs.expected == nil {
		c.hs.expected = c.hs.Transcript()
	}
	if f := c.readRecord(); f != session.OK {
		return f
	}
	if !c.isMessage(handshake.CertificateVerify) {
		return c.badCertVerify("another message came in place of CertificateVerify")
	}
	b := c.message()[handshake.HeaderLen:]
	alg := crypto.MD5SHA1
	if c.Version >= boundedtls.VersionTLS12 {
		if len(b) < 2 || b[0] != hashSHA256 || b[1] != sigRSA {
			return c.badCertVerify("the signature does not use SHA-256 with RSA, the only algorithm that was asked for")
		}
		alg = crypto.SHA256
		b = b[2:]
	}
	if len(b) < 2 || len(b) != 2+(int(b[0])<<8|int(b[1])) {
		return c.badCertVerify("the signature does not fill the message")
	}
	digest := c.hs.expected
	c.hs.expected = nil
	if code := c.verifySignature(alg, digest, b[2:]); code != 0 {
		return c.fail(code, notVerified(code, &boundedtls.Cause{ID: boundedtls.CauseCertificateVerify,
			Object: "its signature is wrong: the client's key does not belong to its certificate"}))
	}
	return session.OK
}
