package radio

import (
	"fmt"
	"github.com/emu8266/emu8266/emulator/internal/soc"
	"net/netip"
	"time"

	"github.com/emu8266/emu8266/emulator/chip"
	"github.com/emu8266/emu8266/emulator/trace"
	"github.com/emu8266/emu8266/emulator/wifi"
	"github.com/emu8266/emu8266/netstack"
)

// beaconTimeout is the time from the last frame of an access point to the station's event. Choice: 6 s.
const beaconTimeout = 6 * time.Second

// rssiNone is what the SDK says without a connection (sdk-surface.md).
const rssiNone int8 = 31

// apChanged is called when the AP in range has come, gone or changed.
func (w *Radio) apChanged() {
	w.hear()
	switch {
	case !w.joined:
	case w.audible():
		w.m.DisarmTimer(&w.timer)
	case !w.timer.Armed():
		w.m.ArmTimer(&w.timer, beaconTimeout, false, func() { w.lost(beaconTimeout) })
	}
}

// audible says whether frames pass between the station and the AP that it joined. The neighbours are always there.
func (w *Radio) audible() bool {
	return !w.stale && (!w.air.apGone || w.joined && w.current.BSSID != w.air.cfg.AccessPoint.BSSID)
}

// lost is the end of the association that the station did not want. It tries again, unless the policy says no: the station is
// idle then (sdk-surface.md, Station status). silent is how long nothing was heard, 0 if that was noticed at once. Choice: the first
// attempt takes as long as the others.
func (w *Radio) lost(silent time.Duration) {
	object := fmt.Sprintf("%q", w.current.SSID)
	if silent > 0 {
		object = fmt.Sprintf("%q, not heard for %s", w.current.SSID, chip.Span(silent))
	}
	w.because(CauseStationLost, trace.Event{Text: object, Value: int64(wifi.ReasonBeaconTimeout)})
	w.joined, w.stale, w.gotIP = false, false, false
	w.ap.retune()
	w.m.DisarmTimer(&w.timer)
	if w.sta != nil {
		w.sta.SetLink(false)
	}
	w.nic.linked(false)
	w.trying = trying{}
	if w.noReconnect {
		w.setStatus(wifi.StationIdle)
	} else {
		w.begin()
		w.attempt(reconnectDelay + searchAll)
	}
	w.emit(wifi.SystemEvent{Event: wifi.EventStamodeDisconnected, SSID: w.current.SSID, BSSID: w.current.BSSID,
		Reason: wifi.ReasonBeaconTimeout})
}

// lose is lost at once, and with the address: what SetLink does.
func (w *Radio) lose() {
	if !w.joined {
		return
	}
	w.endDHCP()
	w.dropAddress()
	w.lost(0)
}

// dropAddress takes the interface down and its address away; connections over it are aborted (lwip.md 7.5).
func (w *Radio) dropAddress() {
	if w.sta != nil {
		w.sta.SetAddr(netip.Prefix{}, netip.Addr{})
		w.sta.SetUp(false)
	}
}

// linkUp gives the interface what it needs after the station has joined: the static address, or a DHCP client.
func (w *Radio) linkUp() {
	if w.nic.taken {
		w.nic.linked(true) // the firmware's own stack gets its address itself
		return
	}
	w.ensureStack()
	w.sta.SetLink(true) // a client that has an address asks for it again
	switch {
	case w.dhcpOff:
		w.setStatic()
	case !w.dhcpRuns:
		w.startDHCP()
	}
}

func (w *Radio) startDHCP() {
	w.sta.SetUp(true)
	w.limitDHCP()
	w.dhcpRuns = w.sta.StartDHCP(w.hostname(), func(l netstack.DHCPLease) { w.addressed(l.Addr.IsValid()) }) == nil
}

// limitDHCP sets the limit of wifi_station_dhcpc_set_maxtry. The SDK ends the client where it tells the event, and so only if somebody
// hears it (lwip.md 11.2).
func (w *Radio) limitDHCP() {
	w.sta.SetDHCPRetries(int(w.dhcpTries), func() (end bool) {
		w.m.Log("DHCP timeout\n")
		if w.event == nil {
			return false
		}
		w.dhcpRuns = false
		w.emit(wifi.SystemEvent{Event: wifi.EventStamodeDHCPTimeout})
		return true
	})
}

// stopDHCP ends the DHCP client of an interface that goes on.
func (w *Radio) stopDHCP() {
	w.dhcpRuns = false
	if w.sta != nil {
		w.sta.StopDHCP()
	}
}

// endDHCP ends the DHCP client when the station leaves; one that was stopped before keeps its memory (lwip.md 16).
func (w *Radio) endDHCP() {
	if w.dhcpRuns && w.sta != nil {
		w.sta.EndDHCP()
	}
	w.dhcpRuns = false
}

// setStatic gives the interface the address of wifi_set_ip_info. Without one the station has joined and its interface stays down
// (lwip.md 11.2).
func (w *Radio) setStatic() {
	w.gotIP = false
	if w.static.IsValid() && !w.static.Addr().IsUnspecified() {
		w.sta.SetAddr(w.static, w.staticGW)
		w.sta.SetUp(true) // which announces the address
		w.addressed(true)
	} else {
		w.because(CauseNoAddressSet, trace.Event{})
		w.setStatus(wifi.StationConnecting)
	}
}

// setIPInfo is wifi_set_ip_info. The interface has the address at once; no event tells of it, and the station's state stays what it
// was (lwip.md 7.5).
func (w *Radio) setIPInfo(info wifi.IPInfo) bool {
	bits, ok := prefixLength(info.Netmask)
	const function = "wifi_set_ip_info"
	switch {
	case w.opMode&wifi.StationMode == 0:
		return w.noStation(function)
	case !w.dhcpOff:
		return w.m.Refused(function, "false", soc.CauseDHCPRuns, trace.Event{Text: "wifi_station_dhcpc_stop"})
	case !ok:
		return w.m.Refused(function, "false", soc.CauseAddress, trace.Event{Text: "the netmask has a gap"})
	}
	w.static, w.staticGW = netip.PrefixFrom(netip.IPv4Unspecified(), bits), netip.Addr{}
	if a := info.IP.Unmap(); a.Is4() {
		w.static = netip.PrefixFrom(a, bits)
	}
	if gw := info.GW.Unmap(); gw.Is4() {
		w.staticGW = gw
	}
	if w.joined && !w.nic.taken && w.sta.Up() {
		w.sta.SetAddr(w.static, w.staticGW)
	}
	return true
}

// prefixLength returns the number of ones in a netmask. Choice: they must be the first ones.
func prefixLength(m netip.Addr) (int, bool) {
	m = m.Unmap()
	if !m.IsValid() {
		return 0, true
	}
	for bits := range 33 {
		if mask(bits) == m {
			return bits, true
		}
	}
	return 0, false
}
