package board

import (
	"github.com/emu8266/emu8266/emulator/wifi"
)

// SmartconfigGetVersion returns the version of the SDK's library: V2.5.5 with SDK 3.0.6, V2.5.4 before.
func (r *Radio) SmartconfigGetVersion() string { return r.radio().SmartconfigGetVersion() }

// SmartconfigSetType says which apps the next SmartconfigStart listens to, ScTypeEsptouch at boot.
func (r *Radio) SmartconfigSetType(t wifi.ScType) bool { return r.radio().SmartconfigSetType(t) }

// EsptouchSetTimeout sets the time in seconds after which a smartconfig begins anew, 80 at boot; less than 15 counts as
// 15.
func (r *Radio) EsptouchSetTimeout(seconds uint8) bool { return r.radio().EsptouchSetTimeout(seconds) }

// SmartconfigStart makes the station listen for a phone that tells it an access point (Device.SmartConfig).
func (r *Radio) SmartconfigStart(cb func(wifi.ScStatus, wifi.ScData), log ...uint8) bool {
	return r.radio().SmartconfigStart(cb, log...)
}

// SmartconfigStop ends a smartconfig in any state; no callback comes any more.
func (r *Radio) SmartconfigStop() bool { return r.radio().SmartconfigStop() }
