package espconn

import (
	"strings"

	"github.com/emu8266/emu8266/espconn/boundedtls"
	"github.com/emu8266/emu8266/netstack"
)

// Blocks of mbedTLS's layer in bytes, without the allocator's header (tls.md 6).
const holderBytes = 632 // certificate holder

// Figures of sending and receiving with mbedTLS (tls.md 2.7).
const (
	pieceMax     = 1460         // bytes of one recv callback
	receiveBytes = pieceMax + 1 // of the receive buffer: one piece and the NUL behind it
)

// codeNoSocket is what mbedTLS's layer makes of a read or write on a socket that was closed in a callback (tls.md 3.2).
const codeNoSocket = -0x0045

// mbedtlsLibrary is the library of SDK 2.2.0 and later.
type mbedtlsLibrary struct {
	api     *API
	rules   MbedTLS
	sockets [socketCount]*socket
}

// mbedtlsDriver is the driver of a connection. An accepted one uses its server's TLS block and certificate holder.
type mbedtlsDriver struct {
	sc      *secureConn
	library *mbedtlsLibrary
	server  *mbedtlsServer // nil for a client
	sock    *socket        // nil once TCP is closed

	block, holder uint32 // heap
}

func (l *mbedtlsLibrary) sharesEspconn() bool { return false }

func (l *mbedtlsLibrary) onPCB() bool { return false } // it has a socket

func (l *mbedtlsLibrary) ignoresSYN() bool { return false }

// dialFailed prints the line, as the SDK's sockets do.
func (l *mbedtlsLibrary) dialFailed(line string) { l.api.printf("%s\n", line) }

// open takes the blocks in the SDK's order (tls.md 6.1), and a socket.
func (l *mbedtlsLibrary) open(c Ref) *secureConn {
	sc := l.api.newSecure(c, nil, secureRecordBytes)
	if sc == nil {
		return nil
	}
	d := &mbedtlsDriver{sc: sc, library: l}
	sc.driver = d
	heap := l.api.env.Heap()
	if d.block = heap.Alloc(l.rules.BlockBytes, "TLS block"); d.block == 0 {
		sc.free()
		return nil
	}
	if d.holder = heap.Alloc(holderBytes, "certificate holder"); d.holder == 0 {
		sc.free()
		return nil
	}
	if d.sock = l.newNetconn(); d.sock == nil {
		sc.free()
		l.dialFailed(noSocket)
		return nil
	}
	return sc
}

// noSocket is the line of a socket that could not be made.
const noSocket = "Create Socket Failed!"

// bound gives the client's socket a number, when it has its TCB.
func (d *mbedtlsDriver) bound() string {
	if d.library.number(d.sock) {
		return ""
	}
	return noSocket
}

// start takes the receive ring, prints the log line, loads certificates and allocates TLS's buffers.
func (d *mbedtlsDriver) start(*netstack.TCB) bool {
	a := d.sc.api
	if d.server == nil { // an accepted connection has it already
		d.sock.newRing(a.env.Heap())
	}
	ring := d.sock.ring != 0
	if !ring && d.library.rules.RingSilent && d.server == nil {
		return false
	}
	a.printRole(d.sc.role(), " handshake start.")
	if !ring {
		d.sc.failed(a.profile.TLS.NoMemory("the receive ring", false))
		if d.library.rules.RingSilent {
			a.fatal(d.server.ss.ref, CauseStoreProhibited,
				"a client came without memory for its receive ring: the SDK frees a block that is not its own")
		}
		return false
	}
	d.sc.tls = a.profile.TLS.New(d.sc.config())
	if err := d.configure(); err != nil {
		d.sc.failed(err)
		return false
	}
	a.env.Overclock(true)
	return true
}

// configure loads certificates in the SDK's order, own certificate, own key, CA, and allocates the buffers
// (tls.md 4.5, 6.1).
func (d *mbedtlsDriver) configure() *boundedtls.Error {
	a, r := d.sc.api, d.sc.api.role(d.sc.role())
	if d.server != nil {
		if !a.cert.set || !a.key.set {
			a.fatal(d.server.ss.ref, CauseLoadProhibited, "first client of a server without certificate and key")
			return a.profile.TLS.NoMemory("the server's certificate", false)
		}
		if err := a.useObject(&a.cert, d.sc.tls.OwnCert); err != nil {
			return err
		}
		if err := a.useObject(&a.key, d.sc.tls.OwnKey); err != nil {
			return err
		}
	} else if r.certReqOn {
		if err := d.library.loadNamed(r.certReqSector, "certificate", d.sc.tls.OwnCert); err != nil {
			return err
		}
		if err := d.library.loadNamed(r.certReqSector, "private_key", d.sc.tls.OwnKey); err != nil {
			return err
		}
	}
	if r.caOn {
		if err := d.library.loadCA(r.caSector, d.sc.tls.CA); err != nil {
			return err
		}
	}
	return d.sc.tls.Setup()
}

// feed: the SDK gives the frame back only when TLS is done with it.
func (d *mbedtlsDriver) feed(data []byte) bool {
	d.sc.tls.Feed(data)
	return true
}

func (*mbedtlsDriver) acked(*netstack.TCB) {}

func (d *mbedtlsDriver) finished() { d.sc.established() }

// established sets the CPU back, which stays at 160 MHz after a handshake that failed (tls.md 5.8), and frees the certificate
// holder.
func (d *mbedtlsDriver) established() {
	d.sc.api.env.Overclock(false)
	holder := &d.holder
	if d.server != nil {
		holder = &d.server.holder
	}
	d.sc.api.env.Heap().Free(*holder)
	*holder = 0
}

