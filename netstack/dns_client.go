package netstack

import (
	"encoding/binary"
	"errors"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/emu8266/emu8266/netstack/internal/wire"
)

// NameMax is the length in bytes of the longest name that Resolve takes (lwip.md 12).
const NameMax = 255

// Figures of the resolver (lwip.md 12).
const (
	dnsPeriod     = time.Second
	dnsTries      = 4 // sends to one server, the first at the call
	dnsQueryTail  = 4 // type and class behind a question's name
	dnsMessageMin = 26
	dnsMaxTTL     = 604800 // s
	dnsNoName     = 3      // NXDOMAIN
	dnsTruncated  = 2      // the bit TC, in the third byte
)

// dnsDefault is the device's first server until another is set (lwip.md 12).
var dnsDefault = netip.AddrFrom4([4]byte{208, 67, 222, 222})

// lookup is one name being looked up.
type lookup struct {
	name     string
	found    func(netip.Addr, *Cause)
	server   int
	tries    int
	at       instant // next step
	id       uint16  // of the last transmission, hosts only
	order    int     // of the call
	done     bool    // answered; the slot stays taken until at, or until no other is free
	began    instant // of the call
	asked    int     // queries that left
	unsent   int     // queries that could not
	noMemory bool    // for one of them
	heard    Cause   // what came and was ignored
}

// resolver is the DNS client. The device draws one random number per transmission and shares it among all lookups, so
// that only the answer to the most recent transmission is understood (lwip.md 12); hosts keep an id per lookup.
type resolver struct {
	s       *Stack
	udp     *UDP
	servers [2]netip.Addr
	manual  bool // set by the application: DHCP does not change them
	table   []*lookup
	last    uint16 // the shared random number
	calls   int
	firing  int  // 1 + the place in the table that the timer is at; 0: it does not run
	ahead   bool // a timer runs that was set before the DNS timer, which follows it when both are due (lwip.md 12)
	record  timerRecord
	due     instant // the timer's run after the record was taken; never: it has none
}

// takeRecord takes the record of the device's DNS timer, which always runs.
func (r *resolver) takeRecord() {
	r.record.what, r.record.name, r.due = "dns", "dns timer", never
	if r.s.p.SlowTick == 0 {
		return
	}
	if r.record.take(r.s); !r.record.lost {
		r.due = r.s.gridAfter(dnsPeriod)
	}
}

// init opens the device's resolver at the start, which takes UDP port 4096 (lwip.md 10).
func (r *resolver) init() {
	s := r.s
	r.servers = [2]netip.Addr{wire.AnyAddr, wire.AnyAddr}
	if s.p.SlowTick > 0 {
		r.servers[0] = dnsDefault
		r.open()
	}
}

func (r *resolver) open() bool {
	if r.udp == nil {
		if r.udp = r.s.NewUDP(r.input); r.udp == nil {
			return false
		}
		_ = r.udp.Bind(wire.AnyAddr, 0)
		r.udp.room = wire.DNSHeaderLen + NameMax + 1 + dnsQueryTail
	}
	return true
}

// offered takes a server from DHCP.
func (r *resolver) offered(k int, a netip.Addr) {
	if !r.manual {
		r.servers[k] = a
	}
}

// SetDNS sets server 0 or 1 and stops DHCP from changing them; the zero Addr sets both back to the default and lets DHCP
// change them again. Other numbers and 0.0.0.0 set nothing, and DHCP changes the servers no more all the same (lwip.md 12).
func (s *Stack) SetDNS(i int, a netip.Addr) {
	r := &s.dns
	switch {
	case !a.IsValid():
		r.manual = false
		r.servers = [2]netip.Addr{wire.AnyAddr, wire.AnyAddr}
		if s.p.SlowTick > 0 {
			r.servers = [2]netip.Addr{dnsDefault, dnsDefault}
		}
	default:
		r.manual = true
		if i >= 0 && i < len(r.servers) && !wire.IsAny(a) {
			r.servers[i] = a
		}
	}
}

// DNS returns server 0 or 1; 0.0.0.0 if there is none.
func (s *Stack) DNS(i int) netip.Addr {
	if i < 0 || i >= len(s.dns.servers) {
		return wire.AnyAddr
	}
	return s.dns.servers[i]
}

