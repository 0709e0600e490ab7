package espconn

import (
	"errors"
	"strconv"

	"github.com/emu8266/emu8266/espconn/boundedtls"
	"github.com/emu8266/emu8266/netstack"
)

// secureServer is a secure server. With mbedTLS there is one at most.
type secureServer struct {
	api      *API
	ref      Ref
	port     uint16
	listener *netstack.Listener // nil: its port was taken, and nobody ever comes
	free     func()             // gives its memory back; TCP is closed then
}

// listenSecure makes a server.
func (a *API) listenSecure(c Ref, port uint16) Err {
	ss := &secureServer{api: a, ref: c, port: port}
	if e := a.library.listen(ss); e != OK {
		return e
	}
	a.secureServers = append(a.secureServers, ss)
	a.setState(c, StateListen)
	return OK
}

// portTaken is the refusal of a server that TCP does not let listen.
func (a *API) portTaken(port uint16, err error) Err {
	if !errors.Is(err, netstack.ErrInUse) {
		return a.noMemory()
	}
	return a.because(MEM, boundedtls.Cause{ID: CausePortTaken, Object: strconv.Itoa(int(port))})
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

// isSecure reports whether c belongs to a secure connection or is the espconn of a secure server.
func (a *API) isSecure(c Ref) bool {
	return a.secureOf(c) != nil || a.secureServerOf(c) != nil
}

// listening reports whether there is a secure server.
func (a *API) listening() bool { return len(a.secureServers) > 0 }

// close removes the server, and everything that has its listener's port, without a packet. A listener whose port was taken has none, and
// leaves the other server's connections alone (axtls.md 5).
func (ss *secureServer) close() {
	port := ss.port
	if ss.listener != nil {
		port = ss.listener.Port()
	}
	for _, t := range ss.api.env.Stack().TCBs() {
		if t.Local().Port() == port {
			t.SetHandler(nil)
			t.Remove()
		}
	}
	ss.api.secureServers = without(ss.api.secureServers, ss)
	if ss.listener != nil {
		ss.listener.Close()
	}
	ss.free()
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

// storePeer puts a client's address into an espconn.
func storePeer(c Ref, t *netstack.TCB) {
	f, remote := c.Load(), t.Remote()
	f.RemotePort, f.RemoteIP = int(remote.Port()), remote.Addr().As4()
	c.Store(f)
}

// refuse is what becomes of a client that is one too many, or that comes to a server which is dead.
func (a *API) refuse(c Ref, t *netstack.TCB, dead bool) netstack.Handler {
	why := boundedtls.Cause{ID: CauseClientIgnored}
	switch {
	case dead:
		why.ID = CauseServerDead
	case a.profile.SecondRefused:
		why.ID = CauseOneClient
	}
	a.turnedAway(c, t.Remote(), why)
	if a.profile.SecondRefused {
		return nil
	}
	return orphan{}
}

// orphan is a client that nobody serves: its bytes are acknowledged and dropped, its FIN is never answered
// (tls.md 5.7).
type orphan struct{}

func (orphan) Connected(*netstack.TCB)               {}
func (orphan) Received(t *netstack.TCB, data []byte) { t.Recved(len(data)) }
func (orphan) Sent(*netstack.TCB, int)               {}
func (orphan) PeerClosed(*netstack.TCB)              {}
func (orphan) Aborted(*netstack.TCB, error)          {}
