package axtls

import (
	"crypto/hmac"
	"fmt"

	"github.com/emu8266/emu8266/espconn/boundedtls"
	"github.com/emu8266/emu8266/espconn/boundedtls/axtls/internal/axcert"
	"github.com/emu8266/emu8266/espconn/boundedtls/internal/handshake"
	"github.com/emu8266/emu8266/espconn/boundedtls/internal/ledger"
	"github.com/emu8266/emu8266/espconn/boundedtls/internal/record"
	"github.com/emu8266/emu8266/espconn/boundedtls/internal/session"
	"github.com/emu8266/emu8266/espconn/boundedtls/internal/x509"
)

// random fills a hello's random: the first four bytes are 0, where other libraries put the time (axtls.md 1.1).
func (c *conn) random(r *[handshake.RandomLen]byte) bool { return c.Random(r[4:]) }

// writeClientHello sends the hello of axtls.md 1.1.
func (c *conn) writeClientHello() session.Flow {
	if !c.random(&c.hs.ClientRandom) {
		return session.Fail
	}
	m := append(c.Msg[:0], handshake.ClientHello, 0, 0, 0, byte(boundedtls.VersionTLS11>>8), byte(boundedtls.VersionTLS11&0xFF))
	m = append(m, c.hs.ClientRandom[:]...)
	m = append(m, 0, 0, 2*byte(len(suites)))
	for _, d := range suites {
		m = append(m, byte(d.ID>>8), byte(d.ID))
	}
	c.Msg = append(m, 1, 0)
	f := c.writeMessage()
	c.reach(session.ServerHello)
	return f
}

// setVersion takes the peer's version as the library does: the two bytes folded into one, of which the low four bits
// stand in the headers of the device's records (axtls.md 1.1).
func (c *conn) setVersion(hi, lo byte) {
	folded := hi<<4 + lo
	folded = min(folded, 0x32)
	c.wire = 0x0300 | uint16(folded&0x0F)
	c.Version = boundedtls.VersionTLS10
	if folded == 0x32 {
		c.Version = boundedtls.VersionTLS11
	}
}

func (c *conn) short(m []byte) session.Flow {
	return c.fail(badHandshake, &boundedtls.Cause{ID: boundedtls.CauseMessage, Object: handshake.MessageName(m[0]) + " is too short"})
}

// readServerHello takes version, session and suite. Extensions and compression are not looked at (axtls.md 1.1).
func (c *conn) readServerHello(m []byte) session.Flow {
	const sessionAt = handshake.HeaderLen + 2 + handshake.RandomLen
	if len(m) < sessionAt+1 {
		return c.short(m)
	}
	if v := uint16(m[4])<<8 | uint16(m[5]); !c.eng.ServerHelloBug && v != boundedtls.VersionTLS10 && v != boundedtls.VersionTLS11 {
		return c.fail(badVersion, session.Version(boundedtls.CauseAxTLSVersion, v))
	}
	c.setVersion(m[4], m[5])
	copy(c.hs.ServerRandom[:], m[6:])
	id := int(m[sessionAt])
	if id > len(c.session) {
		return c.fail(badSession, &boundedtls.Cause{ID: boundedtls.CauseServerHello, Object: "session id longer than 32 bytes"})
	}
	if !c.chargeSession() {
		return session.Fail
	}
	if len(m) < sessionAt+1+id+3 {
		return c.short(m)
	}
	number := boundedtls.Suite(m[sessionAt+1+id])<<8 | boundedtls.Suite(m[sessionAt+2+id])
	c.Suite = suite(number)
	if c.eng.ServerHelloBug {
		// Only the low byte counts; 0 leaves the default, any other unknown one is found out when keys are needed.
		if c.Suite = suite(number & 0xFF); number&0xFF == 0 {
			c.Suite = &suites[0]
		}
	} else if c.Suite == nil {
		return c.fail(noCipher, session.ForeignSuite(number))
	}
	c.next = handshake.Certificate
	c.reach(session.ServerCertificate)
	return session.OK
}

