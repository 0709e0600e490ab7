package espconn

import (
	"github.com/emu8266/emu8266/espconn/boundedtls"
	"github.com/emu8266/emu8266/netstack"
)

// Blocks of the secure layer in bytes, without the allocator's header (tls.md 6).
const (
	nodeBytes    = 108
	holderBytes  = 632 // certificate holder
	netconnBytes = 28
	ringHead     = 16
	ringBytes    = 2920 + 1 // capacity and one, tls.md 2.7
)

// Limits of the secure layer.
const (
	socketCount = 3     // sockets of the TLS layer, listener included (tls.md 5.1)
	heapGate    = 14336 // free heap must exceed the size by this many bytes (tls.md 6.2)
	prioTLS     = 25    // ETS priority of the secure events (espconn.md 1.3)
)

// Library codes that the driver itself produces (tls.md 3.2).
const (
	codeAlloc      = -0x7F00 // any failure of the configuration
	codeNoSocket   = -0x0045 // read or write on a socket that was closed in a callback
	codeTCPRefused = -1      // no room in TCP, no memory for the receive buffer
)

// phase is how far a connection has come.
type phase uint8

const (
	phaseTCP       phase = iota // SYN sent
	phaseHandshake              // TCP is up
	phaseUp                     // the connect callback began
)

// node is the SDK's private record of a connection (espmsg). It is the netstack.Handler of its TCB.
type node struct {
	api  *API
	ref  Ref       // the client's espconn, or the one made for an accepted client
	lst  *listener // nil for a client
	sock *socket   // nil once closed
	tls  *boundedtls.Conn

	phase   phase
	listed  bool // in the API's active list
	closing bool // TCP is closed or gone, an event is posted
	leaving bool // a disconnect waits for the end of the callback
	status  *int16
	own     int16 // where status points without StaleStatus

	record, block, holder uint32 // heap

	tx sending

	// Engine X only.
	ringHead, ringBuf uint32 // heap
	polled            int    // polls since TCP is up
	finishing         bool   // a server's Finished is not acknowledged yet
	may               bool   // a send is allowed
	again             int    // disconnects that came twice
}

// find returns the first node of c, as the SDK searches its active list.
func (a *API) find(c Ref) *node {
	id := c.ID()
	for _, n := range a.nodes {
		if n.ref.ID() == id {
			return n
		}
	}
	return nil
}

// clientNode returns the first client, nil if there is none (manual-profile.md #8).
func (a *API) clientNode() *node {
	for _, n := range a.nodes {
		if n.lst == nil {
			return n
		}
	}
	return nil
}

// secure reports whether c belongs to a secure connection or is the secure listener.
func (a *API) secure(c Ref) bool {
	return a.find(c) != nil || a.listenerOf(c) != nil
}

// listenerOf returns the listener of c, nil if it has none.
func (a *API) listenerOf(c Ref) *listener {
	if a.listener != nil && a.listener.ref.ID() == c.ID() {
		return a.listener
	}
	for _, l := range a.listeners {
		if l.ref.ID() == c.ID() {
			return l
		}
	}
	return nil
}

// listening reports whether there is a secure server.
func (a *API) listening() bool { return a.listener != nil || len(a.listeners) > 0 }

// newNode makes the record of a connection with its blocks in the SDK's order (tls.md 6.1). An accepted client uses its
// listener's TLS block and holder. Nil: no memory.
func (a *API) newNode(c Ref, l *listener) *node {
	n := &node{api: a, ref: c, lst: l}
	n.status = &n.own
	if l != nil && a.profile.StaleStatus {
		n.status = &l.status
	}
	heap := a.env.Heap()
	if n.record = heap.Alloc(nodeBytes, "espconn node"); n.record == 0 {
		return nil
	}
	if l != nil {
		return n
	}
	if n.block = heap.Alloc(a.profile.BlockBytes, "TLS block"); n.block == 0 {
		n.free()
		return nil
	}
	if n.holder = heap.Alloc(holderBytes, "certificate holder"); n.holder == 0 {
		n.free()
		return nil
	}
	return n
}

// free gives the blocks of n back.
func (n *node) free() {
	if n.tls != nil {
		n.tls.Close()
	}
	heap := n.api.env.Heap()
	n.freeBuffer()
	heap.Free(n.holder)
	heap.Free(n.block)
	heap.Free(n.record)
	n.holder, n.block, n.record = 0, 0, 0
}

func (a *API) list(n *node) {
	n.listed = true
	a.nodes = append(a.nodes, n)
}

func (a *API) unlist(n *node) {
	n.listed = false
	for i, m := range a.nodes {
		if m == n {
			a.nodes = append(a.nodes[:i], a.nodes[i+1:]...)
			return
		}
	}
}

// socket is one of the TLS layer's sockets: a netconn and its receive ring, or the listening one.
type socket struct {
	num     int
	tcb     *netstack.TCB
	lst     *netstack.Listener
	netconn uint32 // heap
	ring    uint32
	ringBuf uint32
}

// newSocket takes the lowest free socket and its netconn. Nil: all in use, or no memory.
func (a *API) newSocket() *socket {
	for i := range a.sockets {
		if a.sockets[i] != nil {
			continue
		}
		s := &socket{num: i}
		if s.netconn = a.env.Heap().Alloc(netconnBytes, "netconn"); s.netconn == 0 {
			return nil
		}
		a.sockets[i] = s
		return s
	}
	return nil
}

// newRing takes the receive ring's memory. The engine keeps the bytes; the ring only counts as the device's does.
func (a *API) newRing(s *socket) bool {
	heap := a.env.Heap()
	if s.ring = heap.Alloc(ringHead, "receive ring"); s.ring == 0 {
		return false
	}
	if s.ringBuf = heap.Alloc(ringBytes, "receive ring data"); s.ringBuf == 0 {
		heap.Free(s.ring)
		s.ring = 0
		return false
	}
	return true
}

// noSocket is the number of a connection that needs no socket: engine X sits on TCP itself.
const noSocket = -1

// freeSocket gives the slot and its memory back. TCP is the caller's.
func (a *API) freeSocket(s *socket) {
	heap := a.env.Heap()
	heap.Free(s.ringBuf)
	heap.Free(s.ring)
	heap.Free(s.netconn)
	if s.num != noSocket {
		a.sockets[s.num] = nil
	}
}
