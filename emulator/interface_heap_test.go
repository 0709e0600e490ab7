package emulator_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/chip"
	"github.com/emu8266/emu8266/emulator/wifi"
)

// TestHeapOfInterfaces: what is taken of the heap when the station joins and leaves, the DHCP client is stopped and started, and the
// soft-AP begins and ends, as the linked libraries of SDK 3.0.6 take it (lwip.md 16).
func TestHeapOfInterfaces(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var sdk *emulator.SDK
		d := boot(t, emulator.Config{}, func(s *emulator.SDK) { sdk = s })
		before := uint32(chip.HeapDefault)
		time.Sleep(5 * time.Second)
		for _, step := range []struct {
			name  string
			do    func()
			taken uint32 // at once
			later uint32 // when the station has joined again
		}{
			{"joined", func() {}, 144, 144},
			{"dhcpc_stop", func() { sdk.WifiStationDhcpcStop() }, 88, 88},
			{"dhcpc_start", func() { sdk.WifiStationDhcpcStart() }, 144, 144},
			{"disconnect", func() { sdk.WifiStationDisconnect() }, 0, 0},
			{"connect", func() { sdk.WifiStationConnect() }, 0, 144},
			{"station and soft-AP", func() { sdk.WifiSetOpmodeCurrent(wifi.StationAPMode) }, 424, 424},
			{"soft-AP", func() { sdk.WifiSetOpmodeCurrent(wifi.SoftAPMode) }, 280, 280},
			{"dhcps_stop", func() { sdk.WifiSoftapDhcpsStop() }, 224, 224},
			{"station", func() { sdk.WifiSetOpmodeCurrent(wifi.StationMode) }, 0, 144},
			{"dhcpc_stop again", func() { sdk.WifiStationDhcpcStop() }, 88, 88},
			{"disconnect with the client stopped", func() { sdk.WifiStationDisconnect() }, 88, 88},
			{"connect without a client", func() { sdk.WifiStationConnect() }, 88, 88},
			{"a client again", func() { sdk.WifiStationDisconnect(); sdk.WifiStationDhcpcStart(); sdk.WifiStationConnect() }, 88, 144},
		} {
			require.NoError(t, d.Do(func() {
				step.do()
				assert.Equal(t, step.taken, before-sdk.SystemGetFreeHeapSize(), step.name)
			}))
			time.Sleep(5 * time.Second)
			require.NoError(t, d.Do(func() { assert.Equal(t, step.later, before-sdk.SystemGetFreeHeapSize(), "after %s", step.name) }))
		}
	})
}

// TestNoMemoryForDHCP: without memory for its state, or for its port, there is no DHCP client, and of the second the state is left; the
// next join has one, which takes no more than others (lwip.md 16).
func TestNoMemoryForDHCP(t *testing.T) {
	for what, left := range map[string]uint32{"dhcp": 0, "udp_pcb": 88} {
		synctest.Test(t, func(t *testing.T) {
			var sdk *emulator.SDK
			d := boot(t, emulator.Config{}, func(s *emulator.SDK) { sdk = s })
			d.FailBlock(what, 1)
			time.Sleep(10 * time.Second)
			require.NoError(t, d.Do(func() {
				assert.Equal(t, chip.HeapDefault-left, sdk.SystemGetFreeHeapSize(), what)
				assert.Equal(t, uint8(wifi.StationConnecting), sdk.WifiStationGetConnectStatus(), what)
				sdk.WifiStationDisconnect()
				sdk.WifiStationConnect()
			}))
			time.Sleep(5 * time.Second)
			assert.True(t, d.Addr().IsValid(), what)
			require.NoError(t, d.Do(func() { assert.EqualValues(t, chip.HeapDefault-144, sdk.SystemGetFreeHeapSize(), what) }))
		})
	}
}
