package emulator

import "github.com/emu8266/emu8266/emulator/wifi"

// Limits of the station's settings (sdk-surface.md, wifi_*).
const (
	hostnameMax = 32
	apNumberMax = 5
)

// WifiStationGetRssi returns the access point's signal strength in dBm, 31 if the station has not joined one.
func (s *SDK) WifiStationGetRssi() int8 {
	w := s.board.m.wifi
	if !w.joined {
		return rssiNone
	}
	if ap := w.m.d.cfg.AccessPoint; ap.BSSID == w.current.BSSID {
		return ap.RSSI // it may have changed
	}
	return w.current.RSSI
}

// WifiStationSetHostname sets the name in DHCP requests, 1 to 32 bytes, from the next start of the DHCP client on. False
// for other lengths.
func (s *SDK) WifiStationSetHostname(name string) bool {
	if name == "" || len(name) > hostnameMax {
		return false
	}
	s.board.m.wifi.host = name
	return true
}

// WifiStationGetHostname returns that name; ESP_ and the end of the MAC if none was set.
func (s *SDK) WifiStationGetHostname() string { return s.board.m.wifi.hostname() }

// WifiStationDhcpcStart starts the DHCP client, which runs from boot on unless Config.Address is set. False if the mode
// has no station.
func (s *SDK) WifiStationDhcpcStart() bool {
	w := s.board.m.wifi
	if w.opMode&wifi.StationMode == 0 {
		return false
	}
	was := w.dhcpOff
	w.dhcpOff = false
	if was && w.joined && !w.m.nic.taken {
		w.startDHCP()
	}
	return true
}

// WifiStationDhcpcStop stops the DHCP client; the address stays. A static one can then be set with WifiSetIPInfo. False
// if the mode has no station.
func (s *SDK) WifiStationDhcpcStop() bool {
	w := s.board.m.wifi
	if w.opMode&wifi.StationMode == 0 {
		return false
	}
	if !w.dhcpOff {
		w.dhcpOff = true
		w.static, w.staticGW = w.address(), w.gateway()
		w.stopDHCP()
	}
	return true
}

// WifiStationDhcpcStatus returns DHCPStarted or DHCPStopped.
func (s *SDK) WifiStationDhcpcStatus() uint8 {
	if s.board.m.wifi.dhcpOff {
		return wifi.DHCPStopped
	}
	return wifi.DHCPStarted
}

// WifiStationDhcpcSetMaxtry sets how often the DHCP client repeats its first message, from its next start on; 0, the
// default, is without limit. Then the device prints "DHCP timeout", the event DHCP_TIMEOUT comes, and the client rests.
func (s *SDK) WifiStationDhcpcSetMaxtry(num uint8) bool {
	s.board.m.wifi.dhcpTries = num
	return true
}

// WifiSetIPInfo sets an interface's address, netmask and gateway. Its DHCP client or server must have been stopped, otherwise
// it is false; also for a mode without the interface, a netmask with holes, and another number than StationIf and SoftAPIf.
// If the station has joined an access point, the address counts at once: connections over another one are aborted
// (lwip.md 7.5), and the event GOT_IP comes. That of the soft-AP counts at once, too. 0.0.0.0 removes the address.
func (s *SDK) WifiSetIPInfo(ifIndex uint8, info wifi.IPInfo) bool {
	switch w := s.board.m.wifi; ifIndex {
	case wifi.StationIf:
		return w.setIPInfo(info)
	case wifi.SoftAPIf:
		return w.ap.setIPInfo(info)
	}
	return false
}

// WifiStationSetReconnectPolicy says whether the station tries to join again when it has lost its access point; it does
// by default. It only has an effect in user_init. Choice: false elsewhere.
func (s *SDK) WifiStationSetReconnectPolicy(set bool) bool {
	w := s.board.m.wifi
	if w.started {
		return false
	}
	w.noReconnect = !set
	return true
}

// WifiStationGetReconnectPolicy returns that policy.
func (s *SDK) WifiStationGetReconnectPolicy() bool { return !s.board.m.wifi.noReconnect }

// WifiStationGetAutoConnect returns 1 if the station connects at boot.
func (s *SDK) WifiStationGetAutoConnect() uint8 {
	if s.board.m.d.saved.autoConnect {
		return 1
	}
	return 0
}

// WifiStationGetConfigDefault returns the saved configuration.
func (s *SDK) WifiStationGetConfigDefault() wifi.StationConfig { return s.board.m.d.saved.station }

// WifiGetOpmodeDefault returns the saved operating mode.
func (s *SDK) WifiGetOpmodeDefault() uint8 { return s.board.m.d.saved.opMode }
