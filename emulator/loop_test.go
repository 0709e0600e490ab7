package emulator_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/board"
	"github.com/emu8266/emu8266/emulator/chip"
	"github.com/emu8266/emu8266/emulator/wifi"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// boot starts Go firmware on a device with a zero Config.
func boot(t *testing.T, cfg emulator.Config, init func(*emulator.SDK)) *emulator.Device {
	t.Helper()
	d := emulator.NewTest(t, cfg)
	require.NoError(t, d.Boot(emulator.Go(init)))
	return d
}

func TestZeroConfigBootsAndGetsAnAddress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := boot(t, emulator.Config{}, func(sdk *emulator.SDK) {
			assert.InDelta(t, 48<<10, sdk.SystemGetFreeHeapSize(), 1024)
			sdk.WifiSetEventHandlerCb(func(e wifi.SystemEvent) {
				if e.Event == wifi.EventStamodeGotIP {
					sdk.OsPrintf("got %s\n", e.IP)
				}
			})
		})
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		_, err := d.WaitLog(ctx, "got 10.0.")
		require.NoError(t, err)
		assert.True(t, d.Addr().IsValid())
	})
}

func TestStationEventsAndStatusInTheSDKsOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var order []string
		d := boot(t, emulator.Config{}, func(sdk *emulator.SDK) {
			note := func(what string) {
				order = append(order, fmt.Sprintf("%s %d", what, sdk.WifiStationGetConnectStatus()))
			}
			sdk.SystemInitDoneCb(func() { note("init done") })
			sdk.WifiSetEventHandlerCb(func(e wifi.SystemEvent) { note(fmt.Sprintf("event %d", e.Event)) })
			note("user_init")
		})
		time.Sleep(5 * time.Second)
		require.NoError(t, d.Do(func() {
			assert.Equal(t, []string{"user_init 0", "init done 1", "event 0 1", "event 3 5"}, order)
		}))
	})
}

func TestStationDisconnectAndConnectAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var sdk *emulator.SDK
		var events []uint32
		d := boot(t, emulator.Config{}, func(s *emulator.SDK) {
			sdk = s
			s.WifiSetEventHandlerCb(func(e wifi.SystemEvent) { events = append(events, e.Event) })
		})
		time.Sleep(5 * time.Second)
		first := d.Addr()
		require.True(t, first.IsValid())
		require.NoError(t, d.Do(func() { assert.True(t, sdk.WifiStationDisconnect()) }))
		assert.False(t, d.Addr().IsValid())
		time.Sleep(time.Minute)
		require.NoError(t, d.Do(func() {
			assert.Equal(t, wifi.StationIdle, sdk.WifiStationGetConnectStatus(), "no reconnecting after an own disconnect")
			sdk.WifiStationConnect()
		}))
		time.Sleep(5 * time.Second)
		assert.Equal(t, first, d.Addr(), "the DHCP server gives the same address again")
		require.NoError(t, d.Do(func() { assert.Equal(t, []uint32{0, 3, 1, 0, 3}, events) }))
	})
}

func TestTimers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log []string
		var once, repeat, disarmed emulator.OsTimer
		d := boot(t, emulator.Config{NoAutoConnect: true}, func(sdk *emulator.SDK) {
			note := func(s string) { log = append(log, fmt.Sprintf("%d %s", sdk.SystemGetTime()/1000, s)) }
			sdk.OsTimerSetfn(&once, func() { note("once"); sdk.OsTimerDisarm(&disarmed) })
			sdk.OsTimerSetfn(&repeat, func() {
				note("repeat")
				if len(log) >= 5 {
					sdk.OsTimerDisarm(&repeat)
				}
			})
			sdk.OsTimerSetfn(&disarmed, func() { note("never") })
			sdk.OsTimerArm(&disarmed, 300, false)
			sdk.OsTimerArm(&once, 300, false)
			sdk.OsTimerArm(&once, 200, false) // restarts
			sdk.OsTimerArm(&repeat, 100, true)
		})
		time.Sleep(time.Second)
		require.NoError(t, d.Do(func() {
			// At 200 ms the one that was armed first fires first... the repeating one was armed again at 100 ms, later
			// than once.
			assert.Equal(t, []string{"100 repeat", "200 once", "200 repeat", "300 repeat", "400 repeat"}, log)
		}))
	})
}

