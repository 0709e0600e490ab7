package wifi

import (
	"net/netip"

	"github.com/emu8266/emu8266/netstack"
)

// SoftapConfig is the SDK's struct softap_config.
type SoftapConfig struct {
	SSID           string // 1 to 32 bytes; the SDK's ssid_len is its length
	Password       string // 8 to 63 bytes, or 64 in hexadecimal, unless AuthMode is AuthOpen
	Channel        uint8  // 1 to 13; becomes 1 otherwise
	AuthMode       uint8  // AuthWPAPSK to AuthWPAWPA2PSK; AuthOpen, which all others become
	SSIDHidden     uint8  // 0 or 1; becomes 0 otherwise
	MaxConnection  uint8  // at most 8; more becomes 8
	BeaconInterval uint16 // 100 to 60,000 ms; becomes 100 otherwise
}

// StationInfo is the SDK's struct station_info: a station of the soft-AP.
type StationInfo struct {
	BSSID netstack.MAC // the station's
	IP    netip.Addr   // that the DHCP server gave; 0.0.0.0 before, and for a fixed one
	Block uint32       // heap address of the record
}
