package netstack

import (
	"encoding/binary"
	"net/netip"
	"slices"

	"github.com/google/gopacket"

	"github.com/emu8266/emu8266/netstack/internal/wire"
)

// UDP is a UDP socket (a udp_pcb in lwIP). It belongs to the stack's owner.
type UDP struct {
	s      *Stack
	recv   func(from netip.AddrPort, to netip.Addr, ifc *Interface, data []byte)
	local  netip.AddrPort
	remote netip.AddrPort
	room   int           // bytes of payload that its datagrams have memory for at least
	filled func(ok bool) // Reserve's
	blk    block
	closed bool
}

// DatagramBytes is what a datagram of n bytes takes of the heap while it is sent, without the allocator's header
// (lwip.md 16).
func DatagramBytes(n int) uint32 { return uint32(pbufSize(layerTransport, n)) }

// maxDatagram is the greatest UDP payload in one IP packet.
const maxDatagram = 65535 - wire.IPv4Len - wire.UDPLen

// NewUDP returns an unbound socket, nil if there is no memory. recv is called inside Input for each datagram; data is
// lent for the call. A nil recv discards what comes.
func (s *Stack) NewUDP(recv func(from netip.AddrPort, to netip.Addr, ifc *Interface, data []byte)) *UDP {
	blk, ok := s.charge(udpPCBBytes, "udp_pcb")
	if !ok {
		return nil
	}
	u := &UDP{s: s, recv: recv, blk: blk, local: netip.AddrPortFrom(wire.AnyAddr, 0)}
	s.udp = append(s.udp, u)
	return u
}

// Bind sets the local address and port; port 0 takes the lowest free one of the profile's range (4096 up on the device,
// lwip.md 10). ErrInUse: the port is taken and either side is the any-address or both are the same.
func (u *UDP) Bind(addr netip.Addr, port uint16) error {
	if u.closed {
		return ErrClosed
	}
	addr = wire.OrAny(addr)
	if port == 0 {
		lo, hi := int(u.s.p.UDPEphemeralMin), int(u.s.p.UDPEphemeralMax)
		for p := lo; p <= hi; p++ {
			if !slices.ContainsFunc(u.s.udp, func(o *UDP) bool { return int(o.local.Port()) == p }) {
				u.local = netip.AddrPortFrom(addr, uint16(p))
				return nil
			}
		}
		return ErrInUse
	}
	if port == wire.DHCPClientPort && len(u.s.dhcp) > 0 { // the client is no socket here; the server has one
		return ErrInUse
	}
	for _, o := range u.s.udp {
		if o != u && o.local.Port() == port && (wire.IsAny(addr) || wire.IsAny(o.local.Addr()) || o.local.Addr() == addr) {
			return ErrInUse
		}
	}
	u.local = netip.AddrPortFrom(addr, port)
	return nil
}

// bound says whether a socket has a port.
func (s *Stack) bound(port uint16) bool {
	return slices.ContainsFunc(s.udp, func(u *UDP) bool { return u.local.Port() == port })
}

// Connect fixes the peer: only its datagrams are received, and it is the destination of SendTo with a zero address. It
// binds an unbound socket.
func (u *UDP) Connect(remote netip.AddrPort) error {
	if u.local.Port() == 0 {
		if err := u.Bind(u.local.Addr(), 0); err != nil {
			return err
		}
	}
	u.remote = netip.AddrPortFrom(wire.OrAny(remote.Addr()), remote.Port())
	return nil
}

// Local returns the bound address (0.0.0.0 for any) and port; port 0 before Bind.
func (u *UDP) Local() netip.AddrPort { return u.local }

// SendTo sends one datagram; the zero AddrPort means the connected peer. It binds an unbound socket. ErrRoute: no
// interface or gateway; ErrArg: no destination or more than one IP packet's payload; ErrBuf: no memory for the datagram;
// ErrMem: none to wait for the neighbour's address; ErrInterface: the interface refuses the frame. A datagram above the MTU goes
// out in one frame; one to a multicast group leaves through the default interface (lwip.md 8).
func (u *UDP) SendTo(data []byte, to netip.AddrPort) error {
	if u.closed {
		return ErrClosed
	}
	if !to.IsValid() {
		to = u.remote
	}
	dst := to.Addr().Unmap()
	if !dst.Is4() || len(data) > maxDatagram {
		return ErrArg
	}
	if u.local.Port() == 0 {
		if err := u.Bind(u.local.Addr(), 0); err != nil {
			return err
		}
	}
	way := dst
	if dst.IsMulticast() {
		way = wire.AnyAddr // the socket's multicast address, which nobody sets (lwip.md 8)
	}
	i := u.s.route(way)
	if i == nil {
		return ErrRoute
	}
	return u.sendVia(i, data, dst, to.Port())
}

