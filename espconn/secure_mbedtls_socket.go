package espconn

import "github.com/emu8266/emu8266/espconn/boundedtls"

// Figures of the sockets of mbedTLS's layer.
const (
	socketCount  = 3  // the listening one included (tls.md 5.1)
	netconnBytes = 28 // heap of one, without the allocator's header (tls.md 6)
)

// socket is a socket of mbedTLS's layer: a netconn and its receive ring, or the listening one.
type socket struct {
	num     int
	netconn uint32 // heap
	ring    uint32
	ringBuf uint32
}

// newSocket takes the lowest free socket and its netconn. Nil: all in use, or no memory.
func (l *mbedtlsLibrary) newSocket() *socket {
	for i := range l.sockets {
		if l.sockets[i] != nil {
			continue
		}
		s := &socket{num: i}
		if s.netconn = l.api.env.Heap().Alloc(netconnBytes, "netconn"); s.netconn == 0 {
			return nil
		}
		l.sockets[i] = s
		return s
	}
	l.api.because(MEM, boundedtls.Cause{ID: CauseSockets, Limit: socketCount})
	return nil
}

// newRing takes the receive ring's memory. TLS keeps the bytes; the ring only counts as the device's does.
func (s *socket) newRing(heap Heap) bool {
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

// freeSocket gives the socket and its memory back. TCP is the caller's.
func (l *mbedtlsLibrary) freeSocket(s *socket) {
	heap := l.api.env.Heap()
	heap.Free(s.ringBuf)
	heap.Free(s.ring)
	heap.Free(s.netconn)
	l.sockets[s.num] = nil
}
