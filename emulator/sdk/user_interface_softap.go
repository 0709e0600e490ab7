package sdk

import (
	"github.com/emu8266/emu8266/emulator/wifi"
)

// WifiSoftapGetConfig returns the soft-AP's configuration in use.
func (s *SDK) WifiSoftapGetConfig() wifi.SoftapConfig { return s.board.Radio().SoftapGetConfig() }

// WifiSoftapGetConfigDefault returns the saved one.
func (s *SDK) WifiSoftapGetConfigDefault() wifi.SoftapConfig {
	return s.board.Radio().SoftapGetConfigDefault()
}

// WifiSoftapSetConfig sets and saves the soft-AP's configuration. False, with nothing changed, for a mode without
// soft-AP and for what SoftapConfig does not allow. A change throws the stations out; they can join again.
func (s *SDK) WifiSoftapSetConfig(c wifi.SoftapConfig) bool {
	return s.board.Radio().SoftapSetConfig(c)
}

// WifiSoftapSetConfigCurrent is WifiSoftapSetConfig without saving.
func (s *SDK) WifiSoftapSetConfigCurrent(c wifi.SoftapConfig) bool {
	return s.board.Radio().SoftapSetConfigCurrent(c)
}

// WifiSoftapGetStationNum returns the number of associated stations.
func (s *SDK) WifiSoftapGetStationNum() uint8 { return s.board.Radio().SoftapGetStationNum() }

// WifiSoftapGetStationInfo returns the associated stations in the order of association numbers, each as a block of 16 bytes
// of the device's heap, which WifiSoftapFreeStationInfo gives back; as many as there is memory for.
func (s *SDK) WifiSoftapGetStationInfo() []wifi.StationInfo {
	return s.board.Radio().SoftapGetStationInfo()
}

// WifiSoftapFreeStationInfo gives the lists back. Choice: all that were handed out since the last call.
func (s *SDK) WifiSoftapFreeStationInfo() { s.board.Radio().SoftapFreeStationInfo() }

// WifiSoftapDhcpsStart starts the DHCP server, which runs by default. False if the mode has no soft-AP.
func (s *SDK) WifiSoftapDhcpsStart() bool { return s.board.Radio().SoftapDhcpsStart() }

// WifiSoftapDhcpsStop stops it and forgets the leases. False if the mode has no soft-AP.
func (s *SDK) WifiSoftapDhcpsStop() bool { return s.board.Radio().SoftapDhcpsStop() }

// WifiSoftapDhcpsStatus tells whether the DHCP server is switched on, as it is from boot, whether or not there is a soft-AP: DHCPStarted or
// DHCPStopped (sdk-surface.md).
func (s *SDK) WifiSoftapDhcpsStatus() uint8 { return s.board.Radio().SoftapDhcpsStatus() }

// WifiSoftapSetDhcpsLease sets the range of the DHCP server, which must have been stopped. With l.Enable false the
// default range is taken again. False for a mode without soft-AP, while the server runs, and for a range that holds the
// soft-AP's own address, leaves its 256 addresses, or is longer than 101 (dhcpserver.c). The setting is lost at a reset.
func (s *SDK) WifiSoftapSetDhcpsLease(l wifi.DhcpsLease) bool {
	return s.board.Radio().SoftapSetDhcpsLease(l)
}

// WifiSoftapGetDhcpsLease returns the range. False for a mode without soft-AP, and while the server is stopped unless a
// range was set.
func (s *SDK) WifiSoftapGetDhcpsLease() (wifi.DhcpsLease, bool) {
	return s.board.Radio().SoftapGetDhcpsLease()
}

// WifiSoftapSetDhcpsLeaseTime sets how long a lease lasts, in minutes; 120 by default. False for a mode without soft-AP,
// while the server runs, and for 0 (dhcpserver.c, which has no upper limit).
func (s *SDK) WifiSoftapSetDhcpsLeaseTime(minute uint32) bool {
	return s.board.Radio().SoftapSetDhcpsLeaseTime(minute)
}

// WifiSoftapResetDhcpsLeaseTime sets the duration of a lease back to 120 minutes, under the conditions of
// WifiSoftapSetDhcpsLeaseTime.
func (s *SDK) WifiSoftapResetDhcpsLeaseTime() bool {
	return s.board.Radio().SoftapResetDhcpsLeaseTime()
}

// WifiSoftapGetDhcpsLeaseTime returns how long a lease of the soft-AP's DHCP server lasts, in minutes.
func (s *SDK) WifiSoftapGetDhcpsLeaseTime() uint32 { return s.board.Radio().SoftapGetDhcpsLeaseTime() }

// WifiSoftapSetDhcpsOfferOption says with level 1 whether the DHCP server offers itself as the router: bit 0 of mode. It does
// by default. False for other levels.
func (s *SDK) WifiSoftapSetDhcpsOfferOption(level, mode uint8) bool {
	return s.board.Radio().SoftapSetDhcpsOfferOption(level, mode)
}
