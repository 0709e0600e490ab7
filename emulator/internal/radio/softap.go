package radio

import (
	"cmp"
	"encoding/hex"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/emu8266/emu8266/emulator/internal/soc"
	"github.com/emu8266/emu8266/emulator/trace"
	"github.com/emu8266/emu8266/emulator/wifi"
	"github.com/emu8266/emu8266/netstack"
	"github.com/emu8266/emu8266/netstack/vnet"
)

// Figures of the soft-AP.
const (
	softapPasswordMin = 8  // sdk-surface.md, wifi_softap_set_config
	softapPasswordMax = 64 // a key in hexadecimal
	ssidMax           = 32
	softapBeaconMin   = 100 // ms, same place
	softapBeaconMax   = 60000
	softapMaxStations = 8   // same place: 4, later SDKs 8. Choice: 8 in every profile
	softapDefault     = 4   // stations of a new device. Choice
	channelMax        = 13  // sdk-surface.md, wifi_softap_set_config
	leaseMinutes      = 120 // sdk-surface.md, wifi_softap_set_dhcps_lease_time
	stationInfoBytes  = 16  // sdk-surface.md, struct station_info
)

// softapIP is the soft-AP's address on a new device, with 24 bits of network. Choice: what NonOS devices are known for; the
// part of the SDK that sets it is closed.
var softapIP = netip.AddrFrom4([4]byte{192, 168, 4, 1})

// settled is what wifi_softap_set_config makes of a configuration on a device whose soft-AP is called name by default: it
// refuses a password that is none, and corrects the rest (sdk-surface.md, wifi_softap_set_config). Deviation: it takes an
// SSID without bytes, which is refused here.
func settled(c wifi.SoftapConfig, name string) (out wifi.SoftapConfig, wrong trace.Event, ok bool) {
	if c.AuthMode > wifi.AuthWEP {
		switch n := len(c.Password); {
		case n < softapPasswordMin, n > softapPasswordMax, n == softapPasswordMax && !isHex(c.Password):
			return c, trace.Event{Text: "the password", Value: int64(n), Least: softapPasswordMin, Limit: softapPasswordMax - 1}, false
		}
	}
	if c.SSID == "" {
		return c, trace.Event{Text: "the SSID", Least: 1, Limit: ssidMax}, false
	}
	if strings.HasPrefix(c.SSID, "\xFF\xFF") { // flash that was never written
		c.SSID = name
	}
	c.SSID = c.SSID[:min(len(c.SSID), ssidMax)]
	c.Password = c.Password[:min(len(c.Password), softapPasswordMax)]
	if c.AuthMode == wifi.AuthWEP || c.AuthMode > wifi.AuthWPAWPA2PSK {
		c.AuthMode = wifi.AuthOpen
	}
	if c.Channel < 1 || c.Channel > channelMax {
		c.Channel = 1
	}
	if c.SSIDHidden > 1 {
		c.SSIDHidden = 0
	}
	c.MaxConnection = min(c.MaxConnection, softapMaxStations)
	if c.BeaconInterval < softapBeaconMin || c.BeaconInterval > softapBeaconMax {
		c.BeaconInterval = softapBeaconMin
	}
	return c, wrong, true
}

// isHex reports whether a password of 64 characters is a key in hexadecimal.
func isHex(s string) bool {
	_, err := hex.DecodeString(s)
	return err == nil
}

// apStation is an associated station.
type apStation struct {
	mac netstack.MAC
	aid uint8
	ip  netip.Addr
}

// softAP plays the closed part of the SDK: it opens the radio cell, brings the interface up, runs the DHCP server and tells
// the firmware. Before user_init has returned it only remembers.
type softAP struct {
	w        *Radio
	config   wifi.SoftapConfig
	mac      netstack.MAC
	ip       netip.Prefix
	gw       netip.Addr
	dhcpsOff bool
	lease    wifi.DhcpsLease
	minutes  uint32
	noRouter bool
	both     bool // wifi_set_broadcast_if(3): broadcasts leave through both interfaces
	chosen   bool // wifi_set_broadcast_if has named the interface that is the default one

	ifc      *netstack.Interface // nil until the first start
	cell     *vnet.Cell          // nil: off
	stations []apStation         // by AID
	lists    []uint32            // heap blocks of WifiSoftapGetStationInfo
	blocks   []uint32            // heap blocks of the interface
}

