package espconn

import (
	"errors"

	"github.com/emu8266/emu8266/espconn/boundedtls"
	"github.com/emu8266/emu8266/netstack"
)

// closeLocally is a disconnect by the firmware, once it may be carried out.
func (sc *secureConn) closeLocally() {
	sc.leaving = false
	if !sc.listed || sc.closing && !sc.api.profile.DisconnectByState {
		return
	}
	sc.close()
}

// close closes TCP, sets the state and posts the close event.
func (sc *secureConn) close() {
	sc.closeTCP()
	sc.closing = true
	sc.api.setState(sc.ref, StateClose)
	sc.post(false, OK)
}

// closeTCP sends the FIN and gives the socket back.
func (sc *secureConn) closeTCP() {
	s := sc.sock
	if s == nil {
		return
	}
	sc.sock = nil
	if t := s.tcb; t != nil {
		t.SetHandler(nil)
		if t.Close() != nil && !sc.api.profile.CloseStays {
			t.Abort()
		}
		t.Output()
	}
	sc.api.freeSocket(s)
}

// abandon removes a connection after a fatal exception that did not stop the program.
func (sc *secureConn) abandon() {
	sc.closing = true
	if s := sc.sock; s != nil {
		sc.sock = nil
		s.tcb.SetHandler(nil)
		s.tcb.Abort()
		sc.api.freeSocket(s)
	}
	sc.api.unlistSecure(sc)
	sc.free()
	if sc.server != nil && sc.api.profile.Engine.Traits().Library != boundedtls.AxTLS {
		sc.api.env.FreeConn(sc.ref)
	}
}

// post queues the close or error event.
func (sc *secureConn) post(failed bool, e Err) {
	sc.api.env.Post(prioTLS, func() { sc.ended(failed, e) })
}

// ended is the event: the connection leaves the list, its memory goes back, and the callback is made. A second event of the
// same one is ignored (tls.md 3.1, 5.6).
func (sc *secureConn) ended(failed bool, e Err) {
	a := sc.api
	if !sc.listed {
		if sc.again > 0 {
			sc.again--
			a.printf("vPortFree 517 line assert fail\n")
			a.callback(sc.ref, Disconnect, nil, OK)
		}
		return
	}
	kind := Disconnect
	switch status := *sc.status; {
	case status != 0:
		kind, e = Reconnect, Err(int8(status)) // truncated as the SDK's sint8 argument (tls.md 3.1)
	case failed:
		kind = Reconnect
	}
	a.unlistSecure(sc)
	sc.free()
	a.trim()
	target := sc.ref
	if failed {
		a.entered(sc.ref, kind, StateClose)
	} else {
		a.setState(sc.ref, StateClose)
	}
	if ss := sc.server; ss != nil {
		target = ss.ref
		if a.profile.Engine.Traits().Library == boundedtls.AxTLS {
			a.setState(ss.ref, StateListen) // Choice: the state after the end was not measured
		} else {
			ss.take(sc.ref)
		}
	}
	a.callback(target, kind, nil, e)
}

// abortStatus is the code of a TCB that the stack gave up, by its last state (tls.md 3.2).
func (a *API) abortStatus(t *netstack.TCB, err error) Err {
	p := a.env.Stack().Profile()
	switch {
	case errors.Is(err, netstack.ErrReset):
		return RST
	case errors.Is(err, netstack.ErrClosed):
		return CLSD
	case t.State() == netstack.StateSynSent && t.Retries() >= p.SYNRetries:
		return CONN
	case t.State() == netstack.StateEstablished && t.Retries() >= p.Retries:
		return TIMEOUT
	}
	return ABRT
}
