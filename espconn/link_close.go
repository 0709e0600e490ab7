package espconn

import "github.com/emu8266/emu8266/netstack"

// Disconnect is espconn_disconnect: TCP is closed in order, and the disconnect callback follows from a task, without
// waiting for the peer. ARG for NULL, another type and an espconn without a connection; INPROGRESS for a client that is
// closing already; else OK, also when the FIN finds no room in TCP: then nothing follows (espconn.md 5.4, 4.7).
func (a *API) Disconnect(c Ref) Err {
	const name = "espconn_disconnect"
	return a.call(name, c, "", func() Err {
		if isNull(c) || c.Load().Type != TypeTCP {
			return ARG
		}
		if a.mixed(c, name, true) {
			return ARG
		}
		l := a.link(c)
		if l == nil {
			return ARG
		}
		if l.srv == nil && l.ref.Load().State == StateClose {
			return INPROGRESS
		}
		l.close()
		return OK
	})
}

// Abort is espconn_abort: TCP is reset at once, and the disconnect callback follows from a task. ARG for NULL, another
// type and an espconn without a connection, INPROGRESS when it is closing already (espconn.md 5.5).
//
// Deviation: inside a callback the chip goes on with the freed connection and sends one frame more; here nothing follows
// the reset (oracle/espconn FINDINGS B6).
func (a *API) Abort(c Ref) Err {
	const name = "espconn_abort"
	return a.call(name, c, "", func() Err {
		if isNull(c) || c.Load().Type != TypeTCP {
			return ARG
		}
		if a.mixed(c, name, true) {
			return ARG
		}
		l := a.link(c)
		if l == nil {
			return ARG
		}
		if l.ref.Load().State == StateClose {
			return INPROGRESS
		}
		if t := l.tcb; t != nil {
			l.leave()
			t.SetHandler(nil)
			t.Abort()
		}
		a.setState(l.ref, StateClose)
		l.post(false, OK)
		return OK
	})
}

// close closes TCP. When the FIN finds no room nothing else happens, and the connection answers further data by a reset
// (espconn.md 4.7).
func (l *link) close() {
	if t := l.tcb; t != nil {
		silent := t.State() == netstack.StateSynSent
		if t.Close() != nil {
			return
		}
		if silent {
			l.freedAt = 1 + l.api.begun
		}
		t.SetHandler(nil)
		l.leave()
	}
	l.api.setState(l.ref, StateClose)
	l.post(false, OK)
}

// PeerClosed is the peer's FIN: the connection is closed from here, too.
func (l *link) PeerClosed(*netstack.TCB) { l.close() }

// post queues the close or error event.
func (l *link) post(failed bool, e Err) {
	l.api.env.Post(prioPlain, func() { l.ended(failed, e) })
}

// ended is the event: closing TCBs are trimmed, unsent data is dropped, the callback is made, the record is freed. A
// second event of the same connection is ignored (espconn.md 4.1, 4.5, 4.7).
func (l *link) ended(failed bool, e Err) {
	if !l.listed || l.closing {
		return
	}
	a := l.api
	a.trim()
	l.dropSends()
	if l.options&REUSEADDR != 0 {
		l.dropTimeWait()
	}
	l.closing = true
	if l.options&MANUALRECV == 0 {
		a.unlistLink(l)
	}
	target := l.ref
	if l.srv != nil {
		target = l.srv.ref
		target.CopyPartial(l.ref)
	}
	kind := Disconnect
	if failed {
		kind = Reconnect
	}
	// Choice: of what may have taken a freed PCB's memory only connections count.
	damaged := a.profile.DanglingPCB && l.freedAt > 0 && l.freedAt != 1+a.begun
	a.callback(target, kind, nil, e)
	if damaged {
		a.fatal(l.ref, CauseStoreProhibited, "espconn_disconnect came before TCP was up, and a connection was begun before its callback: the SDK writes into the freed PCB, where that one is now")
	}
	a.unlistLink(l)
	l.free()
	if l.srv != nil {
		a.forget(l.ref)
		a.env.FreeConn(l.ref)
	}
}

// leave gives the TCB up.
func (l *link) leave() {
	l.port = l.tcb.Local().Port()
	l.tcb = nil
}

// dropTimeWait is REUSEADDR: what waits in TIME_WAIT with the connection's local port goes: the port that TCP used, which
// may not be that of the espconn (espconn.md 5.15; oracle/espconn client/reuseaddr).
func (l *link) dropTimeWait() {
	for _, t := range l.api.env.Stack().TCBs() {
		if t.State() == netstack.StateTimeWait && t.Local().Port() == l.port {
			t.Remove()
		}
	}
}
