package netstack

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/netstack/internal/wire"
)

// simStart is the start of every simulated time.
var simStart = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

func ms(n float64) time.Duration { return time.Duration(n * float64(time.Millisecond)) }

// sim is an Ethernet with a fake clock for sans-I/O tests: no goroutine, no real time.
type sim struct {
	t       testing.TB
	now     time.Time
	latency time.Duration
	lose    func(frame []byte) bool // true: the frame is lost
	nodes   []*simNode
	queue   []simFrame
	seq     int
	log     []seg // every frame put on the wire
	check   bool  // decode and verify every frame
}

type simFrame struct {
	at    time.Time
	seq   int
	from  *simNode
	frame []byte
}

type simNode struct {
	sim    *sim
	name   string
	s      *Stack
	i      *Interface
	heap   *countingHeap
	events []Event
	rx     func(frame []byte) // scripted node
}

func newSim(t testing.TB) *sim {
	return &sim{t: t, now: simStart, latency: ms(1), check: true}
}

// stack adds a stack with one interface that is up.
func (m *sim) stack(name string, p Profile, addr string) *simNode {
	n := &simNode{sim: m, name: name, heap: newCountingHeap()}
	n.s = NewStack(Config{Profile: p, Heap: n.heap, Observe: func(e Event) { n.events = append(n.events, e) }})
	pre := netip.MustParsePrefix(addr)
	b := pre.Addr().As4()
	n.i = n.s.AddInterface("st", MAC{2, 0, b[0], b[1], b[2], b[3]}, func(f []byte) { m.send(n, f) })
	n.s.Advance(m.now)
	n.i.SetAddr(pre, netip.MustParseAddr("10.0.0.1"))
	n.i.SetUp(true)
	m.nodes = append(m.nodes, n)
	return n
}

func (m *sim) send(from *simNode, frame []byte) {
	f := append([]byte(nil), frame...)
	if m.check {
		sg := decodeSeg(m.t, f)
		sg.at, sg.from = m.now.Sub(simStart), from.name
		m.log = append(m.log, sg)
	}
	if m.lose != nil && m.lose(f) {
		return
	}
	m.seq++
	m.queue = append(m.queue, simFrame{m.now.Add(m.latency), m.seq, from, f})
	if k := len(m.queue) - 1; k > 0 && m.queue[k].at.Before(m.queue[k-1].at) {
		sort.SliceStable(m.queue, func(a, b int) bool { return m.queue[a].at.Before(m.queue[b].at) })
	}
}

// run lets the time go on by d; what is due at the end is done.
func (m *sim) run(d time.Duration) { m.runTo(m.now.Add(d)) }

func (m *sim) runTo(end time.Time) {
	for steps := 0; ; steps++ {
		require.Less(m.t, steps, 50_000_000, "the simulation does not end")
		at := end.Add(1)
		if len(m.queue) > 0 {
			at = m.queue[0].at
		}
		for _, n := range m.nodes {
			if t, ok := n.s.NextEvent(); ok && t.Before(at) {
				at = t
			}
		}
		if at.After(end) {
			break
		}
		if at.After(m.now) {
			m.now = at
		}
		if len(m.queue) > 0 && !m.queue[0].at.After(m.now) {
			f := m.queue[0]
			m.queue = m.queue[1:]
			for _, n := range m.nodes {
				if n == f.from {
					continue
				}
				if n.rx != nil {
					n.rx(f.frame)
				} else if n.accepts(f.frame) {
					n.i.Input(m.now, f.frame)
				}
			}
			continue
		}
		for _, n := range m.nodes {
			if t, ok := n.s.NextEvent(); ok && !t.After(m.now) {
				n.s.Advance(m.now)
				if u, ok := n.s.NextEvent(); ok && u.Equal(t) && !t.After(m.now) && len(n.s.loop) == 0 {
					require.Fail(m.t, "NextEvent does not move after Advance", "%v at %v", n.name, t)
				}
			}
		}
	}
	m.now = end
	for _, n := range m.nodes { // calls of the test happen at the end
		n.s.Advance(end)
	}
}

func (n *simNode) accepts(f []byte) bool {
	mac := MAC(f[:6])
	return mac == n.i.mac || f[0]&1 == 1
}

