package sdk

import (
	"github.com/emu8266/emu8266/emulator/wifi"
)

// WifiStationApNumberSet saves how many access points the station remembers, 1 to 5, 1 on a new device; false for others, and in a mode
// without station. It counts from the next boot on.
// Those beyond are forgotten. It is saved.
func (s *SDK) WifiStationApNumberSet(number uint8) bool {
	return s.board.Radio().StationApNumberSet(number)
}

// WifiStationGetCurrentApID returns the number of the remembered access point in use, 0 to 4.
func (s *SDK) WifiStationGetCurrentApID() uint8 { return s.board.Radio().StationGetCurrentApID() }

// WifiStationGetApInfo returns the remembered access points, at most 5.
func (s *SDK) WifiStationGetApInfo() []wifi.StationConfig { return s.board.Radio().StationGetApInfo() }

// WifiStationApChange makes the station use a remembered access point: it leaves the present one and joins that. False for
// a mode without station and a number that there is not.
func (s *SDK) WifiStationApChange(id uint8) bool { return s.board.Radio().StationApChange(id) }

// WifiStationScan looks for access points: Config.AccessPoint and Config.Neighbors, and the soft-APs of the other devices on
// the network. cb gets what was found, by channel and then by strength, about two seconds later; a hidden one only with
// ShowHidden, or if SSID names it. nil scans for all. False for a mode without station, inside user_init, and while a
// scan is under way. If the mode loses its station meanwhile, cb gets StatusFail.
func (s *SDK) WifiStationScan(cfg *wifi.ScanConfig, cb func([]wifi.BssInfo, wifi.Status)) bool {
	return s.board.Radio().StationScan(cfg, cb)
}

// WifiStationSetConfig sets and saves the AP to join. Outside user_init a call of WifiStationConnect must follow.
func (s *SDK) WifiStationSetConfig(c wifi.StationConfig) bool {
	return s.board.Radio().StationSetConfig(c)
}

// WifiStationSetConfigCurrent is WifiStationSetConfig without saving.
func (s *SDK) WifiStationSetConfigCurrent(c wifi.StationConfig) bool {
	return s.board.Radio().StationSetConfigCurrent(c)
}

// WifiStationGetConfig returns the configuration in use.
func (s *SDK) WifiStationGetConfig() wifi.StationConfig { return s.board.Radio().StationGetConfig() }

// WifiStationSetAutoConnect sets and saves whether the station connects at boot.
func (s *SDK) WifiStationSetAutoConnect(set uint8) bool {
	return s.board.Radio().StationSetAutoConnect(set)
}

// WifiStationConnect joins the configured AP, leaving first if the station is in one. The result comes as events and
// status. False if the mode has no station, and when the radio is off.
func (s *SDK) WifiStationConnect() bool { return s.board.Radio().StationConnect() }

// WifiStationDisconnect leaves the AP: status idle, event DISCONNECTED with reason 8, no reconnecting. False if the
// mode has no station.
func (s *SDK) WifiStationDisconnect() bool { return s.board.Radio().StationDisconnect() }

// WifiStationGetConnectStatus returns the station's state: StationIdle to StationGotIP.
func (s *SDK) WifiStationGetConnectStatus() uint8 { return s.board.Radio().StationGetConnectStatus() }

// WifiStationGetRssi returns the access point's signal strength in dBm, 31 if the station has not joined one.
func (s *SDK) WifiStationGetRssi() int8 { return s.board.Radio().StationGetRssi() }

// WifiStationSetHostname sets the name in DHCP requests, 1 to 32 bytes, from the next start of the DHCP client on. False
// for other lengths.
func (s *SDK) WifiStationSetHostname(name string) bool {
	return s.board.Radio().StationSetHostname(name)
}

// WifiStationGetHostname returns the name of the station in DHCP requests: what was set, or ESP_ and the end of the
// MAC.
func (s *SDK) WifiStationGetHostname() string { return s.board.Radio().StationGetHostname() }

// WifiStationDhcpcStart starts the DHCP client, which runs from boot on unless Config.Address is set. False if the mode
// has no station.
func (s *SDK) WifiStationDhcpcStart() bool { return s.board.Radio().StationDhcpcStart() }

// WifiStationDhcpcStop stops the DHCP client; the address stays. A static one can then be set with WifiSetIPInfo. False
// if the mode has no station.
func (s *SDK) WifiStationDhcpcStop() bool { return s.board.Radio().StationDhcpcStop() }

// WifiStationDhcpcStatus returns DHCPStarted or DHCPStopped.
func (s *SDK) WifiStationDhcpcStatus() uint8 { return s.board.Radio().StationDhcpcStatus() }

// WifiStationDhcpcSetMaxtry sets how often the DHCP client repeats its first message, from its next start on; 0, the
// default, is without limit. Then the device prints "DHCP timeout", the event DHCP_TIMEOUT comes, and the client rests.
func (s *SDK) WifiStationDhcpcSetMaxtry(num uint8) bool {
	return s.board.Radio().StationDhcpcSetMaxtry(num)
}

// WifiStationSetReconnectPolicy says whether the station tries to join again when it has lost its access point or an
// attempt has failed, a wrong password included; it does by default.
func (s *SDK) WifiStationSetReconnectPolicy(set bool) bool {
	return s.board.Radio().StationSetReconnectPolicy(set)
}

// WifiStationGetReconnectPolicy says whether the station tries to join again when it has lost its access point.
func (s *SDK) WifiStationGetReconnectPolicy() bool {
	return s.board.Radio().StationGetReconnectPolicy()
}

// WifiStationGetAutoConnect returns 1 if the station connects at boot.
func (s *SDK) WifiStationGetAutoConnect() uint8 { return s.board.Radio().StationGetAutoConnect() }

// WifiStationGetConfigDefault returns the saved configuration.
func (s *SDK) WifiStationGetConfigDefault() wifi.StationConfig {
	return s.board.Radio().StationGetConfigDefault()
}

// WifiStatusLedInstall lets a LED at a GPIO, 0 to 15, with the address of its register in IO_MUX and the function that
// makes it a GPIO, tell the station's state. Choice: it blinks once a second while there is no address, and is on with one.
// Installing another one ends that. A GPIO above 15 is ignored.
func (s *SDK) WifiStatusLedInstall(gpio uint8, mux uint32, function uint8) {
	s.board.Radio().StatusLedInstall(gpio, mux, function)
}

// WifiStatusLedUninstall ends what WifiStatusLedInstall began; the LED stays as it is.
func (s *SDK) WifiStatusLedUninstall() { s.board.Radio().StatusLedUninstall() }
