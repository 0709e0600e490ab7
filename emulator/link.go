package emulator

import (
	"fmt"
	"net/netip"
	"time"

	"github.com/emu8266/emu8266/emulator/wifi"
	"github.com/emu8266/emu8266/netstack"
)

// beaconTimeout is the time from the last frame of an access point to the station's event. Choice: 6 s.
const beaconTimeout = 6 * time.Second

// rssiDefault is the signal strength of an access point that gives none, in dBm; rssiNone is what the SDK says without a
// connection (sdk-surface.md). The first is a Choice.
const (
	rssiDefault int8 = -50
	rssiNone    int8 = 31
)

// SetAccessPointInRange takes the access point out of the station's range, or brings it back: someone pulls its plug.
// Frames are lost at once, both ways. 6 s later the station notices: event DISCONNECTED with reason 200, status
// connecting; then, every 2.5 s, an attempt that ends with reason 201 and status no AP found, until the access point is
// back. A shorter absence is not noticed, but for the frames. Any goroutine; it outlives resets.
//
// Choice: the station keeps its address meanwhile, so its connections live as long as TCP's retransmissions do. When it
// has joined again, its DHCP client asks for the same address (lwip.md 11.2, REBOOTING). If it gets another one, every
// connection over the old one is aborted, reconnect callback -11 (lwip.md 7.5, espconn.md 8.8). SetLink is the harder
// fault: noticed at once, with the address lost.
func (d *Device) SetAccessPointInRange(in bool) error {
	return d.Do(func() {
		d.apGone = !in
		if d.m != nil && !d.m.halted {
			d.m.wifi.apChanged()
		}
	})
}

// SetAccessPoint replaces the access point in range, or its settings: another password, channel, address. A station
// that is in it loses it, as if it had left the range, and meets the new one at its next attempt. Any goroutine; it
// outlives resets. The SSID must not be empty; an error for what Config refuses too.
func (d *Device) SetAccessPoint(ap wifi.AccessPoint) error {
	if ap.SSID == "" || len(ap.SSID) > 32 {
		return fmt.Errorf("emulator: an SSID has 1 to 32 bytes")
	}
	return d.Do(func() {
		apDefaults(&ap)
		old := d.cfg.AccessPoint
		changed := old
		changed.RSSI = ap.RSSI
		d.cfg.AccessPoint = ap
		if d.m != nil && !d.m.halted && changed != ap {
			d.m.wifi.stale = d.m.wifi.joined && d.m.wifi.current.BSSID == old.BSSID
			d.m.wifi.apChanged()
		}
	})
}

// apChanged is called when the AP in range has come, gone or changed.
func (w *radioWiFi) apChanged() {
	w.hear()
	switch {
	case !w.joined:
	case w.audible():
		w.m.board.DisarmTimer(&w.timer)
	case w.timer.index == 0:
		w.m.board.ArmTimer(&w.timer, beaconTimeout, false, func() { w.lost(wifi.ReasonBeaconTimeout) })
	}
}

// audible says whether frames pass between the station and the AP that it joined. The neighbours are always there.
func (w *radioWiFi) audible() bool {
	return !w.stale && (!w.m.d.apGone || w.joined && w.current.BSSID != w.m.d.cfg.AccessPoint.BSSID)
}

// lost is the end of the association that the station did not want. It tries again, unless the policy says no. Choice:
// without it the station is idle.
func (w *radioWiFi) lost(reason uint8) {
	w.joined, w.stale, w.gotIP = false, false, false
	w.ap.retune()
	w.m.board.DisarmTimer(&w.timer)
	if w.m.sta != nil {
		w.m.sta.SetLink(false)
	}
	if w.noReconnect {
		w.setStatus(wifi.StationIdle)
	} else {
		w.setStatus(wifi.StationConnecting)
		w.attempt(stationRetry)
	}
	w.emit(wifi.SystemEvent{Event: wifi.EventStamodeDisconnected, SSID: w.current.SSID, BSSID: w.current.BSSID, Reason: reason})
}

// lose is lost at once, and with the address: what SetLink does.
func (w *radioWiFi) lose() {
	if !w.joined {
		return
	}
	w.stopDHCP()
	w.dropAddress()
	w.lost(wifi.ReasonBeaconTimeout)
}

// dropAddress takes the interface down and its address away; connections over it are aborted (lwip.md 7.5).
func (w *radioWiFi) dropAddress() {
	if w.m.sta != nil {
		w.m.sta.SetAddr(netip.Prefix{}, netip.Addr{})
		w.m.sta.SetUp(false)
	}
}

// linkUp gives the interface what it needs after the station has joined: the static address, or a DHCP client.
func (w *radioWiFi) linkUp() {
	if w.m.nic.taken {
		return // the firmware's own stack gets its address itself
	}
	w.m.ensureStack()
	w.m.sta.SetLink(true) // a client that has an address asks for it again
	switch {
	case w.dhcpOff:
		w.setStatic()
	case !w.dhcpRuns:
		w.startDHCP()
	}
}

func (w *radioWiFi) startDHCP() {
	w.dhcpRuns = true
	w.m.sta.SetUp(true)
	w.m.sta.SetDHCPRetries(int(w.dhcpTries), func() {
		w.m.d.uart.printf("DHCP timeout\n")
		w.emit(wifi.SystemEvent{Event: wifi.EventStamodeDHCPTimeout})
	})
	w.m.sta.StartDHCP(w.hostname(), func(l netstack.DHCPLease) { w.addressed(l.Addr.IsValid()) })
}

func (w *radioWiFi) stopDHCP() {
	w.dhcpRuns = false
	if w.m.sta != nil {
		w.m.sta.StopDHCP()
	}
}

// setStatic gives the interface the address of wifi_set_ip_info. Without one the station has joined and waits.
func (w *radioWiFi) setStatic() {
	w.m.sta.SetUp(true)
	w.m.sta.SetAddr(w.static, w.staticGW)
	w.gotIP = false
	if w.static.IsValid() {
		w.addressed(true)
	} else {
		w.setStatus(wifi.StationConnecting)
	}
}

// setIPInfo is wifi_set_ip_info.
func (w *radioWiFi) setIPInfo(info wifi.IPInfo) bool {
	bits, ok := prefixLength(info.Netmask)
	if w.opMode&wifi.StationMode == 0 || !w.dhcpOff || !ok {
		return false
	}
	w.static, w.staticGW = netip.Prefix{}, netip.Addr{}
	if a := info.IP.Unmap(); a.Is4() && !a.IsUnspecified() {
		w.static = netip.PrefixFrom(a, bits)
		if gw := info.GW.Unmap(); gw.Is4() {
			w.staticGW = gw
		}
	}
	if w.joined && !w.m.nic.taken {
		w.setStatic()
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