func newSoftAP(w *Radio) *softAP {
	a := &softAP{w: w, ip: netip.PrefixFrom(softapIP, 24), gw: softapIP, minutes: leaseMinutes}
	a.mac = w.m.Device().MAC()
	a.mac[0] ^= 2
	a.config = w.air.saved.softap
	if a.config.SSID == "" {
		a.config = a.blank()
	}
	return a
}

// blank is the configuration of a new device: ESP_ and the last three bytes of its MAC, open, channel 1
// (sdk-surface.md, wifi_softap_get_config). Choice: the soft-AP's own MAC has the same three bytes.
func (a *softAP) blank() wifi.SoftapConfig {
	return wifi.SoftapConfig{SSID: a.w.defaultName(), Channel: 1, MaxConnection: softapDefault, BeaconInterval: softapBeaconMin}
}

// enabled says whether the operating mode has a soft-AP.
func (a *softAP) enabled() bool { return a.w.opMode&wifi.SoftAPMode != 0 }

// start opens the cell, if the mode has one and Wi-Fi runs. Deviation: firmware that brought its own network stack
// (Board.NIC) has no soft-AP unless it has asked for it (NIC.SoftAP).
func (a *softAP) start() {
	w, d := a.w, a.w.m.Device()
	if a.cell != nil || !a.enabled() || !w.started || w.off || w.nic.taken && w.nic.cell == nil {
		return
	}
	if !w.nic.taken {
		w.ensureStack()
		if a.ifc == nil {
			a.ifc = w.stack.AddInterface("softap", a.mac, a.send)
			a.ifc.SetRoom(w.queue.room)
		}
		a.ifc.SetMAC(a.mac)
	}
	c := a.config
	password := c.Password
	if c.AuthMode == wifi.AuthOpen {
		password = ""
	}
	a.cell = w.air.cfg.Network.OpenCell(d.Name()+"/softap", vnet.CellConfig{
		SSID: c.SSID, Password: password, BSSID: a.mac, Channel: a.channel(), Auth: c.AuthMode,
		Hidden: c.SSIDHidden != 0, MaxStations: cmp.Or(int(c.MaxConnection), -1), // Choice: with none, nobody may join
	}, func(frame []byte) { d.Receive(frame, a.receive) }, d.Signal,
		func(e vnet.StationEvent) { d.Tell(func(now time.Time) { a.told(now, e) }) })
	d.Trace().Add(trace.Event{Source: trace.SourceWiFi, Kind: trace.KindSoftAP, Name: c.SSID, Value: int64(a.channel()), Text: "on"})
	if w.nic.taken {
		w.nic.opened(true)
		return
	}
	a.charge()
	a.ifc.SetAddr(a.ip, a.gw)
	a.ifc.SetListed(true)
	a.ifc.SetUp(true)
	w.setDefault(a.ifc)
	a.startDHCP()
}

// charge takes what the interface has of the heap while the cell is open (lwip.md 16). Choice: without memory the cell opens all the same.
func (a *softAP) charge() {
	for _, b := range []struct {
		n    uint32
		what string
	}{{68, "netif"}, {80, "queue of frames"}, {24, "igmp_group"}} {
		a.blocks = append(a.blocks, a.w.m.Heap().Alloc(b.n, b.what))
	}
}

// stop closes the cell: the stations are told, then the firmware, station by station. The address goes away, and with it every
// connection over it (lwip.md 7.5). Choice: both for a change of mode and for one of the configuration.
func (a *softAP) stop() {
	if a.cell == nil {
		return
	}
	a.cell.Close()
	a.off()
	for len(a.stations) > 0 {
		a.left(a.stations[0].mac)
	}
}

