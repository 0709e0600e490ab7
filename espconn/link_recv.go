package espconn

import (
	"fmt"

	"github.com/emu8266/emu8266/netstack"
)

// ring keeps received data until espconn_recv fetches it: with MANUALRECV, or when no recv callback is registered
// (espconn.md 5.16).
type ring struct {
	data       []byte
	head, body uint32 // heap
}

// newRing takes the ring's memory: its head and room for one receive window.
func (l *link) newRing() bool {
	heap := l.api.env.Heap()
	r := &ring{}
	if r.head = heap.Alloc(ringHead, "receive ring"); r.head == 0 {
		return false
	}
	if r.body = heap.Alloc(uint32(l.api.env.Stack().Profile().Window)+1, "receive ring data"); r.body == 0 {
		heap.Free(r.head)
		return false
	}
	l.ring = r
	return true
}

func (r *ring) free(a *API) {
	a.env.Heap().Free(r.body)
	a.env.Heap().Free(r.head)
}

// Received gives a segment's data to the firmware (espconn.md 5.16).
func (l *link) Received(t *netstack.TCB, data []byte) {
	registered := l.ref.Load().Registered.Has(Recv)
	switch {
	case l.manual:
		l.idle = 0
		if !l.keepData(t, data) || !registered {
			return
		}
		l.available(t)
	case !registered:
		if l.keepData(t, data) {
			l.held = true
		}
	default:
		l.idle = 0
		if l.held {
			l.heldBytes += len(data)
		} else {
			t.Recved(len(data))
		}
		l.deliver(t, data)
	}
}

// keepData puts data into the ring; without memory for the ring TCP offers it again.
func (l *link) keepData(t *netstack.TCB, data []byte) bool {
	if l.ring == nil && !l.newRing() {
		t.Refuse()
		return false
	}
	l.ring.data = append(l.ring.data, data...) // never more than the window
	return true
}

// deliver makes one recv callback with a copy of data and a NUL behind it. Choice: without memory for the copy nothing is
// delivered; on the device that case is not handled.
func (l *link) deliver(t *netstack.TCB, data []byte) {
	a := l.api
	block := a.env.Heap().Alloc(uint32(len(data))+1, "receive buffer")
	if block == 0 {
		return
	}
	buf := append(make([]byte, 0, len(data)+1), data...)
	a.setState(l.ref, StateRead)
	a.callback(l.ref, Recv, buf, OK)
	spoil(buf)
	a.env.Heap().Free(block)
	l.read(t)
}

// spoil overwrites a lent buffer, its NUL included.
func spoil(buf []byte) {
	buf = buf[:cap(buf)]
	for i := range buf {
		buf[i] = poison
	}
}

// read ends a recv callback: the state is CONNECT again if TCP is up.
func (l *link) read(t *netstack.TCB) {
	if t.State() == netstack.StateEstablished {
		l.api.setState(l.ref, StateConnect)
	}
}

// available is the recv callback of MANUALRECV: NULL data and the number of bytes that wait.
func (l *link) available(t *netstack.TCB) {
	a := l.api
	a.setState(l.ref, StateRead)
	a.callbackAvailable(l.ref, len(l.ring.data))
	l.read(t)
}

// callbackAvailable makes the recv callback with nil data. A Ref that can say how much there is has the method
// CallAvailable(n int).
func (a *API) callbackAvailable(c Ref, n int) {
	conn := a.name(c)
	a.env.Observe(Event{Kind: EventCallback, Conn: conn, Callback: Recv, Length: n})
	a.depth++
	if r, ok := c.(interface{ CallAvailable(n int) }); ok {
		r.CallAvailable(n)
	} else {
		c.Call(Recv, nil, OK)
	}
	a.depth--
	a.env.Observe(Event{Kind: EventCallbackDone, Conn: conn, Callback: Recv})
	a.runLater()
}

// RecvHold is espconn_recv_hold: data goes on coming, but the window is not reopened, so that the peer stops after at
// most 5,840 bytes. ARG for NULL and an espconn without a connection (espconn.md 5.16).
func (a *API) RecvHold(c Ref) Err {
	const name = "espconn_recv_hold"
	return a.call(name, c, "", func() Err {
		if !isNull(c) {
			if a.udp(c) != nil {
				return OK
			}
			if a.find(c) != nil {
				if a.mixed(c, name, false) {
					return ARG
				}
				return OK
			}
			if l := a.link(c); l != nil {
				l.held = true
				return OK
			}
		}
		a.printf("RecvHold, By pespconn,find conn_msg fail\n")
		return ARG
	})
}

// RecvUnhold is espconn_recv_unhold: what was received since RecvHold is given back to the window. Results as RecvHold.
func (a *API) RecvUnhold(c Ref) Err {
	const name = "espconn_recv_unhold"
	return a.call(name, c, "", func() Err {
		if !isNull(c) {
			if a.udp(c) != nil {
				return OK
			}
			if a.mixed(c, name, true) {
				return ARG
			}
			if l := a.link(c); l != nil {
				l.unhold()
				return OK
			}
		}
		a.printf("RecvHold, By pespconn,find conn_msg fail\n")
		return ARG
	})
}

func (l *link) unhold() {
	if !l.held {
		return
	}
	l.held = false
	n := l.heldBytes
	l.heldBytes = 0
	if l.tcb != nil {
		l.tcb.Recved(n)
	}
}

// RecvedLen is espconn_recved_len: the bytes that wait for Recv. ARG for NULL, another type, and an espconn without a
// connection (espconn.md 5.16).
func (a *API) RecvedLen(c Ref) int16 {
	const name = "espconn_recved_len"
	return a.callInt(name, c, "", func() int16 {
		if isNull(c) || c.Load().Type != TypeTCP {
			return int16(ARG)
		}
		if a.find(c) != nil {
			if a.mixed(c, name, false) {
				return int16(ARG)
			}
			return 0
		}
		l := a.link(c)
		switch {
		case l == nil:
			return int16(ARG)
		case l.ring == nil:
			return 0
		}
		return int16(len(l.ring.data))
	})
}

// Recv is espconn_recv: it moves waiting bytes to mem, opens the window by as many and returns their number, 0 when
// nothing waits. ARG for NULL, nil or empty mem and an espconn without a connection, MEM when data never waited here
// (espconn.md 5.16). The SDK exports it without a declaration.
func (a *API) Recv(c Ref, mem []byte) int16 {
	const name = "espconn_recv"
	return a.callInt(name, c, fmt.Sprintf("%d bytes", len(mem)), func() int16 {
		if isNull(c) || len(mem) == 0 {
			return int16(ARG)
		}
		if a.find(c) != nil && a.mixed(c, name, false) {
			return int16(ARG)
		}
		l := a.link(c)
		switch {
		case l == nil:
			return int16(ARG)
		case l.ring == nil:
			return int16(MEM)
		}
		n := copy(mem, l.ring.data)
		l.ring.data = l.ring.data[n:]
		if l.tcb != nil {
			l.tcb.Recved(n)
		}
		return int16(n)
	})
}
