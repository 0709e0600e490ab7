package board

import (
	"github.com/emu8266/emu8266/emulator/wifi"
)

// SoftapGetConfig returns the soft-AP's configuration in use.
func (r *Radio) SoftapGetConfig() wifi.SoftapConfig { return r.radio().SoftapGetConfig() }

// SoftapGetConfigDefault returns the saved one.
func (r *Radio) SoftapGetConfigDefault() wifi.SoftapConfig { return r.radio().SoftapGetConfigDefault() }

// SoftapSetConfig sets and saves the soft-AP's configuration.
func (r *Radio) SoftapSetConfig(c wifi.SoftapConfig) bool { return r.radio().SoftapSetConfig(c) }

// SoftapSetConfigCurrent is SoftapSetConfig without saving.
func (r *Radio) SoftapSetConfigCurrent(c wifi.SoftapConfig) bool {
	return r.radio().SoftapSetConfigCurrent(c)
}

// SoftapGetStationNum returns the number of associated stations.
func (r *Radio) SoftapGetStationNum() uint8 { return r.radio().SoftapGetStationNum() }

// SoftapGetStationInfo returns the associated stations in the order of association numbers, each as a block of 16 bytes
// of the device's heap, which SoftapFreeStationInfo gives back; as many as there is memory for.
func (r *Radio) SoftapGetStationInfo() []wifi.StationInfo { return r.radio().SoftapGetStationInfo() }

// SoftapFreeStationInfo gives the lists back.
func (r *Radio) SoftapFreeStationInfo() { r.radio().SoftapFreeStationInfo() }

// SoftapDhcpsStart starts the DHCP server, which runs by default.
func (r *Radio) SoftapDhcpsStart() bool { return r.radio().SoftapDhcpsStart() }

// SoftapDhcpsStop stops it and forgets the leases.
func (r *Radio) SoftapDhcpsStop() bool { return r.radio().SoftapDhcpsStop() }

// SoftapDhcpsStatus returns DHCPStarted or DHCPStopped.
func (r *Radio) SoftapDhcpsStatus() uint8 { return r.radio().SoftapDhcpsStatus() }

// SoftapSetDhcpsLease sets the range of the DHCP server, which must have been stopped.
func (r *Radio) SoftapSetDhcpsLease(l wifi.DhcpsLease) bool { return r.radio().SoftapSetDhcpsLease(l) }

// SoftapGetDhcpsLease returns the range.
func (r *Radio) SoftapGetDhcpsLease() (wifi.DhcpsLease, bool) { return r.radio().SoftapGetDhcpsLease() }

// SoftapSetDhcpsLeaseTime sets how long a lease lasts, in minutes; 120 by default.
func (r *Radio) SoftapSetDhcpsLeaseTime(minute uint32) bool {
	return r.radio().SoftapSetDhcpsLeaseTime(minute)
}

// SoftapResetDhcpsLeaseTime sets the duration of a lease back to 120 minutes, under the conditions of SoftapSetDhcpsLeaseTime.
func (r *Radio) SoftapResetDhcpsLeaseTime() bool { return r.radio().SoftapResetDhcpsLeaseTime() }

// SoftapGetDhcpsLeaseTime returns how long a lease of the soft-AP's DHCP server lasts, in minutes.
func (r *Radio) SoftapGetDhcpsLeaseTime() uint32 { return r.radio().SoftapGetDhcpsLeaseTime() }

// SoftapSetDhcpsOfferOption says with level 1 whether the DHCP server offers itself as the router: bit 0 of mode.
func (r *Radio) SoftapSetDhcpsOfferOption(level, mode uint8) bool {
	return r.radio().SoftapSetDhcpsOfferOption(level, mode)
}

// SetBroadcastIf says through which interface broadcasts to 255.255.255.255 and datagrams to multicast groups leave in mode
// StationAPMode: 1 the station, 2 the soft-AP, 3 both (a group's through the soft-AP); false for others.
func (r *Radio) SetBroadcastIf(ifs uint8) bool { return r.radio().SetBroadcastIf(ifs) }

// GetBroadcastIf returns the interface through which broadcasts leave: 1 the station, 2 the soft-AP, 3 both.
func (r *Radio) GetBroadcastIf() uint8 { return r.radio().GetBroadcastIf() }
