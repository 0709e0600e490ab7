package emulator

import (
	"encoding/binary"
	"net/netip"

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

func (s *SDK) softAP() *softAP { return s.board.m.wifi.ap }

// WifiSoftapGetConfig returns the soft-AP's configuration in use.
func (s *SDK) WifiSoftapGetConfig() wifi.SoftapConfig { return s.softAP().config }

// WifiSoftapGetConfigDefault returns the saved one.
func (s *SDK) WifiSoftapGetConfigDefault() wifi.SoftapConfig {
	a := s.softAP()
	if c := a.w.m.d.saved.softap; c.SSID != "" {
		return c
	}
	return a.blank()
}

// WifiSoftapSetConfig sets and saves the soft-AP's configuration. False, with nothing changed, for a mode without
// soft-AP and for what SoftapConfig does not allow. A change throws the stations out; they can join again.
func (s *SDK) WifiSoftapSetConfig(c wifi.SoftapConfig) bool { return s.softAP().setConfig(c, true) }

// WifiSoftapSetConfigCurrent is WifiSoftapSetConfig without saving.
func (s *SDK) WifiSoftapSetConfigCurrent(c wifi.SoftapConfig) bool {
	return s.softAP().setConfig(c, false)
}

// WifiSoftapGetStationNum returns the number of associated stations.
func (s *SDK) WifiSoftapGetStationNum() uint8 { return uint8(len(s.softAP().stations)) }

// WifiSoftapGetStationInfo returns the associated stations in the order of association numbers, each as a block of 16 bytes
// of the device's heap, which WifiSoftapFreeStationInfo gives back; as many as there is memory for.
func (s *SDK) WifiSoftapGetStationInfo() []wifi.StationInfo {
	a := s.softAP()
	var list []wifi.StationInfo
	for _, st := range a.stations {
		block := s.board.Heap.Alloc(stationInfoBytes, "station_info")
		if block == 0 {
			break
		}
		a.lists = append(a.lists, block)
		list = append(list, wifi.StationInfo{BSSID: st.mac, IP: st.ip, Block: block})
	}
	return list
}

// WifiSoftapFreeStationInfo gives the lists back. Choice: all that were handed out since the last call.
func (s *SDK) WifiSoftapFreeStationInfo() {
	a := s.softAP()
	for _, block := range a.lists {
		s.board.Heap.Free(block)
	}
	a.lists = nil
}

// WifiSoftapDhcpsStart starts the DHCP server, which runs by default. False if the mode has no soft-AP.
func (s *SDK) WifiSoftapDhcpsStart() bool {
	a := s.softAP()
	if !a.enabled() {
		return false
	}
	if a.dhcpsOff {
		a.dhcpsOff = false
		a.startDHCP()
	}
	return true
}

// WifiSoftapDhcpsStop stops it and forgets the leases. False if the mode has no soft-AP.
func (s *SDK) WifiSoftapDhcpsStop() bool {
	a := s.softAP()
	if !a.enabled() {
		return false
	}
	a.dhcpsOff = true
	if a.ifc != nil {
		a.ifc.StopDHCPServer()
	}
	return true
}

// WifiSoftapDhcpsStatus returns DHCPStarted or DHCPStopped.
func (s *SDK) WifiSoftapDhcpsStatus() uint8 {
	if a := s.softAP(); a.enabled() && !a.dhcpsOff {
		return wifi.DHCPStarted
	}
	return wifi.DHCPStopped
}

// WifiSoftapSetDhcpsLease sets the range of the DHCP server, which must have been stopped. With l.Enable false the
// default range is taken again. False for a mode without soft-AP, while the server runs, and for a range that holds the
// soft-AP's own address, leaves its 256 addresses, or is longer than 101 (dhcpserver.c). The setting is lost at a reset.
func (s *SDK) WifiSoftapSetDhcpsLease(l wifi.DhcpsLease) bool {
	a := s.softAP()
	if !a.enabled() || !a.dhcpsOff {
		return false
	}
	if !l.Enable {
		a.lease.Enable = false
		return true
	}
	if !leaseFits(l, a.ip.Addr()) {
		return false
	}
	a.lease = l
	return true
}

// WifiSoftapGetDhcpsLease returns the range. False for a mode without soft-AP, and while the server is stopped unless a
// range was set.
func (s *SDK) WifiSoftapGetDhcpsLease() (wifi.DhcpsLease, bool) {
	a := s.softAP()
	if !a.enabled() || !a.lease.Enable && a.dhcpsOff {
		return wifi.DhcpsLease{}, false
	}
	return a.lease, true
}

// WifiSoftapSetDhcpsLeaseTime sets how long a lease lasts, in minutes; 120 by default. False for a mode without soft-AP,
// while the server runs, and for 0 (dhcpserver.c, which has no upper limit).
func (s *SDK) WifiSoftapSetDhcpsLeaseTime(minute uint32) bool {
	a := s.softAP()
	if !a.enabled() || !a.dhcpsOff || minute == 0 {
		return false
	}
	a.minutes = minute
	return true
}

// WifiSoftapResetDhcpsLeaseTime sets it back to 120 minutes, under the same conditions.
func (s *SDK) WifiSoftapResetDhcpsLeaseTime() bool {
	return s.WifiSoftapSetDhcpsLeaseTime(leaseMinutes)
}

// WifiSoftapGetDhcpsLeaseTime returns it.
func (s *SDK) WifiSoftapGetDhcpsLeaseTime() uint32 { return s.softAP().minutes }

// WifiSoftapSetDhcpsOfferOption says with level 1 whether the DHCP server offers itself as the router: bit 0 of mode. It does
// by default. False for other levels.
func (s *SDK) WifiSoftapSetDhcpsOfferOption(level, mode uint8) bool {
	if level != offerRouter {
		return false
	}
	s.softAP().noRouter = mode&1 == 0
	return true
}

// WifiSetBroadcastIf says through which interface broadcasts to 255.255.255.255 leave in mode StationAPMode: 1 the
// station, 2 the soft-AP, 3 both; false for others. Both concerns datagrams of espconn only (espconn.md 5.8). The answers
// of the soft-AP's DHCP server are such broadcasts, too: with 1 they leave through the station, and nobody gets an address.
func (s *SDK) WifiSetBroadcastIf(ifs uint8) bool {
	if ifs < broadcastStation || ifs > broadcastBoth {
		return false
	}
	a := s.softAP()
	a.broadcast = ifs
	a.w.route()
	return true
}

// WifiGetBroadcastIf returns it. Choice: 2 at boot, as devices do; the SDK's part that decides is closed.
func (s *SDK) WifiGetBroadcastIf() uint8 { return s.softAP().broadcast }

// route makes the interface the default one that broadcasts leave through.
func (w *radioWiFi) route() {
	if w.m.stack == nil {
		return
	}
	def := w.m.sta
	if a := w.ap; a.cell != nil && (w.opMode == wifi.SoftAPMode || a.broadcast != broadcastStation) {
		def = a.ifc
	}
	w.m.stack.SetDefault(def)
}

// broadcastIfs are the interfaces through which a broadcast of espconn leaves one after the other, nil for the default one
// alone (espconn.md 5.8).
func (w *radioWiFi) broadcastIfs() []*netstack.Interface {
	if a := w.ap; w.opMode == wifi.StationAPMode && a.broadcast == broadcastBoth && a.cell != nil && w.m.sta.Up() {
		return []*netstack.Interface{w.m.sta, a.ifc}
	}
	return nil
}
