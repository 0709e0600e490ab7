package boundedtls

import (
	"crypto"

	"github.com/emu8266/emu8266/espconn/boundedtls/internal/x509"
)

func (c *Conn) badClientHello(what string) flow {
	return c.fail(codeBadClientHello, &Diagnosis{Item: "ClientHello", What: what})
}

// readClientHello is the hello's own record reader (tls.md 2.2, end): every
// fault is -0x7900 without an alert, and only an incomplete record waits.
func (c *Conn) readClientHello() flow {
	if len(c.in)-c.inPos < headerLen {
		return flowWait
	}
	hdr := c.in[c.inPos:]
	if hdr[0] != typeHandshake {
		return c.badClientHello("the first record is not a handshake record: the client does not speak TLS, or began with " + recordTypeName(hdr[0]))
	}
	if hdr[1] < byte(VersionTLS10>>8) {
		return c.badClientHello("the record's major version is below 3")
	}
	n, s := int(hdr[3])<<8|int(hdr[4]), c.size()
	if n > s {
		return c.fail(codeBadClientHello, diagTooLong("ClientHello", n, s))
	}
	if n > c.allocated+overhead-offPlain {
		return c.crash("the size was raised after the buffer was allocated and a longer ClientHello came: it would be written past the buffer's end")
	}
	if len(c.in)-c.inPos < headerLen+n {
		return flowWait
	}
	m := hdr[headerLen : headerLen+n]
	c.inPos += headerLen + n
	c.maxRecord = max(c.maxRecord, n)
	c.hs.add(m)
	c.spend(OpHash, n*8)
	if c.cfg.Observe != nil {
		c.cfg.Observe(Event{Kind: EventRecord, Role: Server, Type: hdr[0], Version: uint16(hdr[1])<<8 | uint16(hdr[2]),
			Length: n, Plain: n, Fill: offPlain + n, Limit: s})
		c.cfg.Observe(Event{Kind: EventMessage, Role: Server, Name: "ClientHello", Length: n, Limit: s})
	}
	if n < msgHeaderLen || m[0] != hsClientHello {
		return c.badClientHello("the first message is not a ClientHello")
	}
	if m[1] != 0 || n != msgHeaderLen+(int(m[2])<<8|int(m[3])) {
		return c.badClientHello("ClientHello does not fill exactly one record")
	}
	return c.readHelloBody(m[msgHeaderLen:])
}

func (c *Conn) readHelloBody(b []byte) flow {
	if len(b) < 38 {
		return c.badClientHello("ClientHello is too short")
	}
	c.version = uint16(b[0])<<8 | uint16(b[1])
	c.hs.helloVersion = c.version
	if b[0] < byte(VersionTLS10>>8) || b[1] < byte(VersionTLS10&0xFF) {
		c.alert(levelFatal, alertProtocolVersion, outAlertLoose)
		return c.fail(codeBadVersion, diagVersion(c.version))
	}
	// A major above 3 is lowered like a minor. tls.md 1.1 says that it is refused, but measured is 2.0 alone
	// (oracle E/client_version/0200), and mbed TLS 2.2.1 compares the bytes one by one, as here: 4.0 fails by its minor.
	if b[0] > byte(VersionTLS12>>8) || b[1] > byte(VersionTLS12&0xFF) {
		c.version = VersionTLS12
	}
	copy(c.hs.clientRandom[:], b[2:])
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
		if f := c.readClientExtensions(rest[2:]); f != flowOK {
			return f
		}
	}
	return c.chooseSuite(suites)
}

// readClientExtensions looks at renegotiation_info and signature_algorithms
// (tls.md 1.4).
func (c *Conn) readClientExtensions(ext []byte) flow {
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
				c.alert(levelFatal, alertHandshakeFailure, outAlertStrict)
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
	return flowOK
}

