package netstack

import (
	"fmt"
	"net/netip"
	"time"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"

	"github.com/emu8266/emu8266/netstack/internal/wire"
)

// minStrictMSS is the least MSS a host takes from a peer. Choice: Linux's value; it bounds the segments per byte.
const minStrictMSS = 48

// arrival is the segment being processed.
type arrival struct {
	seq, ack uint32
	wnd      uint32
	flags    uint8
	data     []byte
	length   uint32 // data, plus one with SYN or FIN
	options  []layers.TCPOption
	opens    bool // it ends a passive handshake: a close in the callbacks has no acknowledgement yet
}

func (a *arrival) has(flag uint8) bool { return a.flags&flag != 0 }

// inputTCP checks a segment and finds its TCB: connections, TIME_WAIT included, come before listeners (lwip.md 7.3).
func (s *Stack) inputTCP(i *Interface, packet []byte, src, dst netip.Addr, seg []byte) {
	if len(seg) < wire.TCPLen {
		s.drop(i, "TCP header too short")
		return
	}
	head := int(seg[12]>>4) * 4
	if head < wire.TCPLen || head > len(seg) {
		s.drop(i, "bad TCP header length")
		return
	}
	if wire.Fold(wire.Sum(seg, wire.PseudoSum(packet, uint16(len(seg))))) != 0xffff {
		s.drop(i, "bad TCP checksum")
		return
	}
	h := &s.codec.In.TCP
	_ = h.DecodeFromBytes(seg, gopacket.NilDecodeFeedback) // the only error left is a malformed option list, of which the good part is used
	a := arrival{seq: h.Seq, ack: h.Ack, wnd: uint32(h.Window), flags: seg[13] & 0x3f, data: seg[head:], options: h.Options}
	a.length = uint32(len(a.data))
	if a.has(wire.SYN | wire.FIN) {
		a.length++
	}
	local := netip.AddrPortFrom(dst, uint16(h.DstPort))
	remote := netip.AddrPortFrom(src, uint16(h.SrcPort))
	t := s.tcp.conns[tuple{dst.As4(), src.As4(), local.Port(), remote.Port()}]
	if t != nil && t.state == StateTimeWait && t.inputTimeWait(&a) {
		return
	}
	if t != nil && !t.freed {
		t.input(&a)
		return
	}
	for _, l := range s.tcp.listeners {
		if l.port == local.Port() && (wire.IsAny(l.addr) || l.addr == dst) {
			l.input(&a, local, remote)
			return
		}
	}
	if !a.has(wire.RST) {
		if a.has(wire.SYN) && !a.has(wire.ACK) {
			s.tell(Event{Interface: i.name, Local: local, Remote: remote}, Cause{ID: CausePortClosed})
		}
		s.SendReset(local, remote, a.ack, a.seq+a.length)
	}
}

// inputTimeWait is the rule of lwip.md 7.3. False: the connection made room for the new SYN.
func (t *TCB) inputTimeWait(a *arrival) bool {
	s := t.s
	if a.has(wire.RST) {
		return true
	}
	if a.has(wire.SYN) {
		if s.p.ReuseAddr && !a.has(wire.ACK) && seqLT(t.rcvNxt, a.seq) {
			t.end(ErrClosed)
			return false
		}
		if seqBetween(a.seq, t.rcvNxt, t.rcvNxt+t.rcvWnd) {
			s.SendReset(t.local, t.remote, a.ack, a.seq+a.length)
			return true
		}
	} else if a.has(wire.FIN) {
		t.activity = s.tick()
	}
	if a.length > 0 {
		t.sendAck()
	}
	s.schedule(t)
	return true
}

