package netstack

import (
	"encoding/binary"
	"net/netip"
	"slices"
	"time"

	"github.com/emu8266/emu8266/netstack/internal/wire"
)

// Figures of the DHCP client (lwip.md 11).
const (
	dhcpFine        = 500 * time.Millisecond
	dhcpCoarse      = 60 * time.Second
	dhcpMessage     = 308  // UDP payload of every message sent
	dhcpLeast       = 44   // shortest message looked at
	dhcpMaxSize     = 1500 // option 57
	dhcpRebootSize  = 576  // option 57 in REBOOTING
	dhcpRequests    = 6    // REQUESTs before the client starts again
	dhcpHostnameMax = 32   // Choice: bytes of option 12; the SDK's host names are not longer
)

// dhcpParameters is the parameter request list.
var dhcpParameters = []byte{1, 3, 28, 6, 15, 44, 46, 47, 31, 33, 121, 43}

// dhcpInfinite is the lease that does not end.
const dhcpInfinite = 0xffffffff

// DHCPLease is what a DHCP client was given; the zero value means it has nothing.
type DHCPLease struct {
	Addr    netip.Prefix
	Gateway netip.Addr
	DNS     [2]netip.Addr // zero: not given
	Server  netip.Addr
	Seconds uint32 // life of the lease; 0xffffffff: for ever
}

type dhcpState uint8

const (
	dhcpSelecting dhcpState = iota + 1
	dhcpRequesting
	dhcpChecking
	dhcpBound
	dhcpRenewing
	dhcpRebinding
	dhcpRebooting
	dhcpBackingOff
)

// dhcpClient is the client of one interface.
type dhcpClient struct {
	i        *Interface
	hostname string
	changed  func(DHCPLease)
	state    dhcpState
	tries    int
	xid      uint32
	port     uint16     // that messages leave from
	server   netip.Addr // who offered; broadcast when unknown
	offered  netip.Addr
	reply    dhcpReply // the ACK
	lease    DHCPLease

	next     instant // earliest of the two
	fineAt   instant
	coarseAt instant
	inCoarse bool

	first                instant // first run of the 60 s timer after binding
	renewAt, t2, lifeEnd int64   // in runs of that timer; 0: never
	renewals             int     // requests for more time since it was bound
	stateAt              instant // when the state began

	pcb block // of its UDP port
}

// StartDHCP makes the interface get its address by DHCP (lwip.md 11); a second call starts anew. An interface without an address goes down
// until it is bound, then up. changed is called when the client has bound an address (also when it was the same as before), when a renewal
// changed something, and with the zero lease when the address is lost; it may be nil. hostname may be empty. ErrMem: there is
// no client, and the one before has ended.
func (i *Interface) StartDHCP(hostname string, changed func(DHCPLease)) error {
	s := i.s
	i.StopDHCP()
	pcb, ok := i.chargeDHCP()
	if !ok {
		return ErrMem
	}
	hostname = hostname[:min(len(hostname), dhcpHostnameMax)]
	d := &dhcpClient{i: i, hostname: hostname, changed: changed, fineAt: never, coarseAt: never, next: never, port: wire.DHCPClientPort,
		pcb: pcb}
	i.dhcp = d
	s.dhcp = append(s.dhcp, d)
	if s.bound(d.port) { // a socket of the firmware's was first: the client's has no port, and draws one
		for d.port = s.p.UDPEphemeralMin; s.bound(d.port) && d.port < s.p.UDPEphemeralMax; {
			d.port++
		}
	}
	if !i.hasAddr() && !i.forgot {
		i.SetUp(false)
	}
	i.forgot = false
	d.discover()
	return nil
}

// chargeDHCP takes what a client has of the heap: its state, unless there is one, and a UDP port. The state stays when there is no memory
// for the port (lwip.md 16).
func (i *Interface) chargeDHCP() (pcb block, ok bool) {
	if !i.dhcpState.used {
		if i.dhcpState, ok = i.s.charge(dhcpBytes, "dhcp"); !ok {
			return pcb, false
		}
	}
	return i.s.charge(udpPCBBytes, "udp_pcb")
}

