package emulator_test

import (
	"encoding/binary"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/wifi"
	"github.com/emu8266/emu8266/espconn"
)

// rulesFound are the rules of a device's findings.
func rulesFound(d *emulator.Device) (rules []string) {
	for _, f := range d.Findings() {
		rules = append(rules, f.Name)
	}
	return rules
}

// A time of the RTC that is kept over a deep sleep is found, because the counter begins anew; one that is read in each boot is not.
func TestRTCTimeOverSleep(t *testing.T) {
	for name, row := range map[string]struct {
		keep bool
		want []string
	}{"kept": {true, []string{espconn.RuleRTCOverSleep, espconn.RuleRTCOverSleep}}, "read": {}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := emulator.NewTest(t, emulator.Config{Seed: 1})
				require.NoError(t, d.Boot(emulator.Go(func(s *emulator.SDK) {
					_ = s.SystemGetRtcTime()
					timer := &emulator.OsTimer{}
					s.OsTimerSetfn(timer, func() {
						now := s.SystemGetRtcTime()
						if row.keep {
							s.SystemRtcMemWrite(64, binary.LittleEndian.AppendUint32(nil, now))
						}
						s.SystemDeepSleep(10_000_000)
					})
					s.OsTimerArm(timer, 2000, false)
				})))
				time.Sleep(30 * time.Second) // two wakes
				synctest.Wait()
				assert.Equal(t, row.want, rulesFound(d))
			})
		})
	}
}

// Firmware that goes over to its soft-AP is not told to join again.
func TestSoftAPIsNotToldToJoin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := emulator.NewTest(t, emulator.Config{Seed: 1})
		var sdk *emulator.SDK
		require.NoError(t, d.Boot(emulator.Go(func(s *emulator.SDK) { sdk = s })))
		time.Sleep(10 * time.Second)
		require.NoError(t, d.Do(func() { sdk.WifiSetOpmode(2) }))
		time.Sleep(10 * time.Second)
		assert.Empty(t, d.Explain().Cause)
	})
}

// An espconn_mdns_init without an address, which prints a line and starts nothing, is found, and told where nothing else failed.
func TestMdnsWithoutAnAddress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := emulator.NewTest(t, emulator.Config{Seed: 1})
		require.NoError(t, d.Boot(emulator.Go(func(s *emulator.SDK) {
			s.MdnsInit(&espconn.MdnsInfo{HostName: "plug", ServerName: "http", ServerPort: 80})
		})))
		time.Sleep(10 * time.Second)
		synctest.Wait()
		assert.Equal(t, []string{espconn.RuleMdnsAddress}, rulesFound(d))
		x := d.Explain()
		assert.Equal(t, "the checks found what can fail on the device", x.Headline())
		assert.Contains(t, x.Advice(), "wifi_get_ip_info")
	})
}

// An espconn_mdns_init whose announcements nobody hears is found; the first one of a boot, and one while it announces, are not.
func TestMdnsAnnouncesOnceABoot(t *testing.T) {
	for name, row := range map[string]struct {
		again time.Duration
		want  []string
	}{"once": {}, "while it announces": {time.Second, nil}, "later": {20 * time.Second, []string{espconn.RuleMdnsOnce}}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := emulator.NewTest(t, emulator.Config{Seed: 1})
				require.NoError(t, d.Boot(emulator.Go(func(s *emulator.SDK) {
					begin := func(after time.Duration) {
						timer := &emulator.OsTimer{}
						s.OsTimerSetfn(timer, func() {
							s.MdnsInit(&espconn.MdnsInfo{HostName: "plug", ServerName: "http", ServerPort: 80, IPAddr: d.Addr().As4()})
						})
						s.OsTimerArm(timer, uint32(after.Milliseconds()), false)
					}
					begin(5 * time.Second)
					if row.again > 0 {
						begin(5*time.Second + row.again)
					}
				})))
				time.Sleep(time.Minute)
				synctest.Wait()
				assert.Equal(t, row.want, rulesFound(d))
			})
		})
	}
}

// Wi-Fi settings that are changed and saved at each boot are found with the eighth change, over all boots; settings that are saved already,
// those of the running boot alone, and a device that is set up once are not.
func TestSettingsWear(t *testing.T) {
	letter := func(n int) string { return string(rune('a' + n)) }
	worn := []string{espconn.RuleSettingsWear}
	saved := func(s *emulator.SDK, ssid string) { s.WifiStationSetConfig(wifi.StationConfig{SSID: ssid}) }
	for name, row := range map[string]struct {
		boots int
		set   func(s *emulator.SDK, boot int)
		want  []string
	}{
		"another network each time": {20, func(s *emulator.SDK, boot int) { saved(s, letter(boot)) }, worn},
		"two in turn":               {8, func(s *emulator.SDK, boot int) { saved(s, letter(boot%2)) }, worn},
		"one boot less":             {7, func(s *emulator.SDK, boot int) { saved(s, letter(boot%2)) }, nil},
		"the mode, there and back": {4, func(s *emulator.SDK, _ int) {
			s.WifiSetOpmode(wifi.SoftAPMode)
			s.WifiSetOpmode(wifi.StationMode)
		}, worn},
		"the same network": {20, func(s *emulator.SDK, _ int) { saved(s, "home") }, nil},
		"not saved": {20, func(s *emulator.SDK, boot int) {
			s.WifiStationSetConfigCurrent(wifi.StationConfig{SSID: letter(boot)})
		}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := emulator.NewTest(t, emulator.Config{Seed: 1})
				boot := 0
				require.NoError(t, d.Boot(emulator.Go(func(s *emulator.SDK) {
					row.set(s, boot)
					if boot++; boot < row.boots {
						s.SystemRestart()
					}
				})))
				time.Sleep(time.Minute)
				synctest.Wait()
				require.Equal(t, row.boots, boot)
				assert.Equal(t, row.want, rulesFound(d))
			})
		})
	}
}
