package espconn

import (
	"errors"
	"slices"

	"github.com/emu8266/emu8266/netstack"
)

// SecureDisconnect is espconn_secure_disconnect: TCP is closed without a close_notify, and the disconnect callback
// follows from a task. ARG for NULL and for an espconn without a connection (a listener has none), INPROGRESS when it is
// closing already (manual-profile.md #17, tls.md 5.4). The manual forbids it inside a callback: its profile then carries
// it out when the callback has returned (manual-profile.md #18).
func (a *API) SecureDisconnect(c Ref) Err {
	return a.call("espconn_secure_disconnect", c, "", func() Err {
		if isNull(c) {
			return ARG
		}
		n := a.find(c)
		if n == nil {
			a.mixedSecure(c, "espconn_secure_disconnect")
			if a.link(c) == nil {
				a.finding(c, RuleDisconnectTwice, "the espconn has no connection")
			}
			return ARG
		}
		busy := n.closing || n.leaving
		if a.profile.DisconnectByState {
			busy = c.Load().State == StateClose
		}
		if busy && a.profile.DisconnectTwice && n.closing {
			n.again++
			n.post(false, OK)
			return OK
		}
		if busy {
			a.finding(c, RuleDisconnectTwice, "the connection is closing already")
			return INPROGRESS
		}
		if a.depth > 0 {
			a.finding(c, RuleDisconnectInCallback, "disconnect inside an espconn callback")
			if a.profile.DisconnectLater {
				n.leaving = true
				a.later = append(a.later, n)
				return OK
			}
		}
		n.closeLocally()
		return OK
	})
}

// closeLocally is a disconnect by the firmware, once it may be carried out.
func (n *node) closeLocally() {
	n.leaving = false
	if !n.listed || n.closing && !n.api.profile.DisconnectByState {
		return
	}
	n.close()
}

// close closes TCP, sets the state and posts the close event.
func (n *node) close() {
	n.closeTCP()
	n.closing = true
	n.api.setState(n.ref, StateClose)
	n.post(false, OK)
}

// closeTCP sends the FIN and gives the socket back.
func (n *node) closeTCP() {
	s := n.sock
	if s == nil {
		return
	}
	n.sock = nil
	if t := s.tcb; t != nil {
		t.SetHandler(nil)
		if t.Close() != nil && !n.api.profile.CloseStays {
			t.Abort()
		}
		t.Output()
	}
	n.api.freeSocket(s)
}

// abandon removes a connection after a fatal exception that did not stop the program.
func (n *node) abandon() {
	n.closing = true
	if s := n.sock; s != nil {
		n.sock = nil
		s.tcb.SetHandler(nil)
		s.tcb.Abort()
		n.api.freeSocket(s)
	}
	n.api.unlist(n)
	n.free()
	if n.lst != nil && !n.api.profile.Engine.AxTLS {
		n.api.env.FreeConn(n.ref)
	}
}

// post queues the close or error event.
func (n *node) post(failed bool, e Err) {
	n.api.env.Post(prioTLS, func() { n.ended(failed, e) })
}

// ended is the event: the node leaves the list, its memory goes back, and the callback is made. A second event of the
// same node is ignored (tls.md 3.1, 5.6).
func (n *node) ended(failed bool, e Err) {
	a := n.api
	if !n.listed {
		if n.again > 0 {
			n.again--
			a.printf("vPortFree 517 line assert fail\n")
			a.callback(n.ref, Disconnect, nil, OK)
		}
		return
	}
	kind := Disconnect
	switch status := *n.status; {
	case status != 0:
		kind, e = Reconnect, Err(int8(status)) // truncated as the SDK's sint8 argument (tls.md 3.1)
	case failed:
		kind = Reconnect
	}
	a.unlist(n)
	n.free()
	a.trim()
	target := n.ref
	if failed {
		a.entered(n.ref, kind, StateClose)
	} else {
		a.setState(n.ref, StateClose)
	}
	if l := n.lst; l != nil {
		target = l.ref
		if a.profile.Engine.AxTLS {
			a.setState(l.ref, StateListen) // Choice: the state after the end was not measured
		} else {
			l.take(n.ref)
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

// trim is the SDK's trimming of closing connections before a disconnect or reconnect callback: when five are closing or
// five are in TIME_WAIT, the longest unused of each kind is removed without a packet (espconn.md 4.8).
func (a *API) trim() {
	stack := a.env.Stack()
	limit := stack.Profile().MaxConnections
	kinds := [][]netstack.State{
		{netstack.StateTimeWait},
		{netstack.StateFinWait1, netstack.StateFinWait2},
		{netstack.StateLastAck},
	}
	oldest := make([]*netstack.TCB, len(kinds))
	counts := make([]int, len(kinds))
	for _, t := range stack.TCBs() { // the last used come first
		for i, states := range kinds {
			if slices.Contains(states, t.State()) {
				counts[i]++
				if oldest[i] == nil || t.Idle() >= oldest[i].Idle() {
					oldest[i] = t
				}
			}
		}
	}
	if limit <= 0 || counts[0] < limit && counts[1]+counts[2] < limit {
		return
	}
	for _, t := range oldest {
		if t != nil {
			t.Remove()
		}
	}
}
