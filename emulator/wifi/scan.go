package wifi

import "github.com/emu8266/emu8266/netstack"

// Status is the SDK's STATUS.
type Status uint8

// Results of a scan.
const (
	StatusOK   Status = 0
	StatusFail Status = 1
)

// ScanConfig is the SDK's struct scan_config. Zero fields do not filter.
type ScanConfig struct {
	SSID       string
	BSSID      netstack.MAC
	Channel    uint8
	ShowHidden bool
	Passive    bool
	Max        uint32 // milliseconds per channel (scan_time.active.max or scan_time.passive); 0: the SDK's own
}

// BssInfo is the SDK's struct bss_info: an access point that a scan found.
type BssInfo struct {
	BSSID    netstack.MAC
	SSID     string // empty for a hidden one that was not asked for by name
	Channel  uint8
	RSSI     int8 // dBm
	AuthMode uint8
	IsHidden bool
}
