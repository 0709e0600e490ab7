package boundedtls

import (
	"crypto"
	"io"
	"math/rand/v2"

	"github.com/emu8266/emu8266/espconn/boundedtls/internal/x509"
)

// Status is what Handshake and Read report.
type Status uint8

// The states of a call.
const (
	NeedInput     Status = iota // nothing more to do until Feed brings bytes
	HasOutput                   // Handshake: a record is ready, take it with Output and call again
	Done                        // Handshake: over. Read: n bytes are valid, 0 for an empty record
	Failed                      // see Err
	CloseNotified               // Read: the peer sent close_notify; the connection stays usable (tls.md 3.2)
)

// String returns the constant's name.
func (s Status) String() string {
	switch s {
	case NeedInput:
		return "NeedInput"
	case HasOutput:
		return "HasOutput"
	case Done:
		return "Done"
	case Failed:
		return "Failed"
	case CloseNotified:
		return "CloseNotified"
	}
	return "Status?"
}

// Conn is one TLS connection of the device. It does no I/O, keeps no clock and
// starts no goroutine; all calls are made on the device's goroutine.
//
// Order of use: New, OwnCert and OwnKey, CA, Setup; then Feed, Handshake and
// Output until Done; FinishHandshake; then Feed, Read, Write and Output; Close.
type Conn struct {
	cfg    Config
	eng    Engine
	heap   ledger
	state  state
	over   bool // Handshake returned Done
	quiet  bool // FinishHandshake succeeded: data phase
	closed bool
	err    *Error

	// Certificates and keys, tls.md 4.
	ownChain    []*x509.Certificate
	ownKey      *x509.PrivateKey
	caChain     []*x509.Certificate
	caPartlyBad bool // a bundle with unreadable entries: not in force (tls.md 4.5)
	peerChain   []*x509.Certificate
	verifyFlags uint32

	// Negotiated.
	version   uint16
	suite     *suiteDef
	secReneg  bool
	hs        *handshake
	maxRecord int

	// Inbound: in holds fed bytes; the open record's plaintext is
	// in[recOff:recOff+recLen], the next header starts at inPos.
	in        []byte
	inPos     int
	recType   byte
	recOff    int
	recLen    int
	recOpen   bool // recOff is in use: Feed must keep those bytes
	hsLen     int  // length of the message at recOff, 0: none
	reading   bool // Read has delivered part of the open record
	zeroRun   int  // consecutive empty records
	rd, wr    *cipherState
	allocated int // S when the buffers were allocated

	// Outbound: out holds sealed records, outEnds their ends, outTaken how many
	// were handed out.
	out          []byte
	outEnds      []int
	outTaken     int
	lastOut      outKind
	refused      []byte // record that TCP did not take, sent again by CloseNotify
	splitDone    bool
	shift        bool // TLS10OffsetBug is in force
	stale        [16]byte
	seqIn        uint64
	seqOut       uint64
	oneSeq       bool // SharedCounterBug is in force: both directions use seqIn
	savedSeq     uint64
	finishedKept bool              // engine A's copy of the Finished record exists
	numberCache  []*x509.PublicKey // keys whose Montgomery constant is in the heap
	msg          []byte            // scratch for outbound messages

	ax *axState // engine X only
}

// New returns a connection. Nothing is charged to the heap yet.
func New(cfg Config) *Conn {
	c := &Conn{cfg: cfg, eng: cfg.Engine}
	if c.eng == (Engine{}) {
		c.eng = EngineA().WithoutBugs()
	}
	if c.cfg.Size == nil {
		c.cfg.Size = func() int { return DefaultSize }
	}
	if c.cfg.Rand == nil {
		c.cfg.Rand = fixedRand()
	}
	c.heap.heap = cfg.Heap
	if c.eng.AxTLS {
		c.ax = &axState{}
	}
	if cfg.Role == Client {
		// The connection starts at the configured minimum (tls.md 1.1).
		c.version = VersionTLS10
	}
	return c
}

// fixedRand is the sequence used when Config.Rand is nil.
func fixedRand() io.Reader { return rand.NewChaCha8([32]byte{}) }

// Setup allocates the record buffers and the handshake's structures
// (tls.md 6.1, ssl_setup). It fails with -0x7F00 when memory runs out.
func (c *Conn) Setup() *Error {
	if c.err != nil {
		return c.err
	}
	if c.ax != nil {
		return c.setupX()
	}
	c.allocated = c.size()
	if !c.chargeSetup() {
		c.fail(codeAllocFailed, diagMemory("the record buffers"))
		return c.err
	}
	c.hs = newHandshake()
	c.oneSeq = c.eng.SharedBuffer && c.eng.SharedCounterBug
	c.state = stateClientHello
	c.stage("setup")
	c.entered()
	return nil
}

func (c *Conn) size() int { return c.cfg.Size() }

// Feed takes bytes of the TCP stream in order of arrival and copies them. Bytes
// that come after a failure are dropped.
func (c *Conn) Feed(wire []byte) {
	if c.err != nil || c.closed {
		return
	}
	keep := c.inPos
	if c.recOpen && c.recOff < keep {
		keep = c.recOff
	}
	if keep > 0 && (keep == len(c.in) || len(c.in)+len(wire) > cap(c.in)) {
		n := copy(c.in, c.in[keep:])
		c.in = c.in[:n]
		c.inPos -= keep
		c.recOff -= keep
	}
	c.in = append(c.in, wire...)
}

