package espconn

import (
	"net/netip"

	"github.com/emu8266/emu8266/netstack"
)

// Figures of plain connections.
const (
	prioPlain   = 26 // ETS priority of the plain events (espconn.md 1.3)
	infoMax     = 15 // entries of the connection-info array (espconn.md 1.3)
	sendRecord  = 24 // bytes of the record of one send (measured: oracle/espconn client/ok)
	idleDefault = 10 // seconds until a server closes a silent connection (espconn.md 5.2)
	queueMax    = 8  // segments of TCP's send queue (espconn.md 1.3)
)

// Option is a set of espconn_option bits (espconn.md 1.2).
type Option = uint8

// The options of SetOpt and ClearOpt (espconn.md 5.15).
const (
	REUSEADDR  Option = 0x01
	NODELAY    Option = 0x02
	COPY       Option = 0x04
	KEEPALIVE  Option = 0x08
	MANUALRECV Option = 0x10
)

// link is the SDK's private record of a plain TCP connection. It is the netstack.Handler of its TCB.
type link struct {
	api  *API
	ref  Ref     // the client's espconn, or the one made for an accepted connection
	srv  *server // nil for a client
	tcb  *netstack.TCB
	peer netip.AddrPort
	port uint16 // local, the one that TCP took

	record  uint32 // heap
	listed  bool   // in the API's active list
	closing bool   // its disconnect or reconnect callback is being made (MANUALRECV keeps it listed)
	freedAt int    // 1 + the API's count of connections when the PCB of a connection without TCP was freed, 0: it was not

	options Option
	keep    [3]int32 // keepalive: idle s, interval s, count

	ready      bool        // a send is allowed: connected, and with COPY the send before is handed over
	most       int         // sends that may be outstanding
	sends      []*outgoing // oldest first
	sentLength uint16      // of the send whose sent callback came last

	held      bool  // the window is not reopened
	heldBytes int   // received meanwhile
	ring      *ring // nil until it is needed
	manual    bool  // MANUALRECV was set when the connect callback returned

	idle      uint32 // seconds of silence, on servers
	idleLimit uint32 // of this connection, 0: the server's
}

// newLink makes the record of a connection. Nil: no memory.
func (a *API) newLink(c Ref, s *server) *link {
	a.begun++
	l := &link{api: a, ref: c, srv: s, most: 1, keep: [3]int32{120, 10, 9}}
	if l.record = a.env.Heap().Alloc(nodeBytes, "espconn node"); l.record == 0 {
		return nil
	}
	return l
}

func (a *API) listLink(l *link) {
	l.listed = true
	a.links = append(a.links, l)
}

func (a *API) unlistLink(l *link) {
	l.listed = false
	for i, m := range a.links {
		if m == l {
			a.links = append(a.links[:i], a.links[i+1:]...)
			return
		}
	}
}

// free gives the memory of l back.
func (l *link) free() {
	l.dropSends()
	if l.ring != nil {
		l.ring.free(l.api)
		l.ring = nil
	}
	l.api.env.Heap().Free(l.record)
	l.record = 0
}

// link finds the plain TCP connection that c addresses: the one whose espconn it is, or, for a server's espconn with a
// remote address, the connection with that peer (espconn.md 4.10). Nil: none.
func (a *API) link(c Ref) *link {
	id := c.ID()
	for _, l := range a.links {
		if l.ref.ID() == id {
			return l
		}
	}
	if a.server0(c) == nil {
		return nil
	}
	f := c.Load()
	if !f.HasProto || f.RemoteIP == [4]byte{} || f.RemotePort == 0 {
		return nil
	}
	peer := netip.AddrPortFrom(netip.AddrFrom4(f.RemoteIP), uint16(f.RemotePort))
	for _, l := range a.links {
		if l.peer == peer {
			return l
		}
	}
	return nil
}

// activeTCP counts the active TCP connections, plain and secure.
func (a *API) activeTCP() int { return len(a.links) + len(a.nodes) }

// portActive reports whether an active TCP connection's espconn has this local port. 0 equals 0 (espconn.md 5.1).
func (a *API) portActive(port int) bool {
	for _, l := range a.links {
		if l.ref.Load().LocalPort == port {
			return true
		}
	}
	for _, n := range a.nodes {
		if n.ref.Load().LocalPort == port {
			return true
		}
	}
	return false
}
