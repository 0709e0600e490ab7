package wifi

import (
	"net/netip"

	"github.com/emu8266/emu8266/netstack"
)

// ScStatus is the SDK's sc_status (sdk-surface.md, smartconfig.h).
type ScStatus uint32

// States of a smartconfig that its callback tells. The SDK's library never tells ScStatusWait.
const (
	ScStatusWait            ScStatus = 0
	ScStatusFindChannel     ScStatus = 1
	ScStatusGettingSSIDPswd ScStatus = 2
	ScStatusLink            ScStatus = 3
	ScStatusLinkOver        ScStatus = 4
)

// ScType is the SDK's sc_type: which app the device listens to.
type ScType uint32

// Kinds of apps.
const (
	ScTypeEsptouch        ScType = 0
	ScTypeAirkiss         ScType = 1
	ScTypeEsptouchAirkiss ScType = 2
)

// ScData is what a smartconfig callback gets with its status.
type ScData struct {
	Type   ScType        // ScStatusGettingSSIDPswd: ScTypeEsptouch or ScTypeAirkiss
	Config StationConfig // ScStatusLink: the SSID and the password
	Phone  netip.Addr    // ScStatusLinkOver: the phone's address; the zero Addr for AirKiss
}

// Phone is a phone in range with an app that configures devices: ESP-TOUCH or AirKiss. It is in the access point that it
// tells.
type Phone struct {
	SSID     string // 1 to 32 bytes
	Password string // at most 64 bytes; what its user typed, which need not be right
	Type     ScType // ScTypeEsptouch or ScTypeAirkiss
	// Addr is the phone's IPv4 address, which ESP-TOUCH tells the device: it answers there, at port 18266, with 11 bytes:
	// length of SSID and password + 9, its MAC, its address. AirKiss does without.
	Addr   netip.Addr
	MAC    netstack.MAC
	Random uint8 // the number that an AirKiss device repeats in its answer, before its MAC
}