// send makes the checks of tls.md 5.3 and manual-profile.md #15.
func (d *mbedtlsDriver) send(c Ref, name string, data []byte, length int) Err {
	a, rules := d.sc.api, &d.library.rules
	if !a.profile.DisconnectByState && (d.sc.closing || d.sc.leaving) {
		a.finding(c, RuleSendUnconnected, "send after disconnect")
		return a.because(ARG, boundedtls.Cause{ID: CauseClosing})
	}
	if d.sc.phase != phaseUp {
		a.finding(c, RuleSendBeforeSent, "send before the connect callback")
		return a.because(INPROGRESS, boundedtls.Cause{ID: CauseNotUp})
	}
	if d.sc.tx.busy {
		a.finding(c, RuleSendBeforeSent, "send before the sent callback of the send before")
		return a.awaitsSent(INPROGRESS, 1, 1)
	}
	if length > len(data) {
		a.finding(c, RuleSendNull, "NULL data with length %d", length)
		if rules.SendNullCrashes {
			a.fatal(c, CauseLoadProhibited, "%s: NULL data with length %d", name, length)
		}
		return a.because(ARG, boundedtls.Cause{ID: CauseNoData})
	}
	if length > sendMax {
		a.finding(c, RuleSendTooLong, "%d bytes in one send, the manual allows %d", length, sendMax)
		if rules.SendMax != 0 && length > rules.SendMax {
			return a.because(ARG, boundedtls.Cause{ID: CauseTooLong, Have: length, Limit: rules.SendMax})
		}
	}
	if poisoned(data) {
		a.finding(c, RuleRecvKept, "%d bytes that a recv callback had lent are sent after its end", length)
	}
	d.sc.begin(c, data)
	return OK
}

// receive is the pump: it gives all plaintext that is there to the recv callback, in pieces of at most 1,460 bytes that
// never span records.
func (d *mbedtlsDriver) receive() {
	heap := d.sc.api.env.Heap()
	block := heap.Alloc(receiveBytes, "receive buffer")
	if block == 0 {
		d.sc.failed(d.sc.api.profile.TLS.NoMemory("the receive buffer", true))
		return
	}
	err := d.pump()
	heap.Free(block)
	if err != nil {
		d.sc.failed(err)
	}
	d.sc.output()
}

// pump reads until input is missing. It returns why the connection ended, nil if it did not.
func (d *mbedtlsDriver) pump() *boundedtls.Error {
	buf := make([]byte, receiveBytes)
	for {
		k, st := d.sc.tls.Read(buf[:pieceMax])
		d.sc.flush()
		switch st {
		case boundedtls.Done:
			if k == 0 {
				if d.library.rules.EmptyRecordsStop {
					return nil
				}
				continue
			}
			d.sc.deliver(buf, k)
			if d.sc.closing && d.sc.api.profile.DisconnectLater {
				return nil
			}
			if d.sc.closing && d.sc.tls.State().Rest == 0 { // the SDK reads on, now from its dead socket (tls.md 5.4)
				return &boundedtls.Error{Code: codeNoSocket, Cause: &boundedtls.Cause{ID: CauseClosedInRecv}}
			}
		case boundedtls.CloseNotified:
			d.sc.tls.CloseNotify() // answered; nothing else happens until the FIN (tls.md 3.2)
			d.sc.flush()
		case boundedtls.Failed:
			return d.sc.tls.Err()
		default:
			return nil
		}
	}
}

// failed prints and reports, sends a close_notify after the handshake, and closes (tls.md 3.1, 7).
func (d *mbedtlsDriver) failed(err *boundedtls.Error) {
	if err.Print != "" {
		d.sc.api.printf("%s\n", strings.TrimSuffix(err.Print, "\n"))
	}
	d.sc.logFailure("failed!")
	if d.sc.phase == phaseUp && err.Code != boundedtls.CodePeerClosed && d.sc.tcb != nil {
		d.sc.tls.CloseNotify()
		d.sc.flush()
	}
	d.sc.api.printf("Reason:[%s]\n", err.Reason())
	d.sc.report(err)
	d.sc.close()
}

// peerClosed: the FIN ends the connection in every phase (tls.md 3.2).
func (d *mbedtlsDriver) peerClosed() {
	d.sc.failed(&boundedtls.Error{Code: boundedtls.CodePeerClosed, Cause: &boundedtls.Cause{ID: CausePeerFIN}})
}

func (*mbedtlsDriver) closing() {}

// tcpClosed gives the socket back.
func (d *mbedtlsDriver) tcpClosed() {
	if d.sock != nil {
		d.library.freeSocket(d.sock)
		d.sock = nil
	}
}

// ended gives the espconn to the server.
func (d *mbedtlsDriver) ended() { d.server.take(d.sc.ref) }

func (d *mbedtlsDriver) free() {
	heap := d.sc.api.env.Heap()
	heap.Free(d.holder)
	heap.Free(d.block)
	d.holder, d.block = 0, 0
}

// objectHeader is the bookkeeping of one set_default_* object in bytes: the charge left over for length 0 is one block
// of 9 to 16 bytes (oracle/espconn sec/calls/defaults).
const objectHeader = 16

// objectBlocks: one byte more than the content, and a NUL behind PEM text (tls.md 4.5; measured: oracle/espconn sec/server/ok
// for DER, the server heap of the TLS oracle for PEM).
func (l *mbedtlsLibrary) objectBlocks(content []byte) (header, body uint32) {
	body = uint32(len(content)) + 1
	if isPEM(content) {
		body++
	}
	return objectHeader, body
}
