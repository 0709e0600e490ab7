package netstack

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/netstack/internal/wire"
)

// tape is a fuzzer's input, read byte by byte; at its end it gives zeros.
type tape []byte

func (p *tape) byte() byte {
	if len(*p) == 0 {
		return 0
	}
	b := (*p)[0]
	*p = (*p)[1:]
	return b
}

func pick[T any](p *tape, of ...T) T { return of[int(p.byte())%len(of)] }

// segmentStarts bring a stack into a state before the fuzzed segments come. Port 80 is always open.
var segmentStarts = []struct {
	state State
	play  func(r *segmentRun)
}{
	{StateListen, func(*segmentRun) {}},
	{StateSynSent, (*segmentRun).dial},
	{StateSynRcvd, func(r *segmentRun) { r.send(wire.SYN, peerISN, 0, 5840, 0) }},
	{StateEstablished, (*segmentRun).open},
	{StateEstablished, func(r *segmentRun) {
		r.send(wire.SYN, peerISN, 0, 5840, 0)
		r.send(wire.ACK, peerISN+1, r.tcb().sndNxt, 5840, 0)
	}},
	{StateEstablished, func(r *segmentRun) { // a shut window with data before it
		r.open()
		r.write(2000)
		r.send(wire.ACK, peerISN+1, r.tcb().sndNxt, 0, 0)
	}},
	{StateEstablished, func(r *segmentRun) { // data in flight, a gap in what came, nothing read
		r.open()
		r.hold = true
		r.write(2000)
		r.send(wire.ACK, peerISN+1, r.tcb().lastAck, 5840, 700)
		r.send(wire.ACK, peerISN+1001, r.tcb().lastAck, 5840, 500)
	}},
	{StateFinWait1, (*segmentRun).close},
	{StateFinWait2, func(r *segmentRun) { r.close(); r.send(wire.ACK, peerISN+1, r.tcb().sndNxt, 5840, 0) }},
	{StateCloseWait, func(r *segmentRun) { r.open(); r.send(wire.ACK|wire.FIN, peerISN+1, r.tcb().sndNxt, 5840, 0) }},
	{StateClosing, func(r *segmentRun) { r.close(); r.send(wire.ACK|wire.FIN, peerISN+1, r.tcb().lastAck, 5840, 0) }},
	{StateLastAck, func(r *segmentRun) {
		r.open()
		r.send(wire.ACK|wire.FIN, peerISN+1, r.tcb().sndNxt, 5840, 0)
		_ = r.tcb().Close()
	}},
	{StateTimeWait, func(r *segmentRun) { r.close(); r.send(wire.ACK|wire.FIN, peerISN+1, r.tcb().sndNxt, 5840, 0) }},
	{StateClosed, func(r *segmentRun) { r.listener.Close(); r.peerPort, r.port = 80, 4000 }},
}

// segmentFlow is what is known of one connection from what it has sent and was sent, without a look into its TCB.
type segmentFlow struct {
	live     bool // between leaving CLOSED and being freed
	synSent  bool // in SYN_SENT
	started  bool // the SYN was seen
	low, top uint32
	una      uint32 // highest acknowledgement of something sent
	edge     uint32 // highest acknowledgement plus window offered
	window   uint32 // greatest window offered
	told     bool
	ack      uint32 // last acknowledgement sent
	annEdge  uint32 // last right edge offered
}

// segmentRun is one input: a stack, a peer that sends what the tape says, and the rules.
type segmentRun struct {
	*script
	p        Profile
	listener *Listener
	peerPort uint16
	hold     bool // applications do not reopen the window
	refuse   bool // applications do not take data
	flows    map[tuple]*segmentFlow
	arrived  *arrival // the segment being processed; nil: none
	resets   int      // sent in answer to it
	frames   int      // sent since the last op
	apps     int      // that were told of a connection and not of its end
	failing  int      // allocations that are refused from now on
}

// text is the byte at a sequence number, in both directions: whatever comes at the wrong place shows.
func segmentText(seq uint32) byte { return byte(seq*7 + seq>>8) }

