package netstack

// Heap is the device's memory. Alloc returns the address of a block of n requested bytes, 0 when there is none; what
// says what the block is for. The stack gives back every block it takes. Both are called on the stack's goroutine.
type Heap interface {
	Alloc(n uint32, what string) (addr uint32)
	Free(addr uint32)
}

// Requested bytes of the stack's structures (tls.md 6 for the PCB). Choice: the sizes of the others are those of the
// 32-bit structures' fields; a pbuf counts its struct, the room for the three headers and its payload.
const (
	pcbBytes       = 176
	listenPCBBytes = 28
	udpPCBBytes    = 32
	segmentBytes   = 20
	pbufBytes      = 16
	headerBytes    = 14 + 20 + 20
	arpQueueBytes  = 8
)

// block is one charged block. The zero value holds nothing.
type block struct {
	addr uint32
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
		s.heap.Free(b.addr)
	}
}
