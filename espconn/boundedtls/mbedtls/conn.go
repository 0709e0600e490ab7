package mbedtls

import (
	"github.com/emu8266/emu8266/espconn/boundedtls"
	"github.com/emu8266/emu8266/espconn/boundedtls/internal/record"
	"github.com/emu8266/emu8266/espconn/boundedtls/internal/session"
	"github.com/emu8266/emu8266/espconn/boundedtls/internal/x509"
)

// conn is one TLS connection of the device.
type conn struct {
	session.Base
	eng Engine

	// Certificates and keys, tls.md 4.
	ownChain    []*x509.Certificate
	ownKey      *x509.PrivateKey
	caChain     []*x509.Certificate
	caPartlyBad bool // a bundle with unreadable entries: not in force (tls.md 4.5)
	peerChain   []*x509.Certificate

	secReneg bool
	hs       *exchange

	// Inbound. The open record's plaintext is the input's current one.
	recType byte
	hsLen   int  // length of the message at the plaintext's begin, 0: none
	reading bool // Read has delivered part of the open record
	zeroRun int  // consecutive empty records
	rd, wr  *record.Cipher

	// Outbound.
	splitDone    bool
	shift        bool // TLS10OffsetBug is in force
	stale        [record.VectorLen]byte
	seqIn        uint64
	seqOut       uint64
	oneSeq       bool // SharedCounterBug is in force: both directions use seqIn
	savedSeq     uint64
	finishedKept bool // the early library's copy of the Finished record exists
	constants    constants
	ownNumbers   *rsaNumbers // nil until the own key is used
	dhNumbers    *dhNumbers  // nil until there is a key
}

func newConn(e Engine, cfg boundedtls.Config) *conn {
	c := &conn{Base: session.New(cfg), eng: e}
	if cfg.Role == boundedtls.Client {
		// The connection starts at the configured minimum (tls.md 1.1).
		c.Version = boundedtls.VersionTLS10
	}
	return c
}

// Setup allocates the record buffers and the handshake's structures (tls.md 6.1, ssl_setup). It fails with -0x7F00 when
// memory runs out.
func (c *conn) Setup() *boundedtls.Error {
	if c.Failure != nil {
		return c.Failure
	}
	c.Allocated = c.Size()
	if !c.chargeSetup() {
		c.fail(codeAllocFailed, session.NoMemory("the record buffers"))
		return c.Failure
	}
	c.hs = newExchange()
	c.oneSeq = c.eng.SharedBuffer && c.eng.SharedCounterBug
	c.Step = session.ClientHello
	c.Stage("setup")
	c.Entered()
	return nil
}

// Handshake makes the steps of both roles' tables.
func (c *conn) Handshake() boundedtls.Status { return c.Run(c.step) }

// Refused fails the connection with code (-1 on a full queue, tls.md 3.2), unless the record was an alert whose fate the
// library does not look at.
func (c *conn) Refused(code int) {
	if !c.Out.Refuse() {
		return
	}
	c.Failure = nil
	c.fail(code, &boundedtls.Cause{ID: boundedtls.CauseTCPRefused})
}

// Close frees every block that the connection still holds.
func (c *conn) Close() {
	c.Base.Close()
	c.hs = nil
}

// fail records the first failure and why; without a cause of its own the code has one.
func (c *conn) fail(code int, why *boundedtls.Cause) session.Flow {
	if why == nil {
		why = &boundedtls.Cause{ID: causes[code]}
	}
	return c.Fail(code, why)
}