func segmentData(seq uint32, n int) []byte {
	b := make([]byte, n)
	for k := range b {
		b[k] = segmentText(seq + uint32(k))
	}
	return b
}

func newSegmentRun(t testing.TB, p Profile) *segmentRun {
	r := &segmentRun{script: newScript(t, p), p: p, flows: make(map[tuple]*segmentFlow), peerPort: 5001}
	r.check = false
	r.port = 80
	r.lose = func(frame []byte) bool { r.sent(frame); return true } // nobody else is there
	r.n.s.observe = r.observe
	r.n.heap.fail = func(uint32, string) bool { r.failing--; return r.failing >= 0 }
	r.at(1000)
	l, err := r.n.s.Listen(netip.Addr{}, 80, func(*TCB) Handler { return r.app() })
	require.NoError(t, err)
	r.listener = l
	return r
}

func (r *segmentRun) key() tuple {
	return tuple{[4]byte{10, 0, 0, 2}, [4]byte{10, 0, 0, 1}, r.port, r.peerPort}
}

// tcb is the connection of the ports in use, nil if there is none.
func (r *segmentRun) tcb() *TCB { return r.n.s.tcp.conns[r.key()] }

func (r *segmentRun) dial() {
	r.port, r.peerPort = 4000, 80
	t := r.n.s.NewTCB(r.app())
	require.NoError(r.t, t.Bind(netip.Addr{}, r.port))
	require.NoError(r.t, t.Connect(netip.AddrPortFrom(netip.MustParseAddr("10.0.0.1"), r.peerPort)))
}

func (r *segmentRun) open() {
	r.dial()
	r.send(wire.SYN|wire.ACK, peerISN, r.tcb().sndNxt, 5840, 0, 2, 4, 5, 0xb4)
}

func (r *segmentRun) close() {
	r.open()
	require.NoError(r.t, r.tcb().Close())
}

func (r *segmentRun) write(n int) {
	if t := r.tcb(); t != nil {
		_ = t.Write(segmentData(t.sndLbb, n))
		t.Output()
	}
}

// app is a handler that checks what it is told: data and FIN in sequence, nothing after the end.
func (r *segmentRun) app() *app {
	a, next, ended := &app{}, uint32(0), false
	r.apps++
	a.onConn = func(t *TCB) { next = t.rcvNxt }
	a.hold = true
	a.onRecv = func(t *TCB, data []byte) {
		require.False(r.t, ended, "data after the end")
		require.Equal(r.t, 1, a.connected)
		if a.fin > 0 { // lwIP 1.4 takes what follows a FIN
			require.False(r.t, r.p.StrictInput, "data after the FIN")
			return
		}
		if r.refuse {
			t.Refuse()
			return
		}
		for k := range data {
			if data[k] != segmentText(next+uint32(k)) {
				require.Fail(r.t, "other data than was sent", "byte %d of %d at %d", k, len(data), next)
			}
		}
		next += uint32(len(data))
		if !r.hold {
			t.Recved(len(data))
		}
	}
	a.onFin = func(*TCB) {
		require.False(r.t, ended)
		next++
	}
	a.onSent = func(_ *TCB, n int) {
		require.False(r.t, ended)
		require.Positive(r.t, n)
	}
	a.onAbort = func(*TCB) {
		require.False(r.t, ended, "two ends")
		ended = true
	}
	return a
}

