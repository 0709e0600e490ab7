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
			inPlainBench(t, profile, func(b *plainBench) {
				b.serve(80, holdPlain)
				client, server := b.conn(tcp("10.0.0.9", 80, 4000)), b.conn(tcp("", 0, 8080))
				b.do(func() { b.sdk.Connect(client); b.sdk.Accept(server) })
				b.sleep(time.Second)
				peer := b.dial(8080)
				b.sleep(time.Second)
				assert.Equal(t, "connect, connect", b.seen())
				b.do(func() {
					i := b.sdk.WifiGetIPInfo(wifi.StationIf)
					b.sdk.WifiStationDhcpcStop()
					i.IP = netip.MustParseAddr("10.0.0.3")
					require.True(t, b.sdk.WifiSetIPInfo(wifi.StationIf, i))
				})
				b.sleep(time.Second)
				assert.Equal(t, "connect, connect, reconnect -11, reconnect -11", b.seen())
				_ = peer.Close()
				again, err := b.host.DialContext(b.t.Context(), "tcp", "10.0.0.3:8080")
				require.NoError(t, err, "the server listens on any address")
				b.sleep(time.Second)
				assert.Equal(t, "connect, connect, reconnect -11, reconnect -11, connect", b.seen())
				_ = again.Close()
			})
		})
	}
}
