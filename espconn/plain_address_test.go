package espconn_test

import (
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator/wifi"
)

// TestPlainAddressChanges: when the station gets another address every connection of the old one ends with reconnect -11,
// those of servers too; the server itself goes on (espconn.md 4.6, 8).
func TestPlainAddressChanges(t *testing.T) {
	for _, profile := range append(plainProfiles, "ManualV10", "SDK306SSL") {
		t.Run(profile, func(t *testing.T) {
			onPlainDevice(t, profile, func(rig *plainDeviceRig) {
				rig.serve(80, holdPlain)
				client, server := rig.conn(tcp("10.0.0.9", 80, 4000)), rig.conn(tcp("", 0, 8080))
				rig.do(func() { rig.sdk.Connect(client); rig.sdk.Accept(server) })
				rig.sleep(time.Second)
				peer := rig.dial(8080)
				rig.sleep(time.Second)
				assert.Equal(t, "connect, connect", rig.seen())
				rig.do(func() {
					i := rig.sdk.WifiGetIPInfo(wifi.StationIf)
					rig.sdk.WifiStationDhcpcStop()
					i.IP = netip.MustParseAddr("10.0.0.3")
					require.True(t, rig.sdk.WifiSetIPInfo(wifi.StationIf, i))
				})
				rig.sleep(time.Second)
				assert.Equal(t, "connect, connect, reconnect -11, reconnect -11", rig.seen())
				_ = peer.Close()
				again, err := rig.host.DialContext(rig.t.Context(), "tcp", "10.0.0.3:8080")
				require.NoError(t, err, "the server listens on any address")
				rig.sleep(time.Second)
				assert.Equal(t, "connect, connect, reconnect -11, reconnect -11, connect", rig.seen())
				_ = again.Close()
			})
		})
	}
}
