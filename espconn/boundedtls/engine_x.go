package boundedtls

import (
	"bytes"

	"github.com/emu8266/emu8266/espconn/boundedtls/internal/axcert"
	"github.com/emu8266/emu8266/espconn/boundedtls/internal/x509"
)

// axState is what engine X keeps beside the fields of Conn that all engines share.
type axState struct {
	cert  []byte // own certificate in DER, nil: none usable
	key   *axcert.PrivateKey
	store []*axcert.Certificate
	have  bool // a trust store exists, even without a usable certificate
	chain []*axcert.Certificate

	wire      uint16 // version in the headers of outbound records
	next      byte   // handshake message that is expected
	hello     bool   // the first record has arrived, or was sent
	requested bool   // client: the server asked for a certificate
	offered   uint16 // server: the version of the ClientHello
	session   [32]byte
	rd, wr    *axCipher
	rdNext    *axCipher          // in force from the peer's ChangeCipherSpec on
	steps     []func(*Conn) flow // what is left of the device's own flight, one record each
	rest      []byte             // messages behind the one that the flight answers
	stalled   bool               // a record of length 0 was seen: any further byte ends the connection
	plain     []byte             // application data of the current record
	taken     int                // bytes of plain that were read
	pending   bool               // plain has something to give out, if only an empty record

	context, finished bool   // their blocks are charged
	keyBlocks         [3]int // numbers of the own key that its use makes grow: their places in groupConfig, ascending
}

// EngineX returns axTLS as libssl of SDK 2.0.0 to 3.0.6 has it, with its bugs (axtls.md). EngineX().WithoutBugs() is what
// the manual profile V1.0 uses.
func EngineX() Engine {
	return Engine{
		Name:               "X",
		AxTLS:              true,
		Wrap2038Bug:        true,
		ServerHelloBug:     true,
		OwnCertOverflowBug: true,
		PrimeOrderBug:      true,
		EmptyVerifyBug:     true,
		MallocUncheckedBug: true,
		FatalZeroBug:       true,
	}
}

// ownCertX takes the own certificate. Server: DER as it is, anything else counts as none. Client: DER or PEM (axtls.md 4).
// Refused entries give an Error that does not fail the connection: the driver prints its line and goes on.
func (c *Conn) ownCertX(b []byte) *Error {
	if !c.chargeContextX() {
		return c.err
	}
	der := c.derX(b, "CERTIFICATE")
	var cert *axcert.Certificate
	if der != nil {
		cert = axcert.Parse(der, nil)
	}
	if cert == nil {
		c.chargeEntryX(len(b))
		c.heap.free(groupTemp)
		if c.err != nil {
			return c.err
		}
		return &Error{Code: axNotOK, Detail: "no certificate that the device can read", Text: "X509 not ok", Status: axHandshakeFailed,
			Diagnosis: &Diagnosis{Item: "own certificate", What: "no certificate that the device can read", Remedy: axOwnRemedy(c.cfg.Role)}}
	}
	if !c.chargeOwnCertX(cert) {
		return c.err
	}
	c.ax.cert = bytes.Clone(der)
	return nil
}

// ownKeyX takes the own key in the same way.
func (c *Conn) ownKeyX(b []byte) *Error {
	if !c.chargeContextX() {
		return c.err
	}
	var key *axcert.PrivateKey
	if der := c.derX(b, "RSA PRIVATE KEY"); der != nil {
		key = axcert.ParseKey(der)
	}
	if key == nil {
		c.chargeEntryX(len(b))
		c.heap.free(groupTemp)
		if c.err != nil {
			return c.err
		}
		return &Error{Code: axNotOK, Detail: "no key that the device can read", Text: "Invalid private key", Status: axHandshakeFailed,
			Diagnosis: &Diagnosis{Item: "own private key", What: "no key that the device can read", Remedy: axOwnRemedy(c.cfg.Role)}}
	}
	if !c.chargeKeyX(key, len(b)) {
		return c.err
	}
	c.ax.key = key
	return nil
}

func axOwnRemedy(r Role) string {
	if r == Server {
		return "give it in DER, the key as PKCS#1"
	}
	return "give it in DER or PEM, the key as PKCS#1"
}

// derX decodes an entry. A server's credentials are never taken for PEM (axtls.md 4).
func (c *Conn) derX(b []byte, label string) []byte {
	if c.cfg.Role == Server || !axcert.IsPEM(b) {
		return b
	}
	c.printX("the file is a PEM file.")
	if blocks := axcert.Blocks(b, label); len(blocks) > 0 {
		return blocks[0]
	}
	return nil
}

