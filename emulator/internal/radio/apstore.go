package radio

import (
	"github.com/emu8266/emu8266/emulator/wifi"
	"github.com/emu8266/emu8266/flash/image"
	"github.com/emu8266/emu8266/netstack"
)

// apStore are the access points that the station remembers. There are two of them: one in the flash, which
// wifi_station_set_config changes and a boot reads, and one in memory, which counts and which wifi_station_set_config_current changes
// too (sdk-surface.md, Remembered access points).
type apStore struct {
	limit uint8                // how many of list it fills; 0: never set, 1
	list  [apNumberMax]network // the places
	id    uint8                // the place in use
}

// network is a place of an apStore.
type network struct {
	taken          bool
	ssid, password string
	bssidSet       bool
	bssid          netstack.MAC // what was set last, also when it does not count
}

// newAPStore is that of erased flash.
func newAPStore() (s apStore) {
	for i := range s.list {
		s.list[i].bssid = netstack.MAC{0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF}
	}
	return s
}

func (s *apStore) size() uint8 { return max(s.limit, 1) }

// remember puts a network into the store and makes it the station's: into its own place, else a free one, else the one whose turn it
// is. Both stores take turns together. False if it is in use already. again is Config.SavesAgain.
func (s *apStore) remember(c wifi.StationConfig, station *wifi.StationConfig, turn *uint8, again bool) bool {
	for i := range s.size() {
		if s.list[i].is(c) && meets(c, *station, again) {
			if s.id == i {
				return false
			}
			s.take(c, station, i)
			return true
		}
	}
	for i := range s.size() {
		if !s.list[i].taken {
			s.take(c, station, i)
			return true
		}
	}
	if *turn == s.size() { // not above it: the other store may have more places
		*turn = 0
	}
	s.take(c, station, *turn)
	*turn++
	return true
}

func (s *apStore) take(c wifi.StationConfig, station *wifi.StationConfig, at uint8) {
	s.put(c, at)
	*station = c
}

// put puts a network into a place. Deviation: the chip writes behind the last place where number and turn lead there.
func (s *apStore) put(c wifi.StationConfig, at uint8) {
	if s.id = at; at >= apNumberMax {
		return
	}
	n := &s.list[at]
	n.taken, n.ssid, n.password, n.bssidSet = true, c.SSID, c.Password, c.BSSIDSet
	if c.BSSIDSet {
		n.bssid = c.BSSID
	}
}

// is reports whether a place holds a network.
func (n *network) is(c wifi.StationConfig) bool {
	return n.taken && n.ssid == c.SSID && n.password == c.Password && (!c.BSSIDSet || n.bssid == c.BSSID) && (c.BSSIDSet || !n.bssidSet)
}

// meets reports whether a configuration wants of an access point what the station's wants. A least strength from 0 up, which is kept as
// none, is not compared, or is never equal (again).
func meets(c, station wifi.StationConfig, again bool) bool {
	kept := threshold(station)
	return (c.Threshold.RSSI == kept.RSSI || c.Threshold.RSSI >= 0 && !again) && c.Threshold.AuthMode == kept.AuthMode &&
		c.OpenAndWEPModeDisable == kept.NoOpen && c.AllChannelScan == kept.AllChannels
}

// threshold is what the SDK keeps of a configuration's wishes.
func threshold(c wifi.StationConfig) image.SavedThreshold {
	t := image.SavedThreshold{RSSI: c.Threshold.RSSI, AuthMode: c.Threshold.AuthMode, NoOpen: c.OpenAndWEPModeDisable,
		AllChannels: c.AllChannelScan}
	if t.RSSI >= 0 {
		t.RSSI = image.AnyStrength
	}
	if t.AuthMode > wifi.AuthWPA2PSK {
		t.AuthMode = wifi.AuthOpen
	}
	return t
}

// StationApNumberSet saves how many access points the station remembers, 1 to 5, 1 on a new device; false for others, and in a mode
// without station. It counts from the next boot on.
func (w *Radio) StationApNumberSet(number uint8) bool {
	const function = "wifi_station_ap_number_set"
	switch {
	case number < 1 || number > apNumberMax:
		return w.m.OutOfRange(function, "the number", int(number), 1, apNumberMax)
	case w.opMode&wifi.StationMode == 0:
		return w.noStation(function)
	}
	w.save(func(s *savedWiFi) { s.aps.limit = number })
	return true
}

// StationGetCurrentApID returns the place of the remembered access point in use, 0 to 4.
func (w *Radio) StationGetCurrentApID() uint8 { return w.aps.id }

// StationGetApInfo returns the remembered access points, at most 5: name, password and BSSID.
func (w *Radio) StationGetApInfo() (list []wifi.StationConfig) {
	for _, n := range w.aps.list[:w.aps.size()] {
		if n.taken {
			list = append(list, wifi.StationConfig{SSID: n.ssid, Password: n.password, BSSIDSet: n.bssidSet, BSSID: n.bssid})
		}
	}
	return list
}

// StationApChange makes the station use a remembered access point: it leaves the present one and joins that, unless it is the present
// one. Nothing is saved.
func (w *Radio) StationApChange(id uint8) bool {
	const function = "wifi_station_ap_change"
	switch s := &w.aps; {
	case w.opMode&wifi.StationMode == 0:
		return w.noStation(function)
	case id >= s.size() || !s.list[id].taken:
		return w.m.OutOfRange(function, "the number", int(id), 0, int(s.size())-1)
	case id == s.id:
		return true
	}
	n := w.aps.list[id]
	w.aps.id = id
	w.config.SSID, w.config.Password, w.config.BSSIDSet, w.config.BSSID = n.ssid, n.password, n.bssidSet, n.bssid
	if w.started {
		w.connect()
	} else {
		w.wanted = true
	}
	return true
}
