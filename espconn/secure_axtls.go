package espconn

import (
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/emu8266/emu8266/espconn/boundedtls"
	"github.com/emu8266/emu8266/netstack"
)

// Blocks of axTLS connections in bytes as requested (axtls.md 6; oracle/axtls H). The buffer of the role's size comes
// between the record and the other three.
const (
	recordBytesX   = 104
	bufferHeadX    = 20
	ringHeadX      = 16
	listenBytesX   = 176 // of a server that listens
	pollServer     = 500 * time.Millisecond
	pollClient     = time.Second
	idlePolls      = 10 // of a silent client: 5 s (axtls.md 1.4)
	handshakePolls = 60 // of a client's handshake: 60 s
)

// Results that only axTLS gives (axtls.md 1.4, 5).
const (
	// NOCLOCK is what connect returns while the device's clock reads 0.
	NOCLOCK Err = -16
	// NOANSWER is what a client's reconnect callback gets when the handshake takes 60 s.
	NOANSWER Err = -29
)

// axConn is the handler of a connection of axTLS: one whose TCP events are dealt with in that library's way.
type axConn struct {
	*secureConn
	idle int // polls since the last segment, or since TCP is up
}

// isUp reports whether a TLS connection has come past TCP's handshake, a client's or an accepted one (axtls.md 5).
func (a *API) isUp() bool {
	for _, sc := range a.secureConns {
		if sc.phase >= phaseHandshake && !sc.closing {
			return true
		}
	}
	return false
}

// connectX makes the record and sends the SYN.
func (a *API) connectX(c Ref, f Fields) Err {
	sc := &secureConn{api: a, ref: c}
	sc.status = &sc.own
	if sc.record = a.env.Heap().Alloc(recordBytesX, "espconn record"); sc.record == 0 {
		return MEM
	}
	t := a.env.Stack().NewTCB(axHandler(sc))
	if t == nil {
		sc.free()
		return MEM
	}
	sc.sock = &socket{num: noSocket, tcb: t}
	if t.Bind(netip.IPv4Unspecified(), 0) != nil ||
		t.Connect(netip.AddrPortFrom(netip.AddrFrom4(f.RemoteIP), uint16(f.RemotePort))) != nil {
		t.SetHandler(nil)
		t.Remove()
		sc.free()
		return MEM
	}
	a.listSecure(sc)
	a.setState(c, StateWait)
	return OK
}

func axHandler(sc *secureConn) *axConn { return &axConn{secureConn: sc} }

// listenX makes a server. The library accepts any number of calls; one whose port is taken never gets a client
// (axtls.md 5).
func (a *API) listenX(c Ref, port uint16) Err {
	ss := &secureServer{api: a, ref: c, port: port}
	if ss.record = a.env.Heap().Alloc(recordBytesX, "espconn record"); ss.record == 0 {
		return MEM
	}
	lst, err := a.env.Stack().Listen(netip.IPv4Unspecified(), port, ss.acceptX)
	switch {
	case err == nil:
		ss.sock = &socket{num: noSocket, listener: lst}
	case errors.Is(err, netstack.ErrInUse) && a.profile.AcceptAgain == OK:
		ss.block = a.env.Heap().Alloc(listenBytesX-recordBytesX-heapHeader, "listener")
	default:
		ss.free()
		return MEM
	}
	a.secureServers = append(a.secureServers, ss)
	a.setState(c, StateListen)
	return OK
}

// heapHeader is what the allocator adds to a block, in bytes.
const heapHeader = 16

// acceptX takes a client. Nil resets it: another one is being served (Profile.SecondRefused), or there is too little heap, which the server's
// reconnect callback tells (axtls.md 5).
func (ss *secureServer) acceptX(t *netstack.TCB) netstack.Handler {
	a := ss.api
	if ss.clients() > 0 {
		return a.refuse()
	}
	sc := &secureConn{api: a, ref: ss.ref, server: ss}
	sc.status = &sc.own
	heap := a.env.Heap()
	sc.record = heap.Alloc(recordBytesX, "espconn record")
	if sc.record == 0 || !sc.buffer(a.server.size) || heap.FreeSize() <= uint32(a.server.size)+HeapGate {
		sc.free()
		a.env.Post(prioTLS, func() {
			a.callback(ss.ref, Reconnect, nil, CONN)
		})
		return nil
	}
	sc.sock = &socket{num: noSocket, tcb: t}
	f, remote := ss.ref.Load(), t.Remote()
	f.RemotePort, f.RemoteIP = int(remote.Port()), remote.Addr().As4()
	ss.ref.Store(f)
	a.listSecure(sc)
	return axHandler(sc)
}