// send feeds one segment; options is the list as on the wire.
func (r *segmentRun) send(flags uint8, seq, ack uint32, window uint16, data int, options ...byte) {
	src := netip.AddrPortFrom(netip.MustParseAddr("10.0.0.1"), r.peerPort)
	dst := netip.AddrPortFrom(netip.MustParseAddr("10.0.0.2"), r.port)
	for len(options)%4 != 0 {
		options = append(options, 0)
	}
	first := seq
	if flags&wire.SYN != 0 && r.p.StrictInput {
		first++ // lwIP gives a SYN that completes a handshake no place of its own
	}
	text := segmentData(first, data)
	f := r.peer.buildTCP(r.pi, src, dst, seq, ack, flags, window, 0, append(options, text...))
	f[wire.EthernetLen+wire.IPv4Len+12] = byte(5+len(options)/4) << 4
	f[wire.EthernetLen+wire.IPv4Len+13] = flags
	mend(f)
	length := uint32(data)
	if flags&(wire.SYN|wire.FIN) != 0 {
		length++
	}
	r.arrived = &arrival{seq: seq, ack: ack, wnd: uint32(window), flags: flags, length: length}
	r.resets = 0
	r.frames = 0
	r.n.i.SetNeighbor(src.Addr(), r.pi.mac) // entries get old
	// An acknowledgement without a SYN is answered by a reset in SYN_SENT and moves nothing (lwip.md 4.1).
	if m := r.flows[r.key()]; m != nil && flags&wire.ACK != 0 && (!m.synSent || flags&wire.SYN != 0) {
		m.window = max(m.window, uint32(window))
		if seqBetween(ack, m.una, m.top) {
			m.una = ack
			if seqLT(m.edge, ack+uint32(window)) {
				m.edge = ack + uint32(window)
			}
		}
	}
	r.n.i.Input(r.now, f)
	r.arrived = nil
	r.inspect()
}

// observe holds the state machine of RFC 9293 3.3.2, with lwIP's short cuts.
func (r *segmentRun) observe(e Event) {
	if e.Kind != EventState {
		return
	}
	k := tuple{e.Local.Addr().As4(), e.Remote.Addr().As4(), e.Local.Port(), e.Remote.Port()}
	if e.State == StateClosed {
		r.flows[k].live = false
		return
	}
	if e.Old == StateClosed {
		require.Contains(r.t, []State{StateSynSent, StateSynRcvd}, e.State)
		require.True(r.t, r.flows[k] == nil || !r.flows[k].live, "two connections with the same addresses")
		r.flows[k] = &segmentFlow{live: true, synSent: e.State == StateSynSent}
		if e.State == StateSynRcvd {
			r.flows[k].window = r.arrived.wnd
		}
		return
	}
	r.flows[k].synSent = false
	legal := map[State][]State{
		StateSynSent:     {StateEstablished},
		StateSynRcvd:     {StateEstablished, StateFinWait1},
		StateEstablished: {StateFinWait1, StateCloseWait},
		StateFinWait1:    {StateFinWait2, StateClosing, StateTimeWait},
		StateFinWait2:    {StateTimeWait},
		StateClosing:     {StateTimeWait},
		StateCloseWait:   {StateLastAck},
	}[e.Old]
	if !r.p.StrictInput {
		legal = append(legal, StateTimeWait) // a close with unread data (lwip.md 7.1)
	}
	require.Contains(r.t, legal, e.State, "%v to %v", e.Old, e.State)
}

