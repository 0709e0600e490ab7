package boundedtls

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"fmt"
	"hash"
	"math/big"

	"github.com/emu8266/emu8266/espconn/boundedtls/internal/x509"
)

// Handshake message types.
const (
	hsHelloRequest       = 0
	hsClientHello        = 1
	hsServerHello        = 2
	hsCertificate        = 11
	hsServerKeyExchange  = 12
	hsCertificateRequest = 13
	hsServerHelloDone    = 14
	hsCertificateVerify  = 15
	hsClientKeyExchange  = 16
	hsFinished           = 20
)

const (
	msgHeaderLen = 4
	verifyLen    = 12 // length of a Finished message's contents
	masterLen    = 48
	randomLen    = 32
)

// Extensions, hash and signature numbers, certificate types that the device
// knows (tls.md 1.3, 1.4).
const (
	extSignatureAlgorithms = 13
	extRenegotiationInfo   = 0xFF01

	sigRSA          = 1
	certTypeRSASign = 1
)

// state is a step of the handshake, the same for both roles.
type state uint8

const (
	stateIdle state = iota
	stateClientHello
	stateServerHello
	stateServerCertificate
	stateServerKeyExchange
	stateCertificateRequest
	stateServerHelloDone
	stateClientCertificate
	stateClientKeyExchange
	stateCertificateVerify
	stateClientChangeCipherSpec
	stateClientFinished
	stateServerChangeCipherSpec
	stateServerFinished
	stateWrapUp
	stateOver
)

var stateNames = [...]string{"idle", "client hello", "server hello", "server certificate", "server key exchange",
	"certificate request", "server hello done", "client certificate", "client key exchange", "certificate verify",
	"client change cipher spec", "client finished", "server change cipher spec", "server finished", "wrap-up", "over"}

// State returns the name of the step that the handshake has reached, for
// example "server certificate".
func (c *Conn) State() string { return stateNames[c.state] }

func (c *Conn) entered() {
	if c.cfg.Observe != nil {
		e := Event{Kind: EventState, Role: c.cfg.Role, Name: stateNames[c.state], Version: c.version}
		if c.suite != nil {
			e.Suite = c.suite.id
		}
		c.cfg.Observe(e)
	}
}

var clientSteps = [...]func(*Conn) flow{
	stateIdle:                   (*Conn).stepNone,
	stateClientHello:            (*Conn).writeClientHello,
	stateServerHello:            (*Conn).readServerHello,
	stateServerCertificate:      (*Conn).readCertificate,
	stateServerKeyExchange:      (*Conn).readServerKeyExchange,
	stateCertificateRequest:     (*Conn).readCertificateRequest,
	stateServerHelloDone:        (*Conn).readServerHelloDone,
	stateClientCertificate:      (*Conn).writeClientCertificate,
	stateClientKeyExchange:      (*Conn).writeClientKeyExchange,
	stateCertificateVerify:      (*Conn).writeCertificateVerify,
	stateClientChangeCipherSpec: (*Conn).writeChangeCipherSpec,
	stateClientFinished:         (*Conn).writeFinished,
	stateServerChangeCipherSpec: (*Conn).readChangeCipherSpec,
	stateServerFinished:         (*Conn).readFinished,
	stateWrapUp:                 (*Conn).wrapUp,
}

var serverSteps = [...]func(*Conn) flow{
	stateIdle:                   (*Conn).stepNone,
	stateClientHello:            (*Conn).readClientHello,
	stateServerHello:            (*Conn).writeServerHello,
	stateServerCertificate:      (*Conn).writeCertificate,
	stateServerKeyExchange:      (*Conn).writeServerKeyExchange,
	stateCertificateRequest:     (*Conn).writeCertificateRequest,
	stateServerHelloDone:        (*Conn).writeServerHelloDone,
	stateClientCertificate:      (*Conn).readClientCertificate,
	stateClientKeyExchange:      (*Conn).readClientKeyExchange,
	stateCertificateVerify:      (*Conn).readCertificateVerify,
	stateClientChangeCipherSpec: (*Conn).readChangeCipherSpec,
	stateClientFinished:         (*Conn).readFinished,
	stateServerChangeCipherSpec: (*Conn).writeChangeCipherSpec,
	stateServerFinished:         (*Conn).writeFinished,
	stateWrapUp:                 (*Conn).wrapUp,
}

