package wasm

import (
	"strings"

	"github.com/emu8266/emu8266/espconn"
)

// Layout of struct mdns_info (espconn.md 2).
const (
	mdnsServer = 4
	mdnsPort   = 8
	mdnsAddr   = 12
	mdnsTexts  = 16
	mdnsSize   = 56
)

// mdnsFunctions are espconn.h's functions for mDNS (espconn.md 5.20).
var mdnsFunctions = map[string]hostFunction{
	"espconn_mdns_init": {"p", func(g *guest, a args) uint32 {
		p := a.u32(0)
		b := g.read(p, mdnsSize)
		info := espconn.MdnsInfo{
			HostName: g.textOrNull(g.u32(p)), ServerName: g.textOrNull(g.u32(p + mdnsServer)),
			ServerPort: order.Uint16(b[mdnsPort:]), IPAddr: g.ip(p + mdnsAddr),
		}
		for i := range info.TxtData {
			info.TxtData[i] = g.textOrNull(g.u32(p + mdnsTexts + 4*uint32(i)))
		}
		g.sdk.MdnsInit(&info)
		return 0
	}},
	"espconn_mdns_close":             done((*espconn.API).MdnsClose),
	"espconn_mdns_server_register":   done((*espconn.API).MdnsServerRegister),
	"espconn_mdns_server_unregister": done((*espconn.API).MdnsServerUnregister),
	"espconn_mdns_enable":            done((*espconn.API).MdnsEnable),
	"espconn_mdns_disable":           done((*espconn.API).MdnsDisable),
	"espconn_mdns_get_servername":    {"", func(g *guest, _ args) uint32 { return g.slot("server", g.sdk.MdnsGetServername()) }},
	"espconn_mdns_get_hostname":      {"", func(g *guest, _ args) uint32 { return g.slot("host", g.sdk.MdnsGetHostname()) }},
	"espconn_mdns_set_servername": {"p", func(g *guest, a args) uint32 {
		g.sdk.MdnsSetServername(g.textOrNull(a.u32(0)))
		return 0
	}},
	"espconn_mdns_set_hostname": {"p", func(g *guest, a args) uint32 {
		g.sdk.MdnsSetHostname(g.textOrNull(a.u32(0)))
		return 0
	}},
}

func done(fn func(*espconn.API)) hostFunction {
	return hostFunction{"", func(g *guest, _ args) uint32 {
		fn(g.sdk.Board().Espconn())
		return 0
	}}
}

// textOrNull returns the string at p, "" for NULL.
func (g *guest) textOrNull(p uint32) string {
	if p == 0 {
		return ""
	}
	return string(g.text(p))
}

// slot keeps a name of mDNS in guest memory, always at the same place. Such names have at most 68 bytes and 12 more.
func (g *guest) slot(name, text string) uint32 {
	const room = 96
	p := g.constant(name + strings.Repeat("\x00", room))
	g.setText(p, []byte(text))
	return p
}
