package netstack

import (
	"encoding/binary"
	"net/netip"
	"slices"
	"time"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"

	"github.com/emu8266/emu8266/netstack/internal/wire"
)

// Figures of the ARP table (lwip.md 9). Ages count runs of the 5 s timer.
const (
	arpPeriod     = 5 * time.Second
	arpMaxAge     = 240 // runs until an entry is gone
	arpRefreshAge = 228 // runs after which a used entry is asked for again
	arpPendingAge = 2   // runs until a pending entry is gone
	arpTries      = 3   // requests for a pending entry with exact timers, Choice:
)

// arpEntry is one neighbour.
type arpEntry struct {
	ifc     *Interface
	addr    netip.Addr
	slot    int // its place in the device's table
	mac     MAC
	stable  bool // false: pending, mac unknown
	learned int64
	asked   int64   // run of the last refresh request
	tries   int     // requests sent while pending, exact timers
	retry   instant // next request while pending, exact timers
	queue   []arpPacket
	dropped int // packets for which there was no room in queue
}

// arpPacket is a frame that waits for its destination MAC.
type arpPacket struct {
	frame []byte
	blk   block // the copy, and the entry of the queue
}

// arpTable is the table of all interfaces of a stack.
type arpTable struct {
	byAddr  map[netip.Addr]*arpEntry
	entries []*arpEntry // in order of insertion
	pending int
}

// arpRuns returns how often the 5 s timer has run. The timer itself is arithmetic; see next.
func (s *Stack) arpRuns() int64 {
	t := s.ran
	if s.p.SlowTick == 0 {
		t = s.now
	}
	return int64(max(t-s.origin(), 0) / instant(arpPeriod))
}

// next returns when a pending entry has to be looked at; entries with an address are judged when they are used.
func (a *arpTable) next(s *Stack) instant {
	at := never
	if a.pending == 0 {
		return at
	}
	for _, e := range a.entries {
		if e.stable {
			continue
		}
		at = min(at, s.origin()+instant(e.learned+arpPendingAge)*instant(arpPeriod))
		if s.p.SlowTick == 0 && s.p.ARPRetry > 0 && e.tries < arpTries {
			at = min(at, e.retry)
		}
	}
	return at
}

// fire asks again for and drops pending entries.
func (a *arpTable) fire(s *Stack, at instant) {
	var gone []*arpEntry
	for _, e := range a.entries {
		switch {
		case e.stable:
		case s.origin()+instant(e.learned+arpPendingAge)*instant(arpPeriod) <= at:
			gone = append(gone, e)
		case s.p.SlowTick == 0 && s.p.ARPRetry > 0 && e.tries < arpTries && e.retry <= at:
			e.tries++
			e.retry = at + instant(s.p.ARPRetry)
			s.arpRequest(e.ifc, e.ifc.addr.Addr(), e.addr)
		}
	}
	for _, e := range gone {
		e.undelivered(CauseARPUnanswered)
		a.remove(s, e, "pending entry timed out")
	}
}

// undelivered tells that the packets that wait for a neighbour are given up. Of an interface that is down nobody expects them.
func (e *arpEntry) undelivered(id CauseID) {
	if n := len(e.queue) + e.dropped; n > 0 && e.ifc.up && e.ifc.addr.IsValid() {
		e.ifc.tell(e.addr, Cause{ID: id, Object: e.addr.String(), Have: n})
	}
}

// remove drops an entry and its packets.
func (a *arpTable) remove(s *Stack, e *arpEntry, why string) {
	waited := len(e.queue)+e.dropped > 0
	for k := range e.queue {
		s.discharge(&e.queue[k].blk)
	}
	e.queue = nil
	if !e.stable {
		a.pending--
	}
	delete(a.byAddr, e.addr)
	s.concerns++
	for k, x := range a.entries {
		if x == e {
			a.entries = append(a.entries[:k], a.entries[k+1:]...)
			break
		}
	}
	if s.observe != nil && (e.stable || waited) {
		s.note(Event{Kind: EventARP, Interface: e.ifc.name, Remote: netip.AddrPortFrom(e.addr, 0), MAC: e.mac, Text: why})
	}
}

// find returns the entry of an address unless it is too old.
func (a *arpTable) find(s *Stack, addr netip.Addr) *arpEntry {
	e := a.byAddr[addr]
	if e != nil && e.stable && s.arpRuns()-e.learned >= arpMaxAge {
		a.remove(s, e, "too old")
		return nil
	}
	return e
}

