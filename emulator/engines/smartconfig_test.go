package engines_test

import (
	"context"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/wifi"
	"github.com/emu8266/emu8266/netstack"
)

// A phone configures C firmware: what the callback's data points to, for both kinds of apps.
func TestSmartconfig(t *testing.T) { onEach(t, testSmartconfig) }

func testSmartconfig(t *testing.T, e engine) {
	i := e.image(t, "smartconfig")
	for name, c := range map[string]struct {
		kind wifi.ScType
		want []string
	}{
		"esptouch": {wifi.ScTypeEsptouch, []string{
			"status 2, type 0", "T|bssid: 02 00 0a 00 00 01", "status 3, home, 12345678, bssid 0", "status 4, phone 10.0.0.50",
		}},
		"airkiss": {wifi.ScTypeAirkiss, []string{"status 2, type 1", "status 3, home, 12345678, bssid 0", "status 4, AirKiss"}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := emulator.NewTest(t, emulator.Config{Seed: 1, Station: wifi.StationConfig{SSID: "elsewhere"},
					AccessPoint: wifi.AccessPoint{SSID: "home", Password: "12345678"}})
				require.NoError(t, d.Boot(i.Firmware()))
				require.NoError(t, d.SmartConfig(wifi.Phone{SSID: "home", Password: "12345678", Type: c.kind,
					Addr: netip.MustParseAddr("10.0.0.50"), MAC: netstack.MAC{2, 9, 9, 9, 9, 9}}))
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				lines := append([]string{
					"version V2.5.4", "type 1, timeout 1", "SC version: V2.5.4", "start 1", "smartconfig busy",
					"twice 0", "status 1, data 0",
				}, c.want...)
				for _, want := range append(lines, "free heap:", "stop 1") {
					_, err := d.WaitLog(ctx, want)
					require.NoError(t, err)
				}
				require.Nil(t, d.Crash())
				require.True(t, d.Addr().IsValid())
			})
		})
	}
}
