package emulator_test

import (
	"bytes"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/chip"
	"github.com/emu8266/emu8266/emulator/wifi"
	"github.com/emu8266/emu8266/espconn"
)

// The SNTP client against the gateway's server: the time zone, the hint before the first reply, and the end.
func TestSntp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var sdk *emulator.SDK
		var uart bytes.Buffer
		d := boot(t, emulator.Config{UART: &uart}, func(s *emulator.SDK) {
			sdk = s
			assert.EqualValues(t, 8, s.SntpGetTimezone())
			s.SntpSetserver(0, netip.MustParseAddr("10.0.0.1"))
			s.SntpSetservername(1, "pool.test")
			assert.Equal(t, "10.0.0.1", s.SntpGetserver(0).String())
			assert.Equal(t, "pool.test", s.SntpGetservername(1))
			assert.Equal(t, "0.0.0.0", s.SntpGetserver(9).String())
			assert.Empty(t, s.SntpGetservername(9))
			assert.Zero(t, s.SntpGetCurrentTimestamp())
			s.SntpInit()
		})
		time.Sleep(time.Minute)
		require.NoError(t, d.Do(func() {
			assert.Equal(t, "please start sntp first !\n", uart.String())
			now := sdk.SntpGetCurrentTimestamp()
			assert.InDelta(t, time.Now().Unix()+8*3600, now, 1)
			assert.True(t, sdk.SntpSetTimezone(-2))
			assert.Equal(t, now, sdk.SntpGetCurrentTimestamp(), "only the next reply changes it")
		}))
		time.Sleep(time.Hour)
		require.NoError(t, d.Do(func() {
			assert.InDelta(t, time.Now().Unix()-2*3600, sdk.SntpGetCurrentTimestamp(), 1)
			sdk.SntpStop()
		}))
		time.Sleep(3 * time.Hour)
		require.NoError(t, d.Do(func() { assert.Zero(t, sdk.SntpGetCurrentTimestamp(), "the stop forgets it (lwip.md 14)") }))
		assert.Equal(t, "Thu Jan 01 00:00:00 1970\n", sdk.SntpGetRealTime(0))
		for at, want := range map[uint32]string{ // seen with 2.2.1 and 3.0.6
			1<<31 - 1: "Tue Jan 19 03:14:07 2038\n", 1 << 31: "Fri Dec 13 20:45:52 1901\n", 4102444800: "Mon Nov 25 17:31:44 1963\n",
			1<<32 - 1: "Wed Dec 31 23:59:59 1969\n",
		} {
			assert.Equal(t, want, sdk.SntpGetRealTime(at))
		}
	})
}

func TestAdc(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		volt := uint16(0)
		open := boot(t, emulator.Config{}, func(s *emulator.SDK) {
			assert.Zero(t, s.SystemAdcRead())
			assert.EqualValues(t, 3379, s.SystemGetVdd33())
		})
		require.NoError(t, open.Close())
		boot(t, emulator.Config{ADC: func() uint16 { return volt }}, func(s *emulator.SDK) {
			for in, want := range map[uint16]uint16{0: 0, 512: 512, 1024: 1024, 1025: 1024, 65535: 1024} {
				volt = in
				assert.Equal(t, want, s.SystemAdcRead())
			}
			assert.EqualValues(t, 65535, s.SystemGetVdd33())
		})
	})
}

func TestSdkVersion(t *testing.T) {
	own := espconn.ManualV21()
	own.Name = "mine"
	for _, tc := range []struct {
		p    espconn.Profile
		want string
	}{{espconn.ManualV21(), "2.2.1(emu8266)"}, {espconn.SDK221(), "2.2.1(emu8266)"}, {espconn.SDK301(), "3.0.1(emu8266)"},
		{espconn.SDK306(), "3.0.6(emu8266)"}, {own, "mine(emu8266)"}} {
		synctest.Test(t, func(t *testing.T) {
			boot(t, emulator.Config{Profile: tc.p}, func(s *emulator.SDK) { assert.Equal(t, tc.want, s.SystemGetSdkVersion()) })
		})
	}
	for _, p := range espconn.Profiles() {
		synctest.Test(t, func(t *testing.T) {
			boot(t, emulator.Config{Profile: p}, func(s *emulator.SDK) {
				assert.Regexp(t, `^\d\.\d\.\d\(emu8266\)$`, s.SystemGetSdkVersion(), p.Name)
			})
		})
	}
}

// system_restore counts from the next boot on; the upgrade changes the image once it is finished.
func TestRestoreAndUpgrade(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var sdk *emulator.SDK
		var boots int
		d := boot(t, emulator.Config{}, func(s *emulator.SDK) { sdk = s; boots++ })
		time.Sleep(10 * time.Second)
		require.NoError(t, d.Do(func() {
			assert.Equal(t, chip.UpgradeFwBin1, sdk.SystemUpgradeUserbinCheck())
			sdk.SystemUpgradeFlagSet(chip.UpgradeFlagStart)
			sdk.SystemUpgradeReboot()
		}))
		time.Sleep(10 * time.Second)
		require.NoError(t, d.Do(func() {
			assert.Equal(t, 1, boots)
			sdk.SystemUpgradeFlagSet(chip.UpgradeFlagFinish)
			assert.Equal(t, chip.UpgradeFlagFinish, sdk.SystemUpgradeFlagCheck())
			sdk.SystemUpgradeReboot()
		}))
		time.Sleep(10 * time.Second)
		assert.True(t, d.Addr().IsValid())
		require.NoError(t, d.Do(func() {
			assert.Equal(t, 2, boots)
			assert.Equal(t, chip.UpgradeFwBin2, sdk.SystemUpgradeUserbinCheck())
			assert.Equal(t, chip.UpgradeFlagIdle, sdk.SystemUpgradeFlagCheck())
			sdk.SystemRestore()
			assert.Equal(t, wifi.StationGotIP, sdk.WifiStationGetConnectStatus())
			sdk.SystemRestart()
		}))
		time.Sleep(10 * time.Second)
		assert.False(t, d.Addr().IsValid())
		require.NoError(t, d.Do(func() {
			assert.Empty(t, sdk.WifiStationGetConfig().SSID)
			assert.Empty(t, sdk.WifiStationGetApInfo())
			assert.Equal(t, chip.UpgradeFwBin2, sdk.SystemUpgradeUserbinCheck(), "no parameter of the SDK")
		}))
	})
}

func TestRadioSettings(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		boot(t, emulator.Config{}, func(s *emulator.SDK) {
			assert.Equal(t, wifi.ModemSleepT, s.WifiGetSleepType())
			assert.Equal(t, wifi.PhyMode11N, s.WifiGetPhyMode())
			for v := range uint8(10) {
				assert.Equal(t, v <= 2, s.WifiSetSleepType(v))
				assert.Equal(t, v >= 1 && v <= 3, s.WifiSetPhyMode(v))
			}
			assert.Equal(t, wifi.ModemSleepT, s.WifiGetSleepType())
			assert.Equal(t, wifi.PhyMode11N, s.WifiGetPhyMode())
		})
	})
}
