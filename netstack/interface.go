package netstack

import (
	"net/netip"
	"slices"

	"github.com/emu8266/emu8266/netstack/internal/wire"
)

// Interface is one network interface of a stack (a netif in lwIP). It belongs to the stack's owner.
type Interface struct {
	s    *Stack
	name string
	mac  MAC
	out  func(frame []byte)
	room func() bool // SetRoom; nil: always

	up   bool
	link bool
	addr netip.Prefix
	gw   netip.Addr
	mtu  int

	dhcpState block // lwip.md 16: of the client, stopped or not
	forgot    bool  // ForgetAddr

	dhcp  *dhcpClient
	dhcps *apDHCP // the soft-AP's server

	groups []*igmpGroup

	dhcpClass    string // option 60
	dhcpRetries  int    // 0: no limit
	dhcpExceeded func() bool

	unlisted    bool         // see SetListed
	transparent bool         // see SetTransparent
	aliases     []netip.Addr // see AddAlias
}

// AddInterface adds an interface that is down, has no address, and whose link is up. The frames it sends go to out, which
// borrows them for the call and must not call a stack. The first interface is the default one (the station's).
func (s *Stack) AddInterface(name string, mac MAC, out func(frame []byte)) *Interface {
	i := &Interface{s: s, name: name, mac: mac, out: out, link: true, mtu: s.p.MTU}
	i.groups = []*igmpGroup{{addr: allSystems, use: 1, at: never}}
	s.ifaces = append(s.ifaces, i)
	return i
}

// SetListed says whether lwIP's list has the interface, as it has from AddInterface on. Without it no group is joined there, and what was
// joined is given back: the SDK adds the station's interface when Wi-Fi starts in a mode with a station, and removes it with the mode
// (lwip.md 13).
func (i *Interface) SetListed(listed bool) {
	if i.unlisted = !listed; listed {
		return
	}
	for _, g := range i.groups {
		i.s.discharge(&g.blk)
	}
	i.groups = []*igmpGroup{{addr: allSystems, use: 1, at: never}}
}

// SetRoom sets what is asked before each frame that leaves: false means that the interface refuses it, as a radio whose
// transmit buffers are all in use. A datagram then gives ErrInterface; a TCP segment counts as sent and is repeated when its
// time has come; anything else is lost. Nil: frames always leave. It must not call a stack.
func (i *Interface) SetRoom(room func() bool) { i.room = room }

// MAC returns the hardware address.
func (i *Interface) MAC() MAC { return i.mac }

// Up says whether the interface carries IP traffic.
func (i *Interface) Up() bool { return i.up }

// SetMAC changes the hardware address, of an interface that is down.
func (i *Interface) SetMAC(mac MAC) { i.mac = mac }

// Addr returns the address and subnet; the zero Prefix if there is none, 0.0.0.0 if that is what was set.
func (i *Interface) Addr() netip.Prefix { return i.addr }

// Gateway returns the router for other subnets; the zero Addr if there is none.
func (i *Interface) Gateway() netip.Addr { return i.gw }

// MTU returns the greatest IP packet, which an ICMP message may have changed (lwip.md 8.1).
func (i *Interface) MTU() int { return i.mtu }

// SetUp starts or stops IP traffic. Going up announces the address by a gratuitous ARP request and the
// multicast memberships by reports. Connections and
// neighbours survive going down and up (measured, wire trace addr-down).
func (i *Interface) SetUp(up bool) {
	if i.up == up {
		return
	}
	i.up = up
	if up {
		i.announce()
	}
}

// SetLink tells the interface that its link (the association with the access point) came or went. A DHCP client that
// was bound asks for its address again when the link comes back (lwip.md 11.2, REBOOTING).
func (i *Interface) SetLink(up bool) {
	if i.link == up {
		return
	}
	i.link = up
	if up && i.dhcp != nil {
		i.dhcp.linkUp()
	}
	if up && i.up {
		i.announce()
	}
}

// announce sends the gratuitous ARP request for the own address and reports the memberships.
func (i *Interface) announce() {
	if !i.link {
		return
	}
	if i.hasAddr() {
		i.s.arpRequest(i, i.addr.Addr(), i.addr.Addr())
	}
	i.reportGroups()
}

// ForgetAddr takes the address away as wifi_station_dhcpc_start does before the client looks for one: the interface stays up with
// 0.0.0.0 and its netmask of no bits, from which datagrams leave, and connections go on if they get the same address again (lwip.md 11.2).
func (i *Interface) ForgetAddr() {
	i.addr, i.gw, i.forgot = netip.PrefixFrom(wire.AnyAddr, 0), netip.Addr{}, true
	i.s.concerns++
}

// hasAddr says whether the interface has an address other than 0.0.0.0.
func (i *Interface) hasAddr() bool { return i.addr.IsValid() && !wire.IsAny(i.addr.Addr()) }

// SetAddr sets the address, subnet and gateway; the zero Prefix removes the address, and with 0.0.0.0 an interface that is up still sends
// what is no connection's, which nothing answers (lwip.md 7.5). If the address changes, every
// connection bound to the old one is reset from the old address and its handler gets ErrAborted (lwip.md 7.5).
func (i *Interface) SetAddr(addr netip.Prefix, gateway netip.Addr) {
	if addr.IsValid() && !addr.Addr().Is4() {
		addr = netip.Prefix{}
	}
	if i.hasAddr() && i.addr.Addr() != addr.Addr() {
		old := i.addr.Addr()
		for _, t := range i.s.TCBs() {
			if t.local.Addr() == old && t.state != StateTimeWait {
				t.because(Cause{ID: CauseAddressGone, Object: old.String()})
				t.kill(ErrAborted, true)
			}
		}
	}
	i.addr = addr
	i.s.concerns++
	i.gw = gateway.Unmap()
}

// SetNeighbor enters addr and its hardware address into the ARP table as an ARP packet would. A DHCP server needs it to
// answer a client that has no address yet.
func (i *Interface) SetNeighbor(addr netip.Addr, mac MAC) {
	if a := addr.Unmap(); a.Is4() {
		i.s.arp.learn(i.s, i, a, mac, true)
	}
}

// SetTransparent makes the interface accept packets to addresses outside its subnet, too, as the way out of a gateway needs: a
// listener on such an address answers in its name, and a segment that nothing matches gets RST from it.
func (i *Interface) SetTransparent(on bool) { i.transparent = on }

// AddAlias makes the interface answer for a further address of its subnet, as a router does that stands in for a host: it answers ARP
// requests for it and accepts packets to it.
func (i *Interface) AddAlias(addr netip.Addr) {
	if addr = addr.Unmap(); addr.Is4() && !slices.Contains(i.aliases, addr) {
		i.aliases = append(i.aliases, addr)
		i.s.concerns++
	}
}

// HasAlias tells whether the interface answers for an address that AddAlias has named.
func (i *Interface) HasAlias(addr netip.Addr) bool { return slices.Contains(i.aliases, addr.Unmap()) }
