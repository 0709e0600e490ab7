package espconn

import (
	"errors"
	"time"

	"github.com/emu8266/emu8266/espconn/boundedtls"
	"github.com/emu8266/emu8266/netstack"
)

// plainServer is a plain TCP server.
type plainServer struct {
	api      *API
	ref      Ref
	listener *netstack.Listener // if its port was taken, one whom nobody reaches
	port     uint16
	allow    uint8  // connections it may have
	idle     uint32 // seconds until a silent connection is closed, 0: never
	idleSet  bool   // by RegistTime
	record   uint32 // heap
}

// plainServerOf returns the first plain server of c, nil if c is none.
func (a *API) plainServerOf(c Ref) *plainServer {
	id := c.ID()
	for _, ps := range a.plainServers {
		if ps.ref.ID() == id {
			return ps
		}
	}
	return nil
}

// accept takes a connection whose handshake is done. Nil resets it (espconn.md 5.2).
func (ps *plainServer) accept(t *netstack.TCB) netstack.Handler {
	a := ps.api
	n := a.count(ps.ref)
	f := ps.ref.Load()
	if n == int(ps.allow) {
		a.turnedAway(ps.ref, t.Remote(), boundedtls.Cause{ID: CauseClientsFull, Have: n, Limit: int(ps.allow)})
		return nil
	}
	pc := a.newPlain(nil, ps)
	if pc == nil {
		a.noMemoryFor(ps.ref, t)
		return nil
	}
	conn, err := a.env.NewConn()
	if err != nil {
		a.noMemoryFor(ps.ref, t)
		if a.profile.AcceptCrashes {
			t.Abort()
			if errors.Is(err, ErrNoEspconn) {
				a.fatal(ps.ref, CauseStoreProhibited, "espconn_accept: a client's espconn has no memory, and its state is set")
			}
			a.fatal(ps.ref, CauseLoadProhibited, "espconn_accept: a client's esp_tcp has no memory, and its connection is looked at")
		}
		pc.free()
		return nil
	}
	pc.ref, pc.tcb, pc.peer = conn, t, t.Remote()
	f.RemotePort, f.RemoteIP = int(pc.peer.Port()), pc.peer.Addr().As4()
	ps.ref.Store(f)
	a.setState(ps.ref, StateConnect)
	conn.CopyPartial(ps.ref)
	a.listPlain(pc)
	t.SetPoll(time.Second)
	return pc
}

// clientsOf counts a plain server's connections; those whose last callback is being made do not count.
func (a *API) clientsOf(c Ref) int {
	n, id := 0, c.ID()
	for _, pc := range a.plainConns {
		if pc.server != nil && pc.server.ref.ID() == id && !pc.closing {
			n++
		}
	}
	return n
}

// Poll counts the seconds of silence on a server's connection (espconn.md 5.11).
func (pc *plainConn) Poll(t *netstack.TCB) {
	if pc.server == nil {
		return
	}
	if t.State() != netstack.StateEstablished {
		pc.close()
		return
	}
	pc.idle++
	limit, setBy := pc.idleLimit, "espconn_regist_time of the connection"
	if limit == 0 {
		limit, setBy = pc.server.idle, pc.server.idleSetBy()
	}
	if limit != 0 && pc.idle >= limit {
		pc.idle = 0
		pc.closeBecause(boundedtls.Cause{ID: CauseIdle, Limit: int(limit), Object: setBy})
	}
}

// idleSetBy says where the limit of silence of a server comes from.
func (ps *plainServer) idleSetBy() string {
	if ps.idleSet {
		return "espconn_regist_time of the server"
	}
	return "espconn_accept"
}

// close removes the server, and everything that has the port on which it listens, without a packet: that is 0 when the port was taken
// (espconn.md 5.2, 5.6).
func (ps *plainServer) close() {
	a := ps.api
	const listening = 1 // lwIP's number of LISTEN
	port := ps.listener.Port()
	a.printf("espconn_tcp_delete %d, %d\n", listening, port)
	a.removeTCBs(port)
	ps.listener.Close()
	a.plainServers = without(a.plainServers, ps)
	a.env.Heap().Free(ps.record)
}
