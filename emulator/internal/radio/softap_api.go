package radio

import (
	"encoding/binary"
	"fmt"
	"math"
	"net/netip"

	"github.com/emu8266/emu8266/emulator/internal/soc"
	"github.com/emu8266/emu8266/emulator/trace"
	"github.com/emu8266/emu8266/emulator/wifi"
	"github.com/emu8266/emu8266/netstack"
)

// dhcpsMaxLease is the greatest difference of the two addresses of a DhcpsLease (dhcpserver.c). So a range has up to 101
// addresses, where the reference says 100.
const dhcpsMaxLease = 100

// offerRouter is the only level of WifiSoftapSetDhcpsOfferOption.
const offerRouter = 1

// Interfaces of WifiSetBroadcastIf.
const (
	broadcastStation uint8 = 1
	broadcastSoftAP  uint8 = 2
	broadcastBoth    uint8 = 3
)

// leaseFits says whether the range may be used with the soft-AP's address: in the same 256 addresses, without that one.
func leaseFits(l wifi.DhcpsLease, own netip.Addr) bool {
	if !own.Is4() || !l.StartIP.Is4() || !l.EndIP.Is4() {
		return false
	}
	number := func(a netip.Addr) uint32 { b := a.As4(); return binary.BigEndian.Uint32(b[:]) }
	ap, first, last := number(own), number(l.StartIP), number(l.EndIP)
	return !(first <= ap && ap <= last) && first>>8 == ap>>8 && last>>8 == ap>>8 && last-first <= dhcpsMaxLease
}

// SoftapGetConfig returns the soft-AP's configuration in use.
func (w *Radio) SoftapGetConfig() wifi.SoftapConfig { return w.ap.config }

// SoftapGetConfigDefault returns the saved one.
func (w *Radio) SoftapGetConfigDefault() wifi.SoftapConfig {
	a := w.ap
	if c := a.w.air.saved.softap; c.SSID != "" {
		return c
	}
	return a.blank()
}

// SoftapSetConfig sets and saves the soft-AP's configuration.
func (w *Radio) SoftapSetConfig(c wifi.SoftapConfig) bool { return w.ap.setConfig(c, true) }

// SoftapSetConfigCurrent is SoftapSetConfig without saving.
func (w *Radio) SoftapSetConfigCurrent(c wifi.SoftapConfig) bool {
	return w.ap.setConfig(c, false)
}

// SoftapGetStationNum returns the number of associated stations.
func (w *Radio) SoftapGetStationNum() uint8 { return uint8(len(w.ap.stations)) }

// SoftapGetStationInfo returns the associated stations in the order of association numbers, each as a block of 16 bytes
// of the device's heap, which SoftapFreeStationInfo gives back; as many as there is memory for.
func (w *Radio) SoftapGetStationInfo() []wifi.StationInfo {
	a := w.ap
	var list []wifi.StationInfo
	for _, st := range a.stations {
		block := w.m.Heap().Alloc(stationInfoBytes, "station_info")
		if block == 0 {
			break
		}
		a.lists = append(a.lists, block)
		list = append(list, wifi.StationInfo{BSSID: st.mac, IP: st.ip, Block: block})
	}
	return list
}

// SoftapFreeStationInfo gives the lists back.
func (w *Radio) SoftapFreeStationInfo() {
	a := w.ap
	for _, block := range a.lists {
		w.m.Heap().Free(block)
	}
	a.lists = nil
}

// SoftapDhcpsStart starts the DHCP server, which runs by default.
func (w *Radio) SoftapDhcpsStart() bool {
	a := w.ap
	if !a.enabled() {
		return w.noSoftAP("wifi_softap_dhcps_start")
	}
	if a.dhcpsOff {
		a.dhcpsOff = false
		a.startDHCP()
	}
	return true
}

// SoftapDhcpsStop stops it and forgets the leases.
func (w *Radio) SoftapDhcpsStop() bool {
	a := w.ap
	if !a.enabled() {
		return w.noSoftAP("wifi_softap_dhcps_stop")
	}
	a.dhcpsOff = true
	if a.ifc != nil {
		a.ifc.StopDHCPServer()
	}
	return true
}

// SoftapDhcpsStatus tells whether the DHCP server is switched on, as it is from boot, whether or not there is a soft-AP: DHCPStarted or
// DHCPStopped (sdk-surface.md).
func (w *Radio) SoftapDhcpsStatus() uint8 {
	if w.ap.dhcpsOff {
		return wifi.DHCPStopped
	}
	return wifi.DHCPStarted
}

// SoftapSetDhcpsLease sets the range of the DHCP server, which must have been stopped.
func (w *Radio) SoftapSetDhcpsLease(l wifi.DhcpsLease) bool {
	a := w.ap
	const function = "wifi_softap_set_dhcps_lease"
	switch {
	case !a.enabled():
		return w.noSoftAP(function)
	case !a.dhcpsOff:
		return w.m.Refused(function, "false", soc.CauseDHCPRuns, trace.Event{Text: "wifi_softap_dhcps_stop"})
	}
	if !l.Enable {
		a.lease.Enable = false
		return true
	}
	if !leaseFits(l, a.ip.Addr()) {
		return w.m.Refused(function, "false", soc.CauseAddress, trace.Event{
			Text: fmt.Sprintf("%v to %v: at most 101 addresses of the network of %v, without it", l.StartIP, l.EndIP, a.ip.Addr())})
	}
	a.lease = l
	return true
}

