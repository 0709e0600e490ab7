package boundedtls

import (
	"crypto/hmac"
	"fmt"

	"github.com/emu8266/emu8266/espconn/boundedtls/internal/axcert"
	"github.com/emu8266/emu8266/espconn/boundedtls/internal/x509"
)

// randomX fills a hello's random: the first four bytes are 0, where other libraries put the time (axtls.md 1.1).
func (c *Conn) randomX(r *[randomLen]byte) bool { return c.random(r[4:]) }

// clientHelloX sends the hello of axtls.md 1.1.
func (c *Conn) clientHelloX() flow {
	if !c.randomX(&c.hs.clientRandom) {
		return flowFail
	}
	m := append(c.msg[:0], hsClientHello, 0, 0, 0, byte(VersionTLS11>>8), byte(VersionTLS11&0xFF))
	m = append(m, c.hs.clientRandom[:]...)
	m = append(m, 0, 0, 2*byte(len(axSuites)))
	for _, d := range axSuites {
		m = append(m, byte(d.id>>8), byte(d.id))
	}
	c.msg = append(m, 1, 0)
	f := c.writeMessageX()
	c.stepX(stateServerHello)
	return f
}

// setVersionX takes the peer's version as the library does: the two bytes folded into one, of which the low four bits
// stand in the headers of the device's records (axtls.md 1.1).
func (c *Conn) setVersionX(hi, lo byte) {
	folded := hi<<4 + lo
	folded = min(folded, 0x32)
	c.ax.wire = 0x0300 | uint16(folded&0x0F)
	c.version = VersionTLS10
	if folded == 0x32 {
		c.version = VersionTLS11
	}
}

func (c *Conn) shortX(m []byte) flow {
	return c.failX(axBadHandshake, &Diagnosis{Item: messageName(m[0]), Bytes: len(m), What: messageName(m[0]) + " is too short"})
}

// serverHelloX takes version, session and suite. Extensions and compression are not looked at (axtls.md 1.1).
func (c *Conn) serverHelloX(m []byte) flow {
	const sessionAt = msgHeaderLen + 2 + randomLen
	if len(m) < sessionAt+1 {
		return c.shortX(m)
	}
	if !c.chargeSessionX() {
		return flowFail
	}
	if v := uint16(m[4])<<8 | uint16(m[5]); !c.eng.ServerHelloBug && v != VersionTLS10 && v != VersionTLS11 {
		return c.failX(axBadVersion, diagVersionX(v))
	}
	c.setVersionX(m[4], m[5])
	copy(c.hs.serverRandom[:], m[6:])
	id := int(m[sessionAt])
	if id > len(c.ax.session) {
		return c.failX(axBadSession, &Diagnosis{Item: "ServerHello", What: "session id longer than 32 bytes"})
	}
	if len(m) < sessionAt+1+id+3 {
		return c.shortX(m)
	}
	number := Suite(m[sessionAt+1+id])<<8 | Suite(m[sessionAt+2+id])
	c.suite = axSuite(number)
	if c.eng.ServerHelloBug {
		// Only the low byte counts; 0 leaves the default, any other unknown one is found out when keys are needed.
		if c.suite = axSuite(number & 0xFF); number&0xFF == 0 {
			c.suite = &axSuites[0]
		}
	} else if c.suite == nil {
		return c.failX(axNoCipher, diagSuite(number))
	}
	c.ax.next = hsCertificate
	c.stepX(stateServerCertificate)
	return flowOK
}

func diagVersionX(v uint16) *Diagnosis {
	return &Diagnosis{Item: "version", What: fmt.Sprintf("the peer's version is %d.%d", v>>8, v&0xFF), Remedy: "allow TLS 1.0 or 1.1 on the peer"}
}

