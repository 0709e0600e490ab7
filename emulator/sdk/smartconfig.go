package sdk

import (
	"github.com/emu8266/emu8266/emulator/wifi"
)

// SmartconfigGetVersion returns the version of the SDK's library: V2.5.5 with SDK 3.0.6, V2.5.4 before.
func (s *SDK) SmartconfigGetVersion() string { return s.board.Radio().SmartconfigGetVersion() }

// SmartconfigSetType says which apps the next SmartconfigStart listens to, ScTypeEsptouch at boot. False, with a line,
// between SmartconfigStart and SmartconfigStop. Another type changes nothing and prints a line, but is true.
func (s *SDK) SmartconfigSetType(t wifi.ScType) bool { return s.board.Radio().SmartconfigSetType(t) }

// EsptouchSetTimeout sets the time in seconds after which a smartconfig begins anew, 80 at boot; less than 15 counts as 15.
// It runs from the moment the channel is found to ScStatusLink: without a phone the device listens for ever. (The SDK's guide
// says from ScStatusFindChannel on; its library does this.) AirKiss has 31 s instead. False, with a line, between
// SmartconfigStart and SmartconfigStop.
func (s *SDK) EsptouchSetTimeout(seconds uint8) bool {
	return s.board.Radio().EsptouchSetTimeout(seconds)
}

// SmartconfigStart makes the station listen for a phone that tells it an access point (Device.SmartConfig). It leaves the
// access point that it is in, scans twice, which takes four seconds, and then calls cb with ScStatusFindChannel; with
// ScStatusGettingSSIDPswd when it has found a phone's channel; with ScStatusLink when it knows SSID and password: cb then
// calls WifiStationSetConfig, WifiStationDisconnect and WifiStationConnect. Once the station has an address it tells the phone
// so, 40 datagrams to port 18266, 100 ms apart (AirKiss: 30 broadcasts to port 10000), and cb gets ScStatusLinkOver. A wrong
// password leaves it at ScStatusLink. log 1 prints more lines. SmartconfigStop must follow at the end.
//
// False, with a line, when one is under way, and unless the mode is StationMode; the second also ends the one under way.
// In user_init the library takes the callback of SystemInitDoneCb for itself: set one later, and nothing is heard. Nor is
// it when a scan is under way. Deviation: it takes no heap, and the CPU's clock stays as it is.
func (s *SDK) SmartconfigStart(cb func(wifi.ScStatus, wifi.ScData), log ...uint8) bool {
	return s.board.Radio().SmartconfigStart(cb, log...)
}

// SmartconfigStop ends a smartconfig in any state; no callback comes any more. Always true.
func (s *SDK) SmartconfigStop() bool { return s.board.Radio().SmartconfigStop() }
