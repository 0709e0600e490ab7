package netstack

import (
	"net/netip"
	"slices"
	"sync"

	"github.com/emu8266/emu8266/netstack/internal/wire"
)

// segment is one element of a send queue.
type segment struct {
	seq    uint32
	data   []byte  // own storage; grows up to the connection's MSS while unsent
	flags  uint8   // SYN, FIN, PSH
	resend bool    // fast retransmit: goes out again although it is in flight
	before bool    // was sent before
	at     instant // when for the first time
	blk    block
	shared bool // data is part of another segment's, too
}

// segments keeps segments whose data was acknowledged, for all stacks.
var segments = sync.Pool{New: func() any { return new(segment) }}

// newSegment returns an empty segment, which may have room for data already.
func newSegment() *segment { return segments.Get().(*segment) }

// recycle takes a segment back that nobody needs any more.
func (g *segment) recycle() {
	if g.shared {
		return
	}
	*g = segment{data: g.data[:0]}
	segments.Put(g)
}

// synRoom is the room for the option in a SYN, in bytes.
const synRoom = 4

// length is the sequence space the segment takes.
func (g *segment) length() uint32 {
	n := uint32(len(g.data))
	if g.flags&(wire.SYN|wire.FIN) != 0 {
		n++
	}
	return n
}

// end is the sequence number after the segment.
func (g *segment) end() uint32 { return g.seq + g.length() }

// Sequence comparison modulo 2^32.
func seqLT(a, b uint32) bool                { return int32(a-b) < 0 }
func seqLEQ(a, b uint32) bool               { return int32(a-b) <= 0 }
func seqBetween(a, first, last uint32) bool { return seqLEQ(first, a) && seqLEQ(a, last) }

// chargeSegment takes the memory of one segment, its pbuf with room for n bytes and its tcp_seg: on the device every
// segment with data is allocated at full MSS (lwip.md 5.1), a SYN with room for its option, a FIN without room.
func (s *Stack) chargeSegment(n int) (block, bool) {
	blk, ok := s.pbuf(layerTransport, n)
	if !ok || !blk.used {
		return blk, ok
	}
	seg, ok := s.charge(segmentBytes, "tcp_seg")
	if !ok {
		s.discharge(&blk)
		return block{}, false
	}
	blk.more = seg.addr
	return blk, true
}

// queueFlag appends a segment that is only a SYN or FIN; its memory is charged already.
func (t *TCB) queueFlag(flag uint8, blk block) {
	t.queue = append(t.queue, &segment{seq: t.sndLbb, flags: flag, blk: blk})
	t.sndLbb++
	t.used++
}

// queueFIN puts the FIN on the last unsent segment, else in a segment of its own, which needs room (lwip.md 7.1).
func (t *TCB) queueFIN() error {
	if t.finSent {
		return nil
	}
	if n := len(t.queue); n > t.sent && t.queue[n-1].flags&(wire.SYN|wire.FIN) == 0 {
		g := t.queue[n-1]
		g.flags |= wire.FIN
		t.finJoined = !t.s.p.StrictInput
		t.finSent, t.finSeq = true, t.sndLbb
		t.sndLbb++
		t.used++
		return nil
	}
	s := t.s
	if s.p.SendBuffer > 0 && t.used >= s.p.SendBuffer || s.p.SendQueue > 0 && len(t.queue) >= s.p.SendQueue {
		t.refused = true
		return ErrMem
	}
	blk, ok := s.chargeSegment(0)
	if !ok {
		t.refused = true
		return ErrMem
	}
	t.finSent, t.finSeq = true, t.sndLbb
	t.queueFlag(wire.FIN, blk)
	return nil
}