// SetVendorClass sets the vendor class (option 60) of later DHCP messages; empty: none. A class that does not fit into
// the 68 bytes of options is left out.
func (i *Interface) SetVendorClass(class string) { i.dhcpClass = class }

// SetDHCPRetries limits how many messages or probes of one state there are; 0, the device's default, means no limit. At the first run of
// the 500 ms timer that finds the limit reached exceeded is called, if it is not nil, inside Advance: there the SDK prints "DHCP timeout"
// and raises its event. If it returns true the client ends; otherwise the same happens in each run. As the address is probed for twice,
// a limit below 3 is always reached (lwip.md 11.2).
func (i *Interface) SetDHCPRetries(limit int, exceeded func() (end bool)) {
	i.dhcpRetries, i.dhcpExceeded = max(limit, 0), exceeded
	if d := i.dhcp; d != nil && d.limitReached() && d.fineAt != never {
		d.wait(dhcpFine)
	}
}

// limitReached says that the timer's next run finds the limit of SetDHCPRetries reached.
func (d *dhcpClient) limitReached() bool {
	return d.i.dhcpRetries > 0 && d.tries >= d.i.dhcpRetries && d.state != dhcpRenewing
}

// StopDHCP ends the client without a message; the interface keeps its address. The memory of the client's state stays taken, for the next
// one, until EndDHCP (lwip.md 16).
func (i *Interface) StopDHCP() {
	if i.dhcp == nil {
		return
	}
	s := i.s
	s.discharge(&i.dhcp.pcb)
	s.dhcp = slices.DeleteFunc(s.dhcp, func(d *dhcpClient) bool { return d == i.dhcp })
	i.dhcp = nil
}

// EndDHCP is StopDHCP, and gives all its memory back.
func (i *Interface) EndDHCP() {
	i.StopDHCP()
	i.s.discharge(&i.dhcpState)
}

func (d *dhcpClient) note(text string) {
	d.i.s.note(Event{Kind: EventDHCP, Interface: d.i.name, Text: text})
}

// setState changes the state; a change clears the tries and the time-out.
func (d *dhcpClient) setState(st dhcpState) {
	if d.state != st {
		d.state, d.tries = st, 0
		d.fineAt = never
		d.stateAt = d.i.s.now
	}
}

// wait sets the time-out, rounded up to runs of the 500 ms timer, of which the first may come at once.
func (d *dhcpClient) wait(timeout time.Duration) {
	s := d.i.s
	runs := int64((timeout + dhcpFine - 1) / dhcpFine)
	if d.limitReached() {
		runs = 1
	}
	first := s.gridAfter(dhcpFine)
	if d.inCoarse && s.p.SlowTick > 0 {
		first -= instant(dhcpFine) // the 60 s timer runs before the 500 ms one
	}
	d.fineAt = first + instant(runs-1)*instant(dhcpFine)
	d.arm()
}

func (d *dhcpClient) arm() { d.next = min(d.fineAt, d.coarseAt) }

// fire serves the timers that are due.
func (d *dhcpClient) fire() {
	now := d.i.s.now
	if d.coarseAt <= now {
		d.inCoarse = true
		d.coarse()
		d.inCoarse = false
	}
	if d.fineAt <= now {
		d.fineAt = never
		d.timeout()
	}
	d.arm()
}

// discover looks for servers.
func (d *dhcpClient) discover() {
	d.setState(dhcpSelecting)
	d.coarseAt = never
	d.server, d.offered = wire.BroadcastAddr, wire.AnyAddr
	m := d.message(wire.DHCPDiscover, dhcpMaxSize)
	m.name(d)
	m.add(wire.DHCPOptList, dhcpParameters)
	d.send(m, wire.BroadcastAddr)
	d.tries++
	d.wait(backOff(d.tries))
}

