package espconn

import (
	"errors"
	"net/netip"
	"time"

	"github.com/emu8266/emu8266/espconn/boundedtls"
	"github.com/emu8266/emu8266/netstack"
)

// axBufferHead is the small block beside a connection's buffer, in bytes as requested (axtls.md 6; oracle/axtls H).
const axBufferHead = 20

// axSessionsBytes is the list of a context's sessions, in bytes as requested: a client's is taken before the images are read, a
// server's behind its own certificate and key (oracle/axtls H, the traces of the allocator).
const axSessionsBytes = 4

// Periods of the poll with which axTLS's layer counts its time-outs (axtls.md 1.4).
const (
	axPollServer = 500 * time.Millisecond
	axPollClient = time.Second
)

// Results that only axTLS gives (axtls.md 1.4, 5).
const (
	// NOCLOCK is what connect returns while the device's clock reads 0.
	NOCLOCK Err = -16
	// NOANSWER is what a client's reconnect callback gets when the handshake takes 60 s.
	NOANSWER Err = -29
)

// axtlsLibrary is the library of libssl. Its layer needs no sockets: it sits on TCP itself.
type axtlsLibrary struct {
	api   *API
	rules AxTLS
}

// axtlsDriver is the driver of a connection.
type axtlsDriver struct {
	sc    *secureConn
	rules *AxTLS
	spent bool // no further send is allowed
	ready bool // all that needs no message of the peer is done

	greeted bool // the peer's TCP has the ClientHello
	ring    axRing

	buffer, bufferHead, ringHead, ringBuf, sessions uint32 // heap
}

// sharesEspconn: the server's espconn is its client's too (axtls.md 5).
func (*axtlsLibrary) sharesEspconn() bool { return true }

// onPCB: it stands on the callbacks of lwIP (axtls.md 5).
func (*axtlsLibrary) onPCB() bool { return true }

// dialFailed: nothing is printed.
func (*axtlsLibrary) dialFailed(string) {}

// ignoresSYN: what tcp_connect returns is kept and not looked at (espconn_ssl.o of 3.0.6).
func (l *axtlsLibrary) ignoresSYN() bool { return l.rules.SYNUnchecked }

// open takes the record alone: a client's buffers come when TCP is up.
func (l *axtlsLibrary) open(c Ref) *secureConn { return l.newConn(c, nil) }

func (l *axtlsLibrary) newConn(c Ref, ss *secureServer) *secureConn {
	sc := l.api.newSecure(c, ss, secureRecordBytes)
	if sc != nil {
		sc.driver = &axtlsDriver{sc: sc, rules: &l.rules}
	}
	return sc
}

// listen makes a server. The library accepts any number of calls; one whose port is taken never gets a client
// (axtls.md 5).
func (l *axtlsLibrary) listen(ss *secureServer) Err {
	heap := l.api.env.Heap()
	record := heap.Alloc(secureRecordBytes, "espconn record")
	if record == 0 {
		return l.api.noMemory()
	}
	ss.free = func() { heap.Free(record) }
	accept := func(t *netstack.TCB) netstack.Handler { return l.accept(ss, t) }
	listener, err := l.api.env.Stack().Listen(netip.IPv4Unspecified(), ss.port, accept)
	switch {
	case err == nil:
		ss.listener = listener
	case errors.Is(err, netstack.ErrInUse) && l.api.profile.AcceptAgain == OK:
		ss.listener = l.api.env.Stack().ListenNowhere()
	default:
		ss.free()
		return l.api.portTaken(ss.port, err)
	}
	return OK
}

// accept takes a client. Nil resets it: another one is being served (Profile.SecondRefused), or there is too little heap. What fails
// once the connection has its record is told by the server's reconnect callback; without record or buffer nobody hears of the client
// (axtls.md 5).
func (l *axtlsLibrary) accept(ss *secureServer, t *netstack.TCB) netstack.Handler {
	a := l.api
	if a.count(ss.ref) == 1 {
		return a.refuse(ss.ref, t, false)
	}
	heap := a.env.Heap()
	buffer := heap.Alloc(uint32(a.server.size), "tls buffer")
	var sc *secureConn
	if buffer != 0 {
		sc = l.newConn(ss.ref, ss)
	}
	free, least := heap.FreeSize(), uint32(a.server.size)+HeapGate
	if sc == nil {
		heap.Free(buffer)
		a.turnedAway(ss.ref, t.Remote(), boundedtls.Cause{ID: CauseClientMemory, Have: int(free)})
		return nil
	}
	d := sc.driver.(*axtlsDriver)
	d.buffer = buffer
	a.listSecure(sc)
	storePeer(ss.ref, t)
	why := boundedtls.Cause{ID: CauseClientMemory, Have: int(free)}
	if free <= least {
		why = boundedtls.Cause{ID: CauseClientGate, Have: int(free), Limit: int(least) + 1}
	} else if d.takeHead() && d.takeRing() {
		sc.tcb = t
		return sc
	}
	a.turnedAway(ss.ref, t.Remote(), why)
	d.rejected()
	return nil
}

