package radio

import (
	"net/netip"
	"time"

	"github.com/emu8266/emu8266/emulator/internal/soc"
	"github.com/emu8266/emu8266/emulator/trace"
	"github.com/emu8266/emu8266/emulator/wifi"
	"github.com/emu8266/emu8266/netstack"
)

// Radio plays the closed part of the SDK: it joins the access point, brings the interface up, runs DHCP and tells the
// firmware. Inside user_init it only remembers wishes (sdk-surface.md, start order).
//
// It is wiped by a reset, and belongs to the device goroutine.
type Radio struct {
	m                 *soc.System
	air               *Air
	stack             *netstack.Stack // nil until somebody needs the Go stack
	sta               *netstack.Interface
	nic               NIC
	queue             queue
	opMode            uint8
	config            wifi.StationConfig
	started           bool // user_init has returned
	wanted            bool // connect was asked for
	status            uint8
	trying            trying
	joined            bool
	timer             soc.Timer
	event             func(wifi.SystemEvent)
	done              func() // system_init_done_cb
	gotIP             bool
	current           wifi.AccessPoint // the one joined
	stale             bool             // it has changed since
	host              string           // of wifi_station_set_hostname
	hostSet           bool
	noReconnect       bool
	dhcpOff, dhcpRuns bool
	dhcpTries         uint8
	static            netip.Prefix // the address without DHCP
	staticGW          netip.Addr
	off               bool // the radio is off until the next reset
	ap                *softAP
	mac               netstack.MAC           // the station's
	lastAuth          map[netstack.MAC]uint8 // of the access points joined since boot
	lastSSID          string                 // of the one joined last
	aps               apStore                // what the station remembers
	apTurn            uint8                  // whose turn it is to give its place in a full store
	scan              *scan                  // nil: none is under way
	set               settings
	led               statusLED
	sc                *smartconfig // nil: none is under way
	scType            wifi.ScType
	scTimeout         uint8 // seconds
}

// New makes the radio of a boot.
func New(m *soc.System, air *Air) *Radio {
	air.load(m)
	s := &air.saved
	w := &Radio{
		m: m, air: air, opMode: s.opMode, config: s.station, aps: s.aps, wanted: s.autoConnect, mac: m.Device().MAC(), off: m.RadioOff(),
		lastAuth: map[netstack.MAC]uint8{}, scTimeout: scTimeoutDefault, set: newSettings(),
	}
	w.nic.w = w
	w.queue.refuse = &air.refuse
	w.ap = newSoftAP(w)
	if fixed := air.cfg.Address; fixed.IsValid() {
		w.dhcpOff, w.static, w.staticGW = true, fixed, fixed.Masked().Addr().Next()
	}
	return w
}

// Start is called once, when user_init has returned.
func (w *Radio) Start() {
	w.started = true
	w.listStation()
	w.ap.start()
	switch {
	case w.opMode&wifi.StationMode == 0:
	case w.off:
		if w.m.RadioOff() { // not for a restart in user_init
			w.because(CauseRadioOff, trace.Event{})
		}
	case w.config.SSID == "" && w.ap.enabled(): // it may be all that is wanted
	case w.config.SSID == "":
		w.because(CauseNoSSID, trace.Event{})
	case !w.wanted:
		w.because(CauseNoConnect, trace.Event{Text: w.config.SSID})
	default:
		w.connect()
	}
	if w.done != nil {
		w.m.ArmTimer(&soc.Timer{}, 0, false, func() { w.m.Callback("the callback of system_init_done_cb", w.done) })
	}
}

func (w *Radio) connect() {
	w.wanted = true
	if !w.started || w.off {
		return
	}
	if w.joined {
		w.leave("wifi_station_connect")
		w.wanted = true
	}
	w.trying = trying{}
	w.begin()
	w.attempt(w.air.cfg.Association)
}

// attempt joins the AP after d.
func (w *Radio) attempt(d time.Duration) {
	if d <= 0 {
		d = soc.TimerMin
	}
	w.m.ArmTimer(&w.timer, d, false, w.associate)
}

