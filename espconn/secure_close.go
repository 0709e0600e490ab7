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
	if sc.phase == phaseHandshake {
		sc.api.endedBy(sc.ref, peerOf(sc.ref.Load()), boundedtls.Cause{ID: CauseClosedEarly}, OK)
	}
	sc.close()
}

// close closes TCP, sets the state and posts the close event.
func (sc *secureConn) close() {
	if t := sc.giveUpTCP(); t != nil {
		sc.driver.closing()
		err := t.Close()
		if err != nil && sc.api.library.onPCB() && sc.api.profile.FlightCut { // the connection stays, without its TLS
			sc.tcb, sc.hollow = t, true
			t.SetHandler(sc)
			return
		}
		if err != nil && !sc.api.profile.CloseStays {
			t.Abort()
			err = nil
		}
		t.Output()
		if err == nil {
			sc.driver.tcpClosed()
		} // else the SDK keeps the socket of a connection that it cannot close, with its memory, for ever
	}
	sc.closing = true
	sc.api.setState(sc.ref, StateClose)
	sc.post(false, OK)
}

// giveUpTCP returns the TCB, which belongs to nobody then, or nil if that was so already. driver.tcpClosed has to follow.
func (sc *secureConn) giveUpTCP() *netstack.TCB {
	t := sc.tcb
	if t != nil {
		sc.tcb = nil
		t.SetHandler(nil)
	}
	return t
}

// abort resets TCP.
func (sc *secureConn) abort() {
	sc.closing = true
	if t := sc.giveUpTCP(); t != nil {
		t.Abort()
		sc.driver.tcpClosed()
	}
}

// abandon removes a connection after a fatal exception that did not stop the program.
func (sc *secureConn) abandon() {
	sc.abort()
	sc.api.unlistSecure(sc)
	sc.free()
	if sc.server != nil && !sc.api.library.sharesEspconn() {
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
	if sc.unread > 0 {
		sc.tell(boundedtls.Cause{ID: CauseDataNeverRead, Have: sc.unread})
	}
	kind := Disconnect
	switch status := *sc.status; {
	case status != 0:
		if !sc.told && !failed {
			a.endedBy(sc.ref, peerOf(sc.ref.Load()), boundedtls.Cause{ID: CauseStaleStatus}, Err(int8(status)))
		}
		kind, e = Reconnect, Err(int8(status)) // truncated as the SDK's sint8 argument (tls.md 3.1)
	case failed:
		kind = Reconnect
	}
	a.unlistSecure(sc)
	sc.free()
	a.trim()
	target := sc.ref
	a.setState(sc.ref, StateClose) // with or without a callback (tls.md 5.6)
	if sc.server != nil {
		target = sc.server.ref
		sc.driver.ended()
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
