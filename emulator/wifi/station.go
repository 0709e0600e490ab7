package wifi

import "github.com/emu8266/emu8266/netstack"

// StationConfig is the SDK's struct station_config.
type StationConfig struct {
	SSID     string // at most 32 bytes
	Password string // at most 64 bytes
	BSSIDSet bool
	BSSID    netstack.MAC
	// Threshold is what an AP must reach to be joined: strength in dBm (0: any) and authentication mode. SDK 2.2 and later.
	Threshold Threshold
	// OpenAndWEPModeDisable keeps the station from open APs and those with WEP. SDK 3.
	OpenAndWEPModeDisable bool
	// Channel and AllChannelScan say where the SDK looks first. SDK 3. Deviation: they make no difference here.
	Channel        uint8
	AllChannelScan bool
}

// Threshold is the SDK's wifi_fast_scan_threshold_t.
type Threshold struct {
	RSSI     int8
	AuthMode uint8
}

// Station states, as wifi_station_get_connect_status returns them.
const (
	StationIdle          uint8 = 0
	StationConnecting    uint8 = 1
	StationWrongPassword uint8 = 2
	StationNoAPFound     uint8 = 3
	StationConnectFail   uint8 = 4
	StationGotIP         uint8 = 5
)
