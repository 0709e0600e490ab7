package netstack

import (
	"encoding/binary"
	"net/netip"
	"slices"
	"time"

	"github.com/google/gopacket/layers"

	"github.com/emu8266/emu8266/netstack/internal/wire"
)

// Figures of IGMP version 2 (lwip.md 13). Delays count runs of the 100 ms timer.
const (
	igmpQuery      = 0x11
	igmpReport     = 0x16
	igmpLeave      = 0x17
	igmpLen        = 8
	igmpJoinMax    = 5  // bound of the delay of a join's second report
	igmpVersion1   = 10 // maximum response of a query that names none: 1 s
	igmpGroupBytes = 20
)

var (
	allSystems = netip.AddrFrom4([4]byte{224, 0, 0, 1})
	allRouters = netip.AddrFrom4([4]byte{224, 0, 0, 2})
)

// routerAlert is the IP option of every IGMP message (RFC 2113).
var routerAlert = [4]byte{0x94, 4, 0, 0}

// igmpGroup is one membership of an interface.
type igmpGroup struct {
	addr     netip.Addr
	use      int
	reporter bool    // the last report heard for it was ours
	delaying bool    // a query or join is being answered, also after the report has left
	at       instant // when the report leaves; never: none is due
	blk      block
}

// JoinGroup joins a multicast group on every interface, or on the one with address host: packets to the group are
// accepted, and the membership is reported at once and again 0.1 to 0.4 s later (lwip.md 13). Each call needs a
// LeaveGroup. ErrArg: not multicast, 224.0.0.1, or no such interface; ErrMem.
func (s *Stack) JoinGroup(host, group netip.Addr) error {
	group = group.Unmap()
	if !group.Is4() || !group.IsMulticast() || group == allSystems {
		return ErrArg
	}
	err := ErrArg
	for _, i := range s.ifaces {
		if i.unlisted || !wire.IsAny(host) && i.addr.Addr() != host {
			continue
		}
		err = nil
		g := i.group(group)
		if g == nil {
			blk, ok := s.charge(igmpGroupBytes, "igmp_group")
			if !ok {
				return ErrMem
			}
			g = &igmpGroup{addr: group, at: never, blk: blk}
			i.groups = slices.Insert(i.groups, 0, g) // the newest draws its random delay first, 224.0.0.1 last (lwip.md 13)
			i.sendIGMP(g, igmpReport)
			g.delay(s, igmpJoinMax)
		}
		g.use++
	}
	return err
}

// LeaveGroup takes one JoinGroup back. With the last one the group's packets are no longer accepted; a leave message is
// sent only if the last report of the group was this stack's. ErrArg: no matching interface is a member.
func (s *Stack) LeaveGroup(host, group netip.Addr) error {
	group = group.Unmap()
	err := ErrArg
	for _, i := range s.ifaces {
		g := i.group(group)
		if i.unlisted || !wire.IsAny(host) && i.addr.Addr() != host || g == nil || group == allSystems {
			continue
		}
		err = nil
		if g.use--; g.use > 0 {
			continue
		}
		if g.reporter {
			i.sendIGMP(g, igmpLeave)
		}
		s.discharge(&g.blk)
		i.groups = slices.DeleteFunc(i.groups, func(o *igmpGroup) bool { return o == g })
	}
	return err
}

// group returns the interface's membership, nil if there is none. Every interface is a member of 224.0.0.1.
func (i *Interface) group(a netip.Addr) *igmpGroup {
	for _, g := range i.groups {
		if g.addr == a {
			return g
		}
	}
	return nil
}

// reportGroups announces all memberships when the interface or its link comes up. The device reports 224.0.0.1, too,
// which RFC 2236 forbids (lwip.md 13, measured).
func (i *Interface) reportGroups() {
	for _, g := range i.groups {
		if g.addr != allSystems || i.s.p.IGMPReportAll {
			g.hear(i.s, igmpJoinMax)
		}
	}
}

// hear is a query with a maximum response time in 100 ms: it starts the timer unless an earlier report is due.
func (g *igmpGroup) hear(s *Stack, limit int) {
	if g.delaying && g.at != never && s.igmpTimer(limit) >= g.at {
		return
	}
	g.delay(s, limit)
}

// igmpTimer is the instant at which a timer that is started now with n runs ends. The device's 100 ms timer is the last
// of an instant, so what another timer starts counts the run of that instant (measured, wire traces dhcp-*).
func (s *Stack) igmpTimer(n int) instant {
	first := s.gridAfter(igmpPeriod)
	if s.inTimer && s.p.SlowTick > 0 && first-s.ran == instant(igmpPeriod) {
		first = s.ran
	}
	return first + instant(n-1)*instant(igmpPeriod)
}

// delay starts the timer at random between 1 and limit-1 runs. The device takes a signed remainder into 16 bits: half of
// all delays become some 65,500 runs, 1.8 hours, and one of them becomes 0, which never ends (lwip.md 13, measured).
// Choice: where limit leaves nothing to draw from (1) the report leaves at the next run; on the device that is a division
// by zero nobody has measured.
func (g *igmpGroup) delay(s *Stack, limit int) {
	n := 1
	if r := s.rand(); limit > 1 {
		if s.p.IGMPSigned {
			n = int(uint16(int32(r)%int32(limit-1) + 1))
		} else {
			n = int(r%uint32(limit-1)) + 1
		}
	}
	g.delaying = true
	g.at = never
	if n > 0 {
		g.at = s.igmpTimer(n)
	}
}