// off is the end of the cell as far as the device's own state goes.
func (a *softAP) off() {
	a.cell = nil
	if a.ifc == nil {
		a.w.nic.opened(false)
	} else {
		a.ifc.StopDHCPServer()
		a.ifc.SetAddr(netip.Prefix{}, netip.Addr{})
		a.ifc.SetUp(false)
		a.ifc.SetListed(false)
		a.w.setDefault(nil)
		for _, b := range slices.Backward(a.blocks) {
			a.w.m.Heap().Free(b)
		}
		a.blocks = nil
	}
	a.w.m.Note(trace.Event{Source: trace.SourceWiFi, Kind: trace.KindSoftAP, Name: a.config.SSID, Text: "off"})
}

// vanish ends the cell without a word.
func (a *softAP) vanish() {
	if a.cell != nil {
		a.cell.Vanish()
		a.cell, a.blocks = nil, nil // the heap begins anew
	}
}

// channel is the cell's: in both modes the radio is where the station's access point is.
func (a *softAP) channel() uint8 {
	if a.w.joined {
		return a.w.current.Channel
	}
	return a.config.Channel
}

// retune follows the station to its channel. Choice: the stations of the soft-AP follow, too.
func (a *softAP) retune() {
	if a.cell != nil {
		a.cell.SetChannel(a.channel())
	}
}

func (a *softAP) send(frame []byte) {
	if a.cell != nil {
		a.cell.Send(frame)
	}
}

// receive takes a frame of the cell.
func (a *softAP) receive(now time.Time, frame []byte) {
	switch {
	case a.cell == nil:
	case a.ifc == nil:
		a.w.nic.cell.receive(frame)
	default:
		a.w.input(a.ifc, now, frame)
	}
}

// told takes news of the cell's stations.
func (a *softAP) told(now time.Time, e vnet.StationEvent) {
	if a.cell != nil {
		a.w.Advance(now)
		a.heard(e)
	}
}

// heard takes news of a station. Choice: the firmware hears nothing of one that was turned away.
func (a *softAP) heard(e vnet.StationEvent) {
	switch e.Kind {
	case vnet.StationProbed:
		if e.MAC == a.w.mac {
			return // its own scan, in which the radio hears nothing of itself
		}
		a.w.emit(wifi.SystemEvent{Event: wifi.EventSoftAPModeProbeReqRecved, MAC: e.MAC, RSSI: e.RSSI})
	case vnet.StationJoined:
		a.stations = append(a.stations, apStation{e.MAC, e.AID, netip.IPv4Unspecified()})
		slices.SortFunc(a.stations, func(x, y apStation) int { return int(x.aid) - int(y.aid) })
		a.w.emit(wifi.SystemEvent{Event: wifi.EventSoftAPModeStaConnected, MAC: e.MAC, AID: e.AID})
	case vnet.StationLeft:
		a.left(e.MAC)
	case vnet.StationFull:
		a.w.because(CauseSoftAPFull, trace.Event{Text: e.MAC.String(), Value: int64(len(a.stations)), Limit: int64(a.config.MaxConnection)})
	case vnet.StationPassword:
		a.w.because(CauseSoftAPPassword, trace.Event{Text: e.MAC.String()})
	}
}

func (a *softAP) station(mac netstack.MAC) int {
	return slices.IndexFunc(a.stations, func(s apStation) bool { return s.mac == mac })
}

// left is the end of an association. Connections of the station live on until TCP gives them up.
func (a *softAP) left(mac netstack.MAC) {
	k := a.station(mac)
	if k < 0 {
		return
	}
	s := a.stations[k]
	a.stations = slices.Delete(a.stations, k, k+1)
	if a.ifc != nil {
		a.ifc.DHCPClientLeft(mac)
	}
	a.w.emit(wifi.SystemEvent{Event: wifi.EventSoftAPModeStaDisconnected, MAC: mac, AID: s.aid})
}

