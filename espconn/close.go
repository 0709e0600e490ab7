package espconn

import "github.com/emu8266/emu8266/espconn/boundedtls"

// Disconnect is espconn_disconnect: TCP is closed in order, and the disconnect callback follows from a task, without
// waiting for the peer. ARG for NULL, another type and an espconn without a connection; INPROGRESS for a client that is
// closing already; else OK, also when the FIN finds no room in TCP: then nothing follows (espconn.md 5.4, 4.7).
func (a *API) Disconnect(c Ref) Err {
	const name = "espconn_disconnect"
	return a.call(name, c, "", func() Err {
		if e := a.notTCP(c); e != OK {
			return e
		}
		a.closesUDP(c, name)
		if sc := a.secureOf(c); sc != nil && a.library.onPCB() {
			return sc.closeAsPlain(false)
		}
		if sc := a.secureOf(c); sc != nil && sc.server == nil && sc.ref.Load().State == StateClose {
			return a.because(INPROGRESS, boundedtls.Cause{ID: CauseClosing}) // looked at before the PCB that it has not
		}
		if a.crashesOnSecure(c, CauseStoreProhibited, name) {
			return a.because(ARG, boundedtls.Cause{ID: CauseOnSecure})
		}
		pc := a.plainOf(c)
		if pc == nil {
			return a.unconnected()
		}
		if pc.server == nil && pc.ref.Load().State == StateClose {
			return a.because(INPROGRESS, boundedtls.Cause{ID: CauseClosing})
		}
		pc.close()
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
		if e := a.notTCP(c); e != OK {
			return e
		}
		a.closesUDP(c, name)
		if sc := a.secureOf(c); sc != nil && a.library.onPCB() {
			return sc.closeAsPlain(true)
		}
		if sc := a.secureOf(c); sc != nil && sc.ref.Load().State == StateClose {
			return a.because(INPROGRESS, boundedtls.Cause{ID: CauseClosing})
		}
		if a.crashesOnSecure(c, CauseStoreProhibited, name) {
			return a.because(ARG, boundedtls.Cause{ID: CauseOnSecure})
		}
		pc := a.plainOf(c)
		if pc == nil {
			return a.unconnected()
		}
		if pc.ref.Load().State == StateClose {
			return a.because(INPROGRESS, boundedtls.Cause{ID: CauseClosing})
		}
		if t := pc.tcb; t != nil {
			pc.last = packetOf(t, 0)
			pc.leave()
			t.SetHandler(nil)
			t.Abort()
		}
		a.setState(pc.ref, StateClose)
		pc.post(false, OK)
		return OK
	})
}

// SecureDisconnect is espconn_secure_disconnect: TCP is closed without a close_notify, and the disconnect callback
// follows from a task. ARG for NULL and for an espconn without a connection (a server has none), INPROGRESS when it is
// closing already (manual V2.1 5.7, V1.0 4.8; manual-profile.md #17, tls.md 5.4). The manual V2.1 forbids it inside a callback: its
// profile then carries it out when the callback has returned (manual-profile.md #18).
func (a *API) SecureDisconnect(c Ref) Err {
	return a.call("espconn_secure_disconnect", c, "", func() Err {
		if isNull(c) {
			return a.null(theEspconn)
		}
		sc := a.secureOf(c)
		if sc == nil {
			if pc := a.plainOf(c); pc != nil && a.profile.MixedWorks && a.library.onPCB() {
				pc.closeAsSecure()
				return OK
			} else if pc != nil && a.profile.MixedWorks && pc.ref.Load().State == StateClose {
				return a.because(INPROGRESS, boundedtls.Cause{ID: CauseClosing})
			}
			if a.library.onPCB() {
				a.closesUDP(c, "espconn_secure_disconnect")
			}
			a.secureOnPlain(c, "espconn_secure_disconnect")
			if a.plainOf(c) == nil {
				if a.depth > 0 {
					a.finding(c, RuleDisconnectInCallback, "disconnect inside an espconn callback, of an espconn without a connection")
				}
				a.finding(c, RuleDisconnectTwice, "the espconn has no connection")
				return a.unconnected()
			}
			return a.onPlain(c)
		}
		busy := sc.closing || sc.leaving
		if a.profile.DisconnectByState {
			busy = c.Load().State == StateClose
		}
		if busy && a.profile.DisconnectTwice && sc.closing {
			sc.again++
			sc.post(false, OK)
			return OK
		}
		if busy {
			a.finding(c, RuleDisconnectTwice, "the connection is closing already")
			return a.because(INPROGRESS, boundedtls.Cause{ID: CauseClosing})
		}
		if a.depth > 0 {
			a.finding(c, RuleDisconnectInCallback, "disconnect inside an espconn callback")
			if a.profile.DisconnectLater {
				sc.leaving = true
				a.later = append(a.later, sc)
				return OK
			}
		}
		sc.closeLocally()
		return OK
	})
}
