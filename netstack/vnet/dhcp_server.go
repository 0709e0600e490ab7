package vnet

import (
	"encoding/binary"
	"net/netip"
	"time"

	"github.com/emu8266/emu8266/netstack"
	"github.com/emu8266/emu8266/netstack/internal/wire"
)

// dhcpLeaseTime is the lease that the gateway's DHCP server grants; T1 and T2 are the usual half and seven eighths. Choice.
const dhcpLeaseTime = 2 * time.Hour

// dhcpOfferTime is how long an offered address is kept for the client. Choice: longer than the device asks for it (62 s, lwip.md 11.2).
const dhcpOfferTime = 2 * time.Minute

// dhcpMinMessage is the length of a BOOTP message; clients may drop shorter ones.
const dhcpMinMessage = 300

// dhcpRequest is what the server reads of a message.
type dhcpRequest struct {
	fixed     []byte // the fixed part, up to the options
	kind      byte
	mac       netstack.MAC
	client    netip.Addr // the client's present address; 0.0.0.0: none
	requested netip.Addr // option 50; invalid: absent
	server    netip.Addr // option 54; invalid: absent
	broadcast bool
}

// readDHCP decodes a client's message; false: it is not one for this server. Unknown options are skipped, a cut last option ends them.
func readDHCP(b []byte) (dhcpRequest, bool) {
	var r dhcpRequest
	if len(b) < wire.DHCPOptions || b[0] != wire.DHCPBootRequest || b[1] != 1 || b[2] != 6 ||
		binary.BigEndian.Uint32(b[wire.DHCPCookie:]) != wire.DHCPMagic {
		return r, false
	}
	if binary.BigEndian.Uint32(b[wire.DHCPRelayAddr:]) != 0 {
		return r, false // there are no relays here
	}
	r.fixed = b[:wire.DHCPOptions]
	r.mac = netstack.MAC(b[wire.DHCPHardware:])
	r.client = netip.AddrFrom4([4]byte(b[wire.DHCPClientAddr:]))
	r.broadcast = binary.BigEndian.Uint16(b[wire.DHCPFlags:])&wire.DHCPBroadcast != 0
	for o := b[wire.DHCPOptions:]; len(o) > 0 && o[0] != wire.DHCPOptEnd; {
		if o[0] == wire.DHCPOptPad {
			o = o[1:]
			continue
		}
		if len(o) < 2 || len(o) < 2+int(o[1]) {
			break
		}
		value := o[2 : 2+int(o[1])]
		switch {
		case o[0] == wire.DHCPOptKind && len(value) == 1:
			r.kind = value[0]
		case o[0] == wire.DHCPOptRequested && len(value) == 4:
			r.requested = netip.AddrFrom4([4]byte(value))
		case o[0] == wire.DHCPOptServer && len(value) == 4:
			r.server = netip.AddrFrom4([4]byte(value))
		}
		o = o[2+len(value):]
	}
	return r, r.kind != 0 && r.mac[0]&1 == 0 && r.mac != netstack.MAC{}
}

// lease is an address that belongs to a client until a time.
type lease struct {
	mac netstack.MAC // zero: nobody's, the address was declined
	end int64
}

// dhcpServer is the gateway's DHCP server (RFC 2131). Its pool begins at subnet number 100; addresses of hosts are left out. It is the only
// server, so it says NAK where one of several would be silent.
type dhcpServer struct {
	gateway *Gateway
	leases  map[netip.Addr]lease
	clients map[netstack.MAC]netip.Addr // the last address of each client
}

func (d *dhcpServer) init(g *Gateway) {
	d.gateway, d.leases, d.clients = g, make(map[netip.Addr]lease), make(map[netstack.MAC]netip.Addr)
}

// receive answers a message.
func (d *dhcpServer) receive(u *netstack.UDP, from netip.AddrPort, data []byte) {
	r, ok := readDHCP(data)
	if !ok { // whatever port it comes from: answers go to 68
		return
	}
	kind, addr := d.decide(r)
	if kind == 0 {
		return
	}
	to := netip.AddrPortFrom(wire.BroadcastAddr, wire.DHCPClientPort)
	switch {
	case kind == wire.DHCPNAK:
	case !wire.IsAny(r.client):
		to = netip.AddrPortFrom(r.client, wire.DHCPClientPort)
	case !r.broadcast && addr.IsValid():
		// The client has no address yet and cannot answer ARP for it.
		d.gateway.host.ifc.SetNeighbor(addr, r.mac)
		to = netip.AddrPortFrom(addr, wire.DHCPClientPort)
	}
	_ = u.SendTo(d.reply(r, kind, addr), to)
}

// decide changes the leases as a message wants it, and returns the answer's kind (0: none) and the client's address (invalid: none).
func (d *dhcpServer) decide(r dhcpRequest) (kind byte, addr netip.Addr) {
	own := d.gateway.host.addr
	switch r.kind {
	case wire.DHCPDiscover:
		if addr = d.choose(r); !addr.IsValid() {
			return 0, addr // the pool is used up
		}
		d.grant(addr, r.mac, dhcpOfferTime)
		return wire.DHCPOffer, addr
	case wire.DHCPRequest:
		addr = r.requested
		if !addr.IsValid() {
			addr = r.client // renewing or rebinding
		}
		if r.server.IsValid() && r.server != own {
			d.free(r.mac)
			return 0, netip.Addr{} // it took another server's offer
		}
		if !d.available(addr, r.mac) {
			return wire.DHCPNAK, netip.Addr{}
		}
		d.grant(addr, r.mac, dhcpLeaseTime)
		return wire.DHCPACK, addr
	case wire.DHCPDecline:
		if addr = r.requested; d.clients[r.mac] == addr && addr.IsValid() {
			d.free(r.mac)
			d.leases[addr] = lease{end: d.now() + int64(dhcpLeaseTime)} // somebody uses it
		}
	case wire.DHCPRelease:
		d.free(r.mac)
	case wire.DHCPInform:
		return wire.DHCPACK, netip.Addr{}
	}
	return 0, netip.Addr{}
}

