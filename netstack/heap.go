package netstack

// Heap is the device's memory. Alloc returns the address of a block of n requested bytes, 0 when there is none; what
// says what the block is for. The stack gives back every block it takes. Both are called on the stack's goroutine.
type Heap interface {
	Alloc(n uint32, what string) (addr uint32)
	Free(addr uint32)
}

// Requested bytes of the stack's structures (lwip.md 16).
const (
	pcbBytes       = 176 // tcp_pcb
	listenPCBBytes = 36  // tcp_pcb_listen
	udpPCBBytes    = 36  // udp_pcb
	dhcpBytes      = 68  // dhcp: the state of a DHCP client
	segmentBytes   = 20  // tcp_seg: of a segment in a queue, beside its pbuf
	timerBytes     = 16  // sys_timeo: the record of a timer that runs
	arpEntryBytes  = 8   // etharp_q_entry: of a packet that waits for its neighbour, beside the copy
	pbufBytes      = 20  // pbuf: of a received frame, whose bytes lie in the radio's buffers
	dnsReadBytes   = 515 // the DNS client's copy of an answer, aligned
)

// layer is where the payload of a pbuf begins: the room for headers before it, in bytes (lwip.md 16).
type layer int

// Layers of a pbuf.
const (
	layerTransport layer = 54 // the payload of TCP and UDP
	layerIP        layer = 34 // that of IP
	layerRaw       layer = 0  // whole frames
)

// radioRoom is what a pbuf keeps free before its frame for the radio's headers, in bytes.
const radioRoom = 36

// pbufSize is what a pbuf to send takes for n bytes of payload.
func pbufSize(at layer, n int) int { return aligned(pbufBytes+radioRoom+int(at)) + aligned(n) }

func aligned(n int) int { return (n + 3) &^ 3 }

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
		s.note(Event{Kind: EventMemory, Len: n, Text: what})
		return block{}, false
	}
	return block{addr: addr, used: true}, true
}

// pbuf takes the pbuf of a frame that is sent with n bytes of payload.
func (s *Stack) pbuf(at layer, n int) (block, bool) { return s.charge(pbufSize(at, n), "pbuf") }

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

// Names of blocks without which an SDK's device stops (lwip.md 16).
const (
	FrameBlock  = "frame"      // of a frame that comes in
	AnswerBlock = "ARP answer" // of the answer to an ARP request
)

// takeFrame takes the pbuf of a frame that comes in. It is given back when the frame is done with, or earlier by ReleaseFrame.
func (s *Stack) takeFrame() bool {
	b, ok := s.charge(pbufBytes, FrameBlock)
	if ok && b.used {
		s.frame = append(s.frame, b)
	}
	return ok
}

// keepFrame gives the pbuf of the present frame to a list that keeps the frame.
func (s *Stack) keepFrame() (b block) {
	if n := len(s.frame); n > 0 {
		b = s.frame[n-1]
		s.frame = s.frame[:n-1]
	}
	return b
}

// ReleaseFrame gives back the memory that the frame under way takes, with the segments that have waited for it. A handler
// calls it when it has copied what it was lent, before it goes on (lwip.md 16); otherwise it is given back when the
// frame is done with. Outside a frame it does nothing.
func (s *Stack) ReleaseFrame() {
	for k := range s.frame {
		s.discharge(&s.frame[k])
	}
	s.frame = s.frame[:0]
}