// assigned hears from the DHCP server.
func (a *softAP) assigned(mac netstack.MAC, ip netip.Addr) {
	k := a.station(mac)
	if k < 0 {
		return
	}
	a.stations[k].ip = ip
	if !ip.IsUnspecified() {
		a.w.emit(wifi.SystemEvent{Event: wifi.EventSoftAPModeDistributeStaIP, MAC: mac, IP: ip, AID: a.stations[k].aid})
	}
}

// startDHCP starts the server with the range that was set, if it still fits the address (dhcpserver.c).
func (a *softAP) startDHCP() {
	if a.dhcpsOff || a.cell == nil || a.ifc == nil || !a.ip.IsValid() {
		return
	}
	if !a.lease.Enable || !leaseFits(a.lease, a.ip.Addr()) {
		a.lease = wifi.DhcpsLease{}
		a.lease.StartIP, a.lease.EndIP = netstack.DHCPRange(a.ip.Addr())
	}
	router := func() netip.Addr {
		if a.noRouter {
			return netip.Addr{}
		}
		return a.gw
	}
	if a.ifc.StartDHCPServer(netstack.DHCPServerConfig{First: a.lease.StartIP, Last: a.lease.EndIP, Minutes: a.minutes,
		Router: router, Assigned: a.assigned}) != nil {
		a.w.m.Log("dhcps_start(): could not obtain pcb\n") // dhcpserver.c
	}
}

// info is what wifi_get_ip_info says. Choice: 0.0.0.0 while the mode has no soft-AP.
func (a *softAP) info() wifi.IPInfo {
	zero := netip.IPv4Unspecified()
	if !a.enabled() || !a.ip.IsValid() {
		return wifi.IPInfo{IP: zero, Netmask: zero, GW: zero}
	}
	return wifi.IPInfo{IP: a.ip.Addr(), Netmask: mask(a.ip.Bits()), GW: a.gw}
}

func (a *softAP) address() netip.Prefix {
	if !a.enabled() {
		return netip.Prefix{}
	}
	return a.ip
}

// setIPInfo is wifi_set_ip_info for the soft-AP.
func (a *softAP) setIPInfo(info wifi.IPInfo) bool {
	bits, ok := prefixLength(info.Netmask)
	ip := info.IP.Unmap()
	const function = "wifi_set_ip_info"
	switch {
	case !a.enabled():
		return a.w.noSoftAP(function)
	case !a.dhcpsOff:
		return a.w.m.Refused(function, "false", soc.CauseDHCPRuns, trace.Event{Text: "wifi_softap_dhcps_stop"})
	case !ok || !ip.Is4():
		return a.w.m.Refused(function, "false", soc.CauseAddress,
			trace.Event{Text: "the netmask has a gap, or the address is none of IPv4"})
	}
	a.ip, a.gw = netip.PrefixFrom(ip, bits), netip.IPv4Unspecified()
	if gw := info.GW.Unmap(); gw.Is4() {
		a.gw = gw
	}
	if ip.IsUnspecified() {
		a.ip = netip.Prefix{}
	}
	if a.cell != nil && a.ifc != nil {
		a.ifc.SetAddr(a.ip, a.gw)
	}
	return true
}

// setConfig is wifi_softap_set_config. A changed configuration restarts the cell, which throws its stations out. Choice.
func (a *softAP) setConfig(c wifi.SoftapConfig, save bool) bool {
	function := current("wifi_softap_set_config", save)
	if !a.enabled() {
		return a.w.noSoftAP(function)
	}
	c, wrong, ok := settled(c, a.w.defaultName())
	if !ok {
		return a.w.m.Refused(function, "false", soc.CauseLength, wrong)
	}
	if save {
		a.w.save(func(s *savedWiFi) { s.softap = c })
	}
	if a.config == c {
		return true
	}
	if a.cell != nil {
		a.stop()
	}
	a.w.air.passwords.add(c.Password)
	a.config = c
	a.start()
	return true
}
