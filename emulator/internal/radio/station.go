package radio

import (
	"github.com/emu8266/emu8266/emulator/internal/soc"
	"github.com/emu8266/emu8266/emulator/trace"
	"github.com/emu8266/emu8266/emulator/wifi"
)

// Limits of the station's settings (sdk-surface.md, wifi_*).
const (
	hostnameMax = 32
	apNumberMax = 5
)

// StationGetRssi returns the access point's signal strength in dBm, 31 if the station has not joined one.
func (w *Radio) StationGetRssi() int8 {
	if !w.joined {
		return rssiNone
	}
	if ap := w.air.cfg.AccessPoint; ap.BSSID == w.current.BSSID {
		return ap.RSSI // it may have changed
	}
	return w.current.RSSI
}

// StationSetHostname sets the name in DHCP requests, up to 32 bytes, from the next start of the DHCP client on. False in a mode without
// station.
func (w *Radio) StationSetHostname(name string) bool {
	if len(name) > hostnameMax {
		return w.m.WrongLength("wifi_station_set_hostname", "the host name", len(name), 0, hostnameMax)
	}
	if w.opMode&wifi.StationMode == 0 {
		return w.noStation("wifi_station_set_hostname")
	}
	w.host, w.hostSet = name, true
	return true
}

// StationGetHostname returns the name of the station in DHCP requests: what was set, or ESP_ and the end of the MAC.
func (w *Radio) StationGetHostname() string { return w.hostname() }

// StationDhcpcStart starts the DHCP client, which runs from boot on unless Config.Address is set. An interface that is down, as one that
// joined without an address or whose client was stopped before it had one, waits until the station joins again (lwip.md 11.2).
func (w *Radio) StationDhcpcStart() bool {
	if w.opMode&wifi.StationMode == 0 {
		return w.noStation("wifi_station_dhcpc_start")
	}
	was := w.dhcpOff
	w.dhcpOff = false
	if was && w.joined && !w.nic.taken && w.sta.Up() {
		w.sta.ForgetAddr()
		w.startDHCP()
	}
	return true
}

// StationDhcpcStop stops the DHCP client; the address stays until the interface goes down. When the station joins again it has the one of
// SetIPInfo, and without one it has none (lwip.md 11.2).
func (w *Radio) StationDhcpcStop() bool {
	if w.opMode&wifi.StationMode == 0 {
		return w.noStation("wifi_station_dhcpc_stop")
	}
	if !w.dhcpOff {
		w.dhcpOff = true
		w.stopDHCP()
	}
	return true
}

// StationDhcpcStatus returns DHCPStarted or DHCPStopped.
func (w *Radio) StationDhcpcStatus() uint8 {
	if w.dhcpOff {
		return wifi.DHCPStopped
	}
	return wifi.DHCPStarted
}

// StationDhcpcSetMaxtry sets how many messages or probes of one kind the DHCP client makes, from its next half second on; 0, the
// default, is without limit. With 1 and 2 no address is ever bound, because it is probed for twice (lwip.md 11.2).
func (w *Radio) StationDhcpcSetMaxtry(num uint8) bool {
	w.dhcpTries = num
	if w.sta != nil {
		w.limitDHCP()
	}
	return true
}

// SetIPInfo sets an interface's address, netmask and gateway.
func (w *Radio) SetIPInfo(ifIndex uint8, info wifi.IPInfo) bool {
	switch ifIndex {
	case wifi.StationIf:
		return w.setIPInfo(info)
	case wifi.SoftAPIf:
		return w.ap.setIPInfo(info)
	}
	return w.m.OutOfRange("wifi_set_ip_info", "the interface", int(ifIndex), int(wifi.StationIf), int(wifi.SoftAPIf))
}

// StationSetReconnectPolicy says whether the station tries to join again when it has lost its access point or an attempt has
// failed; it does by default.
func (w *Radio) StationSetReconnectPolicy(set bool) bool {
	w.noReconnect = !set
	return true
}

// StationGetReconnectPolicy says whether the station tries to join again when it has lost its access point.
func (w *Radio) StationGetReconnectPolicy() bool { return !w.noReconnect }

// StationGetAutoConnect returns 1 if the station connects at boot.
func (w *Radio) StationGetAutoConnect() uint8 {
	if w.air.saved.autoConnect {
		return 1
	}
	return 0
}

// StationGetConfigDefault returns the saved configuration.
func (w *Radio) StationGetConfigDefault() wifi.StationConfig { return w.air.saved.station }

// GetOpmodeDefault returns the saved operating mode.
func (w *Radio) GetOpmodeDefault() uint8 { return w.air.saved.opMode }

// SetOpmode sets and saves the operating mode: NullMode, StationMode, SoftAPMode or StationAPMode; false for others.
func (w *Radio) SetOpmode(mode uint8) bool { return w.setOpMode(mode, true) }

