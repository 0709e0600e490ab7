package cabi

import (
	"bytes"
	"net/netip"

	"github.com/emu8266/emu8266/emulator/wifi"
)

// Layout of struct station_config (sdk-surface.md, Struct layouts). bssid_set and its length depend on the SDK; bssid
// follows bssid_set.
const (
	configPassword  = 32
	passwordEnd     = 96
	configChannel   = 96  // SDK 3
	configRSSI      = 104 // SDK 2.2 and later
	configThreshold = 108
	configNoOpen    = 112 // SDK 3
	configAll       = 113
)

// configLayout returns the length of struct station_config and the place of bssid_set in it.
func (s *SDK) configLayout() (size, bssidSet uint32) { return configLayout(s.program.SDK) }

func configLayout(version int) (size, bssidSet uint32) {
	switch v := version; {
	case v >= SDK30:
		return 116, 97 // a channel comes before it
	case v >= SDK22:
		return 112, 96
	}
	return 103, 96
}

// Layout of System_Event_t: event, then the union.
const (
	eventInfo    = 4
	systemEvent  = 44
	infoAID      = eventInfo + 6 // STACONNECTED, STADISCONNECTED
	infoProbe    = eventInfo + 4 // the MAC of PROBEREQRECVED
	infoGivenIP  = eventInfo + 8 // DISTRIBUTE_STA_IP
	infoGivenAID = eventInfo + 12
	infoSSIDLen  = eventInfo + 32
	infoBSSID    = eventInfo + 33
	infoChannel  = eventInfo + 39 // CONNECTED; DISCONNECTED has the reason there
	infoOldMode  = eventInfo      // OPMODE_CHANGED
	infoNewMode  = eventInfo + 1
	infoMask     = eventInfo + 4 // GOT_IP
	infoGW       = eventInfo + 8
	ipInfoBytes  = 12
	macaddrBytes = 6

	hostnameBytes = 33
)

// wifiState are the function pointers and blocks that the SDK keeps for the radio.
type wifiState struct {
	onWakeup, onWPS, onFreedom, onPromiscuous uint32
	stations                                  []uint32 // blocks of wifi_softap_get_station_info
	hostname                                  uint32   // block of wifi_station_get_hostname
	scanned                                   uint32   // address of scannum that rt/scan.c told; 0: none
}

