package emulator_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/wifi"
	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/netstack"
)

func TestRadioSettingsOfSDK3(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		boot(t, emulator.Config{}, func(s *emulator.SDK) {
			assert.Equal(t, wifi.MinSleepT, s.WifiGetSleepLevel())
			assert.False(t, s.WifiSetListenInterval(3), "needs the other level")
			assert.False(t, s.WifiSetSleepLevel(2))
			assert.True(t, s.WifiSetSleepLevel(wifi.MaxSleepT))
			assert.Equal(t, wifi.MaxSleepT, s.WifiGetSleepLevel())
			for _, v := range []uint8{0, 1, 10, 11} {
				assert.Equal(t, v >= 1 && v <= 10, s.WifiSetListenInterval(v))
			}
			assert.EqualValues(t, 10, s.WifiGetListenInterval())

			assert.Equal(t, wifi.Country{CC: [3]byte{'C', 'N', 0}, Schan: 1, Nchan: 13}, s.WifiGetCountry())
			japan := wifi.Country{CC: [3]byte{'J', 'P', 0}, Schan: 1, Nchan: 14, Policy: 1}
			assert.True(t, s.WifiSetCountry(japan))
			assert.False(t, s.WifiSetCountry(wifi.Country{Schan: 2, Nchan: 14}))
			assert.False(t, s.WifiSetCountry(wifi.Country{Schan: 0, Nchan: 1}))
			assert.False(t, s.WifiSetCountry(wifi.Country{Schan: 1}))
			assert.Equal(t, japan, s.WifiGetCountry())

			assert.Equal(t, 0, s.WifiSetUserFixedRate(3, 8))
			assert.Equal(t, -1, s.WifiSetUserFixedRate(4, 8))
			assert.Equal(t, -1, s.WifiSetUserFixedRate(1, 7))
			assert.Equal(t, -1, s.WifiSetUserFixedRate(1, 16))
			mask, rate := s.WifiGetUserFixedRate()
			assert.Equal(t, []uint8{3, 8}, []uint8{mask, rate})
			s.WifiSetPromiscuousRxCb(func([]byte) { t.Error("there is nothing to hear") })
			s.WifiPromiscuousSetMac([6]byte{2})
			s.WifiPromiscuousEnable(1)
			s.WifiFpmAutoSleepSetInNullMode(1)
		})
		time.Sleep(time.Minute)
	})
}

func TestForcedSleep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		woken := 0
		var sdk *emulator.SDK
		d := boot(t, emulator.Config{}, func(s *emulator.SDK) {
			sdk = s
			assert.Equal(t, wifi.ModemSleepT, s.WifiFpmGetSleepType())
			s.WifiFpmSetSleepType(wifi.LightSleepT)
			assert.Equal(t, wifi.LightSleepT, s.WifiFpmGetSleepType())
			s.WifiFpmSetWakeupCb(func() { woken++ })
			s.WifiFpmOpen()
			assert.EqualValues(t, -2, s.WifiFpmDoSleep(10_000), "the mode has a station")
			s.WifiSetOpmodeCurrent(wifi.NullMode)
			s.WifiFpmOpen()
		})
		require.NoError(t, d.Do(func() {
			assert.EqualValues(t, 0, sdk.WifiFpmDoSleep(10_000_000))
			assert.EqualValues(t, -1, sdk.WifiFpmDoSleep(10_000_000), "asleep")
		}))
		time.Sleep(9 * time.Second)
		require.NoError(t, d.Do(func() { assert.Equal(t, 0, woken) }))
		time.Sleep(2 * time.Second)
		require.NoError(t, d.Do(func() {
			assert.Equal(t, 1, woken)
			assert.EqualValues(t, 0, sdk.WifiFpmDoSleep(0xFFFFFFF))
		}))
		time.Sleep(time.Hour)
		require.NoError(t, d.Do(func() {
			assert.EqualValues(t, -1, sdk.WifiFpmDoSleep(1))
			sdk.WifiFpmDoWakeup()
			assert.EqualValues(t, 0, sdk.WifiFpmDoSleep(1_000_000))
			sdk.WifiFpmClose()
			assert.EqualValues(t, -2, sdk.WifiFpmDoSleep(1))
		}))
		time.Sleep(time.Hour)
		require.NoError(t, d.Do(func() { assert.Equal(t, 1, woken) }))
	})
}

func TestWPSEndsByTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var sdk *emulator.SDK
		var got []int
		d := boot(t, emulator.Config{NoAutoConnect: true}, func(s *emulator.SDK) {
			sdk = s
			assert.False(t, s.WifiWpsStart(), "not enabled")
			assert.False(t, s.WifiWpsEnable(2), "the button only")
			assert.False(t, s.WifiSetWpsCb(nil))
			assert.True(t, s.WifiSetWpsCb(func(status int) { got = append(got, status) }))
			s.WifiSetOpmodeCurrent(wifi.StationAPMode)
			assert.False(t, s.WifiWpsEnable(1), "station mode only")
			s.WifiSetOpmodeCurrent(wifi.StationMode)
			assert.True(t, s.WifiWpsEnable(1))
			assert.True(t, s.WifiWpsStart())
			assert.False(t, s.WifiWpsStart(), "it goes on")
		})
		time.Sleep(119 * time.Second)
		require.NoError(t, d.Do(func() { assert.Empty(t, got) }))
		time.Sleep(2 * time.Second)
		require.NoError(t, d.Do(func() {
			assert.Equal(t, []int{wifi.WpsCbStTimeout}, got)
			assert.True(t, sdk.WifiWpsStart())
			assert.True(t, sdk.WifiWpsDisable())
		}))
		time.Sleep(time.Hour)
		require.NoError(t, d.Do(func() { assert.Len(t, got, 1) }))
	})
}

func TestFreedom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sent := 0
		var sdk *emulator.SDK
		d := boot(t, emulator.Config{}, func(s *emulator.SDK) {
			sdk = s
			assert.Equal(t, -1, s.WifiRegisterSendPktFreedomCb(nil))
			assert.Equal(t, 0, s.WifiRegisterSendPktFreedomCb(func(status uint8) { sent++; assert.Zero(t, status) }))
			for n, want := range map[int]int{23: -1, 24: 0, 1400: 0, 1401: -1} {
				assert.Equal(t, want, s.WifiSendPktFreedom(make([]byte, n), true), n)
			}
			assert.Zero(t, sent)
		})
		time.Sleep(time.Second)
		require.NoError(t, d.Do(func() {
			assert.Equal(t, 2, sent)
			sdk.WifiUnregisterSendPktFreedomCb()
			assert.Equal(t, 0, sdk.WifiSendPktFreedom(make([]byte, 24), false))
		}))
		time.Sleep(time.Second)
		require.NoError(t, d.Do(func() { assert.Equal(t, 2, sent) }))
	})
}

// What a device is called until somebody says otherwise.
func TestDefaultName(t *testing.T) {
	for _, p := range espconn.AllProfiles() {
		synctest.Test(t, func(t *testing.T) {
			d := emulator.NewTest(t, emulator.Config{Profile: p, MAC: netstack.MAC{2, 0, 10, 1, 0xAB, 0xCD}})
			want := "ESP_01ABCD"
			if strings.HasPrefix(p.Name, "SDK30") {
				want = "ESP-01ABCD"
			}
			require.NoError(t, d.Boot(emulator.Go(func(sdk *emulator.SDK) {
				assert.Equal(t, want, sdk.WifiStationGetHostname(), p.Name)
				assert.Equal(t, want, sdk.WifiSoftapGetConfig().SSID, p.Name)
			})))
		})
	}
}
