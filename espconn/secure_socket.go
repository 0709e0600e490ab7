package espconn

import "github.com/emu8266/emu8266/netstack"

// socket is one of the TLS layer's sockets: a netconn and its receive ring, or the listening one.
type socket struct {
	num      int
	tcb      *netstack.TCB
	listener *netstack.Listener
	netconn  uint32 // heap
	ring     uint32
	ringBuf  uint32
}

// newSocket takes the lowest free socket and its netconn. Nil: all in use, or no memory.
func (a *API) newSocket() *socket {
	for i := range a.sockets {
		if a.sockets[i] != nil {
			continue
		}
		s := &socket{num: i}
		if s.netconn = a.env.Heap().Alloc(netconnBytes, "netconn"); s.netconn == 0 {
			return nil
		}
		a.sockets[i] = s
		return s
	}
	return nil
}

// newRing takes the receive ring's memory. The engine keeps the bytes; the ring only counts as the device's does.
func (a *API) newRing(s *socket) bool {
	heap := a.env.Heap()
	if s.ring = heap.Alloc(ringHead, "receive ring"); s.ring == 0 {
		return false
	}
	if s.ringBuf = heap.Alloc(ringBytes, "receive ring data"); s.ringBuf == 0 {
		heap.Free(s.ring)
		s.ring = 0
		return false
	}
	return true
}

// freeSocket gives the slot and its memory back. TCP is the caller's.
func (a *API) freeSocket(s *socket) {
	heap := a.env.Heap()
	heap.Free(s.ringBuf)
	heap.Free(s.ring)
	heap.Free(s.netconn)
	if s.num != noSocket {
		a.sockets[s.num] = nil
	}
}

// noSocket is the number of a connection that needs no socket: axTLS sits on TCP itself.
const noSocket = -1