// stationFunctions are those of the station and of the mode.
var stationFunctions = map[string]Function{
	"wifi_get_opmode":         {"", func(s *SDK, _ *Args) uint32 { return uint32(s.sdk.WifiGetOpmode()) }},
	"wifi_set_opmode":         {"i", func(s *SDK, a *Args) uint32 { return number(s.sdk.WifiSetOpmode(a.u8(0))) }},
	"wifi_set_opmode_current": {"i", func(s *SDK, a *Args) uint32 { return number(s.sdk.WifiSetOpmodeCurrent(a.u8(0))) }},
	"wifi_station_connect":    {"", func(s *SDK, _ *Args) uint32 { return number(s.sdk.WifiStationConnect()) }},
	"wifi_station_disconnect": {"", func(s *SDK, _ *Args) uint32 { return number(s.sdk.WifiStationDisconnect()) }},
	"wifi_station_set_auto_connect": {"i", func(s *SDK, a *Args) uint32 {
		return number(s.sdk.WifiStationSetAutoConnect(a.u8(0)))
	}},
	"wifi_station_get_connect_status": {"", func(s *SDK, _ *Args) uint32 { return uint32(s.sdk.WifiStationGetConnectStatus()) }},
	"wifi_station_get_config": {"p", func(s *SDK, a *Args) uint32 {
		return s.putKept(a.u32(0), s.sdk.WifiStationGetConfig())
	}},
	"wifi_station_set_config": {"p", func(s *SDK, a *Args) uint32 {
		if a.u32(0) == 0 {
			return 0
		}
		return number(s.sdk.WifiStationSetConfig(s.getConfig(a.u32(0))))
	}},
	"wifi_station_set_config_current": {"p", func(s *SDK, a *Args) uint32 {
		if a.u32(0) == 0 {
			return 0
		}
		return number(s.sdk.WifiStationSetConfigCurrent(s.getConfig(a.u32(0))))
	}},
	"wifi_station_get_config_default": {"p", func(s *SDK, a *Args) uint32 {
		return s.putKept(a.u32(0), s.sdk.WifiStationGetConfigDefault())
	}},
	"wifi_get_opmode_default":       {"", func(s *SDK, _ *Args) uint32 { return uint32(s.sdk.WifiGetOpmodeDefault()) }},
	"wifi_station_get_auto_connect": {"", func(s *SDK, _ *Args) uint32 { return uint32(s.sdk.WifiStationGetAutoConnect()) }},
	"wifi_station_set_reconnect_policy": {"i", func(s *SDK, a *Args) uint32 {
		return number(s.sdk.WifiStationSetReconnectPolicy(a.u8(0) != 0))
	}},
	"wifi_station_get_rssi":          {"", func(s *SDK, _ *Args) uint32 { return uint32(int32(s.sdk.WifiStationGetRssi())) }},
	"wifi_station_get_current_ap_id": {"", func(s *SDK, _ *Args) uint32 { return uint32(s.sdk.WifiStationGetCurrentApID()) }},
	"wifi_station_ap_change":         {"i", func(s *SDK, a *Args) uint32 { return number(s.sdk.WifiStationApChange(a.u8(0))) }},
	"wifi_station_ap_number_set":     {"i", func(s *SDK, a *Args) uint32 { return number(s.sdk.WifiStationApNumberSet(a.u8(0))) }},
	"wifi_station_get_ap_info": {"p", func(s *SDK, a *Args) uint32 {
		size, _ := s.configLayout()
		list := s.sdk.WifiStationGetApInfo()
		for i, c := range list {
			s.putNetwork(a.u32(0)+uint32(i)*size, c)
		}
		return uint32(len(list))
	}},
	"wifi_station_dhcpc_start":      {"", func(s *SDK, _ *Args) uint32 { return number(s.sdk.WifiStationDhcpcStart()) }},
	"wifi_station_dhcpc_stop":       {"", func(s *SDK, _ *Args) uint32 { return number(s.sdk.WifiStationDhcpcStop()) }},
	"wifi_station_dhcpc_status":     {"", func(s *SDK, _ *Args) uint32 { return uint32(s.sdk.WifiStationDhcpcStatus()) }},
	"wifi_station_dhcpc_set_maxtry": {"i", func(s *SDK, a *Args) uint32 { return number(s.sdk.WifiStationDhcpcSetMaxtry(a.u8(0))) }},
	"wifi_station_set_hostname": {"p", func(s *SDK, a *Args) uint32 {
		if a.u32(0) == 0 {
			return 0
		}
		return number(s.sdk.WifiStationSetHostname(string(s.text(a.u32(0)))))
	}},
	"wifi_station_get_hostname": {"", func(s *SDK, _ *Args) uint32 {
		if s.sdk.WifiGetOpmode()&wifi.StationMode == 0 {
			return 0
		}
		if s.wifi.hostname == 0 {
			if s.wifi.hostname = s.malloc(hostnameBytes, "hostname"); s.wifi.hostname == 0 {
				return 0
			}
		}
		s.setText(s.wifi.hostname, []byte(s.sdk.WifiStationGetHostname()))
		return s.wifi.hostname
	}},
	"wifi_set_ip_info": {"ip", func(s *SDK, a *Args) uint32 {
		if a.u32(1) == 0 {
			return 0
		}
		b := s.read(a.u32(1), ipInfoBytes)
		return number(s.sdk.WifiSetIPInfo(a.u8(0), wifi.IPInfo{IP: getAddr(b), Netmask: getAddr(b[4:]), GW: getAddr(b[8:])}))
	}},
	"wifi_set_macaddr": {"ip", func(s *SDK, a *Args) uint32 {
		return number(s.sdk.WifiSetMacaddr(a.u8(0), [6]byte(s.read(a.u32(1), macaddrBytes))))
	}},
	"wifi_get_ip_info": {"ip", func(s *SDK, a *Args) uint32 {
		if a.u8(0) > wifi.SoftAPIf || a.u32(1) == 0 {
			return 0
		}
		i := s.sdk.WifiGetIPInfo(a.u8(0))
		b := s.write(a.u32(1), ipInfoBytes)
		putAddr(b, i.IP)
		putAddr(b[4:], i.Netmask)
		putAddr(b[8:], i.GW)
		return 1
	}},
	"wifi_get_macaddr": {"ip", func(s *SDK, a *Args) uint32 {
		mac := s.sdk.WifiGetMacaddr(a.u8(0))
		copy(s.write(a.u32(1), macaddrBytes), mac[:])
		return 1
	}},
	"wifi_set_event_handler_cb": {"f", func(s *SDK, a *Args) uint32 {
		s.onWiFi = a.u32(0)
		s.sdk.WifiSetEventHandlerCb(s.wifiEvent)
		return 0
	}},
}

