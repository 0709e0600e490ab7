package tlspeer

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"slices"
	"time"
)

const (
	expectTime   = 1200 * time.Millisecond // for each expected record, without Script.Patience
	notifyDelay  = 60 * time.Millisecond   // handshake over, to close_notify
	drainTime    = 300 * time.Millisecond  // close_notify to FIN
	maxRecordLen = 1 << 16
)

// NewRand returns a reader of pseudorandom bytes; equal seeds give equal bytes.
// It never fails. Not safe for concurrent use.
func NewRand(seed uint64) io.Reader {
	var key [32]byte
	binary.LittleEndian.PutUint64(key[:], seed)
	return rand.NewChaCha8(key)
}

// Layout tells how the messages of a flight are put into records and TCP writes.
type Layout struct {
	Kind LayoutKind
	// Fragment is the greatest plaintext length of a record, in bytes, for the
	// kind Fragmented.
	Fragment int
}

// LayoutKind names a layout.
type LayoutKind int

const (
	// Separate: each message in a record and a TCP write of its own.
	Separate LayoutKind = iota
	// OneWrite: each message in its own record, all records in one TCP write.
	OneWrite
	// Coalesced: all messages in a single record.
	Coalesced
	// CoalescedTail: the first message alone, all others in one record.
	CoalescedTail
	// Fragmented: each message split over records of at most Fragment bytes, all
	// in one TCP write.
	Fragmented
)

// Quirks are deviations from the protocol that a script cannot express.
type Quirks struct {
	// KeySuite, when not 0, is the suite whose keys and protection are used instead of the negotiated one.
	KeySuite uint16
	// OwnVersion: the MAC of the device's records is computed with the negotiated version, whatever their headers say.
	OwnVersion bool
	// FixedIV: every record of TLS 1.0 and below uses the first vector.
	FixedIV bool
	// AnyVerify: a device that was asked for a certificate sends CertificateVerify in any case.
	AnyVerify bool
}

// ended is the error that a script's End raises; the run then stops quietly.
type ended struct{ end End }

func (e ended) Error() string { return "ended" }

// peer is what server and client have in common: one connection's state.
type peer struct {
	wire    *wire
	rand    io.Reader
	report  *Report
	script  Script
	version uint16 // of outgoing records
	in, out direction

	hello      struct{ client, server []byte } // randoms
	master     []byte
	transcript []byte // all handshake messages, in order
	handshake  []byte // received, not yet taken
	header     []byte // of the record read last
	quirks     Quirks
}

func newPeer(conn net.Conn, rand io.Reader, script Script) *peer {
	if rand == nil {
		rand = NewRand(1)
	}
	return &peer{wire: newWire(conn), rand: rand, script: script, report: &Report{}}
}

// finish ends a run: err is why the handshake or the script stopped.
func (p *peer) finish(err error, hold time.Duration) *Report {
	var end ended
	switch {
	case err == nil:
		p.report.Stage = AfterHandshake
		p.closeSequence()
	case errors.As(err, &end):
		p.endWith(end.end, hold)
	case p.report.Done:
		p.report.Err = err.Error()
		p.closeSequence()
	default:
		p.report.Err = err.Error()
		if !errors.Is(err, errTimeout) {
			_ = p.readFor(p.script.Linger)
		}
		p.wire.finish()
	}
	return p.report
}

func (p *peer) endWith(end End, hold time.Duration) {
	switch end {
	case RST:
		p.wire.reset()
		return
	case Open:
		deadline := time.Now().Add(hold)
		for p.wire.fill(len(p.wire.buf)+1, deadline) == nil {
			p.wire.buf = nil
		}
	}
	p.wire.finish()
}

func (p *peer) closeSequence() {
	time.Sleep(notifyDelay)
	_ = p.run([]Step{AlertStep(1, 0)})
	_ = p.readFor(drainTime)
	p.wire.finish()
}

// expectUntil returns the end of the wait for the next record.
func (p *peer) expectUntil() time.Time {
	return time.Now().Add(cmp.Or(p.script.Patience, expectTime))
}

