package cabi

import (
	"bytes"

	"github.com/emu8266/emu8266/emulator/wifi"
)

// Layout of struct softap_config (sdk-surface.md, Struct layouts).
const (
	softapSSIDLen  = 96
	softapChannel  = 97
	softapAuthMode = 100
	softapHidden   = 104
	softapMax      = 105
	softapBeacon   = 106
	softapConfig   = 108
)

// Layouts of struct station_info, struct dhcps_lease, struct scan_config and struct bss_info.
const (
	stationInfoBSSID = 4
	stationInfoIP    = 12
	stationInfoBytes = 16

	leaseStart = 4
	leaseEnd   = 8
	leaseBytes = 12

	scanBSSID      = 4
	scanChannel    = 8
	scanHidden     = 9
	scanBytes      = 12
	scanType       = 12 // SDK 2.2 and later
	scanPassive    = 16
	scanActiveMax  = 20
	scanBytesTimes = 24

	bssBSSID      = 4
	bssSSID       = 10
	bssSSIDLen    = 42
	bssChannel    = 43
	bssRSSI       = 44
	bssAuthMode   = 48
	bssHidden     = 52
	bssPairwise   = 68 // SDK 2.2 and later
	bssGroup      = 72
	bssPhy        = 76
	bssBytes      = 68
	bssBytesCrypt = 80
)

// Values of CIPHER_TYPE, and the bits of 802.11 b, g and n in bss_info.
const (
	cipherNone     = 0
	cipherWEP40    = 1
	cipherTKIP     = 3
	cipherCCMP     = 4
	cipherTKIPCCMP = 5
	phyBGN         = 7
)

// softapFunctions are those of the soft-AP.
var softapFunctions = map[string]Function{
	"wifi_softap_get_config": {"p", func(s *SDK, a *Args) uint32 {
		return s.putSoftap(a.u32(0), s.sdk.WifiSoftapGetConfig())
	}},
	"wifi_softap_get_config_default": {"p", func(s *SDK, a *Args) uint32 {
		return s.putSoftap(a.u32(0), s.sdk.WifiSoftapGetConfigDefault())
	}},
	"wifi_softap_set_config": {"p", func(s *SDK, a *Args) uint32 {
		if a.u32(0) == 0 {
			return 0
		}
		return number(s.sdk.WifiSoftapSetConfig(s.getSoftap(a.u32(0))))
	}},
	"wifi_softap_set_config_current": {"p", func(s *SDK, a *Args) uint32 {
		if a.u32(0) == 0 {
			return 0
		}
		return number(s.sdk.WifiSoftapSetConfigCurrent(s.getSoftap(a.u32(0))))
	}},
	"wifi_softap_get_station_num":  {"", func(s *SDK, _ *Args) uint32 { return uint32(s.sdk.WifiSoftapGetStationNum()) }},
	"wifi_softap_get_station_info": {"", softapStationInfo},
	"wifi_softap_free_station_info": {"", func(s *SDK, _ *Args) uint32 {
		for _, p := range s.wifi.stations {
			if own := s.program.Allocator; own != nil {
				own.Free(p)
			} else {
				s.usable(p, stationInfoBytes, false)
			}
		}
		s.wifi.stations = nil
		s.sdk.WifiSoftapFreeStationInfo()
		return 0
	}},
	"wifi_softap_dhcps_start":  {"", func(s *SDK, _ *Args) uint32 { return number(s.sdk.WifiSoftapDhcpsStart()) }},
	"wifi_softap_dhcps_stop":   {"", func(s *SDK, _ *Args) uint32 { return number(s.sdk.WifiSoftapDhcpsStop()) }},
	"wifi_softap_dhcps_status": {"", func(s *SDK, _ *Args) uint32 { return uint32(s.sdk.WifiSoftapDhcpsStatus()) }},
	"wifi_softap_set_dhcps_lease": {"p", func(s *SDK, a *Args) uint32 {
		if a.u32(0) == 0 {
			return 0
		}
		b := s.read(a.u32(0), leaseBytes)
		l := wifi.DhcpsLease{Enable: b[0] != 0, StartIP: getAddr(b[leaseStart:]), EndIP: getAddr(b[leaseEnd:])}
		return number(s.sdk.WifiSoftapSetDhcpsLease(l))
	}},
	"wifi_softap_get_dhcps_lease": {"p", func(s *SDK, a *Args) uint32 {
		l, ok := s.sdk.WifiSoftapGetDhcpsLease()
		if !ok || a.u32(0) == 0 {
			return 0
		}
		b := s.write(a.u32(0), leaseBytes) // enable stays as it is (dhcpserver.c)
		putAddr(b[leaseStart:], l.StartIP)
		putAddr(b[leaseEnd:], l.EndIP)
		return 1
	}},
	"wifi_softap_set_dhcps_lease_time": {"i", func(s *SDK, a *Args) uint32 {
		return number(s.sdk.WifiSoftapSetDhcpsLeaseTime(a.u32(0)))
	}},
	"wifi_softap_get_dhcps_lease_time":   {"", func(s *SDK, _ *Args) uint32 { return s.sdk.WifiSoftapGetDhcpsLeaseTime() }},
	"wifi_softap_reset_dhcps_lease_time": {"", func(s *SDK, _ *Args) uint32 { return number(s.sdk.WifiSoftapResetDhcpsLeaseTime()) }},
	"wifi_softap_set_dhcps_offer_option": {"ip", func(s *SDK, a *Args) uint32 {
		const offerRouter = 1
		if a.u8(0) != offerRouter {
			return 0
		}
		return number(s.sdk.WifiSoftapSetDhcpsOfferOption(a.u8(0), s.read(a.u32(1), 1)[0]))
	}},
	"wifi_set_broadcast_if": {"i", func(s *SDK, a *Args) uint32 { return number(s.sdk.WifiSetBroadcastIf(a.u8(0))) }},
	"wifi_get_broadcast_if": {"", func(s *SDK, _ *Args) uint32 { return uint32(s.sdk.WifiGetBroadcastIf()) }},
}