// chooseHash picks the hash of the key exchange's signature by its byte alone
// (tls.md 1.4).
func (c *Conn) chooseHash(list []byte) {
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
func (c *Conn) chooseSuite(offered []byte) flow {
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
			if offered[j] != byte(d.id>>8) || offered[j+1] != byte(d.id) {
				continue
			}
			common = true
			if d.minVersion <= c.version && d.kx != kxRSAPSK && c.ownKey != nil {
				c.suite = suiteByID(d.id)
				c.hs.settle(c.version)
				return flowOK
			}
		}
	}
	c.alert(levelFatal, alertHandshakeFailure, outAlertLoose)
	if common {
		return c.fail(codeNoUsableSuite, &Diagnosis{Item: "ClientHello", What: "the common suites need a newer version or a pre-shared key",
			Remedy: "offer TLS 1.2, or a suite with AES-CBC and SHA-1"})
	}
	return c.fail(codeNoCipherChosen, &Diagnosis{Item: "ClientHello", What: "no common suite",
		Remedy: "let the client offer an RSA key exchange suite with AES-CBC and TLS 1.2 or below, for example TLS-RSA-WITH-AES-128-CBC-SHA"})
}

// writeServerHello sends the hello of tls.md 1.4.
func (c *Conn) writeServerHello() flow {
	m := append(c.msg[:0], hsServerHello, 0, 0, 0, byte(c.version>>8), byte(c.version))
	if !c.random(c.hs.serverRandom[:]) {
		return flowFail
	}
	m = append(m, c.hs.serverRandom[:]...)
	var id [32]byte
	if !c.random(id[:]) {
		return flowFail
	}
	m = append(m, byte(len(id)))
	m = append(m, id[:]...)
	m = append(m, byte(c.suite.id>>8), byte(c.suite.id), 0)
	if c.secReneg {
		m = append(m, 0, 5, extRenegotiationInfo>>8, extRenegotiationInfo&0xFF, 0, 1, 0)
	}
	c.msg = m
	return c.writeMessage()
}

// writeServerKeyExchange sends the signed Diffie-Hellman parameters
// (tls.md 1.4).
func (c *Conn) writeServerKeyExchange() flow {
	if c.suite.kx != kxDHE {
		return flowOK
	}
	g := x509.ServerGroup()
	if code := c.chargeServerDH(g); code != 0 {
		return c.fail(code, diagMemory("the Diffie-Hellman key"))
	}
	c.spend(OpDH, g.P.BitLen())
	key, code := x509.GenerateDH(c.cfg.Rand, g)
	if code != 0 {
		return c.fail(code, &Diagnosis{Item: "ServerKeyExchange", What: "the Diffie-Hellman key could not be made"})
	}
	c.hs.group, c.hs.dh = g, key
	m := append(c.msg[:0], hsServerKeyExchange, 0, 0, 0)
	// Leading zero bytes are lost (tls.md 1.4).
	for _, v := range [][]byte{g.P.Bytes(), g.G.Bytes(), key.ShortPublic()} {
		m = append(append(m, byte(len(v)>>8), byte(len(v))), v...)
	}
	var alg crypto.Hash
	if c.version >= VersionTLS12 {
		alg = hashByNumber(c.hs.sigHash)
		if !c.chargeHash(alg) {
			return c.fail(codeMDAlloc, diagMemory("a hash"))
		}
	}
	digest := c.hs.paramsDigest(alg, m[msgHeaderLen:])
	if alg == 0 {
		alg = crypto.MD5SHA1
	} else {
		m = append(m, c.hs.sigHash, sigRSA)
	}
	sig, code := c.sign(alg, digest)
	if code != 0 {
		return c.fail(code, diagMemory("the signature"))
	}
	c.msg = append(append(m, byte(len(sig)>>8), byte(len(sig))), sig...)
	return c.writeMessage()
}

// writeCertificateRequest asks for a client certificate when the CA check is on
// (tls.md 1.4). Names that do not fit into S are left out (2.4).
func (c *Conn) writeCertificateRequest() flow {
	if !c.wantsPeerChain() {
		return flowOK
	}
	m := append(c.msg[:0], hsCertificateRequest, 0, 0, 0, 1, certTypeRSASign)
	if c.version >= VersionTLS12 {
		m = append(m, 0, 2, hashSHA256, sigRSA)
	}
	at := len(m)
	m = append(m, 0, 0)
	for _, ca := range c.trusted() {
		if len(m)+2+len(ca.Subject) > c.size() {
			break
		}
		n := len(ca.Subject)
		m = append(append(m, byte(n>>8), byte(n)), ca.Subject...)
	}
	n := len(m) - at - 2
	m[at], m[at+1] = byte(n>>8), byte(n)
	c.msg = m
	return c.writeMessage()
}