func (d *dhcpServer) now() int64 { return d.gateway.host.net.now }

// choose finds an address: the client's last one, the one it asks for, 10.0.x.y for a MAC 02:00:0a:00:x:y, and else one that follows from
// the MAC, near the pool's start as long as there is room. So a device's address does not depend on who else is there, unless two want the
// same.
func (d *dhcpServer) choose(r dhcpRequest) netip.Addr {
	n := d.gateway.host.net
	last, known := d.clients[r.mac]
	own := netip.AddrFrom4([4]byte(r.mac[2:]))
	for _, a := range []struct {
		addr netip.Addr
		ok   bool
	}{{last, known}, {r.requested, r.requested.IsValid()}, {own, MACFor(own) == r.mac}} {
		if a.ok && d.available(a.addr, r.mac) {
			return a.addr
		}
	}
	var mac [8]byte
	copy(mac[:], r.mac[:])
	const near = lastNearPool - firstPool + 1
	start := uint32(mix(binary.LittleEndian.Uint64(mac[:])) % near)
	for i := range uint32(near) {
		if a, ok := n.number(firstPool + (start+i)%near); ok && d.available(a, r.mac) {
			return a
		}
	}
	for i := uint32(lastNearPool + 1); ; i++ {
		a, ok := n.number(i)
		if !ok {
			return netip.Addr{}
		}
		if d.available(a, r.mac) {
			return a
		}
	}
}

// available tells whether addr is in the pool and may be given to mac.
func (d *dhcpServer) available(addr netip.Addr, mac netstack.MAC) bool {
	n := d.gateway.host.net
	first, ok := n.number(firstPool)
	if !ok || !addr.IsValid() || !n.subnet.Contains(addr) || addr.Less(first) || addr == wire.BroadcastOf(n.subnet) ||
		n.hosts[addr] != nil || d.gateway.host.ifc.HasAlias(addr) {
		return false
	}
	l, taken := d.leases[addr]
	return !taken || l.mac == mac || l.end <= d.now()
}

// grant gives addr to a client for a time.
func (d *dhcpServer) grant(addr netip.Addr, mac netstack.MAC, span time.Duration) {
	if last, ok := d.clients[mac]; ok && last != addr {
		d.free(mac)
	}
	if l, ok := d.leases[addr]; ok && l.mac != mac {
		delete(d.clients, l.mac)
	}
	end := d.now() + int64(span)
	if l := d.leases[addr]; l.mac == mac {
		end = max(end, l.end) // an offer does not shorten a lease
	}
	d.leases[addr] = lease{mac: mac, end: end}
	d.clients[mac] = addr
}

// free takes a client's address back.
func (d *dhcpServer) free(mac netstack.MAC) {
	if addr, ok := d.clients[mac]; ok {
		delete(d.clients, mac)
		delete(d.leases, addr)
	}
}

// reply builds the server's message.
func (d *dhcpServer) reply(r dhcpRequest, kind byte, addr netip.Addr) []byte {
	n, own := d.gateway.host.net, d.gateway.host.addr.AsSlice()
	b := make([]byte, wire.DHCPOptions, dhcpMinMessage+64)
	copy(b, r.fixed[:4]) // op, htype, hlen, hops
	b[0] = wire.DHCPBootReply
	copy(b[4:8], r.fixed[4:8]) // xid
	copy(b[wire.DHCPFlags:wire.DHCPFlags+2], r.fixed[wire.DHCPFlags:])
	copy(b[wire.DHCPHardware:wire.DHCPHardware+16], r.fixed[wire.DHCPHardware:])
	if kind == wire.DHCPACK {
		copy(b[wire.DHCPClientAddr:wire.DHCPClientAddr+4], r.fixed[wire.DHCPClientAddr:])
	}
	if addr.IsValid() {
		copy(b[wire.DHCPYourAddr:], addr.AsSlice())
		copy(b[wire.DHCPServerAddr:], own)
	}
	binary.BigEndian.PutUint32(b[wire.DHCPCookie:], wire.DHCPMagic)
	option := func(code byte, value ...byte) {
		b = append(append(b, code, byte(len(value))), value...)
	}
	seconds := func(code byte, span time.Duration) {
		option(code, binary.BigEndian.AppendUint32(nil, uint32(span/time.Second))...)
	}
	option(wire.DHCPOptKind, kind)
	option(wire.DHCPOptServer, own...)
	if kind != wire.DHCPNAK {
		if addr.IsValid() {
			seconds(wire.DHCPOptLease, dhcpLeaseTime)
			seconds(wire.DHCPOptT1, dhcpLeaseTime/2)
			seconds(wire.DHCPOptT2, dhcpLeaseTime/8*7)
		}
		option(wire.DHCPOptMask, binary.BigEndian.AppendUint32(nil, ^uint32(0)<<(32-n.subnet.Bits()))...)
		option(wire.DHCPOptRouter, own...)
		option(wire.DHCPOptDNS, own...)
		option(wire.DHCPOptBroadcast, wire.BroadcastOf(n.subnet).AsSlice()...)
	}
	b = append(b, wire.DHCPOptEnd)
	for len(b) < dhcpMinMessage {
		b = append(b, 0)
	}
	return b
}