// rejected is the end of a client in the function that accepts it: TCP is reset, the record stays until the event.
func (d *axtlsDriver) rejected() {
	sc := d.sc
	sc.abort()
	sc.api.setState(sc.ref, StateClose)
	d.closing()
	sc.post(true, CONN)
}

// takeHead takes the small block beside the buffer, if the buffer is there.
func (d *axtlsDriver) takeHead() bool {
	if d.buffer != 0 {
		d.bufferHead = d.sc.api.env.Heap().Alloc(axBufferHead, "tls buffer head")
	}
	return d.bufferHead != 0
}

// takeRing takes the receive ring; what there is of one without data goes back at once (espconn_ssl.o of 3.0.6).
func (d *axtlsDriver) takeRing() bool {
	heap := d.sc.api.env.Heap()
	if d.ringHead = heap.Alloc(ringHead, "receive ring"); d.ringHead == 0 {
		return false
	}
	if d.ringBuf = heap.Alloc(ringBytes, "receive ring data"); d.ringBuf == 0 {
		heap.Free(d.ringHead)
		d.ringHead = 0
	}
	return d.ringBuf != 0
}

func (d *axtlsDriver) free() {
	heap := d.sc.api.env.Heap()
	for _, block := range []*uint32{&d.sessions, &d.ringHead, &d.ringBuf, &d.bufferHead, &d.buffer} {
		heap.Free(*block)
		*block = 0
	}
}

func (*axtlsDriver) bound() string { return "" }

// start takes memory and loads certificates; a server prints its log line before.
func (d *axtlsDriver) start(t *netstack.TCB) bool {
	sc, a := d.sc, d.sc.api
	client := sc.server == nil
	sc.poll = axPollServer
	if client {
		sc.poll = axPollClient
		d.buffer = a.env.Heap().Alloc(uint32(a.client.size), "tls buffer")
		if !d.takeHead() || !d.takeRing() {
			d.unstarted(t, &boundedtls.Cause{ID: boundedtls.CauseNoMemoryBefore, Object: "the connection's buffers"})
			return false
		}
	} else {
		a.printf("server handshake start.\n")
	}
	sc.tls = a.profile.TLS.New(sc.config())
	if err := sc.tls.Err(); err != nil {
		d.unstarted(t, err.Cause)
		return false
	}
	if !client {
		t.SetPoll(sc.poll)
	}
	if !client && !(a.cert.set && a.key.set) { // it cannot be served
		if keyed, ok := sc.tls.(interface{ CloseWithoutCert() }); ok && a.key.set {
			_ = a.useObject(&a.key, sc.tls.OwnKey)
			keyed.CloseWithoutCert()
		}
		a.turnedAway(sc.ref, t.Remote(), boundedtls.Cause{ID: CauseNoCertificate, Object: a.lacking()})
		d.rejected()
		return false
	}
	if !d.load() {
		return false
	}
	if err := sc.tls.Setup(); err != nil {
		sc.failed(err)
		return false
	}
	d.ready = true
	return true
}

// acked: the log line of a client, and with it the count of its time-out, come when TCP has acknowledged the ClientHello (espconn_ssl.o of
// 3.0.6).
func (d *axtlsDriver) acked(t *netstack.TCB) {
	if sc := d.sc; sc.server == nil && sc.phase == phaseHandshake && !d.greeted {
		d.greeted = true
		sc.api.printf("client handshake start.\n")
		t.SetPoll(sc.poll)
	}
}

// unstarted is the end of a connection whose memory the layer looks at: a client is closed without a line and hears of it in its
// disconnect callback, a server's is reset (espconn_ssl.o of 3.0.6).
func (d *axtlsDriver) unstarted(t *netstack.TCB, why *boundedtls.Cause) {
	if d.sc.server != nil {
		d.sc.api.turnedAway(d.sc.ref, t.Remote(), *why)
		d.rejected()
		return
	}
	d.sc.api.env.Observe(Event{Kind: EventFailure, Conn: d.sc.api.name(d.sc.ref),
		TLSError: &boundedtls.Error{Text: why.String(), Cause: why}})
	d.sc.close()
}