// insert adds a pending entry at the first free place. A full table gives up, in this order, its oldest stable entry, its oldest pending
// one without packets, its oldest pending one, of equally old ones the one at the last place (lwip.md 9).
func (a *arpTable) insert(s *Stack, i *Interface, addr netip.Addr) *arpEntry {
	if n := s.p.ARPEntries; n > 0 && len(a.entries) >= n {
		var victim *arpEntry
		rank := func(e *arpEntry) int {
			switch {
			case e.stable:
				return 0
			case len(e.queue) == 0:
				return 1
			}
			return 2
		}
		older := func(e, o *arpEntry) bool { return e.learned < o.learned || e.learned == o.learned && e.slot > o.slot }
		for _, e := range a.entries {
			if victim == nil || rank(e) < rank(victim) || rank(e) == rank(victim) && older(e, victim) {
				victim = e
			}
		}
		victim.undelivered(CauseARPFull)
		a.remove(s, victim, "recycled")
	}
	if a.byAddr == nil {
		a.byAddr = make(map[netip.Addr]*arpEntry)
	}
	e := &arpEntry{ifc: i, addr: addr, learned: s.arpRuns(), retry: s.now + instant(s.p.ARPRetry), tries: 1}
	if s.p.ARPEntries > 0 { // a device's table is small
		for slices.ContainsFunc(a.entries, func(o *arpEntry) bool { return o.slot == e.slot }) {
			e.slot++
		}
	}
	a.byAddr[addr] = e
	s.concerns++
	a.entries = append(a.entries, e)
	a.pending++
	return e
}

// learn takes what an ARP packet says and sends what waited for it. Without insert only known addresses are updated.
func (a *arpTable) learn(s *Stack, i *Interface, addr netip.Addr, mac MAC, insert bool) {
	if wire.IsAny(addr) || addr.IsMulticast() || i.isBroadcast(addr) {
		return
	}
	e := a.find(s, addr)
	if e == nil {
		if !insert {
			return
		}
		e = a.insert(s, i, addr)
	}
	if s.observe != nil && (!e.stable || e.mac != mac) {
		s.note(Event{Kind: EventARP, Interface: i.name, Remote: netip.AddrPortFrom(addr, 0), MAC: mac, Text: "learned"})
	}
	if !e.stable {
		e.stable = true
		a.pending--
	}
	e.ifc, e.mac, e.learned, e.asked = i, mac, s.arpRuns(), 0
	if e.dropped > 0 {
		i.tell(addr, Cause{ID: CauseARPQueue, Object: addr.String(), Have: e.dropped, Limit: s.p.ARPQueue})
	}
	queue := e.queue
	e.queue, e.dropped = nil, 0
	for k := range queue {
		copy(queue[k].frame, mac[:])
		_ = i.emit(queue[k].frame)
		s.discharge(&queue[k].blk)
	}
}

// arpQuery asks for an address without a packet that waits for it. A device's table gets an entry for that.
func (s *Stack) arpQuery(i *Interface, target netip.Addr) {
	if s.p.ARPEntries > 0 && s.arp.find(s, target) == nil {
		s.arp.insert(s, i, target)
	}
	s.arpRequest(i, wire.OrAny(i.addr.Addr()), target)
}

// arpRequest broadcasts a request, if there is memory for it.
func (s *Stack) arpRequest(i *Interface, sender, target netip.Addr) {
	blk, ok := s.pbuf(layerRaw, wire.EthernetLen+wire.ARPLen)
	if !ok {
		return
	}
	defer s.discharge(&blk)
	_ = i.emit(s.buildARP(i, layers.ARPRequest, wire.OrAny(sender), target, MAC{}, broadcastMAC))
}

// resolve completes the frame of an IP packet for a neighbour and sends it, or keeps a copy until the neighbour is
// known. On the device every packet to a pending neighbour sends another request; a fourth packet drops the oldest
// (lwip.md 9).
func (s *Stack) resolve(i *Interface, hop netip.Addr, frame []byte) error {
	e := s.arp.find(s, hop)
	if e != nil && e.stable {
		if age := s.arpRuns() - e.learned; age >= arpRefreshAge && e.asked != s.arpRuns() {
			e.asked = s.arpRuns()
			kept := append([]byte(nil), frame...) // the request is built in the same buffer
			s.arpRequest(i, i.addr.Addr(), hop)
			frame = kept
		}
		copy(frame, e.mac[:])
		return i.emit(frame)
	}
	asked := e != nil && s.p.SlowTick == 0 && s.p.ARPRetry > 0 // the timer asks again (RFC 1122 2.3.2.1)
	if e == nil {
		e = s.arp.insert(s, i, hop)
	}
	frame = append([]byte(nil), frame...) // the request is built in the same buffer
	if !asked {
		s.arpRequest(i, i.addr.Addr(), hop)
	}
	blk, ok := s.chargeWaiting(len(frame))
	if !ok {
		return ErrMem
	}
	e.queue = append(e.queue, arpPacket{frame, blk})
	if n := s.p.ARPQueue; n > 0 && len(e.queue) > n {
		s.discharge(&e.queue[0].blk)
		e.queue = append(e.queue[:0], e.queue[1:]...)
		e.dropped++
		s.drop(i, "ARP queue full, oldest packet dropped")
	}
	return nil
}