// step runs the current state once and moves on when it is complete.
func (c *Conn) step() flow {
	steps := clientSteps[:]
	if c.cfg.Role == Server {
		steps = serverSteps[:]
	}
	f := steps[c.state](c)
	if f == flowOK {
		c.state++
		c.entered()
	}
	return f
}

func (c *Conn) stepNone() flow { return flowOK }

// handshake is what lives until the handshake is over.
type handshake struct {
	clientRandom [randomLen]byte
	serverRandom [randomLen]byte
	helloVersion uint16 // server: the ClientHello's version, before it was lowered
	premaster    []byte
	master       [masterLen]byte

	md5, sha1, sha256 hash.Hash // transcript; nil once the version rules it out
	expected          []byte    // hash or verify data computed before the message is read

	group         x509.Group
	dh            *x509.DHKey
	peerPublic    *big.Int
	sigHash       byte // server: hash of the key exchange's signature
	certRequested bool
	pending       bool // client: the current message was read by an earlier, optional step
	nextRead      *cipherState
	nextWrite     *cipherState
}

func newHandshake() *handshake {
	return &handshake{md5: md5.New(), sha1: sha1.New(), sha256: sha256.New(), sigHash: hashSHA1}
}

// add puts a message into the transcript.
func (h *handshake) add(msg []byte) {
	if h.md5 != nil {
		h.md5.Write(msg)
		h.sha1.Write(msg)
	}
	if h.sha256 != nil {
		h.sha256.Write(msg)
	}
}

// settle drops the hashes that the version does not use.
func (h *handshake) settle(version uint16) {
	if version >= VersionTLS12 {
		h.md5, h.sha1 = nil, nil
	} else {
		h.sha256 = nil
	}
}

// transcript returns the hash of all messages so far: MD5 and SHA-1 together,
// or SHA-256 in TLS 1.2.
func (h *handshake) transcript() []byte {
	if h.sha256 != nil && h.md5 == nil {
		return h.sha256.Sum(nil)
	}
	return h.sha1.Sum(h.md5.Sum(nil))
}

// finishedData computes the contents of a Finished message. When memory runs
// out for it, the library goes on with whatever its buffer held and the
// handshake fails on a wrong Finished; Choice: the buffer holds zeros.
func (c *Conn) finishedData(client bool) []byte {
	label := "server finished"
	if client {
		label = "client finished"
	}
	out := make([]byte, verifyLen)
	if !c.chargePRF() {
		return out
	}
	prf(c.version, out, c.hs.master[:], label, c.hs.transcript())
	return out
}

// deriveKeys makes the master secret and both directions' keys.
func (c *Conn) deriveKeys() flow {
	h := c.hs
	if !c.chargePRF() {
		return c.fail(codeMDAlloc, diagMemory("the key derivation"))
	}
	seed := make([]byte, 0, 2*randomLen)
	seed = append(append(seed, h.clientRandom[:]...), h.serverRandom[:]...)
	prf(c.version, h.master[:], h.premaster, "master secret", seed)
	clear(h.premaster)
	h.premaster = nil
	if c.cfg.KeyLog != nil {
		// A failing log does not concern the device.
		_, _ = fmt.Fprintf(c.cfg.KeyLog, "CLIENT_RANDOM %x %x\n", h.clientRandom, h.master)
	}
	seed = append(append(seed[:0], h.serverRandom[:]...), h.clientRandom[:]...)
	macLen, keyLen := hashSize(c.suite.mac), c.suite.keyLen
	block := make([]byte, 2*(macLen+keyLen+vectorLen))
	prf(c.version, block, h.master[:], "key expansion", seed)
	if code := c.chargeKeys(); code != 0 {
		return c.fail(code, diagMemory("the session keys"))
	}
	clientMAC, serverMAC := block[:macLen], block[macLen:2*macLen]
	keys := block[2*macLen:]
	clientKey, serverKey := keys[:keyLen], keys[keyLen:2*keyLen]
	clientIV, serverIV := keys[2*keyLen:2*keyLen+vectorLen], keys[2*keyLen+vectorLen:]
	isClient := c.cfg.Role == Client
	fromClient := newCipherState(c.version, c.suite, clientKey, clientIV, clientMAC, isClient)
	fromServer := newCipherState(c.version, c.suite, serverKey, serverIV, serverMAC, !isClient)
	h.nextWrite, h.nextRead = fromClient, fromServer
	if !isClient {
		h.nextWrite, h.nextRead = fromServer, fromClient
	}
	c.stage("keys")
	return flowOK
}