func TestTasksRunByPriorityAfterEachTimer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log []string
		var a, b emulator.OsTimer
		d := boot(t, emulator.Config{NoAutoConnect: true}, func(sdk *emulator.SDK) {
			for prio := range uint8(3) {
				assert.True(t, sdk.SystemOsTask(func(e chip.OsEvent) {
					log = append(log, fmt.Sprintf("task %d sig %d", prio, e.Sig))
				}, prio, make([]chip.OsEvent, 4)))
			}
			sdk.OsTimerSetfn(&a, func() {
				log = append(log, "timer a")
				sdk.SystemOsPost(0, 1, 0)
				sdk.SystemOsPost(2, 2, 0)
				sdk.Board().Post(board.PrioTLS, func() { log = append(log, "TLS") })
				sdk.Board().Post(board.PrioEspconn, func() { log = append(log, "espconn") })
				sdk.SystemOsPost(1, 3, 0)
			})
			sdk.OsTimerSetfn(&b, func() { log = append(log, "timer b") })
			sdk.OsTimerArm(&a, 10, false)
			sdk.OsTimerArm(&b, 10, false)
		})
		time.Sleep(time.Second)
		require.NoError(t, d.Do(func() {
			assert.Equal(t, []string{"timer a", "espconn", "TLS", "task 2 sig 2", "task 1 sig 3", "task 0 sig 1", "timer b"}, log)
		}))
	})
}

func TestTaskRules(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := boot(t, emulator.Config{NoAutoConnect: true}, func(sdk *emulator.SDK) {
			queue := make([]chip.OsEvent, 4)
			fn := func(chip.OsEvent) {}
			assert.False(t, sdk.SystemOsTask(fn, 3, queue), "priority 3")
			assert.False(t, sdk.SystemOsTask(fn, 0, nil), "no queue")
			assert.False(t, sdk.SystemOsTask(nil, 0, queue), "no task")
			assert.False(t, sdk.SystemOsPost(0, 0, 0), "nobody registered")
			assert.False(t, sdk.SystemOsPost(3, 0, 0))
			assert.True(t, sdk.SystemOsTask(fn, 0, queue))
			for i := range 5 { // a full ring drops the newest: oracle/espconn FINDINGS D
				assert.Equal(t, i < 4, sdk.SystemOsPost(0, uint32(i), 0))
			}
			for i := range 16 {
				assert.Equal(t, i < 15, sdk.Board().Post(board.PrioTLS, func() {}))
			}
		})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := d.WaitLog(ctx, "err: post prio < 3")
		require.NoError(t, err)
	})
}

// What user_init posts runs when it has returned, at the first boot as at any other: nothing else need happen for it.
func TestTaskPostedInUserInitRunsAfterIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var order []string
		firmware := emulator.Go(func(sdk *emulator.SDK) {
			sdk.SystemOsTask(func(chip.OsEvent) { order = append(order, "task") }, 0, make([]chip.OsEvent, 1))
			sdk.SystemOsPost(0, 0, 0)
			order = append(order, "user_init")
		})
		d := emulator.NewTest(t, emulator.Config{NoAutoConnect: true})
		for range 2 {
			order = nil
			require.NoError(t, d.Boot(firmware))
			assert.Equal(t, []string{"user_init", "task"}, order)
			require.NoError(t, d.Reset())
		}
	})
}

func TestTaskThatPostsItselfDoesNotStopTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		runs, ticks := 0, 0
		var timer emulator.OsTimer
		d := boot(t, emulator.Config{NoAutoConnect: true}, func(sdk *emulator.SDK) {
			sdk.SystemOsTask(func(chip.OsEvent) { runs++; sdk.SystemOsPost(0, 0, 0) }, 0, make([]chip.OsEvent, 1))
			sdk.SystemOsPost(0, 0, 0)
			sdk.OsTimerSetfn(&timer, func() { ticks++ })
			sdk.OsTimerArm(&timer, 1, true)
		})
		time.Sleep(10 * time.Millisecond)
		require.NoError(t, d.Do(func() {
			assert.Greater(t, runs, 1000)
			assert.InDelta(t, 10, ticks, 1)
		}))
	})
}

func TestTimerOfZeroDoesNotStopTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var timer emulator.OsTimer
		n := 0
		d := boot(t, emulator.Config{NoAutoConnect: true}, func(sdk *emulator.SDK) {
			sdk.OsTimerSetfn(&timer, func() { n++; sdk.OsTimerArm(&timer, 0, false) })
			sdk.OsTimerArm(&timer, 0, false)
		})
		time.Sleep(time.Second)
		require.NoError(t, d.Do(func() { assert.InDelta(t, 10000, n, 1) }))
	})
}

func TestDoRunsAtOnceInACallbackAndNotAfterClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var timer emulator.OsTimer
		inner := false
		d := emulator.NewTest(t, emulator.Config{NoAutoConnect: true})
		require.NoError(t, d.Boot(emulator.Go(func(sdk *emulator.SDK) {
			sdk.OsTimerSetfn(&timer, func() { assert.NoError(t, d.Do(func() { inner = true })); assert.True(t, inner) })
			sdk.OsTimerArm(&timer, 1, false)
		})))
		time.Sleep(10 * time.Millisecond)
		require.NoError(t, d.Do(func() { assert.True(t, inner) }))
		require.NoError(t, d.Close())
		require.NoError(t, d.Close())
		assert.ErrorIs(t, d.Do(func() { t.Error("ran after Close") }), emulator.ErrClosed)
	})
}

func TestCloseInsideACallback(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var timer emulator.OsTimer
		d := emulator.NewTest(t, emulator.Config{NoAutoConnect: true})
		require.NoError(t, d.Boot(emulator.Go(func(sdk *emulator.SDK) {
			sdk.OsTimerSetfn(&timer, func() { assert.NoError(t, d.Close()) })
			sdk.OsTimerArm(&timer, 1, false)
		})))
		time.Sleep(10 * time.Millisecond)
		assert.ErrorIs(t, d.Do(func() {}), emulator.ErrClosed)
	})
}

func TestBootTwiceNeedsAReset(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		boots := 0
		fw := func(sdk *emulator.SDK) {
			boots++
			sdk.OsPrintf("boot %d, time %u\n", boots, sdk.SystemGetTime())
		}
		d := boot(t, emulator.Config{}, fw)
		assert.ErrorIs(t, d.Boot(emulator.Go(fw)), emulator.ErrRunning)
		time.Sleep(5 * time.Second)
		require.NoError(t, d.Reset())
		assert.False(t, d.Addr().IsValid())
		require.NoError(t, d.Boot(emulator.Go(fw)))
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := d.WaitLog(ctx, "boot 2, time 0")
		require.NoError(t, err)
		time.Sleep(5 * time.Second)
		assert.True(t, d.Addr().IsValid(), "Wi-Fi settings outlive a reset")
	})
}

func TestWaitLogEndsWithTheContextAndTheDevice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := boot(t, emulator.Config{NoAutoConnect: true}, func(*emulator.SDK) {})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := d.WaitLog(ctx, "never")
		assert.ErrorIs(t, err, context.DeadlineExceeded)
		go func() { time.Sleep(time.Second); assert.NoError(t, d.Close()) }()
		_, err = d.WaitLog(t.Context(), "never")
		assert.ErrorIs(t, err, emulator.ErrClosed)
		synctest.Wait()
	})
}

func TestFirmwareThatDoesNotBoot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := emulator.NewTest(t, emulator.Config{})
		broken := errors.New("broken image")
		require.ErrorIs(t, d.Boot(failing{broken}), broken)
		require.NoError(t, d.Boot(emulator.Go(func(*emulator.SDK) {})), "the device can boot something else")
	})
}

type failing struct{ err error }

func (f failing) Boot(*emulator.Board) error { return f.err }
func (failing) Close() error                 { return nil }

func TestConfigErrorsNameTheField(t *testing.T) {
	for _, cfg := range []emulator.Config{{HeapFree: 100}, {HeapFree: 1 << 20}, {HeapFree: 1023}} {
		_, err := emulator.New(cfg)
		assert.ErrorContains(t, err, "HeapFree")
	}
}
