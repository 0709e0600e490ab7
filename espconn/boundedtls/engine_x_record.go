package boundedtls

// recordX takes one record from the input and deals with it (axtls.md 2.2, 7).
func (c *Conn) recordX() flow {
	have := len(c.in) - c.inPos
	if c.ax.stalled && have > 0 {
		return c.failX(axConnectionLost, &Diagnosis{Item: "record", What: "a record of length 0"})
	}
	if c.ax.stalled || have < headerLen {
		return flowWait
	}
	hdr := c.in[c.inPos : c.inPos+headerLen]
	n, limit := int(hdr[3])<<8|int(hdr[4]), max(c.size()-headerLen, 0)
	if c.cfg.Role == Server && !c.ax.hello && hdr[0]&0x80 != 0 && hdr[2] == hsClientHello {
		return c.failX(axNotSupported, &Diagnosis{Item: "ClientHello", What: "an SSLv2-style hello",
			Remedy: "let the client begin with a TLS 1.0 or 1.1 hello"})
	}
	c.ax.hello = true
	if n > limit {
		d := c.diagRecordX(hdr[0], n, limit)
		if hdr[0] < typeCCS || hdr[0] > typeData {
			d = diagNotTLS(hdr)
		}
		return c.failX(axBadMessage, d)
	}
	if n > c.allocated-headerLen {
		return c.crash("the size was raised after the buffer was allocated and a longer record came: it would be written past the buffer's end")
	}
	if n == 0 {
		c.inPos += headerLen
		c.ax.stalled = true
		return flowOK
	}
	if have < headerLen+n {
		return flowWait
	}
	body := c.in[c.inPos+headerLen : c.inPos+headerLen+n]
	c.inPos += headerLen + n
	c.maxRecord = max(c.maxRecord, n)
	plain, ok := body, true
	if c.ax.rd != nil {
		plain, ok = c.ax.rd.open(hdr[:3], body)
		if ok && !c.chargeRecordX(len(plain), 0) {
			return flowFail
		}
		c.spend(OpCipher, n*8)
	}
	if c.cfg.Observe != nil {
		c.cfg.Observe(Event{Kind: EventRecord, Role: c.cfg.Role, Type: hdr[0], Version: uint16(hdr[1])<<8 | uint16(hdr[2]),
			Length: n, Plain: len(plain), Fill: headerLen + n, Limit: c.size()})
	}
	if !ok {
		return c.failX(axBadMAC, &Diagnosis{Item: "record", What: "a record's padding or MAC is wrong"})
	}
	switch hdr[0] {
	case typeHandshake:
		return c.messagesX(plain)
	case typeCCS:
		return c.changeCipherX()
	case typeAlert:
		return c.alertInX(plain)
	case typeData:
		if !c.quiet && !c.over {
			// Choice: data before the end of the handshake is dropped; what the library does with it was not measured.
			return flowOK
		}
		c.ax.plain, c.ax.taken, c.ax.pending = append(c.ax.plain[:0], plain...), 0, true
		return flowOK
	}
	return c.failX(axBadMessage, diagNotTLS(hdr))
}

// messagesX walks through the handshake messages of one record. A message must be whole (axtls.md 2.2).
func (c *Conn) messagesX(b []byte) flow {
	for len(b) > 0 {
		if c.hs == nil {
			return c.failX(axNoRenegotiate, &Diagnosis{Item: "handshake record", What: "a handshake message after the handshake",
				Remedy: "switch renegotiation off on the peer"})
		}
		if len(b) < msgHeaderLen {
			return c.failX(axBadHandshake, &Diagnosis{Item: "handshake message", What: "a record ends inside a handshake message's header"})
		}
		n := msgHeaderLen + (int(b[1])<<16 | int(b[2])<<8 | int(b[3]))
		if n > len(b) {
			return c.failX(axBadHandshake, diagSplit(b[0], n, len(b), c.size()))
		}
		m := b[:n]
		b = b[n:]
		if c.cfg.Observe != nil {
			c.cfg.Observe(Event{Kind: EventMessage, Role: c.cfg.Role, Name: messageName(m[0]), Length: n, Limit: c.size() - headerLen})
		}
		if m[0] != c.ax.next && !(c.cfg.Role == Client && m[0] == hsCertificateRequest && c.ax.next == hsServerHelloDone) {
			return c.failX(axBadHandshake, &Diagnosis{Item: messageName(m[0]), Bytes: n,
				What: messageName(m[0]) + " came in place of " + messageName(c.ax.next)})
		}
		if f := c.messageX(m); f != flowOK {
			return f
		}
		if len(b) > 0 && len(c.ax.steps) > 0 {
			c.ax.rest = append([]byte(nil), b...)
			return flowOK
		}
	}
	return flowOK
}

