package witness

import (
	"math"

	"github.com/emu8266/emu8266/espconn/boundedtls"
	"github.com/emu8266/emu8266/espconn/boundedtls/internal/handshake"
	"github.com/emu8266/emu8266/espconn/boundedtls/internal/record"
	"github.com/emu8266/emu8266/espconn/boundedtls/internal/session"
)

// Bounds of what a Witness keeps of untrusted bytes. Choice.
const (
	recordMax = 1 << 16 // bytes of one record that is not whole yet: all that its header can say
	streamMax = 1 << 16 // bytes that came before they were encrypted, which Why plays again
)

// Witness is one connection. Fill in the fields, then call its methods in the order of what happens.
type Witness struct {
	Engine  boundedtls.Engine      // made after the library that is looked at
	Role    boundedtls.Role        // the device's
	Size    func() int             // S in bytes, as it is now
	Observe func(boundedtls.Event) // gets the events
	// Master returns the master secret of the handshake that has a client's random number, of 48 bytes; nil if it is not known. Then
	// what is encrypted stays so: a record's plaintext counts as long as its body.
	Master func(clientRandom []byte) []byte

	in, out direction
	hs      handshake.Secrets
	suite   boundedtls.Suite
	version uint16
	talk    session.Talk
	step    session.Step
	over    bool   // the handshake is
	stream  []byte // that came until ChangeCipherSpec
	level   byte   // of the last alert that came
	alert   byte
	warned  bool // one came
	spoiled bool // a record was sent that nobody can decrypt (mbedtls.Engine.TLS10OffsetBug)
	tooLong bool // the last record's plaintext, of plain bytes, was
	plain   int
	flags   uint32 // of the chain check
	last    [record.HeaderLen]byte
	message []byte // the last one that came in plain
}

// direction is what one side sends.
type direction struct {
	buf      []byte // of a record that is not whole
	secret   bool   // behind ChangeCipherSpec
	cipher   *record.Cipher
	seq      uint64
	finished bool
}

func (w *Witness) axTLS() bool { return w.Engine.Traits().Library == boundedtls.AxTLS }

// Received is told which bytes the library has taken from TCP. b is not kept.
func (w *Witness) Received(b []byte) {
	if !w.in.secret && len(w.stream)+len(b) <= streamMax {
		w.stream = append(w.stream, b...)
	}
	w.pass(&w.in, false, b)
}

// Sent is told which bytes the library has given to TCP. b is not kept.
func (w *Witness) Sent(b []byte) { w.pass(&w.out, true, b) }

func (w *Witness) pass(d *direction, out bool, b []byte) {
	if len(d.buf)+len(b) > recordMax+record.HeaderLen {
		d.buf = nil // no library takes that much at once: it is none of TLS
		return
	}
	d.buf = append(d.buf, b...)
	for len(d.buf) >= record.HeaderLen {
		if !out {
			copy(w.last[:], d.buf)
		}
		n := record.HeaderLen + (int(d.buf[3])<<8 | int(d.buf[4]))
		if len(d.buf) < n {
			return
		}
		w.record(d, out, d.buf[:n])
		d.buf = append(d.buf[:0], d.buf[n:]...)
	}
}

// record reports a whole record. One that came and cannot be decrypted is refused by the library, and is not reported.
func (w *Witness) record(d *direction, out bool, b []byte) {
	hdr, body := b[:record.HeaderLen], b[record.HeaderLen:]
	typ, version, n := hdr[0], uint16(hdr[1])<<8|uint16(hdr[2]), len(body)
	plain, known := body, !d.secret
	if n == 0 && known && !out {
		return // refused by its header (tls.md 2.2, axtls.md 2.2)
	}
	if d.secret && d.cipher == nil && d.seq == 0 {
		w.protect(d, out)
	}
	if d.cipher != nil {
		limit := math.MaxInt
		if !out && !w.axTLS() {
			limit = w.Size() // tls.md 2.2
		}
		off, size, why := d.cipher.Open(d.seq, hdr, body, limit) // one that fails is the last
		switch {
		case why == record.Opened:
			plain, known = body[off:off+size], true
		case !out:
			w.tooLong = why == record.TooLong
			w.plain = size
			return
		default:
			w.spoiled = true
		}
	}
	if d.secret {
		d.seq++
	}
	tell := func() {
		fill := record.HeaderLen + n
		if !w.axTLS() {
			fill += counterLen
		}
		w.Observe(boundedtls.Event{Kind: boundedtls.EventRecord, Role: w.Role, Out: out, Type: typ, Version: version, Length: n,
			Plain: len(plain), Fill: fill, Limit: w.Size()})
	}
	if !out { // the engines report what they make before the record, and what they read behind it
		tell()
	}
	switch typ {
	case record.Handshake:
		if known {
			w.messages(out, plain)
		}
		if d.finished = d.finished || d.secret; w.axTLS() && w.in.finished && w.out.finished {
			w.Over()
		}
	case record.Alert:
		if known && len(plain) >= 2 {
			if !out {
				w.level, w.alert, w.warned = plain[0], plain[1], true
			}
			w.Observe(boundedtls.Event{Kind: boundedtls.EventAlert, Role: w.Role, Out: out, Level: plain[0], Alert: plain[1]})
		}
	}
	if out {
		tell()
	}
	if typ == record.ChangeCipherSpec { // axTLS makes its keys behind it
		d.secret, d.seq, d.cipher = true, 0, nil
	}
}

