package netstack

import (
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

// multicastMAC is 01:00:5e and the low 23 bits of the group (lwip.md 9).
func multicastMAC(a netip.Addr) MAC {
	b := a.As4()
	return MAC{0x01, 0x00, 0x5e, b[1] & 0x7f, b[2], b[3]}
}