// SoftapGetDhcpsLease returns the range.
func (w *Radio) SoftapGetDhcpsLease() (wifi.DhcpsLease, bool) {
	a := w.ap
	if !a.enabled() || !a.lease.Enable && a.dhcpsOff { // an answer: there is none
		return wifi.DhcpsLease{}, false
	}
	return a.lease, true
}

// SoftapSetDhcpsLeaseTime sets how long a lease lasts, in minutes; 120 by default.
func (w *Radio) SoftapSetDhcpsLeaseTime(minute uint32) bool {
	return w.setLeaseTime("wifi_softap_set_dhcps_lease_time", minute)
}

func (w *Radio) setLeaseTime(function string, minute uint32) bool {
	a := w.ap
	switch {
	case !a.enabled():
		return w.noSoftAP(function)
	case !a.dhcpsOff:
		return w.m.Refused(function, "false", soc.CauseDHCPRuns, trace.Event{Text: "wifi_softap_dhcps_stop"})
	case minute == 0:
		return w.m.OutOfRange(function, "the minutes", 0, 1, math.MaxInt32)
	}
	a.minutes = minute
	return true
}

// SoftapResetDhcpsLeaseTime sets the duration of a lease back to 120 minutes, under the conditions of SoftapSetDhcpsLeaseTime.
func (w *Radio) SoftapResetDhcpsLeaseTime() bool {
	return w.setLeaseTime("wifi_softap_reset_dhcps_lease_time", leaseMinutes)
}

// SoftapGetDhcpsLeaseTime returns how long a lease of the soft-AP's DHCP server lasts, in minutes.
func (w *Radio) SoftapGetDhcpsLeaseTime() uint32 { return w.ap.minutes }

// SoftapSetDhcpsOfferOption says with level 1 whether the DHCP server offers itself as the router: bit 0 of mode.
func (w *Radio) SoftapSetDhcpsOfferOption(level, mode uint8) bool {
	if level != offerRouter {
		return w.m.OutOfRange("wifi_softap_set_dhcps_offer_option", "the option", int(level), offerRouter, offerRouter)
	}
	w.ap.noRouter = mode&1 == 0
	return true
}

// SetBroadcastIf says through which interface broadcasts to 255.255.255.255 and datagrams to groups leave: 1 the station, 2 the soft-AP,
// which is the default interface then, until the soft-AP starts again; 3: broadcasts leave through both, in StationAPMode. False for
// others, for an interface that the mode has not, and for 1 and 2 inside user_init, where there is no interface yet (espconn.md 5.8).
func (w *Radio) SetBroadcastIf(ifs uint8) bool {
	if ifs < broadcastStation || ifs > broadcastBoth {
		w.m.Printf("error parameter\n")
		return w.m.OutOfRange("wifi_set_broadcast_if", "the interfaces", int(ifs), int(broadcastStation), int(broadcastBoth))
	}
	a := w.ap
	a.both = false
	if w.opMode&ifs != ifs {
		name := map[bool]string{true: "station", false: "soft-AP"}[w.opMode&wifi.StationMode == 0]
		return w.m.Refused("wifi_set_broadcast_if", "false", soc.CauseNoInterface, trace.Event{Text: name, Value: int64(w.opMode)})
	}
	if ifs != broadcastBoth && !w.started {
		return w.m.Refused("wifi_set_broadcast_if", "false", soc.CauseTooEarly, trace.Event{})
	}
	switch {
	case ifs == broadcastBoth:
		a.both = true
	case ifs == broadcastStation:
		w.setDefault(w.sta)
		a.chosen = true
	case a.ifc != nil:
		w.setDefault(a.ifc)
		a.chosen = true
	}
	return true
}

// GetBroadcastIf returns the interface through which broadcasts leave in StationAPMode: 1 the station, 2 the soft-AP, 3 both; in other
// modes the mode.
func (w *Radio) GetBroadcastIf() uint8 {
	switch a := w.ap; {
	case w.opMode != wifi.StationAPMode:
		return w.opMode
	case a.both:
		return broadcastBoth
	case w.stack != nil && w.stack.Default() != w.sta:
		return broadcastSoftAP
	default: // inside user_init, too, where both are NULL
		return broadcastStation
	}
}

// BroadcastIf returns what the firmware has set by SetBroadcastIf and still holds, 0 if nothing.
func (w *Radio) BroadcastIf() uint8 {
	if !w.ap.chosen && !w.ap.both {
		return 0
	}
	return w.GetBroadcastIf()
}

// setDefault makes i the default interface, which broadcasts leave through.
func (w *Radio) setDefault(i *netstack.Interface) {
	w.ap.chosen = false
	if w.stack != nil {
		w.stack.SetDefault(i)
	}
}

// broadcastIfs are the interfaces through which a broadcast of espconn leaves one after the other, nil for the default one
// alone. The soft-AP's is the default one then, and stays it (espconn.md 5.8).
func (w *Radio) broadcastIfs() []*netstack.Interface {
	if a := w.ap; w.opMode == wifi.StationAPMode && a.both && a.cell != nil && w.sta.Up() {
		w.setDefault(a.ifc)
		return []*netstack.Interface{w.sta, a.ifc}
	}
	return nil
}
