package cabi

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
var mdnsFunctions = map[string]Function{
	"espconn_mdns_init": {"p", func(s *SDK, a *Args) uint32 {
		p := a.u32(0)
		b := s.read(p, mdnsSize)
		info := espconn.MdnsInfo{
			HostName: string(s.text(s.u32(p))), ServerName: string(s.text(s.u32(p + mdnsServer))),
			ServerPort: order.Uint16(b[mdnsPort:]), IPAddr: s.ip(p + mdnsAddr),
		}
		for i := range info.TxtData {
			info.TxtData[i] = s.textOrNull(s.u32(p + mdnsTexts + 4*uint32(i)))
		}
		s.sdk.MdnsInit(&info)
		return 0
	}},
	"espconn_mdns_close":             done((*espconn.API).MdnsClose),
	"espconn_mdns_server_register":   done((*espconn.API).MdnsServerRegister),
	"espconn_mdns_server_unregister": done((*espconn.API).MdnsServerUnregister),
	"espconn_mdns_enable":            done((*espconn.API).MdnsEnable),
	"espconn_mdns_disable":           done((*espconn.API).MdnsDisable),
	"espconn_mdns_get_servername": {"", func(s *SDK, _ *Args) uint32 {
		name := s.sdk.MdnsGetServername()
		if name == "" {
			return 0
		}
		return s.slot("server", name)
	}},
	"espconn_mdns_get_hostname": {"", func(s *SDK, _ *Args) uint32 { return s.slot("host", s.sdk.MdnsGetHostname()) }},
	"espconn_mdns_set_servername": {"p", func(s *SDK, a *Args) uint32 {
		s.sdk.MdnsSetServername(mdnsName(s, a.u32(0)))
		return 0
	}},
	"espconn_mdns_set_hostname": {"p", func(s *SDK, a *Args) uint32 {
		s.sdk.MdnsSetHostname(mdnsName(s, a.u32(0)))
		return 0
	}},
}

// mdnsName is a name of which NULL stands for the default.
func mdnsName(s *SDK, p uint32) string {
	if p == 0 {
		return espconn.MdnsNameDefault
	}
	return string(s.text(p))
}

func done(fn func(*espconn.API)) Function {
	return Function{"", func(s *SDK, _ *Args) uint32 {
		fn(s.board.Espconn())
		return 0
	}}
}

// slot keeps a name of mDNS in guest memory, always at the same place. Such names have at most 68 bytes and 12 more.
func (s *SDK) slot(name, text string) uint32 {
	const room = 96
	p := s.constant(name + strings.Repeat("\x00", room))
	s.setText(p, []byte(text))
	return p
}
