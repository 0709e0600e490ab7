package emulator_test

import (
	"bytes"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/board"
	"github.com/emu8266/emu8266/emulator/chip"
	"github.com/emu8266/emu8266/espconn"
)

// How long a callback lives that begins at a given time after boot and then does nothing but wait.
func TestWatchdogsBite(t *testing.T) {
	const ms = time.Millisecond
	stop := func(s *emulator.SDK) { s.SystemSoftWdtStop() }
	for _, tc := range []struct {
		name   string
		begin  time.Duration
		before func(*emulator.SDK) // in user_init
		during func(*emulator.SDK) // at the start of the callback
		dies   time.Duration
		cause  int
		uart   string
	}{
		{"begins with a period", 1600 * ms, nil, nil, 3200 * ms, espconn.CauseSoftWatchdog, "soft wdt reset\n"},
		{"begins in the middle of one", 2400 * ms, nil, nil, 2400 * ms, espconn.CauseSoftWatchdog, "soft wdt reset\n"},
		{"begins at the end of one", 3199 * ms, nil, nil, 1601 * ms, espconn.CauseSoftWatchdog, "soft wdt reset\n"},
		{"after an hour", time.Hour + 100*ms, nil, nil, 3100 * ms, espconn.CauseSoftWatchdog, "soft wdt reset\n"},
		{"fed", 3000 * ms, nil, func(s *emulator.SDK) { s.OsDelayUs(1_000_000); s.SystemSoftWdtFeed() }, 4200 * ms,
			espconn.CauseSoftWatchdog, "soft wdt reset\n"},
		{"restarted", 3000 * ms, stop, func(s *emulator.SDK) { s.OsDelayUs(1_000_000); s.SystemSoftWdtRestart() }, 4200 * ms,
			espconn.CauseSoftWatchdog, "soft wdt reset\n"},
		{"stopped", 1638400 * time.Microsecond, stop, nil, 8192 * ms, chip.CauseHardWatchdog, "wdt reset\n"},
		{"stopped, at the end of a stage", 1638 * ms, stop, nil, 6554 * ms, chip.CauseHardWatchdog, "wdt reset\n"},
		{"stopped and fed", 1000 * ms, stop, func(s *emulator.SDK) { s.OsDelayUs(5_000_000); s.SystemSoftWdtFeed() }, 13192 * ms,
			chip.CauseHardWatchdog, "wdt reset\n"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var uart bytes.Buffer
				var from, until time.Time
				d := emulator.NewTest(t, emulator.Config{NoAutoConnect: true, UART: &uart, ExpectCrash: true})
				require.NoError(t, d.Boot(emulator.Go(func(s *emulator.SDK) {
					if tc.before != nil {
						tc.before(s)
					}
					s.Board().ArmTimer(&board.Timer{}, tc.begin, false, func() {
						from = time.Now()
						defer func() { until = time.Now() }()
						if tc.during != nil {
							tc.during(s)
						}
						for {
							s.OsDelayUs(1000)
						}
					})
				})))
				time.Sleep(tc.begin + 20*time.Second)
				c := d.Crash()
				require.NotNil(t, c)
				assert.Equal(t, tc.cause, c.Cause)
				assert.Contains(t, c.Why, "did not return to the SDK")
				require.NoError(t, d.Do(func() {
					assert.InDelta(t, tc.dies, until.Sub(from), float64(time.Millisecond))
					assert.Equal(t, tc.uart, uart.String())
				}))
			})
		})
	}
}

// Callbacks that return in time live, however many there are; one long delay is as bad as many short ones.
func TestWatchdogIsFedByReturning(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var n int
		d := emulator.NewTest(t, emulator.Config{NoAutoConnect: true})
		var sdk *emulator.SDK
		require.NoError(t, d.Boot(emulator.Go(func(s *emulator.SDK) {
			sdk = s
			s.OsDelayUs(1_500_000) // user_init too
			s.Board().ArmTimer(&board.Timer{}, time.Millisecond, true, func() { n++; s.OsDelayUs(1_500_000) })
		})))
		time.Sleep(100 * time.Second)
		assert.Nil(t, d.Crash())
		d.ExpectCrash()
		require.NoError(t, d.Do(func() { assert.Greater(t, n, 60); sdk.OsDelayUs(4_000_000) }))
		require.NotNil(t, d.Crash())
	})
	synctest.Test(t, func(t *testing.T) {
		d, b := onBoard(t, emulator.Config{NoAutoConnect: true, NoWatchdog: true})
		require.NoError(t, d.Do(func() { b.Busy(time.Hour) }))
		assert.Nil(t, d.Crash())
	})
}

// A watchdog's reset boots the firmware again with its reason.
func TestWatchdogReboots(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var reasons []uint32
		d := emulator.NewTest(t, emulator.Config{NoAutoConnect: true, AutoReboot: true, ExpectCrash: true})
		require.NoError(t, d.Boot(emulator.Go(func(s *emulator.SDK) {
			reasons = append(reasons, s.SystemGetRstInfo().Reason)
			switch len(reasons) {
			case 2:
				s.SystemSoftWdtStop()
				fallthrough
			case 1:
				s.OsDelayUs(100_000_000)
			}
		})))
		time.Sleep(time.Minute)
		require.NoError(t, d.Do(func() {
			assert.Equal(t, []uint32{chip.ReasonDefaultRst, chip.ReasonSoftWdtRst, chip.ReasonWdtRst}, reasons)
		}))
	})
}
