package wifi

import "github.com/emu8266/emu8266/netstack"

// AccessPoint is an AP in range of the station.
type AccessPoint struct {
	SSID     string // 1 to 32 bytes
	Password string // empty: open
	BSSID    netstack.MAC
	Channel  uint8 // 1 to 13. Default: 6
	RSSI     int8  // dBm. Default: -50
	AuthMode uint8 // Default: AuthWPA2PSK with a password, AuthOpen without
	Hidden   bool  // its beacons do not tell the SSID
	// KeyReason is the reason with which it sends a station away that has the wrong password, and with it the event's and the
	// status that the station shows (sdk-surface.md, Station status): ReasonAuthExpire leaves it at connecting,
	// Reason4WayHandshakeTimeout makes it wrong password; ReasonHandshakeTimeout stands for an access point that says nothing,
	// so that the station gives up after ten seconds. Default: ReasonAuthExpire. Choice: what the reports have.
	KeyReason uint8
}

// Authentication modes (sdk-surface.md, user_interface.h).
const (
	AuthOpen       uint8 = 0
	AuthWEP        uint8 = 1
	AuthWPAPSK     uint8 = 2
	AuthWPA2PSK    uint8 = 3
	AuthWPAWPA2PSK uint8 = 4
)

// RSSIDefault is the signal strength of an access point that gives none, in dBm. Choice.
const RSSIDefault int8 = -50
