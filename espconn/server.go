package espconn

import (
	"net/netip"
	"time"

	"github.com/emu8266/emu8266/netstack"
)

// server is a plain TCP server.
type server struct {
	api    *API
	ref    Ref
	lst    *netstack.Listener // nil: its port was taken, and nobody ever comes
	port   uint16
	allow  uint8  // connections it may have
	idle   uint32 // seconds until a silent connection is closed, 0: never
	record uint32 // heap
}

// server0 returns the first server of c, nil if c is none.
func (a *API) server0(c Ref) *server {
	id := c.ID()
	for _, s := range a.servers {
		if s.ref.ID() == id {
			return s
		}
	}
	return nil
}

// Accept is espconn_accept: a TCP server on the local port in c, with at most TcpGetMaxCon connections at a time, each
// closed after 10 s of silence. ARG for NULL and another type, ISCONN when an active connection's espconn has the same
// local port, MEM without memory, else OK and state LISTEN. On a port that a server or a connection in TIME_WAIT has the
// result is OK, too, but nobody ever comes (espconn.md 5.2).
func (a *API) Accept(c Ref) Err {
	return a.call("espconn_accept", c, "", func() Err {
		if isNull(c) {
			return ARG
		}
		f := c.Load()
		if f.Type != TypeTCP {
			return ARG
		}
		if !f.HasProto {
			return a.nullProto(c, "espconn_accept")
		}
		if a.portActive(f.LocalPort) {
			return ISCONN
		}
		s := &server{api: a, ref: c, port: uint16(f.LocalPort), allow: a.maxCon(), idle: idleDefault}
		if s.record = a.env.Heap().Alloc(nodeBytes, "espconn node"); s.record == 0 {
			return MEM
		}
		lst, err := a.env.Stack().Listen(netip.IPv4Unspecified(), s.port, s.accept)
		switch err {
		case nil:
			s.lst = lst
		case netstack.ErrMem:
			a.env.Heap().Free(s.record)
			return MEM
		default:
			a.finding(c, RuleDeafServer, "port %d is taken: accept returns 0, but nobody will ever come", s.port)
		}
		a.servers = append(a.servers, s)
		a.setState(c, StateListen)
		return OK
	})
}

// accept takes a connection whose handshake is done. Nil resets it (espconn.md 5.2).
func (s *server) accept(t *netstack.TCB) netstack.Handler {
	a := s.api
	n := a.connections(s.ref)
	f := s.ref.Load()
	f.LinkCnt = uint8(n)
	s.ref.Store(f)
	if n == int(s.allow) {
		return nil
	}
	conn := a.env.NewConn()
	if isNull(conn) {
		return nil
	}
	l := a.newLink(conn, s)
	if l == nil {
		a.env.FreeConn(conn)
		return nil
	}
	l.tcb, l.peer = t, t.Remote()
	f.RemotePort, f.RemoteIP = int(l.peer.Port()), l.peer.Addr().As4()
	s.ref.Store(f)
	a.setState(s.ref, StateConnect)
	conn.CopyPartial(s.ref)
	a.listLink(l)
	t.SetPoll(time.Second)
	return l
}

// connections counts a server's connections; those whose last callback is being made do not count.
func (a *API) connections(c Ref) int {
	n, id := 0, c.ID()
	for _, l := range a.links {
		if l.srv != nil && l.srv.ref.ID() == id && !l.closing {
			n++
		}
	}
	return n
}

// Poll counts the seconds of silence on a server's connection (espconn.md 5.11).
func (l *link) Poll(t *netstack.TCB) {
	if l.srv == nil {
		return
	}
	if t.State() != netstack.StateEstablished {
		l.close()
		return
	}
	l.idle++
	limit := l.idleLimit
	if limit == 0 {
		limit = l.srv.idle
	}
	if limit != 0 && l.idle >= limit {
		l.idle = 0
		l.close()
	}
}

// Delete is espconn_delete: a TCP server or a UDP espconn is gone. ARG for NULL and a UDP espconn that was not created;
// INPROGRESS for a server with connections; else OK, also for a TCP espconn that is no server (espconn.md 5.6,
// oracle/espconn FINDINGS A6).
func (a *API) Delete(c Ref) Err {
	const name = "espconn_delete"
	return a.call(name, c, "", func() Err {
		if isNull(c) {
			return ARG
		}
		if c.Load().Type == TypeUDP {
			u := a.udp(c)
			if u == nil {
				return ARG
			}
			u.close()
			return OK
		}
		if a.secure(c) && a.refused(c, name) {
			return ARG
		}
		n := a.connections(c)
		f := c.Load()
		f.LinkCnt = uint8(n)
		c.Store(f)
		if n > 0 {
			a.finding(c, RuleDeleteConnected, "delete while a client is connected")
			return INPROGRESS
		}
		if s := a.server0(c); s != nil {
			s.close()
		}
		return OK
	})
}

// refused is the manual profiles' answer to a plain call on the secure server.
func (a *API) refused(c Ref, name string) bool {
	a.finding(c, RuleMixed, "%s on a secure espconn", name)
	return !a.profile.MixedWorks
}

// close removes the server, and everything that has its port, without a packet.
func (s *server) close() {
	a := s.api
	const listening = 1 // lwIP's number of LISTEN
	a.printf("espconn_tcp_delete %d, %d\n", listening, s.port)
	a.removeTCBs(s.port)
	if s.lst != nil {
		s.lst.Close()
	}
	for i, o := range a.servers {
		if o == s {
			a.servers = append(a.servers[:i], a.servers[i+1:]...)
			break
		}
	}
	a.env.Heap().Free(s.record)
}