// getSoftap reads a struct softap_config. An ssid_len of 0 means up to the NUL (sdk-surface.md, wifi_softap_set_config).
func (s *SDK) getSoftap(p uint32) wifi.SoftapConfig {
	b := s.read(p, softapConfig)
	ssid, _, _ := bytes.Cut(b[:configPassword], []byte{0})
	if n := b[softapSSIDLen]; n > 0 {
		ssid = b[:min(n, configPassword)]
	}
	password, _, _ := bytes.Cut(b[configPassword:passwordEnd], []byte{0})
	return wifi.SoftapConfig{
		SSID: string(ssid), Password: string(password), Channel: b[softapChannel],
		AuthMode: uint8(min(order.Uint32(b[softapAuthMode:]), 255)), SSIDHidden: b[softapHidden],
		MaxConnection: b[softapMax], BeaconInterval: order.Uint16(b[softapBeacon:]),
	}
}

// putSoftap writes a struct softap_config.
func (s *SDK) putSoftap(p uint32, c wifi.SoftapConfig) uint32 {
	if p == 0 {
		return 0
	}
	b := s.write(p, softapConfig)
	clear(b)
	b[softapSSIDLen] = byte(copy(b[:configPassword], c.SSID))
	copy(b[configPassword:passwordEnd], c.Password)
	b[softapChannel], b[softapHidden], b[softapMax] = c.Channel, c.SSIDHidden, c.MaxConnection
	order.PutUint32(b[softapAuthMode:], uint32(c.AuthMode))
	order.PutUint16(b[softapBeacon:], c.BeaconInterval)
	return 1
}

// stationBlock is where an element of the list lies: in the device's heap, or in the program's own.
func (s *SDK) stationBlock(block uint32) uint32 {
	if own := s.program.Allocator; own != nil {
		return own.Malloc(stationInfoBytes)
	}
	return s.place(block, stationInfoBytes)
}

// softapStationInfo makes the list in the blocks that the device took for it.
func softapStationInfo(s *SDK, _ *Args) uint32 {
	var first uint32
	list := s.sdk.WifiSoftapGetStationInfo()
	for i := len(list) - 1; i >= 0; i-- {
		p := s.stationBlock(list[i].Block)
		if p == 0 {
			break
		}
		s.wifi.stations = append(s.wifi.stations, p)
		b := s.write(p, stationInfoBytes)
		clear(b)
		order.PutUint32(b, first)
		copy(b[stationInfoBSSID:], list[i].BSSID[:])
		putAddr(b[stationInfoIP:], list[i].IP)
		first = p
	}
	return first
}
