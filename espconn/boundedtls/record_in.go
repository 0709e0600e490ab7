package boundedtls

import "bytes"

// Record content types.
const (
	typeCCS       = 20
	typeAlert     = 21
	typeHandshake = 22
	typeData      = 23
)

// Lengths of the record layer (tls.md 2.1).
const (
	headerLen  = 5
	counterLen = 8                             // sequence counter before the header in the buffer
	offPlain   = counterLen + headerLen        // first payload byte without explicit vector: 13
	offVector  = offPlain + vectorLen          // with one: 29
	overhead   = offVector + macRoom + padRoom // 333
	macRoom    = 48                            // SHA-384
	padRoom    = 256
	vectorLen  = 16 // AES block and CBC vector
)

// Alerts that the device emits (tls.md 1.5).
const (
	alertCloseNotify       = 0
	alertUnexpectedMessage = 10
	alertBadRecordMAC      = 20
	alertHandshakeFailure  = 40
	alertProtocolVersion   = 70

	levelWarning = 1
	levelFatal   = 2

	alertNoRenegotiation = 100
)

// maxEmptyRecords is how many empty records in a row are tolerated (tls.md 1.5).
const maxEmptyRecords = 3

// flow is the outcome of an internal step.
type flow uint8

const (
	flowOK flow = iota
	flowWait
	flowFail
)

// readRecord makes the next record or handshake message current: recType,
// recOff, recLen and, for handshake records, hsLen. It follows tls.md 2.2 and
// 2.3 and deals with alerts (1.5).
func (c *Conn) readRecord() flow {
	if c.hsLen != 0 && c.hsLen < c.recLen {
		c.recOff += c.hsLen
		c.recLen -= c.hsLen
		return c.openMessage()
	}
	c.hsLen = 0
	c.recOpen = false
	for {
		if len(c.in)-c.inPos < headerLen {
			return flowWait
		}
		hdr := c.in[c.inPos : c.inPos+headerLen]
		n := int(hdr[3])<<8 | int(hdr[4])
		if f := c.checkHeader(hdr, n); f != flowOK {
			return f
		}
		if len(c.in)-c.inPos < headerLen+n {
			return flowWait
		}
		if f := c.openRecord(n); f != flowOK {
			return f
		}
		switch c.recType {
		case typeHandshake:
			return c.openMessage()
		case typeAlert:
			again, f := c.readAlert()
			if !again {
				return f
			}
			c.recOpen = false
		default:
			return flowOK
		}
	}
}

// bodyOffset is where a record's payload starts in the inbound buffer.
func (c *Conn) bodyOffset() int {
	if c.rd != nil && c.version >= VersionTLS11 {
		return offVector
	}
	return offPlain
}

// checkHeader applies checks 1 to 6 of tls.md 2.2; they run on the five bytes
// of the header alone.
func (c *Conn) checkHeader(hdr []byte, n int) flow {
	s := c.size()
	if t := hdr[0]; t < typeCCS || t > typeData {
		c.alert(levelFatal, alertUnexpectedMessage, outAlertStrict)
		return c.fail(codeInvalidRecord, diagNotTLS(hdr))
	}
	if hdr[1] != byte(c.version>>8) {
		return c.fail(codeInvalidRecord, &Diagnosis{Item: "record", What: "the record's major version is not the connection's"})
	}
	if hdr[2] > byte(VersionTLS12&0xFF) {
		return c.fail(codeInvalidRecord, &Diagnosis{Item: "record", What: "the record's version is above TLS 1.2"})
	}
	if n > s+overhead-c.bodyOffset() {
		return c.fail(codeInvalidRecord, c.diagRecord(hdr[0], n, s))
	}
	switch {
	case c.rd == nil:
		if n < 1 {
			return c.fail(codeInvalidRecord, &Diagnosis{Item: "record", What: "an empty record in plain text"})
		}
		if n > s {
			return c.fail(codeInvalidRecord, c.diagRecord(hdr[0], n, s))
		}
	case n < c.rd.minLen:
		return c.fail(codeInvalidRecord, &Diagnosis{Item: "record", Bytes: n, Limit: c.rd.minLen, What: "the record is too short to be encrypted"})
	case n > c.rd.minLen+s+padRoom:
		return c.fail(codeInvalidRecord, c.diagRecord(hdr[0], n, s))
	}
	if n > c.allocated+overhead-c.bodyOffset() {
		return c.crash("the size was raised after the buffer was allocated and a longer record came: it would be written past the buffer's end")
	}
	return flowOK
}

// openRecord decrypts the record at inPos, whose body of n bytes has arrived,
// and makes it current.
func (c *Conn) openRecord(n int) flow {
	hdr := c.in[c.inPos : c.inPos+headerLen]
	c.recType = hdr[0]
	c.recOff = c.inPos + headerLen
	c.recLen = n
	c.recOpen = true
	c.inPos += headerLen + n
	if n > c.maxRecord {
		c.maxRecord = n
	}
	fill := offPlain + n
	if c.rd != nil {
		off, plain, why := c.rd.open(c.version, c.counterIn(), hdr, c.in[c.recOff:c.recOff+n], c.size())
		c.spend(OpCipher, n*8)
		if why != openOK {
			c.alert(levelFatal, alertBadRecordMAC, outAlertLoose)
			return c.fail(codeInvalidMAC, c.diagOpen(why, hdr[0], plain))
		}
		c.recOff += off
		c.recLen = plain
	}
	if c.cfg.Observe != nil {
		c.cfg.Observe(Event{Kind: EventRecord, Role: c.cfg.Role, Type: c.recType, Version: uint16(hdr[1])<<8 | uint16(hdr[2]),
			Length: n, Plain: c.recLen, Fill: fill, Limit: c.size()})
	}
	if c.rd == nil {
		return flowOK
	}
	if c.recLen == 0 {
		c.zeroRun++
		if c.zeroRun > maxEmptyRecords {
			c.alert(levelFatal, alertBadRecordMAC, outAlertLoose)
			return c.fail(codeInvalidMAC, &Diagnosis{Item: "record", What: "four empty records in a row"})
		}
	} else {
		c.zeroRun = 0
	}
	if *c.counterIn()++; *c.counterIn() == 0 {
		return c.fail(codeCounterWrapping, nil)
	}
	return flowOK
}