// sent judges a frame of the stack when it leaves.
func (r *segmentRun) sent(frame []byte) {
	g := decodeSeg(r.t, frame)
	if g.kind != "tcp" {
		return
	}
	r.frames++
	require.LessOrEqual(r.t, r.frames, 2000, "one event, more segments than the data can make")
	require.LessOrEqual(r.t, len(frame), wire.EthernetLen+1500)
	k := tuple{g.src.Addr().As4(), g.dst.Addr().As4(), g.src.Port(), g.dst.Port()}
	m := r.flows[k]
	has := func(flag byte) bool { return frame[wire.EthernetLen+wire.IPv4Len+13]&flag != 0 }
	if has(wire.RST) {
		require.True(r.t, has(wire.ACK), "RST without ACK (lwip.md 7.4)")
		require.Empty(r.t, g.data)
		if a := r.arrived; a != nil && k == r.key() { // others may be reset to make room
			r.resets++
			require.Equal(r.t, 1, r.resets, "two resets for one segment")
			listens := k.localPort == 80 && (m == nil || !m.live) && !r.listener.closed
			if a.has(wire.RST) && (r.p.StrictInput || !listens || !a.has(wire.ACK)) { // the device's listeners: lwip.md 4.2
				require.Fail(r.t, "a reset is answered by a reset", "%v", g)
			}
		}
		return
	}
	require.True(r.t, m != nil && m.live, "a segment of no connection: %v", g)
	n := uint32(len(g.data))
	end := g.seq + n
	if has(wire.SYN) || has(wire.FIN) {
		end++
	}
	if has(wire.SYN) {
		require.NotEqual(r.t, -1, g.mss, "no MSS option (RFC 9293 SHLD-5)")
		require.Zero(r.t, n)
		if !m.started {
			m.started, m.low, m.top, m.una = true, g.seq, end, g.seq
			m.edge = g.seq + 1 + m.window
		}
		require.Equal(r.t, m.low, g.seq, "another initial sequence number")
	} else {
		require.Equal(r.t, -1, g.mss, "an MSS option after the SYN")
		// What is written in SYN_SENT follows the SYN when lwIP sends that again: the time-out opens the congestion window.
		require.True(r.t, has(wire.ACK) || !r.p.StrictInput && m.synSent, "%v", g)
	}
	require.True(r.t, m.started, "%v before the SYN", g)
	require.True(r.t, seqLEQ(m.low, g.seq) && seqLEQ(g.seq, m.top), "a hole in what is sent: %v, sent up to %d", g, m.top)
	if seqLT(m.top, end) {
		m.top = end
	}
	require.LessOrEqual(r.t, int(n), r.p.MSS)
	if n > 1 {
		edge := m.edge
		if !r.p.StrictInput {
			edge = m.una + m.window // lwIP takes windows with old acknowledgements, too, and begins with its own
			if m.una == m.low {
				edge = m.low + uint32(r.p.Window)
			}
		}
		require.True(r.t, seqLEQ(g.seq+n, edge), "data beyond the window: %v, offered up to %d", g, edge)
	}
	for i, b := range g.data {
		if b != segmentText(g.seq+uint32(i)) && (n > 1 || !r.p.StaleProbe) {
			require.Fail(r.t, "other data than was written", "%v, byte %d", g, i)
		}
	}
	require.LessOrEqual(r.t, g.win, r.p.Window)
	if has(wire.ACK) {
		edge := g.ack + uint32(g.win)
		if m.told {
			require.True(r.t, seqLEQ(m.ack, g.ack), "the acknowledgement goes back from %d: %v", m.ack, g)
			require.True(r.t, seqLEQ(m.annEdge, edge), "the right edge goes back from %d: %v", m.annEdge, g)
		}
		m.told, m.ack, m.annEdge = true, g.ack, edge
	}
}

// stuck tells of the two ways to wait for ever that the device has: an MSS option on a later segment is obeyed (lwip.md 4.1),
// segments and congestion window get unequal, and with nothing in flight a segment that does not fit never will. Another is TCP's
// timer, which without memory for its record never runs again (lwip.md 16).
func (r *segmentRun) stuck(t *TCB) bool {
	return t.s.tcp.clock.record.lost || !r.p.StrictInput && t.sent == 0 && len(t.queue) > 0 && uint32(len(t.queue[0].data)) > t.cwnd
}

