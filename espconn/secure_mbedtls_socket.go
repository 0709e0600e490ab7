package espconn

import (
	"slices"

	"github.com/emu8266/emu8266/espconn/boundedtls"
)

// Figures of the sockets of mbedTLS's layer.
const (
	socketCount  = 3  // the listening one included (tls.md 5.1)
	netconnBytes = 28 // heap of one, without the allocator's header (tls.md 6)
)

// socket is a socket of mbedTLS's layer: a netconn and its receive ring, or the listening one.
type socket struct {
	num     int    // -1: it has no number yet
	netconn uint32 // heap
	ring    uint32
	ringBuf uint32
}

// newNetconn takes the memory of a socket's netconn. Nil: there is none.
func (l *mbedtlsLibrary) newNetconn() *socket {
	s := &socket{num: -1}
	if s.netconn = l.api.env.Heap().Alloc(netconnBytes, "netconn"); s.netconn == 0 {
		if l.rules.SocketsUnchecked {
			l.api.fatal(nil, CauseLoadProhibited, "no memory for a socket, which the SDK reads all the same")
		}
		return nil
	}
	return s
}

// number gives a socket the lowest free number. False: all are in use.
func (l *mbedtlsLibrary) number(s *socket) bool {
	s.num = slices.Index(l.sockets[:], nil)
	if s.num < 0 {
		l.api.because(MEM, boundedtls.Cause{ID: CauseSockets, Limit: socketCount})
		return false
	}
	l.sockets[s.num] = s
	return true
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
	if s.num >= 0 {
		l.sockets[s.num] = nil
	}
}
