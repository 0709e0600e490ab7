package cabi

import (
	"net/netip"

	"github.com/emu8266/emu8266/emulator/board"
	"github.com/emu8266/emu8266/emulator/chip"
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
var pingFunctions = map[string]Function{
	"ping_start": {"p", func(s *SDK, a *Args) uint32 {
		p := a.u32(0)
		if p == 0 {
			return number(s.sdk.PingStart(nil))
		}
		b := s.read(p, pingSize)
		return number(s.board.Ping(order.Uint32(b), order.Uint32(b[pingCoarse:]), board.PingHooks{
			IP:   func() netip.Addr { return netip.AddrFrom4(s.ip(p + pingIP)) },
			Recv: func(r chip.PingResp) bool { return s.pingTold(p, pingRecv, r) },
			Sent: func(r chip.PingResp) bool { return s.pingTold(p, pingSent, r) },
		}))
	}},
	"ping_regist_recv": {"pf", func(s *SDK, a *Args) uint32 { return s.pingRegist("ping_regist_recv", a, pingRecv) }},
	"ping_regist_sent": {"pf", func(s *SDK, a *Args) uint32 { return s.pingRegist("ping_regist_sent", a, pingSent) }},
}

func (s *SDK) pingRegist(function string, a *Args, field uint32) uint32 {
	if a.u32(0) == 0 {
		return number(s.board.RefusedNull(function, "the ping's options"))
	}
	s.write(a.u32(0), pingSize)
	s.setU32(a.u32(0)+field, a.u32(1))
	return 1
}

// pingTold calls the function that stands in the options now; false if none does.
func (s *SDK) pingTold(p, field uint32, r chip.PingResp) bool {
	f := s.u32(p + field)
	if f == 0 {
		return false
	}
	var b [respSize]byte
	for i, v := range []uint32{r.TotalCount, r.RespTime, r.Seqno, r.TimeoutCount, r.Bytes, r.TotalBytes, r.TotalTime} {
		order.PutUint32(b[4*i:], v)
	}
	b[respErr] = byte(r.PingErr)
	s.Lend(b[:], respSize, func(at uint32) { s.callback(f, p, at) })
	return true
}