// inspect looks at the stack between two events: its lists agree with each other, and every connection that waits for something has a
// timer.
func (r *segmentRun) inspect() {
	s, established := r.n.s, 0
	for k, t := range s.tcp.conns {
		require.Equal(r.t, k, t.key())
		require.False(r.t, t.freed)
		if t.state == StateEstablished {
			established++
		}
		require.True(r.t, seqLEQ(t.sndNxt, t.sndLbb), "%v: sent more than there is", t.state)
		require.LessOrEqual(r.t, t.sent, len(t.queue))
		total := 0
		for i, g := range t.queue {
			total += int(g.length())
			if i > 0 {
				require.Equal(r.t, t.queue[i-1].end(), g.seq, "a hole in the send queue")
			}
		}
		if n := len(t.queue); n > 0 {
			require.Equal(r.t, t.sndLbb, t.queue[n-1].end())
			require.True(r.t, r.stuck(t) || t.at != never, "data and no timer: %v, %d segments, %d in flight, windows %d and %d",
				t.state, n, t.sent, t.sndWnd, t.cwnd)
		}
		require.GreaterOrEqual(r.t, t.used, 0)
		if t.state != StateTimeWait { // where nothing is written any more
			require.LessOrEqual(r.t, t.used, total)
		}
		held, next := 0, t.rcvNxt
		for i := range t.ooo {
			o := &t.ooo[i]
			require.True(r.t, seqLEQ(next, o.seq), "%v: the out-of-order list overlaps", t.state)
			next = o.end()
			held += len(o.data)
		}
		require.LessOrEqual(r.t, held, 65535)
		switch t.state {
		case StateSynSent, StateSynRcvd, StateLastAck, StateTimeWait:
			require.True(r.t, t.at != never || s.tcp.clock.record.lost, "%v without a limit", t.state)
		case StateFinWait2:
			require.True(r.t, !t.rxClosed || t.at != never || s.tcp.clock.record.lost, "%v without a limit", t.state)
		}
		require.True(r.t, t.at == never || t.at >= s.now || t.at > s.ran, "%v: a timer in the past", t.state)
		require.Equal(r.t, t.at != never, t.index >= 0)
	}
	for i, t := range s.tcp.heap {
		require.Equal(r.t, i, t.index)
		require.Same(r.t, t, s.tcp.conns[t.key()])
	}
	require.Equal(r.t, established, s.tcp.established)
	if len(s.tcp.conns) == 0 {
		require.Equal(r.t, never, s.tcp.next(), "a TCP timer without a connection")
	}
}

// pass lets time go by, timer by timer. Choice of the bound: no rule of the stack makes a connection act more often than every fast tick.
func (r *segmentRun) pass(d time.Duration) {
	end, s := r.now.Add(d), r.n.s
	limit := 1000 + 50*int(d/(25*time.Millisecond))
	for n := 0; ; n++ {
		require.Less(r.t, n, limit, "timers without end")
		at, ok := s.NextEvent()
		if !ok || at.After(end) {
			break
		}
		if at.After(r.now) {
			r.now = at
		}
		r.frames = 0
		s.Advance(r.now)
		if n < 100 {
			r.inspect()
		}
	}
	r.now = end
	r.frames = 0
	s.Advance(end)
	r.inspect()
}

// op plays the next event of the tape.
func (r *segmentRun) op(p *tape) {
	s, t := r.n.s, r.tcb()
	r.frames = 0
	switch kind := p.byte(); kind % 8 {
	default:
		r.segment(p, t)
	case 4: // another peer's port, or another port of ours
		r.peerPort = pick[uint16](p, 5001, 5002, 5003, 5004, 5005, 5006, 5007, 80)
		r.port = pick[uint16](p, 80, 4000, 9)
	case 5:
		r.pass(pick(p, ms(1), ms(25), ms(125), ms(250), ms(1000), ms(5000), 20*time.Second, 2*time.Minute, 20*time.Minute))
	case 6:
		r.call(p, t)
	case 7:
		switch p.byte() % 6 {
		case 0:
			r.failing = int(p.byte() % 8) // the next allocations are refused
		case 1:
			r.hold = !r.hold
		case 2:
			r.refuse = !r.refuse
		case 3:
			s.TrimOutOfOrder()
		case 4:
			s.SetRetries(1+int(p.byte()%12), 1+int(p.byte()%12))
		case 5:
			s.SetMaxConnections(int(p.byte() % 6))
		}
	}
	r.inspect()
}

