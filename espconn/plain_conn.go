package espconn

import (
	"net/netip"

	"github.com/emu8266/emu8266/netstack"
)

// Figures of plain connections.
const (
	prioPlain   = 26 // ETS priority of the plain events (espconn.md 1.3)
	sendRecord  = 24 // bytes of the record of one send (measured: oracle/espconn client/ok)
	idleDefault = 10 // seconds until a server closes a silent connection (espconn.md 5.2)
	queueMax    = 8  // segments of TCP's send queue (espconn.md 1.3)
)

// plainConn is the SDK's private record (espmsg) of a plain TCP connection. It is the netstack.Handler of its TCB.
type plainConn struct {
	api    *API
	ref    Ref          // the client's espconn, or the one made for an accepted connection
	server *plainServer // nil for a client
	tcb    *netstack.TCB
	peer   netip.AddrPort
	port   uint16 // local, the one that TCP took

	record  uint32        // heap
	listed  bool          // in the API's active list
	closing bool          // its disconnect or reconnect callback is being made (MANUALRECV keeps it listed)
	left    *netstack.TCB // what the firmware has closed or reset
	endless bool          // and a second disconnect has reset again
	freedAt int           // 1 + the API's count of connections when the PCB of a connection without TCP was freed, 0: it was not

	options tcpOptions

	ready  bool        // a send is allowed: connected, and with COPY the send before is handed over
	most   int         // sends that may be outstanding
	sends  []*outgoing // oldest first
	packet Packet      // as espconn_get_packet_info has told it last; SentLength as it is (espconn.md 5.7, 5.14)
	last   Packet      // what the TCB said last

	held      bool  // the window is not reopened
	heldBytes int   // received meanwhile, but for MANUALRECV
	ring      *ring // nil until it is needed
	manual    bool  // MANUALRECV was set when the connect callback returned

	idle      uint32 // seconds of silence, on servers
	idleLimit uint32 // of this connection, 0: the server's
}

// newPlain makes the record of a connection. Nil: no memory.
func (a *API) newPlain(c Ref, ps *plainServer) *plainConn {
	a.begun++
	pc := &plainConn{api: a, ref: c, server: ps, most: 1, options: tcpOptions{keep: keepDefault}}
	if pc.record = a.newRecord(); pc.record == 0 {
		return nil
	}
	return pc
}

func (a *API) listPlain(pc *plainConn) {
	pc.listed = true
	a.plainConns = append(a.plainConns, pc)
}

func (a *API) unlistPlain(pc *plainConn) {
	pc.listed = false
	a.plainConns = without(a.plainConns, pc)
}

func (pc *plainConn) espconn() Ref           { return pc.ref }
func (pc *plainConn) remote() netip.AddrPort { return pc.peer }

func (pc *plainConn) tcpOptions() (*tcpOptions, *netstack.TCB) { return &pc.options, pc.tcb }

// registTime sets the limit of silence of this connection.
func (pc *plainConn) registTime(_ Ref, seconds uint32) Err {
	pc.idleLimit = seconds
	return OK
}

// free gives the memory back.
func (pc *plainConn) free() {
	pc.dropSends()
	if pc.ring != nil {
		pc.ring.free(pc.api)
		pc.ring = nil
	}
	pc.api.env.Heap().Free(pc.record)
	pc.record = 0
}

// plainNamed returns the plain TCP connection whose espconn c is.
func (a *API) plainNamed(c Ref) *plainConn {
	id := c.ID()
	for _, pc := range a.plainConns {
		if pc.ref.ID() == id {
			return pc
		}
	}
	return nil
}

// plainOf finds the plain TCP connection that c addresses: the one whose espconn it is, or, for a server's espconn with a
// remote address, the connection with that peer (espconn.md 4.10). Nil: none.
func (a *API) plainOf(c Ref) *plainConn {
	if pc := a.plainNamed(c); pc != nil {
		return pc
	}
	if a.plainServerOf(c) == nil {
		return nil
	}
	f := c.Load()
	if !f.HasProto || f.RemoteIP == [4]byte{} || f.RemotePort == 0 {
		return nil
	}
	peer := peerOf(f)
	for _, pc := range a.plainConns {
		if pc.peer == peer {
			return pc
		}
	}
	return nil
}
