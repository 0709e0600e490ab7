package emulator

import (
	"net/netip"
	"time"

	"github.com/emu8266/emu8266/emulator/cause"
	"github.com/emu8266/emu8266/emulator/trace"
	"github.com/emu8266/emu8266/emulator/wifi"
	"github.com/emu8266/emu8266/netstack"
)

// stationRetry is the time between two attempts of the station's own reconnecting. Choice: 2.5 s; devices retry every
// 2 to 3 s (sdk-surface.md, Wifi events).
const stationRetry = 2500 * time.Millisecond

// savedWiFi is what the SDK keeps in its system parameters: it outlives resets.
type savedWiFi struct {
	opMode      uint8
	station     wifi.StationConfig
	autoConnect bool
	softap      wifi.SoftapConfig // no SSID: a new device's
	aps         apCache
}

// wifi plays the closed part of the SDK: it joins the access point, brings the interface up, runs DHCP and tells the
// firmware. Inside user_init it only remembers wishes (sdk-surface.md, start order).
type radioWiFi struct {
	m                 *machine
	opMode            uint8
	config            wifi.StationConfig
	started           bool // user_init has returned
	wanted            bool // connect was asked for
	status            uint8
	joined            bool
	everJoined        bool // since the boot
	timer             OsTimer
	event             func(wifi.SystemEvent)
	done              func() // system_init_done_cb
	gotIP             bool
	current           wifi.AccessPoint // the one joined
	stale             bool             // it has changed since
	host              string           // of wifi_station_set_hostname
	noReconnect       bool
	dhcpOff, dhcpRuns bool
	dhcpTries         uint8
	static            netip.Prefix // the address without DHCP
	staticGW          netip.Addr
	off               bool // the radio is off until the next reset
	ap                *softAP
	mac               netstack.MAC           // the station's
	lastAuth          map[netstack.MAC]uint8 // of the access points joined since boot
	scan              *scan                  // nil: none is under way
	radio             radio
	sc                *smartconfig // nil: none is under way
	scType            wifi.ScType
	scTimeout         uint8 // seconds
}

func newWiFi(m *machine) *radioWiFi {
	s := &m.d.saved
	w := &radioWiFi{m: m, opMode: s.opMode, config: s.station, wanted: s.autoConnect, mac: m.d.cfg.MAC, lastAuth: map[netstack.MAC]uint8{}, scTimeout: scTimeoutDefault}
	w.ap = newSoftAP(w)
	w.radio = newRadio()
	if fixed := m.d.cfg.Address; fixed.IsValid() {
		w.dhcpOff, w.static, w.staticGW = true, fixed, fixed.Masked().Addr().Next()
	}
	return w
}

// start is called once, when user_init has returned.
func (w *radioWiFi) start() {
	w.started = true
	w.ap.start()
	if w.opMode&wifi.StationMode != 0 && w.wanted && w.config.SSID != "" {
		w.connect()
	}
	if w.done != nil {
		w.m.board.ArmTimer(&OsTimer{}, 0, false, w.done)
	}
}

func (w *radioWiFi) connect() {
	w.wanted = true
	if !w.started || w.off {
		return
	}
	if w.joined {
		w.leave(wifi.ReasonAssocLeave)
		w.wanted = true
	}
	w.setStatus(wifi.StationConnecting)
	w.attempt(w.m.d.cfg.Association)
}

// attempt joins the AP after d.
func (w *radioWiFi) attempt(d time.Duration) {
	if d <= 0 {
		d = timerMin
	}
	w.m.board.ArmTimer(&w.timer, d, false, w.associate)
}

func (w *radioWiFi) associate() {
	ap, found := w.find()
	switch {
	case !found:
		w.setStatus(wifi.StationNoAPFound)
		w.refused(wifi.ReasonNoAPFound)
	case ap.Password != "" && w.config.Password != ap.Password:
		w.setStatus(wifi.StationWrongPassword)
		w.refused(wifi.ReasonAuthFail)
	default:
		w.joined, w.current = true, ap
		w.ap.retune()
		old, known := w.lastAuth[ap.BSSID]
		w.lastAuth[ap.BSSID] = ap.AuthMode
		if known && old != ap.AuthMode {
			w.emit(wifi.SystemEvent{Event: wifi.EventStamodeAuthmodeChange, OldMode: old, OpMode: ap.AuthMode})
		}
		w.emit(wifi.SystemEvent{Event: wifi.EventStamodeConnected, SSID: ap.SSID, BSSID: ap.BSSID, Channel: ap.Channel})
		if w.joined { // the handler may have left again
			w.linkUp()
		}
	}
}

// refused reports a failed attempt and tries again later, as the SDK's default policy does.
func (w *radioWiFi) refused(reason uint8) {
	w.attempt(stationRetry)
	w.emit(wifi.SystemEvent{Event: wifi.EventStamodeDisconnected, SSID: w.config.SSID, BSSID: w.config.BSSID, Reason: reason})
}

