package boundedtls

// readClientHelloX takes version, session and the first of the client's suites that the device has, and sends the whole
// answer (axtls.md 1.2).
func (c *Conn) readClientHelloX(m []byte) flow {
	const sessionAt = msgHeaderLen + 2 + randomLen
	if len(m) < sessionAt+1 {
		return c.shortX(m)
	}
	if !c.chargeSessionX() {
		return flowFail
	}
	c.ax.offered = uint16(m[4])<<8 | uint16(m[5])
	if c.ax.offered < VersionTLS10 {
		return c.failX(axBadVersion, diagVersionX(c.ax.offered))
	}
	c.setVersionX(m[4], m[5])
	copy(c.hs.clientRandom[:], m[6:])
	id := int(m[sessionAt])
	if id > len(c.ax.session) {
		return c.failX(axBadSession, &Diagnosis{Item: "ClientHello", What: "session id longer than 32 bytes"})
	}
	rest := m[sessionAt+1:]
	if len(rest) < id+2 {
		return c.shortX(m)
	}
	rest = rest[id:]
	n := int(rest[0])<<8 | int(rest[1])
	rest = rest[2:]
	if n > len(rest) {
		return c.shortX(m)
	}
	for i := 0; i+1 < n && c.suite == nil; i += 2 {
		c.suite = axSuite(Suite(rest[i])<<8 | Suite(rest[i+1]))
	}
	if c.suite == nil {
		return c.failX(axNoCipher, &Diagnosis{Item: "ClientHello", What: "no common suite",
			Remedy: "let the client offer TLS_RSA_WITH_AES_128_CBC_SHA"})
	}
	return c.serverFlightX()
}

// serverFlightX sends ServerHello, Certificate and ServerHelloDone. A client certificate is never asked for.
func (c *Conn) serverFlightX() flow {
	c.stepX(stateServerHello)
	if !c.randomX(&c.hs.serverRandom) || !c.random(c.ax.session[:]) {
		return flowFail
	}
	m := append(c.msg[:0], hsServerHello, 0, 0, 0, byte(c.ax.wire>>8), byte(c.ax.wire))
	m = append(m, c.hs.serverRandom[:]...)
	m = append(m, byte(len(c.ax.session)))
	m = append(m, c.ax.session[:]...)
	c.msg = append(m, byte(c.suite.id>>8), byte(c.suite.id), 0)
	c.ax.steps = []func(*Conn) flow{(*Conn).writeCertificateX, (*Conn).writeHelloDoneX}
	c.ax.next = hsClientKeyExchange
	return c.writeMessageX()
}

func (c *Conn) writeHelloDoneX() flow {
	c.msg = append(c.msg[:0], hsServerHelloDone, 0, 0, 0)
	c.stepX(stateClientKeyExchange)
	return c.writeMessageX()
}

// clientKeyX opens the premaster secret. A bad one is replaced by a random one, which shows in the next record.
func (c *Conn) clientKeyX(m []byte) flow {
	key := c.ax.key
	if key == nil {
		return c.failX(axNoCertificate, &Diagnosis{Item: "own private key", What: "the server has no usable private key", Remedy: axOwnRemedy(Server)})
	}
	if len(m) < msgHeaderLen+2+key.Size() {
		return c.shortX(m)
	}
	pms := make([]byte, masterLen)
	if !c.random(pms) || !c.privateX() {
		return flowFail
	}
	got := key.Decrypt(m[msgHeaderLen+2:msgHeaderLen+2+key.Size()], c.eng.PrimeOrderBug)
	if len(got) == masterLen && got[0] == 3 && got[1] == byte(c.ax.offered)&0x0F {
		pms = got
	}
	c.hs.premaster = pms
	c.masterX()
	_, c.ax.rdNext = c.keysX()
	if !c.chargeCipherX() {
		return flowFail
	}
	c.ax.next = hsFinished
	c.stepX(stateClientFinished)
	return flowOK
}