// Buffered returns the bytes fed and not yet consumed.
func (c *Conn) Buffered() int { return len(c.in) - c.inPos }

// Handshake runs until it needs input, has a record to write, is over or has
// failed. A fatal alert is handed out before Failed is reported.
func (c *Conn) Handshake() Status {
	if c.outTaken < len(c.outEnds) {
		return HasOutput
	}
	for {
		if c.err != nil {
			return Failed
		}
		if c.over {
			return Done
		}
		if c.hs == nil {
			c.fail(codeBadInput, &Diagnosis{What: "Handshake was called before Setup"})
			return Failed
		}
		var f flow
		if c.ax != nil {
			f = c.handshakeX()
		} else {
			f = c.step()
		}
		if c.outTaken < len(c.outEnds) {
			return HasOutput
		}
		if f == flowWait {
			return NeedInput
		}
	}
}

// Established reports whether FinishHandshake has succeeded.
func (c *Conn) Established() bool { return c.quiet }

// Err returns why the connection failed, nil if it did not.
func (c *Conn) Err() *Error { return c.err }

// Version returns the negotiated version, before that the one that outbound
// records carry.
func (c *Conn) Version() uint16 { return c.version }

// Suite returns the negotiated suite, 0 before.
func (c *Conn) Suite() Suite {
	if c.suite == nil {
		return 0
	}
	return c.suite.id
}

// SizeNow returns S in bytes as the next check will see it.
func (c *Conn) SizeNow() int { return c.size() }

// VerifyFlags returns the result of the chain check in the library's bits
// (tls.md 4.3); 0x80 when the check was skipped in the server role.
func (c *Conn) VerifyFlags() uint32 { return c.verifyFlags }

// MaxRecord returns the greatest body length, in bytes, of a record received.
func (c *Conn) MaxRecord() int { return c.maxRecord }

// Output returns the next record to write, header included, or nil. The slice
// is valid until the next call that produces a record.
func (c *Conn) Output() []byte {
	if c.outTaken >= len(c.outEnds) {
		return nil
	}
	start := 0
	if c.outTaken > 0 {
		start = c.outEnds[c.outTaken-1]
	}
	end := c.outEnds[c.outTaken]
	c.outTaken++
	return c.out[start:end]
}

// Refused tells that TCP did not take the record that Output returned last.
// The connection fails with code (-1 on a full queue, tls.md 3.2), unless the
// record was an alert whose fate the library does not look at.
func (c *Conn) Refused(code int) {
	if c.outTaken == 0 {
		return
	}
	start := 0
	if c.outTaken > 1 {
		start = c.outEnds[c.outTaken-2]
	}
	c.refused = append(c.refused[:0], c.out[start:c.outEnds[c.outTaken-1]]...)
	c.outEnds = c.outEnds[:c.outTaken]
	if c.lastOut == outAlertLoose {
		return
	}
	if c.ax != nil {
		c.refusedX(code)
		return
	}
	c.err = nil
	c.fail(code, &Diagnosis{
		What:   "TCP did not accept the record",
		Remedy: "wait for the sent callback before the next send, and keep the flight within the 2,920-byte send buffer",
	})
}

// Close frees every block that the connection still holds. Further calls have
// no effect.
func (c *Conn) Close() {
	c.closed = true
	c.heap.freeAll()
	c.in, c.out, c.hs, c.msg = nil, nil, nil, nil
	c.outEnds, c.outTaken, c.inPos, c.recOpen, c.recLen = nil, 0, 0, false, 0
	if c.err == nil {
		c.err = &Error{Code: codeBadInput, Detail: "connection closed", Diagnosis: &Diagnosis{What: "the connection was closed"}}
	}
}

// fail records the first failure.
func (c *Conn) fail(code int, d *Diagnosis) flow {
	if c.err != nil {
		return flowFail
	}
	if d == nil {
		d = &Diagnosis{}
	}
	d.complete(code, c.cfg.Role)
	c.err = &Error{Code: code, Detail: d.What, Diagnosis: d}
	if c.cfg.Observe != nil {
		c.cfg.Observe(Event{Kind: EventFailure, Role: c.cfg.Role, Code: code, Name: d.What, Diagnosis: d})
	}
	return flowFail
}

// crash records that the SDK would write outside its buffers here.
func (c *Conn) crash(what string) flow {
	if c.err == nil {
		c.fail(0, &Diagnosis{What: what, Remedy: "do not raise the size while connections exist, and keep the own chain within the size"})
		c.err.Crash = true
	}
	return flowFail
}

func (c *Conn) spend(op Op, bits int) {
	if c.cfg.Spend != nil {
		c.cfg.Spend(op, bits)
	}
}

func (c *Conn) random(p []byte) bool {
	if _, err := io.ReadFull(c.cfg.Rand, p); err != nil {
		c.fail(codeEntropy, &Diagnosis{What: "the random source failed: " + err.Error()})
		return false
	}
	return true
}

// hashSize is the digest length of the two MACs and of MD5+SHA-1.
func hashSize(h crypto.Hash) int { return h.Size() }