// input of a listener (lwip.md 4.2).
func (l *Listener) input(a *arrival, local, remote netip.AddrPort) {
	s := l.s
	if s.p.StrictInput && a.has(wire.RST) {
		return
	}
	if a.has(wire.ACK) {
		seq := a.ack
		if s.p.ListenerResetsAhead {
			seq++
		}
		s.SendReset(local, remote, seq, a.seq+a.length)
		return
	}
	if !a.has(wire.SYN) || s.p.StrictInput && a.has(wire.FIN) {
		return
	}
	ignored := func(c Cause) { s.tell(Event{Local: local, Remote: remote, State: StateListen}, c) }
	if n := s.p.MaxConnections; n > 0 && s.tcp.established == n {
		ignored(Cause{ID: CauseConnectionLimit, Have: s.tcp.established, Limit: n})
		return
	}
	i := s.route(remote.Addr())
	if i == nil {
		s.note(Event{Kind: EventDrop, Local: local, Remote: remote, Text: "SYN without a way back"})
		return
	}
	t := s.NewTCB(nil)
	if t == nil {
		ignored(Cause{ID: CauseSYNMemory, Object: "tcp_pcb", Have: pcbBytes})
		return
	}
	t.local, t.remote, t.accept = local, remote, l.accept
	if s.p.ISN == ISNHash {
		iss := s.nextISN(t.key())
		t.sndNxt, t.lastAck, t.sndLbb, t.sndWl2 = iss, iss, iss, iss
	}
	t.rcvNxt = a.seq + 1
	t.annEdge = t.rcvNxt
	t.sndWnd, t.ssthresh = a.wnd, a.wnd
	t.sndWl1 = a.seq - 1
	t.register(t.key())
	t.setState(StateSynRcvd)
	t.parseOptions(a)
	t.limitMSS(i)
	blk, ok := s.chargeSegment(synRoom)
	if !ok {
		ignored(Cause{ID: CauseSYNMemory, Object: "SYN-ACK", Have: pbufSize(layerTransport, synRoom) + segmentBytes})
		t.Remove()
		return
	}
	t.queueFlag(wire.SYN, blk)
	t.Output()
}

// parseOptions obeys the MSS option, wherever it comes (lwip.md 4.1). A malformed list ends there.
func (t *TCB) parseOptions(a *arrival) {
	p := &t.s.p
	if p.StrictInput && !a.has(wire.SYN) {
		return
	}
	for _, o := range a.options {
		if o.OptionType == layers.TCPOptionKindEndList {
			return
		}
		if o.OptionType != layers.TCPOptionKindMSS {
			continue
		}
		if len(o.OptionData) != 2 {
			return
		}
		v := int(o.OptionData[0])<<8 | int(o.OptionData[1])
		if v == 0 || v > p.MSS {
			v = p.MSS
		}
		if p.StrictInput {
			v = max(v, min(minStrictMSS, p.MSS))
		}
		t.mss = v
	}
}

// limitMSS applies the MTU. Deviation: where the device would be left with an MSS of 0 and loop, it is 1 here.
func (t *TCB) limitMSS(i *Interface) {
	v := min(t.mss, i.mtu-wire.IPv4Len-wire.TCPLen)
	if v < 1 {
		v = 1
		t.s.note(Event{Kind: EventHang, Local: t.local, Remote: t.remote, Text: "MSS 0: the next send loops for ever on a device"})
	}
	t.mss = v
}

// input processes a segment for a connection: the order of the callbacks is Sent, Received, PeerClosed, then one output.
func (t *TCB) input(a *arrival) {
	s := t.s
	t.touch()
	s.tcp.current = t
	if !t.offer() {
		if a.length > 0 || t.freed {
			s.tcp.current = nil
			s.drop(s.ifaces[0], "earlier data is still refused")
			s.schedule(t)
			return
		}
	}
	t.process(a)
	s.tcp.current = nil
	if t.freed {
		return
	}
	t.Output()
}

// process is the state machine (lwip.md 4, 6.1, 7).
func (t *TCB) process(a *arrival) {
	s := t.s
	if a.has(wire.RST) {
		ok := seqBetween(a.seq, t.rcvNxt, t.rcvNxt+t.rcvWnd)
		if t.state == StateSynSent {
			ok = a.ack == t.sndNxt && (!s.p.StrictInput || a.has(wire.ACK))
		}
		if ok {
			t.because(t.wasReset())
			t.end(ErrReset)
		}
		return
	}
	if a.has(wire.SYN) && t.state != StateSynSent && t.state != StateSynRcvd {
		t.ackNow = true
		return
	}
	if !t.rxClosed || !s.p.FrozenActivity {
		t.activity = s.tick()
	}
	t.keepSent = 0
	t.parseOptions(a)
	switch t.state {
	case StateSynSent:
		t.processSynSent(a)
	case StateSynRcvd:
		t.processSynRcvd(a)
	default:
		t.processData(a)
	}
}