// SetOpmodeCurrent is SetOpmode without saving.
func (w *Radio) SetOpmodeCurrent(mode uint8) bool { return w.setOpMode(mode, false) }

// GetOpmode returns the operating mode.
func (w *Radio) GetOpmode() uint8 { return w.opMode }

// StationSetConfig sets and saves the AP to join.
func (w *Radio) StationSetConfig(c wifi.StationConfig) bool {
	return w.setConfig(c, true)
}

// StationSetConfigCurrent is StationSetConfig without saving.
func (w *Radio) StationSetConfigCurrent(c wifi.StationConfig) bool {
	return w.setConfig(c, false)
}

// StationGetConfig returns the configuration in use.
func (w *Radio) StationGetConfig() wifi.StationConfig { return w.config }

// StationSetAutoConnect sets and saves whether the station connects at boot: 0 or 1; false for others and in a mode without station.
func (w *Radio) StationSetAutoConnect(set uint8) bool {
	const function = "wifi_station_set_auto_connect"
	switch {
	case w.opMode&wifi.StationMode == 0:
		return w.noStation(function)
	case set > 1:
		return w.m.OutOfRange(function, "the argument", int(set), 0, 1)
	}
	w.save(func(s *savedWiFi) { s.autoConnect = set != 0 })
	if !w.started {
		w.wanted = set != 0
	}
	return true
}

// StationConnect joins the configured AP, leaving first if the station is in one.
func (w *Radio) StationConnect() bool {
	switch {
	case w.opMode&wifi.StationMode == 0:
		return w.noStation("wifi_station_connect")
	case w.off:
		return w.m.Refused("wifi_station_connect", "false", w.offCause(), trace.Event{})
	}
	w.connect()
	return true
}

// StationDisconnect leaves the AP: status idle, event DISCONNECTED with reason 8, no reconnecting.
func (w *Radio) StationDisconnect() bool {
	if w.opMode&wifi.StationMode == 0 {
		return w.noStation("wifi_station_disconnect")
	}
	w.leave("wifi_station_disconnect")
	return true
}

// StationGetConnectStatus returns the station's state, StationIdle to StationGotIP; 255 in a mode without station
// (sdk-surface.md, Station status).
func (w *Radio) StationGetConnectStatus() uint8 {
	if w.opMode&wifi.StationMode == 0 {
		return 0xFF
	}
	return w.status
}

// GetIPInfo returns the addresses of an interface; 0.0.0.0 without one.
func (w *Radio) GetIPInfo(ifIndex uint8) wifi.IPInfo {
	if ifIndex == wifi.SoftAPIf {
		return w.ap.info()
	}
	return w.ipInfo()
}

// GetMacaddr returns the station's MAC, or the soft-AP's.
func (w *Radio) GetMacaddr(ifIndex uint8) [6]byte {
	if ifIndex == wifi.SoftAPIf {
		return w.ap.mac
	}
	return w.mac
}

// SetMacaddr sets the station's or the soft-AP's MAC until the next reset.
func (w *Radio) SetMacaddr(ifIndex uint8, mac [6]byte) bool {
	const function = "wifi_set_macaddr"
	switch {
	case w.started:
		return w.m.Refused(function, "false", soc.CauseTooLate, trace.Event{})
	case mac[0]&1 != 0:
		return w.m.Refused(function, "false", soc.CauseAddress, trace.Event{Text: "bit 0 of its first byte is set: it is a group's"})
	case ifIndex > wifi.SoftAPIf:
		return w.m.OutOfRange(function, "the interface", int(ifIndex), int(wifi.StationIf), int(wifi.SoftAPIf))
	}
	if ifIndex == wifi.SoftAPIf {
		w.ap.mac = mac
		return true
	}
	w.mac = mac
	if w.sta != nil {
		w.sta.SetMAC(mac)
	}
	return true
}

// SetEventHandlerCb sets the one handler of Wi-Fi events.
func (w *Radio) SetEventHandlerCb(cb func(wifi.SystemEvent)) { w.event = cb }

// noStation refuses a call that needs a station in a mode without one.
func (w *Radio) noStation(function string) bool {
	return w.m.Refused(function, "false", soc.CauseNoInterface, trace.Event{Text: "station", Value: int64(w.opMode)})
}

// noSoftAP refuses a call that needs a soft-AP in a mode without one.
func (w *Radio) noSoftAP(function string) bool {
	return w.m.Refused(function, "false", soc.CauseNoInterface, trace.Event{Text: "soft-AP", Value: int64(w.opMode)})
}

// current is a function's name, with _current unless it saves.
func current(function string, save bool) string {
	if save {
		return function
	}
	return function + "_current"
}
