package espconn

import (
	"net/netip"

	"github.com/emu8266/emu8266/espconn/boundedtls"
	"github.com/emu8266/emu8266/netstack"
)

// Blocks of the secure layer in bytes, without the allocator's header (tls.md 6).
const (
	recordBytes  = 108
	holderBytes  = 632 // certificate holder
	netconnBytes = 28
	ringHead     = 16
	ringBytes    = 2920 + 1 // capacity and one, tls.md 2.7
)

// HeapGate is how many bytes of heap espconn_secure_connect and _accept want free beyond the size of the TLS buffer
// (tls.md 6.2): with no more than size + HeapGate they return MEM.
const HeapGate = 14336

// Limits of the secure layer.
const (
	socketCount = 3  // sockets of the TLS layer, the listening one included (tls.md 5.1)
	prioTLS     = 25 // ETS priority of the secure events (espconn.md 1.3)
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

// secureConn is the SDK's private record (espmsg) of a secure connection. It is the netstack.Handler of its TCB.
type secureConn struct {
	api    *API
	ref    Ref           // the client's espconn, or the one made for an accepted client
	server *secureServer // nil for a client
	sock   *socket       // nil once closed
	tls    boundedtls.Conn

	phase   phase
	listed  bool // in the API's active list
	closing bool // TCP is closed or gone, an event is posted
	leaving bool // a disconnect waits for the end of the callback
	status  *int16
	own     int16 // where status points without StaleStatus

	record, block, holder uint32 // heap

	tx sending

	// axTLS only.
	ringHead, ringBuf uint32 // heap
	polled            int    // polls since TCP is up
	finishing         bool   // a server's Finished is not acknowledged yet
	may               bool   // a send is allowed
	again             int    // disconnects that came twice
}

// secureOf returns the first secure connection of c, as the SDK searches its active list.
func (a *API) secureOf(c Ref) *secureConn {
	id := c.ID()
	for _, sc := range a.secureConns {
		if sc.ref.ID() == id {
			return sc
		}
	}
	return nil
}

// secureClient returns the first secure client, nil if there is none (manual-profile.md #8).
func (a *API) secureClient() *secureConn {
	for _, sc := range a.secureConns {
		if sc.server == nil {
			return sc
		}
	}
	return nil
}

// isSecure reports whether c belongs to a secure connection or is the espconn of a secure server.
func (a *API) isSecure(c Ref) bool {
	return a.secureOf(c) != nil || a.secureServerOf(c) != nil
}

// secureServerOf returns the first secure server of c, nil if it has none.
func (a *API) secureServerOf(c Ref) *secureServer {
	for _, ss := range a.secureServers {
		if ss.ref.ID() == c.ID() {
			return ss
		}
	}
	return nil
}

// listening reports whether there is a secure server.
func (a *API) listening() bool { return len(a.secureServers) > 0 }

// newNode makes the record of a connection with its blocks in the SDK's order (tls.md 6.1). An accepted client uses its
// server's TLS block and holder. Nil: no memory.
func (a *API) newSecure(c Ref, ss *secureServer) *secureConn {
	sc := &secureConn{api: a, ref: c, server: ss}
	sc.status = &sc.own
	if ss != nil && a.profile.StaleStatus {
		sc.status = &ss.status
	}
	heap := a.env.Heap()
	if sc.record = heap.Alloc(recordBytes, "espconn record"); sc.record == 0 {
		return nil
	}
	if ss != nil {
		return sc
	}
	if sc.block = heap.Alloc(a.profile.BlockBytes, "TLS block"); sc.block == 0 {
		sc.free()
		return nil
	}
	if sc.holder = heap.Alloc(holderBytes, "certificate holder"); sc.holder == 0 {
		sc.free()
		return nil
	}
	return sc
}

// free gives the blocks of n back.
func (sc *secureConn) free() {
	if sc.tls != nil {
		sc.tls.Close()
	}
	heap := sc.api.env.Heap()
	sc.freeBuffer()
	heap.Free(sc.holder)
	heap.Free(sc.block)
	heap.Free(sc.record)
	sc.holder, sc.block, sc.record = 0, 0, 0
}

func (a *API) listSecure(sc *secureConn) {
	sc.listed = true
	a.secureConns = append(a.secureConns, sc)
}

func (a *API) unlistSecure(sc *secureConn) {
	sc.listed = false
	a.secureConns = without(a.secureConns, sc)
}

// connectSecure makes the record and sends the SYN (tls.md 5.1 rows 8 to 10).
func (a *API) connectSecure(c Ref, f Fields) Err {
	sc := a.newSecure(c, nil)
	if sc == nil {
		return MEM
	}
	undo := func(line string) Err {
		if sc.sock != nil {
			if t := sc.sock.tcb; t != nil {
				t.SetHandler(nil)
				t.Remove()
			}
			a.freeSocket(sc.sock)
		}
		sc.free()
		a.printf("%s\n", line)
		return MEM
	}
	if sc.sock = a.newSocket(); sc.sock == nil {
		return undo("Create Socket Failed!")
	}
	t := a.env.Stack().NewTCB(sc)
	if t == nil {
		return undo("Create Socket Failed!")
	}
	sc.sock.tcb = t
	if t.Bind(netip.IPv4Unspecified(), 0) != nil {
		return undo("Client Bind Port Failed!")
	}
	if t.Connect(netip.AddrPortFrom(netip.AddrFrom4(f.RemoteIP), uint16(f.RemotePort))) != nil {
		return undo("Can Not Connect To!")
	}
	a.listSecure(sc)
	a.setState(c, StateWait)
	return OK
}

// Connected starts TLS: TCP is up.
func (sc *secureConn) Connected(*netstack.TCB) {
	if !sc.closing {
		sc.startTLS()
	}
}

// Aborted posts the error event: the TCB is gone (tls.md 3.2, rows of TCP).
func (sc *secureConn) Aborted(t *netstack.TCB, err error) {
	if sc.sock != nil {
		sc.api.freeSocket(sc.sock)
		sc.sock = nil
	}
	sc.closing = true
	status := sc.api.abortStatus(t, err)
	sc.api.ended(sc.ref, t, status)
	sc.post(true, status)
}
