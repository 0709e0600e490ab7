package netstack

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/emu8266/emu8266/netstack/internal/wire"
)

// Figures of the soft-AP's DHCP server (dhcpserver.c of SDK 3.0.6, which is the same in 2.2).
const (
	apLeases    = 100 // addresses of the default range
	apMessage   = 548 // bytes of every message sent; received ones are cut there
	apPoolBytes = 24  // heap of a lease
	apNodeBytes = 8   // and of its place in the list
	apLeasesMax = 8   // leases at which the minute's timer drops one
	apMTU       = 576 // option 26
)

// DHCPServerConfig says what the soft-AP's DHCP server gives. Its own address is the interface's.
type DHCPServerConfig struct {
	First, Last netip.Addr
	Minutes     uint32                            // of a lease
	Router      func() netip.Addr                 // option 3, asked for each message; the zero Addr: none
	Assigned    func(client MAC, addr netip.Addr) // after an ACK, and with 0.0.0.0 when a lease ends; nil: nobody
}

// apLease is one client's address.
type apLease struct {
	addr    netip.Addr
	mac     MAC
	minutes uint32 // left
	fixed   bool   // the client brought the address
	offline bool
	blocks  [2]block
}

// apDHCP is the DHCP server of a device's soft-AP, with its habits: it keeps no offers apart from leases, answers
// everything by broadcast, looks at the message's client address before its type, and never checks whether an
// address is in use.
//
// Deviation: a message longer than 548 bytes is cut, where the device writes over its heap, and one that finds no memory for its lease is
// lost, where the device crashes.
type apDHCP struct {
	i      *Interface
	cfg    DHCPServerConfig
	u      *UDP
	leases []*apLease // by last octet first, as the device compares
	at     instant    // of the minute's timer; never: no leases
}

// DHCPRange returns the range that the soft-AP's DHCP server has by itself: the hundred addresses above its own, or, from
// x.x.x.128 on, those below.
func DHCPRange(own netip.Addr) (first, last netip.Addr) {
	a := own.As4()
	from := int(a[3]) + 1
	if a[3] >= 0x80 {
		from = int(a[3]) - apLeases
	}
	b := a
	a[3], b[3] = byte(from), byte(from+apLeases-1)
	return netip.AddrFrom4(a), netip.AddrFrom4(b)
}

// StartDHCPServer makes the interface give addresses to its clients as the device's soft-AP does; a second call starts
// anew. ErrMem, ErrInUse: port 67 is taken.
//
// As on the device its answers are broadcasts that follow the route of 255.255.255.255, that is the default interface.
func (i *Interface) StartDHCPServer(cfg DHCPServerConfig) error {
	i.StopDHCPServer()
	u := i.s.NewUDP(nil) // what it receives comes by way of the interface
	if u == nil {
		return ErrMem
	}
	if err := u.Bind(wire.AnyAddr, wire.DHCPServerPort); err != nil {
		u.Close()
		return err
	}
	i.dhcps = &apDHCP{i: i, cfg: cfg, u: u, at: never}
	return nil
}

// StopDHCPServer ends the server and forgets its leases; the clients keep what they have.
func (i *Interface) StopDHCPServer() {
	d := i.dhcps
	if d == nil {
		return
	}
	i.dhcps = nil
	d.u.Close()
	for _, l := range d.leases {
		d.assigned(l.mac, wire.AnyAddr)
		d.discharge(l)
	}
}

// DHCPClientLeft tells the server that a client has left the cell: its lease stays for it, unless it brought its
// address.
func (i *Interface) DHCPClientLeft(mac MAC) {
	if i.dhcps == nil {
		return
	}
	for _, l := range i.dhcps.leases {
		if l.mac == mac {
			i.dhcps.leave(l, false)
			return
		}
	}
}

func (d *apDHCP) assigned(mac MAC, addr netip.Addr) {
	if d.cfg.Assigned != nil {
		d.cfg.Assigned(mac, addr)
	}
}

func (d *apDHCP) discharge(l *apLease) {
	for k := range l.blocks {
		d.i.s.discharge(&l.blocks[k])
	}
}

func (d *apDHCP) remove(l *apLease) {
	d.leases = slices.DeleteFunc(d.leases, func(o *apLease) bool { return o == l })
	d.discharge(l)
}

func (d *apDHCP) leave(l *apLease, force bool) {
	if l.fixed || force {
		d.remove(l)
	} else {
		l.offline = true
	}
	d.assigned(l.mac, wire.AnyAddr)
}

// littleEndian is an address as the device compares it: the last octet counts most.
func littleEndian(a netip.Addr) uint32 {
	b := a.As4()
	return binary.LittleEndian.Uint32(b[:])
}

