package espconn

import (
	"net/netip"

	"github.com/emu8266/emu8266/netstack"
)

// secureServer is a secure server.
type secureServer struct {
	api    *API
	ref    Ref
	sock   *socket
	port   uint16
	status int16 // of the last failure (StaleStatus)
	dead   bool  // DeadListener has struck

	record, block, holder uint32 // heap
}

func (a *API) listen(c Ref, port uint16) Err {
	ss := &secureServer{api: a, ref: c, port: port}
	heap := a.env.Heap()
	if ss.record = heap.Alloc(recordBytes, "espconn record"); ss.record == 0 {
		return MEM
	}
	if ss.block = heap.Alloc(a.profile.BlockBytes, "TLS block"); ss.block == 0 {
		ss.free()
		return MEM
	}
	if ss.holder = heap.Alloc(holderBytes, "certificate holder"); ss.holder == 0 {
		ss.free()
		return MEM
	}
	if ss.sock = a.newSocket(); ss.sock == nil {
		ss.free()
		a.printf("Create Socket Failed!\n")
		return MEM
	}
	lst, err := a.env.Stack().Listen(netip.IPv4Unspecified(), port, ss.accept)
	if err != nil {
		ss.free()
		a.printf("Server Bind Port Failed!\n")
		return MEM
	}
	ss.sock.listener = lst
	a.secureServers = append(a.secureServers, ss)
	a.env.Overclock(true)
	a.setState(c, StateListen)
	return OK
}

// free gives the server's memory and socket back.
func (ss *secureServer) free() {
	if ss.sock != nil {
		if ss.sock.listener != nil {
			ss.sock.listener.Close()
		}
		ss.api.freeSocket(ss.sock)
	}
	heap := ss.api.env.Heap()
	heap.Free(ss.holder)
	heap.Free(ss.block)
	heap.Free(ss.record)
}

// clients counts the connections of the server.
func (ss *secureServer) clients() int {
	count := 0
	for _, sc := range ss.api.secureConns {
		if sc.server == ss {
			count++
		}
	}
	return count
}

// accept takes a client, or leaves it without service (tls.md 5.7, manual-profile.md #12). Nil resets it.
func (ss *secureServer) accept(t *netstack.TCB) netstack.Handler {
	a := ss.api
	if ss.dead || ss.clients() > 0 {
		return a.refuse()
	}
	sock := a.newSocket()
	if sock == nil {
		return nil
	}
	sock.tcb = t
	conn := a.env.NewConn()
	if isNull(conn) {
		a.freeSocket(sock)
		return nil
	}
	sc := a.newSecure(conn, ss)
	if sc == nil || !ss.hold() {
		if sc != nil {
			sc.free()
		}
		a.env.FreeConn(conn)
		a.freeSocket(sock)
		return nil
	}
	sc.sock = sock
	conn.CopyPartial(ss.ref)
	remote := t.Remote()
	for _, c := range []Ref{conn, ss.ref} {
		f := c.Load()
		f.RemotePort, f.RemoteIP = int(remote.Port()), remote.Addr().As4()
		c.Store(f)
	}
	a.listSecure(sc)
	return sc
}

// refuse is what becomes of a client that is one too many.
func (a *API) refuse() netstack.Handler {
	if a.profile.SecondRefused {
		return nil
	}
	return orphan{}
}

// hold makes sure that the server has its certificate holder: a handshake that ended well has freed it, and the heap
// is what it was once the connection is gone (oracle/espconn sec/server/ok).
func (ss *secureServer) hold() bool {
	if ss.holder == 0 {
		ss.holder = ss.api.env.Heap().Alloc(holderBytes, "certificate holder")
	}
	return ss.holder != 0
}

// take copies the fields of a connection that ended into the server's espconn and frees the connection's
// (espconn.md 4.4). By the manual profile the server goes on being in LISTEN (manual-profile.md #33).
func (ss *secureServer) take(conn Ref) {
	a := ss.api
	if !a.profile.ListenerClosed {
		f := conn.Load()
		f.State = ss.ref.Load().State
		conn.Store(f)
	}
	ss.ref.CopyPartial(conn)
	a.forget(conn)
	a.env.FreeConn(conn)
	ss.hold()
	if a.profile.DeadListener && ss.sock.num != 0 {
		ss.dead = true
	}
}

// orphan is a client that nobody serves: its bytes are acknowledged and dropped, its FIN is never answered
// (tls.md 5.7).
type orphan struct{}

func (orphan) Connected(*netstack.TCB)               {}
func (orphan) Received(t *netstack.TCB, data []byte) { t.Recved(len(data)) }
func (orphan) Sent(*netstack.TCB, int)               {}
func (orphan) PeerClosed(*netstack.TCB)              {}
func (orphan) Aborted(*netstack.TCB, error)          {}