// backOff is the wait after the n-th DISCOVER or REQUEST: 2, 4, 8, 16, 32, 60 s.
func backOff(n int) time.Duration {
	if n < 6 {
		return time.Second << n
	}
	return time.Minute
}

// request asks for the offered address.
func (d *dhcpClient) request() {
	d.setState(dhcpRequesting)
	m := d.message(wire.DHCPRequest, dhcpMaxSize)
	m.add(wire.DHCPOptRequested, d.offered.AsSlice())
	m.add(wire.DHCPOptServer, d.server.AsSlice())
	m.add(wire.DHCPOptList, dhcpParameters)
	m.name(d)
	d.send(m, wire.BroadcastAddr)
	d.tries++
	d.wait(backOff(d.tries))
}

// reboot asks for the former address after the link came back.
func (d *dhcpClient) reboot() {
	d.setState(dhcpRebooting)
	m := d.message(wire.DHCPRequest, dhcpRebootSize)
	m.add(wire.DHCPOptRequested, d.offered.AsSlice())
	d.send(m, wire.BroadcastAddr)
	d.tries++
	d.wait(time.Duration(min(d.tries, 10)) * time.Second)
}

// linkUp is called when the link came back (lwip.md 11.2).
func (d *dhcpClient) linkUp() {
	switch d.state {
	case dhcpBound, dhcpRenewing, dhcpRebinding, dhcpRebooting:
		d.i.SetUp(false)
		d.setState(dhcpRebooting)
		d.tries = 0
		d.reboot()
	case dhcpSelecting, dhcpRequesting, dhcpChecking, dhcpBackingOff:
		d.tries = 0
		d.discover()
	}
}

// check probes for other users of the offered address (lwip.md 11.2, CHECKING).
func (d *dhcpClient) check() {
	d.setState(dhcpChecking)
	d.i.s.arpQuery(d.i, d.offered)
	d.tries++
	d.wait(dhcpFine)
}

// arpReply: somebody has the address that is being checked.
func (d *dhcpClient) arpReply(sender netip.Addr) {
	if d.state != dhcpChecking || sender != d.offered {
		return
	}
	d.note("address in use, declined")
	d.i.tell(d.server, Cause{ID: CauseDHCPInUse, Object: d.offered.String()})
	d.setState(dhcpBackingOff)
	m := d.message(wire.DHCPDecline, 0)
	m.add(wire.DHCPOptRequested, d.offered.AsSlice())
	d.send(m, wire.BroadcastAddr)
	d.tries++
	d.wait(10 * time.Second)
}

// timeout is the expiry of the 500 ms timer's count.
func (d *dhcpClient) timeout() {
	if d.limitReached() {
		d.exceed()
		return
	}
	switch d.state {
	case dhcpSelecting:
		d.noOffer()
		d.discover()
	case dhcpBackingOff:
		d.discover()
	case dhcpRequesting:
		if d.tries < dhcpRequests {
			d.request()
		} else {
			d.i.tell(d.server, Cause{ID: CauseDHCPNoACK, Object: d.server.String(), Have: d.tries, Took: d.i.s.since(d.stateAt)})
			d.release()
			d.discover()
		}
	case dhcpChecking:
		if d.tries < 2 {
			d.check()
		} else {
			d.bind()
		}
	case dhcpRebooting:
		if d.tries < 2 {
			d.reboot()
		} else {
			d.discover()
		}
	}
}

// exceed tells that the limit of SetDHCPRetries is reached.
func (d *dhcpClient) exceed() {
	d.note("retry limit exceeded")
	if d.state == dhcpSelecting {
		d.noOffer()
	}
	if d.i.dhcpExceeded == nil || d.i.dhcpExceeded() {
		d.i.EndDHCP()
		return
	}
	d.wait(dhcpFine)
}