// at marks a stage and plays the script if it is for this one.
func (p *peer) at(stage Stage) error {
	p.report.Stage = stage
	if p.script.At != stage {
		return nil
	}
	if err := p.run(p.script.Steps); err != nil {
		return err
	}
	if p.script.End != Normal {
		if p.script.End == FIN && stage == AfterHandshake {
			p.report.Err = "fin sent"
		}
		return ended{p.script.End}
	}
	return nil
}

// seal makes the record of a step, header included.
func (p *peer) seal(s Step) ([]byte, error) {
	body, err := p.out.seal(s.Type, p.version, s.Data, s.Padding, s.BadMAC, s.BadPadding, p.rand)
	if err != nil {
		return nil, err
	}
	if len(body) >= maxRecordLen {
		return nil, fmt.Errorf("tlspeer: record of %d bytes", len(body))
	}
	version := p.version
	if s.HeaderVersion != 0 {
		version = s.HeaderVersion
	}
	rec := binary.BigEndian.AppendUint16([]byte{s.Type}, version)
	rec = binary.BigEndian.AppendUint16(rec, uint16(len(body)))
	return append(rec, body...), nil
}

// sendFlight adds the messages to the transcript and sends them in a layout.
func (p *peer) sendFlight(messages [][]byte, layout Layout) error {
	all := len(messages)
	switch layout.Kind {
	case Coalesced:
		messages = [][]byte{slices.Concat(messages...)}
	case CoalescedTail:
		if all > 1 {
			messages = [][]byte{messages[0], slices.Concat(messages[1:]...)}
		}
	case Fragmented:
		if layout.Fragment < 1 {
			return fmt.Errorf("tlspeer: fragment of %d bytes", layout.Fragment)
		}
		var parts [][]byte
		for _, m := range messages {
			parts = slices.AppendSeq(parts, slices.Chunk(m, layout.Fragment))
		}
		messages = parts
	}
	var steps []Step
	for _, m := range messages {
		steps = append(steps, Step{Type: typeHandshake, Data: m,
			Join: layout.Kind == OneWrite || layout.Kind == Fragmented})
	}
	return p.run(p.edit(steps))
}

// edit lets the script change a flight and adds what is left to the transcript.
func (p *peer) edit(flight []Step) []Step {
	if p.script.Edit != nil {
		flight = p.script.Edit(flight)
	}
	for _, s := range flight {
		if s.Op == Send && s.Type == typeHandshake {
			p.transcript = append(p.transcript, s.Data...)
		}
	}
	return flight
}

// readRecord reads, notes and opens one record. After an error that concerns the
// record itself its entry says 0 bytes of plaintext.
func (p *peer) readRecord(deadline time.Time) (typ byte, plain []byte, err error) {
	if err := p.wire.fill(recordHeaderLen, deadline); err != nil {
		return 0, nil, err
	}
	head := p.wire.buf[:recordHeaderLen]
	n := int(binary.BigEndian.Uint16(head[3:]))
	if err := p.wire.fill(recordHeaderLen+n, deadline); err != nil {
		p.report.Notes = append(p.report.Notes,
			fmt.Sprintf("truncated type=%d want=%d got=%d", head[0], n, len(p.wire.buf)-recordHeaderLen))
		p.wire.buf = nil
		return 0, nil, err
	}
	head = p.wire.take(recordHeaderLen)
	p.header = head
	body := p.wire.take(n)
	version := binary.BigEndian.Uint16(head[1:])
	if p.quirks.OwnVersion {
		version = p.report.Version
	}
	plain, err = p.in.open(head[0], version, body)
	p.report.Records = append(p.report.Records,
		Record{Type: head[0], Wire: n, Plain: len(plain), InHandshake: !p.report.Done})
	if err != nil {
		return head[0], nil, err
	}
	switch {
	case head[0] == typeAlert && len(plain) == 2:
		p.report.Alerts = append(p.report.Alerts, Alert{plain[0], plain[1]})
	case head[0] == typeData:
		p.report.Data = append(p.report.Data, plain...)
	}
	return head[0], plain, nil
}

// expectType reads one record of the given type for the handshake.
func (p *peer) expectType(want byte) ([]byte, error) {
	typ, plain, err := p.readRecord(p.expectUntil())
	if err != nil {
		return nil, err
	}
	if typ == typeAlert && len(plain) == 2 {
		return nil, fmt.Errorf("alert level %d desc %d", plain[0], plain[1])
	}
	if typ != want {
		return nil, fmt.Errorf("peer: record type %d, want %d", typ, want)
	}
	return plain, nil
}