// caX adds the certificates of one entry of the CA image to the trust store. An unreadable one adds nothing (axtls.md 3).
func (c *Conn) caX(b []byte) *Error {
	if !c.chargeContextX() {
		return c.err
	}
	blocks := [][]byte{b}
	if axcert.IsPEM(b) {
		c.printX("the file is a PEM file.")
		blocks = axcert.Blocks(b, "CERTIFICATE")
		for _, der := range axcert.Blocks(b, "RSA PRIVATE KEY") {
			// A private key is kept too (oracle/axtls F/client/ca_key_only). Choice: as memory alone.
			if key := axcert.ParseKey(der); key != nil && !c.chargeKeyX(key, 0) {
				return c.err
			}
		}
	}
	for _, der := range blocks {
		if !c.ax.have {
			c.ax.have = true
			if !c.chargeX(groupConfig, axStore, "trust store") {
				return c.err
			}
		}
		if len(c.ax.store) == axStoreMax {
			break
		}
		cert := axcert.Parse(der, nil)
		if cert == nil {
			continue
		}
		// While bytes are left behind the certificate, the library reads the same one again
		// (oracle/axtls F/sector/length_too_long).
		for rest := len(der); rest > 0 && len(c.ax.store) < axStoreMax; rest -= cert.Length {
			if !c.chargeCertX(groupConfig, cert) {
				return c.err
			}
			c.ax.store = append(c.ax.store, cert)
		}
	}
	return nil
}

// axStoreMax is the number of certificates in the trust store (axtls.md 3).
const axStoreMax = 3

// setupX allocates the connection's structures and, as a client, is ready to send the hello.
func (c *Conn) setupX() *Error {
	c.allocated = c.size()
	if !c.chargeSetupX() {
		return c.err
	}
	c.hs = newHandshake()
	c.hs.sha256 = nil
	c.version, c.ax.wire = VersionTLS11, VersionTLS11
	c.ax.next = hsClientHello
	if c.cfg.Role == Client {
		c.ax.next = hsServerHello
	}
	c.stepX(stateClientHello)
	c.stage("setup")
	return nil
}

// stepX notes for traces which part of the handshake is reached.
func (c *Conn) stepX(s state) {
	if c.state != s {
		c.state = s
		c.entered()
	}
}

// handshakeX runs until the output has a record, input is missing or the handshake is over.
func (c *Conn) handshakeX() flow {
	if c.cfg.Role == Client && !c.ax.hello {
		c.ax.hello = true
		c.clientHelloX()
		return flowOK
	}
	if len(c.ax.steps) > 0 {
		// Each record goes to TCP before the next one is made.
		step := c.ax.steps[0]
		c.ax.steps = c.ax.steps[1:]
		return step(c)
	}
	if rest := c.ax.rest; rest != nil {
		c.ax.rest = nil
		return c.messagesX(rest)
	}
	return c.recordX()
}

// overX ends the handshake: what only it needs is freed.
func (c *Conn) overX() {
	c.hs = nil
	c.over = true
	c.stepX(stateOver)
	c.heap.free(groupHandshake)
	c.ax.chain = nil
	if c.cfg.Observe != nil {
		c.cfg.Observe(Event{Kind: EventHandshake, Role: c.cfg.Role, Version: c.version, Suite: c.Suite()})
	}
	c.stage("handshake over")
}

// finishX is FinishHandshake: as a client the certificates go.
func (c *Conn) finishX() {
	c.heap.free(groupPeer)
	c.quiet = true
	c.stage("established")
}

// readX gives out one record of application data, whole, also an empty one (axtls.md 2.2).
func (c *Conn) readX(p []byte) (n int, st Status) {
	for !c.ax.pending {
		if f := c.recordX(); f == flowWait {
			return 0, NeedInput
		}
		if c.err != nil {
			return 0, Failed
		}
	}
	n = copy(p, c.ax.plain[c.ax.taken:])
	c.ax.taken += n
	c.ax.pending = c.ax.taken < len(c.ax.plain)
	return n, Done
}

// MaxWriteX is the most plaintext of one record of engine X in bytes, whatever S is (axtls.md 2.3).
const MaxWriteX = 1024

// verifyChainX checks the server's chain against the trust store.
func (c *Conn) verifyChainX() flow {
	check := axcert.Check{
		Now: c.cfg.Now, Wrap32: c.eng.Wrap2038Bug, HaveStore: c.ax.have, Store: c.ax.store, Print: c.printX,
		Public: func(k *x509.PublicKey) bool {
			c.spend(OpRSAPublic, k.Bits())
			return c.chargeVerifyX(k)
		},
	}
	fault, stopped := check.Verify(c.ax.chain)
	if stopped {
		return flowFail
	}
	c.verifyFlags = uint32(fault)
	if c.cfg.Observe != nil {
		c.cfg.Observe(Event{Kind: EventVerify, Role: c.cfg.Role, Flags: uint32(fault), Code: fault.Code()})
	}
	if fault == axcert.OK {
		return flowOK
	}
	return c.failX(axReason{fault.Code(), fault.String(), alertBadCertificate}, diagFaultX(fault))
}

func (c *Conn) printX(line string) {
	if c.cfg.Print != nil {
		c.cfg.Print(line)
	}
}
