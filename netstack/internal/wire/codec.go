package wire

import (
	"encoding/binary"
	"net/netip"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
)

// Codec holds gopacket's layer structs and the buffer of a frame, so that a packet costs no allocations. A frame is built from its end:
// Begin with the payload, then TCP or UDP, then IPv4; or ARP alone. The frame is the codec's own buffer and gone with the next one. The
// zero value is ready. A codec serves one goroutine at a time.
type Codec struct {
	// In decodes a frame that came in. Decoded slices alias the frame.
	In struct {
		Ethernet layers.Ethernet
		ARP      layers.ARP
		IPv4     layers.IPv4
		TCP      layers.TCP
		UDP      layers.UDP
	}
	// Merged is room for the data of several segments that are delivered at once.
	Merged []byte

	buf gopacket.SerializeBuffer
	out struct {
		ethernet layers.Ethernet
		arp      layers.ARP
		ip       layers.IPv4
		tcp      layers.TCP
		udp      layers.UDP

		srcMAC, dstMAC [6]byte
		src, dst       [4]byte
		options        [1]layers.TCPOption
		mss            [2]byte
	}
}

var serializeOptions = gopacket.SerializeOptions{FixLengths: true}

// must says that serialising a layer cannot fail: all lengths are fixed.
func must(err error) {
	if err != nil {
		panic("wire: " + err.Error())
	}
}

// Begin clears the buffer and puts the payload in.
func (c *Codec) Begin(payload []byte) {
	if c.buf == nil {
		c.buf = gopacket.NewSerializeBufferExpectedSize(EthernetLen+IPv4Len+TCPLen+4, 0)
	}
	must(c.buf.Clear())
	if len(payload) > 0 {
		b, err := c.buf.AppendBytes(len(payload))
		must(err)
		copy(b, payload)
	}
}

// Segment is a TCP header. The checksum is filled in by Codec.IPv4.
type Segment struct {
	From, To uint16 // ports
	Seq, Ack uint32
	Flags    uint8
	Window   uint16
	MSS      int // the option's value; 0: no option
}

// TCP puts a TCP header before what the buffer holds.
func (c *Codec) TCP(s Segment) {
	t := &c.out.tcp
	t.SrcPort, t.DstPort = layers.TCPPort(s.From), layers.TCPPort(s.To)
	t.Seq, t.Ack, t.Window = s.Seq, s.Ack, s.Window
	t.FIN, t.SYN, t.RST = s.Flags&FIN != 0, s.Flags&SYN != 0, s.Flags&RST != 0
	t.PSH, t.ACK = s.Flags&PSH != 0, s.Flags&ACK != 0
	t.Options, t.Padding, t.Checksum = nil, nil, 0
	if s.MSS > 0 {
		binary.BigEndian.PutUint16(c.out.mss[:], uint16(s.MSS))
		c.out.options[0] = layers.TCPOption{OptionType: layers.TCPOptionKindMSS, OptionLength: 4, OptionData: c.out.mss[:]}
		t.Options = c.out.options[:]
	}
	must(t.SerializeTo(c.buf, serializeOptions))
}

// UDP puts a UDP header before what the buffer holds. The checksum is filled in by IPv4.
func (c *Codec) UDP(from, to uint16) {
	u := &c.out.udp
	u.SrcPort, u.DstPort, u.Checksum = layers.UDPPort(from), layers.UDPPort(to), 0
	must(u.SerializeTo(c.buf, serializeOptions))
}

// Packet is the IPv4 header of a frame, without options.
type Packet struct {
	From, To     netip.Addr
	ID           uint16
	TTL          uint8
	Protocol     layers.IPProtocol
	DontFragment bool
}

// IPv4 puts the IPv4 and Ethernet headers before what the buffer holds, fills in the checksums of IPv4, TCP and UDP, and returns the frame
// with a zero destination MAC. It is not padded to the 60 bytes of a real Ethernet: the device's are not, either.
func (c *Codec) IPv4(p Packet, mac [6]byte) []byte {
	o := &c.out
	body := len(c.buf.Bytes())
	o.src, o.dst, o.srcMAC, o.dstMAC = p.From.As4(), p.To.As4(), mac, [6]byte{}
	o.ip = layers.IPv4{Version: 4, TTL: p.TTL, Id: p.ID, Protocol: p.Protocol, SrcIP: o.src[:], DstIP: o.dst[:]}
	if p.DontFragment {
		o.ip.Flags = layers.IPv4DontFragment
	}
	o.ethernet = layers.Ethernet{SrcMAC: o.srcMAC[:], DstMAC: o.dstMAC[:], EthernetType: layers.EthernetTypeIPv4}
	must(o.ip.SerializeTo(c.buf, serializeOptions))
	must(o.ethernet.SerializeTo(c.buf, serializeOptions))
	frame := c.buf.Bytes()[:EthernetLen+IPv4Len+body] // the Ethernet layer pads
	ip := frame[EthernetLen:]
	binary.BigEndian.PutUint16(ip[10:], ^Fold(Sum(ip[:IPv4Len], 0)))
	transport := ip[IPv4Len:]
	switch p.Protocol {
	case layers.IPProtocolTCP:
		binary.BigEndian.PutUint16(transport[16:], ^Fold(Sum(transport, PseudoSum(ip, uint16(body)))))
	case layers.IPProtocolUDP:
		v := ^Fold(Sum(transport, PseudoSum(ip, uint16(body))))
		if v == 0 { // would mean: no checksum
			v = 0xffff
		}
		binary.BigEndian.PutUint16(transport[6:], v)
	}
	return frame
}

// Neighbor is an ARP packet for IPv4 over Ethernet.
type Neighbor struct {
	Operation uint16 // layers.ARPRequest or layers.ARPReply
	SenderMAC [6]byte
	Sender    netip.Addr
	TargetMAC [6]byte
	Target    netip.Addr
}

// ARP returns the frame of an ARP packet, 42 bytes, to the MAC address to.
func (c *Codec) ARP(n Neighbor, to [6]byte) []byte {
	c.Begin(nil)
	o := &c.out
	o.src, o.dst, o.srcMAC, o.dstMAC = n.Sender.As4(), n.Target.As4(), n.SenderMAC, n.TargetMAC
	o.arp = layers.ARP{
		AddrType: layers.LinkTypeEthernet, Protocol: layers.EthernetTypeIPv4, Operation: n.Operation,
		SourceHwAddress: o.srcMAC[:], SourceProtAddress: o.src[:], DstHwAddress: o.dstMAC[:], DstProtAddress: o.dst[:],
	}
	must(o.arp.SerializeTo(c.buf, serializeOptions))
	o.dstMAC = to
	o.ethernet = layers.Ethernet{SrcMAC: o.srcMAC[:], DstMAC: o.dstMAC[:], EthernetType: layers.EthernetTypeARP}
	must(o.ethernet.SerializeTo(c.buf, serializeOptions))
	return c.buf.Bytes()[:EthernetLen+ARPLen]
}