// Resolve looks up the IPv4 address of a name. A literal (1 to 4 numbers, decimal, octal or hexadecimal) is returned at
// once with a nil error and found is not called. ErrInProgress: found is called later, inside Input or Advance, with the
// address and nil, or with the cause if there is none (lwip.md 12 for the times). ErrArg: empty or 256 bytes and longer; ErrMem: no
// heap; ErrLookups: the table is full.
func (s *Stack) Resolve(name string, found func(netip.Addr, *Cause)) (netip.Addr, error) {
	r := &s.dns
	if name == "" || len(name) > NameMax {
		return netip.Addr{}, ErrArg
	}
	if a, ok := parseLiteral(name); ok && a != wire.BroadcastAddr {
		return a, nil
	}
	if !r.open() {
		return netip.Addr{}, ErrMem
	}
	slot := r.slot()
	if slot < 0 {
		return netip.Addr{}, ErrLookups
	}
	r.calls++
	l := &lookup{name: name, found: found, at: s.gridAfter(dnsPeriod), order: r.calls, began: s.now}
	tick := s.p.SlowTick > 0 && s.now == s.gridAfter(dnsPeriod)-instant(dnsPeriod)
	if r.firing > 0 && slot >= r.firing || r.ahead && tick { // the timer comes by the new entry in this run (lwip.md 12)
		l.at = s.now
	}
	r.table[slot] = l
	r.send(slot, l)
	return netip.Addr{}, ErrInProgress
}

// slot finds a place in the table: a free one, else that of the oldest answer. Answers keep their place until their time
// to live is over, although they are never consulted (lwip.md 12). Negative: all are asking.
func (r *resolver) slot() int {
	oldest := -1
	for k, l := range r.table {
		if l != nil && l.done && (l.at <= r.s.ran && !r.record.lost || r.s.p.StrictInput) {
			r.table[k], l = nil, nil
		}
		if l == nil {
			return k
		}
		if l.done && (oldest < 0 || l.order < r.table[oldest].order) {
			oldest = k
		}
	}
	if n := r.s.p.DNSTable; n > 0 && len(r.table) >= n {
		return oldest
	}
	r.table = append(r.table, nil)
	return len(r.table) - 1
}

// next returns the earliest step of a lookup.
func (r *resolver) next(*Stack) instant {
	at := never
	if r.record.lost {
		return at
	}
	for _, l := range r.table {
		if l != nil && !l.done {
			at = min(at, l.at)
		}
	}
	return at
}

// fire makes the steps that are due.
func (r *resolver) fire(s *Stack) {
	defer func() { r.firing = 0 }()
	for slot := 0; slot < len(r.table); slot++ {
		r.firing = slot + 1
		l := r.table[slot]
		if l == nil || l.done || l.at > s.now {
			continue
		}
		if l.tries++; l.tries < dnsTries {
			l.at += instant(l.tries) * instant(dnsPeriod)
			r.send(slot, l)
			continue
		}
		if l.server+1 < len(r.servers) && !wire.IsAny(r.servers[l.server+1]) {
			l.server++
			l.tries = 0
			l.at += instant(dnsPeriod)
			continue
		}
		r.fail(slot, r.lost(l))
	}
}

// succeed ends a lookup with its address.
func (r *resolver) succeed(slot int, a netip.Addr, ttl uint32) {
	l := r.table[slot]
	l.done = true
	l.at = r.s.gridAfter(dnsPeriod) + instant(max(ttl, 1)-1)*instant(dnsPeriod)
	r.s.note(Event{Kind: EventDNS, Remote: netip.AddrPortFrom(a, 0), Text: l.name + ": answered"})
	if l.found != nil {
		l.found(a, nil)
	}
}

// fail ends a lookup without an address. It has its place until its function has returned (lwip.md 12).
func (r *resolver) fail(slot int, c Cause) {
	l := r.table[slot]
	defer func() { r.table[slot] = nil }()
	c.Object, c.Have, c.Took = l.name, l.asked, r.s.since(l.began)
	server := netip.AddrPortFrom(r.servers[l.server], wire.DNSPort)
	r.s.note(Event{Kind: EventDNS, Remote: server, Text: l.name + ": no address"})
	r.s.tell(Event{Remote: server}, c)
	if l.found != nil {
		l.found(netip.Addr{}, &c)
	}
}

