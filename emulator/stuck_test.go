package emulator_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/chip"
	"github.com/emu8266/emu8266/emulator/sdk"
)

// waits are loops that go on for ever without the watchdog's help: each waits for something and feeds it.
var waits = map[string]func(*emulator.SDK){
	"delay and feed":        func(s *emulator.SDK) { s.OsDelayUs(1000); s.SystemSoftWdtFeed() },
	"long delay and feed":   func(s *emulator.SDK) { s.OsDelayUs(65535); s.SystemSoftWdtFeed() },
	"feed only":             func(s *emulator.SDK) { s.SystemSoftWdtFeed() },
	"dog stopped, register": func(s *emulator.SDK) { s.SystemSoftWdtStop(); s.Board().WritePeriReg(0x60000914, 0x73) },
	"dog stopped, both fed": func(s *emulator.SDK) {
		s.SystemSoftWdtStop()
		s.OsDelayUs(10)
		s.Board().WritePeriReg(0x60000914, 0x73)
	},
	"dog restarted each time": func(s *emulator.SDK) { s.OsDelayUs(100); s.SystemSoftWdtRestart() },
}

// A user_init that never returns ends Boot with an error, not the test by its own timeout.
func TestBootOfFirmwareThatNeverReturns(t *testing.T) {
	for name, wait := range waits {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d, err := emulator.New(emulator.Config{Patience: 3 * time.Second, AutoReboot: true})
				require.NoError(t, err)
				began := time.Now()
				err = d.Boot(emulator.Go(func(s *emulator.SDK) {
					for {
						wait(s)
					}
				}))
				require.ErrorContains(t, err, "user_init does not return")
				assert.InDelta(t, 3, time.Since(began).Seconds(), 0.2)
				require.NotNil(t, d.Crash())
				assert.Equal(t, chip.CauseStuck, d.Crash().Cause)
				assert.Contains(t, d.Explain().String(), "does not return")
				time.Sleep(time.Minute) // it stays down
				require.NoError(t, d.Boot(emulator.Go(func(*emulator.SDK) {})))
				require.NoError(t, d.Close())
			})
		})
	}
}

// Do, Reset and Close while a timer's callback never returns.
func TestCallbackThatNeverReturns(t *testing.T) {
	for name, wait := range waits {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d, err := emulator.New(emulator.Config{Patience: 3 * time.Second})
				require.NoError(t, err)
				busy := true
				firmware := emulator.Go(func(s *emulator.SDK) {
					var timer sdk.OsTimer
					s.OsTimerSetfn(&timer, func() {
						for busy {
							wait(s)
						}
					})
					s.OsTimerArm(&timer, 100, false)
				})
				require.NoError(t, d.Boot(firmware))
				time.Sleep(time.Second)
				require.ErrorIs(t, d.Do(func() { t.Error("never") }), emulator.ErrStuck)
				assert.Nil(t, d.Crash())
				require.ErrorIs(t, d.Do(func() {}), emulator.ErrStuck)
				require.NoError(t, d.Reset())
				require.NoError(t, d.Do(func() {}))

				require.NoError(t, d.Boot(firmware))
				time.Sleep(time.Second)
				began := time.Now()
				assert.True(t, d.StopCallback(3*time.Second, "the test is over"))
				assert.InDelta(t, 2.1, time.Since(began).Seconds(), 0.1)
				require.NotNil(t, d.Crash())
				assert.Contains(t, d.Crash().Why, "the test is over")
				assert.False(t, d.StopCallback(0, ""))

				require.NoError(t, d.PowerCycle())
				require.NoError(t, d.Boot(firmware))
				time.Sleep(time.Second)
				require.NoError(t, d.Close())
				require.ErrorIs(t, d.Do(func() {}), emulator.ErrClosed)
			})
		})
	}
}