// addressed is called when the station has got an address, or lost it to the DHCP server.
func (w *radioWiFi) addressed(bound bool) {
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

// leave ends the association. Connections over the interface are aborted, because its address goes away (lwip.md 7.5).
func (w *radioWiFi) leave(reason uint8) {
	w.m.timers.disarm(&w.timer)
	w.wanted = false
	was := w.joined
	w.joined, w.gotIP, w.stale = false, false, false
	w.ap.retune()
	w.stopDHCP()
	w.dropAddress()
	w.setStatus(wifi.StationIdle)
	if was {
		ap := w.current
		w.emit(wifi.SystemEvent{Event: wifi.EventStamodeDisconnected, SSID: ap.SSID, BSSID: ap.BSSID, Reason: reason})
	}
}

func (w *radioWiFi) setStatus(s uint8) {
	if w.status == s {
		return
	}
	w.status = s
	w.m.d.trace.Add(trace.Event{Source: trace.SourceWiFi, Kind: trace.KindStatus, Value: int64(s)})
}

func (w *radioWiFi) emit(e wifi.SystemEvent) {
	w.m.d.trace.Add(wifiEvent(e))
	switch {
	case e.Event == wifi.EventStamodeConnected:
		w.everJoined = true
	case e.Event != wifi.EventStamodeDisconnected:
	case w.everJoined:
		w.m.cause(trace.SourceWiFi, cause.StationLost, e.SSID, int64(e.Reason), 0)
	default:
		w.m.cause(trace.SourceWiFi, cause.NotJoined, e.SSID, int64(e.Reason), 0)
	}
	if w.event != nil {
		w.event(e)
	}
}

func (w *radioWiFi) address() netip.Prefix {
	if w.m.sta == nil || !w.m.sta.Up() {
		return netip.Prefix{}
	}
	return w.m.sta.Addr()
}

func (w *radioWiFi) ipInfo() wifi.IPInfo {
	zero := netip.IPv4Unspecified()
	p := w.address()
	if !p.IsValid() {
		return wifi.IPInfo{IP: zero, Netmask: zero, GW: zero}
	}
	info := wifi.IPInfo{IP: p.Addr(), Netmask: mask(p.Bits()), GW: w.m.sta.Gateway()}
	if !info.GW.IsValid() {
		info.GW = zero
	}
	return info
}

func (w *radioWiFi) gateway() netip.Addr {
	if w.m.sta == nil {
		return netip.Addr{}
	}
	return w.m.sta.Gateway()
}

// hostname is the name set, or the SDK's default: ESP_ and the last three bytes of the MAC (sdk-surface.md, wifi_station_set_hostname).
func (w *radioWiFi) hostname() string {
	if w.host != "" {
		return w.host
	}
	return w.defaultName()
}

// defaultName is ESP_ and the end of the device's MAC.
func (w *radioWiFi) defaultName() string {
	const hex = "0123456789ABCDEF"
	name := []byte("ESP_")
	for _, b := range w.m.d.cfg.MAC[3:] {
		name = append(name, hex[b>>4], hex[b&15])
	}
	return string(name)
}

func mask(bits int) netip.Addr {
	m := ^uint32(0) << (32 - bits)
	return netip.AddrFrom4([4]byte{byte(m >> 24), byte(m >> 16), byte(m >> 8), byte(m)})
}

// setConfig is wifi_station_set_config: the SSID and password are what counts from the next connect on.
func (w *radioWiFi) setConfig(c wifi.StationConfig, save bool) bool {
	if w.opMode&wifi.StationMode == 0 || len(c.SSID) > 32 || len(c.Password) > 64 {
		return false
	}
	w.config = c
	if save {
		w.m.d.saved.station = c
		w.m.d.saved.aps.remember(c)
	}
	if !w.started {
		w.wanted = true // inside user_init no wifi_station_connect is needed (sdk-surface.md)
	}
	return true
}

func (w *radioWiFi) setOpMode(mode uint8, save bool) bool {
	if mode > wifi.StationAPMode {
		return false
	}
	old := w.opMode
	w.opMode = mode
	if save {
		w.m.d.saved.opMode = mode
	}
	if old == mode || !w.started {
		return true
	}
	if mode&wifi.StationMode == 0 {
		w.leave(wifi.ReasonAssocLeave)
	}
	if mode&wifi.SoftAPMode == 0 {
		w.ap.stop()
	}
	w.ap.start()
	w.route()
	w.emit(wifi.SystemEvent{Event: wifi.EventOpmodeChanged, OldMode: old, OpMode: mode})
	if old&wifi.StationMode == 0 && mode&wifi.StationMode != 0 && w.m.d.saved.autoConnect {
		w.connect()
	}
	return true
}
