package board

import (
	"github.com/emu8266/emu8266/emulator/wifi"
)

// StationGetRssi returns the access point's signal strength in dBm, 31 if the station has not joined one.
func (r *Radio) StationGetRssi() int8 { return r.radio().StationGetRssi() }

// StationSetHostname sets the name in DHCP requests, 1 to 32 bytes, from the next start of the DHCP client on.
func (r *Radio) StationSetHostname(name string) bool { return r.radio().StationSetHostname(name) }

// StationGetHostname returns the name of the station in DHCP requests: what was set, or ESP_ and the end of the MAC.
func (r *Radio) StationGetHostname() string { return r.radio().StationGetHostname() }

// StationDhcpcStart starts the DHCP client, which runs from boot on unless Config.Address is set.
func (r *Radio) StationDhcpcStart() bool { return r.radio().StationDhcpcStart() }

// StationDhcpcStop stops the DHCP client; the address stays.
func (r *Radio) StationDhcpcStop() bool { return r.radio().StationDhcpcStop() }

// StationDhcpcStatus returns DHCPStarted or DHCPStopped.
func (r *Radio) StationDhcpcStatus() uint8 { return r.radio().StationDhcpcStatus() }

// StationDhcpcSetMaxtry sets how often the DHCP client repeats its first message, from its next start on; 0, the
// default, is without limit.
func (r *Radio) StationDhcpcSetMaxtry(num uint8) bool { return r.radio().StationDhcpcSetMaxtry(num) }

// SetIPInfo sets an interface's address, netmask and gateway.
func (r *Radio) SetIPInfo(ifIndex uint8, info wifi.IPInfo) bool {
	return r.radio().SetIPInfo(ifIndex, info)
}

// StationSetReconnectPolicy says whether the station tries to join again when it has lost its access point or an
// attempt has failed, a wrong password included; it does by default.
func (r *Radio) StationSetReconnectPolicy(set bool) bool {
	return r.radio().StationSetReconnectPolicy(set)
}

// StationGetReconnectPolicy says whether the station tries to join again when it has lost its access point.
func (r *Radio) StationGetReconnectPolicy() bool { return r.radio().StationGetReconnectPolicy() }

// StationGetAutoConnect returns 1 if the station connects at boot.
func (r *Radio) StationGetAutoConnect() uint8 { return r.radio().StationGetAutoConnect() }

// StationGetConfigDefault returns the saved configuration.
func (r *Radio) StationGetConfigDefault() wifi.StationConfig {
	return r.radio().StationGetConfigDefault()
}

// GetOpmodeDefault returns the saved operating mode.
func (r *Radio) GetOpmodeDefault() uint8 { return r.radio().GetOpmodeDefault() }

// StationApNumberSet saves how many access points the station remembers, 1 to 5, 1 on a new device; false for others, and in a mode
// without station. It counts from the next boot on.
func (r *Radio) StationApNumberSet(number uint8) bool { return r.radio().StationApNumberSet(number) }

// StationGetCurrentApID returns the number of the remembered access point in use, 0 to 4.
func (r *Radio) StationGetCurrentApID() uint8 { return r.radio().StationGetCurrentApID() }

// StationGetApInfo returns the remembered access points, at most 5.
func (r *Radio) StationGetApInfo() []wifi.StationConfig { return r.radio().StationGetApInfo() }

// StationApChange makes the station use a remembered access point: it leaves the present one and joins that.
func (r *Radio) StationApChange(id uint8) bool { return r.radio().StationApChange(id) }

// StationScan looks for access points: Config.AccessPoint and Config.Neighbors, and the soft-APs of the other devices
// on the network. cb gets what was found, by channel and then by strength, about two seconds later; a hidden one only
// with ShowHidden, or if SSID names it. nil scans for all.
func (r *Radio) StationScan(cfg *wifi.ScanConfig, cb func([]wifi.BssInfo, wifi.Status)) bool {
	return r.radio().StationScan(cfg, cb)
}

// StatusLedInstall lets a LED at a GPIO, 0 to 15, with the address of its register in IO_MUX and the function that
// makes it a GPIO, tell the station's state.
func (r *Radio) StatusLedInstall(gpio uint8, mux uint32, function uint8) {
	r.radio().StatusLedInstall(gpio, mux, function)
}

// StatusLedUninstall ends what StatusLedInstall began; the LED stays as it is.
func (r *Radio) StatusLedUninstall() { r.radio().StatusLedUninstall() }