// putAddr writes an IPv4 address, first octet first.
func putAddr(b []byte, a netip.Addr) {
	if a.Is4() {
		ip := a.As4()
		copy(b, ip[:])
	}
}

func getAddr(b []byte) netip.Addr { return netip.AddrFrom4([4]byte(b)) }

// getConfig reads a struct station_config.
func (s *SDK) getConfig(p uint32) wifi.StationConfig {
	size, bssidSet := s.configLayout()
	b := s.read(p, size)
	ssid, _, _ := bytes.Cut(b[:configPassword], []byte{0})
	password, _, _ := bytes.Cut(b[configPassword:passwordEnd], []byte{0})
	c := wifi.StationConfig{SSID: string(ssid), Password: string(password), BSSIDSet: b[bssidSet] != 0}
	copy(c.BSSID[:], b[bssidSet+1:])
	if size > configThreshold {
		c.Threshold = wifi.Threshold{RSSI: int8(b[configRSSI]), AuthMode: uint8(min(order.Uint32(b[configThreshold:]), 255))}
	}
	if size > configAll {
		c.Channel, c.OpenAndWEPModeDisable, c.AllChannelScan = b[configChannel], b[configNoOpen] != 0, b[configAll] != 0
	}
	return c
}

// putNetwork writes what wifi_station_get_ap_info tells of a struct station_config, and returns its bytes; the rest stays as it is.
func (s *SDK) putNetwork(p uint32, c wifi.StationConfig) []byte {
	size, bssidSet := s.configLayout()
	b := s.write(p, size)
	clear(b[:passwordEnd])
	copy(b[:configPassword], c.SSID)
	copy(b[configPassword:passwordEnd], c.Password)
	b[bssidSet] = byte(number(c.BSSIDSet))
	copy(b[bssidSet+1:], c.BSSID[:])
	return b
}

// putKept is wifi_station_get_config: false for NULL, and the threshold and all_channel_scan of the struct stay as they are
// (sdk-surface.md, Remembered access points).
func (s *SDK) putKept(p uint32, c wifi.StationConfig) uint32 {
	if p == 0 {
		return 0
	}
	if b := s.putNetwork(p, c); len(b) > configAll {
		b[configChannel], b[configNoOpen] = c.Channel, byte(number(c.OpenAndWEPModeDisable))
	}
	return 1
}

// putConfig writes a struct station_config.
func (s *SDK) putConfig(p uint32, c wifi.StationConfig) {
	size, bssidSet := s.configLayout()
	b := s.write(p, size)
	clear(b)
	copy(b[:configPassword], c.SSID)
	copy(b[configPassword:passwordEnd], c.Password)
	b[bssidSet] = byte(number(c.BSSIDSet))
	copy(b[bssidSet+1:], c.BSSID[:])
	if size > configThreshold {
		b[configRSSI] = byte(c.Threshold.RSSI)
		order.PutUint32(b[configThreshold:], uint32(c.Threshold.AuthMode))
	}
	if size > configAll {
		b[configChannel], b[configNoOpen], b[configAll] = c.Channel, byte(number(c.OpenAndWEPModeDisable)), byte(number(c.AllChannelScan))
	}
}