func next4(a netip.Addr) netip.Addr {
	b := a.As4()
	binary.BigEndian.PutUint32(b[:], binary.BigEndian.Uint32(b[:])+1)
	return netip.AddrFrom4(b)
}

// insert puts a lease into its place.
func (d *apDHCP) insert(l *apLease) {
	k := 0
	for k < len(d.leases) && littleEndian(d.leases[k].addr) <= littleEndian(l.addr) {
		k++
	}
	d.leases = slices.Insert(d.leases, k, l)
	if d.at == never {
		d.at = d.i.s.gridAfter(time.Minute)
	}
}

// size is the number of addresses of the range.
func (d *apDHCP) size() int {
	first, last := d.cfg.First.As4(), d.cfg.Last.As4()
	return int(binary.BigEndian.Uint32(last[:])-binary.BigEndian.Uint32(first[:])) + 1
}

// update finds or makes the lease of a client that says it has the address has (0.0.0.0: none), and returns its
// address, 0.0.0.0 if there is none for it. renew: the client has that very lease.
func (d *apDHCP) update(mac MAC, has netip.Addr) (addr netip.Addr, renew bool) {
	if has == wire.BroadcastAddr {
		return wire.AnyAddr, false
	}
	asks := !wire.IsAny(has)
	var byMAC, byAddr *apLease
	free := d.cfg.First
	found := false
	for _, l := range d.leases {
		if l.mac == mac {
			byMAC = l
			if !asks {
				found = true
				break
			}
		}
		switch {
		case asks:
			if l.addr == has {
				byAddr = l
			}
		case !found:
			if l.addr != free {
				found = true
			} else {
				free = next4(free)
			}
		}
	}
	full := func() (netip.Addr, bool) {
		d.i.tell(netip.Addr{}, Cause{ID: CausePoolEmpty, Object: mac.String(), Have: len(d.leases), Limit: d.size()})
		return wire.AnyAddr, false
	}
	if !asks && !found && littleEndian(free) > littleEndian(d.cfg.Last) {
		return full()
	}
	fixed := asks
	want := free
	if asks {
		want = has
	}
	l := byMAC
	switch {
	case byAddr != nil && byAddr != byMAC:
		if !byAddr.offline {
			d.i.tell(has, Cause{ID: CausePoolTaken, Object: fmt.Sprintf("%v asks for %v, which %v has", mac, has, byAddr.mac)})
			return wire.AnyAddr, false
		}
		if byMAC != nil {
			d.remove(byMAC)
		}
		l = byAddr
		l.mac = mac
	case byAddr != nil:
		renew, fixed = true, false
	case byMAC != nil:
		d.leases = slices.DeleteFunc(d.leases, func(o *apLease) bool { return o == l })
		l.addr = want // an address below that has become free is preferred to the client's own
		d.insert(l)
	default:
		if littleEndian(want) > littleEndian(d.cfg.Last) {
			return full()
		}
		l = &apLease{addr: want, mac: mac}
		for k, n := range []int{apPoolBytes, apNodeBytes} {
			blk, ok := d.i.s.charge(n, "dhcps lease")
			if !ok {
				d.discharge(l)
				d.i.tell(netip.Addr{}, Cause{ID: CausePoolMemory, Object: mac.String(), Have: n})
				return wire.AnyAddr, false
			}
			l.blocks[k] = blk
		}
		d.insert(l)
	}
	l.minutes, l.fixed, l.offline = d.cfg.Minutes, fixed, false
	return l.addr, renew
}

// input takes a message of a client.
func (d *apDHCP) input(data []byte) {
	s := d.i.s
	blk, ok := s.charge(apMessage, "dhcps_msg")
	if !ok {
		if len(data) >= wire.DHCPHardware+len(MAC{}) {
			d.i.tell(netip.Addr{}, Cause{ID: CausePoolMemory, Object: MAC(data[wire.DHCPHardware:]).String(), Have: apMessage})
		}
		return
	}
	defer s.discharge(&blk)
	var m [apMessage]byte
	copy(m[:], data[:min(len(data), apMessage)])
	if len(data) < wire.DHCPOptions || binary.BigEndian.Uint32(m[wire.DHCPCookie:]) != wire.DHCPMagic {
		return
	}
	mac, has := MAC(m[wire.DHCPHardware:]), netip.AddrFrom4([4]byte(m[wire.DHCPClientAddr:]))
	addr, renew := d.update(mac, has)
	switch kind := d.judge(m[wire.DHCPOptions:min(len(data), apMessage)], addr, renew); kind {
	case wire.DHCPRelease:
		for _, l := range d.leases {
			if l.mac == mac && l.addr == has {
				d.leave(l, true)
				break
			}
		}
	case wire.DHCPOffer, wire.DHCPNAK:
		d.send(&m, kind, addr)
	case wire.DHCPACK:
		d.send(&m, kind, addr)
		d.assigned(mac, addr)
	}
	if len(d.leases) == 0 {
		d.at = never
	}
}