// wasReset returns why the peer's reset ends the connection.
func (t *TCB) wasReset() Cause {
	switch t.state {
	case StateSynSent:
		return Cause{ID: CauseSYNRefused, Have: t.retries + 1, Took: t.s.since(t.oldest())}
	case StateSynRcvd:
		return Cause{ID: CauseSYNACKReset}
	}
	return Cause{ID: CauseReset, Have: t.Unacked(), Took: t.s.since(t.upAt)}
}

// processSynSent waits for the SYN-ACK (lwip.md 4.1).
func (t *TCB) processSynSent(a *arrival) {
	s := t.s
	if !a.has(wire.ACK) {
		return
	}
	if !a.has(wire.SYN) || len(t.queue) == 0 || a.ack != t.queue[0].seq+1 {
		s.SendReset(t.local, t.remote, a.ack, a.seq+a.length)
		return
	}
	t.rcvNxt = a.seq + 1
	t.annEdge = t.rcvNxt
	t.lastAck = a.ack
	t.sndWnd, t.sndWl1 = a.wnd, a.seq-1
	t.sndWl2 = a.ack
	i := s.route(t.remote.Addr())
	if i != nil {
		t.limitMSS(i)
	}
	t.ssthresh = uint32(10 * t.mss)
	t.openWindow()
	s.discharge(&t.queue[0].blk)
	t.queue = t.queue[1:]
	t.sent = max(t.sent-1, 0)
	t.used--
	if t.sent == 0 {
		t.rtOn = false
	} else {
		t.restartRetransmit()
	}
	t.retries = 0
	if !s.p.TimeResent {
		if t.timing {
			t.timing = false
			t.sample(s.tick() - t.timeTick)
		} else {
			t.rto = t.baseRTO()
		}
	}
	t.setState(StateEstablished)
	if t.h != nil {
		t.h.Connected(t)
	}
	if !t.freed {
		t.ackNow = true
	}
}

// openWindow sets the first congestion window: two segments (lwip.md 4.1).
func (t *TCB) openWindow() {
	if t.cwnd == 1 {
		t.cwnd = uint32(2 * t.mss)
	} else {
		t.cwnd = uint32(t.mss)
	}
}

// processSynRcvd waits for the acknowledgement of our SYN-ACK (lwip.md 4.2).
func (t *TCB) processSynRcvd(a *arrival) {
	s := t.s
	if !a.has(wire.ACK) {
		if a.has(wire.SYN) && a.seq == t.rcvNxt-1 && !t.queue[0].resend {
			t.queue[0].resend = true
			t.countRetry(t.queue[0], "duplicate SYN")
		}
		return
	}
	if !seqBetween(a.ack, t.lastAck+1, t.sndNxt) {
		s.SendReset(t.local, t.remote, a.ack, a.seq+a.length)
		return
	}
	if s.p.StrictInput && (a.has(wire.SYN) || !t.inWindow(a)) {
		t.ackNow = true
		return
	}
	t.setState(StateEstablished)
	accept := t.accept
	t.accept = nil
	var h Handler
	if accept != nil {
		h = accept(t)
	}
	if t.freed {
		return
	}
	if h == nil {
		t.kill(ErrAborted, true)
		return
	}
	t.h = h
	h.Connected(t)
	if t.freed {
		return
	}
	first := t.cwnd == 1
	a.opens = true
	t.processData(a)
	if t.freed {
		return
	}
	t.cwnd = uint32(t.mss)
	if first {
		t.cwnd *= 2
	}
}

// inWindow is the acceptance test of RFC 9293 3.10.7.4.
func (t *TCB) inWindow(a *arrival) bool {
	if a.length == 0 {
		return a.seq == t.rcvNxt || t.rcvWnd > 0 && seqBetween(a.seq, t.rcvNxt, t.rcvNxt+t.rcvWnd-1)
	}
	last := a.seq + a.length - 1
	return t.rcvWnd > 0 && seqLT(t.rcvNxt-1, last) && seqLT(a.seq, t.rcvNxt+t.rcvWnd)
}

