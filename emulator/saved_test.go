package emulator_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/wifi"
	"github.com/emu8266/emu8266/flash"
	"github.com/emu8266/emu8266/flash/flashtest"
	"github.com/emu8266/emu8266/flash/image"
	"github.com/emu8266/emu8266/netstack"
)

// Each change of what the SDK saves erases two of the last three sectors: one of the two with data, in turn, and the one that says which
// is in force. What is not changed, or not saved, erases none (sdk-surface.md, Flash).
func TestSavedWiFiWears(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		boots := 0
		var sdk *emulator.SDK
		d := boot(t, emulator.Config{}, func(s *emulator.SDK) {
			sdk = s
			boots++
			s.WifiSetOpmode(wifi.StationMode)
			c := wifi.StationConfig{SSID: emulator.DefaultSSID}
			if boots%2 == 1 {
				c.Password = "changed"
			}
			s.WifiStationSetConfig(c)
		})
		wear := func() (n [3]uint32) {
			require.NoError(t, d.Do(func() {
				for i := range n {
					n[i] = d.Flash().Erases(0x3FD + uint32(i))
				}
			}))
			return n
		}
		for range 29 {
			require.NoError(t, d.Do(func() { sdk.SystemRestart() }))
			time.Sleep(3 * time.Second)
		}
		synctest.Wait()
		require.Equal(t, 30, boots)
		assert.Equal(t, [3]uint32{15, 15, 30}, wear())
		require.NoError(t, d.Do(func() {
			sdk.WifiStationSetConfig(sdk.WifiStationGetConfig())
			sdk.WifiSetOpmode(sdk.WifiGetOpmode())
			sdk.WifiSetOpmodeCurrent(wifi.StationAPMode)
			sdk.WifiStationSetConfigCurrent(wifi.StationConfig{SSID: "another"})
			sdk.WifiStationSetAutoConnect(1)
		}))
		assert.Equal(t, [3]uint32{15, 15, 30}, wear())
		require.NoError(t, d.Do(func() { sdk.WifiStationSetAutoConnect(0) }))
		assert.Equal(t, [3]uint32{16, 15, 31}, wear())
	})
}

// saves makes the firmware save all there is.
func saves(t *testing.T, s *emulator.SDK) {
	assert.True(t, s.WifiSetOpmode(wifi.StationAPMode))
	assert.True(t, s.WifiStationApNumberSet(3))
	for _, c := range []wifi.StationConfig{home, lab} {
		assert.True(t, s.WifiStationSetConfig(c))
	}
	assert.True(t, s.WifiSoftapSetConfig(lamp))
	assert.True(t, s.WifiStationSetAutoConnect(0))
}

var (
	home = wifi.StationConfig{SSID: "home", Password: "behind the door", BSSIDSet: true, BSSID: netstack.MAC{2, 0, 0, 0, 0, 7}}
	lab  = wifi.StationConfig{SSID: "lab", Password: "0123456789012345678901234567890123456789012345678901234567890123",
		Threshold: wifi.Threshold{RSSI: -70, AuthMode: wifi.AuthWPAPSK}, AllChannelScan: true}
)