// buffer takes the memory that a connection needs before TLS: the buffer and the ring's head.
func (sc *secureConn) buffer(size uint16) bool {
	heap := sc.api.env.Heap()
	sc.block = heap.Alloc(uint32(size), "tls buffer")
	sc.holder = heap.Alloc(bufferHeadX, "tls buffer head")
	sc.ringHead = heap.Alloc(ringHeadX, "receive ring")
	return sc.block != 0 && sc.holder != 0 && sc.ringHead != 0
}

// freeBuffer gives the ring back, which free does not know.
func (sc *secureConn) freeBuffer() {
	heap := sc.api.env.Heap()
	heap.Free(sc.ringHead)
	heap.Free(sc.ringBuf)
	sc.ringHead, sc.ringBuf = 0, 0
}

// Connected is TCP up: memory, certificates, log line, ClientHello.
func (x *axConn) Connected(t *netstack.TCB) {
	sc := x.secureConn
	if sc.closing {
		return
	}
	a := sc.api
	sc.phase = phaseHandshake
	poll, role := pollClient, sc.role()
	if role == boundedtls.Server {
		poll = pollServer
		a.printf("server handshake start.\n")
	} else if !sc.buffer(a.client.size) {
		sc.noMemory()
		return
	}
	if sc.ringBuf = a.env.Heap().Alloc(ringBytes, "receive ring data"); sc.ringBuf == 0 {
		sc.noMemory()
		return
	}
	if role == boundedtls.Server && !a.cert.set && !a.key.set {
		sc.refuse()
		return
	}
	t.SetPoll(poll)
	sc.tls = a.profile.Engine.New(sc.config(role))
	if !sc.loadX(role) {
		return
	}
	if err := sc.tls.Setup(); err != nil {
		sc.failedX(err)
		return
	}
	if role == boundedtls.Client {
		a.printf("client handshake start.\n")
	}
	x.handshake()
}

// refuse resets a client that cannot be served.
func (sc *secureConn) refuse() {
	s := sc.sock
	sc.sock = nil
	s.tcb.SetHandler(nil)
	s.tcb.Abort()
	sc.closing = true
	sc.post(true, CONN)
}

// noMemory is a failed allocation that the library does not look at: the exception, or an ordinary failure without that
// bug (axtls.md 6).
func (sc *secureConn) noMemory() {
	sc.failedX(sc.api.profile.Engine.NoMemory("the connection's buffers", sc.phase == phaseUp))
}

// handshake runs the engine until it needs input.
func (x *axConn) handshake() {
	sc := x.secureConn
	for {
		switch sc.tls.Handshake() {
		case boundedtls.HasOutput:
			sc.flush()
		case boundedtls.Done:
			sc.flush()
			sc.tx.end = sc.tx.written
			if sc.role() == boundedtls.Client {
				sc.establishedX()
			} else {
				sc.finishing = true // until TCP has acknowledged the own Finished
				sc.output()
			}
			return
		case boundedtls.Failed:
			sc.flush()
			sc.failedX(sc.tls.Err())
			return
		default:
			sc.output()
			return
		}
	}
}

// establishedX ends the handshake; data behind the peer's Finished is read at once (axtls.md 2.2).
func (sc *secureConn) establishedX() {
	a := sc.api
	sc.finishing = false
	if err := sc.tls.FinishHandshake(); err != nil {
		sc.failedX(err)
		return
	}
	a.printf("%s handshake ok!\n", sc.role())
	sc.phase, sc.may = phaseUp, true
	if sc.role() == boundedtls.Client && sc.sock != nil {
		sc.sock.tcb.SetPoll(0)
	}
	a.entered(sc.ref, Connect, StateConnect)
	a.callback(sc.ref, Connect, nil, OK)
	if !sc.closing && sc.tls.State().Buffered > 0 {
		sc.receiveX()
	}
	sc.output()
}

