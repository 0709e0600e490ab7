package radio

import (
	"github.com/emu8266/emu8266/emulator/internal/soc"
	"github.com/emu8266/emu8266/emulator/trace"
	"github.com/emu8266/emu8266/emulator/wifi"
	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/flash/image"
	"github.com/emu8266/emu8266/netstack"
)

// savedWiFi is what the SDK keeps in its system parameters, in the last three sectors of the flash: it outlives resets. Deviation: the
// station's Channel is kept beside the flash; the SDK has the one that it joined last there.
type savedWiFi struct {
	opMode      uint8
	station     wifi.StationConfig
	autoConnect bool
	softap      wifi.SoftapConfig // no SSID: a new device's
	aps         apStore
}

// blankWiFi is what erased parameters mean: mode soft-AP (sdk-surface.md, wifi_get_opmode_default) with its default configuration, no
// access point, auto-connect on.
func blankWiFi() savedWiFi {
	return savedWiFi{opMode: wifi.SoftAPMode, autoConnect: true, aps: newAPStore()}
}

// given is what the device's owner says was saved in an earlier life.
func given(cfg Config) savedWiFi {
	s := savedWiFi{opMode: wifi.StationMode, station: cfg.Station, autoConnect: !cfg.NoAutoConnect, aps: newAPStore()}
	if cfg.Station.SSID != "" {
		s.aps.put(cfg.Station, 0)
	}
	return s
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
	s := w.air.saved
	if change(&s); s != w.air.saved {
		w.keep(s)
	}
}

// keep makes s what is saved.
func (w *Radio) keep(s savedWiFi) {
	a := w.air
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
	write := p.Save
	if w.air.cfg.SavesAgain {
		write = p.SaveAgain
	}
	if err = change(p); err == nil {
		err = write(m.Flash(), m.GetFlashSizeMap())
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
		c.Channel = before.Channel
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
	p.SetThreshold(threshold(s.station))
	if c := s.softap; c.SSID != "" {
		if err := p.SetSoftap(image.SavedSoftap{SSID: []byte(c.SSID), Password: []byte(c.Password), Channel: c.Channel,
			AuthMode: c.AuthMode, Hidden: c.SSIDHidden, MaxConnection: c.MaxConnection, BeaconInterval: c.BeaconInterval}); err != nil {
			return err
		}
	}
	var list []image.SavedStation
	for _, n := range s.aps.list {
		var saved image.SavedStation
		if n.taken {
			saved = image.SavedStation{SSID: []byte(n.ssid), Password: []byte(n.password), BSSIDSet: n.bssidSet, BSSID: n.bssid}
		}
		list = append(list, saved)
	}
	return p.SetAPs(list, s.aps.limit, s.aps.id)
}

// fromParams reads everything from the parameters; before is what was known.
func fromParams(p *image.SystemParams, before *savedWiFi) savedWiFi {
	s := savedWiFi{opMode: p.OpMode(), autoConnect: p.AutoConnect(), aps: newAPStore()}
	if c, ok := p.Station(); ok {
		s.station = stationOf(c, before.station)
		t := p.Threshold()
		s.station.Threshold = wifi.Threshold{RSSI: t.RSSI, AuthMode: t.AuthMode}
		if t.RSSI == image.AnyStrength {
			s.station.Threshold.RSSI = 0
		}
		s.station.OpenAndWEPModeDisable, s.station.AllChannelScan = t.NoOpen, t.AllChannels
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
	for i, c := range list {
		if c.SSID != nil {
			s.aps.list[i] = network{true, string(c.SSID), string(c.Password), c.BSSIDSet, c.BSSID}
		}
	}
	return s
}