// Write queues p, which is copied; all of it or nothing. It does not send: call Output. Data goes into the last unsent
// segment while that has room, then into new segments of at most MSS bytes, the last of which carries PSH (lwip.md 5.1).
// ErrMem: longer than SendBuffer, the queue is full, or no memory. ErrConn: the state does not allow writing.
func (t *TCB) Write(p []byte) error {
	s := t.s
	if t.freed || t.finSent {
		return ErrConn
	}
	switch t.state {
	case StateEstablished, StateCloseWait, StateSynSent, StateSynRcvd:
	default:
		return ErrConn
	}
	if len(p) == 0 {
		return nil
	}
	if len(p) > t.SendBuffer() || s.p.SendQueue > 0 && len(t.queue) >= s.p.SendQueue {
		t.refused = true
		return ErrMem
	}
	mss := max(t.mss, 1)
	var last *segment // takes the first bytes
	room := 0
	if n := len(t.queue); n > t.sent && len(t.queue[n-1].data) > 0 {
		last = t.queue[n-1]
		room = min(max(mss-len(last.data), 0), len(p))
	}
	count := (len(p) - room + mss - 1) / mss
	if s.p.SendQueue > 0 && len(t.queue)+count > s.p.SendQueue {
		t.refused = true
		return ErrMem
	}
	blocks, ok := s.chargeSegments(count, mss)
	if !ok {
		t.refused = true
		return ErrMem
	}
	if room > 0 {
		last.data = append(last.data, p[:room]...)
	}
	for k := range count {
		n := min(mss, len(p)-room)
		last = newSegment()
		last.seq, last.data = t.sndLbb+uint32(room), append(last.data, p[room:room+n]...)
		if blocks != nil {
			last.blk = blocks[k]
		}
		room += n
		t.queue = append(t.queue, last)
	}
	last.flags |= wire.PSH
	t.sndLbb += uint32(len(p))
	t.used += len(p)
	s.schedule(t)
	return nil
}

// chargeSegments charges count segments or none.
func (s *Stack) chargeSegments(count, mss int) ([]block, bool) {
	if s.heap == nil || count == 0 {
		return nil, true
	}
	blocks := make([]block, 0, count)
	for range count {
		blk, ok := s.chargeSegment(mss)
		if !ok {
			for k := range blocks {
				s.discharge(&blocks[k])
			}
			return nil, false
		}
		blocks = append(blocks, blk)
	}
	return blocks, true
}

// Output sends what the windows and Nagle allow (lwip.md 5.2), at least an acknowledgement that is due. While a segment
// of this connection is being processed it does nothing: that ends with an output of its own.
func (t *TCB) Output() {
	if t.freed || !t.inConns || t.s.tcp.current == t {
		return
	}
	t.output()
	t.s.schedule(t)
}

func (t *TCB) output() {
	wnd := min(t.sndWnd, t.cwnd)
	fits := func(g *segment, wnd uint32) bool {
		if t.s.p.StrictInput && (t.state == StateSynSent || t.state == StateSynRcvd) && g.flags&wire.SYN == 0 {
			return false // lwIP lets data follow a SYN that is sent again
		}
		return g.seq-t.lastAck+uint32(len(g.data)) <= wnd
	}
	next := func() *segment {
		if t.sent > 0 && t.queue[0].resend {
			return t.queue[0]
		}
		if t.sent < len(t.queue) {
			return t.queue[t.sent]
		}
		return nil
	}
	g := next()
	t.waiting = false
	if t.ackNow && (g == nil || !fits(g, wnd)) {
		t.sendAck()
		if t.s.p.PersistInFlight {
			t.waiting = g != nil || t.ackNow // lwIP stops here; its poll looks at the rest at the next tick, or at an ACK without memory
			return
		}
	}
	for g != nil && fits(g, wnd) {
		if !g.resend && t.nagleHolds() {
			if t.ackNow && t.s.p.StrictInput {
				t.sendAck()
			}
			break
		}
		if g.resend {
			g.resend = false
		} else {
			t.sent++
		}
		t.sendSegment(g)
		g = next()
	}
	if g != nil && t.persist == 0 && !fits(g, t.sndWnd) && (t.sent == 0 || t.s.p.PersistInFlight) {
		t.startPersist()
	}
	t.refused = false
}

// nagleHolds says whether Nagle's algorithm keeps the next segment back (lwip.md 5.2).
func (t *TCB) nagleHolds() bool {
	if !t.nagle || t.sent == 0 || t.recovery || t.refused || t.finSent && !t.finJoined {
		return false
	}
	return len(t.queue)-t.sent == 1 && len(t.queue[t.sent].data) < t.mss
}

