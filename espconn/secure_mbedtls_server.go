package espconn

import (
	"errors"
	"net/netip"

	"github.com/emu8266/emu8266/espconn/boundedtls"
	"github.com/emu8266/emu8266/netstack"
)

// mbedtlsServer is a secure server with mbedTLS.
type mbedtlsServer struct {
	ss      *secureServer
	library *mbedtlsLibrary
	sock    *socket
	deaf    *netstack.TCB // nil: it listens
	status  int16         // of the last failure (MbedTLS.StaleStatus)
	dead    bool          // MbedTLS.ServerDead has struck

	record, block, holder uint32 // heap
}

// listen takes the same blocks as a client, and a socket that listens (tls.md 5.2).
func (l *mbedtlsLibrary) listen(ss *secureServer) Err {
	a, heap := l.api, l.api.env.Heap()
	ms := &mbedtlsServer{ss: ss, library: l}
	ss.free = ms.free
	ms.record = heap.Alloc(secureRecordBytes, "espconn record")
	ms.block = heap.Alloc(l.rules.BlockBytes, "TLS block") // tried without the first, too: both lines come (seen: 3.0.6, linked library)
	if ms.record == 0 && !a.profile.AcceptCrashes || ms.block == 0 {
		ms.free()
		return a.noMemory()
	}
	if ms.holder = heap.Alloc(holderBytes, "certificate holder"); ms.holder == 0 {
		ms.free()
		return a.noMemory()
	}
	if ms.sock = l.newNetconn(); ms.sock == nil || !l.number(ms.sock) {
		ms.free()
		a.printf(noSocket + "\n")
		return a.noMemory()
	}
	listener, err := a.env.Stack().Listen(netip.IPv4Unspecified(), ss.port, ms.accept)
	switch {
	case err == nil:
		ss.listener = listener
	case errors.Is(err, netstack.ErrBuf) && l.rules.SocketsUnchecked:
		ms.deaf = a.env.Stack().NewTCB(nil) // the PCB that was to become a listener
		_ = ms.deaf.Bind(netip.IPv4Unspecified(), ss.port)
	case errors.Is(err, netstack.ErrInUse):
		ms.free()
		a.printf("Server Bind Port Failed!\n")
		return a.portTaken(ss.port, err)
	default:
		ms.free()
		a.printf(noSocket + "\n")
		return a.noMemory()
	}
	if ms.record == 0 { // nobody has looked
		a.fatal(ss.ref, CauseStoreProhibited, "espconn_secure_accept: the record has no memory, and is written")
	}
	a.env.Overclock(true)
	return OK
}

// free gives the server's memory and socket back.
func (ms *mbedtlsServer) free() {
	if ms.deaf != nil {
		ms.deaf.Remove()
	}
	if ms.sock != nil {
		ms.library.freeSocket(ms.sock)
	}
	heap := ms.ss.api.env.Heap()
	heap.Free(ms.holder)
	heap.Free(ms.block)
	heap.Free(ms.record)
}

// accept takes a client, or leaves it without service (tls.md 5.7, manual-profile.md #12). Nil resets it.
func (ms *mbedtlsServer) accept(t *netstack.TCB) netstack.Handler {
	a := ms.ss.api
	sock := ms.library.newNetconn()
	if sock == nil {
		a.noMemoryFor(ms.ss.ref, t)
		return nil
	}
	sock.newRing(a.env.Heap())                                     // without memory for it the handshake fails
	if ms.dead || ms.ss.clients() > 0 || a.count(ms.ss.ref) == 1 { // a UDP port of the same espconn counts, too (espconn.md 5.13)
		h := a.refuse(ms.ss.ref, t, ms.dead)
		if h == nil {
			ms.library.freeSocket(sock)
		}
		return h // the SDK never frees the netconn and the ring of one that it leaves without service
	}
	if !ms.library.number(sock) {
		a.turnedAway(ms.ss.ref, t.Remote(), boundedtls.Cause{ID: CauseClientSockets, Limit: socketCount})
		ms.library.freeSocket(sock)
		return nil
	}
	c, err := a.env.NewConn()
	if err != nil || !ms.hold() {
		if err == nil {
			a.env.FreeConn(c)
		}
		ms.library.freeSocket(sock)
		a.noMemoryFor(ms.ss.ref, t)
		return nil
	}
	sc := &secureConn{api: a, ref: c, server: ms.ss} // the server's record is its client's
	sc.status = &sc.own
	sc.tcb = t
	sc.driver = &mbedtlsDriver{sc: sc, library: ms.library, server: ms, sock: sock}
	if ms.library.rules.StaleStatus {
		sc.status = &ms.status
	}
	c.CopyPartial(ms.ss.ref)
	storePeer(c, t)
	storePeer(ms.ss.ref, t)
	a.listSecure(sc)
	return sc
}

// hold makes sure that the server has its certificate holder: a handshake that ended well has freed it, and the heap
// is what it was once the connection is gone (oracle/espconn sec/server/ok).
func (ms *mbedtlsServer) hold() bool {
	if ms.holder == 0 {
		ms.holder = ms.ss.api.env.Heap().Alloc(holderBytes, "certificate holder")
	}
	return ms.holder != 0
}

// take copies the fields of a connection that ended into the server's espconn and frees the connection's
// (espconn.md 4.4). By the manual profile the server goes on being in LISTEN (manual-profile.md #33).
func (ms *mbedtlsServer) take(c Ref) {
	a := ms.ss.api
	if !ms.library.rules.ServerClosed {
		f := c.Load()
		f.State = ms.ss.ref.Load().State
		c.Store(f)
	}
	ms.hold()
	ms.ss.ref.CopyPartial(c)
	a.forget(c)
	a.env.FreeConn(c)
	if ms.library.rules.ServerDead && ms.sock.num != 0 {
		ms.dead = true
	}
}
