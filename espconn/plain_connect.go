package espconn

import (
	"errors"
	"net/netip"

	"github.com/emu8266/emu8266/espconn/boundedtls"
	"github.com/emu8266/emu8266/netstack"
)

func (a *API) connectPlain(c Ref, f Fields) Err {
	pc := a.newPlain(c, nil)
	if pc == nil {
		return a.noMemory()
	}
	t := a.env.Stack().NewTCB(pc)
	if t == nil {
		pc.free()
		return a.noMemory()
	}
	pc.tcb = t
	pc.peer = netip.AddrPortFrom(netip.AddrFrom4(f.RemoteIP), uint16(f.RemotePort))
	_ = t.Bind(netip.IPv4Unspecified(), uint16(f.LocalPort)) // a busy port is ignored: TCP then takes another one
	a.setState(c, StateWait)
	switch err := t.Connect(pc.peer); {
	case err == nil:
		a.listPlain(pc)
		return OK
	case errors.Is(err, netstack.ErrMem):
		a.listPlain(pc) // espconn.md 5.1 row 11: it stays, and nothing will happen to it
		return a.noMemory()
	default:
		a.removeTCBs(uint16(f.LocalPort))
		t.Remove()
		pc.free()
		return a.because(RTE, boundedtls.Cause{ID: CauseNoRoute, Object: pc.peer.Addr().String()})
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
func (pc *plainConn) Connected(t *netstack.TCB) {
	a := pc.api
	pc.ready = true
	t.SetNagle(false)
	if pc.server == nil {
		a.setState(pc.ref, StateConnect)
	}
	a.callback(pc.ref, Connect, nil, OK)
	pc.manual = pc.options.manual(pc.api.profile)
	if pc.tcb != nil && pc.options.set&KEEPALIVE != 0 {
		pc.options.apply(pc.tcb, true)
	}
}

// Aborted posts the error event: the TCB is gone.
func (pc *plainConn) Aborted(t *netstack.TCB, err error) {
	pc.leave()
	pc.left = nil
	pc.api.setState(pc.ref, StateClose)
	status := pc.abortStatus(t, err)
	pc.api.ended(pc.ref, t, status)
	pc.post(true, status)
}

// abortStatus is the code of a TCB that ended by itself, by its last state (espconn.md 4.6).
func (pc *plainConn) abortStatus(t *netstack.TCB, err error) Err {
	switch {
	case errors.Is(err, netstack.ErrReset):
		return RST
	case !errors.Is(err, netstack.ErrAborted):
		return CLSD
	}
	p := pc.api.env.Stack().Profile()
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
		return atLimit(p.SYNRetries, CONN) // with fewer repeats of data allowed those end it: ABRT (seen with 3.0.6 linked)
	case netstack.StateEstablished:
		return atLimit(p.Retries, TIMEOUT)
	}
	if pc.server == nil {
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
