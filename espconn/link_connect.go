package espconn

import (
	"errors"
	"net/netip"

	"github.com/emu8266/emu8266/netstack"
)

// Connect is espconn_connect: a TCP connection to the remote address and port in c. On OK the state is WAIT, and the
// connect callback follows, or the disconnect or reconnect callback.
//
// In this order (espconn.md 5.1): ARG for NULL and for another type; ISCONN with as many active TCP connections as
// TcpGetMaxCon; RTE without an address (SDK profiles: a positive station status in mode 3); ISCONN when another active
// connection's espconn has the same local port, 0 included; MEM without memory, which may leave the state at WAIT and the
// connection listed; RTE without a route, with the state at WAIT.
func (a *API) Connect(c Ref) Err {
	return a.call("espconn_connect", c, "", func() Err {
		if isNull(c) {
			return ARG
		}
		f := c.Load()
		if f.Type != TypeTCP {
			return ARG
		}
		if !f.HasProto {
			return a.nullProto(c, "espconn_connect")
		}
		if a.activeTCP() >= int(a.maxCon()) {
			return ISCONN
		}
		if e := a.address(f.RemoteIP); e != OK {
			return e
		}
		if a.portActive(f.LocalPort) {
			return ISCONN
		}
		return a.connectPlain(c, f)
	})
}

// nullProto is a call on an espconn without esp_tcp or esp_udp: the SDK reads through NULL.
func (a *API) nullProto(c Ref, name string) Err {
	if !a.profile.ConnectNullProto {
		a.fatal(c, CauseLoadProhibited, "%s: the espconn has no esp_tcp or esp_udp", name)
	}
	return ARG
}

func (a *API) connectPlain(c Ref, f Fields) Err {
	l := a.newLink(c, nil)
	if l == nil {
		return MEM
	}
	t := a.env.Stack().NewTCB(l)
	if t == nil {
		l.free()
		return MEM
	}
	l.tcb = t
	l.peer = netip.AddrPortFrom(netip.AddrFrom4(f.RemoteIP), uint16(f.RemotePort))
	_ = t.Bind(netip.IPv4Unspecified(), uint16(f.LocalPort)) // a busy port is ignored: TCP then takes another one
	a.setState(c, StateWait)
	switch err := t.Connect(l.peer); {
	case err == nil:
		a.listLink(l)
		return OK
	case errors.Is(err, netstack.ErrMem):
		a.listLink(l) // espconn.md 5.1 row 11: it stays, and nothing will happen to it
		return MEM
	default:
		a.removeTCBs(uint16(f.LocalPort))
		t.Remove()
		l.free()
		return RTE
	}
}

// removeTCBs removes the TCBs with a local port without a packet.
func (a *API) removeTCBs(port uint16) {
	for _, t := range a.env.Stack().TCBs() {
		if t.Local().Port() == port {
			t.Remove()
		}
	}
}

// Connected makes the connect callback. What was set in it takes effect after it (espconn.md 5.1).
func (l *link) Connected(t *netstack.TCB) {
	a := l.api
	l.ready = true
	t.SetNagle(false)
	if l.srv == nil {
		a.setState(l.ref, StateConnect)
	}
	a.callback(l.ref, Connect, nil, OK)
	l.manual = l.options&MANUALRECV != 0
	if l.tcb != nil && l.options&KEEPALIVE != 0 {
		l.keepalive(true)
	}
}

// Aborted posts the error event: the TCB is gone.
func (l *link) Aborted(t *netstack.TCB, err error) {
	l.leave()
	l.api.setState(l.ref, StateClose)
	l.post(true, l.abortStatus(t, err))
}

// abortStatus is the code of a TCB that ended by itself, by its last state (espconn.md 4.6).
func (l *link) abortStatus(t *netstack.TCB, err error) Err {
	switch {
	case errors.Is(err, netstack.ErrReset):
		return RST
	case !errors.Is(err, netstack.ErrAborted):
		return CLSD
	}
	p := l.api.env.Stack().Profile()
	atLimit := func(limit int, code Err) Err {
		if t.Retries() >= limit {
			return code
		}
		return ABRT
	}
	switch t.State() {
	case netstack.StateClosed:
		return CONN
	case netstack.StateSynSent, netstack.StateSynRcvd:
		return atLimit(min(p.SYNRetries, p.Retries), CONN)
	case netstack.StateEstablished:
		return atLimit(p.Retries, TIMEOUT)
	}
	if l.srv == nil {
		switch t.State() {
		case netstack.StateFinWait1:
			return atLimit(p.Retries, CLSD)
		case netstack.StateFinWait2:
			return CLSD
		}
		return OK // the SDK's code has no value for the other states
	}
	if t.State() == netstack.StateCloseWait {
		return atLimit(p.Retries, CLSD)
	}
	return CLSD
}