// call is an application at work on the connection.
func (r *segmentRun) call(p *tape, t *TCB) {
	what, arg := p.byte()%10, p.byte()
	if t == nil {
		if what == 0 && arg < 64 && len(r.n.s.tcp.conns) < 20 { // a new connection to the peer's port
			if n := r.n.s.NewTCB(r.app()); n != nil {
				if n.Bind(netip.Addr{}, r.port) != nil ||
					n.Connect(netip.AddrPortFrom(netip.MustParseAddr("10.0.0.1"), r.peerPort)) != nil {
					n.Remove()
				}
			}
		}
		return
	}
	switch what {
	case 0, 1:
		r.write(1 + int(arg)*12)
	case 2:
		_ = t.Close()
	case 3:
		_ = t.CloseWrite()
	case 4:
		t.Abort()
	case 5:
		t.Recved(int(arg) * 256)
	case 6:
		t.SetNagle(arg&1 != 0)
	case 7:
		t.SetKeepalive(arg&1 != 0, time.Duration(arg)*time.Second, time.Duration(arg>>2)*time.Second, int(arg>>5))
	case 8:
		t.SetPoll(time.Duration(arg) * 100 * time.Millisecond)
	case 9:
		t.Remove()
	}
}

// segment sends one segment whose numbers lie near those that matter to the connection.
func (r *segmentRun) segment(p *tape, t *TCB) {
	flags := p.byte() & 0x3f
	seq, ack := uint32(peerISN), uint32(6511)
	where, near := p.byte(), uint32(int8(p.byte()))
	if t != nil {
		seq = []uint32{t.rcvNxt, t.rcvNxt + t.rcvWnd, t.annEdge, t.rcvNxt + near*32, t.rcvNxt - 1, peerISN, t.rcvNxt + 1<<30,
			t.rcvNxt}[where&7]
		ack = []uint32{t.sndNxt, t.lastAck, t.sndLbb, t.lastAck + uint32(t.mss), t.sndNxt + 1, t.lastAck - 1, t.sndNxt + 1<<30,
			t.sndNxt}[where>>3&7]
	}
	if where&0x40 != 0 {
		seq += near
	}
	if where&0x80 != 0 {
		ack += near
	}
	window := pick[uint16](p, 5840, 0, 1, 100, 536, 1460, 65535, 2920)
	length := 0
	switch n := p.byte(); {
	case n >= 0xf0:
		length = 1460
	case n >= 0x80:
		length = 4 * int(n-0x80)
	case n >= 0x40:
		length = int(n - 0x40)
	}
	var options []byte
	switch n := p.byte(); n % 8 {
	case 1:
		options = []byte{2, 4, p.byte(), p.byte()}
	case 2:
		options = []byte{2, 4, 5, 0xb4, 3, 3, n >> 4, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2}
	case 3:
		for range n >> 3 {
			options = append(options, p.byte())
		}
	}
	r.send(flags, seq, ack, window, length, options...)
}

// end lets everything go: what the applications have open is closed, nobody answers, and after the limits of all states nothing is left
// but connections that probe a shut window or are stuck, which have no limit.
func (r *segmentRun) end() {
	s := r.n.s
	r.failing, r.refuse, r.hold = 0, false, false
	for n := 0; len(s.tcp.conns) > 0; n++ {
		require.Less(r.t, n, 40, "left over")
		for _, t := range s.TCBs() {
			if _ = t.Close(); n > 10 && (t.persist > 0 || r.stuck(t)) {
				t.Abort()
			}
		}
		r.pass(2 * time.Minute << min(n, 14)) // an acknowledgement that took half an hour makes for retransmissions over months
	}
	r.listener.Close()
	r.pass(time.Minute) // resets to a neighbour that is not known any more wait for it
	require.Empty(r.t, r.n.heap.left())
}

// segmentProfiles are the stacks that segments are fed to.
var segmentProfiles = []func() Profile{DeviceProfile, HostProfile, DeviceProfile536}

// start makes the stack that the first byte names and brings it into the state that the second names.
func startSegments(t testing.TB, p *tape) (*segmentRun, State) {
	r := newSegmentRun(t, segmentProfiles[int(p.byte())%len(segmentProfiles)]())
	start := segmentStarts[int(p.byte())%len(segmentStarts)]
	start.play(r)
	return r, start.state
}

