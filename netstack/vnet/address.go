package vnet

import (
	"fmt"
	"net/netip"

	"github.com/emu8266/emu8266/netstack"
)

// MACFor returns the address that a host or device with the address addr has unless it was given another: 02:00 and the four bytes
// of addr, so that 10.0.0.7 is 02:00:0a:00:00:07. An address that is not IPv4 gives the zero MAC.
func MACFor(addr netip.Addr) netstack.MAC {
	if !addr.Is4() {
		return netstack.MAC{}
	}
	ip := addr.As4()
	return netstack.MAC{2, 0, ip[0], ip[1], ip[2], ip[3]}
}

// First addresses after the subnet's own, counted from the network address.
const (
	gatewayNumber  = 1   // the gateway
	firstHost      = 2   // hosts that name no address
	firstPool      = 100 // pool of the DHCP server
	firstHighHost  = 256 // hosts again, when those below the pool are taken
	lastNearPool   = 254 // the pool's end in small networks, and the range that is used first
	broadcastGuard = 1   // the broadcast address is nobody's
)

// number returns the i-th address of the subnet, and false if it has none.
func (n *Network) number(i uint32) (netip.Addr, bool) {
	size := uint64(1) << (32 - n.subnet.Bits())
	if uint64(i)+broadcastGuard >= size {
		return netip.Addr{}, false
	}
	base := n.subnet.Addr().As4()
	v := uint32(base[0])<<24 | uint32(base[1])<<16 | uint32(base[2])<<8 | uint32(base[3])
	v += i
	return netip.AddrFrom4([4]byte{byte(v >> 24), byte(v >> 16), byte(v >> 8), byte(v)}), true
}

// freeAddr returns the next address for a host that names none.
func (n *Network) freeAddr() netip.Addr {
	for i := uint32(firstHost); ; i++ {
		if i == firstPool {
			i = firstHighHost
		}
		addr, ok := n.number(i)
		if !ok {
			panic(fmt.Sprintf("vnet: no address left in %v", n.subnet))
		}
		if n.hosts[addr] == nil {
			return addr
		}
	}
}
