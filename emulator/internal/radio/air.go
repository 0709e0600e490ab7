package radio

import (
	"net/netip"
	"time"

	"github.com/emu8266/emu8266/emulator/internal/soc"
	"github.com/emu8266/emu8266/emulator/wifi"
	"github.com/emu8266/emu8266/netstack/vnet"
)

// Config is what the radio needs to know; emulator.Config explains the fields.
type Config struct {
	Network       *vnet.Network
	Address       netip.Prefix // invalid: DHCP
	AccessPoint   wifi.AccessPoint
	Neighbors     []wifi.AccessPoint
	AnyAP         bool               // whatever the station looks for is in range
	Station       wifi.StationConfig // saved in an earlier life
	NoAutoConnect bool
	Saved         bool // Station and NoAutoConnect are said, so they stand for what the flash holds
	Association   time.Duration
	NameDash      bool // names made of the MAC begin with ESP-, not with ESP_
	SavesAgain    bool // espconn.Profile

	TCPWithoutDF, ListenerResetsAhead             bool // netstack.Profile
	SNTPNamesOnly, SNTPLateLookup, SNTPEmptyNames bool // netstack.Profile
	FrameCrashes                                  bool // espconn.Profile
}

// Air is what outlives a reset: the access points and the phone around the device, and what the SDK has saved in its system
// parameters. It belongs to the device goroutine.
type Air struct {
	cfg    Config
	saved  savedWiFi
	flash  bool       // the flash, not cfg, says what was saved
	saves  int        // changes that were saved, over all boots
	apGone bool       // the access point is out of range
	phone  wifi.Phone // of SmartConfig
	refuse int        // RefuseFrames

	passwords passwords
}

// NewAir makes the surroundings of a new device.
func NewAir(cfg Config) *Air {
	a := &Air{cfg: cfg, saved: given(cfg)}
	a.passwords.add(cfg.AccessPoint.Password)
	for _, ap := range cfg.Neighbors {
		a.passwords.add(ap.Password)
	}
	a.passwords.addSaved(&a.saved)
	return a
}

// The methods that follow change the air. w is the radio that hears it, nil if no firmware runs.

// SetAccessPointInRange takes the access point out of the station's range, or brings it back.
func (a *Air) SetAccessPointInRange(w *Radio, in bool) {
	a.apGone = !in
	if w != nil {
		w.apChanged()
	}
}

// SetAccessPoint replaces the access point in range, or its settings.
func (a *Air) SetAccessPoint(w *Radio, ap wifi.AccessPoint) {
	old := a.cfg.AccessPoint
	a.passwords.add(ap.Password)
	changed := old
	changed.RSSI = ap.RSSI
	a.cfg.AccessPoint = ap
	if w != nil && changed != ap {
		w.stale = w.joined && w.current.BSSID == old.BSSID
		w.apChanged()
	}
}

// SetLink takes the access point out of range, which the station notices at once, or brings it back.
func (a *Air) SetLink(w *Radio, up bool) {
	a.apGone = !up
	switch {
	case w == nil:
	case up:
		w.apChanged()
	default:
		w.m.Guard(w.lose)
	}
}

// RefuseFrames lets the radio refuse the next n frames.
func (a *Air) RefuseFrames(n int) { a.refuse = n }

// SetPhone lets a phone tell an access point; the zero Phone ends that.
func (a *Air) SetPhone(w *Radio, p wifi.Phone) {
	a.phone = p
	if w != nil {
		w.hear()
	}
}

var _ soc.Network = (*Radio)(nil)
