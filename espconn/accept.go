package espconn

import (
	"net/netip"
	"slices"

	"github.com/emu8266/emu8266/netstack"
)

// listener is the one secure server.
type listener struct {
	api    *API
	ref    Ref
	sock   *socket
	port   uint16
	status int16 // of the last failure (StaleStatus)
	dead   bool  // DeadListener has struck

	record, block, holder uint32 // heap
}

// SecureAccept is espconn_secure_accept: a TLS server on the local port in c. One server with one client at a time.
//
// ManualV21 (manual-profile.md #10): ARG for NULL, another type, and without certificate or key; ISCONN while a server
// exists; MEM for a size over 3,072 with the server's CA on, for a free heap not above size + 14,336, when a block or
// socket is missing and when the port is taken; else OK and state LISTEN. The SDK: tls.md 5.2.
func (a *API) SecureAccept(c Ref) Err {
	return a.call("espconn_secure_accept", c, "", func() Err {
		f, ok := a.tcpOf(c)
		if !ok {
			return ARG
		}
		p := &a.profile
		if !f.HasProto {
			if !p.ConnectNullProto {
				a.fatal(c, CauseLoadProhibited, "espconn_secure_accept: the espconn has no esp_tcp")
			}
			a.finding(c, RuleNotTCP, "the espconn has no esp_tcp")
			return ARG
		}
		if a.listening() {
			a.finding(c, RuleAcceptTwice, "a secure server exists already")
			if p.AcceptAgain != OK {
				return p.AcceptAgain
			}
		}
		if f.Registered.Has(WriteFinish) {
			a.finding(c, RuleWriteFinish, "write_finish on a secure connection is never called")
		}
		if !a.cert.set || !a.key.set {
			a.finding(c, RuleNoCertificate, "accept before espconn_secure_set_default_certificate and _private_key")
			if p.AcceptChecks {
				return ARG
			}
		}
		if a.tooLargeForMutual(c, &a.server, a.server.caOn) {
			return MEM
		}
		if a.server.caOn {
			a.checkBurned(c, "the CA of the server", a.server.caSector)
		}
		if p.AcceptChecks && a.heapShort(a.server.size) {
			return MEM
		}
		if p.Engine.AxTLS {
			return a.listenX(c, uint16(f.LocalPort))
		}
		return a.listen(c, uint16(f.LocalPort))
	})
}

func (a *API) listen(c Ref, port uint16) Err {
	l := &listener{api: a, ref: c, port: port}
	heap := a.env.Heap()
	if l.record = heap.Alloc(nodeBytes, "espconn node"); l.record == 0 {
		return MEM
	}
	if l.block = heap.Alloc(a.profile.BlockBytes, "TLS block"); l.block == 0 {
		l.free()
		return MEM
	}
	if l.holder = heap.Alloc(holderBytes, "certificate holder"); l.holder == 0 {
		l.free()
		return MEM
	}
	if l.sock = a.newSocket(); l.sock == nil {
		l.free()
		a.printf("Create Socket Failed!\n")
		return MEM
	}
	lst, err := a.env.Stack().Listen(netip.IPv4Unspecified(), port, l.accept)
	if err != nil {
		l.free()
		a.printf("Server Bind Port Failed!\n")
		return MEM
	}
	l.sock.lst = lst
	a.listener = l
	a.overclock(true)
	a.setState(c, StateListen)
	return OK
}

// free gives the listener's memory and socket back.
func (l *listener) free() {
	if l.sock != nil {
		if l.sock.lst != nil {
			l.sock.lst.Close()
		}
		l.api.freeSocket(l.sock)
	}
	heap := l.api.env.Heap()
	heap.Free(l.holder)
	heap.Free(l.block)
	heap.Free(l.record)
}

// clients counts the connections of the listener.
func (l *listener) clients() int {
	count := 0
	for _, n := range l.api.nodes {
		if n.lst == l {
			count++
		}
	}
	return count
}

// accept takes a client, or leaves it without service (tls.md 5.7, manual-profile.md #12). Nil resets it.
func (l *listener) accept(t *netstack.TCB) netstack.Handler {
	a := l.api
	if l.dead || l.clients() > 0 {
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
	n := a.newNode(conn, l)
	if n == nil || !l.hold() {
		if n != nil {
			n.free()
		}
		a.env.FreeConn(conn)
		a.freeSocket(sock)
		return nil
	}
	n.sock = sock
	conn.CopyPartial(l.ref)
	remote := t.Remote()
	for _, c := range []Ref{conn, l.ref} {
		f := c.Load()
		f.RemotePort, f.RemoteIP = int(remote.Port()), remote.Addr().As4()
		c.Store(f)
	}
	a.list(n)
	return n
}

// refuse is what becomes of a client that is one too many.
func (a *API) refuse() netstack.Handler {
	if a.profile.SecondRefused {
		return nil
	}
	return orphan{}
}

// hold makes sure that the listener has its certificate holder: a handshake that ended well has freed it, and the heap
// is what it was once the connection is gone (oracle/espconn sec/server/ok).
func (l *listener) hold() bool {
	if l.holder == 0 {
		l.holder = l.api.env.Heap().Alloc(holderBytes, "certificate holder")
	}
	return l.holder != 0
}

// take copies the fields of a connection that ended into the listener's espconn and frees the connection's
// (espconn.md 4.4). By the manual profile the listener goes on being in LISTEN (manual-profile.md #33).
func (l *listener) take(conn Ref) {
	a := l.api
	if !a.profile.ListenerClosed {
		f := conn.Load()
		f.State = l.ref.Load().State
		conn.Store(f)
	}
	l.ref.CopyPartial(conn)
	a.forget(conn)
	a.env.FreeConn(conn)
	l.hold()
	if a.profile.DeadListener && l.sock.num != 0 {
		l.dead = true
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

// SecureDelete is espconn_secure_delete: the server, its certificate and its key are gone. ARG for NULL and for an
// espconn that is not the server; INPROGRESS while a client is connected to it (manual-profile.md #14, tls.md 5.5).
func (a *API) SecureDelete(c Ref) Err {
	return a.call("espconn_secure_delete", c, "", func() Err {
		if isNull(c) {
			return ARG
		}
		l := a.listenerOf(c)
		if l == nil {
			return ARG
		}
		f := c.Load()
		f.LinkCnt = uint8(l.clients())
		c.Store(f)
		if f.LinkCnt != 0 {
			a.finding(c, RuleDeleteConnected, "delete while a client is connected")
			return INPROGRESS
		}
		if !a.cert.set || !a.key.set {
			if a.profile.DeleteCrashes {
				a.fatal(c, CauseLoadProhibited, "espconn_secure_delete without certificate and key")
			}
		}
		for _, t := range a.env.Stack().TCBs() {
			if t.Local().Port() == l.port {
				t.SetHandler(nil)
				t.Remove()
			}
		}
		a.listener = nil
		a.listeners = slices.DeleteFunc(a.listeners, func(other *listener) bool { return other == l })
		l.free()
		a.freeObject(&a.cert)
		a.freeObject(&a.key)
		return OK
	})
}
