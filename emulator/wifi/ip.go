package wifi

import "net/netip"

// DhcpsLease is the SDK's struct dhcps_lease: the addresses that the soft-AP's DHCP server gives. Without Enable the SDK
// takes the hundred above, or below, its own.
type DhcpsLease struct {
	Enable         bool
	StartIP, EndIP netip.Addr
}

// Interface numbers of wifi_get_ip_info.
const (
	StationIf uint8 = 0
	SoftAPIf  uint8 = 1
)

// IPInfo is the SDK's struct ip_info; all zero (0.0.0.0) without an address.
type IPInfo struct{ IP, Netmask, GW netip.Addr }

// States of WifiStationDhcpcStatus.
const (
	DHCPStopped uint8 = 0
	DHCPStarted uint8 = 1
)
