package emulator_test

import (
	"encoding/binary"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
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
