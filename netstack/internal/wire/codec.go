package wire

import (
	"encoding/binary"
	"net/netip"
)

// Codec builds frames in a buffer that it keeps, so that a packet costs no allocations. A frame is built from its end: Begin with the
// payload, then TCP or UDP, then IPv4; or ARP alone. The frame is the codec's own buffer and gone with the next one. The zero value is
// ready. A codec serves one goroutine at a time.
type Codec struct {
	// Merged is room for the data of several segments that are delivered at once.
	Merged []byte

	buf  []byte
	from int // where in buf the frame begins, as far as it is built
}

// mssLen is the length of the MSS option of TCP (RFC 9293 3.7.1), the only one that is sent.
const mssLen = 4

// headroom is what the longest headers before a payload take.
const headroom = EthernetLen + IPv4Len + TCPLen + mssLen

// Begin clears the buffer and puts the payload in.
func (c *Codec) Begin(payload []byte) {
	if cap(c.buf) < headroom+len(payload) {
		c.buf = make([]byte, headroom+len(payload))
	}
	c.buf = c.buf[:headroom+len(payload)]
	c.from = headroom
	copy(c.buf[headroom:], payload)
}

// prepend makes room for a header of n bytes, which have to be written all.
func (c *Codec) prepend(n int) []byte {
	c.from -= n
	return c.buf[c.from : c.from+n]
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
	head := TCPLen
	if s.MSS > 0 {
		mss := c.prepend(mssLen)
		mss[0], mss[1] = TCPOptionMSS, mssLen
		binary.BigEndian.PutUint16(mss[2:], uint16(s.MSS))
		head += mssLen
	}
	h := c.prepend(TCPLen)
	binary.BigEndian.PutUint16(h, s.From)
	binary.BigEndian.PutUint16(h[2:], s.To)
	binary.BigEndian.PutUint32(h[4:], s.Seq)
	binary.BigEndian.PutUint32(h[8:], s.Ack)
	h[12], h[13] = byte(head/4)<<4, s.Flags&(FIN|SYN|RST|PSH|ACK)
	binary.BigEndian.PutUint16(h[14:], s.Window)
	clear(h[16:])
}

// UDP puts a UDP header before what the buffer holds. The checksum is filled in by IPv4.
func (c *Codec) UDP(from, to uint16) {
	n := len(c.buf) - c.from
	h := c.prepend(UDPLen)
	binary.BigEndian.PutUint16(h, from)
	binary.BigEndian.PutUint16(h[2:], to)
	binary.BigEndian.PutUint16(h[4:], uint16(UDPLen+n))
	clear(h[6:])
}

// Packet is the IPv4 header of a frame, without options.
type Packet struct {
	From, To     netip.Addr
	ID           uint16
	TTL          uint8
	Protocol     uint8
	DontFragment bool
}

// IPv4 puts the IPv4 and Ethernet headers before what the buffer holds, fills in the checksums of IPv4, TCP and UDP, and returns the frame
// with a zero destination MAC. It is not padded to the 60 bytes of a real Ethernet: the device's are not, either.
func (c *Codec) IPv4(p Packet, mac [6]byte) []byte {
	transport := c.buf[c.from:]
	body := len(transport)
	src, dst := p.From.As4(), p.To.As4()
	ip := c.prepend(IPv4Len)
	ip[0], ip[1] = 4<<4|IPv4Len/4, 0
	binary.BigEndian.PutUint16(ip[2:], uint16(IPv4Len+body))
	binary.BigEndian.PutUint16(ip[4:], p.ID)
	fragment := uint16(0)
	if p.DontFragment {
		fragment = DontFragment
	}
	binary.BigEndian.PutUint16(ip[6:], fragment)
	ip[8], ip[9], ip[10], ip[11] = p.TTL, p.Protocol, 0, 0
	copy(ip[12:], src[:])
	copy(ip[16:], dst[:])
	binary.BigEndian.PutUint16(ip[10:], ^Fold(Sum(ip, 0)))
	switch p.Protocol {
	case ProtocolTCP:
		binary.BigEndian.PutUint16(transport[16:], ^Fold(Sum(transport, PseudoSum(ip, uint16(body)))))
	case ProtocolUDP:
		v := ^Fold(Sum(transport, PseudoSum(ip, uint16(body))))
		if v == 0 { // would mean: no checksum
			v = 0xffff
		}
		binary.BigEndian.PutUint16(transport[6:], v)
	}
	c.ethernet([6]byte{}, mac, EtherTypeIPv4)
	return c.buf[c.from:]
}

func (c *Codec) ethernet(to, from [6]byte, kind uint16) {
	h := c.prepend(EthernetLen)
	copy(h, to[:])
	copy(h[6:], from[:])
	binary.BigEndian.PutUint16(h[12:], kind)
}

// Neighbor is an ARP packet for IPv4 over Ethernet.
type Neighbor struct {
	Operation uint16 // ARPRequest or ARPReply
	SenderMAC [6]byte
	Sender    netip.Addr
	TargetMAC [6]byte
	Target    netip.Addr
}

// ARP returns the frame of an ARP packet, 42 bytes, to the MAC address to.
func (c *Codec) ARP(n Neighbor, to [6]byte) []byte {
	c.Begin(nil)
	a := c.prepend(ARPLen)
	sender, target := n.Sender.As4(), n.Target.As4()
	copy(a, arpHead)
	binary.BigEndian.PutUint16(a[6:], n.Operation)
	copy(a[ARPSenderMAC:], n.SenderMAC[:])
	copy(a[ARPSender:], sender[:])
	copy(a[ARPTargetMAC:], n.TargetMAC[:])
	copy(a[ARPTarget:], target[:])
	c.ethernet(to, n.SenderMAC, EtherTypeARP)
	return c.buf[c.from:]
}
