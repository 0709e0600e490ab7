package sdk

import (
	"net/netip"

	"github.com/emu8266/emu8266/emulator/board"
	"github.com/emu8266/emu8266/emulator/chip"
)

// PingResp is the SDK's struct ping_resp.
type PingResp = chip.PingResp

// PingOption is the SDK's struct ping_option. It stays the caller's and is looked at while the ping goes on.
type PingOption struct {
	Count        uint32 // requests; 0: 4
	IP           netip.Addr
	CoarseTime   uint32 // seconds between two requests; 0: 1
	RecvFunction func(*PingOption, *PingResp)
	SentFunction func(*PingOption, *PingResp)
	Reverse      any
}

// PingStart sends echo requests to o.IP. RecvFunction gets each reply and each time-out, SentFunction the totals at the
// end. One ping runs at a time: another call ends the one under way without a result. Deviation: the SDK frees the old
// one's state under its timers then. False for nil and without memory.
func (s *SDK) PingStart(o *PingOption) bool {
	if o == nil {
		return s.nullPing("ping_start")
	}
	call := func(fn func(*PingOption, *PingResp), r PingResp) bool {
		if fn != nil {
			fn(o, &r)
		}
		return fn != nil
	}
	return s.board.Ping(o.Count, o.CoarseTime, board.PingHooks{
		IP:   func() netip.Addr { return o.IP },
		Recv: func(r PingResp) bool { return call(o.RecvFunction, r) },
		Sent: func(r PingResp) bool { return call(o.SentFunction, r) },
	})
}

// PingRegistRecv sets the function for replies; false for nil options.
func (s *SDK) PingRegistRecv(o *PingOption, fn func(*PingOption, *PingResp)) bool {
	if o == nil {
		return s.nullPing("ping_regist_recv")
	}
	o.RecvFunction = fn
	return true
}

// PingRegistSent sets the function for the end; false for nil options.
func (s *SDK) PingRegistSent(o *PingOption, fn func(*PingOption, *PingResp)) bool {
	if o == nil {
		return s.nullPing("ping_regist_sent")
	}
	o.SentFunction = fn
	return true
}

// nullPing refuses a call without options.
func (s *SDK) nullPing(function string) bool {
	return s.board.RefusedNull(function, "the ping's options")
}