func (c *Conn) writeChangeCipherSpec() flow {
	if !c.writeRecord(typeCCS, []byte{1}) {
		return flowFail
	}
	return flowOK
}

func (c *Conn) readChangeCipherSpec() flow {
	if f := c.readRecord(); f != flowOK {
		return f
	}
	if c.recType != typeCCS {
		return c.unexpected("ChangeCipherSpec")
	}
	if c.recLen != 1 || c.in[c.recOff] != 1 {
		return c.fail(codeBadCCS, &Diagnosis{Item: "ChangeCipherSpec", Bytes: c.recLen, What: "malformed ChangeCipherSpec"})
	}
	c.rd = c.hs.nextRead
	c.seqIn = 0
	return flowOK
}

func (c *Conn) writeFinished() flow {
	data := c.finishedData(c.cfg.Role == Client)
	c.msg = append(append(c.msg[:0], hsFinished, 0, 0, 0), data...)
	c.wr = c.hs.nextWrite
	*c.counterOut() = 0
	if f := c.writeMessage(); f != flowOK {
		return f
	}
	c.savedSeq = *c.counterOut()
	if c.eng.SharedBuffer {
		// The sealed Finished record is copied aside, from the counter on, for
		// the output buffer that is made afterwards (tls.md 2.1).
		rec := c.out[len(c.out)-c.lastRecordLen():]
		copy(c.stale[:], rec[headerLen:])
		c.chargeFinishedCopy(len(rec) - headerLen)
	}
	return flowOK
}

// lastRecordLen is the length of the record written last, with its header.
func (c *Conn) lastRecordLen() int {
	start := 0
	if len(c.outEnds) > 1 {
		start = c.outEnds[len(c.outEnds)-2]
	}
	return len(c.out) - start
}

func (c *Conn) readFinished() flow {
	if c.hs.expected == nil {
		c.hs.expected = c.finishedData(c.cfg.Role == Server)
	}
	if f := c.readRecord(); f != flowOK {
		return f
	}
	if c.recType != typeHandshake {
		return c.unexpected("Finished")
	}
	m := c.message()
	if m[0] != hsFinished || len(m) != msgHeaderLen+verifyLen || !hmac.Equal(m[msgHeaderLen:], c.hs.expected) {
		return c.fail(codeBadFinished, &Diagnosis{Item: "Finished", What: "the peer's Finished does not match the handshake"})
	}
	c.hs.expected = nil
	return flowOK
}

func (c *Conn) wrapUp() flow {
	c.hs = nil
	c.over = true
	c.releaseHandshake()
	if c.cfg.Observe != nil {
		c.cfg.Observe(Event{Kind: EventHandshake, Role: c.cfg.Role, Version: c.version, Suite: c.suite.id})
	}
	c.stage("handshake over")
	return flowOK
}

// unexpected fails because another record type came than the one that carries
// what.
func (c *Conn) unexpected(what string) flow {
	return c.fail(codeUnexpectedMessage, &Diagnosis{Item: recordTypeName(c.recType),
		What: "a " + recordTypeName(c.recType) + " record came in place of " + what})
}

// FinishHandshake does what the SDK does between the last handshake message and
// the connect callback: the check of the verification result (tls.md 4.3), the
// release of certificates and keys, and engine A's output buffer (2.1). Call it
// once after Handshake returned Done. An error ends the connection.
func (c *Conn) FinishHandshake() *Error {
	if c.err != nil {
		return c.err
	}
	if !c.over || c.quiet {
		c.fail(codeBadInput, &Diagnosis{What: "FinishHandshake was called out of order"})
		return c.err
	}
	if c.ax != nil {
		c.finishX()
		return nil
	}
	if c.cfg.Verify && c.verifyFlags != 0 {
		c.fail(int(c.verifyFlags), &Diagnosis{What: "the chain check was skipped because the CA bundle is partly unreadable"})
		c.err.Print = "!Unknown reason (this should not happen)\n"
		return c.err
	}
	c.releaseCertificates()
	if c.eng.SharedBuffer {
		if c.chargeOutputBuffer() {
			c.oneSeq = false
			c.seqOut = c.savedSeq
			c.shift = c.eng.TLS10OffsetBug && c.version == VersionTLS10
		} else if !c.eng.SilentOutputBug {
			c.fail(codeAllocFailed, diagMemory("the output buffer after the handshake"))
			return c.err
		}
	}
	c.quiet = true
	c.stage("established")
	return nil
}