// nextIGMP returns when the next report leaves.
func (s *Stack) nextIGMP() instant {
	at := never
	for _, i := range s.ifaces {
		for _, g := range i.groups {
			at = min(at, g.at)
		}
	}
	return at
}

// fireIGMP sends the reports that are due.
func (s *Stack) fireIGMP(at instant) {
	for _, i := range s.ifaces {
		for _, g := range i.groups {
			if g.at <= at {
				g.at = never
				i.sendIGMP(g, igmpReport)
			}
		}
	}
}

// inputIGMP takes a query or another member's report (RFC 2236 as lwip.md 13 narrows it).
func (s *Stack) inputIGMP(i *Interface, dst netip.Addr, msg []byte) {
	if len(msg) < igmpLen || wire.Fold(wire.Sum(msg, 0)) != 0xffff {
		s.drop(i, "bad IGMP message")
		return
	}
	group := netip.AddrFrom4([4]byte(msg[4:8]))
	limit := int(msg[1])
	switch msg[0] {
	case igmpQuery:
		if limit == 0 {
			limit = igmpVersion1
		}
		if dst == allSystems && wire.IsAny(group) {
			for _, g := range i.groups {
				if g.addr != allSystems {
					g.hear(s, limit)
				}
			}
			return
		}
		if g := i.group(group); g != nil && group != allSystems {
			g.hear(s, limit)
		}
	case igmpReport:
		if g := i.group(dst); g != nil && g.delaying {
			g.delaying, g.reporter, g.at = false, false, never
		}
	}
}

// ignoresReport says that a frame is another member's report for a group of which the interface has no report of its own to call off:
// Input would do nothing with it.
func (i *Interface) ignoresReport(frame []byte) bool {
	if !wire.IsIPv4(frame) || len(frame) < wire.EthernetLen+wire.IPv4Len {
		return false
	}
	ip := frame[wire.EthernetLen:]
	head, total := int(ip[0]&15)*4, int(binary.BigEndian.Uint16(ip[2:]))
	if ip[0]>>4 != 4 || ip[9] != wire.ProtocolIGMP || head < wire.IPv4Len || total < head+igmpLen || total > len(ip) {
		return false
	}
	if ip[head] != igmpReport || binary.BigEndian.Uint16(ip[6:])&(wire.MoreFragments|wire.FragmentMask) != 0 {
		return false
	}
	src := netip.AddrFrom4([4]byte(ip[12:]))
	if !i.up || src.IsMulticast() || i.isBroadcast(src) {
		return false
	}
	g := i.group(netip.AddrFrom4([4]byte(ip[16:])))
	return g != nil && !g.delaying && wire.Fold(wire.Sum(ip[:head], 0)) == 0xffff && wire.Fold(wire.Sum(ip[head:total], 0)) == 0xffff
}

// sendIGMP sends a report to the group or a leave message to all routers: TTL 1, router alert, so the IP header has 24
// bytes (lwip.md 13). While the interface is down nothing is sent.
func (i *Interface) sendIGMP(g *igmpGroup, kind byte) {
	if !i.up {
		return
	}
	s := i.s
	blk, ok := s.pbuf(layerTransport, igmpLen)
	if !ok {
		return
	}
	defer s.discharge(&blk)
	dst := g.addr
	if kind == igmpLeave {
		dst = allRouters
	} else {
		g.reporter = true
	}
	const head = wire.IPv4Len + len(routerAlert)
	var frame [wire.EthernetLen + head + igmpLen]byte
	mac := multicastMAC(dst)
	copy(frame[:], mac[:])
	copy(frame[6:], i.mac[:])
	binary.BigEndian.PutUint16(frame[12:], uint16(layers.EthernetTypeIPv4))
	ip := frame[wire.EthernetLen:]
	ip[0] = byte(4<<4 | head/4)
	binary.BigEndian.PutUint16(ip[2:], uint16(len(ip)))
	binary.BigEndian.PutUint16(ip[4:], s.ipID)
	s.ipID++
	ip[8], ip[9] = 1, byte(layers.IPProtocolIGMP)
	src, to, group := wire.OrAny(i.addr.Addr()).As4(), dst.As4(), g.addr.As4()
	copy(ip[12:], src[:])
	copy(ip[16:], to[:])
	copy(ip[20:], routerAlert[:])
	binary.BigEndian.PutUint16(ip[10:], ^wire.Fold(wire.Sum(ip[:head], 0)))
	msg := ip[head:]
	msg[0] = kind
	copy(msg[4:], group[:])
	binary.BigEndian.PutUint16(msg[2:], ^wire.Fold(wire.Sum(msg, 0)))
	_ = i.emit(frame[:])
}

// igmpPeriod is the shortest timer that always runs on the device; TCP's timer starts counting at its last run (lwip.md 2).
const igmpPeriod = 100 * time.Millisecond
