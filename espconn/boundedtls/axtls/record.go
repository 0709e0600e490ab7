package axtls

import (
	"github.com/emu8266/emu8266/espconn/boundedtls"
	"github.com/emu8266/emu8266/espconn/boundedtls/internal/handshake"
	"github.com/emu8266/emu8266/espconn/boundedtls/internal/record"
	"github.com/emu8266/emu8266/espconn/boundedtls/internal/session"
)

// readRecord takes one record from the input and deals with it (axtls.md 2.2, 7).
func (c *conn) readRecord() session.Flow {
	have := c.In.Waiting()
	if c.stalled && have > 0 {
		return c.fail(connectionLost, &boundedtls.Cause{ID: boundedtls.CauseRecordEmpty})
	}
	if c.stalled || have < record.HeaderLen {
		return session.Wait
	}
	hdr := c.In.Bytes[c.In.Pos : c.In.Pos+record.HeaderLen]
	n, limit := int(hdr[3])<<8|int(hdr[4]), max(c.Size()-record.HeaderLen, 0)
	if c.Cfg.Role == boundedtls.Server && !c.hello && hdr[0]&0x80 != 0 && hdr[2] == handshake.ClientHello {
		return c.fail(notSupported, &boundedtls.Cause{ID: boundedtls.CauseSSLv2})
	}
	c.hello = true
	if n > limit {
		d := c.tooLong(hdr[0], n, limit)
		if hdr[0] < record.ChangeCipherSpec || hdr[0] > record.Data {
			d = session.NotTLS(hdr)
		}
		return c.fail(badMessage, d)
	}
	if n > c.Allocated-record.HeaderLen {
		return c.Crash("the size was raised after the buffer was allocated and a longer record came: " +
			"it would be written past the buffer's end")
	}
	if n == 0 {
		c.In.Pos += record.HeaderLen
		c.stalled = true
		return session.OK
	}
	if have < record.HeaderLen+n {
		return session.Wait
	}
	body := c.In.Bytes[c.In.Pos+record.HeaderLen : c.In.Pos+record.HeaderLen+n]
	c.In.Pos += record.HeaderLen + n
	c.MaxRecord = max(c.MaxRecord, n)
	plain, ok := body, true
	if c.rd != nil {
		off, k, why := c.rd.Open(c.seqIn, hdr, body, n)
		c.seqIn++
		plain, ok = body[off:off+k], why == record.Opened
		c.Spend(boundedtls.OpCipher, n*8)
	}
	c.Record(false, hdr[0], uint16(hdr[1])<<8|uint16(hdr[2]), n, len(plain), record.HeaderLen+n)
	if c.rd != nil && ok && !c.chargeRecord(len(plain), 0) {
		return session.Fail
	}
	if !ok {
		return c.fail(badMAC, &boundedtls.Cause{ID: boundedtls.CauseRecordDamaged})
	}
	switch hdr[0] {
	case record.Handshake:
		return c.readMessages(plain)
	case record.ChangeCipherSpec:
		return c.readChangeCipherSpec()
	case record.Alert:
		return c.readAlert(plain)
	case record.Data:
		if !c.Over {
			return c.fail(badMessage, &boundedtls.Cause{ID: boundedtls.CauseUnexpected,
				Object: "application data in place of " + handshake.MessageName(c.next)}) // axtls.md 10
		}
		c.plain, c.taken, c.pending = append(c.plain[:0], plain...), 0, true
		return session.OK
	}
	return c.fail(badMessage, session.NotTLS(hdr))
}

// readMessages walks through the handshake messages of one record. A message must be whole (axtls.md 2.2).
func (c *conn) readMessages(b []byte) session.Flow {
	for len(b) > 0 {
		if c.hs == nil {
			return c.fail(noRenegotiation, &boundedtls.Cause{ID: boundedtls.CauseRenegotiation})
		}
		if len(b) < handshake.HeaderLen {
			return c.fail(badHandshake, &boundedtls.Cause{ID: boundedtls.CauseHeaderSplit, Have: len(b), Limit: handshake.HeaderLen})
		}
		n := handshake.HeaderLen + (int(b[1])<<16 | int(b[2])<<8 | int(b[3]))
		if n > len(b) {
			return c.fail(badHandshake, session.Split(b[0], n, len(b)))
		}
		m := b[:n]
		b = b[n:]
		c.Message(false, m[0], n, c.Size()-record.HeaderLen)
		if m[0] != c.next && !(c.Cfg.Role == boundedtls.Client && m[0] == handshake.CertificateRequest &&
			c.next == handshake.ServerHelloDone) {
			return c.fail(badHandshake, &boundedtls.Cause{ID: boundedtls.CauseUnexpected,
				Object: handshake.MessageName(m[0]) + " in place of " + handshake.MessageName(c.next)})
		}
		if f := c.readMessage(m); f != session.OK {
			return f
		}
		if len(b) > 0 && len(c.steps) > 0 {
			c.rest = append([]byte(nil), b...)
			return session.OK
		}
	}
	return session.OK
}

