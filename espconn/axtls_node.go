package espconn

import (
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/emu8266/emu8266/espconn/boundedtls"
	"github.com/emu8266/emu8266/netstack"
)

// Blocks of engine X's connections in bytes as requested (axtls.md 6; oracle/axtls H). The buffer of the role's size comes
// between the node and the other three.
const (
	nodeBytesX     = 104
	bufferHeadX    = 20
	ringHeadX      = 16
	listenBytesX   = 176 // of a listener
	pollServer     = 500 * time.Millisecond
	pollClient     = time.Second
	idlePolls      = 10 // of a silent client: 5 s (axtls.md 1.4)
	handshakePolls = 60 // of a client's handshake: 60 s
)

// Results that only engine X gives (axtls.md 1.4, 5).
const (
	// NOCLOCK is what connect returns while the device's clock reads 0.
	NOCLOCK Err = -16
	// NOANSWER is what a client's reconnect callback gets when the handshake takes 60 s.
	NOANSWER Err = -29
)

// axConn is the handler of a connection of engine X: a node whose TCP events are dealt with in that library's way.
type axConn struct {
	*node
	idle int // polls since the last segment, or since TCP is up
}

// clock returns the device's wall clock in seconds since 1970, 0 while it is not set or the device has none.
func (a *API) clock() uint32 {
	if c, ok := a.env.(interface{ Clock() uint32 }); ok {
		return c.Clock()
	}
	return 0
}

// isUp reports whether a TLS connection has come past TCP's handshake, a client's or an accepted one (axtls.md 5).
func (a *API) isUp() bool {
	for _, n := range a.nodes {
		if n.phase >= phaseHandshake && !n.closing {
			return true
		}
	}
	return false
}

// connectX makes the node and sends the SYN.
func (a *API) connectX(c Ref, f Fields) Err {
	n := &node{api: a, ref: c}
	n.status = &n.own
	if n.record = a.env.Heap().Alloc(nodeBytesX, "espconn node"); n.record == 0 {
		return MEM
	}
	t := a.env.Stack().NewTCB(axHandler(n))
	if t == nil {
		n.free()
		return MEM
	}
	n.sock = &socket{num: noSocket, tcb: t}
	if t.Bind(netip.IPv4Unspecified(), 0) != nil ||
		t.Connect(netip.AddrPortFrom(netip.AddrFrom4(f.RemoteIP), uint16(f.RemotePort))) != nil {
		t.SetHandler(nil)
		t.Remove()
		n.free()
		return MEM
	}
	a.list(n)
	a.setState(c, StateWait)
	return OK
}

func axHandler(n *node) *axConn { return &axConn{node: n} }

// listenX makes a listener. The library accepts any number of calls; one whose port is taken never gets a client
// (axtls.md 5).
func (a *API) listenX(c Ref, port uint16) Err {
	l := &listener{api: a, ref: c, port: port}
	if l.record = a.env.Heap().Alloc(nodeBytesX, "espconn node"); l.record == 0 {
		return MEM
	}
	lst, err := a.env.Stack().Listen(netip.IPv4Unspecified(), port, l.acceptX)
	switch {
	case err == nil:
		l.sock = &socket{num: noSocket, lst: lst}
	case errors.Is(err, netstack.ErrInUse) && a.profile.AcceptAgain == OK:
		l.block = a.env.Heap().Alloc(listenBytesX-nodeBytesX-heapHeader, "listener")
	default:
		l.free()
		return MEM
	}
	a.listeners = append(a.listeners, l)
	a.setState(c, StateListen)
	return OK
}

// heapHeader is what the allocator adds to a block, in bytes.
const heapHeader = 16

// acceptX takes a client. Nil resets it: another one is being served (Profile.SecondRefused), or there is too little heap, which the listener's
// reconnect callback tells (axtls.md 5).
func (l *listener) acceptX(t *netstack.TCB) netstack.Handler {
	a := l.api
	if l.clients() > 0 {
		return a.refuse()
	}
	n := &node{api: a, ref: l.ref, lst: l}
	n.status = &n.own
	heap := a.env.Heap()
	n.record = heap.Alloc(nodeBytesX, "espconn node")
	if n.record == 0 || !n.buffer(a.server.size) || heap.FreeSize() <= uint32(a.server.size)+heapGate {
		n.free()
		a.env.Post(prioTLS, func() {
			a.callback(l.ref, Reconnect, nil, CONN)
		})
		return nil
	}
	n.sock = &socket{num: noSocket, tcb: t}
	f, remote := l.ref.Load(), t.Remote()
	f.RemotePort, f.RemoteIP = int(remote.Port()), remote.Addr().As4()
	l.ref.Store(f)
	a.list(n)
	return axHandler(n)
}

