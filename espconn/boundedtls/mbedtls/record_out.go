package mbedtls

import (
	"github.com/emu8266/emu8266/espconn/boundedtls"
	"github.com/emu8266/emu8266/espconn/boundedtls/internal/handshake"
	"github.com/emu8266/emu8266/espconn/boundedtls/internal/record"
	"github.com/emu8266/emu8266/espconn/boundedtls/internal/session"
)

// writeRecord seals one record and appends it to the output.
func (c *conn) writeRecord(typ byte, p []byte) bool {
	o := &c.Out
	start := o.Begin()
	o.Buf = append(o.Buf, typ, byte(c.Version>>8), byte(c.Version), byte(len(p)>>8), byte(len(p)))
	if c.wr == nil {
		o.Buf = append(o.Buf, p...)
	} else {
		if n := c.wr.Explicit(); n > 0 {
			o.Buf = append(o.Buf, make([]byte, n)...)
			if !c.Random(o.Buf[start+record.HeaderLen:]) {
				o.Buf = o.Buf[:start]
				return false
			}
		}
		o.Buf = c.wr.Seal(*c.counterOut(), o.Buf, start, p)
		c.Spend(boundedtls.OpCipher, len(p)*8)
	}
	n := len(o.Buf) - start - record.HeaderLen
	if c.shift && c.wr != nil {
		// Engine.TLS10OffsetBug: the record's length is right, but the payload
		// lies 16 bytes further on, behind what the buffer held there: the
		// beginning of the Finished record.
		body := o.Buf[start+record.HeaderLen:]
		copy(body[record.VectorLen:], body)
		copy(body[:record.VectorLen], c.stale[:])
	}
	o.End(record.Plain)
	*c.counterOut()++
	c.Record(true, typ, c.Version, n, len(p), offPlain+n)
	if *c.counterOut() == 0 {
		c.fail(codeCounterWrapping, nil)
		return false
	}
	return true
}

// writeMessage sends the handshake message in c.msg, whose length field is
// still open, as one record.
func (c *conn) writeMessage() session.Flow {
	n := len(c.Msg) - handshake.HeaderLen
	c.Msg[1], c.Msg[2], c.Msg[3] = byte(n>>16), byte(n>>8), byte(n)
	c.hs.Add(c.Msg)
	c.Spend(boundedtls.OpHash, len(c.Msg)*8)
	c.Message(true, c.Msg[0], len(c.Msg), c.Size())
	if !c.writeRecord(record.Handshake, c.Msg) {
		return session.Fail
	}
	return session.OK
}

// alert sends an alert record.
func (c *conn) alert(level, desc byte, kind record.Kind) {
	c.Alert(true, level, desc)
	if c.writeRecord(record.Alert, []byte{level, desc}) {
		c.Out.Mark(kind)
	}
}

// Write makes one record of at most MaxWrite bytes, or of the first byte alone
// when the library splits under TLS 1.0 (Engine.SplitTLS10).
func (c *conn) Write(p []byte) (n int, err *boundedtls.Error) {
	if c.Failure != nil {
		return 0, c.Failure
	}
	if !c.Up {
		c.fail(codeBadInput, &boundedtls.Cause{ID: boundedtls.CauseOrder, Object: "Write before the end of the handshake"})
		return 0, c.Failure
	}
	p = p[:min(len(p), MaxWrite)]
	if c.eng.SplitTLS10 && c.Version == boundedtls.VersionTLS10 && len(p) > 1 && !c.splitDone {
		p = p[:1]
		c.splitDone = true
	} else {
		c.splitDone = false
	}
	if !c.writeRecord(record.Data, p) {
		return 0, c.Failure
	}
	return len(p), nil
}

// CloseNotify offers a refused record again, as the library flushes what is left
// before anything else. It works after a failure, because the SDK says goodbye
// then (tls.md 3.2).
func (c *conn) CloseNotify() {
	if c.Closed || !c.Up {
		return
	}
	if !c.Out.Again() {
		c.alert(record.Warning, record.CloseNotify, record.LooseAlert)
	}
}
