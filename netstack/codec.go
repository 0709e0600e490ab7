package netstack

import (
	"encoding/binary"
	"net/netip"
	"sync"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"

	"github.com/emu8266/emu8266/netstack/internal/wire"
)

// codec holds the layer structs and the buffer of a stack at work, so that packets cost no allocations. Decoded slices alias the
// frame that came in; the frame that goes out is lent to Interface.out and gone with the next packet.
type codec struct {
	buf gopacket.SerializeBuffer
	tx  struct {
		eth layers.Ethernet
		ip  layers.IPv4
		tcp layers.TCP
		udp layers.UDP
		arp layers.ARP

		srcMAC, dstMAC MAC
		src, dst       [4]byte
		options        [1]layers.TCPOption
		mss            [2]byte
	}
	rx struct {
		eth layers.Ethernet
		ip  layers.IPv4
		tcp layers.TCP
		udp layers.UDP
		arp layers.ARP
	}
	merged []byte // data of several segments delivered in one callback
}

// codecs are those of the stacks that are at work at the moment: a stack that is idle needs none.
var codecs = sync.Pool{New: func() any { return new(codec) }}

// borrow gives the stack a codec if it has none.
func (s *Stack) borrow() {
	if s.codec == nil {
		s.codec = codecs.Get().(*codec)
	}
}

// giveBack ends the loan, unless a frame that came in is still being looked at.
func (s *Stack) giveBack() {
	if s.codec != nil && !s.receiving {
		codecs.Put(s.codec)
		s.codec = nil
	}
}

// emit hands a frame to the interface's owner.
func (i *Interface) emit(frame []byte) {
	i.out(frame)
	i.s.giveBack()
}

// begin starts a frame with its payload.
func (s *Stack) begin(payload []byte) {
	s.borrow()
	s.codec.begin(payload)
}

var serializeOptions = gopacket.SerializeOptions{FixLengths: true}

// begin clears the buffer and puts the payload in.
func (c *codec) begin(payload []byte) {
	if c.buf == nil {
		c.buf = gopacket.NewSerializeBufferExpectedSize(wire.EthernetLen+wire.IPv4Len+wire.TCPLen+4, 0)
	}
	_ = c.buf.Clear()
	if len(payload) > 0 {
		b, err := c.buf.AppendBytes(len(payload))
		if err == nil {
			copy(b, payload)
		}
	}
}

// finishIP puts the IP and Ethernet headers before what the buffer holds, fills in the checksums, and returns the frame
// with a zero destination MAC. checksumAt is the place of the checksum in the transport header, negative for none.
// The Ethernet layer pads to 60 bytes; the device's frames are not padded, so the padding is cut off.
func (s *Stack) finishIP(i *Interface, src, dst netip.Addr, proto layers.IPProtocol, flags layers.IPv4Flag, checksumAt int) []byte {
	c := s.codec
	body := len(c.buf.Bytes())
	tx := &c.tx
	tx.src, tx.dst = src.As4(), dst.As4()
	tx.srcMAC = i.mac
	tx.dstMAC = MAC{}
	tx.ip = layers.IPv4{Version: 4, TTL: s.p.TTL, Id: s.ipID, Flags: flags, Protocol: proto, SrcIP: tx.src[:], DstIP: tx.dst[:]}
	s.ipID++
	tx.eth = layers.Ethernet{SrcMAC: tx.srcMAC[:], DstMAC: tx.dstMAC[:], EthernetType: layers.EthernetTypeIPv4}
	if tx.ip.SerializeTo(c.buf, serializeOptions) != nil || tx.eth.SerializeTo(c.buf, serializeOptions) != nil {
		return nil // cannot happen: all lengths are fixed
	}
	frame := c.buf.Bytes()[:wire.EthernetLen+wire.IPv4Len+body]
	ip := frame[wire.EthernetLen:]
	binary.BigEndian.PutUint16(ip[10:], ^wire.Fold(wire.Sum(ip[:wire.IPv4Len], 0)))
	if checksumAt >= 0 {
		v := ^wire.Fold(wire.Sum(ip[wire.IPv4Len:], wire.PseudoSum(ip, uint16(body))))
		if v == 0 && proto == layers.IPProtocolUDP {
			v = 0xffff
		}
		binary.BigEndian.PutUint16(ip[wire.IPv4Len+checksumAt:], v)
	}
	return frame
}

// buildTCP returns the frame of one segment; mss > 0 adds the MSS option.
func (s *Stack) buildTCP(i *Interface, src, dst netip.AddrPort, seq, ack uint32, flags uint8, window uint16, mss int, data []byte) []byte {
	s.begin(data)
	c := s.codec
	t := &c.tx.tcp
	t.SrcPort, t.DstPort = layers.TCPPort(src.Port()), layers.TCPPort(dst.Port())
	t.Seq, t.Ack, t.Window = seq, ack, window
	t.FIN, t.SYN, t.RST = flags&wire.FIN != 0, flags&wire.SYN != 0, flags&wire.RST != 0
	t.PSH, t.ACK = flags&wire.PSH != 0, flags&wire.ACK != 0
	t.Options, t.Padding = nil, nil
	if mss > 0 {
		binary.BigEndian.PutUint16(c.tx.mss[:], uint16(mss))
		c.tx.options[0] = layers.TCPOption{OptionType: layers.TCPOptionKindMSS, OptionLength: 4, OptionData: c.tx.mss[:]}
		t.Options = c.tx.options[:]
	}
	t.Checksum = 0
	if t.SerializeTo(c.buf, serializeOptions) != nil {
		return nil // cannot happen
	}
	return s.finishIP(i, src.Addr(), dst.Addr(), layers.IPProtocolTCP, layers.IPv4DontFragment, 16)
}

// buildUDP returns the frame of one datagram.
func (s *Stack) buildUDP(i *Interface, src, dst netip.AddrPort, data []byte) []byte {
	s.begin(data)
	c := s.codec
	u := &c.tx.udp
	u.SrcPort, u.DstPort = layers.UDPPort(src.Port()), layers.UDPPort(dst.Port())
	u.Checksum = 0
	if u.SerializeTo(c.buf, serializeOptions) != nil {
		return nil // cannot happen
	}
	return s.finishIP(i, src.Addr(), dst.Addr(), layers.IPProtocolUDP, 0, 6)
}

// buildARP returns an ARP frame of 42 bytes.
func (s *Stack) buildARP(i *Interface, op uint16, sender netip.Addr, target netip.Addr, targetMAC, dst MAC) []byte {
	s.begin(nil)
	c := s.codec
	tx := &c.tx
	tx.src, tx.dst = sender.As4(), target.As4()
	tx.srcMAC, tx.dstMAC = i.mac, targetMAC
	tx.arp = layers.ARP{
		AddrType: layers.LinkTypeEthernet, Protocol: layers.EthernetTypeIPv4, Operation: op,
		SourceHwAddress: tx.srcMAC[:], SourceProtAddress: tx.src[:], DstHwAddress: tx.dstMAC[:], DstProtAddress: tx.dst[:],
	}
	if tx.arp.SerializeTo(c.buf, serializeOptions) != nil {
		return nil // cannot happen
	}
	tx.dstMAC = dst
	tx.eth = layers.Ethernet{SrcMAC: tx.srcMAC[:], DstMAC: tx.dstMAC[:], EthernetType: layers.EthernetTypeARP}
	if tx.eth.SerializeTo(c.buf, serializeOptions) != nil {
		return nil // cannot happen
	}
	return c.buf.Bytes()[:wire.EthernetLen+wire.ARPLen]
}