// seg is a decoded frame.
type seg struct {
	at       time.Duration
	from     string
	kind     string // tcp, udp, icmp, arp, ...
	src, dst netip.AddrPort
	flags    string
	seq, ack uint32
	win      int
	mss      int // option; -1: none
	data     []byte
	id       uint16
	df       bool
	ttl      uint8
	op       int // ARP
	typ      int // ICMP type<<8|code
	frame    []byte
}

// String is a short form for comparing: "SA 1000:1000(0) ack 1 win 5840".
func (g seg) String() string {
	switch g.kind {
	case "tcp":
		s := fmt.Sprintf("%s seq %d ack %d win %d len %d", g.flags, g.seq, g.ack, g.win, len(g.data))
		if g.mss >= 0 {
			s += fmt.Sprintf(" mss %d", g.mss)
		}
		return s
	case "arp":
		return fmt.Sprintf("arp %d %v > %v", g.op, g.src.Addr(), g.dst.Addr())
	case "udp":
		return fmt.Sprintf("udp %v > %v len %d", g.src, g.dst, len(g.data))
	}
	return fmt.Sprintf("%s %v > %v type %x", g.kind, g.src.Addr(), g.dst.Addr(), g.typ)
}

// plainSum is a second, slow implementation of the checksum.
func plainSum(parts ...[]byte) uint16 {
	var v uint32
	for _, p := range parts {
		for k, x := range p {
			if k%2 == 0 {
				v += uint32(x) << 8
			} else {
				v += uint32(x)
			}
		}
	}
	for v > 0xffff {
		v = v>>16 + v&0xffff
	}
	return uint16(v)
}

// decodeSeg decodes a frame with gopacket's packet API and verifies lengths and checksums.
func decodeSeg(t testing.TB, f []byte) seg {
	g := seg{frame: f, mss: -1}
	p := gopacket.NewPacket(f, layers.LayerTypeEthernet, gopacket.DecodeOptions{Lazy: false, NoCopy: true})
	if a, ok := p.Layer(layers.LayerTypeARP).(*layers.ARP); ok {
		require.Len(t, f, 42, "ARP frames are not padded")
		g.kind, g.op = "arp", int(a.Operation)
		g.src = netip.AddrPortFrom(netip.AddrFrom4([4]byte(a.SourceProtAddress)), 0)
		g.dst = netip.AddrPortFrom(netip.AddrFrom4([4]byte(a.DstProtAddress)), 0)
		return g
	}
	ip, ok := p.Layer(layers.LayerTypeIPv4).(*layers.IPv4)
	if !ok {
		g.kind = "other"
		return g
	}
	require.Equal(t, wire.EthernetLen+int(ip.Length), len(f), "no padding")
	head := f[wire.EthernetLen : wire.EthernetLen+int(ip.IHL)*4]
	if ip.IHL == 5 {
		require.EqualValues(t, 0xffff, plainSum(head), "IP checksum")
	}
	g.id, g.df, g.ttl = ip.Id, ip.Flags&layers.IPv4DontFragment != 0, ip.TTL
	src, dst := netip.AddrFrom4([4]byte(head[12:16])), netip.AddrFrom4([4]byte(head[16:20]))
	g.src, g.dst = netip.AddrPortFrom(src, 0), netip.AddrPortFrom(dst, 0)
	body := f[wire.EthernetLen+len(head):]
	ph := append(append([]byte(nil), head[12:20]...), 0, byte(ip.Protocol), byte(len(body)>>8), byte(len(body)))
	switch ip.Protocol {
	case layers.IPProtocolTCP:
		require.EqualValues(t, 0xffff, plainSum(ph, body), "TCP checksum")
		var l layers.TCP
		require.NoError(t, l.DecodeFromBytes(body, gopacket.NilDecodeFeedback))
		g.kind = "tcp"
		g.src, g.dst = netip.AddrPortFrom(src, uint16(l.SrcPort)), netip.AddrPortFrom(dst, uint16(l.DstPort))
		g.seq, g.ack, g.win, g.data = l.Seq, l.Ack, int(l.Window), l.Payload
		for _, x := range []struct {
			on bool
			c  string
		}{{l.FIN, "F"}, {l.SYN, "S"}, {l.RST, "R"}, {l.PSH, "P"}, {l.ACK, "A"}} {
			if x.on {
				g.flags += x.c
			}
		}
		for _, o := range l.Options {
			if o.OptionType == layers.TCPOptionKindMSS {
				g.mss = int(binary.BigEndian.Uint16(o.OptionData))
			}
		}
	case layers.IPProtocolUDP:
		if body[6] != 0 || body[7] != 0 {
			require.EqualValues(t, 0xffff, plainSum(ph, body), "UDP checksum")
		}
		g.kind = "udp"
		g.src = netip.AddrPortFrom(src, binary.BigEndian.Uint16(body))
		g.dst = netip.AddrPortFrom(dst, binary.BigEndian.Uint16(body[2:]))
		g.data = body[8:]
	case layers.IPProtocolICMPv4:
		require.EqualValues(t, 0xffff, plainSum(body), "ICMP checksum")
		g.kind, g.typ, g.data = "icmp", int(body[0])<<8|int(body[1]), body[8:]
	default:
		g.kind = "ip"
	}
	return g
}

