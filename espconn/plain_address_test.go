package espconn_test

import (
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator/wifi"
	"github.com/emu8266/emu8266/espconn"
)

// TestNoAddressIsOne: an interface that wifi_set_ip_info has given 0.0.0.0 stays up, and a datagram leaves with that sender by the
// gateway that was set with it; its answer is for nobody. The next address is nothing new to the sockets (lwip.md 7.5).
func TestNoAddressIsOne(t *testing.T) {
	onPlainDevice(t, "SDK306", func(rig *plainDeviceRig) {
		c, err := rig.host.ListenPacket("udp", "10.0.0.9:7")
		require.NoError(t, err)
		defer c.Close()
		from := func() string {
			b := make([]byte, 100)
			require.NoError(t, c.SetReadDeadline(time.Now().Add(time.Second)))
			_, addr, err := c.ReadFrom(b)
			require.NoError(t, err)
			_, _ = c.WriteTo(b[:1], addr)
			rig.sleep(time.Second)
			return addr.String()
		}
		u := &espconn.Espconn{Type: espconn.TypeUDP,
			Proto: espconn.Proto{UDP: &espconn.UDP{RemoteIP: [4]byte{10, 0, 0, 9}, RemotePort: 7, LocalPort: 5000}}}
		received := 0
		mask := netip.MustParseAddr("255.255.0.0")
		rig.do(func() {
			require.Equal(t, espconn.OK, rig.sdk.Create(u))
			rig.sdk.RegistRecvcb(u, func(*espconn.Espconn, []byte) { received++ })
			rig.sdk.WifiStationDhcpcStop()
			require.True(t, rig.sdk.WifiSetIPInfo(wifi.StationIf, wifi.IPInfo{Netmask: mask, GW: netip.MustParseAddr("10.0.0.9")}))
			i := rig.sdk.WifiGetIPInfo(wifi.StationIf)
			assert.Equal(t, "0.0.0.0 255.255.0.0 10.0.0.9", i.IP.String()+" "+i.Netmask.String()+" "+i.GW.String())
			assert.False(t, rig.dev.Addr().IsValid())
			assert.Equal(t, espconn.OK, rig.sdk.Sendto(u, []byte("x")))
			assert.Equal(t, espconn.RTE, rig.sdk.Connect(rig.conn(tcp("10.0.0.9", 80, 4000))))
		})
		assert.Equal(t, "0.0.0.0:5000", from())
		assert.Zero(t, received)
		rig.do(func() {
			require.True(t, rig.sdk.WifiSetIPInfo(wifi.StationIf, wifi.IPInfo{IP: netip.MustParseAddr("10.0.0.50"), Netmask: mask}))
			assert.Equal(t, espconn.OK, rig.sdk.Sendto(u, []byte("y")))
		})
		assert.Equal(t, "10.0.0.50:5000", from())
		assert.Equal(t, 1, received)
		rig.do(func() { // the client forgets the address while it looks for one, and sends from none to its whole netmask of no bits
			require.True(t, rig.sdk.WifiStationDhcpcStart())
			assert.Equal(t, espconn.OK, rig.sdk.Sendto(u, []byte("z")))
		})
		assert.Equal(t, "0.0.0.0:5000", from())
		assert.Equal(t, 1, received)
	})
}

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