func (w *Radio) associate() {
	w.trying.another(w.m.Now())
	ap, found, unfit := w.find()
	if !found {
		w.noAP(unfit)
		return
	}
	w.seen()
	if ap.Password != "" && w.config.Password != ap.Password {
		w.wrongKey(ap)
		return
	}
	w.joined, w.current = true, ap
	w.trying = trying{}
	w.ap.retune()
	old, known := w.lastAuth[ap.BSSID]
	w.lastAuth[ap.BSSID] = ap.AuthMode
	if known && old != ap.AuthMode {
		w.emit(wifi.SystemEvent{Event: wifi.EventStamodeAuthmodeChange, OldMode: old, OpMode: ap.AuthMode})
	}
	w.lastSSID = ap.SSID
	w.emit(wifi.SystemEvent{Event: wifi.EventStamodeConnected, SSID: ap.SSID, BSSID: ap.BSSID, Channel: ap.Channel})
	if w.joined { // the handler may have left again
		w.linkUp()
	}
}

// addressed is called when the station has got an address, or lost it to the DHCP server.
func (w *Radio) addressed(bound bool) {
	if !bound {
		w.gotIP = false
		w.setStatus(wifi.StationConnecting)
		return
	}
	w.gotIP = true
	w.setStatus(wifi.StationGotIP)
	i := w.ipInfo()
	w.emit(wifi.SystemEvent{Event: wifi.EventStamodeGotIP, IP: i.IP, Mask: i.Netmask, GW: i.GW})
}

// leave ends the association, or the attempts, for a call of the firmware. Connections over the interface are aborted, because its
// address goes away (lwip.md 7.5).
func (w *Radio) leave(call string) {
	w.m.DisarmTimer(&w.timer)
	w.wanted = false
	was := w.joined
	if was {
		w.because(CauseLeft, trace.Event{Text: call, Value: int64(wifi.ReasonAssocLeave)})
	}
	w.joined, w.gotIP, w.stale = false, false, false
	w.ap.retune()
	w.endDHCP()
	w.dropAddress()
	if was {
		w.nic.linked(false)
	}
	w.setStatus(wifi.StationIdle)
	if was {
		ap := w.current
		w.emit(wifi.SystemEvent{Event: wifi.EventStamodeDisconnected, SSID: ap.SSID, BSSID: ap.BSSID, Reason: wifi.ReasonAssocLeave})
	}
}

func (w *Radio) setStatus(s uint8) {
	if w.status == s {
		return
	}
	w.status = s
	w.m.Note(trace.Event{Source: trace.SourceWiFi, Kind: trace.KindStatus, Value: int64(s)})
}

// emit tells the firmware of an event. The SDK posts it to a task of its own, which calls the handler: no handler runs inside another
// callback, and with 32 events that wait the next one is lost (lx106.md 11). Deviation: it takes no block of the heap until then.
func (w *Radio) emit(e wifi.SystemEvent) {
	w.m.Note(wifiEvent(e))
	if w.event == nil {
		return
	}
	w.m.Post(soc.PrioWiFi, func() {
		if w.event != nil {
			w.m.Callback("the Wi-Fi event handler", func() { w.event(e) })
		}
	})
}

// address is the station's, by whichever stack the firmware has.
func (w *Radio) address() netip.Prefix {
	if w.nic.taken && w.nic.info.IP.IsValid() {
		bits, _ := prefixLength(w.nic.info.Netmask)
		return netip.PrefixFrom(w.nic.info.IP, bits)
	}
	if w.sta == nil || !w.sta.Up() || w.sta.Addr().IsValid() && w.sta.Addr().Addr().IsUnspecified() {
		return netip.Prefix{}
	}
	return w.sta.Addr()
}

func (w *Radio) ipInfo() wifi.IPInfo {
	zero := netip.IPv4Unspecified()
	if w.nic.taken && w.nic.info.IP.IsValid() {
		return w.nic.info
	}
	p, gw := w.address(), w.gateway()
	switch up := w.sta != nil && w.sta.Up(); {
	case up:
		p = w.sta.Addr() // of 0.0.0.0, too
	case w.dhcpOff:
		p, gw = w.static, w.staticGW
	}
	if !p.IsValid() {
		return wifi.IPInfo{IP: zero, Netmask: zero, GW: zero}
	}
	info := wifi.IPInfo{IP: p.Addr(), Netmask: mask(p.Bits()), GW: gw}
	if !info.GW.IsValid() {
		info.GW = zero
	}
	return info
}