// coarse is a run of the 60 s timer on which something is due.
func (d *dhcpClient) coarse() {
	run := int64((d.coarseAt-d.first)/instant(dhcpCoarse)) + 1
	switch {
	case d.lifeEnd > 0 && run >= d.lifeEnd:
		d.note("lease expired")
		d.i.tell(d.lease.Server, Cause{ID: CauseDHCPExpired, Object: d.lease.Addr.Addr().String(), Have: d.renewals,
			Limit: int(d.lease.Seconds)})
		d.release()
		d.discover()
		return
	case d.t2 > 0 && run >= d.t2 && d.state != dhcpRebinding:
		d.setState(dhcpRebinding)
		d.renewal(wire.BroadcastAddr)
		d.t2, d.renewAt = 0, 0
	case d.renewAt > 0 && run >= d.renewAt:
		d.setState(dhcpRenewing)
		d.renewal(d.lease.Server)
		d.renewAt = 0
		if half := (d.t2 - run) / 2; half >= 1 {
			d.renewAt = run + half
		}
	}
	d.setCoarse()
}

// setCoarse finds the next run of the 60 s timer that matters.
func (d *dhcpClient) setCoarse() {
	d.coarseAt = never
	for _, run := range []int64{d.renewAt, d.t2, d.lifeEnd} {
		if run > 0 {
			d.coarseAt = min(d.coarseAt, d.first+instant(run-1)*instant(dhcpCoarse))
		}
	}
	d.arm()
}

// renewal asks for more time.
func (d *dhcpClient) renewal(to netip.Addr) {
	m := d.message(wire.DHCPRequest, dhcpMaxSize)
	m.name(d)
	copy(m.b[12:], d.lease.Addr.Addr().AsSlice())
	d.send(m, to)
	d.tries++
	d.renewals++
}

// noOffer tells that no server has answered so far.
func (d *dhcpClient) noOffer() {
	d.i.tell(netip.Addr{}, Cause{ID: CauseDHCPNoOffer, Have: d.tries, Limit: d.i.dhcpRetries, Took: d.i.s.since(d.stateAt)})
}

// release gives everything back. The device addresses the message to 0.0.0.0, so that it is broadcast (lwip.md 11.2).
func (d *dhcpClient) release() {
	d.state, d.tries = 0, 0
	d.fineAt, d.coarseAt = never, never
	d.send(d.message(wire.DHCPRelease, 0), wire.AnyAddr)
	d.lose()
}

// lose takes the interface down and its address away.
func (d *dhcpClient) lose() {
	had := d.lease != DHCPLease{}
	d.lease = DHCPLease{}
	d.i.SetUp(false)
	d.i.SetAddr(netip.Prefix{}, netip.Addr{})
	if had && d.changed != nil {
		d.changed(DHCPLease{})
	}
}

// input takes a message from a server.
func (d *dhcpClient) input(b []byte) {
	if len(b) < dhcpLeast || b[0] != 2 || len(b) < 34 || MAC(b[28:34]) != d.i.mac || binary.BigEndian.Uint32(b[4:]) != d.xid {
		return
	}
	r, ok := parseDHCP(b)
	if !ok {
		d.note("malformed reply")
		return
	}
	switch r.kind {
	case wire.DHCPOffer:
		switch {
		case d.state != dhcpSelecting:
		case !r.server.IsValid():
			d.note("offer without a server identifier ignored")
		default:
			d.server, d.offered = r.server, r.addr
			d.request()
		}
	case wire.DHCPACK:
		switch d.state {
		case dhcpRequesting:
			d.reply = r
			d.offered = r.addr
			d.takeDNS()
			d.check()
		case dhcpRebooting, dhcpRenewing, dhcpRebinding:
			d.reply = r
			d.offered = r.addr
			d.takeDNS()
			d.bind()
		}
	case wire.DHCPNAK:
		switch d.state {
		case dhcpRequesting, dhcpRebooting, dhcpRenewing, dhcpRebinding:
			d.note("NAK")
			d.i.tell(d.server, Cause{ID: CauseDHCPRefused, Object: d.offered.String()})
			d.lose()
			d.discover()
		}
	}
}