// certificateX reads the server's chain and checks it if the CA flag is on.
func (c *Conn) certificateX(m []byte) flow {
	bad := func(what string) flow {
		return c.failX(axBadCert, &Diagnosis{Item: "Certificate message", Bytes: len(m), What: what,
			Remedy: "use RSA certificates signed with RSA PKCS#1 v1.5"})
	}
	if len(m) < msgHeaderLen+3 {
		return c.shortX(m)
	}
	list := int(m[4])<<16 | int(m[5])<<8 | int(m[6])
	p := m[msgHeaderLen+3:]
	if list > len(p) {
		return c.shortX(m)
	}
	p = p[:list]
	for len(p) > 0 {
		if len(p) < 3 {
			return c.shortX(m)
		}
		n := int(p[0])<<16 | int(p[1])<<8 | int(p[2])
		if 3+n > len(p) {
			return c.shortX(m)
		}
		cert := axcert.Parse(p[3:3+n], c.printX)
		if cert == nil {
			return bad(fmt.Sprintf("certificate %d of the server's chain (%d bytes) is one that the device cannot read", len(c.ax.chain)+1, n))
		}
		if !c.chargeCertX(groupPeer, cert) {
			return flowFail
		}
		c.ax.chain = append(c.ax.chain, cert)
		p = p[3+n:]
	}
	if len(c.ax.chain) == 0 {
		// Choice: what the library does with an empty list was not measured.
		return bad("an empty chain")
	}
	c.stage("peer certificates")
	if c.cfg.Verify {
		if f := c.verifyChainX(); f != flowOK {
			return f
		}
	}
	c.ax.next = hsServerHelloDone
	c.stepX(stateServerHelloDone)
	return flowOK
}

// clientFlightX answers ServerHelloDone: [Certificate] ClientKeyExchange [CertificateVerify] ChangeCipherSpec Finished.
func (c *Conn) clientFlightX() flow {
	steps := make([]func(*Conn) flow, 0, 5)
	if c.ax.requested {
		steps = append(steps, (*Conn).writeCertificateX)
	}
	steps = append(steps, (*Conn).writeClientKeyX)
	if c.ax.requested && (c.eng.EmptyVerifyBug || c.ax.cert != nil && c.ax.key != nil) {
		steps = append(steps, (*Conn).writeVerifyX)
	}
	c.ax.steps = append(steps, (*Conn).switchX, (*Conn).writeFinishedX)
	c.ax.next = hsFinished
	return flowOK
}

// writeClientKeyX sends the premaster secret, encrypted with the first certificate's key.
func (c *Conn) writeClientKeyX() flow {
	pms := make([]byte, masterLen)
	pms[0], pms[1] = byte(VersionTLS11>>8), byte(VersionTLS11&0xFF)
	if !c.random(pms[2:]) {
		return flowFail
	}
	c.hs.premaster = pms
	pub := &c.ax.chain[0].Key
	if !c.chargeEncryptX(pub) {
		return flowFail
	}
	c.spend(OpRSAPublic, pub.Bits())
	ct, code := x509.EncryptPKCS1v15(c.cfg.Rand, pub, pms)
	if code != 0 {
		return c.failX(axBadHandshake, &Diagnosis{Item: "ClientKeyExchange", What: "the server's key cannot encrypt the premaster secret"})
	}
	c.msg = append(c.msg[:0], hsClientKeyExchange, 0, 0, 0, byte(len(ct)>>8), byte(len(ct)))
	c.msg = append(c.msg, ct...)
	f := c.writeMessageX()
	c.masterX()
	return f
}

// writeCertificateX sends the own certificate, or an empty list. The library does not look whether it fits
// (axtls.md 2.4).
func (c *Conn) writeCertificateX() flow {
	n := len(c.ax.cert)
	c.msg = append(c.msg[:0], hsCertificate, 0, 0, 0)
	if n == 0 {
		c.msg = append(c.msg, 0, 0, 0)
	} else {
		all := n + 3
		c.msg = append(c.msg, byte(all>>16), byte(all>>8), byte(all), byte(n>>16), byte(n>>8), byte(n))
		c.msg = append(c.msg, c.ax.cert...)
	}
	if limit := c.allocated - headerLen; len(c.msg) > limit {
		d := diagTooLong("Certificate message", len(c.msg), limit)
		d.LeastSize = len(c.msg) + headerLen
		d.What = fmt.Sprintf("the device's own Certificate message of %d bytes, limit %d", len(c.msg), limit)
		return c.overflowX(c.eng.OwnCertOverflowBug, "the own Certificate message is longer than the size less 5: it is written past the buffer's end", axBadMessage, d)
	}
	return c.writeMessageX()
}

