package radio

import "github.com/emu8266/emu8266/emulator/internal/soc"

// CauseID names why the station has no network. The words, in English and Chinese, are in package
// github.com/emu8266/emu8266/emulator/cause.
type CauseID = soc.CauseID

// Why the station has no network. Object: the SSID; Have: the reason of the Wi-Fi event.
const (
	CauseStationLost CauseID = "device/station-lost" // it has lost its access point
	CauseNotJoined   CauseID = "device/not-joined"   // it has not found its access point
)