// buffer takes the memory that a connection needs before TLS: the buffer and the ring's head.
func (n *node) buffer(size uint16) bool {
	heap := n.api.env.Heap()
	n.block = heap.Alloc(uint32(size), "tls buffer")
	n.holder = heap.Alloc(bufferHeadX, "tls buffer head")
	n.ringHead = heap.Alloc(ringHeadX, "receive ring")
	return n.block != 0 && n.holder != 0 && n.ringHead != 0
}

// freeBuffer gives the ring back, which free does not know.
func (n *node) freeBuffer() {
	heap := n.api.env.Heap()
	heap.Free(n.ringHead)
	heap.Free(n.ringBuf)
	n.ringHead, n.ringBuf = 0, 0
}

// Connected is TCP up: memory, certificates, log line, ClientHello.
func (x *axConn) Connected(t *netstack.TCB) {
	n := x.node
	if n.closing {
		return
	}
	a := n.api
	n.phase = phaseHandshake
	poll, role := pollClient, n.role()
	if role == boundedtls.Server {
		poll = pollServer
		a.printf("server handshake start.\n")
	} else if !n.buffer(a.client.size) {
		n.noMemory()
		return
	}
	if n.ringBuf = a.env.Heap().Alloc(ringBytes, "receive ring data"); n.ringBuf == 0 {
		n.noMemory()
		return
	}
	if role == boundedtls.Server && !a.cert.set && !a.key.set {
		n.refuse()
		return
	}
	t.SetPoll(poll)
	n.tls = boundedtls.New(n.config(role))
	if !n.loadX(role) {
		return
	}
	if err := n.tls.Setup(); err != nil {
		n.failedX(err)
		return
	}
	if role == boundedtls.Client {
		a.printf("client handshake start.\n")
	}
	x.handshake()
}

// refuse resets a client that cannot be served.
func (n *node) refuse() {
	s := n.sock
	n.sock = nil
	s.tcb.SetHandler(nil)
	s.tcb.Abort()
	n.closing = true
	n.post(true, CONN)
}

// noMemory is a failed allocation that the library does not look at: the exception, or an ordinary failure without that
// bug (axtls.md 6).
func (n *node) noMemory() {
	status := HANDSHAKE
	if n.phase == phaseUp {
		status = SSL_INVALID_DATA
	}
	const code = -260 // Choice: as for memory that the library itself misses
	err := &boundedtls.Error{Code: code, Text: boundedtls.ReasonText(code), Status: int16(status), Detail: "out of memory for the connection's buffers",
		Crash: n.api.profile.Engine.MallocUncheckedBug, Diagnosis: &boundedtls.Diagnosis{Item: "heap",
			What: "out of memory for the connection's buffers", Remedy: "free heap before the connection, or set a smaller size"}}
	n.failedX(err)
}

// handshake runs the engine until it needs input.
func (x *axConn) handshake() {
	n := x.node
	for {
		switch n.tls.Handshake() {
		case boundedtls.HasOutput:
			n.flush()
		case boundedtls.Done:
			n.flush()
			n.tx.end = n.tx.written
			if n.role() == boundedtls.Client {
				n.establishedX()
			} else {
				n.finishing = true // until TCP has acknowledged the own Finished
				n.output()
			}
			return
		case boundedtls.Failed:
			n.flush()
			n.failedX(n.tls.Err())
			return
		default:
			n.output()
			return
		}
	}
}

// establishedX ends the handshake; data behind the peer's Finished is read at once (axtls.md 2.2).
func (n *node) establishedX() {
	a := n.api
	n.finishing = false
	if err := n.tls.FinishHandshake(); err != nil {
		n.failedX(err)
		return
	}
	a.printf("%s handshake ok!\n", n.role())
	n.phase, n.may = phaseUp, true
	if n.role() == boundedtls.Client && n.sock != nil {
		n.sock.tcb.SetPoll(0)
	}
	a.entered(n.ref, Connect, StateConnect)
	a.callback(n.ref, Connect, nil, OK)
	if !n.closing && n.tls.Buffered() > 0 {
		n.receiveX()
	}
	n.output()
}