// tcpFrom returns the TCP segments a node has sent.
func (m *sim) tcpFrom(name string) []seg {
	var out []seg
	for _, g := range m.log {
		if g.from == name && g.kind == "tcp" {
			out = append(out, g)
		}
	}
	return out
}

// countingHeap counts blocks and can fail.
type countingHeap struct {
	next   uint32
	blocks map[uint32]string
	bytes  map[uint32]uint32
	fail   func(n uint32, what string) bool
	allocs int
}

func newCountingHeap() *countingHeap {
	return &countingHeap{blocks: map[uint32]string{}, bytes: map[uint32]uint32{}}
}

func (h *countingHeap) Alloc(n uint32, what string) uint32 {
	h.allocs++
	if h.fail != nil && h.fail(n, what) {
		return 0
	}
	h.next += 8
	h.blocks[h.next], h.bytes[h.next] = what, n
	return h.next
}

func (h *countingHeap) Free(a uint32) {
	if _, ok := h.blocks[a]; !ok {
		panic(fmt.Sprintf("heap: %#x is not allocated", a))
	}
	delete(h.blocks, a)
	delete(h.bytes, a)
}

// left lists what is allocated, apart from sockets that live as long as the stack, and from the record of a timer that goes
// with its next run.
func (h *countingHeap) left() string {
	var names []string
	for _, n := range h.blocks {
		if n != "udp_pcb" && !strings.HasSuffix(n, " timer") {
			names = append(names, n)
		}
	}
	sort.Strings(names)
	return strings.Join(names, " ")
}

// app is a Handler that records and reacts.
type app struct {
	hold      bool // do not reopen the window
	got       []byte
	sent      int
	connected int
	fin       int
	err       error
	state     State // when aborted
	retries   int
	calls     []string
	onConn    func(t *TCB)
	onRecv    func(t *TCB, data []byte)
	onSent    func(t *TCB, n int)
	onFin     func(t *TCB)
	onAbort   func(t *TCB)
	tcb       *TCB
}

func (a *app) note(f string, args ...any) { a.calls = append(a.calls, fmt.Sprintf(f, args...)) }

func (a *app) Connected(t *TCB) {
	a.connected++
	a.tcb = t
	a.note("connected")
	if a.onConn != nil {
		a.onConn(t)
	}
}

func (a *app) Received(t *TCB, data []byte) {
	a.got = append(a.got, data...)
	a.note("received %d", len(data))
	if !a.hold {
		t.Recved(len(data))
	}
	if a.onRecv != nil {
		a.onRecv(t, data)
	}
}

func (a *app) Sent(t *TCB, n int) {
	a.sent += n
	a.note("sent %d", n)
	if a.onSent != nil {
		a.onSent(t, n)
	}
}

func (a *app) PeerClosed(t *TCB) {
	a.fin++
	a.note("fin")
	if a.onFin != nil {
		a.onFin(t)
	}
}

func (a *app) Aborted(t *TCB, err error) {
	if a.err != nil {
		panic("Aborted twice")
	}
	a.err, a.state, a.retries = err, t.State(), t.Retries()
	a.note("aborted %v %v", t.State(), err)
	if a.onAbort != nil {
		a.onAbort(t)
	}
}