// processData handles acknowledgement, data and FIN in the synchronized states, then tells the handler.
func (t *TCB) processData(a *arrival) {
	s := t.s
	if s.p.StrictInput {
		if !a.has(wire.ACK) {
			return
		}
		if seqLT(t.sndNxt, a.ack) {
			t.object(a)
			return
		}
	}
	acked := 0
	if a.has(wire.ACK) {
		acked = t.processAck(a)
	}
	data, fin := t.processText(a)
	finAcked := t.finAcked(a)
	if len(t.queue) > 0 &&
		(finAcked && (fin || t.state == StateClosing || t.state == StateLastAck) || fin && t.state == StateFinWait2) {
		s.note(Event{Kind: EventLost, Local: t.local, Remote: t.remote, State: t.state, Len: t.Unacked(),
			Text: "the FIN was held back with it"})
	}
	switch {
	case t.state == StateEstablished && fin:
		t.setState(StateCloseWait)
	case t.state == StateFinWait1 && fin && finAcked, t.state == StateFinWait2 && fin, t.state == StateClosing && finAcked:
		t.timeWait()
	case t.state == StateFinWait1 && fin:
		t.setState(StateClosing)
	case t.state == StateFinWait1 && finAcked:
		t.setState(StateFinWait2)
	case t.state == StateLastAck && finAcked:
		t.end(ErrClosed)
		return
	}
	if acked > 0 && t.h != nil {
		t.h.Sent(t, acked)
		if t.freed {
			return
		}
	}
	if len(data) > 0 {
		if t.rxClosed {
			s.ReleaseFrame()
			t.because(Cause{ID: CauseUnread, Have: len(data)})
			t.kill(ErrAborted, true)
			return
		}
		if t.deliver(data); t.freed {
			return
		}
	}
	if fin {
		if t.refusedData != nil {
			t.refusedFin = true
			return
		}
		t.deliverFIN()
	}
}

// finAcked says whether a segment acknowledges the FIN. lwIP looks only whether everything that was sent is acknowledged:
// when the FIN still waits in the queue, with the data before it, LAST_ACK ends (oracle/espconn sec/client/send/fin-partial),
// and the other states go on as if the FIN had left: FIN_WAIT_1 to FIN_WAIT_2, which sends the queue, with a FIN from the
// peer and in CLOSING to TIME_WAIT, which forgets it (facts of the SDK's lwIP).
func (t *TCB) finAcked(a *arrival) bool {
	if !a.has(wire.ACK) || !t.finSent || a.ack != t.sndNxt {
		return false
	}
	return len(t.queue) == 0 || !t.s.p.StrictInput && !a.opens
}

// deliver hands data to the handler and keeps a copy of what it refuses.
func (t *TCB) deliver(data []byte) {
	s := t.s
	if t.h == nil {
		t.Recved(len(data))
		s.ReleaseFrame()
		return
	}
	t.refusing = false
	t.h.Received(t, data)
	if t.refusing && !t.freed {
		t.refusing = false
		t.refusedData = append([]byte(nil), data...)
		t.refusedPbuf, s.frame = s.frame, nil
		t.offerAt = max(s.delayedACK(), s.now+1)
		return
	}
	s.ReleaseFrame()
}

// deliverFIN tells the handler that the peer has closed, also behind a Close that failed, as its own FIN could not be queued.
func (t *TCB) deliverFIN() {
	t.rcvWnd = min(t.rcvWnd+1, uint32(t.s.p.Window)) // the FIN's place is not the application's to give back
	closed := t.rxClosed && (t.finSent || t.state == StateTimeWait)
	if t.h != nil && !closed && !t.gotFin {
		t.gotFin = true
		t.h.PeerClosed(t)
	}
}