// chargeWaiting takes the memory of a frame of n bytes that waits for its neighbour: a copy and its entry in the queue.
func (s *Stack) chargeWaiting(n int) (block, bool) {
	blk, ok := s.pbuf(layerRaw, n)
	if !ok || !blk.used {
		return blk, ok
	}
	entry, ok := s.charge(arpEntryBytes, "arp_q_entry")
	if !ok {
		s.discharge(&blk)
		return block{}, false
	}
	blk.more = entry.addr
	return blk, true
}

// Place of the addresses in an ARP packet, from the start of the frame.
const (
	arpSender = wire.EthernetLen + 14
	arpTarget = wire.EthernetLen + 24
)

// arpRequestHead is what an ARP request for IPv4 over Ethernet begins with, EtherType and operation included.
const arpRequestHead = "\x08\x06\x00\x01\x08\x00\x06\x04\x00\x01"

// Ignores says that Input would do nothing with a frame: it is an ARP request for somebody else by somebody whom the stack does not know
// (lwip.md 9: such a request does not teach), or another member's report of a group for which the stack has none to call off (lwip.md 13).
// On a network of n devices n-1 of n frames to all are of these kinds, so a driver may ask before it wakes the stack's owner. false
// promises nothing. As every method it belongs to the owner: another goroutine may call it only while the owner is known to sleep.
func (i *Interface) Ignores(frame []byte) bool {
	sender, target, ok := ARPRequest(frame)
	if !ok {
		return i.ignoresReport(frame)
	}
	if i.hasAddr() && i.addr.Addr() == target || slices.Contains(i.aliases, target) {
		return false
	}
	if len(i.s.arp.entries) == 0 {
		return true
	}
	_, known := i.s.arp.byAddr[sender]
	return !known
}

// ARPRequest returns the addresses of the sender and of the target in a frame that is an ARP request for IPv4 over Ethernet.
func ARPRequest(frame []byte) (sender, target netip.Addr, ok bool) {
	if len(frame) < wire.EthernetLen+wire.ARPLen || string(frame[12:wire.EthernetLen+8]) != arpRequestHead {
		return sender, target, false
	}
	return netip.AddrFrom4([4]byte(frame[arpSender:])), netip.AddrFrom4([4]byte(frame[arpTarget:])), true
}

// Concerns returns the addresses by which Ignores decides: it says yes to an ARP request whose target is not among targets and whose
// sender is not among senders.
func (i *Interface) Concerns() (targets, senders []netip.Addr) {
	if i.hasAddr() {
		targets = append(targets, i.addr.Addr())
	}
	targets = append(targets, i.aliases...)
	for _, e := range i.s.arp.entries {
		senders = append(senders, e.addr)
	}
	return targets, senders
}

// ConcernsChanges counts how often what Concerns returns has changed.
func (i *Interface) ConcernsChanges() uint64 { return i.s.concerns }

// inputARP handles an ARP packet: it is answered and learned from even while the interface is down (lwip.md 9).
func (s *Stack) inputARP(i *Interface, data []byte) {
	if len(data) < wire.ARPLen || binary.BigEndian.Uint16(data) != 1 ||
		binary.BigEndian.Uint16(data[2:]) != uint16(layers.EthernetTypeIPv4) || data[4] != 6 || data[5] != 4 {
		s.drop(i, "not Ethernet and IPv4 ARP")
		return // checked here because the decoder trusts the two lengths
	}
	a := &s.codec.In.ARP
	if a.DecodeFromBytes(data, gopacket.NilDecodeFeedback) != nil {
		return
	}
	sender := netip.AddrFrom4([4]byte(a.SourceProtAddress))
	target := netip.AddrFrom4([4]byte(a.DstProtAddress))
	mac := MAC(a.SourceHwAddress)
	op := a.Operation
	own := i.hasAddr() && target == i.addr.Addr() || slices.Contains(i.aliases, target)
	s.arp.learn(s, i, sender, mac, own)
	switch op {
	case layers.ARPRequest:
		if own {
			// The answer is as long as the request, padding included: the request is changed into it, and sent as a copy (lwip.md 16).
			blk, ok := s.charge(pbufSize(layerRaw, wire.EthernetLen+len(data)), AnswerBlock)
			if !ok {
				return
			}
			defer s.discharge(&blk)
			f := s.buildARP(i, layers.ARPReply, target, sender, mac, mac)
			_ = i.emit(append(f, data[wire.ARPLen:]...))
		}
	case layers.ARPReply:
		if i.dhcp != nil {
			i.dhcp.arpReply(sender)
		}
	}
}
