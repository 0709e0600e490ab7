package emulator_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/wifi"
)

// What a station shows whose attempts fail: the event's reason, the status in the handler and half a second later, and how often it
// tries, with the policy to reconnect and without (sdk-surface.md, Station status).
func TestFailedAttempts(t *testing.T) {
	ap := wifi.AccessPoint{SSID: "home", Password: "12345678"}
	with := func(reason uint8) wifi.AccessPoint {
		a := ap
		a.KeyReason = reason
		return a
	}
	wrong := wifi.StationConfig{SSID: "home", Password: "wrongwrong"}
	nobody := wifi.StationConfig{SSID: "elsewhere"}
	rows := []struct {
		name    string
		ap      wifi.AccessPoint
		station wifi.StationConfig
		on, off []string
	}{
		{"wrong password", ap, wrong,
			[]string{"2.3 reason 2 status 1", "2.8 status 1", "4.8 reason 2 status 1", "5.3 status 1",
				"7.3 reason 2 status 1", "7.8 status 1", "9.8 reason 2 status 1"},
			[]string{"2.3 reason 2 status 1", "2.8 status 1"}},
		{"wrong password, an access point that says so", with(wifi.Reason4WayHandshakeTimeout), wrong,
			[]string{"2.3 reason 15 status 2", "2.8 status 2", "4.8 reason 15 status 2", "5.3 status 2",
				"7.3 reason 15 status 2", "7.8 status 2", "9.8 reason 15 status 2"},
			[]string{"2.3 reason 15 status 2", "2.8 status 2"}},
		{"wrong password, reason 6", with(wifi.ReasonNotAuthed), wrong,
			[]string{"2.3 reason 6 status 2", "2.8 status 2", "4.8 reason 6 status 2", "5.3 status 2",
				"7.3 reason 6 status 2", "7.8 status 2", "9.8 reason 6 status 2"},
			[]string{"2.3 reason 6 status 2", "2.8 status 2"}},
		{"wrong password, an access point that falls silent", with(wifi.ReasonHandshakeTimeout), wrong,
			[]string{}, []string{}}, // eleven seconds: below
		{"no such access point", ap, nobody,
			[]string{"1.0 reason 201 status 1", "1.5 status 1", "3.5 reason 201 status 1", "4.0 status 1", "6.0 reason 201 status 3",
				"6.5 status 3", "8.5 reason 201 status 3", "9.0 status 3"},
			[]string{"1.0 reason 201 status 1", "1.5 status 1"}},
	}
	for _, r := range rows {
		for policy, want := range map[bool][]string{true: r.on, false: r.off} {
			t.Run(fmt.Sprintf("%s, reconnect %t", r.name, policy), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					log := []string{}
					d := boot(t, emulator.Config{AccessPoint: r.ap, Station: r.station}, watchStation(policy, &log))
					time.Sleep(10 * time.Second)
					require.NoError(t, d.Do(func() { assert.Equal(t, want, log) }))
					if r.ap.KeyReason == wifi.ReasonHandshakeTimeout {
						time.Sleep(15 * time.Second)
						want := []string{"11.0 reason 204 status 2", "11.5 status 2", "21.2 reason 204 status 2", "21.7 status 2"}
						if !policy {
							want = want[:2]
						}
						require.NoError(t, d.Do(func() { assert.Equal(t, want, log) }))
					}
				})
			})
		}
	}
}

// watchStation writes down each event DISCONNECTED, and the status half a second after it.
func watchStation(policy bool, log *[]string) func(*emulator.SDK) {
	return func(s *emulator.SDK) {
		start := s.Board().Now()
		note := func(text string, args ...any) {
			*log = append(*log, fmt.Sprintf("%.1f ", s.Board().Now().Sub(start).Seconds())+
				fmt.Sprintf(text+"status %d", append(args, s.WifiStationGetConnectStatus())...))
		}
		s.WifiStationSetReconnectPolicy(policy)
		later := &emulator.OsTimer{}
		s.OsTimerSetfn(later, func() { note("") })
		s.WifiSetEventHandlerCb(func(e wifi.SystemEvent) {
			if e.Event == wifi.EventStamodeDisconnected {
				note("reason %d ", e.Reason)
				s.OsTimerArm(later, 500, false)
			}
		})
	}
}

// A password that is put right after failures: the station joins, and the next failures count from the beginning.
func TestFailuresCountAnewAfterAJoin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log []string
		ap := wifi.AccessPoint{SSID: "home", Password: "12345678", KeyReason: wifi.Reason4WayHandshakeTimeout}
		d := boot(t, emulator.Config{AccessPoint: ap, Station: wifi.StationConfig{SSID: "home", Password: "wrongwrong"}},
			watchStation(true, &log))
		time.Sleep(3 * time.Second)
		right := ap
		right.Password = "wrongwrong"
		require.NoError(t, d.SetAccessPoint(right))
		time.Sleep(7 * time.Second)
		require.True(t, d.Addr().IsValid())
		require.NoError(t, d.SetAccessPointInRange(false))
		time.Sleep(15 * time.Second)
		require.NoError(t, d.Do(func() {
			assert.Equal(t, []string{"2.3 reason 15 status 2", "2.8 status 2", "16.0 reason 200 status 1", "16.5 status 1",
				"18.5 reason 201 status 1", "19.0 status 1", "21.0 reason 201 status 1", "21.5 status 1",
				"23.5 reason 201 status 3", "24.0 status 3"}, log)
		}))
	})
}

// The reconnect policy can be set at any time; it decides when an attempt has failed.
func TestReconnectPolicyLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log []string
		var sdk *emulator.SDK
		d := boot(t, emulator.Config{Station: wifi.StationConfig{SSID: "elsewhere"}}, func(s *emulator.SDK) {
			sdk = s
			watchStation(true, &log)(s)
		})
		time.Sleep(4500 * time.Millisecond)
		require.NoError(t, d.Do(func() { assert.True(t, sdk.WifiStationSetReconnectPolicy(false)) }))
		time.Sleep(time.Minute)
		require.NoError(t, d.Do(func() {
			assert.Len(t, log, 6, "the attempt under way was the third and the last")
			assert.True(t, sdk.WifiStationConnect())
		}))
		time.Sleep(time.Minute)
		require.NoError(t, d.Do(func() {
			assert.Len(t, log, 8, "one attempt for each connect")
			assert.Equal(t, "status 1", log[7][len(log[7])-8:])
			assert.True(t, sdk.WifiSetOpmodeCurrent(wifi.SoftAPMode))
			assert.EqualValues(t, 255, sdk.WifiStationGetConnectStatus(), "no station")
		}))
	})
}
