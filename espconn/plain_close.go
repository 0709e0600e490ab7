package espconn

import (
	"errors"
	"slices"

	"github.com/emu8266/emu8266/espconn/boundedtls"
	"github.com/emu8266/emu8266/netstack"
)

// close closes TCP as the firmware wants it.
func (pc *plainConn) close() { pc.closeBecause(boundedtls.Cause{}) }

// closeBecause closes TCP. When the FIN finds no room nothing else happens, and the connection answers further data by a reset
// (espconn.md 4.7). Without an ID in why the firmware has asked for it.
func (pc *plainConn) closeBecause(why boundedtls.Cause) {
	if t := pc.tcb; t != nil {
		silent := t.State() == netstack.StateSynSent
		pc.last = packetOf(t, 0)
		if t.Close() != nil {
			pc.tell(boundedtls.Cause{ID: CauseFINNoRoom, Have: t.SendQueue(), Limit: queueMax})
			return
		}
		if silent {
			pc.freedAt = 1 + pc.api.begun
		}
		t.SetHandler(nil)
		pc.leave()
	} else if t := pc.left; t != nil && errors.Is(t.Close(), netstack.ErrListed) {
		pc.endless = true
	}
	pc.api.setState(pc.ref, StateClose)
	if why.ID != "" {
		pc.api.endedBy(pc.ref, pc.peer, why, OK)
	}
	pc.post(false, OK)
}

// tell reports why the firmware or the peer does not get what it waits for, while the connection goes on.
func (pc *plainConn) tell(why boundedtls.Cause) { pc.api.turnedAway(pc.ref, pc.peer, why) }

// PeerClosed is the peer's FIN: the connection is closed from here, too. As with data, a connection with MANUALRECV or without recv
// callback takes its ring first (measured: oracle/espconn server/callbacks-on-copy; SDK 3.0.6, linked library).
func (pc *plainConn) PeerClosed(*netstack.TCB) {
	if pc.ring == nil && (pc.manual || !pc.ref.Load().Registered.Has(Recv)) {
		pc.newRing()
	}
	pc.closeBecause(boundedtls.Cause{ID: CausePeerClosed})
}

// post queues the close or error event.
func (pc *plainConn) post(failed bool, e Err) {
	pc.api.env.Post(prioPlain, func() { pc.ended(failed, e) })
}

// ended is the event: closing TCBs are trimmed, unsent data is dropped, the callback is made, the record is freed. A
// second event of the same connection is ignored (espconn.md 4.1, 4.5, 4.7).
func (pc *plainConn) ended(failed bool, e Err) {
	if !pc.listed || pc.closing {
		return
	}
	a := pc.api
	if pc.endless {
		a.fatal(pc.ref, CauseSoftWatchdog, "espconn_disconnect twice with unread data: the list of connections in TIME_WAIT has no end")
		return
	}
	a.trim()
	pc.dropSends()
	if pc.options.set&REUSEADDR != 0 && !failed && pc.current() {
		pc.dropTimeWait()
	}
	pc.closing = true
	if !pc.options.manual(pc.api.profile) {
		a.unlistPlain(pc)
	}
	target := pc.ref
	if pc.server != nil {
		target = pc.server.ref
		target.CopyPartial(pc.ref)
	}
	kind := Disconnect
	if failed {
		kind = Reconnect
	}
	a.packets[kind] = pc.packet
	// Choice: of what may have taken a freed PCB's memory only connections count.
	damaged := a.profile.DanglingPCB && pc.freedAt > 0 && pc.freedAt != 1+a.begun
	a.callback(target, kind, nil, e)
	if damaged {
		a.fatal(pc.ref, CauseStoreProhibited, "espconn_disconnect came before TCP was up, and a connection was begun before its callback: "+
			"the SDK writes into the freed PCB, where that one is now")
	}
	a.unlistPlain(pc)
	pc.free()
	if pc.server != nil {
		a.forget(pc.ref)
		a.env.FreeConn(pc.ref)
	}
}

// leave gives the TCB up.
func (pc *plainConn) leave() {
	pc.port = pc.tcb.Local().Port()
	pc.left, pc.tcb = pc.tcb, nil
}

// current tells whether a TCB is there for the connection, its own or, of a server's client, another one with the same peer
// (espconn_find_current_pcb): after an abort there is none.
func (pc *plainConn) current() bool {
	return slices.ContainsFunc(pc.api.env.Stack().TCBs(), func(t *netstack.TCB) bool {
		return t.Remote() == pc.peer && (pc.server != nil || t.Local().Port() == pc.port)
	})
}

// dropTimeWait is REUSEADDR: what waits in TIME_WAIT with the connection's local port goes: the port that TCP used, which
// may not be that of the espconn (espconn.md 5.15; oracle/espconn client/reuseaddr).
func (pc *plainConn) dropTimeWait() {
	for _, t := range pc.api.env.Stack().TCBs() {
		if t.State() == netstack.StateTimeWait && t.Local().Port() == pc.port {
			t.Remove()
		}
	}
}
