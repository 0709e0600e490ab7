package emulator_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/wifi"
	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/flash"
	"github.com/emu8266/emu8266/netstack"
)

// networksLog writes what the SDK says of its networks after each call, as the program did that was linked with the SDK's libraries.
type networksLog struct {
	*emulator.SDK
	strings.Builder
}

func (l *networksLog) state(of string) {
	now, saved := l.WifiStationGetConfig(), l.WifiStationGetConfigDefault()
	fmt.Fprintf(l, "%s: id %d cur '%s' '%s' %d def '%s' '%s' %d:", of, l.WifiStationGetCurrentApID(), now.SSID, now.Password,
		bit(now.BSSIDSet), saved.SSID, saved.Password, bit(saved.BSSIDSet))
	list := l.WifiStationGetApInfo()
	for _, n := range list {
		fmt.Fprintf(l, " %s/%s/%d.%02x", n.SSID, n.Password, bit(n.BSSIDSet), n.BSSID[5])
	}
	fmt.Fprintf(l, " (%d)\n", len(list))
}

func (l *networksLog) set(ssid, password string, save, bssid uint8) {
	c := wifi.StationConfig{SSID: ssid, Password: password, BSSIDSet: bssid != 0, BSSID: netstack.MAC{5: bssid}}
	set := l.WifiStationSetConfigCurrent
	if save != 0 {
		set = l.WifiStationSetConfig
	}
	set(c)
	fmt.Fprintf(l, "set %s %s %d %d\n", ssid, password, save, bssid)
	l.state(" ")
}

func (l *networksLog) told(function string, n uint8, f func(uint8) bool) {
	fmt.Fprintf(l, "%s(%d) = %d\n", function, n, bit(f(n)))
	l.state(" ")
}

func bit(on bool) int {
	if on {
		return 1
	}
	return 0
}

// networksBoots are what the program did in each boot.
var networksBoots = []func(l *networksLog){
	func(l *networksLog) {
		l.set("A", "passworda", 1, 0)
		l.set("B", "passwordb", 1, 0)
		for _, n := range []uint8{0, 6, 3} {
			l.told("wifi_station_ap_number_set", n, l.WifiStationApNumberSet)
		}
		l.set("C", "passwordc", 1, 0)
		l.set("D", "passwordd", 1, 7)
		l.set("C", "passwordc", 1, 0)
		l.set("C", "other-pass", 1, 0)
	},
	func(l *networksLog) {
		l.state("again")
		l.set("E", "passworde", 1, 0)
		l.set("F", "", 1, 9)
		l.set("G", "passwordg", 1, 0)
		l.set("H", "passwordh", 1, 0)
		l.set("F", "", 1, 0)
		l.set("G", "new-pass-g", 1, 0)
		l.set("Q", "passwordq", 0, 0)
		l.set("E", "passworde", 0, 0)
		for _, id := range []uint8{0, 1, 2, 3, 9} {
			l.told("wifi_station_ap_change", id, l.WifiStationApChange)
		}
		l.told("wifi_station_ap_number_set", 2, l.WifiStationApNumberSet)
	},
	func(l *networksLog) {
		l.state("two")
		l.set("I", "passwordi", 1, 0)
		l.set("J", "passwordj", 1, 0)
		l.set("", "", 1, 0)
		l.set("J", "passwordj", 1, 0)
		l.told("wifi_station_ap_number_set", 5, l.WifiStationApNumberSet)
	},
	func(l *networksLog) {
		l.state("five")
		l.set("K", "passwordk", 1, 0)
		l.told("wifi_station_ap_number_set", 1, l.WifiStationApNumberSet)
	},
	func(l *networksLog) {
		l.state("one")
		l.set("L", "passwordl", 1, 0)
		for _, on := range []uint8{0, 2, 1} {
			l.told("wifi_station_set_auto_connect", on, l.WifiStationSetAutoConnect)
			fmt.Fprintf(l, "auto %d\n", l.WifiStationGetAutoConnect())
		}
	},
}

// Networks are remembered, changed and saved as by the SDK's own functions, whose program printed the files, over five boots (measured,
// 2.2.1, 3.0.1 and 3.0.6; sdk-surface.md, Remembered access points).
func TestRememberedNetworks(t *testing.T) {
	for file, profile := range map[string]espconn.Profile{"301": espconn.SDK301(), "306": espconn.SDK306()} {
		t.Run(file, func(t *testing.T) {
			want, err := os.ReadFile("testdata/networks-" + file + ".txt")
			require.NoError(t, err)
			synctest.Test(t, func(t *testing.T) {
				c, err := flash.New(emulator.FlashDefault)
				require.NoError(t, err)
				log := &networksLog{}
				next := 0
				d := boot(t, emulator.Config{Profile: profile, Flash: c}, func(s *emulator.SDK) {
					log.SDK = s
					s.WifiSetOpmode(wifi.StationMode)
				})
				for range networksBoots {
					time.Sleep(time.Second)
					require.NoError(t, d.Do(func() {
						networksBoots[next](log)
						next++
						log.SystemRestart()
					}))
				}
				assert.Equal(t, string(want), log.String())
			})
		})
	}
}

// Up to SDK 3.0.1 the flash wears with each call that saves what is saved already: a network whose threshold.rssi is not negative, and
// anything by system_param_save_with_protect (measured: the count in the parameters' header).
func TestSavesAgain(t *testing.T) {
	for _, tc := range []struct {
		profile espconn.Profile
		want    [6]uint32
	}{
		{espconn.SDK221(), [6]uint32{2, 3, 4, 4, 4, 4}},
		{espconn.SDK301(), [6]uint32{2, 3, 4, 4, 4, 4}},
		{espconn.SDK306(), [6]uint32{2, 2, 2, 2, 2, 2}},
	} {
		t.Run(tc.profile.Name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, err := flash.New(emulator.FlashDefault)
				require.NoError(t, err)
				const header, own = 0x3FF, 0x300
				wear := func(sector uint32) uint32 { return c.Erases(sector) }
				boot(t, emulator.Config{Profile: tc.profile, Flash: c}, func(s *emulator.SDK) {
					s.WifiStationSetConfig(wifi.StationConfig{SSID: "B", Password: "passwordb"})
					a := wifi.StationConfig{SSID: "A", Password: "passworda"}
					least := a
					least.Threshold.RSSI = -127
					var got [6]uint32
					for i, n := range []wifi.StationConfig{a, a, a, least, least} {
						assert.True(t, s.WifiStationSetConfig(n))
						got[i] = wear(header)
					}
					s.WifiStationSetAutoConnect(1)
					got[5] = wear(header)
					assert.Equal(t, tc.want, got)
					for range 3 {
						assert.True(t, s.SystemParamSaveWithProtect(own, []byte("the same")))
					}
					assert.Equal(t, map[bool]uint32{true: 3, false: 1}[tc.profile.SavesAgain], wear(own+2))
				})
			})
		})
	}
}
