package netstack

import (
	"encoding/binary"
	"encoding/hex"
	"net/netip"
)

// MAC is an Ethernet hardware address. The zero value is the address that an ARP request has as its target.
type MAC [6]byte

// broadcastMAC is the Ethernet broadcast address.
var broadcastMAC = MAC{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}

// String returns the usual form with colons, "02:00:0a:00:00:07".
func (m MAC) String() string {
	var b [17]byte
	for i, x := range m {
		hex.Encode(b[3*i:], []byte{x})
		if i < 5 {
			b[3*i+2] = ':'
		}
	}
	return string(b[:])
}

// any4 is 0.0.0.0; limited is 255.255.255.255.
var (
	any4    = netip.AddrFrom4([4]byte{})
	limited = netip.AddrFrom4([4]byte{255, 255, 255, 255})
)

// orAny turns an invalid address into 0.0.0.0 and unmaps an IPv4 address in IPv6 form.
func orAny(a netip.Addr) netip.Addr {
	if a = a.Unmap(); a.Is4() {
		return a
	}
	return any4
}

// isAny says whether a is unset or 0.0.0.0.
func isAny(a netip.Addr) bool { return !a.IsValid() || a.IsUnspecified() }

// broadcastOf returns the last address of the subnet; 255.255.255.255 for an unset one.
func broadcastOf(p netip.Prefix) netip.Addr {
	if !p.IsValid() || !p.Addr().Is4() {
		return limited
	}
	b := p.Addr().As4()
	v := binary.BigEndian.Uint32(b[:]) | uint32(1<<(32-p.Bits())-1)
	binary.BigEndian.PutUint32(b[:], v)
	return netip.AddrFrom4(b)
}

// multicastMAC is 01:00:5e and the low 23 bits of the group (lwip.md 9).
func multicastMAC(a netip.Addr) MAC {
	b := a.As4()
	return MAC{0x01, 0x00, 0x5e, b[1] & 0x7f, b[2], b[3]}
}
