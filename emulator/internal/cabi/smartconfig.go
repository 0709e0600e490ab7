package cabi

import "github.com/emu8266/emu8266/emulator/wifi"

// smartconfigFunctions are those of smartconfig.h. What the callback's data points to lives as long as the callback.
var smartconfigFunctions = map[string]Function{
	"smartconfig_start":       {"fv", smartconfigStart},
	"smartconfig_stop":        {"", func(s *SDK, _ *Args) uint32 { return number(s.sdk.SmartconfigStop()) }},
	"smartconfig_set_type":    {"i", func(s *SDK, a *Args) uint32 { return number(s.sdk.SmartconfigSetType(wifi.ScType(a.u32(0)))) }},
	"smartconfig_get_version": {"", func(s *SDK, _ *Args) uint32 { return s.constant(s.sdk.SmartconfigGetVersion()) }},
	"esptouch_set_timeout":    {"i", func(s *SDK, a *Args) uint32 { return number(s.sdk.EsptouchSetTimeout(a.u8(0))) }},
}

// smartconfigStart gets the optional number in its variable arguments.
func smartconfigStart(s *SDK, a *Args) uint32 {
	f, log := a.u32(0), uint8(0)
	if more := a.More; !more.none() {
		log = uint8(min(s.next(&more), 255))
	}
	return number(s.sdk.SmartconfigStart(func(status wifi.ScStatus, data wifi.ScData) {
		call := func(p uint32) { s.callback(f, uint32(status), p) }
		switch size, _ := s.configLayout(); {
		case status == wifi.ScStatusGettingSSIDPswd:
			s.Lend(order.AppendUint32(nil, uint32(data.Type)), 4, call)
		case status == wifi.ScStatusLink:
			s.Lend(nil, size, func(p uint32) {
				s.putConfig(p, data.Config)
				call(p)
			})
		case data.Phone.Is4():
			s.Lend(data.Phone.AsSlice(), 4, call)
		default:
			call(0)
		}
	}, log))
}