// takeDNS takes the name servers of an ACK, which count before the address does (lwip.md 11.2).
func (d *dhcpClient) takeDNS() {
	for k, a := range d.reply.dns {
		if a.IsValid() {
			d.i.s.dns.offered(k, a)
		}
	}
}

// bind puts the lease into force.
func (d *dhcpClient) bind() {
	r := &d.reply
	if r.server.IsValid() {
		d.server = r.server
	}
	old, again := d.lease, d.state == dhcpRebooting
	bits := r.mask
	if bits < 0 {
		if bits = classBits(d.offered); old.Addr.IsValid() {
			bits = old.Addr.Bits()
		}
	}
	gw := r.router
	if !gw.IsValid() {
		if gw = old.Gateway; !gw.IsValid() {
			n := netip.PrefixFrom(d.offered, bits).Masked().Addr().As4()
			n[3] |= 1
			gw = netip.AddrFrom4(n)
		}
	}
	d.lease = DHCPLease{Addr: netip.PrefixFrom(d.offered, bits), Gateway: gw, DNS: r.dns, Server: d.server, Seconds: r.lease}
	d.setState(dhcpBound)
	d.fineAt = never
	d.renewals = 0
	d.setTimes(r)
	d.i.SetAddr(d.lease.Addr, gw)
	d.i.SetUp(true)
	d.note("bound " + d.lease.Addr.String())
	if (again || d.lease != old) && d.changed != nil {
		d.changed(d.lease)
	}
}

// setTimes computes the runs of the 60 s timer for renewing, rebinding and the end.
func (d *dhcpClient) setTimes(r *dhcpReply) {
	minutes := func(sec uint32) int64 { return min(max((int64(sec)+30)/60, 1), 0xffff) }
	d.first = d.i.s.gridAfter(dhcpCoarse)
	d.renewAt, d.t2, d.lifeEnd = 0, 0, 0
	if r.lease != dhcpInfinite {
		t1, t2 := r.lease/2, uint32(uint64(r.lease)*7/8)
		if r.t1 != 0 {
			t1 = r.t1
		}
		if r.t2 != 0 {
			t2 = r.t2
		}
		d.renewAt, d.t2, d.lifeEnd = minutes(t1), minutes(t2), minutes(r.lease)
	}
	d.setCoarse()
}

// classBits is the old class-based subnet length.
func classBits(a netip.Addr) int {
	switch b := a.As4(); {
	case b[0] < 128:
		return 8
	case b[0] < 192:
		return 16
	}
	return 24
}

// dhcpWriter is a message being built.
type dhcpWriter struct {
	b [dhcpMessage]byte
	n int
}

// message starts a message; a transaction begins with every type but REQUEST that is sent for the first time.
func (d *dhcpClient) message(kind byte, size uint16) *dhcpWriter {
	s := d.i.s
	if !s.dhcpDrawn {
		s.dhcpDrawn = true
		s.rand() // the very first message draws twice (measured, wire traces dhcp-*)
	}
	if kind != wire.DHCPRequest && d.tries == 0 {
		d.xid = s.rand()
	}
	m := &dhcpWriter{n: wire.DHCPOptions}
	m.b[0], m.b[1], m.b[2] = 1, 1, 6
	binary.BigEndian.PutUint32(m.b[4:], d.xid)
	copy(m.b[28:], d.i.mac[:])
	binary.BigEndian.PutUint32(m.b[236:], wire.DHCPMagic)
	m.add(wire.DHCPOptKind, []byte{kind})
	if size > 0 {
		m.add(wire.DHCPOptMaxSize, binary.BigEndian.AppendUint16(nil, size))
	}
	return m
}

// add appends an option; all messages have room for theirs.
func (m *dhcpWriter) add(code byte, v []byte) {
	if m.n+2+len(v) >= len(m.b) {
		return
	}
	m.b[m.n], m.b[m.n+1] = code, byte(len(v))
	m.n += 2 + copy(m.b[m.n+2:], v)
}

