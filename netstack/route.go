package netstack

import (
	"net/netip"

	"github.com/emu8266/emu8266/netstack/internal/wire"
)

// route returns the interface for a destination (lwip.md 8): the newest that is up and has it in its subnet, else the
// first one, if that is up, has an address and the destination is not its broadcast, else the default one.
func (s *Stack) route(dst netip.Addr) *Interface {
	if s.p.Loopback {
		if i := s.ifaceOf(dst); i != nil && i.up {
			return i
		}
	}
	for k := len(s.ifaces) - 1; k >= 0; k-- {
		if i := s.ifaces[k]; i.up && i.addr.IsValid() && i.addr.Contains(dst) {
			return i
		}
	}
	if len(s.ifaces) == 0 {
		return nil
	}
	if i := s.ifaces[0]; i.up && i.addr.IsValid() && !i.isBroadcast(dst) {
		return i
	}
	if i := s.Default(); i.up && i.addr.IsValid() {
		return i
	}
	return nil
}

// SetDefault makes i the default interface: where packets go that no other rule sends elsewhere, broadcasts to
// 255.255.255.255 and datagrams to multicast groups above all. nil: the first one.
func (s *Stack) SetDefault(i *Interface) { s.def = i }

// Default returns the default interface, nil without any interface.
func (s *Stack) Default() *Interface {
	if s.def == nil && len(s.ifaces) > 0 {
		return s.ifaces[0]
	}
	return s.def
}

// IsBroadcast says whether packets to an address are broadcast on the interface.
func (i *Interface) IsBroadcast(a netip.Addr) bool { return i.isBroadcast(a.Unmap()) }

// nextHop returns the neighbour that gets a packet to dst: dst itself on the subnet and for link-local destinations,
// else the gateway (lwip.md 8).
func (i *Interface) nextHop(dst netip.Addr) (netip.Addr, error) {
	if dst.IsLinkLocalUnicast() || i.addr.IsValid() && i.addr.Contains(dst) {
		return dst, nil
	}
	if wire.IsAny(i.gw) {
		return netip.Addr{}, ErrRoute
	}
	return i.gw, nil
}

// isBroadcast applies the device's test: 255.255.255.255, 0.0.0.0 and the subnet's broadcast (lwip.md 8).
func (i *Interface) isBroadcast(a netip.Addr) bool {
	return a == wire.BroadcastAddr || a == wire.AnyAddr || i.addr.IsValid() && i.addr.Bits() < 31 && a == wire.BroadcastOf(i.addr)
}
