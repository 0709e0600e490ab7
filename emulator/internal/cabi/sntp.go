package cabi

import (
	"net/netip"
	"strings"
)

// sntpFunctions are sntp.h. Deviation: the name of a server is copied; the chip keeps the pointer and reads the name again
// for each request.
var sntpFunctions = map[string]Function{
	"sntp_init": {"", func(s *SDK, _ *Args) uint32 {
		s.sdk.SntpInit()
		return 0
	}},
	"sntp_stop": {"", func(s *SDK, _ *Args) uint32 {
		s.sdk.SntpStop()
		return 0
	}},
	"sntp_setserver": {"ip", func(s *SDK, a *Args) uint32 {
		if a.u32(1) != 0 {
			s.sdk.SntpSetserver(a.u8(0), netip.AddrFrom4(s.ip(a.u32(1))))
		}
		return 0
	}},
	"sntp_getserver": {"i", func(s *SDK, a *Args) uint32 { // a struct of one word is returned as that word
		addr := s.sdk.SntpGetserver(a.u8(0))
		if !addr.Is4() {
			return 0
		}
		b := addr.As4()
		return order.Uint32(b[:])
	}},
	"sntp_setservername": {"ip", func(s *SDK, a *Args) uint32 {
		i, p := a.u8(0), a.u32(1)
		s.sdk.SntpSetservername(i, s.textOrNull(p))
		if int(i) < len(s.system.sntpNames) {
			s.system.sntpNames[i] = p
		}
		return 0
	}},
	"sntp_getservername": {"i", func(s *SDK, a *Args) uint32 {
		if i := a.u8(0); int(i) < len(s.system.sntpNames) && s.sdk.SntpGetservername(i) != "" {
			return s.system.sntpNames[i]
		}
		return 0
	}},
	"sntp_set_timezone": {"i", func(s *SDK, a *Args) uint32 { return number(s.sdk.SntpSetTimezone(int8(a.u32(0)))) }},
	"sntp_get_timezone": {"", func(s *SDK, _ *Args) uint32 { return uint32(int32(s.sdk.SntpGetTimezone())) }},
	"sntp_get_current_timestamp": {"", func(s *SDK, _ *Args) uint32 {
		return s.sdk.SntpGetCurrentTimestamp()
	}},
	"sntp_get_real_time": {"i", func(s *SDK, a *Args) uint32 {
		const room = 32 // for "Thu Jan  1 08:00:00 1970\n"; always at the same place
		p := s.constant(strings.Repeat("\x00", room))
		s.setText(p, []byte(s.sdk.SntpGetRealTime(a.u32(0))))
		return p
	}},
}
