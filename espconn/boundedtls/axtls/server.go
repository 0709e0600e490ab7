package axtls

import (
	"crypto"
	"slices"

	"github.com/emu8266/emu8266/espconn/boundedtls"
	"github.com/emu8266/emu8266/espconn/boundedtls/internal/handshake"
	"github.com/emu8266/emu8266/espconn/boundedtls/internal/session"
	"github.com/emu8266/emu8266/espconn/boundedtls/internal/x509"
)

// readClientHello takes version, session and the first of the client's suites that the device has, and sends the whole
// answer (axtls.md 1.2).
func (c *conn) readClientHello(m []byte) session.Flow {
	const sessionAt = handshake.HeaderLen + 2 + handshake.RandomLen
	if len(m) < sessionAt+1 {
		return c.short(m)
	}
	if !c.chargeSession() {
		return session.Fail
	}
	c.offered = uint16(m[4])<<8 | uint16(m[5])
	if c.offered < boundedtls.VersionTLS10 {
		return c.fail(badVersion, session.Version(boundedtls.CauseAxTLSVersion, c.offered))
	}
	c.setVersion(m[4], m[5])
	copy(c.hs.ClientRandom[:], m[6:])
	id := int(m[sessionAt])
	if id > len(c.session) {
		return c.fail(badSession, &boundedtls.Cause{ID: boundedtls.CauseClientHello, Object: "session id longer than 32 bytes"})
	}
	rest := m[sessionAt+1:]
	if len(rest) < id+2 {
		return c.short(m)
	}
	rest = rest[id:]
	n := int(rest[0])<<8 | int(rest[1])
	rest = rest[2:]
	if n > len(rest) {
		return c.short(m)
	}
	for i := 0; i+1 < n && c.Suite == nil; i += 2 {
		c.Suite = suite(boundedtls.Suite(rest[i])<<8 | boundedtls.Suite(rest[i+1]))
	}
	if c.Suite == nil {
		return c.fail(noCipher, &boundedtls.Cause{ID: boundedtls.CauseAxTLSNoSuite})
	}
	return c.serverFlight()
}

// certTypeRSASign is the one type of client certificate that the device asks for (RFC 4346 7.4.4).
const certTypeRSASign = 1

// asks reports whether the device wants a client's certificate (Engine.NoClientCheckBug).
func (c *conn) asks() bool {
	return c.Cfg.Role == boundedtls.Server && c.Cfg.Verify && !c.eng.NoClientCheckBug
}

// serverFlight sends ServerHello, Certificate, CertificateRequest if the device asks for one, and ServerHelloDone.
func (c *conn) serverFlight() session.Flow {
	c.reach(session.ServerHello)
	if !c.random(&c.hs.ServerRandom) || !c.Random(c.session[:]) {
		return session.Fail
	}
	m := append(c.Msg[:0], handshake.ServerHello, 0, 0, 0, byte(c.wire>>8), byte(c.wire))
	m = append(m, c.hs.ServerRandom[:]...)
	m = append(m, byte(len(c.session)))
	m = append(m, c.session[:]...)
	c.Msg = append(m, byte(c.Suite.ID>>8), byte(c.Suite.ID), 0)
	c.steps = []func(*conn) session.Flow{(*conn).writeCertificate, (*conn).writeHelloDone}
	c.next = handshake.ClientKeyExchange
	if c.asks() {
		c.steps = slices.Insert(c.steps, 1, (*conn).writeCertificateRequest)
		c.next = handshake.Certificate
	}
	return c.writeMessage()
}

// writeCertificateRequest asks for an RSA certificate. Choice: it names no CA, so that it fits into every size, and a client
// sends the certificate that it has.
func (c *conn) writeCertificateRequest() session.Flow {
	c.Msg = append(c.Msg[:0], handshake.CertificateRequest, 0, 0, 0, 1, certTypeRSASign, 0, 0)
	return c.writeMessage()
}

func (c *conn) writeHelloDone() session.Flow {
	c.Msg = append(c.Msg[:0], handshake.ServerHelloDone, 0, 0, 0)
	c.reach(session.ClientKeyExchange)
	if c.asks() {
		c.reach(session.ClientCertificate)
	}
	return c.writeMessage()
}

// readClientKeyExchange opens the premaster secret. A bad one is replaced by a random one, which shows in the next record.
func (c *conn) readClientKeyExchange(m []byte) session.Flow {
	key := c.key
	if key == nil {
		return c.fail(noCertificate, &boundedtls.Cause{ID: boundedtls.CauseOwnKey})
	}
	c.useKey()
	if len(m) < handshake.HeaderLen+2+key.Size() {
		return c.short(m)
	}
	pms := make([]byte, handshake.MasterLen)
	if !c.Random(pms) || !c.spendPrivate() {
		return session.Fail
	}
	got := key.Decrypt(m[handshake.HeaderLen+2:handshake.HeaderLen+2+key.Size()], c.eng.PrimeOrderBug)
	if len(got) == handshake.MasterLen && got[0] == 3 && got[1] == byte(c.offered)&0x0F {
		pms = got
	}
	c.hs.Premaster = pms
	c.hs.MakeMaster(c.Version, c.Cfg.KeyLog)
	_, c.rdNext = c.keys()
	c.next = handshake.Finished
	c.reach(session.ClientFinished)
	if len(c.chain) > 0 {
		c.next = handshake.CertificateVerify
		c.reach(session.CertificateVerify)
	}
	return session.OK
}

// readCertificateVerify checks that the client has the key of its certificate (axtls.md 10).
func (c *conn) readCertificateVerify(m []byte) session.Flow {
	b := m[handshake.HeaderLen:]
	if len(b) < 2 || len(b) != 2+(int(b[0])<<8|int(b[1])) {
		return c.short(m)
	}
	key := &c.chain[0].Key
	if !c.chargeOpened(c.certNumbers[c.chain[0]]) {
		return session.Fail
	}
	c.Spend(boundedtls.OpRSAPublic, key.Bits())
	if x509.VerifyPKCS1v15(key, crypto.MD5SHA1, c.hs.Transcript(), b[2:]) != 0 {
		return c.fail(badKey, &boundedtls.Cause{ID: boundedtls.CauseCertificateVerify,
			Object: "its signature is wrong: the client's key does not belong to its certificate"})
	}
	c.next = handshake.Finished
	c.reach(session.ClientFinished)
	return session.OK
}