// What was saved is in the flash, for tools and for another device with the same chip; the owner's word in Config goes before it, until
// something else is saved. system_restore and an erasure leave a blank chip's settings.
func TestSavedWiFiInFlash(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, err := flash.New(emulator.FlashDefault)
		require.NoError(t, err)
		d := boot(t, emulator.Config{Flash: c}, func(s *emulator.SDK) { saves(t, s) })
		require.NoError(t, d.Close())

		p, intact, err := image.LoadSystemParams(c, image.Map32M1024x1024)
		require.NoError(t, err)
		assert.True(t, intact)
		assert.EqualValues(t, wifi.StationAPMode, p.OpMode())
		assert.False(t, p.AutoConnect())
		station, ok := p.Station()
		assert.True(t, ok)
		assert.Equal(t, "lab", string(station.SSID))
		assert.Len(t, station.Password, 64)
		softap, ok := p.Softap()
		assert.True(t, ok)
		assert.Equal(t, lamp.SSID, string(softap.SSID))
		assert.Equal(t, lamp.Password, string(softap.Password))

		var sdk *emulator.SDK
		later := func(cfg emulator.Config) *emulator.Device {
			cfg.Flash = c
			return boot(t, cfg, func(s *emulator.SDK) { sdk = s })
		}
		d = later(emulator.Config{})
		require.NoError(t, d.Do(func() {
			assert.Equal(t, wifi.StationAPMode, sdk.WifiGetOpmodeDefault())
			assert.Equal(t, lab, sdk.WifiStationGetConfigDefault())
			assert.Equal(t, lamp, sdk.WifiSoftapGetConfigDefault())
			assert.Zero(t, sdk.WifiStationGetAutoConnect())
			list := sdk.WifiStationGetApInfo()
			assert.Len(t, list, 3)
			assert.Equal(t, home, list[1])
			assert.EqualValues(t, 2, sdk.WifiStationGetCurrentApID())
		}))
		require.NoError(t, d.Close())

		d = later(emulator.Config{Station: home})
		require.NoError(t, d.Do(func() {
			assert.Equal(t, wifi.StationMode, sdk.WifiGetOpmode())
			assert.Equal(t, home, sdk.WifiStationGetConfig())
			assert.True(t, sdk.WifiSetOpmode(wifi.StationAPMode))
			sdk.SystemRestart()
		}))
		time.Sleep(3 * time.Second)
		require.NoError(t, d.Do(func() {
			assert.Equal(t, wifi.StationAPMode, sdk.WifiGetOpmode(), "from the flash, with the rest")
			assert.Equal(t, home, sdk.WifiStationGetConfig())
			sdk.SystemRestore()
			sdk.SystemRestart()
		}))
		blank := func() {
			time.Sleep(3 * time.Second)
			require.NoError(t, d.Do(func() {
				assert.Equal(t, wifi.SoftAPMode, sdk.WifiGetOpmode())
				assert.Empty(t, sdk.WifiStationGetConfig().SSID)
				assert.EqualValues(t, 1, sdk.WifiStationGetAutoConnect())
				assert.Contains(t, sdk.WifiSoftapGetConfig().SSID, "ESP_")
				assert.True(t, sdk.WifiSetOpmode(wifi.StationMode))
				require.NoError(t, c.EraseSector(0x3FD))
				require.NoError(t, c.EraseSector(0x3FE))
				require.NoError(t, c.EraseSector(0x3FF))
				sdk.SystemRestart()
			}))
		}
		blank()
		blank()
	})
}

// Power fails at any step of a save: the device boots with the settings before it or those behind it, whole.
func TestSavedWiFiPowerCuts(t *testing.T) {
	chip, err := flash.New(1 << 20)
	require.NoError(t, err)
	old := wifi.StationConfig{SSID: "old", Password: "old password"}
	play := func(c *flash.Chip, init func(*emulator.SDK)) {
		synctest.Test(t, func(t *testing.T) {
			d, err := emulator.New(emulator.Config{Flash: c, Seed: 1, TraceLimit: -1})
			require.NoError(t, err)
			require.NoError(t, d.Boot(emulator.Go(init)))
			require.NoError(t, d.Close())
		})
	}
	play(chip, func(s *emulator.SDK) {
		s.WifiStationSetConfig(old)
		s.WifiSetOpmode(wifi.StationAPMode)
	})
	seen := map[string]int{}
	cuts := flashtest.PowerCuts(t, chip.Snapshot(), func(c *flash.Chip) func(*flash.Chip) error {
		play(c, func(s *emulator.SDK) { s.WifiStationSetConfig(home) })
		return func(c *flash.Chip) error {
			play(c, func(s *emulator.SDK) {
				got := s.WifiStationGetConfig()
				seen[got.SSID]++
				assert.Contains(t, []wifi.StationConfig{old, home}, got)
				assert.Equal(t, wifi.StationAPMode, s.WifiGetOpmode())
			})
			return nil
		}
	})
	t.Logf("%d power cuts: %v", cuts, seen)
	assert.Greater(t, seen["old"], 1)
	assert.Positive(t, seen["home"])
}
