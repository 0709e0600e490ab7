package wasm

import (
	"bytes"

	"github.com/emu8266/emu8266/emulator/wifi"
	"github.com/emu8266/emu8266/netstack"
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
var softapFunctions = map[string]hostFunction{
	"wifi_softap_get_config": {"p", func(g *guest, a args) uint32 {
		return g.putSoftap(a.u32(0), g.sdk.WifiSoftapGetConfig())
	}},
	"wifi_softap_get_config_default": {"p", func(g *guest, a args) uint32 {
		return g.putSoftap(a.u32(0), g.sdk.WifiSoftapGetConfigDefault())
	}},
	"wifi_softap_set_config": {"p", func(g *guest, a args) uint32 {
		return number(g.sdk.WifiSoftapSetConfig(g.getSoftap(a.u32(0))))
	}},
	"wifi_softap_set_config_current": {"p", func(g *guest, a args) uint32 {
		return number(g.sdk.WifiSoftapSetConfigCurrent(g.getSoftap(a.u32(0))))
	}},
	"wifi_softap_get_station_num":  {"", func(g *guest, _ args) uint32 { return uint32(g.sdk.WifiSoftapGetStationNum()) }},
	"wifi_softap_get_station_info": {"", softapStationInfo},
	"wifi_softap_free_station_info": {"", func(g *guest, _ args) uint32 {
		for _, p := range g.wifi.stations {
			g.usable(p, stationInfoBytes, false)
		}
		g.wifi.stations = nil
		g.sdk.WifiSoftapFreeStationInfo()
		return 0
	}},
	"wifi_softap_dhcps_start":  {"", func(g *guest, _ args) uint32 { return number(g.sdk.WifiSoftapDhcpsStart()) }},
	"wifi_softap_dhcps_stop":   {"", func(g *guest, _ args) uint32 { return number(g.sdk.WifiSoftapDhcpsStop()) }},
	"wifi_softap_dhcps_status": {"", func(g *guest, _ args) uint32 { return uint32(g.sdk.WifiSoftapDhcpsStatus()) }},
	"wifi_softap_set_dhcps_lease": {"p", func(g *guest, a args) uint32 {
		if a.u32(0) == 0 {
			return 0
		}
		b := g.read(a.u32(0), leaseBytes)
		return number(g.sdk.WifiSoftapSetDhcpsLease(wifi.DhcpsLease{Enable: b[0] != 0, StartIP: getAddr(b[leaseStart:]), EndIP: getAddr(b[leaseEnd:])}))
	}},
	"wifi_softap_get_dhcps_lease": {"p", func(g *guest, a args) uint32 {
		l, ok := g.sdk.WifiSoftapGetDhcpsLease()
		if !ok || a.u32(0) == 0 {
			return 0
		}
		b := g.write(a.u32(0), leaseBytes) // enable stays as it is (dhcpserver.c)
		putAddr(b[leaseStart:], l.StartIP)
		putAddr(b[leaseEnd:], l.EndIP)
		return 1
	}},
	"wifi_softap_set_dhcps_lease_time":   {"i", func(g *guest, a args) uint32 { return number(g.sdk.WifiSoftapSetDhcpsLeaseTime(a.u32(0))) }},
	"wifi_softap_get_dhcps_lease_time":   {"", func(g *guest, _ args) uint32 { return g.sdk.WifiSoftapGetDhcpsLeaseTime() }},
	"wifi_softap_reset_dhcps_lease_time": {"", func(g *guest, _ args) uint32 { return number(g.sdk.WifiSoftapResetDhcpsLeaseTime()) }},
	"wifi_softap_set_dhcps_offer_option": {"ip", func(g *guest, a args) uint32 {
		const offerRouter = 1
		if a.u32(1) == 0 && g.sdk.WifiSoftapDhcpsStatus() == wifi.DHCPStopped || a.u8(0) != offerRouter {
			return 0
		}
		return number(g.sdk.WifiSoftapSetDhcpsOfferOption(a.u8(0), g.read(a.u32(1), 1)[0]))
	}},
	"wifi_set_broadcast_if": {"i", func(g *guest, a args) uint32 { return number(g.sdk.WifiSetBroadcastIf(a.u8(0))) }},
	"wifi_get_broadcast_if": {"", func(g *guest, _ args) uint32 { return uint32(g.sdk.WifiGetBroadcastIf()) }},
}

// getSoftap reads a struct softap_config. An ssid_len of 0 means up to the NUL (sdk-surface.md, wifi_softap_set_config).
func (g *guest) getSoftap(p uint32) wifi.SoftapConfig {
	b := g.read(p, softapConfig)
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

// putSoftap writes one.
func (g *guest) putSoftap(p uint32, c wifi.SoftapConfig) uint32 {
	b := g.write(p, softapConfig)
	clear(b)
	b[softapSSIDLen] = byte(copy(b[:configPassword], c.SSID))
	copy(b[configPassword:passwordEnd], c.Password)
	b[softapChannel], b[softapHidden], b[softapMax] = c.Channel, c.SSIDHidden, c.MaxConnection
	order.PutUint32(b[softapAuthMode:], uint32(c.AuthMode))
	order.PutUint16(b[softapBeacon:], c.BeaconInterval)
	return 1
}

// softapStationInfo makes the list in the blocks that the device took for it.
func softapStationInfo(g *guest, _ args) uint32 {
	var first uint32
	list := g.sdk.WifiSoftapGetStationInfo()
	for i := len(list) - 1; i >= 0; i-- {
		p := g.place(list[i].Block, stationInfoBytes)
		g.wifi.stations = append(g.wifi.stations, p)
		b := g.write(p, stationInfoBytes)
		clear(b)
		order.PutUint32(b, first)
		copy(b[stationInfoBSSID:], list[i].BSSID[:])
		putAddr(b[stationInfoIP:], list[i].IP)
		first = p
	}
	return first
}

// place returns where a block of the device's heap lies in guest memory, and opens it for the firmware.
func (g *guest) place(block, n uint32) uint32 {
	p := block - g.board.Heap.Base() + g.heapAt
	g.usable(p, n, true)
	return p
}

// wifiStationScan hands the callback a list in the heap that lives as long as the callback. There is no dummy at its head
// (sdk-surface.md, wifi_station_scan).
func wifiStationScan(g *guest, a args) uint32 {
	var cfg *wifi.ScanConfig
	if p := a.u32(0); p != 0 {
		cfg = g.getScan(p)
	}
	f := a.u32(1)
	return number(g.sdk.WifiStationScan(cfg, func(list []wifi.BssInfo, status wifi.Status) {
		if g.wifi.scanned != 0 {
			order.PutUint16(g.write(g.wifi.scanned, 2), uint16(len(list)))
		}
		if f == 0 {
			return
		}
		size := uint32(bssBytes)
		if g.image.SDK() >= sdk22 {
			size = bssBytesCrypt
		}
		var blocks []uint32
		for range list {
			p := g.malloc(size, "bss_info")
			if p == 0 {
				break
			}
			blocks = append(blocks, p)
		}
		first := uint32(0)
		for i := len(blocks) - 1; i >= 0; i-- {
			putBss(g.write(blocks[i], size), first, list[i])
			first = blocks[i]
		}
		g.callback(f, first, uint32(status))
		for _, p := range blocks {
			g.free(p)
		}
	}))
}

func (g *guest) getScan(p uint32) *wifi.ScanConfig {
	size := uint32(scanBytes)
	if g.image.SDK() >= sdk22 {
		size = scanBytesTimes
	}
	b := bytes.Clone(g.read(p, size))
	c := &wifi.ScanConfig{Channel: b[scanChannel], ShowHidden: b[scanHidden] != 0}
	if at := order.Uint32(b); at != 0 {
		c.SSID = string(g.text(at))
	}
	if at := order.Uint32(b[scanBSSID:]); at != 0 {
		c.BSSID = netstack.MAC(g.read(at, macaddrBytes))
	}
	if size > scanBytes {
		c.Passive = order.Uint32(b[scanType:]) != 0
		c.Max = order.Uint32(b[scanActiveMax:])
		if c.Passive {
			c.Max = order.Uint32(b[scanPassive:])
		}
	}
	return c
}

// putBss writes a struct bss_info. Choice: all access points speak b, g and n, and WPA2 means CCMP.
func putBss(b []byte, next uint32, i wifi.BssInfo) {
	clear(b)
	order.PutUint32(b, next)
	copy(b[bssBSSID:], i.BSSID[:])
	b[bssSSIDLen] = byte(copy(b[bssSSID:bssSSIDLen], i.SSID))
	b[bssChannel], b[bssRSSI], b[bssHidden] = i.Channel, byte(i.RSSI), byte(number(i.IsHidden))
	order.PutUint32(b[bssAuthMode:], uint32(i.AuthMode))
	if len(b) < bssBytesCrypt {
		return
	}
	pairwise, group := uint32(cipherNone), uint32(cipherNone)
	switch i.AuthMode {
	case wifi.AuthWEP:
		pairwise, group = cipherWEP40, cipherWEP40
	case wifi.AuthWPAPSK:
		pairwise, group = cipherTKIP, cipherTKIP
	case wifi.AuthWPA2PSK:
		pairwise, group = cipherCCMP, cipherCCMP
	case wifi.AuthWPAWPA2PSK:
		pairwise, group = cipherTKIPCCMP, cipherTKIP
	}
	order.PutUint32(b[bssPairwise:], pairwise)
	order.PutUint32(b[bssGroup:], group)
	order.PutUint32(b[bssPhy:], phyBGN)
}
