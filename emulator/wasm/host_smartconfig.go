package wasm

import "github.com/emu8266/emu8266/emulator/wifi"

// smartconfigFunctions are those of smartconfig.h. What the callback's data points to lives as long as the callback.
var smartconfigFunctions = map[string]hostFunction{
	"smartconfig_start":       {"fv", smartconfigStart},
	"smartconfig_stop":        {"", func(g *guest, _ args) uint32 { return number(g.sdk.SmartconfigStop()) }},
	"smartconfig_set_type":    {"i", func(g *guest, a args) uint32 { return number(g.sdk.SmartconfigSetType(wifi.ScType(a.u32(0)))) }},
	"smartconfig_get_version": {"", func(g *guest, _ args) uint32 { return g.constant(g.sdk.SmartconfigGetVersion()) }},
	"esptouch_set_timeout":    {"i", func(g *guest, a args) uint32 { return number(g.sdk.EsptouchSetTimeout(a.u8(0))) }},
}

// smartconfigStart gets the optional number in its variable arguments; no arguments have the address 0.
func smartconfigStart(g *guest, a args) uint32 {
	f, log := a.u32(0), uint8(0)
	if p := a.u32(1); p != 0 {
		log = uint8(min(g.u32(p), 255))
	}
	return number(g.sdk.SmartconfigStart(func(status wifi.ScStatus, data wifi.ScData) {
		call := func(p uint32) { g.callback(f, uint32(status), p) }
		switch size, _ := g.configLayout(); {
		case status == wifi.ScStatusGettingSSIDPswd:
			g.lend(order.AppendUint32(nil, uint32(data.Type)), 4, call)
		case status == wifi.ScStatusLink:
			g.lend(nil, size, func(p uint32) {
				g.putConfig(p, data.Config)
				call(p)
			})
		case data.Phone.Is4():
			g.lend(data.Phone.AsSlice(), 4, call)
		default:
			call(0)
		}
	}, log))
}
