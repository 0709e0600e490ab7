package emulator_test

import (
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/wifi"
)

// TestPasswords: whatever password firmware sets, and that of each access point in range, is known to the device, for reports to leave
// out; also when the device is closed.
func TestPasswords(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := emulator.NewTest(t, emulator.Config{
			AccessPoint: wifi.AccessPoint{SSID: "home", Password: "the first one", AuthMode: wifi.AuthWPA2PSK},
			Neighbors:   []wifi.AccessPoint{{SSID: "next door", Password: "the neighbor's", AuthMode: wifi.AuthWPA2PSK}},
		})
		assert.NoError(t, d.Boot(emulator.Go(func(s *emulator.SDK) {
			s.WifiSetOpmodeCurrent(wifi.StationAPMode)
			s.WifiStationSetConfigCurrent(wifi.StationConfig{SSID: "home", Password: "tried first"})
			s.WifiStationSetConfig(wifi.StationConfig{SSID: "home", Password: "tried then"})
			s.WifiSoftapSetConfigCurrent(wifi.SoftapConfig{SSID: "mine", Password: "my own one", AuthMode: wifi.AuthWPA2PSK, Channel: 1,
				MaxConnection: 4, BeaconInterval: 100})
		})))
		assert.NoError(t, d.SetAccessPoint(wifi.AccessPoint{SSID: "other", Password: "of the other", AuthMode: wifi.AuthWPA2PSK}))
		assert.NoError(t, d.Close())
		assert.Equal(t, []string{"the first one", "the neighbor's", "tried first", "tried then", "my own one", "of the other"},
			d.Passwords())
	})
}
