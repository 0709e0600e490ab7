package wasm

import "github.com/emu8266/emu8266/emulator/wifi"

// countryBytes is the size of wifi_country_t: cc 0, schan 3, nchan 4, policy 5 (sdk-surface.md, Struct layouts).
const countryBytes = 6

// radioFunctions are those of the radio's settings, sleep, sniffer and WPS.
var radioFunctions = map[string]hostFunction{
	"wifi_get_channel":         {"", func(g *guest, _ args) uint32 { return uint32(g.sdk.WifiGetChannel()) }},
	"wifi_set_channel":         {"i", func(g *guest, a args) uint32 { return number(g.sdk.WifiSetChannel(a.u8(0))) }},
	"wifi_get_phy_mode":        {"", func(g *guest, _ args) uint32 { return uint32(g.sdk.WifiGetPhyMode()) }},
	"wifi_set_phy_mode":        {"i", func(g *guest, a args) uint32 { return number(a.u32(0) < 256 && g.sdk.WifiSetPhyMode(a.u8(0))) }},
	"wifi_get_sleep_type":      {"", func(g *guest, _ args) uint32 { return uint32(g.sdk.WifiGetSleepType()) }},
	"wifi_set_sleep_type":      {"i", func(g *guest, a args) uint32 { return number(a.u32(0) < 256 && g.sdk.WifiSetSleepType(a.u8(0))) }},
	"wifi_get_sleep_level":     {"", func(g *guest, _ args) uint32 { return uint32(g.sdk.WifiGetSleepLevel()) }},
	"wifi_set_sleep_level":     {"i", func(g *guest, a args) uint32 { return number(a.u32(0) < 256 && g.sdk.WifiSetSleepLevel(a.u8(0))) }},
	"wifi_get_listen_interval": {"", func(g *guest, _ args) uint32 { return uint32(g.sdk.WifiGetListenInterval()) }},
	"wifi_set_listen_interval": {"i", func(g *guest, a args) uint32 { return number(g.sdk.WifiSetListenInterval(a.u8(0))) }},
	"wifi_get_country": {"p", func(g *guest, a args) uint32 {
		if a.u32(0) == 0 {
			return 0
		}
		b, c := g.write(a.u32(0), countryBytes), g.sdk.WifiGetCountry()
		copy(b, c.CC[:])
		b[3], b[4], b[5] = c.Schan, c.Nchan, c.Policy
		return 1
	}},
	"wifi_set_country": {"p", func(g *guest, a args) uint32 {
		if a.u32(0) == 0 {
			return 0
		}
		b := g.read(a.u32(0), countryBytes)
		return number(g.sdk.WifiSetCountry(wifi.Country{CC: [3]byte(b), Schan: b[3], Nchan: b[4], Policy: b[5]}))
	}},

	"wifi_fpm_open":           {"", func(g *guest, _ args) uint32 { g.sdk.WifiFpmOpen(); return 0 }},
	"wifi_fpm_close":          {"", func(g *guest, _ args) uint32 { g.sdk.WifiFpmClose(); return 0 }},
	"wifi_fpm_do_sleep":       {"i", func(g *guest, a args) uint32 { return uint32(int32(g.sdk.WifiFpmDoSleep(a.u32(0)))) }},
	"wifi_fpm_do_wakeup":      {"", func(g *guest, _ args) uint32 { g.sdk.WifiFpmDoWakeup(); return 0 }},
	"wifi_fpm_set_sleep_type": {"i", func(g *guest, a args) uint32 { g.sdk.WifiFpmSetSleepType(a.u8(0)); return 0 }},
	"wifi_fpm_get_sleep_type": {"", func(g *guest, _ args) uint32 { return uint32(g.sdk.WifiFpmGetSleepType()) }},
	"wifi_fpm_set_wakeup_cb": {"f", func(g *guest, a args) uint32 {
		g.wifi.onWakeup = a.u32(0)
		g.sdk.WifiFpmSetWakeupCb(func() { g.notify(g.wifi.onWakeup) })
		return 0
	}},
	"wifi_fpm_auto_sleep_set_in_null_mode": {"i", func(g *guest, a args) uint32 { g.sdk.WifiFpmAutoSleepSetInNullMode(a.u8(0)); return 0 }},

	"wifi_wps_enable":  {"i", func(g *guest, a args) uint32 { return number(a.u32(0) < 256 && g.sdk.WifiWpsEnable(a.u8(0))) }},
	"wifi_wps_disable": {"", func(g *guest, _ args) uint32 { return number(g.sdk.WifiWpsDisable()) }},
	"wifi_wps_start":   {"", func(g *guest, _ args) uint32 { return number(g.sdk.WifiWpsStart()) }},
	"wifi_set_wps_cb": {"f", func(g *guest, a args) uint32 {
		if a.u32(0) == 0 {
			return number(g.sdk.WifiSetWpsCb(nil))
		}
		g.wifi.onWPS = a.u32(0)
		return number(g.sdk.WifiSetWpsCb(func(status int) { g.notify(g.wifi.onWPS, uint32(status)) }))
	}},

	"wifi_promiscuous_enable": {"i", func(g *guest, a args) uint32 { g.sdk.WifiPromiscuousEnable(a.u8(0)); return 0 }},
	"wifi_set_promiscuous_rx_cb": {"f", func(g *guest, a args) uint32 {
		g.wifi.onPromiscuous = a.u32(0)
		g.sdk.WifiSetPromiscuousRxCb(func(b []byte) {
			g.lend(b, uint32(len(b)), func(p uint32) { g.notify(g.wifi.onPromiscuous, p, uint32(len(b))) })
		})
		return 0
	}},
	"wifi_promiscuous_set_mac": {"p", func(g *guest, a args) uint32 {
		g.sdk.WifiPromiscuousSetMac([6]byte(g.read(a.u32(0), macaddrBytes)))
		return 0
	}},

	"wifi_register_send_pkt_freedom_cb": {"f", func(g *guest, a args) uint32 {
		if a.u32(0) == 0 {
			return uint32(int32(g.sdk.WifiRegisterSendPktFreedomCb(nil)))
		}
		g.wifi.onFreedom = a.u32(0)
		return uint32(int32(g.sdk.WifiRegisterSendPktFreedomCb(func(status uint8) { g.notify(g.wifi.onFreedom, uint32(status)) })))
	}},
	"wifi_unregister_send_pkt_freedom_cb": {"", func(g *guest, _ args) uint32 { g.sdk.WifiUnregisterSendPktFreedomCb(); return 0 }},
	"wifi_send_pkt_freedom": {"pii", func(g *guest, a args) uint32 {
		const most = 1400
		n := int32(a.u32(1))
		if n < 0 || n > most || a.u32(0) == 0 {
			return uint32(0xFFFFFFFF)
		}
		return uint32(int32(g.sdk.WifiSendPktFreedom(g.read(a.u32(0), uint32(n)), a.u8(2) != 0)))
	}},
	"wifi_set_user_fixed_rate": {"ii", func(g *guest, a args) uint32 { return uint32(int32(g.sdk.WifiSetUserFixedRate(a.u8(0), a.u8(1)))) }},
	"wifi_get_user_fixed_rate": {"pp", func(g *guest, a args) uint32 {
		mask, rate := g.sdk.WifiGetUserFixedRate()
		g.write(a.u32(0), 1)[0] = mask
		g.write(a.u32(1), 1)[0] = rate
		return 0
	}},
}

// notify makes a callback unless there is none.
func (g *guest) notify(f uint32, args ...uint32) {
	if f != 0 {
		g.callback(f, args...)
	}
}