// readCertificate reads the peer's chain and checks it if the CA flag is on.
func (c *conn) readCertificate(m []byte) session.Flow {
	bad := func(what string) session.Flow {
		return c.fail(badCert, &boundedtls.Cause{ID: boundedtls.CauseAxTLSCertificate, Object: what})
	}
	if len(m) < handshake.HeaderLen+3 {
		return c.short(m)
	}
	list := int(m[4])<<16 | int(m[5])<<8 | int(m[6])
	p := m[handshake.HeaderLen+3:]
	if list > len(p) {
		return c.short(m)
	}
	p = p[:list]
	for len(p) > 0 {
		if len(p) < 3 {
			return c.short(m)
		}
		n := int(p[0])<<16 | int(p[1])<<8 | int(p[2])
		if 3+n > len(p) {
			return c.short(m)
		}
		cert := axcert.Parse(p[3:3+n], c.print)
		if cert == nil {
			return bad(fmt.Sprintf("certificate %d of the peer's chain (%d bytes) is one that the device cannot read", len(c.chain)+1, n))
		}
		if !c.chargeCert(ledger.Peer, cert) {
			return session.Fail
		}
		c.chain = append(c.chain, cert)
		p = p[3+n:]
	}
	if len(c.chain) == 0 && c.Cfg.Role == boundedtls.Server {
		return c.fail(badCert, &boundedtls.Cause{ID: boundedtls.CauseNoClientCertificate})
	}
	if len(c.chain) == 0 {
		// Any list shorter than its own head (axtls.md 10).
		return c.fail(badHandshake, &boundedtls.Cause{ID: boundedtls.CauseAxTLSCertificate, Object: "an empty chain"})
	}
	c.Stage("peer certificates")
	if c.Cfg.Verify {
		if f := c.verifyChain(); f != session.OK {
			return f
		}
	}
	if c.Cfg.Role == boundedtls.Server {
		c.next = handshake.ClientKeyExchange
		c.reach(session.ClientKeyExchange)
		return session.OK
	}
	c.next = handshake.ServerHelloDone
	c.reach(session.ServerHelloDone)
	return session.OK
}

// answerServer answers ServerHelloDone: [Certificate] ClientKeyExchange [CertificateVerify] ChangeCipherSpec Finished.
func (c *conn) answerServer() session.Flow {
	steps := make([]func(*conn) session.Flow, 0, 5)
	if c.requested {
		steps = append(steps, (*conn).writeCertificate)
	}
	steps = append(steps, (*conn).writeClientKeyExchange)
	if c.requested && (c.eng.EmptyVerifyBug || c.cert != nil && c.key != nil) {
		steps = append(steps, (*conn).writeCertificateVerify)
	}
	c.steps = append(steps, (*conn).writeChangeCipherSpec, (*conn).protect, (*conn).writeFinished)
	c.next = handshake.Finished
	return session.OK
}

// writeClientKeyExchange sends the premaster secret, encrypted with the first certificate's key.
func (c *conn) writeClientKeyExchange() session.Flow {
	pms := make([]byte, handshake.MasterLen)
	pms[0], pms[1] = byte(boundedtls.VersionTLS11>>8), byte(boundedtls.VersionTLS11&0xFF)
	if !c.Random(pms[2:]) {
		return session.Fail
	}
	c.hs.Premaster = pms
	pub := &c.chain[0].Key
	if !c.chargeEncrypt(c.certNumbers[c.chain[0]]) {
		return session.Fail
	}
	c.Spend(boundedtls.OpRSAPublic, pub.Bits())
	ct, code := x509.EncryptPKCS1v15(c.Cfg.Rand, pub, pms)
	if code != 0 {
		return c.fail(badHandshake, &boundedtls.Cause{ID: boundedtls.CausePremaster})
	}
	c.Msg = append(c.Msg[:0], handshake.ClientKeyExchange, 0, 0, 0, byte(len(ct)>>8), byte(len(ct)))
	c.Msg = append(c.Msg, ct...)
	f := c.writeMessage()
	c.hs.MakeMaster(c.Version, c.Cfg.KeyLog)
	return f
}

