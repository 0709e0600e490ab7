package espconn

import (
	"github.com/emu8266/emu8266/espconn/boundedtls"
	"github.com/emu8266/emu8266/netstack"
)

// ring keeps received data until espconn_recv fetches it: with MANUALRECV, or when no recv callback is registered
// (espconn.md 5.16).
type ring struct {
	data       []byte
	head, body uint32 // heap
}

// newRing takes the ring's memory: its head and room for one receive window.
func (pc *plainConn) newRing() bool {
	heap := pc.api.env.Heap()
	r := &ring{}
	if r.head = heap.Alloc(ringHead, "receive ring"); r.head == 0 {
		return false
	}
	if r.body = heap.Alloc(uint32(pc.api.env.Stack().Profile().Window)+1, "receive ring data"); r.body == 0 {
		heap.Free(r.head)
		return false
	}
	pc.ring = r
	return true
}

func (r *ring) free(a *API) {
	a.env.Heap().Free(r.body)
	a.env.Heap().Free(r.head)
}

// Received gives a segment's data to the firmware (espconn.md 5.16).
func (pc *plainConn) Received(t *netstack.TCB, data []byte) {
	registered := pc.ref.Load().Registered.Has(Recv)
	switch {
	case pc.manual:
		pc.idle = 0
		if !pc.keepData(t, data) {
			return
		}
		pc.checkShut(t, CauseNoReceiver, len(pc.ring.data))
		if registered {
			pc.available(t)
		}
	case !registered:
		if pc.keepData(t, data) {
			pc.recvHold(pc.ref)
			pc.heldBytes += len(data)
			pc.checkShut(t, CauseNoReceiver, len(pc.ring.data))
		}
	default:
		pc.idle = 0
		if pc.held {
			pc.heldBytes += len(data)
			pc.checkShut(t, CauseHeld, pc.heldBytes)
		} else {
			t.Recved(len(data))
		}
		pc.deliver(t, data)
	}
}

// keepData puts data into the ring; without memory for the ring TCP offers it again.
func (pc *plainConn) keepData(t *netstack.TCB, data []byte) bool {
	if pc.ring == nil && !pc.newRing() {
		pc.tell(boundedtls.Cause{ID: CauseRingMemory, Have: len(data)})
		t.Refuse()
		return false
	}
	pc.ring.data = append(pc.ring.data, data...) // never more than the window
	pc.api.env.Stack().ReleaseFrame()
	return true
}

// checkShut tells that the peer may send no more, because nobody has given the window back.
func (pc *plainConn) checkShut(t *netstack.TCB, id CauseID, unread int) {
	if t.Window() == 0 {
		pc.tell(boundedtls.Cause{ID: id, Have: unread})
	}
}

// deliver makes one recv callback with a copy of data and a NUL behind it. Without memory for the copy the data are lost
// (lwip.md 16).
func (pc *plainConn) deliver(t *netstack.TCB, data []byte) {
	a := pc.api
	block := a.env.Heap().Alloc(uint32(len(data))+1, "receive buffer")
	if block == 0 {
		pc.tell(boundedtls.Cause{ID: CauseReceiveMemory, Have: len(data)})
		return
	}
	buf := append(make([]byte, 0, len(data)+1), data...)
	a.env.Stack().ReleaseFrame()
	a.setState(pc.ref, StateRead)
	a.callback(pc.ref, Recv, buf, OK)
	spoil(buf)
	a.env.Heap().Free(block)
	pc.read(t)
}

// read ends a recv callback: the state is CONNECT again if TCP is up.
func (pc *plainConn) read(t *netstack.TCB) {
	if t.State() == netstack.StateEstablished {
		pc.api.setState(pc.ref, StateConnect)
	}
}

// available is the recv callback of MANUALRECV: NULL data and the number of bytes that wait.
func (pc *plainConn) available(t *netstack.TCB) {
	a := pc.api
	a.setState(pc.ref, StateRead)
	a.callbackAvailable(pc.ref, len(pc.ring.data))
	pc.read(t)
}

// callbackAvailable makes the recv callback that tells of n waiting bytes.
func (a *API) callbackAvailable(c Ref, n int) {
	conn := a.name(c)
	a.env.Observe(Event{Kind: EventCallback, Conn: conn, Callback: Recv, Length: n, Remote: remoteOf(c.Load())})
	a.depth++
	c.CallAvailable(n)
	a.depth--
	a.env.Observe(Event{Kind: EventCallbackDone, Conn: conn, Callback: Recv})
	a.runLater()
}

// recvHold stops the window's reopening. What comes from now on is counted (espconn.md 5.16).
func (pc *plainConn) recvHold(Ref) Err {
	if !pc.held {
		pc.held, pc.heldBytes = true, 0
	}
	return OK
}

// recvUnhold gives what has come meanwhile back to the window, read or not; of an espconn whose type is TCP no more it is only forgotten.
// What came with MANUALRECV is not counted (espconn.md 5.16).
func (pc *plainConn) recvUnhold(c Ref) Err {
	if !pc.held {
		return OK
	}
	pc.held = false
	n := pc.heldBytes
	pc.heldBytes = 0
	if pc.tcb != nil && c.Load().Type == TypeTCP {
		pc.tcb.Recved(n)
	}
	return OK
}