// counterLen is the sequence counter before a record in mbedTLS's buffer, in bytes (tls.md 2.1).
const counterLen = 8

// messages reports the whole handshake messages in a record.
func (w *Witness) messages(out bool, b []byte) {
	for len(b) >= handshake.HeaderLen {
		n := handshake.HeaderLen + (int(b[1])<<16 | int(b[2])<<8 | int(b[3]))
		if n > len(b) {
			return // the library refuses it, or takes it for two
		}
		limit := w.Size()
		if w.axTLS() {
			limit -= record.HeaderLen // axtls.md 2.2
		}
		w.Observe(boundedtls.Event{Kind: boundedtls.EventMessage, Role: w.Role, Out: out, Name: handshake.MessageName(b[0]), Length: n,
			Limit: limit})
		w.hello(b[:n])
		w.heard(b[:n], out)
		if !out {
			w.message = append(w.message[:0], b[:n]...)
		}
		b = b[n:]
	}
}

// heard notes what an alert's meaning depends on.
func (w *Witness) heard(m []byte, out bool) {
	const none = 7 // bytes of a Certificate message with no certificate in it
	w.talk.Role = w.Role
	switch m[0] {
	case handshake.ServerHello:
		w.talk.Agreed = true
	case handshake.CertificateRequest:
		w.talk.Asked = true
	case handshake.Certificate:
		w.talk.Own = w.talk.Own || out && len(m) > none
	}
}

// hello notes what the hellos settle.
func (w *Witness) hello(m []byte) {
	const random, id = 6, 38 // where the random number and the session id are in a message
	if len(m) < id+1 || len(m) < id+1+int(m[id])+2 {
		return
	}
	switch m[0] {
	case handshake.ClientHello:
		copy(w.hs.ClientRandom[:], m[random:])
	case handshake.ServerHello:
		copy(w.hs.ServerRandom[:], m[random:])
		m, w.version = m[id+1+int(m[id]):], uint16(m[4])<<8|uint16(m[5])
		w.suite = boundedtls.Suite(m[0])<<8 | boundedtls.Suite(m[1])
	}
}

// protect makes a direction's keys, if the secret is known.
func (w *Witness) protect(d *direction, out bool) {
	s := suiteOf(w.suite)
	master := w.Master(w.hs.ClientRandom[:])
	if s == nil || len(master) != handshake.MasterLen {
		return
	}
	copy(w.hs.Master[:], master)
	client, server := w.hs.Expand(w.version, s.MAC.Size(), s.KeyLen)
	keys := server
	if out == (w.Role == boundedtls.Client) {
		keys = client
	}
	d.cipher = session.NewCipher(s, w.version, keys, false)
}

// Step is told the step of the handshake that mbedTLS has reached, by its own number, which is that of the engines but for the end.
func (w *Witness) Step(n uint32) {
	const flush, wrapUp = 14, 15 // MBEDTLS_SSL_FLUSH_BUFFERS, MBEDTLS_SSL_HANDSHAKE_WRAPUP
	at := session.Over
	switch {
	case n < flush:
		at = session.Step(n)
	case n <= wrapUp:
		at = session.WrapUp
	}
	if at == w.step {
		return
	}
	if w.step = at; at == session.Over {
		w.Over()
	}
	w.Observe(boundedtls.Event{Kind: boundedtls.EventState, Role: w.Role, Name: at.String(), Version: w.version, Suite: w.suite})
}

// Over is told that the handshake has ended well.
func (w *Witness) Over() {
	if !w.over {
		w.over = true
		w.Observe(boundedtls.Event{Kind: boundedtls.EventHandshake, Role: w.Role, Version: w.version, Suite: w.suite})
	}
}

// Established reports whether the handshake has ended well.
func (w *Witness) Established() bool { return w.over }

// Verified is told the result of the chain check: its flags, and the code that goes with them (tls.md 4.3).
func (w *Witness) Verified(flags uint32, code int) {
	w.flags = flags
	w.Observe(boundedtls.Event{Kind: boundedtls.EventVerify, Role: w.Role, Flags: flags, Code: code})
}