// judge reads the options and returns the kind of the answer, dhcpKindRelease for a release, 0 for none.
func (d *apDHCP) judge(options []byte, addr netip.Addr, renew bool) byte {
	var kind, answer byte
	for o := options; len(o) > 2 && o[0] != wire.DHCPOptEnd; {
		switch {
		case o[0] == wire.DHCPOptKind:
			kind = o[2]
		case o[0] == wire.DHCPOptRequested && len(o) >= 6:
			answer = wire.DHCPNAK
			if netip.AddrFrom4([4]byte(o[2:6])) == addr {
				answer = wire.DHCPACK
			}
		}
		o = o[min(len(o), 2+int(o[1])):]
	}
	switch kind {
	case wire.DHCPDiscover:
		return wire.DHCPOffer
	case wire.DHCPRequest:
		if answer == 0 {
			answer = wire.DHCPNAK
			if renew {
				answer = wire.DHCPACK
			}
		}
	case wire.DHCPDecline:
		return 0
	case wire.DHCPRelease:
		return wire.DHCPRelease
	}
	return answer
}

// send answers the message in m, in its own buffer.
func (d *apDHCP) send(m *[apMessage]byte, kind byte, addr netip.Addr) {
	m[0], m[1], m[2], m[3] = wire.DHCPBootReply, 1, 6, 0
	binary.BigEndian.PutUint32(m[8:], wire.DHCPBroadcast) // secs 0, flags
	clear(m[wire.DHCPClientAddr:wire.DHCPHardware])
	copy(m[wire.DHCPYourAddr:], addr.AsSlice())
	clear(m[wire.DHCPHardware+16 : wire.DHCPCookie])
	clear(m[wire.DHCPOptions:])
	o := append(m[:wire.DHCPOptions], wire.DHCPOptKind, 1, kind)
	if kind != wire.DHCPNAK {
		o = d.options(o)
	}
	_ = append(o, wire.DHCPOptEnd)
	// Without a route or memory the answer is lost, as on the device.
	_ = d.u.SendTo(m[:], netip.AddrPortFrom(wire.BroadcastAddr, wire.DHCPClientPort))
}

// options appends what an OFFER and an ACK tell.
func (d *apDHCP) options(o []byte) []byte {
	own := wire.OrAny(d.i.addr.Addr()).As4()
	option := func(code byte, value ...byte) { o = append(append(o, code, byte(len(value))), value...) }
	option(wire.DHCPOptMask, 255, 255, 255, 0) // whatever the interface's mask is
	option(wire.DHCPOptLease, binary.BigEndian.AppendUint32(nil, d.cfg.Minutes*60)...)
	option(wire.DHCPOptServer, own[:]...)
	if d.cfg.Router != nil {
		if r := d.cfg.Router(); r.Is4() {
			option(wire.DHCPOptRouter, r.AsSlice()...)
		}
	}
	option(wire.DHCPOptDNS, own[:]...)
	option(wire.DHCPOptBroadcast, own[0], own[1], own[2], 255)
	option(wire.DHCPOptMTU, apMTU>>8, apMTU&255)
	option(wire.DHCPOptSearch, 0)
	option(wire.DHCPOptVendor, 1, 4, 0, 0, 0, 2)
	return o
}

// fire is a run of the minute's timer: leases grow older and end, and from eight on one more has to go.
func (d *apDHCP) fire() {
	for _, l := range slices.Clone(d.leases) {
		if !l.fixed {
			l.minutes--
		}
		if l.minutes == 0 {
			d.remove(l)
		}
	}
	if len(d.leases) >= apLeasesMax {
		oldest := d.leases[1]
		for _, l := range d.leases[2:] {
			if l.minutes < oldest.minutes {
				oldest = l
			}
		}
		d.i.tell(oldest.addr, Cause{ID: CausePoolDropped, Object: oldest.mac.String(), Have: len(d.leases), Limit: apLeasesMax - 1})
		d.leases[len(d.leases)-1].offline = true
		d.remove(oldest)
	}
	if d.at = never; len(d.leases) > 0 {
		d.at = d.i.s.gridAfter(time.Minute)
	}
}
