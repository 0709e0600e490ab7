package boundedtls

// outKind says what the library does when TCP refuses a record.
type outKind uint8

const (
	outRecord      outKind = iota
	outAlertStrict         // the refusal replaces the error
	outAlertLoose          // the refusal is ignored
)

// writeRecord seals one record and appends it to the output.
func (c *Conn) writeRecord(typ byte, p []byte) bool {
	if c.outTaken == len(c.outEnds) {
		c.out, c.outEnds, c.outTaken = c.out[:0], c.outEnds[:0], 0
	}
	start := len(c.out)
	c.out = append(c.out, typ, byte(c.version>>8), byte(c.version), byte(len(p)>>8), byte(len(p)))
	if c.wr == nil {
		c.out = append(c.out, p...)
	} else {
		if c.version >= VersionTLS11 {
			c.out = append(c.out, make([]byte, vectorLen)...)
			if !c.random(c.out[start+headerLen:]) {
				c.out = c.out[:start]
				return false
			}
		}
		c.out = c.wr.seal(c.version, *c.counterOut(), c.out, start, p)
		c.spend(OpCipher, len(p)*8)
	}
	n := len(c.out) - start - headerLen
	if c.shift && c.wr != nil {
		// Engine.TLS10OffsetBug: the record's length is right, but the payload
		// lies 16 bytes further on, behind what the buffer held there: the
		// beginning of the Finished record.
		body := c.out[start+headerLen:]
		copy(body[vectorLen:], body)
		copy(body[:vectorLen], c.stale[:])
	}
	c.outEnds = append(c.outEnds, len(c.out))
	c.lastOut = outRecord
	*c.counterOut()++
	if c.cfg.Observe != nil {
		c.cfg.Observe(Event{Kind: EventRecord, Role: c.cfg.Role, Out: true, Type: typ, Version: c.version,
			Length: n, Plain: len(p), Fill: offPlain + n, Limit: c.size()})
	}
	if *c.counterOut() == 0 {
		c.fail(codeCounterWrapping, nil)
		return false
	}
	return true
}

// writeMessage sends the handshake message in c.msg, whose length field is
// still open, as one record.
func (c *Conn) writeMessage() flow {
	n := len(c.msg) - msgHeaderLen
	c.msg[1], c.msg[2], c.msg[3] = byte(n>>16), byte(n>>8), byte(n)
	c.hs.add(c.msg)
	c.spend(OpHash, len(c.msg)*8)
	if c.cfg.Observe != nil {
		c.cfg.Observe(Event{Kind: EventMessage, Role: c.cfg.Role, Out: true, Name: messageName(c.msg[0]), Length: len(c.msg), Limit: c.size()})
	}
	if !c.writeRecord(typeHandshake, c.msg) {
		return flowFail
	}
	return flowOK
}

// alert sends an alert record.
func (c *Conn) alert(level, desc byte, kind outKind) {
	if c.cfg.Observe != nil {
		c.cfg.Observe(Event{Kind: EventAlert, Role: c.cfg.Role, Out: true, Level: level, Alert: desc})
	}
	if c.writeRecord(typeAlert, []byte{level, desc}) {
		c.lastOut = kind
	}
}

// Write seals application data into one record, which is then in Output, and
// returns how much of p it holds: all, or the first byte alone when the engine
// splits under TLS 1.0 (Engine.SplitTLS10); call Write again with the rest. The
// caller keeps p within 1,460 bytes, the SDK's chunk (tls.md 2.7).
func (c *Conn) Write(p []byte) (n int, err *Error) {
	if c.err != nil {
		return 0, c.err
	}
	if !c.quiet {
		c.fail(codeBadInput, &Diagnosis{What: "Write was called before the handshake was over"})
		return 0, c.err
	}
	if c.ax != nil {
		p = p[:min(len(p), MaxWriteX)]
		if !c.writeRecordX(typeData, p) {
			return 0, c.err
		}
		return len(p), nil
	}
	if len(p) > MaxWrite {
		return 0, &Error{Code: codeBadInput, Detail: "more than one record can hold", Diagnosis: &Diagnosis{Item: "application data", Bytes: len(p), Limit: MaxWrite}}
	}
	if c.eng.SplitTLS10 && c.version == VersionTLS10 && len(p) > 1 && !c.splitDone {
		p = p[:1]
		c.splitDone = true
	} else {
		c.splitDone = false
	}
	if !c.writeRecord(typeData, p) {
		return 0, c.err
	}
	return len(p), nil
}

// MaxWrite is the most plaintext that Write takes, in bytes: the SDK's chunk
// (tls.md 2.7).
const MaxWrite = 1460

// CloseNotify puts a close_notify alert into Output. It does nothing before the
// handshake is over; after a refused record it offers that record again, as the
// library flushes what is left before anything else. It works after a failure,
// because the SDK says goodbye then (tls.md 3.2).
func (c *Conn) CloseNotify() {
	if c.closed || !c.quiet {
		return
	}
	if c.ax != nil {
		c.alertX(levelWarning, alertCloseNotify)
		return
	}
	if c.refused != nil {
		if c.outTaken == len(c.outEnds) {
			c.out, c.outEnds, c.outTaken = c.out[:0], c.outEnds[:0], 0
		}
		c.out = append(c.out, c.refused...)
		c.outEnds = append(c.outEnds, len(c.out))
		c.lastOut = outAlertLoose
		c.refused = nil
		return
	}
	c.alert(levelWarning, alertCloseNotify, outAlertLoose)
}