// Refuse, called by a handler inside Received, gives the data back: it is kept and offered again at every fast tick and
// with the next segment; until it is taken, segments that carry anything are dropped, so that the peer sends them again
// (lwip.md 6.5). Elsewhere it has no effect. Choice: a FIN that came with the data is told after the data is taken.
func (t *TCB) Refuse() { t.refusing = true }

// offer offers refused data again; false: it is still refused.
func (t *TCB) offer() bool {
	data := t.refusedData
	if data == nil {
		return true
	}
	present := t.s.frame
	t.refusedData, t.refusedPbuf, t.s.frame = nil, nil, t.refusedPbuf
	t.deliver(data)
	t.s.frame = present
	if t.freed || t.refusedData != nil {
		return false
	}
	if t.refusedFin {
		t.refusedFin = false
		t.deliverFIN()
	}
	return !t.freed
}

// processAck handles the acknowledgement and returns the bytes of data it newly covers (lwip.md 5.3, 5.4).
func (t *TCB) processAck(a *arrival) int {
	edge := t.sndWnd + t.sndWl2
	if seqLT(t.sndWl1, a.seq) || t.sndWl1 == a.seq && seqLT(t.sndWl2, a.ack) || t.sndWl2 == a.ack && a.wnd > t.sndWnd {
		t.sndWnd, t.sndWl1, t.sndWl2 = a.wnd, a.seq, a.ack
		if a.wnd > 0 {
			t.stopPersist()
		}
	}
	data := 0
	switch {
	case seqLEQ(a.ack, t.lastAck):
		if a.length == 0 && t.sndWl2+t.sndWnd == edge && t.rtOn && a.ack == t.lastAck {
			t.dupAcks = min(t.dupAcks+1, 255)
			if t.dupAcks > 3 && t.recovery {
				t.growWindow(uint32(t.mss))
			} else if t.dupAcks == 3 {
				t.fastRetransmit()
			}
		} else {
			t.dupAcks = 0
		}
	case seqLEQ(a.ack, t.sndNxt):
		t.checkProbe(a.ack)
		data = t.newAck(a.ack)
		t.acked += max(data, 0)
	}
	if t.timing && seqLT(t.timeSeq, a.ack) {
		t.timing = false
		t.sample(t.s.tick() - t.timeTick)
	}
	return data
}

// checkProbe tells when the peer has taken the byte of a probe which is not the stream's: it acknowledges that byte alone of a segment
// that has more. Of a segment of one byte, and of an acknowledgement that was lost, nobody on this side can know.
func (t *TCB) checkProbe(ack uint32) {
	if t.spoilt && len(t.queue) > 0 && len(t.queue[0].data) > 1 && ack == t.queue[0].seq+1 {
		mac := t.s.macOf(t.remote.Addr())
		t.tell(Cause{ID: CauseProbeTaken, Object: fmt.Sprintf("0x%02x", mac[0]), Have: t.acked, Limit: t.s.p.SendBuffer})
	}
	t.spoilt = false
}

// growWindow adds to the congestion window without passing 16 bits.
func (t *TCB) growWindow(by uint32) {
	if t.cwnd+by <= 65535 {
		t.cwnd += by
	}
}

// newAck takes acknowledged segments off the queue and opens the congestion window.
func (t *TCB) newAck(ack uint32) int {
	if t.recovery {
		t.recovery = false
		t.cwnd = t.ssthresh
	}
	t.retries = 0
	t.rto = t.baseRTO()
	acked := int(ack - t.lastAck)
	data := acked
	if t.finSent && ack == t.finSeq+1 {
		data--
	}
	if len(t.queue) > 0 && t.queue[0].flags&wire.SYN != 0 {
		data--
	}
	t.used = max(t.used-acked, 0)
	t.dupAcks = 0
	t.lastAck = ack
	if t.cwnd < t.ssthresh {
		t.growWindow(uint32(t.mss))
	} else {
		t.growWindow(uint32(t.mss) * uint32(t.mss) / max(t.cwnd, 1))
	}
	n := 0
	for n < len(t.queue) && seqLEQ(t.queue[n].end(), ack) {
		g := t.queue[n]
		t.s.discharge(&g.blk)
		g.recycle()
		t.queue[n] = nil
		n++
	}
	t.queue = t.queue[n:]
	t.sent = max(t.sent-n, 0)
	if t.sent == 0 {
		t.rtOn = false
	} else {
		t.restartRetransmit()
	}
	t.pollBase = t.s.tick()
	return max(data, 0)
}