// writeCertificate sends the own certificate, or an empty list. The library does not look whether it fits
// (axtls.md 2.4).
func (c *conn) writeCertificate() session.Flow {
	n := len(c.cert)
	c.Msg = append(c.Msg[:0], handshake.Certificate, 0, 0, 0)
	if n == 0 {
		c.Msg = append(c.Msg, 0, 0, 0)
	} else {
		all := n + 3
		c.Msg = append(c.Msg, byte(all>>16), byte(all>>8), byte(all), byte(n>>16), byte(n>>8), byte(n))
		c.Msg = append(c.Msg, c.cert...)
	}
	if limit := c.Allocated - record.HeaderLen; len(c.Msg) > limit {
		d := session.TooLong(boundedtls.CauseOwnChainTooLong, "", len(c.Msg), limit)
		d.Least = len(c.Msg) + record.HeaderLen
		return c.overflow(c.eng.OwnCertOverflowBug,
			"the own Certificate message is longer than the size less 5: it is written past the buffer's end", badMessage, d)
	}
	return c.writeMessage()
}

// writeCertificateVerify signs the handshake, with an empty signature when there is no key (axtls.md 4).
func (c *conn) writeCertificateVerify() session.Flow {
	var sig []byte
	if c.key != nil {
		c.useKey()
		if !c.spendPrivate() {
			return session.Fail
		}
		sig = c.key.Sign(c.hs.Transcript(), c.eng.PrimeOrderBug)
	}
	c.Msg = append(c.Msg[:0], handshake.CertificateVerify, 0, 0, 0, byte(len(sig)>>8), byte(len(sig)))
	c.Msg = append(c.Msg, sig...)
	return c.writeMessage()
}

// spendPrivate charges and counts one operation with the own key.
func (c *conn) spendPrivate() bool {
	if !c.chargePrivate() {
		return false
	}
	c.Spend(boundedtls.OpRSAPrivate, c.key.Bits())
	return true
}

// keys makes both directions' ciphers.
func (c *conn) keys() (out, in *record.Cipher) {
	client, server := c.hs.Expand(c.Version, c.Suite.MAC.Size(), c.Suite.KeyLen)
	if c.Cfg.Role == boundedtls.Client {
		return session.NewCipher(c.Suite, c.Version, client, true), session.NewCipher(c.Suite, c.Version, server, false)
	}
	return session.NewCipher(c.Suite, c.Version, server, true), session.NewCipher(c.Suite, c.Version, client, false)
}

// writeChangeCipherSpec sends ChangeCipherSpec. A suite that the library does not have is found out here: the alert then goes out
// unprotected, behind ChangeCipherSpec (axtls.md 1.1).
func (c *conn) writeChangeCipherSpec() session.Flow {
	if !c.writeRecord(record.ChangeCipherSpec, []byte{1}) {
		return session.Fail
	}
	if c.Suite == nil {
		return c.fail(badHandshake, &boundedtls.Cause{ID: boundedtls.CauseAxTLSSuite})
	}
	return session.OK
}

// protect turns the outbound protection on. Its memory is taken when TCP has ChangeCipherSpec (axtls.md 11).
func (c *conn) protect() session.Flow {
	if !c.chargeCipher() {
		return session.Fail
	}
	out, in := c.keys()
	c.wr = out
	if c.rd == nil {
		c.rdNext = in
	}
	return session.OK
}

func (c *conn) writeFinished() session.Flow {
	c.Msg = append(append(c.Msg[:0], handshake.Finished, 0, 0, 0), c.hs.VerifyData(c.Version, c.Cfg.Role == boundedtls.Client)...)
	f := c.writeMessage()
	c.reach(session.ServerFinished)
	return f
}

// readFinished checks the peer's Finished; a server answers with its own, a client is done.
func (c *conn) readFinished(m []byte) session.Flow {
	want := c.hs.VerifyData(c.Version, c.Cfg.Role == boundedtls.Server)
	if len(m) < handshake.HeaderLen+handshake.VerifyLen ||
		!hmac.Equal(m[handshake.HeaderLen:handshake.HeaderLen+handshake.VerifyLen], want) {
		return c.fail(badFinished, &boundedtls.Cause{ID: boundedtls.CauseFinished})
	}
	c.hs.Add(m)
	if c.Cfg.Role == boundedtls.Client {
		c.finish()
		return session.OK
	}
	c.steps = []func(*conn) session.Flow{(*conn).writeChangeCipherSpec, (*conn).protect, (*conn).writeFinished,
		func(c *conn) session.Flow {
			c.finish()
			return session.OK
		}}
	return session.OK
}
