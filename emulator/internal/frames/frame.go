package frames

import (
	"encoding/binary"
	"net/netip"
)

// Numbers of the protocols.
const (
	etherIPv4 = 0x0800
	etherARP  = 0x0806

	ProtocolICMP = 1
	ProtocolIGMP = 2
	ProtocolTCP  = 6
	ProtocolUDP  = 17
)

// TCP's flags.
const (
	FIN = 1 << iota
	SYN
	RST
	PSH
	ACK
)

// Flags of an IPv4 packet.
const (
	MoreFragments = 1
	DontFragment  = 2
)

// Frame is what the headers of an Ethernet frame say. Of what is not there, or cannot be read, the pointer is nil. Slices are of the frame.
type Frame struct {
	To, From [6]byte
	ARP      *ARP
	IP       *IPv4
	TCP      *TCP
	UDP      *UDP
}

// ARP is a packet for IPv4 over Ethernet.
type ARP struct {
	Operation            uint16
	SenderMAC, TargetMAC [6]byte
	Sender, Target       netip.Addr
}

// IPv4 is a packet. The payload ends where the header says, or where the frame ends.
type IPv4 struct {
	From, To      netip.Addr
	TTL, TOS      byte
	Protocol      byte
	Flags         byte
	FragmentStart uint16 // in units of 8 bytes
	Payload       []byte
}

// TCP is a segment.
type TCP struct {
	From, To netip.AddrPort
	Seq, Ack uint32
	Flags    byte
	Window   uint16
	Options  []Option
	Payload  []byte
}

// Has tells whether one of the flags is set.
func (t *TCP) Has(flags byte) bool { return t.Flags&flags != 0 }

// Option is one of a list of numbered ones, of TCP or DHCP.
type Option struct {
	Kind byte
	Data []byte
}

// UDP is a datagram.
type UDP struct {
	From, To netip.AddrPort
	Payload  []byte
}

// Parse reads the headers of a frame, as many as there are.
func Parse(frame []byte) (f Frame) {
	const ethernet = 14
	if len(frame) < ethernet {
		return f
	}
	f.To, f.From = [6]byte(frame), [6]byte(frame[6:])
	body := frame[ethernet:]
	switch binary.BigEndian.Uint16(frame[12:]) {
	case etherARP:
		f.ARP = parseARP(body)
	case etherIPv4:
		f.IP = parseIPv4(body)
	}
	if f.IP == nil || f.IP.FragmentStart != 0 || f.IP.Flags&MoreFragments != 0 {
		return f
	}
	switch f.IP.Protocol {
	case ProtocolTCP:
		f.TCP = parseTCP(f.IP)
	case ProtocolUDP:
		f.UDP = parseUDP(f.IP)
	}
	return f
}

func parseARP(b []byte) *ARP {
	const head, length = "\x00\x01\x08\x00\x06\x04", 28
	if len(b) < length || string(b[:len(head)]) != head {
		return nil
	}
	return &ARP{Operation: binary.BigEndian.Uint16(b[6:]), SenderMAC: [6]byte(b[8:]), TargetMAC: [6]byte(b[18:]),
		Sender: netip.AddrFrom4([4]byte(b[14:])), Target: netip.AddrFrom4([4]byte(b[24:]))}
}

func parseIPv4(b []byte) *IPv4 {
	if len(b) < 20 || b[0]>>4 != 4 {
		return nil
	}
	head, total := int(b[0]&15)*4, int(binary.BigEndian.Uint16(b[2:]))
	if head < 20 || head > len(b) || total < head {
		return nil
	}
	fragment := binary.BigEndian.Uint16(b[6:])
	return &IPv4{From: netip.AddrFrom4([4]byte(b[12:])), To: netip.AddrFrom4([4]byte(b[16:])), TTL: b[8], TOS: b[1], Protocol: b[9],
		Flags: byte(fragment >> 13), FragmentStart: fragment & 0x1fff, Payload: b[head:min(total, len(b))]}
}

func parseTCP(ip *IPv4) *TCP {
	b := ip.Payload
	if len(b) < 20 {
		return nil
	}
	head := int(b[12]>>4) * 4
	if head < 20 || head > len(b) {
		return nil
	}
	return &TCP{From: netip.AddrPortFrom(ip.From, binary.BigEndian.Uint16(b)),
		To:  netip.AddrPortFrom(ip.To, binary.BigEndian.Uint16(b[2:])),
		Seq: binary.BigEndian.Uint32(b[4:]), Ack: binary.BigEndian.Uint32(b[8:]), Flags: b[13], Window: binary.BigEndian.Uint16(b[14:]),
		Options: tcpOptions(b[20:head]), Payload: b[head:]}
}

// tcpOptions reads a list of options up to its end or its first fault.
func tcpOptions(b []byte) (list []Option) {
	const end, nothing = 0, 1
	for len(b) > 0 {
		if b[0] == end || b[0] == nothing {
			list = append(list, Option{Kind: b[0]})
			if b[0] == end {
				return list
			}
			b = b[1:]
			continue
		}
		if len(b) < 2 || b[1] < 2 || int(b[1]) > len(b) {
			return list
		}
		list = append(list, Option{b[0], b[2:b[1]]})
		b = b[b[1]:]
	}
	return list
}

func parseUDP(ip *IPv4) *UDP {
	b := ip.Payload
	if len(b) < 8 {
		return nil
	}
	total := int(binary.BigEndian.Uint16(b[4:]))
	if total < 8 {
		return nil
	}
	return &UDP{From: netip.AddrPortFrom(ip.From, binary.BigEndian.Uint16(b)),
		To: netip.AddrPortFrom(ip.To, binary.BigEndian.Uint16(b[2:])), Payload: b[8:min(total, len(b))]}
}

// DHCP is a message (RFC 2131).
type DHCP struct {
	Operation            byte
	Seconds, Flags       uint16
	ClientAddr, YourAddr netip.Addr
	Options              []Option
}

// DHCP returns the message in a datagram between DHCP's ports, nil for others.
func (u *UDP) DHCP() *DHCP {
	const server, client, fixed, cookie = 67, 68, 240, "\x63\x82\x53\x63"
	b := u.Payload
	if u.From.Port() != server && u.From.Port() != client || len(b) < fixed || string(b[fixed-4:fixed]) != cookie {
		return nil
	}
	d := &DHCP{Operation: b[0], Seconds: binary.BigEndian.Uint16(b[8:]), Flags: binary.BigEndian.Uint16(b[10:]),
		ClientAddr: netip.AddrFrom4([4]byte(b[12:])), YourAddr: netip.AddrFrom4([4]byte(b[16:]))}
	const pad, end = 0, 255
	for left := b[fixed:]; len(left) > 0 && left[0] != end; {
		if left[0] == pad {
			left = left[1:]
			continue
		}
		if len(left) < 2 || 2+int(left[1]) > len(left) {
			break
		}
		d.Options = append(d.Options, Option{left[0], left[2 : 2+int(left[1])]})
		left = left[2+int(left[1]):]
	}
	return d
}
