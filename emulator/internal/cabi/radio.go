package cabi

import (
	"math"

	"github.com/emu8266/emu8266/emulator/wifi"
)

// countryBytes is the size of wifi_country_t: cc 0, schan 3, nchan 4, policy 5 (sdk-surface.md, Struct layouts).
const countryBytes = 6

// radioFunctions are those of the radio's settings, sleep, sniffer and WPS.
var radioFunctions = map[string]Function{
	"wifi_get_channel":    {"", func(s *SDK, _ *Args) uint32 { return uint32(s.sdk.WifiGetChannel()) }},
	"wifi_set_channel":    {"i", func(s *SDK, a *Args) uint32 { return number(s.sdk.WifiSetChannel(a.u8(0))) }},
	"wifi_get_phy_mode":   {"", func(s *SDK, _ *Args) uint32 { return uint32(s.sdk.WifiGetPhyMode()) }},
	"wifi_set_phy_mode":   {"i", func(s *SDK, a *Args) uint32 { return number(s.sdk.WifiSetPhyMode(uint8(min(a.u32(0), math.MaxUint8)))) }},
	"wifi_get_sleep_type": {"", func(s *SDK, _ *Args) uint32 { return uint32(s.sdk.WifiGetSleepType()) }},
	"wifi_set_sleep_type": {"i", func(s *SDK, a *Args) uint32 {
		return number(s.sdk.WifiSetSleepType(uint8(min(a.u32(0), math.MaxUint8))))
	}},
	"wifi_get_sleep_level": {"", func(s *SDK, _ *Args) uint32 { return uint32(s.sdk.WifiGetSleepLevel()) }},
	"wifi_set_sleep_level": {"i", func(s *SDK, a *Args) uint32 {
		return number(s.sdk.WifiSetSleepLevel(uint8(min(a.u32(0), math.MaxUint8))))
	}},
	"wifi_get_listen_interval": {"", func(s *SDK, _ *Args) uint32 { return uint32(s.sdk.WifiGetListenInterval()) }},
	"wifi_set_listen_interval": {"i", func(s *SDK, a *Args) uint32 { return number(s.sdk.WifiSetListenInterval(a.u8(0))) }},
	"wifi_get_country": {"p", func(s *SDK, a *Args) uint32 {
		if a.u32(0) == 0 {
			return number(s.board.RefusedNull("wifi_get_country", "the pointer to the country"))
		}
		b, c := s.write(a.u32(0), countryBytes), s.sdk.WifiGetCountry()
		copy(b, c.CC[:])
		b[3], b[4], b[5] = c.Schan, c.Nchan, c.Policy
		return 1
	}},
	"wifi_set_country": {"p", func(s *SDK, a *Args) uint32 {
		if a.u32(0) == 0 {
			return number(s.board.RefusedNull("wifi_set_country", "the pointer to the country"))
		}
		b := s.read(a.u32(0), countryBytes)
		return number(s.sdk.WifiSetCountry(wifi.Country{CC: [3]byte(b), Schan: b[3], Nchan: b[4], Policy: b[5]}))
	}},

	"wifi_fpm_open":           {"", func(s *SDK, _ *Args) uint32 { s.sdk.WifiFpmOpen(); return 0 }},
	"wifi_fpm_close":          {"", func(s *SDK, _ *Args) uint32 { s.sdk.WifiFpmClose(); return 0 }},
	"wifi_fpm_do_sleep":       {"i", func(s *SDK, a *Args) uint32 { return uint32(int32(s.sdk.WifiFpmDoSleep(a.u32(0)))) }},
	"wifi_fpm_do_wakeup":      {"", func(s *SDK, _ *Args) uint32 { s.sdk.WifiFpmDoWakeup(); return 0 }},
	"wifi_fpm_set_sleep_type": {"i", func(s *SDK, a *Args) uint32 { s.sdk.WifiFpmSetSleepType(a.u8(0)); return 0 }},
	"wifi_fpm_get_sleep_type": {"", func(s *SDK, _ *Args) uint32 { return uint32(s.sdk.WifiFpmGetSleepType()) }},
	"wifi_fpm_set_wakeup_cb": {"f", func(s *SDK, a *Args) uint32 {
		s.wifi.onWakeup = a.u32(0)
		s.sdk.WifiFpmSetWakeupCb(func() { s.notify(s.wifi.onWakeup) })
		return 0
	}},
	"wifi_fpm_auto_sleep_set_in_null_mode": {"i", func(s *SDK, a *Args) uint32 { s.sdk.WifiFpmAutoSleepSetInNullMode(a.u8(0)); return 0 }},

	"wifi_wps_enable":  {"i", func(s *SDK, a *Args) uint32 { return number(s.sdk.WifiWpsEnable(uint8(min(a.u32(0), math.MaxUint8)))) }},
	"wifi_wps_disable": {"", func(s *SDK, _ *Args) uint32 { return number(s.sdk.WifiWpsDisable()) }},
	"wifi_wps_start":   {"", func(s *SDK, _ *Args) uint32 { return number(s.sdk.WifiWpsStart()) }},
	"wifi_set_wps_cb": {"f", func(s *SDK, a *Args) uint32 {
		if a.u32(0) == 0 {
			return number(s.sdk.WifiSetWpsCb(nil))
		}
		s.wifi.onWPS = a.u32(0)
		return number(s.sdk.WifiSetWpsCb(func(status int) { s.notify(s.wifi.onWPS, uint32(status)) }))
	}},

	"wifi_promiscuous_enable": {"i", func(s *SDK, a *Args) uint32 { s.sdk.WifiPromiscuousEnable(a.u8(0)); return 0 }},
	"wifi_set_promiscuous_rx_cb": {"f", func(s *SDK, a *Args) uint32 {
		s.wifi.onPromiscuous = a.u32(0)
		s.sdk.WifiSetPromiscuousRxCb(func(b []byte) {
			s.Lend(b, uint32(len(b)), func(p uint32) { s.notify(s.wifi.onPromiscuous, p, uint32(len(b))) })
		})
		return 0
	}},
	"wifi_promiscuous_set_mac": {"p", func(s *SDK, a *Args) uint32 {
		s.sdk.WifiPromiscuousSetMac([6]byte(s.read(a.u32(0), macaddrBytes)))
		return 0
	}},

	"wifi_register_send_pkt_freedom_cb": {"f", func(s *SDK, a *Args) uint32 {
		if a.u32(0) == 0 {
			return uint32(int32(s.sdk.WifiRegisterSendPktFreedomCb(nil)))
		}
		s.wifi.onFreedom = a.u32(0)
		return uint32(int32(s.sdk.WifiRegisterSendPktFreedomCb(func(status uint8) { s.notify(s.wifi.onFreedom, uint32(status)) })))
	}},
	"wifi_unregister_send_pkt_freedom_cb": {"", func(s *SDK, _ *Args) uint32 { s.sdk.WifiUnregisterSendPktFreedomCb(); return 0 }},
	"wifi_send_pkt_freedom": {"pii", func(s *SDK, a *Args) uint32 {
		const most = 1400
		n := int32(a.u32(1))
		if n < 0 || n > most || a.u32(0) == 0 {
			return uint32(0xFFFFFFFF)
		}
		return uint32(int32(s.sdk.WifiSendPktFreedom(s.read(a.u32(0), uint32(n)), a.u8(2) != 0)))
	}},
	"wifi_set_user_fixed_rate": {"ii", func(s *SDK, a *Args) uint32 { return uint32(int32(s.sdk.WifiSetUserFixedRate(a.u8(0), a.u8(1)))) }},
	"wifi_get_user_fixed_rate": {"pp", func(s *SDK, a *Args) uint32 {
		mask, rate := s.sdk.WifiGetUserFixedRate()
		s.write(a.u32(0), 1)[0] = mask
		s.write(a.u32(1), 1)[0] = rate
		return 0
	}},
}
