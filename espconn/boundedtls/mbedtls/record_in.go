package mbedtls

import (
	"bytes"

	"github.com/emu8266/emu8266/espconn/boundedtls"
	"github.com/emu8266/emu8266/espconn/boundedtls/internal/handshake"
	"github.com/emu8266/emu8266/espconn/boundedtls/internal/record"
	"github.com/emu8266/emu8266/espconn/boundedtls/internal/session"
)

// Lengths of the buffers' parts in bytes (tls.md 2.1).
const (
	counterLen = 8                             // sequence counter before the header in the buffer
	offPlain   = counterLen + record.HeaderLen // first payload byte without explicit vector: 13
	offVector  = offPlain + record.VectorLen   // with one: 29
	overhead   = offVector + macRoom + padRoom // 333
	macRoom    = 48                            // SHA-384
	padRoom    = 256
)

// maxEmptyRecords is how many empty records in a row are tolerated (tls.md 1.5).
const maxEmptyRecords = 3

// readRecord makes the next record or handshake message current: recType,
// the input's plaintext and, for handshake records, hsLen. It follows tls.md 2.2 and
// 2.3 and deals with alerts (1.5).
func (c *conn) readRecord() session.Flow {
	if c.hsLen != 0 && c.hsLen < c.In.Len {
		c.In.Off += c.hsLen
		c.In.Len -= c.hsLen
		return c.openMessage()
	}
	c.hsLen = 0
	c.In.Open = false
	for {
		if c.In.Waiting() < record.HeaderLen {
			return session.Wait
		}
		hdr := c.In.Bytes[c.In.Pos : c.In.Pos+record.HeaderLen]
		n := int(hdr[3])<<8 | int(hdr[4])
		if f := c.checkHeader(hdr, n); f != session.OK {
			return f
		}
		if c.In.Waiting() < record.HeaderLen+n {
			return session.Wait
		}
		if f := c.openRecord(n); f != session.OK {
			return f
		}
		switch c.recType {
		case record.Handshake:
			return c.openMessage()
		case record.Alert:
			again, f := c.readAlert()
			if !again {
				return f
			}
			c.In.Open = false
		default:
			return session.OK
		}
	}
}

// bodyOffset is where a record's payload starts in the inbound buffer.
func (c *conn) bodyOffset() int {
	if c.rd != nil && c.Version >= boundedtls.VersionTLS11 {
		return offVector
	}
	return offPlain
}

// checkHeader applies checks 1 to 6 of tls.md 2.2; they run on the five bytes
// of the header alone.
func (c *conn) checkHeader(hdr []byte, n int) session.Flow {
	s := c.Size()
	if t := hdr[0]; t < record.ChangeCipherSpec || t > record.Data {
		c.alert(record.Fatal, record.UnexpectedMessage, record.StrictAlert)
		return c.fail(codeInvalidRecord, session.NotTLS(hdr))
	}
	if hdr[1] != byte(c.Version>>8) {
		return c.fail(codeInvalidRecord, &boundedtls.Cause{ID: boundedtls.CauseRecordVersion})
	}
	if hdr[2] > byte(boundedtls.VersionTLS12&0xFF) {
		return c.fail(codeInvalidRecord, &boundedtls.Cause{ID: boundedtls.CauseRecordTooNew})
	}
	if n > s+overhead-c.bodyOffset() {
		return c.fail(codeInvalidRecord, c.tooLong(hdr[0], n, s))
	}
	switch {
	case c.rd == nil:
		if n < 1 {
			return c.fail(codeInvalidRecord, &boundedtls.Cause{ID: boundedtls.CauseRecordEmpty})
		}
		if n > s {
			return c.fail(codeInvalidRecord, c.tooLong(hdr[0], n, s))
		}
	case n < c.rd.MinLen():
		return c.fail(codeInvalidRecord, &boundedtls.Cause{ID: boundedtls.CauseRecordShort, Have: n, Limit: c.rd.MinLen()})
	case n > c.rd.MinLen()+s+padRoom:
		return c.fail(codeInvalidRecord, c.tooLong(hdr[0], n, s))
	}
	if n > c.Allocated+overhead-c.bodyOffset() {
		return c.Crash("the size was raised after the buffer was allocated and a longer record came: " +
			"it would be written past the buffer's end")
	}
	return session.OK
}

// openRecord decrypts the record at inPos, whose body of n bytes has arrived,
// and makes it current.
func (c *conn) openRecord(n int) session.Flow {
	hdr := c.In.Bytes[c.In.Pos : c.In.Pos+record.HeaderLen]
	c.recType = hdr[0]
	c.In.Off = c.In.Pos + record.HeaderLen
	c.In.Len = n
	c.In.Open = true
	c.In.Pos += record.HeaderLen + n
	if n > c.MaxRecord {
		c.MaxRecord = n
	}
	fill := offPlain + n
	if c.rd != nil {
		off, plain, why := c.rd.Open(*c.counterIn(), hdr, c.In.Plain(), c.Size())
		c.Spend(boundedtls.OpCipher, n*8)
		if why != record.Opened {
			c.alert(record.Fatal, record.BadRecordMAC, record.LooseAlert)
			return c.fail(codeInvalidMAC, c.damaged(why, hdr[0], plain))
		}
		c.In.Off += off
		c.In.Len = plain
	}
	c.Record(false, c.recType, uint16(hdr[1])<<8|uint16(hdr[2]), n, c.In.Len, fill)
	if c.rd == nil {
		return session.OK
	}
	if c.In.Len == 0 {
		c.zeroRun++
		if c.zeroRun > maxEmptyRecords {
			c.alert(record.Fatal, record.BadRecordMAC, record.LooseAlert)
			return c.fail(codeInvalidMAC, &boundedtls.Cause{ID: boundedtls.CauseEmptyRecords})
		}
	} else {
		c.zeroRun = 0
	}
	if *c.counterIn()++; *c.counterIn() == 0 {
		return c.fail(codeCounterWrapping, nil)
	}
	return session.OK
}