// noMemory is a failed allocation that the library does not look at: the exception, or an ordinary failure without that
// bug (axtls.md 6).
func (d *axtlsDriver) noMemory() {
	d.sc.failed(d.sc.api.profile.TLS.NoMemory("the connection's buffers", d.sc.phase == phaseUp))
}

// takeSessions takes the list of sessions.
func (d *axtlsDriver) takeSessions() bool {
	if d.sessions = d.sc.api.env.Heap().Alloc(axSessionsBytes, "tls sessions"); d.sessions == 0 {
		d.noMemory()
	}
	return d.sessions != 0
}

// finished: a server's handshake is over when TCP has acknowledged its Finished.
func (d *axtlsDriver) finished() {
	sc := d.sc
	sc.tx.end = sc.tx.written
	if sc.server == nil {
		sc.established()
		return
	}
	sc.finishing = true
	sc.output()
}

// established: a client is not polled any more, a server goes on counting silence.
func (d *axtlsDriver) established() {
	d.ring.unread = d.sc.tls.State().Buffered
	if d.sc.server == nil && d.sc.tcb != nil {
		d.sc.tcb.SetPoll(0)
	}
}

// send makes the checks of axtls.md 2.3.
func (d *axtlsDriver) send(c Ref, name string, data []byte, length int) Err {
	sc, a := d.sc, d.sc.api
	if gone := sc.closing || sc.leaving; gone || sc.phase != phaseUp {
		if gone {
			a.finding(c, RuleSendUnconnected, "send after disconnect")
		} else {
			a.finding(c, RuleSendBeforeSent, "send before the connect callback")
		}
		if d.rules.SendUnready && (gone || !d.ready) { // it is there from the start of the handshake on (axtls.md 2.3)
			a.fatal(c, CauseLoadProhibited, "%s: the connection has no TLS part", name)
		}
		if gone {
			return a.because(ARG, boundedtls.Cause{ID: CauseClosing})
		}
		return a.because(INPROGRESS, boundedtls.Cause{ID: CauseNotUp})
	}
	if sc.tx.busy {
		a.finding(c, RuleSendBeforeSent, "send before the sent callback of the send before")
		return a.awaitsSent(INPROGRESS, 1, 1)
	}
	if d.spent {
		a.finding(c, RuleSendBeforeSent, "a further send where none is allowed: a server's second one, or one after an empty one")
		return a.because(INPROGRESS, boundedtls.Cause{ID: CauseOnlySend})
	}
	none := length > len(data) // NULL and a length
	if none && !d.rules.SendEmptyBug {
		return a.because(ARG, boundedtls.Cause{ID: CauseNoData})
	}
	if none || length == 0 && d.rules.SendEmptyBug {
		a.setState(c, StateWrite)
		d.spent = true // nothing is sent, and nothing will ever set the flag again
		return OK
	}
	d.spent = sc.server != nil && d.rules.SendOnceBug
	sc.begin(c, data)
	return OK
}

// failed prints and reports. What came from the peer closes later, in a task, so that an alert has left alone before the FIN; the task
// does nothing when the connection is no longer ESTABLISHED (axtls.md 1.4).
func (d *axtlsDriver) failed(err *boundedtls.Error) {
	sc := d.sc
	sc.logFailure("failed")
	sc.api.printf("Error: %s\n", err.Reason())
	sc.report(err)
	if !d.ready {
		sc.close()
		return
	}
	sc.failing = true
	sc.api.env.Post(prioTLS, func() {
		if !sc.closing && sc.tcb != nil && sc.tcb.State() == netstack.StateEstablished {
			sc.close()
		}
	})
}

// peerClosed: the FIN gives the disconnect callback at any moment, without a line (axtls.md 1.4).
func (d *axtlsDriver) peerClosed() { d.sc.close() }

// closing gives the memory back before the FIN takes any (oracle/axtls H, the traces of the allocator).
func (d *axtlsDriver) closing() {
	if d.sc.tls != nil {
		d.sc.tls.Close()
	}
	d.free()
}

func (d *axtlsDriver) tcpClosed() {}

// ended leaves the server's espconn, which is its client's too, in CLOSE (axtls.md 5).
func (d *axtlsDriver) ended() {}

// objectBlocks: one block of exactly that size (oracle/axtls H).
func (*axtlsLibrary) objectBlocks(content []byte) (header, body uint32) {
	return 0, uint32(len(content))
}
