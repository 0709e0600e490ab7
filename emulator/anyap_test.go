package emulator_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/wifi"
	"github.com/emu8266/emu8266/netstack"
)

func TestAnyAccessPointIsTheOneThatTheFirmwareAsksFor(t *testing.T) {
	for name, config := range map[string]wifi.StationConfig{
		"open":      {SSID: "my home"},
		"password":  {SSID: "my home", Password: "secret of home"},
		"BSSID":     {SSID: "my home", Password: "secret of home", BSSIDSet: true, BSSID: [6]byte{0x74, 1, 2, 3, 4, 5}},
		"threshold": {SSID: "my home", Threshold: wifi.Threshold{RSSI: -30, AuthMode: wifi.AuthWPAWPA2PSK}},
		"default":   {SSID: emulator.DefaultSSID},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var found []wifi.BssInfo
				d := boot(t, emulator.Config{AnyAccessPoint: true}, func(s *emulator.SDK) {
					s.WifiSetOpmode(wifi.StationMode)
					assert.True(t, s.WifiStationSetConfig(config))
					s.SystemInitDoneCb(func() {
						s.WifiStationScan(&wifi.ScanConfig{SSID: "other"}, func(list []wifi.BssInfo, _ wifi.Status) { found = list })
					})
				})
				time.Sleep(10 * time.Second)
				assert.True(t, d.Addr().IsValid(), "it has joined")
				require.Len(t, found, 1)
				assert.Equal(t, "other", found[0].SSID)
				if config.BSSIDSet {
					require.NoError(t, d.SetAccessPointInRange(false))
					assert.NotEqual(t, netstack.MAC{}, netstack.MAC(config.BSSID))
					time.Sleep(20 * time.Second)
					assert.True(t, d.Addr().IsValid(), "it is another one that went")
				}
			})
		})
	}
}

func TestWithoutAnyAccessPointOthersAreNotThere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := boot(t, emulator.Config{}, func(s *emulator.SDK) {
			s.WifiSetOpmode(wifi.StationMode)
			s.WifiStationSetConfig(wifi.StationConfig{SSID: "my home"})
		})
		time.Sleep(10 * time.Second)
		assert.False(t, d.Addr().IsValid())
	})
}