// lost is why the time of a lookup is over: what was heard and ignored says more than silence.
func (r *resolver) lost(l *lookup) Cause {
	_, known := r.s.neighbor(r.servers[l.server])
	switch {
	case l.heard.ID != "":
		return l.heard
	case l.asked > 0 && !known:
		return Cause{ID: CauseDNSNeighbor}
	case l.asked > 0:
		return Cause{ID: CauseDNSUnanswered}
	case l.noMemory:
		return Cause{ID: CauseDNSQueryMemory}
	case l.unsent > 0:
		return Cause{ID: CauseDNSUnsent}
	}
	return Cause{ID: CauseDNSNoServer}
}

// telling orders what can be heard: the more it says about the name, the higher.
var telling = map[CauseID]int{CauseDNSLength: 1, CauseDNSQuestions: 1, CauseDNSQuery: 1, CauseDNSMemory: 2, CauseDNSClosed: 2,
	CauseDNSOlder: 3, CauseDNSError: 4, CauseDNSNoName: 5}

// ignored keeps what a lookup heard and the device ignores.
func (l *lookup) ignored(c Cause) {
	if telling[c.ID] >= telling[l.heard.ID] {
		l.heard = c
	}
}

// everyone tells all lookups that wait of something that cannot be told to belong to one.
func (r *resolver) everyone(c Cause) {
	for _, l := range r.table {
		if l != nil && !l.done {
			l.ignored(c)
		}
	}
}

// send transmits the question.
func (r *resolver) send(slot int, l *lookup) {
	r.last = uint16(r.s.rand() >> 16)
	l.id = r.last
	id := r.last + uint16(slot)
	if r.s.p.StrictInput {
		id = l.id
	}
	m := make([]byte, wire.DNSHeaderLen, wire.DNSHeaderLen+len(l.name)+6)
	binary.BigEndian.PutUint16(m, id)
	m[2] = 1 // recursion desired
	m[5] = 1 // one question
	for label := range strings.SplitSeq(l.name, ".") {
		m = append(m, byte(len(label)))
		m = append(m, label...)
	}
	m = append(m, 0, 0, 1, 0, 1) // A, IN
	to := netip.AddrPortFrom(r.servers[l.server], wire.DNSPort)
	if wire.IsAny(to.Addr()) {
		return
	}
	_ = r.udp.Connect(to)
	r.s.note(Event{Kind: EventDNS, Remote: to, Text: l.name + ": asked"})
	if err := r.udp.SendTo(m, to); err != nil {
		l.unsent++
		l.noMemory = l.noMemory || errors.Is(err, ErrBuf) || errors.Is(err, ErrMem)
		return
	}
	l.asked++
}

// input takes an answer from the server asked last.
func (r *resolver) input(from netip.AddrPort, _ netip.Addr, _ *Interface, m []byte) {
	blk, ok := r.s.charge(dnsReadBytes, "dns message")
	if !ok {
		r.everyone(Cause{ID: CauseDNSMemory, Limit: dnsReadBytes})
		return
	}
	defer r.s.discharge(&blk)
	if len(m) < dnsMessageMin || len(m) > wire.DNSMessageMax {
		c := Cause{ID: CauseDNSLength, Limit: len(m)}
		if len(m) >= wire.DNSHeaderLen && len(m) < dnsMessageMin && m[3]&15 != 0 { // of a short name: the error is what there is to tell
			c = refusedName(m)
		}
		r.everyone(c)
		return
	}
	id := binary.BigEndian.Uint16(m)
	slot := int(id - r.last)
	if r.s.p.StrictInput {
		slot = -1
		for k, l := range r.table {
			if l != nil && !l.done && l.id == id {
				slot = k
			}
		}
	}
	if slot < 0 || slot >= len(r.table) || r.table[slot] == nil || r.table[slot].done {
		r.older(m)
		return
	}
	l := r.table[slot]
	switch questions := binary.BigEndian.Uint16(m[4:]); {
	case m[2]&0x80 == 0:
		l.ignored(Cause{ID: CauseDNSQuery})
		return
	case questions != 1:
		l.ignored(Cause{ID: CauseDNSQuestions, Limit: int(questions)})
		return
	}
	if rcode := m[3] & 15; rcode != 0 {
		c := refusedName(m)
		l.ignored(c)
		if r.s.p.StrictInput && rcode == dnsNoName {
			r.fail(slot, c)
		}
		return // the device asks on until its time is over
	}
	rest, ok := matchName(m[wire.DNSHeaderLen:], l.name, r.s.p.StrictInput)
	if !ok || len(rest) < 4 {
		r.fail(slot, Cause{ID: CauseDNSOtherName})
		return
	}
	a, ttl, ok := firstA(rest[4:], int(binary.BigEndian.Uint16(m[6:])))
	switch {
	case ok:
		r.succeed(slot, a, min(ttl, dnsMaxTTL))
	case m[2]&dnsTruncated != 0:
		r.fail(slot, Cause{ID: CauseDNSTruncated})
	default:
		r.fail(slot, Cause{ID: CauseDNSNoAddress})
	}
}