// readMessage deals with one message that is in order.
func (c *conn) readMessage(m []byte) session.Flow {
	if m[0] == handshake.Finished {
		return c.readFinished(m)
	}
	if m[0] == handshake.CertificateVerify { // its signature is over the messages before it
		if f := c.readCertificateVerify(m); f != session.OK {
			return f
		}
	}
	c.hs.Add(m)
	c.Spend(boundedtls.OpHash, len(m)*8)
	switch m[0] {
	case handshake.ServerHello:
		return c.readServerHello(m)
	case handshake.Certificate:
		return c.readCertificate(m)
	case handshake.CertificateRequest:
		c.requested = true
		return session.OK
	case handshake.ServerHelloDone:
		return c.answerServer()
	case handshake.ClientHello:
		return c.readClientHello(m)
	case handshake.ClientKeyExchange:
		return c.readClientKeyExchange(m)
	}
	return session.OK
}

// readChangeCipherSpec switches the inbound protection on. It may come only in front of Finished. Nothing looks whether it came at
// all, so that a Finished without protection is taken; and its content does not count (axtls.md 10).
func (c *conn) readChangeCipherSpec() session.Flow {
	if c.hs == nil || c.next != handshake.Finished {
		return c.fail(badHandshake, &boundedtls.Cause{ID: boundedtls.CauseChangeCipherSpec, Object: "it is out of order"})
	}
	if c.rdNext != nil {
		if !c.chargeCipher() {
			return session.Fail
		}
		c.rd = c.rdNext
		c.rdNext = nil
	}
	return session.OK
}

// readAlert reads an alert. A missing description is what stands in the buffer, 3 where it was measured (axtls.md 10;
// oracle/axtls G/client/alert_one_byte).
func (c *conn) readAlert(p []byte) session.Flow {
	if len(p) == 0 {
		return session.OK
	}
	level, desc := p[0], byte(sameAsClose)
	if len(p) > 1 {
		desc = p[1]
	}
	c.Alert(false, level, desc)
	if level != record.Warning && desc == 0 && c.eng.FatalZeroBug {
		return session.OK // the alert's number is the result, and 0 is success
	}
	return c.ended(level, desc)
}

// writeRecord puts one record into the output.
func (c *conn) writeRecord(typ byte, p []byte) bool {
	o := &c.Out
	start := o.Begin()
	o.Buf = append(o.Buf, typ, byte(c.wire>>8), byte(c.wire), byte(len(p)>>8), byte(len(p)))
	if c.wr == nil {
		o.Buf = append(o.Buf, p...)
	} else {
		explicit := c.wr.Explicit()
		o.Buf = append(o.Buf, make([]byte, explicit)...)
		if explicit > 0 && !c.Random(o.Buf[start+record.HeaderLen:]) {
			o.Buf = o.Buf[:start]
			return false
		}
		o.Buf = c.wr.Seal(c.seqOut, o.Buf, start, p)
		c.seqOut++
		copied := 0
		if explicit > 0 {
			copied = len(o.Buf) - start - record.HeaderLen
		}
		if !c.chargeRecord(len(p), copied) {
			o.Buf = o.Buf[:start]
			return false
		}
		c.Spend(boundedtls.OpCipher, len(p)*8)
	}
	n := len(o.Buf) - start - record.HeaderLen
	o.End(record.Plain)
	c.Record(true, typ, c.wire, n, len(p), record.HeaderLen+n)
	return true
}

// writeMessage sends the handshake message in c.msg, whose length field is still open, as one record.
func (c *conn) writeMessage() session.Flow {
	n := len(c.Msg) - handshake.HeaderLen
	c.Msg[1], c.Msg[2], c.Msg[3] = byte(n>>16), byte(n>>8), byte(n)
	c.hs.Add(c.Msg)
	c.Spend(boundedtls.OpHash, len(c.Msg)*8)
	c.Message(true, c.Msg[0], len(c.Msg), c.Size()-record.HeaderLen)
	if !c.writeRecord(record.Handshake, c.Msg) {
		return session.Fail
	}
	return session.OK
}

// alert sends an alert, encrypted once the own ChangeCipherSpec was sent.
func (c *conn) alert(level, desc byte) {
	c.Alert(true, level, desc)
	c.alerted = level == record.Fatal
	if c.writeRecord(record.Alert, []byte{level, desc}) {
		c.Out.Mark(record.LooseAlert)
	}
}
