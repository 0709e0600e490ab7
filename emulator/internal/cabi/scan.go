package cabi

import (
	"bytes"

	"github.com/emu8266/emu8266/emulator/wifi"
	"github.com/emu8266/emu8266/netstack"
)

// scanFunctions are those of a scan for access points.
var scanFunctions = map[string]Function{
	"wifi_station_scan": {"pf", wifiStationScan},
	"esp_scan_count": {"p", func(s *SDK, a *Args) uint32 { // rt/scan.c
		s.write(a.u32(0), 2)
		s.wifi.scanned = a.u32(0)
		return 0
	}},
}

// wifiStationScan hands the callback a list in the heap that lives as long as the callback. There is no dummy at its head
// (sdk-surface.md, wifi_station_scan).
func wifiStationScan(s *SDK, a *Args) uint32 {
	var cfg *wifi.ScanConfig
	if p := a.u32(0); p != 0 {
		cfg = s.getScan(p)
	}
	f := a.u32(1)
	return number(s.sdk.WifiStationScan(cfg, func(list []wifi.BssInfo, status wifi.Status) {
		count := s.wifi.scanned
		if count == 0 {
			count, _ = s.guest.Symbol("scannum")
		}
		if count != 0 {
			order.PutUint16(s.write(count, 2), uint16(len(list)))
		}
		if f == 0 {
			return
		}
		size := uint32(bssBytes)
		if s.program.SDK >= SDK22 {
			size = bssBytesCrypt
		}
		var blocks []uint32
		for range list {
			p := s.malloc(size, "bss_info")
			if p == 0 {
				break
			}
			blocks = append(blocks, p)
		}
		first := uint32(0)
		for i := len(blocks) - 1; i >= 0; i-- {
			putBss(s.write(blocks[i], size), first, list[i])
			first = blocks[i]
		}
		s.callback(f, first, uint32(status))
		for _, p := range blocks {
			s.free(p, bySDK)
		}
	}))
}

func (s *SDK) getScan(p uint32) *wifi.ScanConfig {
	size := uint32(scanBytes)
	if s.program.SDK >= SDK22 {
		size = scanBytesTimes
	}
	b := bytes.Clone(s.read(p, size))
	c := &wifi.ScanConfig{Channel: b[scanChannel], ShowHidden: b[scanHidden] != 0}
	if at := order.Uint32(b); at != 0 {
		c.SSID = string(s.text(at))
	}
	if at := order.Uint32(b[scanBSSID:]); at != 0 {
		c.BSSID = netstack.MAC(s.read(at, macaddrBytes))
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
