package wifi

import (
	"net/netip"

	"github.com/emu8266/emu8266/netstack"
)

// Wi-Fi events (sdk-surface.md, Wifi events).
const (
	EventStamodeConnected          uint32 = 0
	EventStamodeDisconnected       uint32 = 1
	EventStamodeAuthmodeChange     uint32 = 2
	EventStamodeGotIP              uint32 = 3
	EventStamodeDHCPTimeout        uint32 = 4
	EventSoftAPModeStaConnected    uint32 = 5
	EventSoftAPModeStaDisconnected uint32 = 6
	EventSoftAPModeProbeReqRecved  uint32 = 7
	EventOpmodeChanged             uint32 = 8
	EventSoftAPModeDistributeStaIP uint32 = 9
)

// Reasons of EventStamodeDisconnected that this station gives (sdk-surface.md, Station status).
const (
	ReasonAuthExpire           uint8 = 2   // from the AP: what it usually says to a wrong password
	ReasonNotAuthed            uint8 = 6   // from the AP
	ReasonAssocLeave           uint8 = 8   // our own disconnect
	ReasonMICFailure           uint8 = 14  // from the AP
	Reason4WayHandshakeTimeout uint8 = 15  // from the AP: a wrong password, in its own words
	ReasonBeaconTimeout        uint8 = 200 // the AP is not heard any more
	ReasonNoAPFound            uint8 = 201 // no AP with the configured SSID
	ReasonAuthFail             uint8 = 202 // the AP refused the authentication; access points of this air do not
	ReasonHandshakeTimeout     uint8 = 204 // the AP did not end the key handshake in ten seconds
)

// reasons are the SDK's names for reasons of EventStamodeDisconnected (sdk-surface.md, Wifi events).
var reasons = map[uint8]string{1: "UNSPECIFIED", 2: "AUTH_EXPIRE", 3: "AUTH_LEAVE", 4: "ASSOC_EXPIRE", 5: "ASSOC_TOOMANY",
	6: "NOT_AUTHED", 7: "NOT_ASSOCED", 8: "ASSOC_LEAVE", 9: "ASSOC_NOT_AUTHED", 13: "IE_INVALID", 14: "MIC_FAILURE",
	15: "4WAY_HANDSHAKE_TIMEOUT", 200: "BEACON_TIMEOUT", 201: "NO_AP_FOUND", 202: "AUTH_FAIL", 203: "ASSOC_FAIL", 204: "HANDSHAKE_TIMEOUT"}

// ReasonName returns the SDK's name for a reason of EventStamodeDisconnected, without REASON_; "?" for one that has none here.
func ReasonName(reason uint8) string {
	if name, ok := reasons[reason]; ok {
		return name
	}
	return "?"
}

// SystemEvent is the SDK's System_Event_t. Which fields are set depends on Event.
type SystemEvent struct {
	Event           uint32
	SSID            string       // CONNECTED, DISCONNECTED
	BSSID           netstack.MAC // CONNECTED, DISCONNECTED
	Channel         uint8        // CONNECTED
	Reason          uint8        // DISCONNECTED
	IP, Mask, GW    netip.Addr   // GOT_IP; DISTRIBUTE_STA_IP has IP
	OldMode, OpMode uint8        // OPMODE_CHANGED; AUTHMODE_CHANGE: the old and the new authentication mode
	MAC             netstack.MAC // of the soft-AP's events: the station's
	AID             uint8        // STACONNECTED, STADISCONNECTED, DISTRIBUTE_STA_IP: the station's number, from 1
	RSSI            int8         // PROBEREQRECVED: dBm
}
