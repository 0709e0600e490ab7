package espconn

import (
	"github.com/emu8266/emu8266/espconn/boundedtls"
	"github.com/emu8266/emu8266/netstack"
)

// Connected starts TLS: TCP is up.
func (sc *secureConn) Connected(t *netstack.TCB) {
	if sc.closing {
		return
	}
	sc.phase = phaseHandshake
	if sc.driver.start(t) {
		sc.handshake()
	}
}

// handshake runs TLS until it needs input. Each record goes to TCP before the next is made, as in the SDK.
func (sc *secureConn) handshake() {
	for {
		switch sc.tls.Handshake() {
		case boundedtls.HasOutput:
			sc.flush()
		case boundedtls.Done:
			sc.flush()
			sc.driver.finished()
			return
		case boundedtls.Failed:
			sc.flush()
			sc.failed(sc.tls.Err())
			return
		default:
			sc.output()
			return
		}
	}
}

// established ends the handshake: log line, memory of the handshake, connect callback. Data that came with the last
// handshake bytes is read now, or with the next segment (tls.md 2.7, axtls.md 2.2).
func (sc *secureConn) established() {
	a := sc.api
	sc.finishing = false
	if err := sc.tls.FinishHandshake(); err != nil {
		sc.failed(err)
		return
	}
	a.printRole(sc.role(), " handshake ok!")
	sc.driver.established()
	sc.phase = phaseUp
	a.entered(sc.ref, Connect, StateConnect)
	a.callback(sc.ref, Connect, nil, OK)
	if n := sc.tls.State().Buffered; n > 0 && !sc.closing {
		if a.profile.DataWithFinished {
			sc.unread = n
			sc.tell(boundedtls.Cause{ID: CauseDataWaits, Have: n})
		} else {
			sc.driver.receive()
		}
	}
	sc.output()
}

// tell reports what becomes of the peer's data.
func (sc *secureConn) tell(why boundedtls.Cause) { sc.api.turnedAway(sc.ref, sc.remote(), why) }

// failed ends a connection by err: the log's lines, the status for the callback, TCP's FIN, and the close event
// (tls.md 3.1, 7; axtls.md 1.4).
func (sc *secureConn) failed(err *boundedtls.Error) {
	if err.Crash {
		sc.api.fatal(sc.ref, CauseStoreProhibited, "%s", err.Cause.Object)
		sc.abandon()
		return
	}
	sc.driver.failed(err)
}

// logFailure prints what failed, by the SDK's words for a handshake, which differ a little.
func (sc *secureConn) logFailure(handshake string) {
	if sc.phase == phaseUp {
		sc.api.printRole(sc.role(), "'s data invalid protocol")
	} else {
		sc.api.printRole(sc.role(), " handshake "+handshake)
	}
}

// report keeps the status of a failure for the callback and reports it.
func (sc *secureConn) report(err *boundedtls.Error) {
	*sc.status, sc.told = err.HSStatus(), true
	_, status := err.Callback()
	sc.api.env.Observe(Event{Kind: EventFailure, Conn: sc.api.name(sc.ref), Err: Err(status), TLSError: err})
}

// ends reports why a connection ends that the device does not log.
func (sc *secureConn) ends(id CauseID, object string) {
	why := &boundedtls.Cause{ID: id, Role: sc.role(), Object: object}
	sc.api.env.Observe(Event{Kind: EventFailure, Conn: sc.api.name(sc.ref), TLSError: &boundedtls.Error{Text: why.String(), Cause: why}})
}

// PeerClosed is the peer's FIN.
func (sc *secureConn) PeerClosed(*netstack.TCB) {
	if !sc.closing {
		sc.driver.peerClosed()
	}
}

// Aborted posts the error event: the TCB is gone (tls.md 3.2, rows of TCP).
func (sc *secureConn) Aborted(t *netstack.TCB, err error) {
	if sc.tcb != nil {
		sc.tcb = nil
		sc.driver.tcpClosed()
	}
	sc.closing = true
	status := sc.api.abortStatus(t, err)
	sc.api.ended(sc.ref, t, status)
	sc.post(true, status)
}

// Poll looks at the library's time-outs: a server gives a silent client up, a client the handshake (axtls.md 1.4).
func (sc *secureConn) Poll(*netstack.TCB) {
	if sc.closing {
		return
	}
	sc.silent += sc.poll
	sc.trying += sc.poll
	limits := &sc.api.traits
	switch {
	case sc.server != nil && limits.SilenceTimeout > 0 && sc.silent >= limits.SilenceTimeout:
		sc.ends(CauseClientSilent, limits.SilenceTimeout.String())
		sc.close()
	case sc.server == nil && sc.phase == phaseHandshake && limits.HandshakeTimeout > 0 && sc.trying >= limits.HandshakeTimeout:
		sc.ends(CauseHandshakeTimeout, limits.HandshakeTimeout.String())
		*sc.status = int16(NOANSWER)
		sc.close()
	}
}
