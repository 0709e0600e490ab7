package netstack

import (
	"net/netip"
	"sync"

	"github.com/google/gopacket/layers"

	"github.com/emu8266/emu8266/netstack/internal/wire"
)

// codecs are those of the stacks that are at work at the moment: a stack that is idle needs none.
var codecs = sync.Pool{New: func() any { return new(wire.Codec) }}

// borrow gives the stack a codec if it has none.
func (s *Stack) borrow() {
	if s.codec == nil {
		s.codec = codecs.Get().(*wire.Codec)
	}
}

// giveBack ends the loan, unless a frame that came in is still being looked at.
func (s *Stack) giveBack() {
	if s.codec != nil && !s.receiving {
		codecs.Put(s.codec)
		s.codec = nil
	}
}

// emit hands a frame to the interface's owner. ErrInterface: it refuses the frame.
func (i *Interface) emit(frame []byte) error {
	defer i.s.giveBack()
	if i.room != nil && !i.room() {
		i.s.drop(i, "the interface refuses the frame")
		return ErrInterface
	}
	i.out(frame)
	return nil
}

// begin starts a frame with its payload.
func (s *Stack) begin(payload []byte) {
	s.borrow()
	s.codec.Begin(payload)
}

// finishIP returns the frame of the packet that was begun, with a zero destination MAC: it is the codec's buffer, lent to Interface.out and
// gone with the next packet.
func (s *Stack) finishIP(i *Interface, src, dst netip.Addr, proto layers.IPProtocol) []byte {
	p := wire.Packet{From: src, To: dst, ID: s.ipID, TTL: s.p.TTL, Protocol: proto,
		DontFragment: proto == layers.IPProtocolTCP && !s.p.TCPWithoutDF}
	s.ipID++
	return s.codec.IPv4(p, i.mac)
}

// buildTCP returns the frame of one segment; mss > 0 adds the MSS option.
func (s *Stack) buildTCP(i *Interface, src, dst netip.AddrPort, seq, ack uint32, flags uint8, window uint16, mss int, data []byte) []byte {
	s.begin(data)
	s.codec.TCP(wire.Segment{From: src.Port(), To: dst.Port(), Seq: seq, Ack: ack, Flags: flags, Window: window, MSS: mss})
	return s.finishIP(i, src.Addr(), dst.Addr(), layers.IPProtocolTCP)
}

// buildUDP returns the frame of one datagram.
func (s *Stack) buildUDP(i *Interface, src, dst netip.AddrPort, data []byte) []byte {
	s.begin(data)
	s.codec.UDP(src.Port(), dst.Port())
	return s.finishIP(i, src.Addr(), dst.Addr(), layers.IPProtocolUDP)
}

// buildARP returns an ARP frame of 42 bytes.
func (s *Stack) buildARP(i *Interface, op uint16, sender netip.Addr, target netip.Addr, targetMAC, dst MAC) []byte {
	s.borrow()
	return s.codec.ARP(wire.Neighbor{Operation: op, SenderMAC: i.mac, Sender: sender, TargetMAC: targetMAC, Target: target}, dst)
}
