package radio

import (
	"slices"

	"github.com/emu8266/emu8266/emulator/wifi"
)

// apCache are the access points that the station remembers, in flash. Choice: a configuration that is saved takes the
// place of the one with its SSID, else a free one, else the oldest's; the part of the SDK that decides is closed.
type apCache struct {
	limit  uint8 // of list; 0: 1
	list   []wifi.StationConfig
	id     uint8 // in use
	oldest uint8
}

func (c *apCache) size() int { return max(int(c.limit), 1) }

func (c *apCache) remember(s wifi.StationConfig) {
	at := slices.IndexFunc(c.list, func(o wifi.StationConfig) bool { return o.SSID == s.SSID })
	switch {
	case at >= 0:
	case len(c.list) < c.size():
		at = len(c.list)
		c.list = append(c.list, s)
	default:
		at = int(c.oldest) % len(c.list)
		c.oldest = uint8((at + 1) % len(c.list))
	}
	c.list[at] = s
	c.id = uint8(at)
}

// StationApNumberSet says how many access points the station remembers, 1 to 5, 1 on a new device; false for others.
func (w *Radio) StationApNumberSet(number uint8) bool {
	if number < 1 || number > apNumberMax {
		return w.m.OutOfRange("wifi_station_ap_number_set", "the number", int(number), 1, apNumberMax)
	}
	w.save(func(s *savedWiFi) {
		c := &s.aps
		c.limit, c.oldest = number, 0
		c.list = c.list[:min(len(c.list), int(number))]
		if int(c.id) >= len(c.list) {
			c.id = 0
		}
	})
	return true
}

// StationGetCurrentApID returns the number of the remembered access point in use, 0 to 4.
func (w *Radio) StationGetCurrentApID() uint8 { return w.air.saved.aps.id }

// StationGetApInfo returns the remembered access points, at most 5.
func (w *Radio) StationGetApInfo() []wifi.StationConfig {
	return slices.Clone(w.air.saved.aps.list)
}

// StationApChange makes the station use a remembered access point: it leaves the present one and joins that.
func (w *Radio) StationApChange(id uint8) bool {
	c := &w.air.saved.aps
	switch {
	case w.opMode&wifi.StationMode == 0:
		return w.noStation("wifi_station_ap_change")
	case int(id) >= len(c.list):
		return w.m.OutOfRange("wifi_station_ap_change", "the number", int(id), 0, len(c.list)-1)
	}
	w.config = c.list[id]
	w.save(func(s *savedWiFi) { s.aps.id, s.station = id, w.config })
	if w.started {
		w.connect()
	} else {
		w.wanted = true
	}
	return true
}
