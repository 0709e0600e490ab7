package netstack

import (
	"encoding/binary"
	"net/netip"
	"time"
)

// DHCPLeaseTime is the lease that the gateway's DHCP server grants; T1 and T2 are the usual half and seven eighths. Choice.
const DHCPLeaseTime = 2 * time.Hour

// dhcpOfferTime is how long an offered address is kept for the client. Choice: longer than the device asks for it (62 s, lwip.md 11.2).
const dhcpOfferTime = 2 * time.Minute

// The fixed part of a DHCP message (RFC 2131): offsets and lengths.
const (
	dhcpFlags       = 10
	dhcpClientAddr  = 12
	dhcpYourAddr    = 16
	dhcpServerAddr  = 20
	dhcpRelayAddr   = 24
	dhcpHardware    = 28
	dhcpCookie      = 236
	dhcpOptions     = 240
	dhcpMinMessage  = 300 // a BOOTP message; clients may drop shorter ones
	dhcpMagic       = 0x63825363
	dhcpBroadcast   = 0x8000
	dhcpBootRequest = 1
	dhcpBootReply   = 2
)

// dhcpRequest is what the server reads of a message.
type dhcpRequest struct {
	fixed     []byte // the fixed part, up to the options
	kind      byte
	mac       MAC
	client    netip.Addr // the client's present address; 0.0.0.0: none
	requested netip.Addr // option 50; invalid: absent
	server    netip.Addr // option 54; invalid: absent
	broadcast bool
}

// Options and messages that only the server needs by these names.
const (
	dhcpOptPad       = 0
	dhcpOptMask      = 1
	dhcpOptRouter    = 3
	dhcpOptDNS       = 6
	dhcpOptBroadcast = 28
	dhcpOptRequested = 50
	dhcpOptLease     = 51
	dhcpOptKind      = 53
	dhcpOptServer    = 54
	dhcpOptT1        = 58
	dhcpOptT2        = 59
	dhcpOptEnd       = 255

	dhcpKindDiscover = 1
	dhcpKindOffer    = 2
	dhcpKindRequest  = 3
	dhcpKindDecline  = 4
	dhcpKindACK      = 5
	dhcpKindNAK      = 6
	dhcpKindRelease  = 7
	dhcpKindInform   = 8
)

// readDHCP decodes a client's message; false: it is not one for this server. Unknown options are skipped, a cut last option ends them.
func readDHCP(b []byte) (dhcpRequest, bool) {
	var r dhcpRequest
	if len(b) < dhcpOptions || b[0] != dhcpBootRequest || b[1] != 1 || b[2] != 6 || binary.BigEndian.Uint32(b[dhcpCookie:]) != dhcpMagic {
		return r, false
	}
	if binary.BigEndian.Uint32(b[dhcpRelayAddr:]) != 0 {
		return r, false // there are no relays here
	}
	r.fixed = b[:dhcpOptions]
	r.mac = MAC(b[dhcpHardware:])
	r.client = netip.AddrFrom4([4]byte(b[dhcpClientAddr:]))
	r.broadcast = binary.BigEndian.Uint16(b[dhcpFlags:])&dhcpBroadcast != 0
	for o := b[dhcpOptions:]; len(o) > 0 && o[0] != dhcpOptEnd; {
		if o[0] == dhcpOptPad {
			o = o[1:]
			continue
		}
		if len(o) < 2 || len(o) < 2+int(o[1]) {
			break
		}
		value := o[2 : 2+int(o[1])]
		switch {
		case o[0] == dhcpOptKind && len(value) == 1:
			r.kind = value[0]
		case o[0] == dhcpOptRequested && len(value) == 4:
			r.requested = netip.AddrFrom4([4]byte(value))
		case o[0] == dhcpOptServer && len(value) == 4:
			r.server = netip.AddrFrom4([4]byte(value))
		}
		o = o[2+len(value):]
	}
	return r, r.kind != 0 && r.mac[0]&1 == 0 && r.mac != MAC{}
}

// lease is an address that belongs to a client until a time.
type lease struct {
	mac MAC // zero: nobody's, the address was declined
	end int64
}

// dhcpServer is the gateway's DHCP server (RFC 2131). Its pool begins at subnet number 100; addresses of hosts are left out. It is the only server, so it says
// NAK where one of several would be silent.
type dhcpServer struct {
	gateway *Gateway
	leases  map[netip.Addr]lease
	clients map[MAC]netip.Addr // the last address of each client
}

func (d *dhcpServer) init(g *Gateway) {
	d.gateway, d.leases, d.clients = g, make(map[netip.Addr]lease), make(map[MAC]netip.Addr)
}

// receive answers a message.
func (d *dhcpServer) receive(u *UDP, from netip.AddrPort, data []byte) {
	r, ok := readDHCP(data)
	if !ok || from.Port() != dhcpClientPort {
		return
	}
	kind, addr := d.decide(r)
	if kind == 0 {
		return
	}
	to := netip.AddrPortFrom(limited, dhcpClientPort)
	switch {
	case kind == dhcpKindNAK:
	case !isAny(r.client):
		to = netip.AddrPortFrom(r.client, dhcpClientPort)
	case !r.broadcast && addr.IsValid():
		// The client has no address yet and cannot answer ARP for it.
		d.gateway.host.ifc.SetNeighbor(addr, r.mac)
		to = netip.AddrPortFrom(addr, dhcpClientPort)
	}
	_ = u.SendTo(d.reply(r, kind, addr), to)
}

