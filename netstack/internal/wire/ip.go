package wire

import (
	"encoding/binary"
	"net/netip"
)

// Lengths of headers without options, in bytes.
const (
	EthernetLen = 14
	IPv4Len     = 20
	TCPLen      = 20
	UDPLen      = 8
	ICMPLen     = 8
	ARPLen      = 28
)

// EtherTypes, at byte 12 of a frame.
const (
	EtherTypeIPv4 = 0x0800
	EtherTypeARP  = 0x0806
)

// Protocols, at byte 9 of the IPv4 header.
const (
	ProtocolICMP = 1
	ProtocolIGMP = 2
	ProtocolTCP  = 6
	ProtocolUDP  = 17
)

// Fragment field, at byte 6 of the IPv4 header: a packet of which MoreFragments or a bit of FragmentMask is set is a fragment.
const (
	MoreFragments = 0x2000
	FragmentMask  = 0x1fff
)

// TCP flags as they stand in byte 13 of the header.
const (
	FIN = 1 << iota
	SYN
	RST
	PSH
	ACK
	URG
)

// AnyAddr is 0.0.0.0; BroadcastAddr is 255.255.255.255.
var (
	AnyAddr       = netip.AddrFrom4([4]byte{})
	BroadcastAddr = netip.AddrFrom4([4]byte{255, 255, 255, 255})
)

// IsIPv4 says whether a frame has the EtherType of IPv4 and at least a byte after it.
func IsIPv4(frame []byte) bool {
	return len(frame) > EthernetLen && binary.BigEndian.Uint16(frame[12:]) == EtherTypeIPv4
}

// ARPQuestion returns the address that an ARP request for IPv4 over Ethernet looks for; false for other frames, and where the sender
// has no address or asks for its own.
func ARPQuestion(frame []byte) (target netip.Addr, ok bool) {
	const head = "\x08\x06\x00\x01\x08\x00\x06\x04\x00\x01"
	if len(frame) < EthernetLen+ARPLen || string(frame[12:12+len(head)]) != head {
		return netip.Addr{}, false
	}
	sender := netip.AddrFrom4([4]byte(frame[EthernetLen+14:]))
	target = netip.AddrFrom4([4]byte(frame[EthernetLen+24:]))
	return target, sender != AnyAddr && sender != target
}

// OrAny turns an invalid address into 0.0.0.0 and unmaps an IPv4 address in IPv6 form.
func OrAny(a netip.Addr) netip.Addr {
	if a = a.Unmap(); a.Is4() {
		return a
	}
	return AnyAddr
}

// IsAny says whether a is unset or 0.0.0.0.
func IsAny(a netip.Addr) bool { return !a.IsValid() || a.IsUnspecified() }

// BroadcastOf returns the last address of the subnet; 255.255.255.255 for an unset one.
func BroadcastOf(p netip.Prefix) netip.Addr {
	if !p.IsValid() || !p.Addr().Is4() {
		return BroadcastAddr
	}
	b := p.Addr().As4()
	v := binary.BigEndian.Uint32(b[:]) | uint32(1<<(32-p.Bits())-1)
	binary.BigEndian.PutUint32(b[:], v)
	return netip.AddrFrom4(b)
}
