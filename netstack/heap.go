package netstack

// Heap is the device's memory. Alloc returns the address of a block of n requested bytes, 0 when there is none; what
// says what the block is for. The stack gives back every block it takes. Both are called on the stack's goroutine.
type Heap interface {
	Alloc(n uint32, what string) (addr uint32)
	Free(addr uint32)
}

// Requested bytes of the stack's structures (tls.md 6 for the PCB). A segment to send was measured as two blocks: a SYN or
// FIN takes 176 bytes of heap, one with data 1,632 (oracle/espconn client/ok; oracle/axtls H, the traces of the allocator).
// Choice: the sizes of those not measured are the 32-bit structures' fields.
const (
	pcbBytes       = 176
	listenPCBBytes = 28
	udpPCBBytes    = 32
	segmentBytes   = 20
	pbufBytes      = 16
	queuedSegment  = 24           // tcp_seg of a segment to send
	queuedPbuf     = 116          // its pbuf, beside the room for data
	headerBytes    = 14 + 20 + 20 // room for headers in other pbufs
	arpQueueBytes  = 8
)

// block is one charged block. The zero value holds nothing.
type block struct {
	addr uint32
	more uint32 // of a second one, 0: none
	used bool
}

// charge takes n bytes from the heap; without a heap memory is unlimited.
func (s *Stack) charge(n int, what string) (block, bool) {
	if s.heap == nil {
		return block{}, true
	}
	addr := s.heap.Alloc(uint32(n), what)
	if addr == 0 {
		return block{}, false
	}
	return block{addr: addr, used: true}, true
}

// discharge gives a block back; doing it again has no effect.
func (s *Stack) discharge(b *block) {
	if b.used {
		b.used = false
		if b.more != 0 {
			s.heap.Free(b.more)
		}
		s.heap.Free(b.addr)
	}
}