// decide changes the leases as a message wants it, and returns the answer's kind (0: none) and the client's address (invalid: none).
func (d *dhcpServer) decide(r dhcpRequest) (kind byte, addr netip.Addr) {
	own := d.gateway.host.addr
	switch r.kind {
	case dhcpKindDiscover:
		if addr = d.choose(r); !addr.IsValid() {
			return 0, addr // the pool is used up
		}
		d.grant(addr, r.mac, dhcpOfferTime)
		return dhcpKindOffer, addr
	case dhcpKindRequest:
		addr = r.requested
		if !addr.IsValid() {
			addr = r.client // renewing or rebinding
		}
		if r.server.IsValid() && r.server != own {
			d.free(r.mac)
			return 0, netip.Addr{} // it took another server's offer
		}
		if !d.available(addr, r.mac) {
			return dhcpKindNAK, netip.Addr{}
		}
		d.grant(addr, r.mac, DHCPLeaseTime)
		return dhcpKindACK, addr
	case dhcpKindDecline:
		if addr = r.requested; d.clients[r.mac] == addr && addr.IsValid() {
			d.free(r.mac)
			d.leases[addr] = lease{end: d.now() + int64(DHCPLeaseTime)} // somebody uses it
		}
	case dhcpKindRelease:
		d.free(r.mac)
	case dhcpKindInform:
		return dhcpKindACK, netip.Addr{}
	}
	return 0, netip.Addr{}
}

func (d *dhcpServer) now() int64 { return d.gateway.host.net.now }

// choose finds an address: the client's last one, the one it asks for, 10.0.x.y for a MAC 02:00:0a:00:x:y, and else one that follows from the MAC, near the
// pool's start as long as there is room. So a device's address does not depend on who else is there, unless two want the same.
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
func (d *dhcpServer) available(addr netip.Addr, mac MAC) bool {
	n := d.gateway.host.net
	first, ok := n.number(firstPool)
	if !ok || !addr.IsValid() || !n.subnet.Contains(addr) || addr.Less(first) || addr == broadcastOf(n.subnet) || n.hosts[addr] != nil {
		return false
	}
	l, taken := d.leases[addr]
	return !taken || l.mac == mac || l.end <= d.now()
}

// grant gives addr to a client for a time.
func (d *dhcpServer) grant(addr netip.Addr, mac MAC, span time.Duration) {
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
func (d *dhcpServer) free(mac MAC) {
	if addr, ok := d.clients[mac]; ok {
		delete(d.clients, mac)
		delete(d.leases, addr)
	}
}

// reply builds the server's message.
func (d *dhcpServer) reply(r dhcpRequest, kind byte, addr netip.Addr) []byte {
	n, own := d.gateway.host.net, d.gateway.host.addr.AsSlice()
	b := make([]byte, dhcpOptions, dhcpMinMessage+64)
	copy(b, r.fixed[:4]) // op, htype, hlen, hops
	b[0] = dhcpBootReply
	copy(b[4:8], r.fixed[4:8]) // xid
	copy(b[dhcpFlags:dhcpFlags+2], r.fixed[dhcpFlags:])
	copy(b[dhcpHardware:dhcpHardware+16], r.fixed[dhcpHardware:])
	if kind == dhcpKindACK {
		copy(b[dhcpClientAddr:dhcpClientAddr+4], r.fixed[dhcpClientAddr:])
	}
	if addr.IsValid() {
		copy(b[dhcpYourAddr:], addr.AsSlice())
		copy(b[dhcpServerAddr:], own)
	}
	binary.BigEndian.PutUint32(b[dhcpCookie:], dhcpMagic)
	option := func(code byte, value ...byte) {
		b = append(append(b, code, byte(len(value))), value...)
	}
	seconds := func(code byte, span time.Duration) {
		option(code, binary.BigEndian.AppendUint32(nil, uint32(span/time.Second))...)
	}
	option(dhcpOptKind, kind)
	option(dhcpOptServer, own...)
	if kind != dhcpKindNAK {
		if addr.IsValid() {
			seconds(dhcpOptLease, DHCPLeaseTime)
			seconds(dhcpOptT1, DHCPLeaseTime/2)
			seconds(dhcpOptT2, DHCPLeaseTime/8*7)
		}
		option(dhcpOptMask, binary.BigEndian.AppendUint32(nil, ^uint32(0)<<(32-n.subnet.Bits()))...)
		option(dhcpOptRouter, own...)
		option(dhcpOptDNS, own...)
		option(dhcpOptBroadcast, broadcastOf(n.subnet).AsSlice()...)
	}
	b = append(b, dhcpOptEnd)
	for len(b) < dhcpMinMessage {
		b = append(b, 0)
	}
	return b
}