// sendSegment puts a segment of the queue on the wire and starts its timers.
func (t *TCB) sendSegment(g *segment) {
	s := t.s
	flags, ack := g.flags, uint32(0)
	if t.state != StateSynSent {
		flags |= wire.ACK
		t.ackDelay, t.ackNow = false, false
	}
	if flags&wire.ACK != 0 {
		ack = t.rcvNxt
	}
	t.annEdge = t.rcvNxt + t.annWnd
	if !t.rtOn {
		t.restartRetransmit()
	}
	if !t.timing && (s.p.TimeResent || g.seq == t.sndNxt || g.flags&wire.SYN != 0 && t.retries == 0) {
		t.timing, t.timeTick, t.timeSeq = true, s.tick(), g.seq
	}
	if seqLT(t.sndNxt, g.end()) {
		t.sndNxt = g.end()
	}
	mss := 0
	if g.flags&wire.SYN != 0 {
		mss = s.p.MSS
	}
	if !g.before {
		g.before, g.at = true, s.now
	}
	i := s.route(t.remote.Addr())
	if i == nil {
		return
	}
	_ = s.transmit(i, t.remote.Addr(), s.buildTCP(i, t.local, t.remote, g.seq, ack, flags, uint16(t.annWnd), mss, g.data))
}

// sendAck sends an empty acknowledgement; without memory it stays due.
func (t *TCB) sendAck() {
	if t.sendBare(t.bareSeq(), wire.ACK, nil) {
		t.ackDelay, t.ackNow = false, false
	}
}

// bareSeq is the sequence number of a segment that carries nothing. The byte of a host's probe does not count: before a shut window it lies
// beyond the peer's edge, and the peer would answer each acknowledgement with another (4.4BSD's tcp_output has the same exception). The
// device's probes never count.
func (t *TCB) bareSeq() uint32 {
	if t.s.p.StrictInput && t.persist > 0 && t.sent == 0 {
		return t.lastAck
	}
	return t.sndNxt
}

// sendBare sends a segment that is not in the queue. False: there is no memory for it.
func (t *TCB) sendBare(seq uint32, flags uint8, data []byte) bool {
	s := t.s
	blk, ok := s.pbuf(layerIP, wire.TCPLen+len(data))
	if !ok {
		return false
	}
	defer s.discharge(&blk)
	t.annEdge = t.rcvNxt + t.annWnd
	if i := s.route(t.remote.Addr()); i != nil {
		_ = s.transmit(i, t.remote.Addr(), s.buildTCP(i, t.local, t.remote, seq, t.rcvNxt, flags, uint16(t.annWnd), 0, data))
	}
	return true
}

// probe sends one byte of the first unacknowledged or unsent segment at its own place, or its FIN (lwip.md 5.5).
func (t *TCB) probe() {
	if len(t.queue) == 0 {
		return
	}
	g := t.queue[0]
	if t.s.observe != nil {
		t.s.note(Event{Kind: EventProbe, Local: t.local, Remote: t.remote, Seq: g.seq, Text: "zero window"})
	}
	if len(g.data) == 0 {
		t.sendBare(g.seq, wire.ACK|g.flags&wire.FIN, nil)
		return
	}
	if t.s.p.StrictInput {
		// A host sends what the window takes (RFC 9293 3.8.6.2.1), at least a byte that counts as sent.
		if n := int(t.sndWnd) - int(int32(g.seq-t.lastAck)); t.sent == 0 && n > 0 && n < len(g.data) {
			t.split(n)
			t.stopPersist()
			t.output()
			return
		}
		if seqLT(t.sndNxt, g.seq+1) {
			t.sndNxt = g.seq + 1
		}
	}
	data := g.data[:1]
	if g.before && t.s.p.StaleProbe {
		mac := t.s.macOf(t.remote.Addr())
		data = mac[:1]
		t.spoilt = t.spoilt || g.seq == t.lastAck && data[0] != g.data[0]
	}
	t.sendBare(g.seq, wire.ACK, data)
}

// macOf returns the hardware address that packets to dst go to, zero if it is not known.
func (s *Stack) macOf(dst netip.Addr) MAC {
	if i := s.route(dst); i != nil {
		if hop, err := i.nextHop(dst); err == nil {
			if e := s.arp.find(s, hop); e != nil {
				return e.mac
			}
		}
	}
	return MAC{}
}

