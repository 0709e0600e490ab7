package espconn

import "github.com/emu8266/emu8266/netstack"

// Received is a segment's data: it opens the window again, and TLS reads it (tls.md 2.7).
func (sc *secureConn) Received(t *netstack.TCB, data []byte) {
	sc.silent, sc.unread = 0, 0
	if sc.tls == nil && !sc.api.library.onPCB() {
		return // without a receive ring the data is dropped, and the window stays as it is (lwip.md 16)
	}
	t.Recved(len(data))
	if sc.closing || sc.failing || sc.tls == nil {
		return
	}
	if !sc.driver.feed(data) {
		return
	}
	switch {
	case sc.phase == phaseUp:
		sc.driver.receive()
	case !sc.finishing:
		sc.handshake()
	}
}

// deliver makes one recv callback with the k bytes in buf.
func (sc *secureConn) deliver(buf []byte, k int) {
	a := sc.api
	buf[k] = 0
	a.entered(sc.ref, Recv, StateRead)
	lent := buf[: k : k+1]
	a.callback(sc.ref, Recv, lent, OK)
	spoil(lent)
	if !sc.closing && (sc.up() || !a.library.onPCB()) {
		a.entered(sc.ref, Recv, StateConnect)
	}
}

// up tells whether TCP has seen no FIN.
func (sc *secureConn) up() bool { return sc.tcb != nil && sc.tcb.State() == netstack.StateEstablished }