// failedX ends a connection by err: two log lines, the status, and the FIN (axtls.md 1.4).
func (n *node) failedX(err *boundedtls.Error) {
	a := n.api
	if err.Crash {
		a.fatal(n.ref, CauseStoreProhibited, "%s", err.Detail)
		n.abandon()
		return
	}
	if n.phase == phaseUp {
		a.printf("%s's data invalid protocol\n", n.role())
	} else {
		a.printf("%s handshake failed\n", n.role())
	}
	a.printf("Error: %s\n", err.Reason())
	*n.status = err.HSStatus()
	_, status := err.Callback()
	a.env.Observe(Event{Kind: EventFailure, Conn: a.name(n.ref), Err: Err(status), TLSError: err})
	n.close()
}

// Received is a segment's data.
func (x *axConn) Received(t *netstack.TCB, data []byte) {
	x.idle = 0
	n := x.node
	t.Recved(len(data))
	if n.closing || n.tls == nil {
		return
	}
	n.tls.Feed(data)
	switch {
	case n.phase == phaseUp:
		n.receiveX()
	case !n.finishing:
		x.handshake()
	}
}

// receiveX gives each record of application data whole to the recv callback, also an empty one (axtls.md 2.2).
func (n *node) receiveX() {
	a := n.api
	buf := make([]byte, SizeMax+1)
	for !n.closing {
		k, st := n.tls.Read(buf[:SizeMax])
		n.flush()
		if st == boundedtls.Failed {
			n.failedX(n.tls.Err())
			break
		}
		if st != boundedtls.Done {
			break
		}
		block := a.env.Heap().Alloc(uint32(k)+1, "received data") // with a NUL behind it
		if block == 0 {
			n.noMemory()
			break
		}
		n.deliver(buf, k)
		a.env.Heap().Free(block)
	}
	n.output()
}

// Sent counts acknowledged bytes: the end of a server's handshake, the next record, or the sent callback
// (axtls.md 2.3, 5).
func (x *axConn) Sent(_ *netstack.TCB, k int) {
	x.idle = 0
	n := x.node
	n.tx.done += uint64(k)
	if n.closing || n.tls == nil || !n.drained() || n.tx.done < n.tx.end {
		return
	}
	if n.finishing {
		n.establishedX()
		return
	}
	if !n.tx.busy {
		return
	}
	if n.tx.next < len(n.tx.data) {
		n.sendRecordX()
		return
	}
	n.sentX()
}

// PeerClosed is the peer's FIN: the disconnect callback at any moment, without a line (axtls.md 1.4).
func (x *axConn) PeerClosed(*netstack.TCB) {
	if !x.node.closing {
		x.node.close()
	}
}

// Poll counts silence: a server gives a client up after 5 s, a client the handshake after 60 s (axtls.md 1.4).
func (x *axConn) Poll(*netstack.TCB) {
	n := x.node
	if n.closing {
		return
	}
	x.idle++
	switch {
	case n.lst != nil && x.idle >= idlePolls:
		n.diagnoseX(fmt.Sprintf("nothing came from the client for %v", idlePolls*pollServer), "let the client send something at least every 4 s")
		n.close()
	case n.lst == nil && n.phase == phaseHandshake && n.polled >= handshakePolls-1:
		n.diagnoseX(fmt.Sprintf("the handshake was not over after %v", handshakePolls*pollClient), "look whether the server answers, and whether the own flight fits into 2,920 bytes")
		*n.status = int16(NOANSWER)
		n.close()
	default:
		n.polled++
	}
}

// diagnoseX explains an end that the device does not log.
func (n *node) diagnoseX(what, remedy string) {
	n.api.env.Observe(Event{Kind: EventFailure, Conn: n.api.name(n.ref), TLSError: &boundedtls.Error{Text: what, Detail: what,
		Diagnosis: &boundedtls.Diagnosis{What: what, Remedy: remedy}}})
}