// counterIn is the inbound sequence number.
func (c *conn) counterIn() *uint64 { return &c.seqIn }

// counterOut is the outbound one: the same memory in the shared buffer
// (Engine.SharedCounterBug).
func (c *conn) counterOut() *uint64 {
	if c.oneSeq {
		return &c.seqIn
	}
	return &c.seqOut
}

// openMessage looks at the handshake message at recOff (tls.md 2.3).
func (c *conn) openMessage() session.Flow {
	if c.In.Len < handshake.HeaderLen {
		return c.fail(codeInvalidRecord, &boundedtls.Cause{ID: boundedtls.CauseHeaderSplit, Have: c.In.Len, Limit: handshake.HeaderLen})
	}
	b := c.In.Plain()
	n := handshake.HeaderLen + (int(b[1])<<16 | int(b[2])<<8 | int(b[3]))
	if n > c.In.Len {
		return c.fail(codeFeatureUnavailable, session.Split(b[0], n, c.In.Len))
	}
	c.hsLen = n
	if c.hs != nil {
		c.hs.Add(b[:n])
		c.Spend(boundedtls.OpHash, n*8)
	}
	c.Message(false, b[0], n, c.Size())
	return session.OK
}

// message returns the current handshake message, its header included.
func (c *conn) message() []byte { return c.In.Bytes[c.In.Off : c.In.Off+c.hsLen] }

// isMessage reports whether the current record is a handshake message of type t.
func (c *conn) isMessage(t byte) bool {
	return c.recType == record.Handshake && c.In.Bytes[c.In.Off] == t
}

// readAlert handles the alert that is current (tls.md 1.5). again: it is
// ignored and the next record is wanted.
func (c *conn) readAlert() (again bool, f session.Flow) {
	// The library looks at two bytes whatever the length. Choice: a missing byte
	// counts as 255, on the chip it is what the buffer held before.
	level, desc := byte(255), byte(255)
	if c.In.Len > 0 {
		level = c.In.Bytes[c.In.Off]
	}
	if c.In.Len > 1 {
		desc = c.In.Bytes[c.In.Off+1]
	}
	c.Alert(false, level, desc)
	switch {
	case level == record.Fatal:
		return false, c.fail(codeFatalAlert, c.alerted(desc))
	case level == record.Warning && desc == record.CloseNotify:
		if c.Up {
			return false, session.OK
		}
		return false, c.fail(codePeerCloseNotify, nil)
	case level == record.Warning && desc == record.NoRenegotiation:
		return false, session.OK
	}
	return true, session.OK
}

// Read returns application data, at most len(p) bytes of one record
// (tls.md 2.7, 1.5). Done with n = 0 is an empty record, which ends one run of
// the SDK's read loop. On Failed an alert may wait in Output.
func (c *conn) Read(p []byte) (n int, st boundedtls.Status) {
	if c.Failure != nil {
		return 0, boundedtls.Failed
	}
	if !c.Up {
		return 0, boundedtls.NeedInput
	}
	if !c.reading {
		f, closing := c.readData()
		switch {
		case closing:
			return 0, boundedtls.CloseNotified
		case f == session.Fail:
			return 0, boundedtls.Failed
		case f == session.Wait:
			return 0, boundedtls.NeedInput
		}
	}
	n = copy(p, c.In.Plain())
	c.In.Off += n
	c.In.Len -= n
	c.reading = c.In.Len > 0
	c.In.Open = c.reading
	return n, boundedtls.Done
}

// readData makes a record of application data current. One empty record is
// skipped, a second one is delivered (tls.md 2.7).
func (c *conn) readData() (f session.Flow, closing bool) {
	f = c.readRecord()
	if f == session.OK && c.recType == record.Data && c.In.Len == 0 {
		f = c.readRecord()
	}
	if f != session.OK {
		return f, false
	}
	switch c.recType {
	case record.Data:
		c.hsLen = 0
		return session.OK, false
	case record.Alert:
		// close_notify, or the swallowed no_renegotiation, after which the
		// library wants input although more records may be waiting.
		closing = c.In.Len >= 2 && bytes.Equal(c.In.Bytes[c.In.Off:c.In.Off+2], []byte{record.Warning, record.CloseNotify})
		c.In.Open = false
		return session.Wait, closing
	}
	return c.fail(codeUnexpectedMessage, &boundedtls.Cause{ID: boundedtls.CauseAfterHandshake, Object: record.TypeName(c.recType)}), false
}
