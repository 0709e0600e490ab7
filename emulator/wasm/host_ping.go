package wasm

import (
	"net/netip"

	"github.com/emu8266/emu8266/emulator"
)

// Layouts of struct ping_option and ping_resp (sdk-surface.md, Struct layouts).
const (
	pingIP     = 4
	pingCoarse = 8
	pingRecv   = 12
	pingSent   = 16
	pingSize   = 24
	respErr    = 28
	respSize   = 32
)

// pingFunctions are ping.h.
var pingFunctions = map[string]hostFunction{
	"ping_start": {"p", func(g *guest, a args) uint32 {
		p := a.u32(0)
		if p == 0 {
			return 0
		}
		b := g.read(p, pingSize)
		return number(g.board.Ping(order.Uint32(b), order.Uint32(b[pingCoarse:]), emulator.PingHooks{
			IP:   func() netip.Addr { return netip.AddrFrom4(g.ip(p + pingIP)) },
			Recv: func(r emulator.PingResp) bool { return g.pingTold(p, pingRecv, r) },
			Sent: func(r emulator.PingResp) bool { return g.pingTold(p, pingSent, r) },
		}))
	}},
	"ping_regist_recv": {"pf", func(g *guest, a args) uint32 { return g.pingRegist(a, pingRecv) }},
	"ping_regist_sent": {"pf", func(g *guest, a args) uint32 { return g.pingRegist(a, pingSent) }},
}

func (g *guest) pingRegist(a args, field uint32) uint32 {
	if a.u32(0) == 0 {
		return 0
	}
	g.write(a.u32(0), pingSize)
	g.setU32(a.u32(0)+field, a.u32(1))
	return 1
}

// pingTold calls the function that stands in the options now; false if none does.
func (g *guest) pingTold(p, field uint32, r emulator.PingResp) bool {
	f := g.u32(p + field)
	if f == 0 {
		return false
	}
	var b [respSize]byte
	for i, v := range []uint32{r.TotalCount, r.RespTime, r.Seqno, r.TimeoutCount, r.Bytes, r.TotalBytes, r.TotalTime} {
		order.PutUint32(b[4*i:], v)
	}
	b[respErr] = byte(r.PingErr)
	g.lend(b[:], respSize, func(at uint32) { g.callback(f, p, at) })
	return true
}
