package radio

import (
	"fmt"
	"strings"
	"time"

	"github.com/emu8266/emu8266/emulator/chip"
	"github.com/emu8266/emu8266/emulator/internal/soc"
	"github.com/emu8266/emu8266/emulator/trace"
	"github.com/emu8266/emu8266/emulator/wifi"
)

// CauseID names why the radio gave something up or did nothing. The words, in English and Chinese, are in package
// github.com/emu8266/emu8266/emulator/cause.
type CauseID = soc.CauseID

// Why the station has no network. Object: the SSID, and which attempt it was; Have: the reason of the Wi-Fi event; Count: attempts.
const (
	CauseNoAccessPoint CauseID = "device/no-access-point" // nobody with that SSID is in range. Object: also who is
	// CauseAccessPointGone: the same, of an access point that the station had joined since the boot.
	CauseAccessPointGone CauseID = "device/access-point-gone"
	CauseUnfit           CauseID = "device/unfit"          // there is one, which the station's configuration excludes. Object: why
	CauseWrongPassword   CauseID = "device/wrong-password" // the access point's is another one
	CauseNoPassword      CauseID = "device/no-password"    // the access point has one, the configuration none
	CauseStationLost     CauseID = "device/station-lost"   // the access point fell silent or changed. Object: also how long
	CauseLeft            CauseID = "device/station-left"   // the firmware left. Object: by what
	CauseNoSSID          CauseID = "device/no-ssid"        // user_init has set none, and none is saved
	CauseNoConnect       CauseID = "device/no-connect"     // automatic connecting is off, and nobody called wifi_station_connect
	CauseRadioOff        CauseID = "device/radio-off"      // a wake from deep sleep with option 4
	CauseRadioStopped    CauseID = "device/radio-stopped"  // the firmware has asked for a restart or a deep sleep, which comes
	CauseNoAddressSet    CauseID = "device/no-address-set" // joined, but the DHCP client is stopped and no address is set
)

// Why a station of the soft-AP was turned away. Object: its MAC.
const (
	CauseSoftAPFull     CauseID = "device/softap-full"     // Have: stations; Limit: max_connection
	CauseSoftAPPassword CauseID = "device/softap-password" // it gave another one
)

// Why a smartconfig does not go on.
const (
	CauseSmartconfigNoPhone  CauseID = "device/smartconfig-no-phone"  // it listens and hears nobody. Object: why
	CauseSmartconfigTimeout  CauseID = "device/smartconfig-timeout"   // no whole message came. Limit: seconds
	CauseSmartconfigNotAsked CauseID = "device/smartconfig-not-asked" // LINK came and wifi_station_connect was not called. Object: the SSID
	CauseSmartconfigOther    CauseID = "device/smartconfig-other"     // the station was sent elsewhere. Object: both SSIDs
	CauseSmartconfigStatic   CauseID = "device/smartconfig-static"    // the station's DHCP client is stopped
	CauseSmartconfigReply    CauseID = "device/smartconfig-reply"     // the reply to the phone cannot be sent. Object: to whom
)

// because names a cause of the radio.
func (w *Radio) because(id CauseID, e trace.Event) {
	e.Source = trace.SourceWiFi
	w.m.Because(id, e)
}

// unjoined names why an attempt to join has failed.
func (w *Radio) unjoined(id CauseID, reason uint8, format string, args ...any) {
	text := fmt.Sprintf(format, args...) + w.trying.tell()
	if w.noReconnect {
		text += ", the last one (wifi_station_set_reconnect_policy)"
	}
	w.because(id, trace.Event{Text: text, Value: int64(reason), Count: uint32(w.trying.count)})
}

// another counts an attempt.
func (t *trying) another(now time.Time) {
	t.count++
	t.before, t.began = t.began, now
}

// tell says which attempt it is.
func (t *trying) tell() string {
	if t.count < 2 {
		return ""
	}
	return fmt.Sprintf(", attempt %d, %s after the one before", t.count, chip.Span(t.began.Sub(t.before)))
}

// listed names access points with their channels and strengths, the first few of them.
func listed(all []wifi.AccessPoint) string {
	const most = 5
	var names []string
	for _, ap := range all[:min(len(all), most)] {
		names = append(names, fmt.Sprintf("%q (channel %d, %d dBm)", ap.SSID, ap.Channel, ap.RSSI))
	}
	if len(all) > most {
		names = append(names, fmt.Sprintf("%d more", len(all)-most))
	}
	if len(names) == 0 {
		return "nothing"
	}
	return strings.Join(names, ", ")
}
