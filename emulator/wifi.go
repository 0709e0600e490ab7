package emulator

import (
	"net/netip"
	"time"

	"github.com/emu8266/emu8266/emulator/trace"
	"github.com/emu8266/emu8266/netstack"
)

// Operating modes of wifi_set_opmode.
const (
	NullMode      uint8 = 0
	StationMode   uint8 = 1
	SoftAPMode    uint8 = 2
	StationAPMode uint8 = 3
)

// Interface numbers of wifi_get_ip_info.
const (
	StationIf uint8 = 0
	SoftAPIf  uint8 = 1
)

// Station states, as wifi_station_get_connect_status returns them.
const (
	StationIdle          uint8 = 0
	StationConnecting    uint8 = 1
	StationWrongPassword uint8 = 2
	StationNoAPFound     uint8 = 3
	StationConnectFail   uint8 = 4
	StationGotIP         uint8 = 5
)

// Wi-Fi events (sdk-surface.md, Wifi events).
const (
	EventStamodeConnected          uint32 = 0
	EventStamodeDisconnected       uint32 = 1
	EventStamodeAuthmodeChange     uint32 = 2
	EventStamodeGotIP              uint32 = 3
	EventStamodeDHCPTimeout        uint32 = 4
	EventSoftAPModeStaConnected    uint32 = 5
	EventSoftAPModeStaDisconnected uint32 = 6
	EventSoftAPModeProbeReqRecved  uint32 = 7
	EventOpmodeChanged             uint32 = 8
	EventSoftAPModeDistributeStaIP uint32 = 9
)

// Authentication modes (sdk-surface.md, user_interface.h).
const (
	AuthOpen       uint8 = 0
	AuthWEP        uint8 = 1
	AuthWPAPSK     uint8 = 2
	AuthWPA2PSK    uint8 = 3
	AuthWPAWPA2PSK uint8 = 4
	authMax        uint8 = 5
)

// Reasons of EventStamodeDisconnected that this station gives.
const (
	ReasonAssocLeave    uint8 = 8   // our own disconnect
	ReasonBeaconTimeout uint8 = 200 // the AP is not heard any more
	ReasonNoAPFound     uint8 = 201 // no AP with the configured SSID
	ReasonAuthFail      uint8 = 202 // wrong password
)

// stationRetry is the time between two attempts of the station's own reconnecting. Choice: 2.5 s; devices retry every
// 2 to 3 s (sdk-surface.md, Wifi events).
const stationRetry = 2500 * time.Millisecond

// SystemEvent is the SDK's System_Event_t. Which fields are set depends on Event.
type SystemEvent struct {
	Event           uint32
	SSID            string       // CONNECTED, DISCONNECTED
	BSSID           netstack.MAC // CONNECTED, DISCONNECTED
	Channel         uint8        // CONNECTED
	Reason          uint8        // DISCONNECTED
	IP, Mask, GW    netip.Addr   // GOT_IP; DISTRIBUTE_STA_IP has IP
	OldMode, OpMode uint8        // OPMODE_CHANGED; AUTHMODE_CHANGE: the old and the new authentication mode
	MAC             netstack.MAC // of the soft-AP's events: the station's
	AID             uint8        // STACONNECTED, STADISCONNECTED, DISTRIBUTE_STA_IP: the station's number, from 1
	RSSI            int8         // PROBEREQRECVED: dBm
}

// IPInfo is the SDK's struct ip_info; all zero (0.0.0.0) without an address.
type IPInfo struct{ IP, Netmask, GW netip.Addr }

// savedWiFi is what the SDK keeps in its system parameters: it outlives resets.
type savedWiFi struct {
	opMode      uint8
	station     StationConfig
	autoConnect bool
	softap      SoftapConfig // no SSID: a new device's
	aps         apCache
}

// WiFi is the radio, as the SDK's wifi_* functions see it. Device goroutine only.
type WiFi wifi

// wifi plays the closed part of the SDK: it joins the access point, brings the interface up, runs DHCP and tells the
// firmware. Inside user_init it only remembers wishes (sdk-surface.md, start order).
type wifi struct {
	m                 *machine
	opMode            uint8
	config            StationConfig
	started           bool // user_init has returned
	wanted            bool // connect was asked for
	status            uint8
	joined            bool
	timer             OsTimer
	event             func(SystemEvent)
	done              func() // system_init_done_cb
	gotIP             bool
	current           AccessPoint // the one joined
	stale             bool        // it has changed since
	host              string      // of wifi_station_set_hostname
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
	scType            ScType
	scTimeout         uint8 // seconds
}

func newWiFi(m *machine) *wifi {
	s := &m.d.saved
	w := &wifi{m: m, opMode: s.opMode, config: s.station, wanted: s.autoConnect, mac: m.d.cfg.MAC, lastAuth: map[netstack.MAC]uint8{}, scTimeout: scTimeoutDefault}
	w.ap = newSoftAP(w)
	w.radio = newRadio()
	if fixed := m.d.cfg.Address; fixed.IsValid() {
		w.dhcpOff, w.static, w.staticGW = true, fixed, fixed.Masked().Addr().Next()
	}
	return w
}