// name appends the host name and the vendor class, if there are any and they fit.
func (m *dhcpWriter) name(d *dhcpClient) {
	if d.hostname != "" {
		m.add(wire.DHCPOptHostname, []byte(d.hostname))
	}
	if d.i.dhcpClass != "" {
		m.add(wire.DHCPOptClass, []byte(d.i.dhcpClass[:min(len(d.i.dhcpClass), 255)]))
	}
}

// send broadcasts or unicasts a message on the client's interface, even while that is down.
func (d *dhcpClient) send(m *dhcpWriter, to netip.Addr) {
	m.b[m.n] = wire.DHCPOptEnd
	i := d.i
	blk, ok := i.s.pbuf(layerTransport, len(m.b))
	if !ok {
		return
	}
	defer i.s.discharge(&blk)
	src := netip.AddrPortFrom(wire.OrAny(i.addr.Addr()), d.port)
	f := i.s.buildUDP(i, src, netip.AddrPortFrom(to, wire.DHCPServerPort), m.b[:])
	_ = i.s.transmit(i, to, f)
}

// dhcpReply is what is understood of a server's message. Unset addresses are invalid, mask is -1 if it is missing.
type dhcpReply struct {
	kind          byte
	addr          netip.Addr
	mask          int
	router        netip.Addr
	server        netip.Addr
	dns           [2]netip.Addr
	lease, t1, t2 uint32
}

// parseDHCP reads a reply; false: it has no valid options.
func parseDHCP(b []byte) (dhcpReply, bool) {
	r := dhcpReply{mask: -1}
	if len(b) < wire.DHCPOptions || binary.BigEndian.Uint32(b[236:]) != wire.DHCPMagic {
		return r, false
	}
	r.addr = netip.AddrFrom4([4]byte(b[16:20]))
	overload := r.options(b[wire.DHCPOptions:])
	if overload&1 != 0 {
		r.options(b[108:236])
	}
	if overload&2 != 0 {
		r.options(b[44:108])
	}
	return r, r.kind != 0
}

// options reads one field of options and returns the overload option's value.
func (r *dhcpReply) options(b []byte) (overload byte) {
	for len(b) > 0 && b[0] != wire.DHCPOptEnd {
		if b[0] == 0 {
			b = b[1:]
			continue
		}
		if len(b) < 2 || len(b) < 2+int(b[1]) {
			return overload
		}
		v := b[2 : 2+int(b[1])]
		word := func() uint32 {
			if len(v) < 4 {
				return 0
			}
			return binary.BigEndian.Uint32(v)
		}
		switch b[0] {
		case wire.DHCPOptKind:
			if len(v) > 0 {
				r.kind = v[0]
			}
		case wire.DHCPOptOverload:
			if len(v) > 0 {
				overload = v[0]
			}
		case wire.DHCPOptMask:
			if len(v) >= 4 {
				r.mask = maskBits(word())
			}
		case wire.DHCPOptRouter:
			if len(v) >= 4 {
				r.router = netip.AddrFrom4([4]byte(v[:4]))
			}
		case wire.DHCPOptDNS:
			for k := 0; k < 2 && len(v) >= 4*k+4; k++ {
				r.dns[k] = netip.AddrFrom4([4]byte(v[4*k : 4*k+4]))
			}
		case wire.DHCPOptServer:
			if len(v) >= 4 {
				r.server = netip.AddrFrom4([4]byte(v[:4]))
			}
		case wire.DHCPOptLease:
			r.lease = word()
		case wire.DHCPOptT1:
			r.t1 = word()
		case wire.DHCPOptT2:
			r.t2 = word()
		}
		b = b[2+len(v):]
	}
	return overload
}

// maskBits is the length of a subnet mask; a mask with gaps counts up to the first one.
func maskBits(m uint32) int {
	n := 0
	for m&(1<<31) != 0 {
		n++
		m <<= 1
	}
	return n
}