// segmentSeeds are one event in every state and profile, then a second one that shows what the first has left.
func segmentSeeds() map[string][]byte {
	first := map[string][]byte{"nothing": nil}
	for name, flags := range map[string]byte{
		"none": 0, "ack": wire.ACK, "syn": wire.SYN, "syn-ack": wire.SYN | wire.ACK, "fin": wire.FIN | wire.ACK, "rst": wire.RST,
		"rst-ack": wire.RST | wire.ACK,
		"syn-rst": wire.SYN | wire.RST, "syn-fin": wire.SYN | wire.FIN, "all": 0x3f,
	} {
		first[name+" in order"] = []byte{0, flags, 0, 0, 0, 0x50, 0}
		first[name+" empty"] = []byte{0, flags, 0, 0, 0, 0, 0}
		first[name+" beyond a gap"] = []byte{0, flags, 3, 4, 0, 0x90, 0}
		first[name+" at the edge"] = []byte{0, flags, 1, 0, 0, 0xff, 0}
		first[name+" old"] = []byte{0, flags, 5 | 5<<3, 0, 0, 0x41, 0}
		first[name+" wild"] = []byte{0, flags, 6 | 6<<3, 0, 6, 0x41, 2}
		first[name+" shuts the window"] = []byte{0, flags, 0, 0, 1, 0, 1, 2, 24}
	}
	for what := range byte(10) {
		first[fmt.Sprint("call ", what)] = []byte{6, what, 63}
	}
	for d := range byte(9) {
		first[fmt.Sprint("wait ", d)] = []byte{5, d}
	}
	for n := range byte(6) {
		first[fmt.Sprint("disturb ", n)] = []byte{7, n, 1, 3}
	}
	second := []byte{
		0, wire.ACK | wire.PSH, 0, 0, 0, 0x60, 0, // data
		6, 1, 200, // an answer
		0, wire.ACK, 1 << 3, 0, 0, 0, 0, // three duplicates
		0, wire.ACK, 1 << 3, 0, 0, 0, 0,
		0, wire.ACK, 1 << 3, 0, 0, 0, 0,
		5, 4,
		0, wire.ACK | wire.FIN, 0, 0, 0, 0x45, 0,
		6, 2, 0,
	}
	seeds := make(map[string][]byte)
	for p := range segmentProfiles {
		for s, start := range segmentStarts {
			for name, op := range first {
				seeds[fmt.Sprintf("%d %d %v, %s", p, s, start.state, name)] = append(append([]byte{byte(p), byte(s)}, op...), second...)
			}
		}
	}
	return seeds
}

// FuzzSegments feeds segments with right checksums, whose numbers lie near those that matter, to a stack in every state, together with
// calls of the application, time, and a heap that refuses. What has to hold is in segmentRun: observe, sent, inspect and end.
func FuzzSegments(f *testing.F) {
	seeds := segmentSeeds()
	for i, name := range slices.Sorted(maps.Keys(seeds)) {
		if i%10 == 0 { // TestSegments plays all
			f.Add(seeds[name])
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) <= 400 {
			playSegments(t, data)
		}
	})
}

func playSegments(t *testing.T, data []byte) {
	p := tape(data)
	r, _ := startSegments(t, &p)
	for len(p) > 0 {
		r.op(&p)
	}
	r.end()
}

// TestSegments plays each kind of event in every state of every profile.
func TestSegments(t *testing.T) {
	seeds := segmentSeeds()
	for _, name := range slices.Sorted(maps.Keys(seeds)) {
		t.Run(name, func(t *testing.T) { playSegments(t, seeds[name]) })
	}
}

// Every start is what its row says, in every profile.
func TestSegmentStarts(t *testing.T) {
	for i := range segmentProfiles {
		for k, row := range segmentStarts {
			p := tape{byte(i), byte(k)}
			r, want := startSegments(t, &p)
			require.Equal(t, row.state, want)
			switch c := r.tcb(); want {
			case StateListen:
				require.Nil(t, c)
				require.False(t, r.listener.closed)
			case StateClosed:
				require.Nil(t, c)
				require.True(t, r.listener.closed)
			default:
				require.NotNil(t, c)
				require.Equal(t, want, c.State(), "start %d", k)
			}
			r.end()
		}
	}
}