// split divides the first segment after n bytes of data.
func (t *TCB) split(n int) {
	g := t.queue[0]
	rest := &segment{seq: g.seq + uint32(n), data: g.data[n:], flags: g.flags, shared: true}
	blk, ok := t.s.chargeSegment(len(rest.data))
	if !ok {
		return
	}
	rest.blk = blk
	g.data, g.shared = g.data[:n:n], true
	g.flags &^= wire.FIN | wire.PSH
	t.queue = slices.Insert(t.queue, 1, rest)
}

// keepaliveProbe sends an empty acknowledgement from before the window.
func (t *TCB) keepaliveProbe() {
	if t.s.observe != nil {
		t.s.note(Event{Kind: EventProbe, Local: t.local, Remote: t.remote, Seq: t.bareSeq() - 1, Text: "keepalive"})
	}
	t.sendBare(t.bareSeq()-1, wire.ACK, nil)
}

// SendReset sends RST+ACK with the profile's window (lwip.md 7.4) from local to remote, which need not be a connection of the stack: a
// gateway refuses connections in others' names. Without an interface for remote, and without memory, it does nothing.
func (s *Stack) SendReset(local, remote netip.AddrPort, seq, ack uint32) {
	i := s.route(remote.Addr())
	if i == nil {
		return
	}
	blk, ok := s.pbuf(layerIP, wire.TCPLen)
	if !ok {
		return
	}
	defer s.discharge(&blk)
	if s.observe != nil {
		s.note(Event{Kind: EventReset, Local: local, Remote: remote, Seq: seq, Ack: ack})
	}
	_ = s.transmit(i, remote.Addr(), s.buildTCP(i, local, remote, seq, ack, wire.RST|wire.ACK, uint16(s.p.Window), 0, nil))
}

// fastRetransmit sends the first unacknowledged segment again at the third duplicate acknowledgement (lwip.md 5.3).
func (t *TCB) fastRetransmit() {
	if t.sent == 0 || t.recovery {
		return
	}
	t.queue[0].resend = true
	t.countRetry(t.queue[0], "fast")
	t.ssthresh = max(min(t.cwnd, t.sndWnd)/2, uint32(2*t.mss))
	t.cwnd = t.ssthresh + uint32(3*t.mss)
	t.recovery = true
}

// Recved gives n bytes of received data back to the window (lwip.md 6.3); growth of WindowUpdate or more is announced at
// once. Larger n than is outstanding count as all. With 0, too, a window that was made smaller meanwhile is what it is now.
func (t *TCB) Recved(n int) {
	if t.freed || n < 0 {
		return
	}
	t.rcvWnd = min(t.rcvWnd+uint32(min(n, 65535)), uint32(t.s.p.Window))
	if grown := t.announceWindow(); grown >= uint32(t.s.p.WindowUpdate) && t.inConns && t.state != StateTimeWait {
		t.ackNow, t.ackDelay = true, false
		t.Output()
	}
}

// RecvedQuietly does what Recved(n) and Output would do, if they would send nothing; otherwise it does nothing and returns false.
func (t *TCB) RecvedQuietly(n int) bool {
	if t.freed || t.ackNow || t.sent < len(t.queue) {
		return false
	}
	window := min(t.rcvWnd+uint32(min(max(n, 0), 65535)), uint32(t.s.p.Window))
	if edge := t.rcvNxt + window; seqLEQ(t.annEdge+uint32(t.s.p.WindowUpdate), edge) {
		return false
	}
	t.Recved(n)
	return true
}

// announceWindow moves the advertised right edge if that is worth it and returns by how much; it never moves left
// (lwip.md 6.3).
func (t *TCB) announceWindow() uint32 {
	edge := t.rcvNxt + t.rcvWnd
	if step := uint32(min(t.s.p.Window/2, t.mss)); seqLEQ(t.annEdge+step, edge) {
		t.annWnd = t.rcvWnd
		return edge - t.annEdge
	}
	if seqLT(t.annEdge, t.rcvNxt) {
		t.annWnd = 0
	} else {
		t.annWnd = t.annEdge - t.rcvNxt
	}
	return 0
}
