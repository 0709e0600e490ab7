package decode

import "strings"

// tasmotaRules read what Tasmota says of its access point. Facts: its texts in English (en_GB.h), public.
var tasmotaRules = []rule{
	kind([]string{"connect failed"}, `(?i)\bConnect failed(?: (as no IP address|as AP cannot be reached|with AP timeout)\b.*)?\s*$`,
		func(r *reader, m []string) bool {
			if !r.mentions("wif:") && m[1] == "" {
				return false
			}
			r.notOurs(words{"a line of Tasmota, not of the SDK: %s", "Tasmota 的行，不是 SDK 的：%s"},
				r.say(tasmotaReasons[strings.ToLower(m[1])]))
			return true
		}),
	kind([]string{"wif: conn"}, `\bWIF: (?:Connecting to AP\d? (.+?)(?: Channel| in mode| as )|Connected)`, func(r *reader, m []string) bool {
		if m[1] == "" {
			r.note(words{"a line of Tasmota: the access point is joined, and there is an address", "Tasmota 的行：已加入接入点并获得地址"})
		} else {
			r.note(words{"a line of Tasmota: it tries the access point %q", "Tasmota 的行：尝试接入点 %q"}, m[1])
		}
		return true
	}),
}

var tasmotaReasons = map[string]words{
	"":                 {"the access point did not let it in, which is mostly a wrong password", "接入点没有让它加入，多半是密码错误"},
	"as no ip address": {"the access point is joined, and no DHCP server gave an address", "已加入接入点，但没有 DHCP 服务器给出地址"},
	"as ap cannot be reached": {"no access point with this SSID was found: check the SSID, and 2.4 GHz",
		"找不到该 SSID 的接入点：检查 SSID 和 2.4 GHz"},
	"with ap timeout": {"the access point did not answer in time", "接入点没有及时应答"},
}