// A callback that takes longer than anybody waits, and returns, is no fault.
func TestLongCallbackThatReturns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := emulator.NewTest(t, emulator.Config{})
		require.NoError(t, d.Boot(emulator.Go(func(s *emulator.SDK) {
			for range 50 {
				s.OsDelayUs(65535)
				s.OsDelayUs(65535)
				s.SystemSoftWdtFeed()
			}
		})))
		assert.Nil(t, d.Crash())
		require.NoError(t, d.Do(func() {}))
	})
}

// With Patience below 0 a call waits for as long as it takes.
func TestEndlessPatience(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, err := emulator.New(emulator.Config{Patience: -1})
		require.NoError(t, err)
		go func() {
			time.Sleep(24 * time.Minute)
			d.StopCallback(0, "enough")
		}()
		began := time.Now()
		err = d.Boot(emulator.Go(func(s *emulator.SDK) {
			for {
				s.OsDelayUs(65535)
				s.SystemSoftWdtFeed()
			}
		}))
		require.ErrorContains(t, err, "enough")
		assert.InDelta(t, 24, time.Since(began).Minutes(), 0.1)
		require.NoError(t, d.Close())
	})
}

// A task that posts itself, as NonOS firmware does to go on working, leaves time its way.
func TestTaskThatPostsItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := emulator.NewTest(t, emulator.Config{})
		runs := 0
		require.NoError(t, d.Boot(emulator.Go(func(s *emulator.SDK) {
			s.SystemOsTask(func(chip.OsEvent) {
				runs++
				s.SystemOsPost(0, 0, 0)
			}, 0, make([]chip.OsEvent, 4))
			s.SystemOsPost(0, 0, 0)
		})))
		time.Sleep(10 * time.Second)
		require.NoError(t, d.Do(func() { assert.InDelta(t, 2_000_000, runs, 5_000) }))
	})
}

// Firmware in Go that waits for ever in a callback cannot be ended, so everybody who asks something of the device hears where it waits, and
// its test fails with that.
func TestGoCallbackThatWaitsForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan int)
		r := &recorder{}
		d := emulator.NewTest(r, emulator.Config{Patience: 10 * time.Second})
		require.NoError(t, d.Boot(emulator.Go(func(s *emulator.SDK) {
			var timer emulator.OsTimer
			s.OsTimerSetfn(&timer, func() { <-release })
			s.OsTimerArm(&timer, 100, false)
		})))
		began := time.Now()
		err := d.Do(func() {})
		require.NoError(t, err, "before the callback")
		time.Sleep(time.Second)
		for range 2 {
			err = d.Do(func() { t.Error("never") })
			require.ErrorIs(t, err, emulator.ErrStuck)
			assert.Regexp(t, `it waits at .*stuck_test.go:\d+ \(chan receive.*\), for more than 10s now`, err.Error())
			assert.InDelta(t, 10.1, time.Since(began).Seconds(), 0.1)
		}
		require.ErrorIs(t, d.Close(), emulator.ErrStuck)
		require.Len(t, r.errors, 1)
		assert.Contains(t, r.errors[0], "it waits at ")
		close(release)
		synctest.Wait()
		require.NoError(t, d.Close())
	})
}

// A callback that sleeps returns, and a device without a watchdog waits as long as its firmware.
func TestGoCallbackThatWaitsLong(t *testing.T) {
	for name, tc := range map[string]struct {
		cfg  emulator.Config
		wait func()
	}{
		"sleep":            {emulator.Config{Patience: 10 * time.Second, ExpectCrash: true}, func() { time.Sleep(time.Minute) }},
		"no watchdog":      {emulator.Config{NoWatchdog: true}, func() { <-time.After(time.Hour) }},
		"endless patience": {emulator.Config{Patience: -1, ExpectCrash: true}, func() { <-time.After(time.Hour) }},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := emulator.NewTest(t, tc.cfg)
				require.NoError(t, d.Boot(emulator.Go(func(s *emulator.SDK) {
					var timer emulator.OsTimer
					s.OsTimerSetfn(&timer, tc.wait)
					s.OsTimerArm(&timer, 100, false)
				})))
				time.Sleep(time.Second)
				require.NoError(t, d.Do(func() {}))
				require.NoError(t, d.Close())
			})
		})
	}
}
