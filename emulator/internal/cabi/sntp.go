package cabi

import (
	"net/netip"
	"strconv"
	"strings"
)

// sntpServers is how many servers the SDK's table holds.
const sntpServers = 3

// sntpFunctions are sntp.h. The name of a server is copied into the SDK's table, whose places sntp_getservername returns, set or not
// (lwip.md 14). Deviation: a name over 31 characters does not run into the address behind it, and what the table holds is read at
// sntp_setservername alone; SDK 2.0.0 keeps the pointer.
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
		var addr [4]byte // NULL removes it
		if a.u32(1) != 0 {
			addr = s.ip(a.u32(1))
		}
		s.sdk.SntpSetserver(a.u8(0), netip.AddrFrom4(addr))
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
		if i := a.u8(0); i < sntpServers {
			s.sdk.SntpSetservername(i, string(s.text(a.u32(1))))
		}
		return 0
	}},
	"sntp_getservername": {"i", func(s *SDK, a *Args) uint32 {
		if i := a.u8(0); i < sntpServers {
			return s.slot("sntp server "+strconv.Itoa(int(i)), s.sdk.SntpGetservername(i))
		}
		return 0
	}},
	"sntp_set_timezone": {"i", func(s *SDK, a *Args) uint32 { return number(s.sdk.SntpSetTimezone(int8(a.u32(0)))) }},
	"sntp_get_timezone": {"", func(s *SDK, _ *Args) uint32 { return uint32(int32(s.sdk.SntpGetTimezone())) }},
	"sntp_get_current_timestamp": {"", func(s *SDK, _ *Args) uint32 {
		return s.sdk.SntpGetCurrentTimestamp()
	}},
	"sntp_get_real_time": {"i", func(s *SDK, a *Args) uint32 {
		const room = 32 // for "Thu Jan 01 08:00:00 1970\n"; always at the same place
		p := s.constant(strings.Repeat("\x00", room))
		s.setText(p, []byte(s.sdk.SntpGetRealTime(a.u32(0))))
		return p
	}},
}
