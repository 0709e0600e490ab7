package radio

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"slices"
	"time"

	"github.com/emu8266/emu8266/emulator/internal/soc"
	"github.com/emu8266/emu8266/emulator/trace"
	"github.com/emu8266/emu8266/emulator/wifi"
	"github.com/emu8266/emu8266/netstack"
)

// scanChannel is the time that a scan stays on a channel, without times of the caller's own. Choice: 160 ms, so that
// all 13 take 2.1 s (sdk-surface.md, wifi_station_scan: 1.5 to 2.5 s).
const (
	scanChannel    = 160 * time.Millisecond
	scanChannelMax = 1500 * time.Millisecond // Choice: above it the SDK's header warns of losing the connection
)

// scan is a scan under way.
type scan struct {
	cfg   wifi.ScanConfig
	timer soc.Timer
}

// find returns the access point that the station joins: of those in range with its SSID the strongest. unfit is why the configuration
// excludes one with its SSID.
func (w *Radio) find() (best wifi.AccessPoint, found bool, unfit string) {
	c := w.config
	for _, ap := range w.inRangeOf(c.SSID) {
		switch {
		case ap.SSID != c.SSID:
		case c.BSSIDSet && ap.BSSID != c.BSSID:
			unfit = fmt.Sprintf("its BSSID is %v, the configuration wants %v", ap.BSSID, c.BSSID)
		case c.OpenAndWEPModeDisable && ap.AuthMode <= wifi.AuthWEP:
			unfit = "it is open or has WEP, which open_and_wep_mode_disable excludes"
		case c.Threshold.RSSI != 0 && ap.RSSI < c.Threshold.RSSI:
			unfit = fmt.Sprintf("it is heard with %d dBm, threshold.rssi is %d", ap.RSSI, c.Threshold.RSSI)
		case ap.AuthMode < c.Threshold.AuthMode:
			unfit = fmt.Sprintf("its authentication mode is %d, threshold.authmode is %d", ap.AuthMode, c.Threshold.AuthMode)
		case !found || ap.RSSI > best.RSSI:
			best, found = ap, true
		}
	}
	return best, found, unfit
}

// inRange returns the access points that the station could join.
func (w *Radio) inRange() []wifi.AccessPoint {
	cfg := &w.air.cfg
	if w.air.apGone {
		return cfg.Neighbors
	}
	return append([]wifi.AccessPoint{cfg.AccessPoint}, cfg.Neighbors...)
}

// inRangeOf is inRange for a station that looks for an SSID: with Config.AnyAccessPoint there is one with it. It takes what the station's
// configuration has: its password, its BSSID, its threshold.
func (w *Radio) inRangeOf(ssid string) []wifi.AccessPoint {
	all := w.inRange()
	taken := func(ap wifi.AccessPoint) bool { return ap.SSID == ssid }
	if !w.air.cfg.AnyAP || ssid == "" || len(ssid) > 32 || slices.ContainsFunc(all, taken) {
		return all
	}
	number := fnv.New32a()
	_, _ = number.Write([]byte(ssid)) // never fails
	sum := number.Sum32()
	ap := wifi.AccessPoint{SSID: ssid, BSSID: netstack.MAC{2, 0, 10, 1, byte(sum >> 8), byte(sum)}, Channel: 1 + uint8(sum%11),
		RSSI: wifi.RSSIDefault, AuthMode: wifi.AuthWPA2PSK, KeyReason: wifi.ReasonAuthExpire}
	if c := w.config; c.SSID == ssid {
		ap.Password = c.Password
		if c.BSSIDSet {
			ap.BSSID = c.BSSID
		}
		if c.Password == "" && c.Threshold.AuthMode <= wifi.AuthWEP && !c.OpenAndWEPModeDisable {
			ap.AuthMode = wifi.AuthOpen
		}
		ap.AuthMode = max(ap.AuthMode, c.Threshold.AuthMode)
		if c.Threshold.RSSI != 0 {
			ap.RSSI = max(ap.RSSI, c.Threshold.RSSI)
		}
	}
	return append(all[:len(all):len(all)], ap)
}

// StationScan looks for access points: Config.AccessPoint and Config.Neighbors, and the soft-APs of the other devices
// on the network. cb gets what was found, by channel and then by strength, about two seconds later; a hidden one only
// with ShowHidden, or if SSID names it. nil scans for all.
func (w *Radio) StationScan(cfg *wifi.ScanConfig, cb func([]wifi.BssInfo, wifi.Status)) bool {
	const function = "wifi_station_scan"
	switch {
	case w.opMode&wifi.StationMode == 0:
		return w.noStation(function)
	case !w.started:
		return w.m.Refused(function, "false", soc.CauseTooEarly, trace.Event{})
	case w.off:
		return w.m.Refused(function, "false", w.offCause(), trace.Event{})
	case w.scan != nil:
		return w.m.Refused(function, "false", soc.CauseBusy, trace.Event{Text: "a scan"})
	}
	w.scan = &scan{}
	if cfg != nil {
		w.scan.cfg = *cfg
	}
	each := scanChannel
	if ms := w.scan.cfg.Max; ms != 0 {
		each = min(time.Duration(ms)*time.Millisecond, scanChannelMax)
	}
	channels := time.Duration(channelMax)
	if w.scan.cfg.Channel != 0 {
		channels = 1
	}
	w.m.ArmTimer(&w.scan.timer, each*channels, false, func() {
		list, status := w.scanned(w.scan.cfg), wifi.StatusOK
		w.scan = nil
		if w.opMode&wifi.StationMode == 0 || w.off {
			list, status = nil, wifi.StatusFail
		}
		if cb != nil {
			w.m.Callback("the callback of wifi_station_scan", func() { cb(list, status) })
		}
	})
	return true
}

// scanned is what a scan finds now.
func (w *Radio) scanned(c wifi.ScanConfig) []wifi.BssInfo {
	var all []wifi.BssInfo
	for _, ap := range w.inRangeOf(cmp.Or(c.SSID, w.config.SSID)) {
		all = append(all, wifi.BssInfo{BSSID: ap.BSSID, SSID: ap.SSID, Channel: ap.Channel, RSSI: ap.RSSI, AuthMode: ap.AuthMode,
			IsHidden: ap.Hidden})
	}
	me := w.mac
	if c.Passive {
		me = netstack.MAC{} // nobody hears it
	}
	for _, cell := range w.air.cfg.Network.Cells(me) {
		if cell.BSSID != w.ap.mac {
			all = append(all, wifi.BssInfo{
				BSSID: cell.BSSID, SSID: cell.SSID, Channel: cell.Channel, RSSI: wifi.RSSIDefault, AuthMode: cell.Auth,
				IsHidden: cell.Hidden,
			})
		}
	}
	all = slices.DeleteFunc(all, func(b wifi.BssInfo) bool {
		return c.SSID != "" && b.SSID != c.SSID || c.BSSID != (netstack.MAC{}) && b.BSSID != c.BSSID ||
			c.Channel != 0 && b.Channel != c.Channel || b.IsHidden && !c.ShowHidden && c.SSID == ""
	})
	for i := range all {
		if all[i].IsHidden && c.SSID == "" {
			all[i].SSID = ""
		}
	}
	slices.SortStableFunc(all, func(a, b wifi.BssInfo) int {
		return cmp.Or(cmp.Compare(a.Channel, b.Channel), cmp.Compare(b.RSSI, a.RSSI))
	})
	return all
}
