package espconn

import (
	"net/netip"
	"time"

	"github.com/emu8266/emu8266/espconn/boundedtls"
	"github.com/emu8266/emu8266/netstack"
)

// HeapGate is how many bytes of heap espconn_secure_connect and _accept want free beyond the size of the TLS buffer
// (tls.md 6.2): with no more than size + HeapGate they return MEM, by ManualV21 with less than that (Profile.GateAtLeast). With
// the greatest size it is the manual's 22 KB (V2.1 3.2).
const HeapGate = 14336

// Figures of the secure layer.
const (
	prioTLS   = 25       // ETS priority of the secure events (espconn.md 1.3)
	ringHead  = 16       // bytes of a receive ring's head, without the allocator's header (tls.md 6)
	ringBytes = 2920 + 1 // of its data: capacity and one (tls.md 2.7)
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
	ref    Ref           // the client's espconn, or that of an accepted connection
	server *secureServer // nil for a client
	tcb    *netstack.TCB // nil once closed
	tls    boundedtls.Conn
	driver driver

	phase     phase
	listed    bool // in the API's active list
	closing   bool // TCP is closed or gone, an event is posted
	failing   bool // TLS has failed, and a task will close (axtls.md 1.4)
	leaving   bool // a disconnect waits for the end of the callback
	held      bool // espconn_recv_hold was called, which means nothing here
	finishing bool // the handshake is over when TCP has acknowledged what was sent
	again     int  // disconnects that came twice (Profile.DisconnectTwice)
	status    *int16
	own       int16 // where status points without Profile.StaleStatus
	told      bool  // this connection has reported a status of its own

	record  uint32 // heap
	packet  Packet // as espconn_get_packet_info has told it last
	tx      sending
	options tcpOptions

	poll   time.Duration // period in which the time-outs of the library are looked at
	silent time.Duration // since the last segment of the peer, or since TCP is up
	unread int           // bytes that came with the end of the handshake, until the next segment (tls.md 2.7)
	trying time.Duration // since TCP is up
}

// secureOf returns the secure connection of c, nil if it has none. As the SDK searches its active list, an older plain use of the same
// espconn hides it (espconn.md 4.10).
func (a *API) secureOf(c Ref) *secureConn {
	if a.plainNamed(c) != nil || a.udpOf(c) != nil {
		return nil
	}
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

// isUp reports whether a secure connection has come past TCP's handshake, a client's or an accepted one (axtls.md 5).
func (a *API) isUp() bool {
	for _, sc := range a.secureConns {
		if sc.phase >= phaseHandshake && !sc.closing {
			return true
		}
	}
	return false
}

// newSecure makes the record of a connection, of so many bytes. Nil: no memory.
func (a *API) newSecure(c Ref, ss *secureServer, bytes uint32) *secureConn {
	sc := &secureConn{api: a, ref: c, server: ss, options: tcpOptions{keep: keepDefault}}
	sc.status = &sc.own
	if sc.record = a.env.Heap().Alloc(bytes, "espconn record"); sc.record == 0 {
		return nil
	}
	return sc
}

// free gives the blocks of the connection back.
func (sc *secureConn) free() {
	if sc.tls != nil {
		sc.tls.Close()
	}
	sc.driver.free()
	sc.api.env.Heap().Free(sc.record)
	sc.record = 0
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
	sc := a.library.open(c)
	if sc == nil {
		return a.noMemory()
	}
	if line := sc.dial(f); line != "" && (sc.tcb == nil || !a.library.ignoresSYN()) {
		if t := sc.tcb; t != nil {
			t.SetHandler(nil)
			t.Remove()
		}
		sc.driver.tcpClosed()
		sc.free()
		a.library.dialFailed(line)
		return a.noMemory()
	}
	a.listSecure(sc)
	a.setState(c, StateWait)
	return OK
}

// dial sends the SYN. The result is what the SDK prints when it cannot, "" when it was sent.
func (sc *secureConn) dial(f Fields) string {
	if sc.tcb = sc.api.env.Stack().NewTCB(sc); sc.tcb == nil {
		return noSocket
	}
	if line := sc.driver.bound(); line != "" {
		return line
	}
	if sc.api.library.onPCB() {
		_ = sc.tcb.Bind(netip.IPv4Unspecified(), uint16(f.LocalPort)) // a busy port is ignored: TCP then takes another one (axtls.md 5)
	} else if sc.tcb.Bind(netip.IPv4Unspecified(), 0) != nil {
		sc.api.because(MEM, boundedtls.Cause{ID: CauseNoSYN})
		return "Client Bind Port Failed!"
	}
	if sc.tcb.Connect(peerOf(f)) != nil {
		sc.api.because(MEM, boundedtls.Cause{ID: CauseNoSYN})
		return "Can Not Connect To!"
	}
	return ""
}

func (sc *secureConn) role() boundedtls.Role {
	if sc.server != nil {
		return boundedtls.Server
	}
	return boundedtls.Client
}

// config is what the TLS library is told of the device.
func (sc *secureConn) config() boundedtls.Config {
	a, r := sc.api, sc.api.role(sc.role())
	size := int(r.size)
	c := boundedtls.Config{
		Role:   sc.role(),
		Size:   func() int { return size },
		Verify: r.caOn,
		Rand:   a.env.Rand(),
		Heap:   a.env.Heap(),
		Spend:  a.env.Spend,
		KeyLog: a.env.KeyLog(),
		Now:    a.env.WallClock,
		Print:  func(line string) { a.printf("%s\n", line) },
		Observe: func(e boundedtls.Event) {
			if e.Kind == boundedtls.EventWeak {
				a.finding(sc.ref, RuleTrivialDH, "%s is not between 2 and P-2", e.Name)
				return
			}
			a.env.Observe(Event{Kind: EventTLS, Conn: a.name(sc.ref), TLS: e})
		},
	}
	if a.profile.SizeLive {
		c.Size = func() int { return int(r.size) }
	}
	return c
}