// failedX ends a connection by err: two log lines, the status, and the FIN (axtls.md 1.4).
func (sc *secureConn) failedX(err *boundedtls.Error) {
	a := sc.api
	if err.Crash {
		a.fatal(sc.ref, CauseStoreProhibited, "%s", err.Cause.Object)
		sc.abandon()
		return
	}
	if sc.phase == phaseUp {
		a.printf("%s's data invalid protocol\n", sc.role())
	} else {
		a.printf("%s handshake failed\n", sc.role())
	}
	a.printf("Error: %s\n", err.Reason())
	*sc.status = err.HSStatus()
	_, status := err.Callback()
	a.env.Observe(Event{Kind: EventFailure, Conn: a.name(sc.ref), Err: Err(status), TLSError: err})
	sc.close()
}

// Received is a segment's data.
func (x *axConn) Received(t *netstack.TCB, data []byte) {
	x.idle = 0
	sc := x.secureConn
	t.Recved(len(data))
	if sc.closing || sc.tls == nil {
		return
	}
	sc.tls.Feed(data)
	switch {
	case sc.phase == phaseUp:
		sc.receiveX()
	case !sc.finishing:
		x.handshake()
	}
}

// receiveX gives each record of application data whole to the recv callback, also an empty one (axtls.md 2.2).
func (sc *secureConn) receiveX() {
	a := sc.api
	buf := make([]byte, SizeMax+1)
	for !sc.closing {
		k, st := sc.tls.Read(buf[:SizeMax])
		sc.flush()
		if st == boundedtls.Failed {
			sc.failedX(sc.tls.Err())
			break
		}
		if st != boundedtls.Done {
			break
		}
		block := a.env.Heap().Alloc(uint32(k)+1, "received data") // with a NUL behind it
		if block == 0 {
			sc.noMemory()
			break
		}
		sc.deliver(buf, k)
		a.env.Heap().Free(block)
	}
	sc.output()
}

// Sent counts acknowledged bytes: the end of a server's handshake, the next record, or the sent callback
// (axtls.md 2.3, 5).
func (x *axConn) Sent(_ *netstack.TCB, k int) {
	x.idle = 0
	sc := x.secureConn
	sc.tx.done += uint64(k)
	if sc.closing || sc.tls == nil || !sc.drained() || sc.tx.done < sc.tx.end {
		return
	}
	if sc.finishing {
		sc.establishedX()
		return
	}
	if !sc.tx.busy {
		return
	}
	if sc.tx.next < len(sc.tx.data) {
		sc.sendRecordX()
		return
	}
	sc.sentX()
}

// PeerClosed is the peer's FIN: the disconnect callback at any moment, without a line (axtls.md 1.4).
func (x *axConn) PeerClosed(*netstack.TCB) {
	if !x.secureConn.closing {
		x.secureConn.close()
	}
}

// Poll counts silence: a server gives a client up after 5 s, a client the handshake after 60 s (axtls.md 1.4).
func (x *axConn) Poll(*netstack.TCB) {
	sc := x.secureConn
	if sc.closing {
		return
	}
	x.idle++
	switch {
	case sc.server != nil && x.idle >= idlePolls:
		sc.diagnoseX(CauseClientSilent, fmt.Sprint(idlePolls*pollServer))
		sc.close()
	case sc.server == nil && sc.phase == phaseHandshake && sc.polled >= handshakePolls-1:
		sc.diagnoseX(CauseHandshakeTimeout, fmt.Sprint(handshakePolls*pollClient))
		*sc.status = int16(NOANSWER)
		sc.close()
	default:
		sc.polled++
	}
}

// diagnoseX tells why a connection ends that the device does not log.
func (sc *secureConn) diagnoseX(id CauseID, object string) {
	why := &boundedtls.Cause{ID: id, Object: object}
	sc.api.env.Observe(Event{Kind: EventFailure, Conn: sc.api.name(sc.ref), TLSError: &boundedtls.Error{Text: why.String(), Cause: why}})
}
