package netstack

import (
	"encoding/binary"
	"net/netip"

	"github.com/google/gopacket/layers"

	"github.com/emu8266/emu8266/netstack/internal/wire"
)

// ICMP types and codes in use (lwip.md 8.1).
const (
	icmpEchoReply           = 0
	icmpUnreachable         = 3
	icmpEcho                = 8
	icmpProtocolUnreachable = 2
	icmpPortUnreachable     = 3
	icmpQuoted              = 8 // bytes of the offending packet's payload that are quoted
)

// inputICMP answers echo requests and obeys destination-unreachable messages as the device does.
func (s *Stack) inputICMP(i *Interface, packet []byte, src netip.Addr, msg []byte, group bool) {
	if len(msg) < wire.ICMPLen {
		s.drop(i, "ICMP too short")
		return
	}
	switch msg[0] {
	case icmpEcho:
		if group {
			s.drop(i, "ping to a group address")
			return
		}
		if wire.Fold(wire.Sum(msg, 0)) != 0xffff {
			s.drop(i, "bad ICMP checksum")
			return
		}
		s.echo(i, packet, src, len(packet)-len(msg))
	case icmpEchoReply:
		if s.onEcho != nil {
			s.onEcho(src, binary.BigEndian.Uint16(msg[4:]), binary.BigEndian.Uint16(msg[6:]), msg[wire.ICMPLen:])
		}
	case icmpUnreachable:
		s.heardUnreachable(src, msg)
		if v := int(binary.BigEndian.Uint16(msg[6:])); s.p.ICMPSetsMTU && v != 0 {
			i.mtu = v
			if v <= wire.IPv4Len+wire.TCPLen {
				s.note(Event{Kind: EventHang, Interface: i.name, Len: v,
					Text: "ICMP unreachable set an MTU that leaves no room for data; the next TCP send loops for ever on a device"})
			}
		}
	}
}

// heardUnreachable remembers what a router or host says of a packet of ours. The device does nothing with it (lwip.md 8.1); what it gives
// up later is told with it.
func (s *Stack) heardUnreachable(from netip.Addr, msg []byte) {
	const ports = 4
	quoted := msg[wire.ICMPLen:]
	if len(quoted) < wire.IPv4Len {
		return
	}
	head := int(quoted[0]&15) * 4
	if head < wire.IPv4Len || len(quoted) < head+ports {
		return
	}
	dst := netip.AddrFrom4([4]byte(quoted[16:20]))
	src, to := binary.BigEndian.Uint16(quoted[head:]), binary.BigEndian.Uint16(quoted[head+2:])
	switch layers.IPProtocol(quoted[9]) {
	case layers.IPProtocolTCP:
		if t := s.tcp.conns[tuple{[4]byte(quoted[12:16]), dst.As4(), src, to}]; t != nil {
			t.icmpFrom, t.icmpCode = from, msg[1]
		}
	case layers.IPProtocolUDP:
		if s.dns.udp != nil && s.dns.udp.local.Port() == src && s.dns.udp.remote == netip.AddrPortFrom(dst, to) {
			s.dns.everyone(Cause{ID: CauseDNSClosed})
		}
	}
}

// echo sends the request back: same packet, addresses swapped, type 0, TTL of the profile; id, flags, TOS and options
// are the request's (lwip.md 8.1).
func (s *Stack) echo(i *Interface, packet []byte, src netip.Addr, head int) {
	frame := make([]byte, wire.EthernetLen+len(packet))
	copy(frame[6:], i.mac[:])
	binary.BigEndian.PutUint16(frame[12:], uint16(layers.EthernetTypeIPv4))
	ip := frame[wire.EthernetLen:]
	copy(ip, packet)
	copy(ip[12:16], packet[16:20])
	copy(ip[16:20], packet[12:16])
	ip[8] = s.p.TTL
	ip[10], ip[11] = 0, 0
	covered := head
	if s.p.EchoOptionSum {
		covered = wire.IPv4Len
	}
	binary.BigEndian.PutUint16(ip[10:], ^wire.Fold(wire.Sum(ip[:covered], 0)))
	msg := ip[head:]
	msg[0], msg[2], msg[3] = icmpEchoReply, 0, 0
	binary.BigEndian.PutUint16(msg[2:], ^wire.Fold(wire.Sum(msg, 0)))
	_ = s.send(i, src, frame)
}

// send routes a finished frame: off-subnet destinations may leave by another interface than the one the request came by.
func (s *Stack) send(i *Interface, dst netip.Addr, frame []byte) error {
	if o := s.route(dst); o != nil {
		i = o
	}
	return s.transmit(i, dst, frame)
}

// unreachable tells the sender of a packet that its protocol or port does not exist; the packet's header and first 8
// bytes are quoted.
func (s *Stack) unreachable(i *Interface, packet []byte, src, dst netip.Addr, code uint8) {
	if wire.IsAny(src) {
		return
	}
	head := int(packet[0]&15) * 4
	quoted := packet[:min(len(packet), head+icmpQuoted)]
	var msg [wire.ICMPLen + 60 + icmpQuoted]byte
	m := msg[:wire.ICMPLen+copy(msg[wire.ICMPLen:], quoted)]
	m[0], m[1] = icmpUnreachable, code
	binary.BigEndian.PutUint16(m[2:], ^wire.Fold(wire.Sum(m, 0)))
	blk, ok := s.pbuf(layerIP, len(m))
	if !ok {
		return
	}
	defer s.discharge(&blk)
	s.begin(m)
	_ = s.send(i, src, s.finishIP(i, dst, src, layers.IPProtocolICMPv4))
}
