package emulator

import (
	"net/netip"
	"time"
)

// Figures of ping_start (sdk-surface.md, ping.h; the open ping.c of the SDK).
const (
	pingCount   = 4 // without a count
	pingBytes   = 32
	pingWait    = time.Second
	pingID      = 0xAFAF
	pingSeqMax  = 0x7FFF // the sequence number starts anew here
	pingMsgSize = 32     // heap bytes of the SDK's state
	rawPCBSize  = 28     // and of lwIP's raw socket
)

// PingResp is the SDK's struct ping_resp. RecvFunction sees RespTime, Seqno, Bytes and PingErr, SentFunction the totals.
type PingResp struct {
	TotalCount   uint32
	RespTime     uint32 // milliseconds
	Seqno        uint32
	TimeoutCount uint32
	Bytes        uint32 // payload
	TotalBytes   uint32
	TotalTime    uint32 // milliseconds
	PingErr      int8   // 0, or -1: no reply in a second; the other fields are 0 then
}

// PingOption is the SDK's struct ping_option. It stays the caller's and is looked at while the ping goes on.
type PingOption struct {
	Count        uint32 // requests; 0: 4
	IP           netip.Addr
	CoarseTime   uint32 // seconds between two requests; 0: 1
	RecvFunction func(*PingOption, *PingResp)
	SentFunction func(*PingOption, *PingResp)
	Reverse      any
}

// PingHooks are what a ping asks and tells. Recv and Sent report whether the firmware has a function for it; the SDK prints
// a line otherwise.
type PingHooks struct {
	IP         func() netip.Addr
	Recv, Sent func(PingResp) bool
}

// ping is a ping under way.
type ping struct {
	hooks         PingHooks
	count, left   uint32
	missed        uint32
	every         time.Duration
	started, sent time.Time
	wait, next    OsTimer
	msg, pcb      uint32 // heap blocks
}

// PingStart sends echo requests to o.IP. RecvFunction gets each reply and each time-out, SentFunction the totals at the
// end. One ping runs at a time: another call ends the one under way without a result. Deviation: the SDK frees the old
// one's state under its timers then. False for nil and without memory.
func (s *SDK) PingStart(o *PingOption) bool {
	if o == nil {
		return false
	}
	call := func(fn func(*PingOption, *PingResp), r PingResp) bool {
		if fn != nil {
			fn(o, &r)
		}
		return fn != nil
	}
	return s.board.Ping(o.Count, o.CoarseTime, PingHooks{
		IP:   func() netip.Addr { return o.IP },
		Recv: func(r PingResp) bool { return call(o.RecvFunction, r) },
		Sent: func(r PingResp) bool { return call(o.SentFunction, r) },
	})
}

// PingRegistRecv sets the function for replies; false for nil options.
func (s *SDK) PingRegistRecv(o *PingOption, fn func(*PingOption, *PingResp)) bool {
	if o == nil {
		return false
	}
	o.RecvFunction = fn
	return true
}

// PingRegistSent sets the function for the end; false for nil options.
func (s *SDK) PingRegistSent(o *PingOption, fn func(*PingOption, *PingResp)) bool {
	if o == nil {
		return false
	}
	o.SentFunction = fn
	return true
}

// Ping is ping_start for kinds of firmware whose struct ping_option lies elsewhere. 0 for count and seconds mean 4 and 1.
func (b *Board) Ping(count, seconds uint32, h PingHooks) bool {
	m := b.m
	m.stopPing()
	p := &ping{hooks: h, count: count, every: time.Duration(seconds) * time.Second, started: m.now}
	if count == 0 {
		p.count = pingCount
	}
	if seconds == 0 {
		p.every = time.Second
	}
	p.left = p.count
	if p.msg = m.heap.Alloc(pingMsgSize, "ping_msg"); p.msg == 0 {
		return false
	}
	if p.pcb = m.heap.Alloc(rawPCBSize, "raw_pcb"); p.pcb == 0 {
		m.heap.Free(p.msg)
		return false
	}
	m.ping = p
	m.ensureStack().HandleEcho(func(_ netip.Addr, id, seq uint16, _ []byte) { m.pingReply(p, id, seq) })
	m.pingSend(p)
	return true
}

func (m *machine) stopPing() {
	p := m.ping
	if p == nil {
		return
	}
	m.ping = nil
	m.board.DisarmTimer(&p.wait)
	m.board.DisarmTimer(&p.next)
	m.ensureStack().HandleEcho(nil)
	m.heap.Free(p.pcb)
	m.heap.Free(p.msg)
}

func (m *machine) pingSend(p *ping) {
	if m.pingSeq++; m.pingSeq == pingSeqMax {
		m.pingSeq = 0
	}
	var data [pingBytes]byte
	for i := range data {
		data[i] = byte(i)
	}
	p.sent = m.now
	_ = m.stack.SendEcho(p.hooks.IP(), pingID, m.pingSeq, data[:]) // what was not sent is not answered
	m.board.ArmTimer(&p.wait, pingWait, false, func() { m.pingMissed(p) })
	m.board.ArmTimer(&p.next, p.every, false, func() {
		p.left--
		m.pingSend(p)
	})
}

// pingReply takes the answer to the request under way, once.
func (m *machine) pingReply(p *ping, id, seq uint16) {
	if id != pingID || seq != m.pingSeq || m.pingSeen == int(seq) {
		return
	}
	m.board.DisarmTimer(&p.wait)
	r := PingResp{Bytes: pingBytes, RespTime: milliseconds(m.now.Sub(p.sent)), Seqno: uint32(seq)}
	ip := p.hooks.IP()
	if !p.hooks.Recv(r) {
		m.board.Printf("recv %v: byte = %d, time = %d ms, seq = %d\n", ip, r.Bytes, r.RespTime, r.Seqno)
	}
	m.pingDone(p)
	m.pingSeen = int(seq)
}

func (m *machine) pingMissed(p *ping) {
	p.missed++
	if !p.hooks.Recv(PingResp{PingErr: -1}) {
		m.board.Printf("ping timeout\n")
	}
	m.pingDone(p)
}

// pingDone ends the ping after its last request.
func (m *machine) pingDone(p *ping) {
	if p.left != 1 || m.ping != p {
		return
	}
	m.board.DisarmTimer(&p.next)
	r := PingResp{
		TotalCount: p.count, TimeoutCount: p.missed, TotalBytes: pingBytes * (p.count - p.missed), TotalTime: milliseconds(m.now.Sub(p.started)),
	}
	if !p.hooks.Sent(r) {
		m.board.Printf("ping %d, timeout %d, total payload %d bytes, %d ms\n", r.TotalCount, r.TimeoutCount, r.TotalBytes, r.TotalTime)
	}
	m.board.ArmTimer(&p.next, 0, false, func() {
		if m.ping == p {
			m.stopPing()
		}
	})
}

func milliseconds(d time.Duration) uint32 { return uint32(d / time.Millisecond) }
