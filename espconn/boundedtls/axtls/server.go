package axtls

import (
	"github.com/emu8266/emu8266/espconn/boundedtls"
	"github.com/emu8266/emu8266/espconn/boundedtls/internal/handshake"
	"github.com/emu8266/emu8266/espconn/boundedtls/internal/session"
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

// serverFlight sends ServerHello, Certificate and ServerHelloDone. A client certificate is never asked for.
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
	return c.writeMessage()
}

func (c *conn) writeHelloDone() session.Flow {
	c.Msg = append(c.Msg[:0], handshake.ServerHelloDone, 0, 0, 0)
	c.reach(session.ClientKeyExchange)
	return c.writeMessage()
}

// readClientKeyExchange opens the premaster secret. A bad one is replaced by a random one, which shows in the next record.
func (c *conn) readClientKeyExchange(m []byte) session.Flow {
	key := c.key
	if key == nil {
		return c.fail(noCertificate, &boundedtls.Cause{ID: boundedtls.CauseOwnKey})
	}
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
	if !c.chargeCipher() {
		return session.Fail
	}
	c.next = handshake.Finished
	c.reach(session.ClientFinished)
	return session.OK
}