func (w *Radio) gateway() netip.Addr {
	if w.sta == nil {
		return netip.Addr{}
	}
	return w.sta.Gateway()
}

// hostname is the name set, or the SDK's default: ESP_ and the last three bytes of the MAC (sdk-surface.md, wifi_station_set_hostname).
func (w *Radio) hostname() string {
	if w.hostSet {
		return w.host
	}
	return w.defaultName()
}

// defaultName is ESP_, or ESP- by some profiles, and the end of the device's MAC.
func (w *Radio) defaultName() string {
	const hex = "0123456789ABCDEF"
	name := []byte("ESP_")
	if w.air.cfg.NameDash {
		name[3] = '-'
	}
	mac := w.m.Device().MAC()
	for _, b := range mac[3:] {
		name = append(name, hex[b>>4], hex[b&15])
	}
	return string(name)
}

func mask(bits int) netip.Addr {
	m := ^uint32(0) << (32 - bits)
	return netip.AddrFrom4([4]byte{byte(m >> 24), byte(m >> 16), byte(m >> 8), byte(m)})
}

// setConfig is wifi_station_set_config: the SSID and password are what counts from the next connect on.
func (w *Radio) setConfig(c wifi.StationConfig, save bool) bool {
	function := current("wifi_station_set_config", save)
	switch {
	case w.opMode&wifi.StationMode == 0:
		return w.noStation(function)
	case len(c.SSID) > 32:
		return w.m.WrongLength(function, "the SSID", len(c.SSID), 0, 32)
	case len(c.Password) > 64:
		return w.m.WrongLength(function, "the password", len(c.Password), 0, 64)
	}
	w.air.passwords.add(c.Password)
	if save {
		if s := w.air.saved; s.aps.remember(c, &s.station, &w.apTurn, w.air.cfg.SavesAgain) {
			w.keep(s)
		}
	}
	w.aps.remember(c, &w.config, &w.apTurn, w.air.cfg.SavesAgain)
	if !w.started {
		w.wanted = true // inside user_init no wifi_station_connect is needed (sdk-surface.md)
	}
	return true
}

func (w *Radio) setOpMode(mode uint8, save bool) bool {
	if mode > wifi.StationAPMode {
		return w.m.OutOfRange(current("wifi_set_opmode", save), "the mode", int(mode), int(wifi.NullMode), int(wifi.StationAPMode))
	}
	old := w.opMode
	w.opMode = mode
	if save {
		w.save(func(s *savedWiFi) { s.opMode = mode })
	}
	if old == mode || !w.started {
		return true
	}
	if mode&wifi.StationMode == 0 {
		w.leave("wifi_set_opmode")
	}
	w.listStation()
	if mode&wifi.SoftAPMode == 0 {
		w.ap.stop()
	}
	w.ap.start()
	w.emit(wifi.SystemEvent{Event: wifi.EventOpmodeChanged, OldMode: old, OpMode: mode})
	if old&wifi.StationMode == 0 && mode&wifi.StationMode != 0 && w.air.saved.autoConnect {
		w.connect()
	}
	return true
}

// InitDoneCb sets what runs once, after user_init has returned and Wi-Fi was started.
func (w *Radio) InitDoneCb(cb func()) { w.done = cb }

// offCause is why the radio is off.
func (w *Radio) offCause() CauseID {
	if w.m.RadioOff() {
		return CauseRadioOff
	}
	return CauseRadioStopped
}

// Stop switches the radio off until the reset.
func (w *Radio) Stop() {
	w.off = true
	w.leave("the end of the firmware")
	w.ap.stop()
}

// Status returns the station's state, wifi.StationIdle to StationGotIP.
func (w *Radio) Status() uint8 { return w.status }

// Address returns the station's address with its mask; the zero Prefix without one.
func (w *Radio) Address() netip.Prefix { return w.address() }

// SoftAPAddress returns the soft-AP's address with its mask; the zero Prefix for a mode without soft-AP.
func (w *Radio) SoftAPAddress() netip.Prefix { return w.ap.address() }

// BroadcastIfs returns the interfaces through which a broadcast of espconn leaves one after the other, nil for the default one
// alone (espconn.md 5.8).
func (w *Radio) BroadcastIfs() []*netstack.Interface { return w.broadcastIfs() }