// counterIn is the inbound sequence number.
func (c *Conn) counterIn() *uint64 { return &c.seqIn }

// counterOut is the outbound one: the same memory in the shared buffer
// (Engine.SharedCounterBug).
func (c *Conn) counterOut() *uint64 {
	if c.oneSeq {
		return &c.seqIn
	}
	return &c.seqOut
}

// openMessage looks at the handshake message at recOff (tls.md 2.3).
func (c *Conn) openMessage() flow {
	if c.recLen < msgHeaderLen {
		return c.fail(codeInvalidRecord, &Diagnosis{Item: "handshake message", Bytes: c.recLen, Limit: msgHeaderLen,
			What:   "a record ends inside a handshake message's header",
			Remedy: "let the peer send each handshake message in one record"})
	}
	b := c.in[c.recOff : c.recOff+c.recLen]
	n := msgHeaderLen + (int(b[1])<<16 | int(b[2])<<8 | int(b[3]))
	if n > c.recLen {
		return c.fail(codeFeatureUnavailable, diagSplit(b[0], n, c.recLen, c.size()))
	}
	c.hsLen = n
	if c.hs != nil {
		c.hs.add(b[:n])
		c.spend(OpHash, n*8)
	}
	if c.cfg.Observe != nil {
		c.cfg.Observe(Event{Kind: EventMessage, Role: c.cfg.Role, Name: messageName(b[0]), Length: n, Limit: c.size()})
	}
	return flowOK
}

// message returns the current handshake message, its header included.
func (c *Conn) message() []byte { return c.in[c.recOff : c.recOff+c.hsLen] }

// isMessage reports whether the current record is a handshake message of type t.
func (c *Conn) isMessage(t byte) bool {
	return c.recType == typeHandshake && c.in[c.recOff] == t
}

// readAlert handles the alert that is current (tls.md 1.5). again: it is
// ignored and the next record is wanted.
func (c *Conn) readAlert() (again bool, f flow) {
	// The library looks at two bytes whatever the length. Choice: a missing byte
	// counts as 255, on the chip it is what the buffer held before.
	level, desc := byte(255), byte(255)
	if c.recLen > 0 {
		level = c.in[c.recOff]
	}
	if c.recLen > 1 {
		desc = c.in[c.recOff+1]
	}
	if c.cfg.Observe != nil {
		c.cfg.Observe(Event{Kind: EventAlert, Role: c.cfg.Role, Level: level, Alert: desc})
	}
	switch {
	case level == levelFatal:
		return false, c.fail(codeFatalAlert, c.diagAlert(desc))
	case level == levelWarning && desc == alertCloseNotify:
		if c.quiet {
			return false, flowOK
		}
		return false, c.fail(codePeerCloseNotify, nil)
	case level == levelWarning && desc == alertNoRenegotiation:
		return false, flowOK
	}
	return true, flowOK
}

// Read returns application data, at most len(p) bytes of one record
// (tls.md 2.7, 1.5). Done with n = 0 is an empty record, which ends one run of
// the SDK's read loop. On Failed an alert may wait in Output.
func (c *Conn) Read(p []byte) (n int, st Status) {
	if c.err != nil {
		return 0, Failed
	}
	if !c.quiet {
		return 0, NeedInput
	}
	if c.ax != nil {
		return c.readX(p)
	}
	if !c.reading {
		f, closing := c.readData()
		switch {
		case closing:
			return 0, CloseNotified
		case f == flowFail:
			return 0, Failed
		case f == flowWait:
			return 0, NeedInput
		}
	}
	n = copy(p, c.in[c.recOff:c.recOff+c.recLen])
	c.recOff += n
	c.recLen -= n
	c.reading = c.recLen > 0
	c.recOpen = c.reading
	return n, Done
}

// readData makes a record of application data current. One empty record is
// skipped, a second one is delivered (tls.md 2.7).
func (c *Conn) readData() (f flow, closing bool) {
	f = c.readRecord()
	if f == flowOK && c.recType == typeData && c.recLen == 0 {
		f = c.readRecord()
	}
	if f != flowOK {
		return f, false
	}
	switch c.recType {
	case typeData:
		c.hsLen = 0
		return flowOK, false
	case typeAlert:
		// close_notify, or the swallowed no_renegotiation, after which the
		// library wants input although more records may be waiting.
		closing = c.recLen >= 2 && bytes.Equal(c.in[c.recOff:c.recOff+2], []byte{levelWarning, alertCloseNotify})
		c.recOpen = false
		return flowWait, closing
	}
	return c.fail(codeUnexpectedMessage, &Diagnosis{Item: recordTypeName(c.recType),
		What: "a handshake or ChangeCipherSpec record after the handshake (renegotiation is not supported)"}), false
}
