package axtls

import (
	"fmt"

	"github.com/emu8266/emu8266/espconn/boundedtls"
	"github.com/emu8266/emu8266/espconn/boundedtls/axtls/internal/axcert"
	"github.com/emu8266/emu8266/espconn/boundedtls/internal/handshake"
	"github.com/emu8266/emu8266/espconn/boundedtls/internal/ledger"
	"github.com/emu8266/emu8266/espconn/boundedtls/internal/record"
	"github.com/emu8266/emu8266/espconn/boundedtls/internal/session"
)

// conn is one TLS connection of the device.
type conn struct {
	session.Base
	eng Engine
	hs  *handshake.Secrets // nil before Setup and once the handshake is over

	cert  []byte              // own certificate in DER, nil: none usable
	named *axcert.Certificate // the same, read
	key   *axcert.PrivateKey
	store []*axcert.Certificate
	have  bool // a trust store exists, even without a usable certificate
	chain []*axcert.Certificate

	wire          uint16 // version in the headers of outbound records
	next          byte   // handshake message that is expected
	hello         bool   // the first record has arrived, or was sent
	requested     bool   // client: the server asked for a certificate
	offered       uint16 // server: the version of the ClientHello
	session       [32]byte
	rd, wr        *record.Cipher
	rdNext        *record.Cipher             // in force from the peer's ChangeCipherSpec on
	seqIn, seqOut uint64                     // of protected records
	steps         []func(*conn) session.Flow // what is left of the device's own flight, one record each
	rest          []byte                     // messages behind the one that the flight answers
	stalled       bool                       // a record of length 0 was seen: any further byte ends the connection
	plain         []byte                     // application data of the current record
	taken         int                        // bytes of plain that were read
	pending       bool                       // plain has something to give out, if only an empty record

	keyBlock    bool   // its block is charged
	alerted     bool   // a fatal alert was sent
	sessionAddr uint32 // of its block, 0: none
	keyNumbers  *privateNumbers
	certNumbers map[*axcert.Certificate]publicNumbers
}

// Setup allocates the connection's structures and, as a client, is ready to send the hello.
func (c *conn) Setup() *boundedtls.Error {
	if c.Failure != nil {
		return c.Failure
	}
	c.Allocated = c.Size()
	if !c.chargeSetup() {
		return c.Failure
	}
	secrets := handshake.NewSecrets()
	secrets.Settle(boundedtls.VersionTLS11)
	c.hs = &secrets
	c.Version, c.wire = boundedtls.VersionTLS11, boundedtls.VersionTLS11
	c.next = handshake.ClientHello
	if c.Cfg.Role == boundedtls.Client {
		c.next = handshake.ServerHello
	}
	c.reach(session.ClientHello)
	c.Stage("setup")
	return nil
}

// reach notes for traces which part of the handshake is reached.
func (c *conn) reach(s session.Step) {
	if c.Step != s {
		c.Step = s
		c.Entered()
	}
}

// Handshake makes one step after the other.
func (c *conn) Handshake() boundedtls.Status { return c.Run(c.step) }

// step makes a record, takes one from the input, or goes on with what the last one held.
func (c *conn) step() session.Flow {
	if c.Cfg.Role == boundedtls.Client && !c.hello {
		c.hello = true
		c.writeClientHello()
		return session.OK
	}
	if len(c.steps) > 0 {
		// Each record goes to TCP before the next one is made.
		step := c.steps[0]
		c.steps = c.steps[1:]
		return step(c)
	}
	if rest := c.rest; rest != nil {
		c.rest = nil
		return c.readMessages(rest)
	}
	return c.readRecord()
}

// finish ends the handshake: what only it needs is freed.
func (c *conn) finish() {
	c.hs = nil
	c.Over = true
	c.reach(session.Over)
	c.Heap.Free(ledger.Handshake)
	c.chain = nil
	c.HandshakeOver()
}

// FinishHandshake frees a client's certificates.
func (c *conn) FinishHandshake() *boundedtls.Error {
	if c.Failure != nil {
		return c.Failure
	}
	if !c.Over || c.Up {
		c.Fail(session.CodeBadInput, &boundedtls.Cause{ID: boundedtls.CauseOrder, Object: "FinishHandshake out of order"})
		return c.Failure
	}
	c.Heap.Free(ledger.Peer)
	c.Up = true
	c.Stage("established")
	return nil
}

// Read gives out one record of application data, whole, also an empty one (axtls.md 2.2). There is no CloseNotified: any
// alert, close_notify too, ends the connection.
func (c *conn) Read(p []byte) (n int, st boundedtls.Status) {
	if c.Failure != nil {
		return 0, boundedtls.Failed
	}
	if !c.Up {
		return 0, boundedtls.NeedInput
	}
	for !c.pending {
		if f := c.readRecord(); f == session.Wait {
			return 0, boundedtls.NeedInput
		}
		if c.Failure != nil {
			return 0, boundedtls.Failed
		}
	}
	n = copy(p, c.plain[c.taken:])
	c.taken += n
	c.pending = c.taken < len(c.plain)
	return n, boundedtls.Done
}

// Write makes one record of at most MaxWrite bytes.
func (c *conn) Write(p []byte) (n int, err *boundedtls.Error) {
	if c.Failure != nil {
		return 0, c.Failure
	}
	if !c.Up {
		c.Fail(session.CodeBadInput, &boundedtls.Cause{ID: boundedtls.CauseOrder, Object: "Write before the end of the handshake"})
		return 0, c.Failure
	}
	p = p[:min(len(p), MaxWrite)]
	if !c.writeRecord(record.Data, p) {
		return 0, c.Failure
	}
	return len(p), nil
}

// Refused is TCP without memory for a record: the library does not look, and the record is lost (oracle/axtls H, E:M 1592
// and the handshake goes on). Without that bug the connection fails.
func (c *conn) Refused(code int) {
	if !c.Out.Refuse() || c.eng.MallocUncheckedBug || c.Failure != nil {
		return
	}
	c.end(code, fmt.Sprintf("undefined as yet - %d", code), c.status(), &boundedtls.Cause{ID: boundedtls.CauseAxTLSTCPRefused})
}

// CloseNotify sends the alert.
func (c *conn) CloseNotify() {
	if !c.Closed && c.Up {
		c.alert(record.Warning, record.CloseNotify)
	}
}

// Close frees every block that the connection still holds.
func (c *conn) Close() {
	c.Base.Close()
	c.hs = nil
}

// CloseWithoutCert ends a server's connection whose key was read and that has no certificate: only the context goes
// (Engine.KeyLeakBug).
func (c *conn) CloseWithoutCert() {
	if c.eng.KeyLeakBug {
		c.Heap.Forget(ledger.Config, 1)
	}
	c.Close()
}

func (c *conn) print(line string) {
	if c.Cfg.Print != nil {
		c.Cfg.Print(line)
	}
}
