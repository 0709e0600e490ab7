package wasm

import (
	"net/netip"
	"strings"
)

// sntpFunctions are sntp.h. Deviation: the name of a server is copied; the chip keeps the pointer and reads the name again
// for each request.
var sntpFunctions = map[string]hostFunction{
	"sntp_init": {"", func(g *guest, _ args) uint32 {
		g.sdk.SntpInit()
		return 0
	}},
	"sntp_stop": {"", func(g *guest, _ args) uint32 {
		g.sdk.SntpStop()
		return 0
	}},
	"sntp_setserver": {"ip", func(g *guest, a args) uint32 {
		if a.u32(1) != 0 {
			g.sdk.SntpSetserver(a.u8(0), netip.AddrFrom4(g.ip(a.u32(1))))
		}
		return 0
	}},
	"sntp_getserver": {"i", func(g *guest, a args) uint32 { // a struct of one word is returned as that word
		addr := g.sdk.SntpGetserver(a.u8(0))
		if !addr.Is4() {
			return 0
		}
		b := addr.As4()
		return order.Uint32(b[:])
	}},
	"sntp_setservername": {"ip", func(g *guest, a args) uint32 {
		i, p := a.u8(0), a.u32(1)
		g.sdk.SntpSetservername(i, g.textOrNull(p))
		if int(i) < len(g.system.sntpNames) {
			g.system.sntpNames[i] = p
		}
		return 0
	}},
	"sntp_getservername": {"i", func(g *guest, a args) uint32 {
		if i := a.u8(0); int(i) < len(g.system.sntpNames) && g.sdk.SntpGetservername(i) != "" {
			return g.system.sntpNames[i]
		}
		return 0
	}},
	"sntp_set_timezone": {"i", func(g *guest, a args) uint32 { return number(g.sdk.SntpSetTimezone(int8(a.u32(0)))) }},
	"sntp_get_timezone": {"", func(g *guest, _ args) uint32 { return uint32(int32(g.sdk.SntpGetTimezone())) }},
	"sntp_get_current_timestamp": {"", func(g *guest, _ args) uint32 {
		return g.sdk.SntpGetCurrentTimestamp()
	}},
	"sntp_get_real_time": {"i", func(g *guest, a args) uint32 {
		const room = 32 // for "Thu Jan  1 08:00:00 1970\n"; always at the same place
		p := g.constant(strings.Repeat("\x00", room))
		g.setText(p, []byte(g.sdk.SntpGetRealTime(a.u32(0))))
		return p
	}},
}