const handshakeHeaderLen = 4

// expectMessage returns the next handshake message, header included, and adds
// it to the transcript unless it is a Finished, whose check needs it without.
func (p *peer) expectMessage() ([]byte, error) {
	for {
		if len(p.handshake) >= handshakeHeaderLen {
			n := handshakeHeaderLen + int(p.handshake[1])<<16 + int(p.handshake[2])<<8 + int(p.handshake[3])
			if len(p.handshake) >= n {
				m := p.handshake[:n:n]
				p.handshake = p.handshake[n:]
				if m[0] != msgFinished {
					p.transcript = append(p.transcript, m...)
				}
				return m, nil
			}
		}
		plain, err := p.expectType(typeHandshake)
		if err != nil {
			return nil, err
		}
		p.handshake = append(p.handshake, plain...)
	}
}

// readFor reads what comes during d. Records that cannot be opened end it with
// an error; a connection that ends is no error here.
func (p *peer) readFor(d time.Duration) error {
	deadline := time.Now().Add(d)
	for {
		_, _, err := p.readRecord(deadline)
		switch {
		case errors.Is(err, errTimeout), errors.Is(err, io.EOF), errors.Is(err, errReset):
			return nil
		case err != nil:
			return err
		}
	}
}

// expectData reads count bytes of application data.
func (p *peer) expectData(count int) error {
	for want := len(p.report.Data) + count; len(p.report.Data) < want; {
		_, _, err := p.readRecord(p.expectUntil())
		if errors.Is(err, errTimeout) || errors.Is(err, io.EOF) || errors.Is(err, errReset) {
			return nil
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// startKeys derives the master secret, unless it is known already, and both
// directions. clientSide tells which of the two key sets is for sending.
func (p *peer) startKeys(premaster []byte, id uint16, clientSide bool) (out, in direction, err error) {
	if p.quirks.KeySuite != 0 {
		id = p.quirks.KeySuite
	}
	s := keySuiteByID(id)
	if s.macNew == nil {
		return out, in, fmt.Errorf("tlspeer: suite %s has no implementation", SuiteName(id))
	}
	v := p.report.Version
	if p.master == nil {
		p.master = prf(v, masterSecretLen, premaster, "master secret", p.hello.client, p.hello.server)
	}
	k := deriveKeys(v, s, p.master, p.hello.client, p.hello.server)
	var dir [2]direction
	for i := range dir {
		if dir[i], err = newDirection(v, s, k.mac[i], k.key[i], k.iv[i]); err != nil {
			return out, in, err
		}
		dir[i].fixedIV = p.quirks.FixedIV
	}
	if clientSide {
		return dir[0], dir[1], nil
	}
	return dir[1], dir[0], nil
}

func (p *peer) verifyData(label string) []byte {
	h := newTranscript(p.report.Version)
	h.Write(p.transcript)
	return prf(p.report.Version, verifyDataLen, p.master, label, h.Sum(nil))
}

// sendFinished sends ChangeCipherSpec, switches to out and sends Finished, both
// records and more in one TCP write.
func (p *peer) sendFinished(label string, out direction, more ...Step) error {
	flight := p.edit([]Step{{Type: typeCCS, Data: []byte{1}}, {Type: typeHandshake, Data: message(msgFinished, p.verifyData(label))}})
	var write []byte
	switched := false
	for _, s := range append(flight, more...) {
		rec, err := p.seal(s)
		if err != nil {
			return err
		}
		write = append(write, rec...)
		if s.Type == typeCCS && !switched {
			p.out, switched = out, true
		}
	}
	p.wire.write(write)
	return nil
}

// expectFinished reads ChangeCipherSpec, switches to in, reads and checks
// Finished.
func (p *peer) expectFinished(label string, in direction, reading func()) error {
	if _, err := p.expectType(typeCCS); err != nil {
		return err
	}
	p.in = in
	reading()
	want := message(msgFinished, p.verifyData(label))
	m, err := p.expectMessage()
	if err != nil {
		return err
	}
	if !slices.Equal(m, want) {
		return errors.New("peer: device Finished does not verify")
	}
	p.transcript = append(p.transcript, m...)
	return nil
}
