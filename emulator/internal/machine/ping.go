package machine

import (
	"net/netip"
	"time"

	"github.com/emu8266/emu8266/emulator/chip"
	"github.com/emu8266/emu8266/emulator/internal/soc"
	"github.com/emu8266/emu8266/emulator/trace"
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

// PingHooks are what a ping asks and tells. Recv and Sent report whether the firmware has a function for it; the SDK prints
// a line otherwise.
type PingHooks struct {
	IP         func() netip.Addr
	Recv, Sent func(chip.PingResp) bool
}

// ping is a ping under way.
type ping struct {
	hooks         PingHooks
	count, left   uint32
	missed        uint32
	every         time.Duration
	started, sent time.Time
	wait, next    soc.Timer
	msg, pcb      uint32 // heap blocks
}

// Ping is ping_start for kinds of firmware whose struct ping_option lies elsewhere. 0 for count and seconds mean 4 and 1.
func (m *Machine) Ping(count, seconds uint32, h PingHooks) bool {
	m.stopPing()
	p := &ping{hooks: h, count: count, every: time.Duration(seconds) * time.Second, started: m.soc.Now()}
	if count == 0 {
		p.count = pingCount
	}
	if seconds == 0 {
		p.every = time.Second
	}
	p.left = p.count
	if p.msg = m.soc.Heap().Alloc(pingMsgSize, "ping_msg"); p.msg == 0 {
		return m.soc.Refused("ping_start", "false", soc.CauseNoBlock, trace.Event{Value: pingMsgSize})
	}
	if p.pcb = m.soc.Heap().Alloc(rawPCBSize, "raw_pcb"); p.pcb == 0 {
		m.soc.Heap().Free(p.msg)
		return m.soc.Refused("ping_start", "false", soc.CauseNoBlock, trace.Event{Value: rawPCBSize})
	}
	m.ping = p
	m.radio.Stack().HandleEcho(func(_ netip.Addr, id, seq uint16, _ []byte) { m.pingReply(p, id, seq) })
	m.pingSend(p)
	return true
}

func (m *Machine) stopPing() {
	p := m.ping
	if p == nil {
		return
	}
	m.ping = nil
	m.soc.DisarmTimer(&p.wait)
	m.soc.DisarmTimer(&p.next)
	m.radio.Stack().HandleEcho(nil)
	m.soc.Heap().Free(p.pcb)
	m.soc.Heap().Free(p.msg)
}

func (m *Machine) pingSend(p *ping) {
	if m.pingSeq++; m.pingSeq == pingSeqMax {
		m.pingSeq = 0
	}
	var data [pingBytes]byte
	for i := range data {
		data[i] = byte(i)
	}
	p.sent = m.soc.Now()
	_ = m.radio.Stack().SendEcho(p.hooks.IP(), pingID, m.pingSeq, data[:]) // what was not sent is not answered
	lag := min(m.radio.Stack().TimerLag(), p.sent.Sub(m.pingRan))          // the waits are two of the stack's timers
	m.soc.ArmTimer(&p.wait, pingWait-lag, false, func() {
		m.pingRan = m.soc.Now()
		m.pingMissed(p)
	})
	m.soc.ArmTimer(&p.next, p.every-lag, false, func() {
		m.pingRan = m.soc.Now()
		if p.left--; p.left == 0 { // of Profile.PingEndsLate alone
			m.pingEnds(p)
			return
		}
		m.pingSend(p)
	})
}

// pingReply takes the answer to the request under way, once.
func (m *Machine) pingReply(p *ping, id, seq uint16) {
	if id != pingID || seq != m.pingSeq || m.pingSeen == int(seq) {
		return
	}
	m.soc.DisarmTimer(&p.wait)
	r := chip.PingResp{Bytes: pingBytes, RespTime: milliseconds(m.soc.Now().Sub(p.sent)), Seqno: uint32(seq)}
	ip := p.hooks.IP()
	if !p.hooks.Recv(r) {
		m.soc.Printf("recv %v: byte = %d, time = %d ms, seq = %d\n", ip, r.Bytes, r.RespTime, r.Seqno)
	}
	m.pingDone(p)
	m.pingSeen = int(seq)
}

func (m *Machine) pingMissed(p *ping) {
	p.missed++
	if !p.hooks.Recv(chip.PingResp{PingErr: -1}) {
		m.soc.Printf("ping timeout\n")
	}
	m.pingDone(p)
}

// pingDone ends the ping after its last request, unless that has to wait for the period to end.
func (m *Machine) pingDone(p *ping) {
	if p.left == 1 && m.ping == p && !m.cfg.Profile.PingEndsLate {
		m.soc.DisarmTimer(&p.next)
		m.pingEnds(p)
	}
}

// pingEnds tells the end.
func (m *Machine) pingEnds(p *ping) {
	r := chip.PingResp{
		TotalCount: p.count, TimeoutCount: p.missed, TotalBytes: pingBytes * (p.count - p.missed),
		TotalTime: milliseconds(m.soc.Now().Sub(p.started)),
	}
	if !p.hooks.Sent(r) {
		m.soc.Printf("ping %d, timeout %d, total payload %d bytes, %d ms\n", r.TotalCount, r.TimeoutCount, r.TotalBytes, r.TotalTime)
	}
	m.soc.ArmTimer(&p.next, 0, false, func() {
		if m.ping == p {
			m.stopPing()
		}
	})
}

func milliseconds(d time.Duration) uint32 { return uint32(d / time.Millisecond) }
