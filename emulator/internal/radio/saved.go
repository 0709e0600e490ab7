package radio

import (
	"slices"

	"github.com/emu8266/emu8266/emulator/internal/soc"
	"github.com/emu8266/emu8266/emulator/trace"
	"github.com/emu8266/emu8266/emulator/wifi"
	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/flash/image"
	"github.com/emu8266/emu8266/netstack"
)

// savedWiFi is what the SDK keeps in its system parameters, in the last three sectors of the flash: it outlives resets. Deviation:
// OpenAndWEPModeDisable and Channel of the station, and which remembered access point is the oldest, are kept beside the flash, as their
// place in it is not known.
type savedWiFi struct {
	opMode      uint8
	station     wifi.StationConfig
	autoConnect bool
	softap      wifi.SoftapConfig // no SSID: a new device's
	aps         apCache
}

// blankWiFi is what erased parameters mean: mode soft-AP (sdk-surface.md, wifi_get_opmode_default) with its default configuration, no
// access point, auto-connect on.
func blankWiFi() savedWiFi { return savedWiFi{opMode: wifi.SoftAPMode, autoConnect: true} }

// given is what the device's owner says was saved in an earlier life.
func given(cfg Config) savedWiFi {
	s := savedWiFi{opMode: wifi.StationMode, station: cfg.Station, autoConnect: !cfg.NoAutoConnect}
	if cfg.Station.SSID != "" {
		s.aps.remember(cfg.Station)
	}
	return s
}

func (s *savedWiFi) equal(o *savedWiFi) bool {
	return s.opMode == o.opMode && s.station == o.station && s.autoConnect == o.autoConnect && s.softap == o.softap &&
		s.aps.limit == o.aps.limit && s.aps.id == o.aps.id && s.aps.oldest == o.aps.oldest && slices.Equal(s.aps.list, o.aps.list)
}

// load reads what was saved, at boot. Choice: until the device saves something the owner's word counts, Config.Station above all; without
// that word, what the flash holds.
func (a *Air) load(m *soc.System) {
	p, _, err := image.LoadSystemParams(m.Flash(), m.GetFlashSizeMap())
	switch {
	case err != nil: // the flash is too small: nothing of it is kept there
	case p.HasWiFi() && (a.flash || !a.cfg.Saved):
		a.saved = fromParams(p, &a.saved)
		a.flash = true
		a.passwords.addSaved(&a.saved)
	case a.flash:
		a.saved = blankWiFi()
	default:
		a.saved = given(a.cfg)
	}
}

// save changes what is saved: the parameters are written, safe from power cuts, if that makes them others: two of the three sectors are
// erased (sdk-surface.md, Flash).
func (w *Radio) save(change func(s *savedWiFi)) {
	a := w.air
	s := a.saved
	s.aps.list = slices.Clone(s.aps.list)
	change(&s)
	if s.equal(&a.saved) {
		return
	}
	w.store(func(p *image.SystemParams) error { return s.put(p) })
	a.saved = s
	if a.saves++; a.saves == savesMany {
		w.m.Finding(espconn.RuleSettingsWear, "the Wi-Fi settings were changed and saved %d times since the device was made", a.saves)
	}
}

// savesMany changes of what is saved are more than a device's set-up takes: mode, soft-AP, auto-connect, a network or two. Choice: eight.
const savesMany = 8

// Restore sets the SDK's saved parameters back, as of the next boot, to those of a blank chip.
func (w *Radio) Restore() {
	w.store(func(p *image.SystemParams) error {
		p.Restore()
		return nil
	})
	w.air.saved = blankWiFi()
}

// store writes changed parameters.
func (w *Radio) store(change func(*image.SystemParams) error) {
	m := w.m
	p, _, err := image.LoadSystemParams(m.Flash(), m.GetFlashSizeMap())
	if err != nil {
		return // as in load
	}
	if err = change(p); err == nil {
		err = p.Save(m.Flash(), m.GetFlashSizeMap())
	}
	if err != nil {
		m.Note(trace.Event{Source: trace.SourceFlash, Kind: trace.KindError, Name: "system parameters", Text: err.Error()})
		return
	}
	w.air.flash = true
}

func savedStation(c wifi.StationConfig) image.SavedStation {
	return image.SavedStation{SSID: []byte(c.SSID), Password: []byte(c.Password), BSSIDSet: c.BSSIDSet, BSSID: c.BSSID}
}

// stationOf is what the flash says; what it does not hold comes from before, if that is the same network.
func stationOf(s image.SavedStation, before wifi.StationConfig) wifi.StationConfig {
	c := wifi.StationConfig{SSID: string(s.SSID), Password: string(s.Password), BSSIDSet: s.BSSIDSet, BSSID: netstack.MAC(s.BSSID)}
	if c.SSID == before.SSID && c.Password == before.Password {
		c.Threshold, c.AllChannelScan = before.Threshold, before.AllChannelScan
		c.OpenAndWEPModeDisable, c.Channel = before.OpenAndWEPModeDisable, before.Channel
		if !c.BSSIDSet {
			c.BSSID = before.BSSID
		}
	}
	return c
}

// put writes everything into the parameters.
func (s *savedWiFi) put(p *image.SystemParams) error {
	p.SetOpMode(s.opMode)
	p.SetAutoConnect(s.autoConnect)
	if err := p.SetStation(savedStation(s.station)); err != nil {
		return err
	}
	p.SetThreshold(s.station.Threshold.RSSI, s.station.Threshold.AuthMode, s.station.AllChannelScan)
	if c := s.softap; c.SSID != "" {
		if err := p.SetSoftap(image.SavedSoftap{SSID: []byte(c.SSID), Password: []byte(c.Password), Channel: c.Channel,
			AuthMode: c.AuthMode, Hidden: c.SSIDHidden, MaxConnection: c.MaxConnection, BeaconInterval: c.BeaconInterval}); err != nil {
			return err
		}
	}
	var list []image.SavedStation
	for _, c := range s.aps.list {
		list = append(list, savedStation(c))
	}
	return p.SetAPs(list, s.aps.limit, s.aps.id)
}

// fromParams reads everything from the parameters; before is what was known.
func fromParams(p *image.SystemParams, before *savedWiFi) savedWiFi {
	s := savedWiFi{opMode: p.OpMode(), autoConnect: p.AutoConnect(), aps: apCache{oldest: before.aps.oldest}}
	if c, ok := p.Station(); ok {
		s.station = stationOf(c, before.station)
		s.station.Threshold.RSSI, s.station.Threshold.AuthMode, s.station.AllChannelScan = p.Threshold()
	}
	if c, ok := p.Softap(); ok {
		s.softap = wifi.SoftapConfig{SSID: string(c.SSID), Password: string(c.Password), Channel: c.Channel, AuthMode: c.AuthMode,
			SSIDHidden: c.Hidden, MaxConnection: c.MaxConnection, BeaconInterval: c.BeaconInterval}
		if s.softap, _, ok = settled(s.softap, ""); !ok {
			s.softap = wifi.SoftapConfig{}
		}
	}
	list, number, index := p.APs()
	s.aps.limit, s.aps.id = number, index
	list = list[:min(len(list), s.aps.size())]
	for i, c := range list {
		var old wifi.StationConfig
		if i < len(before.aps.list) {
			old = before.aps.list[i]
		}
		s.aps.list = append(s.aps.list, stationOf(c, old))
	}
	return s
}