// start is called once, when user_init has returned.
func (w *wifi) start() {
	w.started = true
	w.ap.start()
	if w.opMode&StationMode != 0 && w.wanted && w.config.SSID != "" {
		w.connect()
	}
	if w.done != nil {
		w.m.board.ArmTimer(&OsTimer{}, 0, false, w.done)
	}
}

func (w *wifi) connect() {
	w.wanted = true
	if !w.started || w.off {
		return
	}
	if w.joined {
		w.leave(ReasonAssocLeave)
		w.wanted = true
	}
	w.setStatus(StationConnecting)
	w.attempt(w.m.d.cfg.Association)
}

// attempt joins the AP after d.
func (w *wifi) attempt(d time.Duration) {
	if d <= 0 {
		d = timerMin
	}
	w.m.board.ArmTimer(&w.timer, d, false, w.associate)
}

func (w *wifi) associate() {
	ap, found := w.find()
	switch {
	case !found:
		w.setStatus(StationNoAPFound)
		w.refused(ReasonNoAPFound)
	case ap.Password != "" && w.config.Password != ap.Password:
		w.setStatus(StationWrongPassword)
		w.refused(ReasonAuthFail)
	default:
		w.joined, w.current = true, ap
		w.ap.retune()
		old, known := w.lastAuth[ap.BSSID]
		w.lastAuth[ap.BSSID] = ap.AuthMode
		if known && old != ap.AuthMode {
			w.emit(SystemEvent{Event: EventStamodeAuthmodeChange, OldMode: old, OpMode: ap.AuthMode})
		}
		w.emit(SystemEvent{Event: EventStamodeConnected, SSID: ap.SSID, BSSID: ap.BSSID, Channel: ap.Channel})
		if w.joined { // the handler may have left again
			w.linkUp()
		}
	}
}

// refused reports a failed attempt and tries again later, as the SDK's default policy does.
func (w *wifi) refused(reason uint8) {
	w.attempt(stationRetry)
	w.emit(SystemEvent{Event: EventStamodeDisconnected, SSID: w.config.SSID, BSSID: w.config.BSSID, Reason: reason})
}

// addressed is called when the station has got an address, or lost it to the DHCP server.
func (w *wifi) addressed(bound bool) {
	if !bound {
		w.gotIP = false
		w.setStatus(StationConnecting)
		return
	}
	w.gotIP = true
	w.setStatus(StationGotIP)
	i := w.ipInfo()
	w.emit(SystemEvent{Event: EventStamodeGotIP, IP: i.IP, Mask: i.Netmask, GW: i.GW})
}

// leave ends the association. Connections over the interface are aborted, because its address goes away (lwip.md 7.5).
func (w *wifi) leave(reason uint8) {
	w.m.timers.disarm(&w.timer)
	w.wanted = false
	was := w.joined
	w.joined, w.gotIP, w.stale = false, false, false
	w.ap.retune()
	w.stopDHCP()
	w.dropAddress()
	w.setStatus(StationIdle)
	if was {
		ap := w.current
		w.emit(SystemEvent{Event: EventStamodeDisconnected, SSID: ap.SSID, BSSID: ap.BSSID, Reason: reason})
	}
}

func (w *wifi) setStatus(s uint8) {
	if w.status == s {
		return
	}
	w.status = s
	w.m.d.trace.Add(trace.Event{Source: trace.SourceWiFi, Kind: trace.KindStatus, Value: int64(s)})
}

func (w *wifi) emit(e SystemEvent) {
	w.m.d.trace.Add(e.trace())
	if w.event != nil {
		w.event(e)
	}
}

func (w *wifi) address() netip.Prefix {
	if w.m.sta == nil || !w.m.sta.Up() {
		return netip.Prefix{}
	}
	return w.m.sta.Addr()
}

func (w *wifi) ipInfo() IPInfo {
	zero := netip.IPv4Unspecified()
	p := w.address()
	if !p.IsValid() {
		return IPInfo{zero, zero, zero}
	}
	info := IPInfo{IP: p.Addr(), Netmask: mask(p.Bits()), GW: w.m.sta.Gateway()}
	if !info.GW.IsValid() {
		info.GW = zero
	}
	return info
}

func (w *wifi) gateway() netip.Addr {
	if w.m.sta == nil {
		return netip.Addr{}
	}
	return w.m.sta.Gateway()
}

// hostname is the name set, or the SDK's default: ESP_ and the last three bytes of the MAC (sdk-surface.md, wifi_station_set_hostname).
func (w *wifi) hostname() string {
	if w.host != "" {
		return w.host
	}
	return w.defaultName()
}

// defaultName is ESP_ and the end of the device's MAC.
func (w *wifi) defaultName() string {
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
func (w *wifi) setConfig(c StationConfig, save bool) bool {
	if w.opMode&StationMode == 0 || len(c.SSID) > 32 || len(c.Password) > 64 {
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

func (w *wifi) setOpMode(mode uint8, save bool) bool {
	if mode > StationAPMode {
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
	if mode&StationMode == 0 {
		w.leave(ReasonAssocLeave)
	}
	if mode&SoftAPMode == 0 {
		w.ap.stop()
	}
	w.ap.start()
	w.route()
	w.emit(SystemEvent{Event: EventOpmodeChanged, OldMode: old, OpMode: mode})
	if old&StationMode == 0 && mode&StationMode != 0 && w.m.d.saved.autoConnect {
		w.connect()
	}
	return true
}