// processText handles sequence, data and FIN (lwip.md 6) and returns what is to be delivered. The data is lent.
func (t *TCB) processText(a *arrival) (data []byte, fin bool) {
	s := t.s
	data, fin = a.data, a.has(wire.FIN)
	seq := a.seq
	if s.p.StrictInput && (t.state == StateCloseWait || t.state == StateClosing || t.state == StateLastAck) {
		t.ackNow = t.ackNow || a.length > 0
		return nil, false // nothing can follow the peer's FIN (RFC 9293 3.10.7.4)
	}
	if a.length == 0 {
		if s.p.StrictInput && a.seq == t.rcvNxt {
			return nil, false
		}
		if !seqBetween(seq, t.rcvNxt, t.rcvNxt+t.rcvWnd-1) {
			t.object(a)
		}
		return nil, false
	}
	if seqLT(seq, t.rcvNxt) {
		old := t.rcvNxt - seq
		if old >= a.length {
			t.ackNow = true
			t.ackOutside()
			return nil, false
		}
		data = data[min(int(old), len(data)):]
		seq = t.rcvNxt
	}
	if t.rcvWnd == 0 || !seqBetween(seq, t.rcvNxt, t.rcvNxt+t.rcvWnd-1) {
		t.ackOutside()
		return nil, false
	}
	room := t.rcvNxt + t.rcvWnd - seq
	if uint32(len(data)) > room || fin && uint32(len(data))+1 > room {
		data = data[:min(uint32(len(data)), room)]
		fin = false
	}
	if seq != t.rcvNxt {
		t.sendAck() // a duplicate, at once, even while the segment is being processed
		t.holdOutOfOrder(seq, data, fin)
		return nil, false
	}
	t.rcvNxt += uint32(len(data))
	t.rcvWnd -= uint32(len(data))
	if fin {
		t.dropOutOfOrder()
	} else if len(t.ooo) > 0 {
		c := s.codec
		c.Merged = append(c.Merged[:0], data...)
		c.Merged, fin = t.takeOutOfOrder(c.Merged)
		data = c.Merged
		if !s.p.TimeResent && len(t.ooo) > 0 {
			t.ackNow = true // RFC 5681 4.2: at once while a gap remains or was filled
		}
	}
	if fin {
		t.rcvNxt++
		t.rcvWnd -= min(1, t.rcvWnd)
	}
	t.announceWindow()
	switch {
	case fin && t.state != StateClosing && t.state != StateLastAck:
		t.ackNow, t.ackDelay = true, false
	case t.ackDelay:
		t.ackNow, t.ackDelay = true, false
	default:
		t.ackDelay = true
		t.ackAt = s.delayedACK()
	}
	return data, fin
}

// objectPause is the least time between two answers of a host to empty segments that are not acceptable. Choice: Linux's value
// (tcp_invalid_ratelimit, after RFC 5961 7). Two ends that disagree about the sequence would keep each other busy as fast as the link is.
const objectPause = 500 * time.Millisecond

// ackOutside answers a segment outside the window. The device does so at once, and without memory not later either (tcp_receive).
func (t *TCB) ackOutside() {
	if t.s.p.StrictInput {
		t.ackNow = true
		return
	}
	t.sendAck()
}

// object answers a segment that is not acceptable (RFC 9293 3.10.7.4). The device always does.
func (t *TCB) object(a *arrival) {
	if t.s.p.StrictInput && a.length == 0 {
		if t.s.now < t.objectAt {
			return
		}
		t.objectAt = t.s.now + instant(objectPause)
	}
	t.ackNow = true
}

// delayedACK returns when a delayed acknowledgement leaves: at the next fast tick.
func (s *Stack) delayedACK() instant {
	if s.p.SlowTick == 0 {
		return s.now + instant(s.p.DelayedACK)
	}
	return s.tcp.clock.nextFast(s.ran)
}
