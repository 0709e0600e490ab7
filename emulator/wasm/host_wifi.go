package wasm

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
func (g *guest) configLayout() (size, bssidSet uint32) {
	switch v := g.image.SDK(); {
	case v >= sdk30:
		return 116, 97 // a channel comes before it
	case v >= sdk22:
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
	scanned                                   uint32   // address of scannum; 0: the firmware does not have it
}

// wifiFunctions are the wifi_* functions.
var wifiFunctions = tables(stationFunctions, softapFunctions, radioFunctions, smartconfigFunctions)

// stationFunctions are those of the station and of the mode.
var stationFunctions = map[string]hostFunction{
	"wifi_get_opmode":         {"", func(g *guest, _ args) uint32 { return uint32(g.sdk.WifiGetOpmode()) }},
	"wifi_set_opmode":         {"i", func(g *guest, a args) uint32 { return number(g.sdk.WifiSetOpmode(a.u8(0))) }},
	"wifi_set_opmode_current": {"i", func(g *guest, a args) uint32 { return number(g.sdk.WifiSetOpmodeCurrent(a.u8(0))) }},
	"wifi_station_connect":    {"", func(g *guest, _ args) uint32 { return number(g.sdk.WifiStationConnect()) }},
	"wifi_station_disconnect": {"", func(g *guest, _ args) uint32 { return number(g.sdk.WifiStationDisconnect()) }},
	"wifi_station_set_auto_connect": {"i", func(g *guest, a args) uint32 {
		return number(g.sdk.WifiStationSetAutoConnect(a.u8(0)))
	}},
	"wifi_station_get_connect_status": {"", func(g *guest, _ args) uint32 { return uint32(g.sdk.WifiStationGetConnectStatus()) }},
	"wifi_station_get_config": {"p", func(g *guest, a args) uint32 {
		g.putConfig(a.u32(0), g.sdk.WifiStationGetConfig())
		return 1
	}},
	"wifi_station_set_config": {"p", func(g *guest, a args) uint32 {
		return number(g.sdk.WifiStationSetConfig(g.getConfig(a.u32(0))))
	}},
	"wifi_station_set_config_current": {"p", func(g *guest, a args) uint32 {
		return number(g.sdk.WifiStationSetConfigCurrent(g.getConfig(a.u32(0))))
	}},
	"wifi_station_get_config_default": {"p", func(g *guest, a args) uint32 {
		g.putConfig(a.u32(0), g.sdk.WifiStationGetConfigDefault())
		return 1
	}},
	"wifi_get_opmode_default":       {"", func(g *guest, _ args) uint32 { return uint32(g.sdk.WifiGetOpmodeDefault()) }},
	"wifi_station_get_auto_connect": {"", func(g *guest, _ args) uint32 { return uint32(g.sdk.WifiStationGetAutoConnect()) }},
	"wifi_station_set_reconnect_policy": {"i", func(g *guest, a args) uint32 {
		return number(g.sdk.WifiStationSetReconnectPolicy(a.u8(0) != 0))
	}},
	"wifi_station_get_rssi":          {"", func(g *guest, _ args) uint32 { return uint32(int32(g.sdk.WifiStationGetRssi())) }},
	"wifi_station_get_current_ap_id": {"", func(g *guest, _ args) uint32 { return uint32(g.sdk.WifiStationGetCurrentApID()) }},
	"wifi_station_ap_change":         {"i", func(g *guest, a args) uint32 { return number(g.sdk.WifiStationApChange(a.u8(0))) }},
	"wifi_station_ap_number_set":     {"i", func(g *guest, a args) uint32 { return number(g.sdk.WifiStationApNumberSet(a.u8(0))) }},
	"wifi_station_get_ap_info": {"p", func(g *guest, a args) uint32 {
		size, _ := g.configLayout()
		list := g.sdk.WifiStationGetApInfo()
		for i, c := range list {
			g.putConfig(a.u32(0)+uint32(i)*size, c)
		}
		return uint32(len(list))
	}},
	"wifi_station_dhcpc_start":      {"", func(g *guest, _ args) uint32 { return number(g.sdk.WifiStationDhcpcStart()) }},
	"wifi_station_dhcpc_stop":       {"", func(g *guest, _ args) uint32 { return number(g.sdk.WifiStationDhcpcStop()) }},
	"wifi_station_dhcpc_status":     {"", func(g *guest, _ args) uint32 { return uint32(g.sdk.WifiStationDhcpcStatus()) }},
	"wifi_station_dhcpc_set_maxtry": {"i", func(g *guest, a args) uint32 { return number(g.sdk.WifiStationDhcpcSetMaxtry(a.u8(0))) }},
	"wifi_station_set_hostname": {"p", func(g *guest, a args) uint32 {
		if a.u32(0) == 0 {
			return 0
		}
		return number(g.sdk.WifiStationSetHostname(string(g.text(a.u32(0)))))
	}},
	"wifi_station_get_hostname": {"", func(g *guest, _ args) uint32 {
		if g.wifi.hostname == 0 {
			if g.wifi.hostname = g.malloc(hostnameBytes, "hostname"); g.wifi.hostname == 0 {
				return 0
			}
		}
		g.setText(g.wifi.hostname, []byte(g.sdk.WifiStationGetHostname()))
		return g.wifi.hostname
	}},
	"wifi_station_scan": {"pf", wifiStationScan},
	"esp_scan_count": {"p", func(g *guest, a args) uint32 { // rt/scan.c
		g.write(a.u32(0), 2)
		g.wifi.scanned = a.u32(0)
		return 0
	}},
	"wifi_set_ip_info": {"ip", func(g *guest, a args) uint32 {
		b := g.read(a.u32(1), ipInfoBytes)
		return number(g.sdk.WifiSetIPInfo(a.u8(0), wifi.IPInfo{IP: getAddr(b), Netmask: getAddr(b[4:]), GW: getAddr(b[8:])}))
	}},
	"wifi_set_macaddr": {"ip", func(g *guest, a args) uint32 {
		return number(g.sdk.WifiSetMacaddr(a.u8(0), [6]byte(g.read(a.u32(1), macaddrBytes))))
	}},
	"wifi_get_ip_info": {"ip", func(g *guest, a args) uint32 {
		i := g.sdk.WifiGetIPInfo(a.u8(0))
		b := g.write(a.u32(1), ipInfoBytes)
		putAddr(b, i.IP)
		putAddr(b[4:], i.Netmask)
		putAddr(b[8:], i.GW)
		return 1
	}},
	"wifi_get_macaddr": {"ip", func(g *guest, a args) uint32 {
		mac := g.sdk.WifiGetMacaddr(a.u8(0))
		copy(g.write(a.u32(1), macaddrBytes), mac[:])
		return 1
	}},
	"wifi_set_event_handler_cb": {"f", func(g *guest, a args) uint32 {
		g.onWiFi = a.u32(0)
		g.sdk.WifiSetEventHandlerCb(g.wifiEvent)
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
func (g *guest) getConfig(p uint32) wifi.StationConfig {
	size, bssidSet := g.configLayout()
	b := g.read(p, size)
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

// putConfig writes one.
func (g *guest) putConfig(p uint32, c wifi.StationConfig) {
	size, bssidSet := g.configLayout()
	b := g.write(p, size)
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

// wifiEvent makes the callback with a System_Event_t that lives as long as it.
func (g *guest) wifiEvent(e wifi.SystemEvent) {
	if g.onWiFi == 0 {
		return
	}
	var b [systemEvent]byte
	order.PutUint32(b[:], e.Event)
	switch e.Event {
	case wifi.EventStamodeConnected, wifi.EventStamodeDisconnected:
		b[infoSSIDLen] = byte(copy(b[eventInfo:infoSSIDLen], e.SSID))
		copy(b[infoBSSID:], e.BSSID[:])
		b[infoChannel] = e.Channel
		if e.Event == wifi.EventStamodeDisconnected {
			b[infoChannel] = e.Reason
		}
	case wifi.EventStamodeGotIP:
		putAddr(b[eventInfo:], e.IP)
		putAddr(b[infoMask:], e.Mask)
		putAddr(b[infoGW:], e.GW)
	case wifi.EventSoftAPModeStaConnected, wifi.EventSoftAPModeStaDisconnected:
		copy(b[eventInfo:], e.MAC[:])
		b[infoAID] = e.AID
	case wifi.EventSoftAPModeDistributeStaIP:
		copy(b[eventInfo:], e.MAC[:])
		putAddr(b[infoGivenIP:], e.IP)
		b[infoGivenAID] = e.AID
	case wifi.EventSoftAPModeProbeReqRecved:
		order.PutUint32(b[eventInfo:], uint32(int32(e.RSSI)))
		copy(b[infoProbe:], e.MAC[:])
	case wifi.EventOpmodeChanged, wifi.EventStamodeAuthmodeChange:
		b[infoOldMode], b[infoNewMode] = e.OldMode, e.OpMode
	}
	g.lend(b[:], systemEvent, func(p uint32) { g.callback(g.onWiFi, p) })
}