// Reserve makes each datagram take memory for n bytes of payload at least, as of a program that takes it before it knows what there is to
// say. Filled is called while it is held, before the datagram leaves, and when there is none; nil: nobody.
func (u *UDP) Reserve(n int, filled func(ok bool)) { u.room, u.filled = n, filled }

// SendVia is SendTo through an interface of the caller's choice.
func (u *UDP) SendVia(i *Interface, data []byte, to netip.AddrPort) error {
	dst := to.Addr().Unmap()
	switch {
	case u.closed:
		return ErrClosed
	case !dst.Is4() || len(data) > maxDatagram:
		return ErrArg
	case !i.up:
		return ErrRoute
	case u.local.Port() == 0:
		if err := u.Bind(u.local.Addr(), 0); err != nil {
			return err
		}
	}
	return u.sendVia(i, data, dst, to.Port())
}

func (u *UDP) sendVia(i *Interface, data []byte, dst netip.Addr, port uint16) error {
	blk, ok := u.s.pbuf(layerTransport, max(len(data), u.room))
	if u.filled != nil {
		u.filled(ok)
	}
	if !ok {
		return ErrBuf
	}
	defer u.s.discharge(&blk)
	src := u.local.Addr()
	if wire.IsAny(src) {
		src = wire.OrAny(i.addr.Addr())
	}
	return u.s.transmit(i, dst, u.s.buildUDP(i, netip.AddrPortFrom(src, u.local.Port()), netip.AddrPortFrom(dst, port), data))
}

// Close frees the socket; doing it again has no effect.
func (u *UDP) Close() {
	if u.closed {
		return
	}
	u.closed = true
	if k := slices.Index(u.s.udp, u); k >= 0 {
		u.s.udp = slices.Delete(u.s.udp, k, k+1)
	}
	u.s.discharge(&u.blk)
}

// inputUDP checks a datagram and finds its socket (lwip.md 10): the first whose peer matches, else the first without a
// peer, else port unreachable. Ports 67 and 68 belong to DHCP.
func (s *Stack) inputUDP(i *Interface, packet []byte, src, dst netip.Addr, seg []byte, group bool) {
	d := &s.codec.In.UDP
	if len(seg) < wire.UDPLen || d.DecodeFromBytes(seg, gopacket.NilDecodeFeedback) != nil {
		s.drop(i, "bad UDP header")
		return
	}
	n := int(d.Length)
	if n < wire.UDPLen || n > len(seg) {
		s.drop(i, "bad UDP length")
		return
	}
	seg = seg[:n]
	if d.Checksum != 0 && wire.Fold(wire.Sum(seg, wire.PseudoSum(packet, uint16(n)))) != 0xffff {
		s.drop(i, "bad UDP checksum")
		return
	}
	from := netip.AddrPortFrom(src, binary.BigEndian.Uint16(seg))
	port := binary.BigEndian.Uint16(seg[2:])
	data := seg[wire.UDPLen:]
	if port == wire.DHCPServerPort && i.dhcps != nil {
		if from.Port() == wire.DHCPClientPort {
			i.dhcps.input(data)
		}
		return
	}
	if port == wire.DHCPClientPort && i.dhcp != nil { // whoever has the port (lwip.md 11.2)
		if from.Port() == wire.DHCPServerPort {
			i.dhcp.input(data)
		}
		return
	}
	var found *UDP
	for _, u := range s.udp {
		if u.local.Port() != port || !wire.IsAny(u.local.Addr()) && u.local.Addr() != dst && !group {
			continue
		}
		if u.remote == from {
			found = u
			break
		}
		if found == nil && !u.remote.IsValid() {
			found = u
		}
	}
	switch {
	case found != nil:
		if found.recv != nil {
			found.recv(from, dst, i, data)
		}
	case !group && s.accepts(i, dst):
		s.unreachable(i, packet, src, dst, icmpPortUnreachable)
	}
}