// refusedName is the cause that an error answer names.
func refusedName(m []byte) Cause {
	if rcode := m[3] & 15; rcode != dnsNoName {
		return Cause{ID: CauseDNSError, Limit: int(rcode)}
	}
	return Cause{ID: CauseDNSNoName}
}

// older tells those whose name is asked for in a message that it came to another query than the last.
func (r *resolver) older(m []byte) {
	for _, l := range r.table {
		if l == nil || l.done {
			continue
		}
		if _, ok := matchName(m[wire.DNSHeaderLen:], l.name, true); ok {
			l.ignored(Cause{ID: CauseDNSOlder})
		}
	}
}

// matchName compares an encoded name with the one asked for; a compression pointer ends the comparison as a match. The
// rest begins after the name.
func matchName(b []byte, name string, foldCase bool) (rest []byte, ok bool) {
	for {
		if len(b) == 0 {
			return nil, false
		}
		n := int(b[0])
		if n&0xc0 == 0xc0 {
			return b[min(2, len(b)):], true
		}
		if n == 0 {
			return b[1:], name == ""
		}
		if len(b) < 1+n || n > len(name) {
			return nil, false
		}
		label := string(b[1 : 1+n])
		if label != name[:n] && !(foldCase && strings.EqualFold(label, name[:n])) {
			return nil, false
		}
		if name = name[n:]; name != "" {
			if name[0] != '.' {
				return nil, false
			}
			name = name[1:]
		}
		b = b[1+n:]
	}
}

// firstA finds the first address among n answers; others are skipped.
func firstA(b []byte, n int) (a netip.Addr, ttl uint32, ok bool) {
	for ; n > 0; n-- {
		for { // the name
			if len(b) == 0 {
				return netip.Addr{}, 0, false
			}
			k := int(b[0])
			if k&0xc0 == 0xc0 {
				b = b[min(2, len(b)):]
				break
			}
			if len(b) < 1+k {
				return netip.Addr{}, 0, false
			}
			b = b[1+k:]
			if k == 0 {
				break
			}
		}
		if len(b) < 10 {
			return netip.Addr{}, 0, false
		}
		size := int(binary.BigEndian.Uint16(b[8:]))
		if len(b) < 10+size {
			return netip.Addr{}, 0, false
		}
		if binary.BigEndian.Uint32(b) == 1<<16|1 && size == 4 { // A, IN
			return netip.AddrFrom4([4]byte(b[10:14])), binary.BigEndian.Uint32(b[4:]), true
		}
		b = b[10+size:]
	}
	return netip.Addr{}, 0, false
}

// parseLiteral reads an IPv4 address as inet_aton does (espconn.md 5.18): 1 to 4 parts, the last fills what remains.
func parseLiteral(text string) (netip.Addr, bool) {
	parts := strings.Split(text, ".")
	if len(parts) > 4 {
		return netip.Addr{}, false
	}
	var v uint64
	for k, p := range parts {
		if p == "" || p[0] < '0' || p[0] > '9' || strings.Contains(p, "_") {
			return netip.Addr{}, false
		}
		base := 10
		switch low := strings.ToLower(p); {
		case strings.HasPrefix(low, "0x"):
			base, p = 16, p[2:]
		case len(p) > 1 && p[0] == '0':
			base = 8
		}
		n, err := strconv.ParseUint(p, base, 32)
		bits := 8
		if k == len(parts)-1 {
			bits = 8 * (5 - len(parts))
		}
		if err != nil || n >= 1<<bits {
			return netip.Addr{}, false
		}
		v = v<<bits | n
	}
	return netip.AddrFrom4([4]byte{byte(v >> 24), byte(v >> 16), byte(v >> 8), byte(v)}), true
}