func (c *Conn) writeServerHelloDone() flow {
	c.msg = append(c.msg[:0], hsServerHelloDone, 0, 0, 0)
	return c.writeMessage()
}

func (c *Conn) badClientKX(what string) flow {
	return c.fail(codeBadClientKX, &Diagnosis{Item: "ClientKeyExchange", What: what})
}

// readClientKeyExchange reads the premaster secret or the client's public
// value and derives the keys (tls.md 3.2).
func (c *Conn) readClientKeyExchange() flow {
	if f := c.readRecord(); f != flowOK {
		return f
	}
	if c.recType != typeHandshake {
		return c.badClientKX("a " + recordTypeName(c.recType) + " record came in place of ClientKeyExchange")
	}
	m := c.message()
	if m[0] != hsClientKeyExchange {
		return c.badClientKX(messageName(m[0]) + " came in place of ClientKeyExchange")
	}
	b := m[msgHeaderLen:]
	if c.suite.kx == kxDHE {
		if f := c.readClientDH(b); f != flowOK {
			return f
		}
		return c.deriveKeys()
	}
	size := c.ownKey.Size()
	if len(b) != 2+size || int(b[0])<<8|int(b[1]) != size {
		return c.badClientKX("the encrypted premaster secret has not the key's length")
	}
	// The substitute comes first, so that a bad secret cannot be told from a
	// good one until Finished.
	pms := make([]byte, 48)
	if !c.random(pms) {
		return flowFail
	}
	if c.chargeRSAPrivate() {
		c.spend(OpRSAPrivate, c.ownKey.Bits())
		got, code := c.ownKey.DecryptPKCS1v15(b[2:])
		if code == 0 && len(got) == 48 && got[0] == byte(c.hs.helloVersion>>8) && got[1] == byte(c.hs.helloVersion) {
			pms = got
		}
	}
	c.hs.premaster = pms
	return c.deriveKeys()
}

func (c *Conn) readClientDH(b []byte) flow {
	if len(b) < 2 || len(b) < 2+(int(b[0])<<8|int(b[1])) {
		return c.badClientKX("the public value is cut off")
	}
	n := int(b[0])<<8 | int(b[1])
	group := c.hs.group
	y, code := group.ReadPublic(b[2 : 2+n])
	if code != 0 {
		return c.fail(codeBadClientKXPublic, &Diagnosis{Item: "ClientKeyExchange", Bytes: n, Limit: group.Size(), What: "the public value has an unusable length"})
	}
	if !c.charge(groupHandshake, max(4, (n+3)/4*4), "dh public value") {
		return c.fail(codeBadClientKXPublic, diagMemory("the client's public value"))
	}
	if len(b) != 2+n {
		return c.badClientKX("bytes after the public value")
	}
	if !c.chargeDHSecret(group) {
		return c.fail(codeBadClientKXSecret, diagMemory("the Diffie-Hellman secret"))
	}
	c.spend(OpDH, group.P.BitLen())
	secret, code := c.hs.dh.Secret(y)
	if code != 0 {
		return c.fail(codeBadClientKXSecret, &Diagnosis{Item: "ClientKeyExchange", What: "the public value is out of range"})
	}
	c.hs.premaster = secret
	return flowOK
}

func (c *Conn) badCertVerify(what string) flow {
	return c.fail(codeBadCertVerify, &Diagnosis{Item: "CertificateVerify", What: what})
}

// readCertificateVerify checks the client's signature; SHA-256 only in TLS 1.2
// (tls.md 1.4).
func (c *Conn) readCertificateVerify() flow {
	if len(c.peerChain) == 0 {
		return flowOK
	}
	if c.hs.expected == nil {
		c.hs.expected = c.hs.transcript()
	}
	if f := c.readRecord(); f != flowOK {
		return f
	}
	if !c.isMessage(hsCertificateVerify) {
		return c.badCertVerify("another message came in place of CertificateVerify")
	}
	b := c.message()[msgHeaderLen:]
	alg := crypto.MD5SHA1
	if c.version >= VersionTLS12 {
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
		return c.fail(code, &Diagnosis{Item: "CertificateVerify", What: "the client's signature is wrong: its key does not belong to its certificate"})
	}
	return flowOK
}