// messageX deals with one message that is in order.
func (c *Conn) messageX(m []byte) flow {
	if m[0] == hsFinished {
		return c.readFinishedX(m)
	}
	c.hs.add(m)
	c.spend(OpHash, len(m)*8)
	switch m[0] {
	case hsServerHello:
		return c.serverHelloX(m)
	case hsCertificate:
		return c.certificateX(m)
	case hsCertificateRequest:
		c.ax.requested = true
		return flowOK
	case hsServerHelloDone:
		return c.clientFlightX()
	case hsClientHello:
		return c.readClientHelloX(m)
	}
	return c.clientKeyX(m)
}

// changeCipherX switches the inbound protection on. It may come only in front of Finished. Choice: nothing looks whether it
// came at all, so that a Finished without protection is taken; and its content does not count. Neither was measured.
func (c *Conn) changeCipherX() flow {
	if c.hs == nil || c.ax.next != hsFinished {
		return c.failX(axBadHandshake, &Diagnosis{Item: "ChangeCipherSpec", What: "ChangeCipherSpec out of order"})
	}
	if c.ax.rdNext != nil {
		if c.cfg.Role == Client && !c.chargeCipherX() {
			return flowFail
		}
		c.ax.rd = c.ax.rdNext
		c.ax.rdNext = nil
	}
	return flowOK
}

// alertInX reads an alert. A missing description is what stands in the buffer: 0, from the length field of the message
// before (axtls.md 7; oracle/axtls G/client/alert_one_byte).
func (c *Conn) alertInX(p []byte) flow {
	level, desc := p, byte(0)
	if len(p) > 1 {
		desc = p[1]
	}
	if len(level) == 0 {
		return flowOK
	}
	if c.cfg.Observe != nil {
		c.cfg.Observe(Event{Kind: EventAlert, Role: c.cfg.Role, Level: level[0], Alert: desc})
	}
	if level[0] != levelWarning && desc == 0 && c.eng.FatalZeroBug {
		return flowOK // the alert's number is the result, and 0 is success
	}
	return c.closedX(level[0], desc)
}

// writeRecordX puts one record into the output.
func (c *Conn) writeRecordX(typ byte, p []byte) bool {
	if c.outTaken == len(c.outEnds) {
		c.out, c.outEnds, c.outTaken = c.out[:0], c.outEnds[:0], 0
	}
	start := len(c.out)
	c.out = append(c.out, typ, byte(c.ax.wire>>8), byte(c.ax.wire), 0, 0)
	if s := c.ax.wr; s == nil {
		c.out = append(c.out, p...)
	} else {
		c.out = append(c.out, make([]byte, s.explicit)...)
		if s.explicit > 0 && !c.random(c.out[start+headerLen:]) {
			c.out = c.out[:start]
			return false
		}
		hdr := [3]byte{typ, byte(c.ax.wire >> 8), byte(c.ax.wire)}
		c.out = s.seal(c.out, hdr[:], p)
		copied := 0
		if s.explicit > 0 {
			copied = len(c.out) - start - headerLen
		}
		if !c.chargeRecordX(len(p), copied) {
			c.out = c.out[:start]
			return false
		}
		c.spend(OpCipher, len(p)*8)
	}
	n := len(c.out) - start - headerLen
	c.out[start+3], c.out[start+4] = byte(n>>8), byte(n)
	c.outEnds = append(c.outEnds, len(c.out))
	c.lastOut = outRecord
	if c.cfg.Observe != nil {
		c.cfg.Observe(Event{Kind: EventRecord, Role: c.cfg.Role, Out: true, Type: typ, Version: c.ax.wire,
			Length: n, Plain: len(p), Fill: headerLen + n, Limit: c.size()})
	}
	return true
}

// writeMessageX sends the handshake message in c.msg, whose length field is still open, as one record.
func (c *Conn) writeMessageX() flow {
	n := len(c.msg) - msgHeaderLen
	c.msg[1], c.msg[2], c.msg[3] = byte(n>>16), byte(n>>8), byte(n)
	c.hs.add(c.msg)
	c.spend(OpHash, len(c.msg)*8)
	if c.cfg.Observe != nil {
		c.cfg.Observe(Event{Kind: EventMessage, Role: c.cfg.Role, Out: true, Name: messageName(c.msg[0]), Length: len(c.msg), Limit: c.size() - headerLen})
	}
	if !c.writeRecordX(typeHandshake, c.msg) {
		return flowFail
	}
	return flowOK
}

// alertX sends an alert, encrypted once the own ChangeCipherSpec was sent.
func (c *Conn) alertX(level, desc byte) {
	if c.cfg.Observe != nil {
		c.cfg.Observe(Event{Kind: EventAlert, Role: c.cfg.Role, Out: true, Level: level, Alert: desc})
	}
	if c.writeRecordX(typeAlert, []byte{level, desc}) {
		c.lastOut = outAlertLoose
	}
}