// writeVerifyX signs the handshake, with an empty signature when there is no key (axtls.md 4).
func (c *Conn) writeVerifyX() flow {
	var sig []byte
	if c.ax.key != nil {
		if !c.privateX() {
			return flowFail
		}
		sig = c.ax.key.Sign(c.hs.transcript(), c.eng.PrimeOrderBug)
	}
	c.msg = append(c.msg[:0], hsCertificateVerify, 0, 0, 0, byte(len(sig)>>8), byte(len(sig)))
	c.msg = append(c.msg, sig...)
	return c.writeMessageX()
}

// privateX charges and counts one operation with the own key.
func (c *Conn) privateX() bool {
	if !c.chargePrivateX() {
		return false
	}
	c.spend(OpRSAPrivate, c.ax.key.Bits())
	return true
}

// masterX makes the master secret.
func (c *Conn) masterX() {
	h := c.hs
	seed := append(append([]byte(nil), h.clientRandom[:]...), h.serverRandom[:]...)
	prf(c.version, h.master[:], h.premaster, "master secret", seed)
	clear(h.premaster)
	h.premaster = nil
	if c.cfg.KeyLog != nil {
		// A failing log does not concern the device.
		_, _ = fmt.Fprintf(c.cfg.KeyLog, "CLIENT_RANDOM %x %x\n", h.clientRandom, h.master)
	}
}

// keysX makes both directions' ciphers.
func (c *Conn) keysX() (out, in *axCipher) {
	h, d := c.hs, c.suite
	seed := append(append([]byte(nil), h.serverRandom[:]...), h.clientRandom[:]...)
	mac := hashSize(d.mac)
	block := make([]byte, 2*(mac+d.keyLen+vectorLen))
	prf(c.version, block, h.master[:], "key expansion", seed)
	take := func(n int) []byte {
		b := block[:n]
		block = block[n:]
		return b
	}
	cm, sm, ck, sk := take(mac), take(mac), take(d.keyLen), take(d.keyLen)
	ci, si := take(vectorLen), take(vectorLen)
	client := c.cfg.Role == Client
	fromClient := newAxCipher(c.version, d, ck, ci, cm, client)
	fromServer := newAxCipher(c.version, d, sk, si, sm, !client)
	if client {
		return fromClient, fromServer
	}
	return fromServer, fromClient
}

// switchX sends ChangeCipherSpec and turns the outbound protection on. A suite that the library does not have is found
// out here: the alert then goes out unprotected, behind ChangeCipherSpec (axtls.md 1.1).
func (c *Conn) switchX() flow {
	if !c.writeRecordX(typeCCS, []byte{1}) {
		return flowFail
	}
	if c.suite == nil {
		return c.failX(axBadHandshake, &Diagnosis{Item: "ServerHello", What: "the server chose a suite that the device does not have",
			Remedy: "let the server use AES-CBC with SHA-1, or RC4, and RSA key exchange"})
	}
	if !c.chargeCipherX() {
		return flowFail
	}
	out, in := c.keysX()
	c.ax.wr = out
	if c.ax.rd == nil {
		c.ax.rdNext = in
	}
	return flowOK
}

func (c *Conn) verifyDataX(client bool) []byte {
	label := "server finished"
	if client {
		label = "client finished"
	}
	out := make([]byte, verifyLen)
	prf(c.version, out, c.hs.master[:], label, c.hs.transcript())
	return out
}

func (c *Conn) writeFinishedX() flow {
	c.msg = append(append(c.msg[:0], hsFinished, 0, 0, 0), c.verifyDataX(c.cfg.Role == Client)...)
	f := c.writeMessageX()
	c.stepX(stateServerFinished)
	return f
}

// readFinishedX checks the peer's Finished; a server answers with its own, a client is done.
func (c *Conn) readFinishedX(m []byte) flow {
	want := c.verifyDataX(c.cfg.Role == Server)
	if len(m) < msgHeaderLen+verifyLen || !hmac.Equal(m[msgHeaderLen:msgHeaderLen+verifyLen], want) {
		return c.failX(axBadFinished, &Diagnosis{Item: "Finished", What: "the peer's Finished does not match the handshake"})
	}
	c.hs.add(m)
	if c.cfg.Role == Client {
		c.overX()
		return flowOK
	}
	c.ax.steps = []func(*Conn) flow{(*Conn).switchX, (*Conn).writeFinishedX, func(c *Conn) flow {
		c.overX()
		return flowOK
	}}
	return flowOK
}
