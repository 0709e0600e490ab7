package emulator_test

import (
	"bytes"
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

// Each kind of end, and what the next boot is told.
func TestRstInfoOverBoots(t *testing.T) {
	for _, tc := range []struct {
		name string
		end  func(t *testing.T, d *emulator.Device, sdk *emulator.SDK)
		want chip.RstInfo
	}{
		{"power-on", func(t *testing.T, d *emulator.Device, _ *emulator.SDK) { require.NoError(t, d.PowerCycle()) },
			chip.RstInfo{Reason: chip.ReasonDefaultRst}},
		{"hardware watchdog", fatal(chip.CauseHardWatchdog), chip.RstInfo{Reason: chip.ReasonWdtRst}},
		{"exception", fatal(28), chip.RstInfo{Reason: chip.ReasonExceptionRst, Exccause: 28}},
		{"illegal instruction", fatal(0), chip.RstInfo{Reason: chip.ReasonExceptionRst}},
		{"software watchdog", fatal(espconn.CauseSoftWatchdog), chip.RstInfo{Reason: chip.ReasonSoftWdtRst}},
		{"restart", func(t *testing.T, d *emulator.Device, sdk *emulator.SDK) {
			require.NoError(t, d.Do(sdk.SystemRestart))
			time.Sleep(time.Second)
		}, chip.RstInfo{Reason: chip.ReasonSoftRestart}},
		{"deep sleep", func(t *testing.T, d *emulator.Device, sdk *emulator.SDK) {
			require.NoError(t, d.Do(func() { sdk.SystemDeepSleep(1) }))
			time.Sleep(time.Second)
		}, chip.RstInfo{Reason: chip.ReasonDeepSleepAwake}},
		{"reset pin", func(t *testing.T, d *emulator.Device, _ *emulator.SDK) { require.NoError(t, d.Reset()) },
			chip.RstInfo{Reason: chip.ReasonExtSysRst}},
		{"reset pin in deep sleep", func(t *testing.T, d *emulator.Device, sdk *emulator.SDK) {
			require.NoError(t, d.Do(func() { sdk.SystemDeepSleep(0) }))
			time.Sleep(time.Hour)
			require.NoError(t, d.Reset())
		}, chip.RstInfo{Reason: chip.ReasonDeepSleepAwake}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var sdk *emulator.SDK
				var seen []chip.RstInfo
				var block [4]byte
				fw := emulator.Go(func(s *emulator.SDK) {
					sdk = s
					seen = append(seen, *s.SystemGetRstInfo())
					assert.True(t, s.SystemRtcMemRead(0, block[:]))
				})
				d := emulator.NewTest(t, emulator.Config{NoAutoConnect: true})
				require.NoError(t, d.Boot(fw))
				tc.end(t, d, sdk)
				n := 0
				require.NoError(t, d.Do(func() { n = len(seen) }))
				if n == 1 {
					require.NoError(t, d.Boot(fw))
				}
				require.NoError(t, d.Do(func() {
					assert.Equal(t, []chip.RstInfo{{}, tc.want}, seen)
					assert.Equal(t, byte(tc.want.Reason), block[0], "the reason lies in RTC block 0")
				}))
			})
		})
	}
}

func fatal(cause int) func(*testing.T, *emulator.Device, *emulator.SDK) {
	return func(t *testing.T, d *emulator.Device, sdk *emulator.SDK) {
		d.ExpectCrash()
		require.NoError(t, d.Do(func() { sdk.Board().Fatal(chip.Crash{Cause: cause, Why: "test"}) }))
	}
}

// After the call the firmware runs on for 100 ms without Wi-Fi; then everything begins anew, user_init 300 ms later.
func TestRestartIsAsynchronous(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var boots []time.Duration
		var ticks int
		var events []uint32
		start := time.Now()
		d := boot(t, emulator.Config{}, func(sdk *emulator.SDK) {
			boots = append(boots, time.Since(start))
			assert.Zero(t, sdk.SystemGetTime())
			assert.EqualValues(t, chip.HeapDefault, sdk.SystemGetFreeHeapSize())
			if len(boots) > 1 {
				return
			}
			sdk.WifiSetEventHandlerCb(func(e wifi.SystemEvent) {
				events = append(events, e.Event)
				if e.Event == wifi.EventStamodeDisconnected {
					sdk.WifiStationConnect() // in vain after system_restart
				}
			})
			var tick, restart emulator.OsTimer
			sdk.OsTimerSetfn(&tick, func() { ticks++ })
			sdk.OsTimerArm(&tick, 30, true)
			sdk.OsTimerSetfn(&restart, sdk.SystemRestart)
			sdk.OsTimerArm(&restart, 10_000, false)
			sdk.OsMalloc(1000)
		})
		time.Sleep(10*time.Second + 55*time.Millisecond)
		require.NoError(t, d.Do(func() { ticks, events = 0, nil }))
		assert.False(t, d.Addr().IsValid())
		time.Sleep(time.Minute)
		assert.True(t, d.Addr().IsValid(), "connected again at boot")
		require.NoError(t, d.Do(func() {
			assert.Equal(t, []time.Duration{0, 10*time.Second + 400*time.Millisecond}, boots)
			assert.Equal(t, 1, ticks, "one in the last 45 ms")
			assert.Empty(t, events)
		}))
		assert.Nil(t, d.Crash())
	})
}

// A crash halts the device unless AutoReboot is set; then it boots again, and again.
func TestAutoReboot(t *testing.T) {
	for _, auto := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			var boots int
			var uart bytes.Buffer
			d := boot(t, emulator.Config{AutoReboot: auto, UART: &uart, ExpectCrash: true}, func(sdk *emulator.SDK) {
				if boots++; boots < 4 {
					sdk.Board().Fatal(chip.Crash{Cause: 29, Why: "each time"})
				}
			})
			time.Sleep(time.Minute)
			assert.Equal(t, auto, d.Crash() == nil)
			require.NoError(t, d.Do(func() {
				want, crashes := 1, 1
				if auto {
					want, crashes = 4, 3
				}
				assert.Equal(t, want, boots)
				assert.Equal(t, crashes, bytes.Count(uart.Bytes(), []byte("Fatal exception (29)")))
			}))
		})
	}
}

// What waits for a boot is forgotten when somebody presses reset, closes the device or boots something else.
func TestPendingBootIsForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var boots int
		var sdk *emulator.SDK
		fw := emulator.Go(func(s *emulator.SDK) { boots++; sdk = s })
		d := emulator.NewTest(t, emulator.Config{})
		require.NoError(t, d.Boot(fw))
		require.NoError(t, d.Do(sdk.SystemRestart))
		time.Sleep(200 * time.Millisecond)
		require.NoError(t, d.Reset())
		time.Sleep(time.Minute)
		require.NoError(t, d.Do(func() { assert.Equal(t, 1, boots) }))
		require.NoError(t, d.Boot(fw))
		require.NoError(t, d.Do(sdk.SystemRestart))
		time.Sleep(200 * time.Millisecond)
		require.NoError(t, d.Boot(fw), "halted: another firmware may boot")
		time.Sleep(time.Minute)
		require.NoError(t, d.Do(func() { assert.Equal(t, 3, boots) }))
		require.NoError(t, d.Do(sdk.SystemRestart))
		time.Sleep(200 * time.Millisecond)
		require.NoError(t, d.Close())
	})
}

func TestRtcMemory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var sdk *emulator.SDK
		fw := emulator.Go(func(s *emulator.SDK) { sdk = s })
		d := emulator.NewTest(t, emulator.Config{Seed: 7})
		other := emulator.NewTest(t, emulator.Config{Seed: 7})
		require.NoError(t, other.Boot(fw))
		all := func(d *emulator.Device) []byte {
			b := make([]byte, 512)
			require.NoError(t, d.Do(func() { require.True(t, sdk.SystemRtcMemRead(64, b)) }))
			return b
		}
		want := all(other)
		require.NoError(t, d.Boot(fw))
		garbage := all(d)
		assert.Equal(t, want, garbage, "the seed decides")
		assert.NotEqual(t, make([]byte, 512), garbage)
		require.NoError(t, d.Do(func() {
			for _, tc := range []struct {
				block uint8
				size  int
				want  bool
			}{{0, 768, true}, {0, 769, false}, {191, 4, true}, {191, 3, true}, {191, 5, false}, {192, 0, false}, {192, 4, false},
				{255, 1, false}, {64, 512, true}, {64, 513, false}, {0, 0, true}, {191, 0, true}} {
				assert.Equal(t, tc.want, sdk.SystemRtcMemRead(tc.block, make([]byte, tc.size)), "read %d, %d", tc.block, tc.size)
				assert.Equal(t, tc.want, sdk.SystemRtcMemWrite(tc.block, make([]byte, tc.size)), "write %d, %d", tc.block, tc.size)
			}
			require.True(t, sdk.SystemRtcMemWrite(100, []byte{1, 2, 3, 4, 5, 6, 7, 8}))
			require.True(t, sdk.SystemRtcMemWrite(101, []byte{9}))
		}))
		for _, end := range []func(){
			func() { require.NoError(t, d.Reset()); require.NoError(t, d.Boot(fw)) },
			func() { require.NoError(t, d.Do(sdk.SystemRestart)); time.Sleep(time.Second) },
			func() { require.NoError(t, d.Do(func() { sdk.SystemDeepSleep(1000) })); time.Sleep(time.Second) },
			func() { fatal(28)(t, d, sdk); require.NoError(t, d.Boot(fw)) },
		} {
			end()
			b := make([]byte, 8)
			require.NoError(t, d.Do(func() { require.True(t, sdk.SystemRtcMemRead(100, b)) }))
			assert.Equal(t, []byte{1, 2, 3, 4, 9, 0, 0, 0}, b)
		}
		require.NoError(t, d.PowerCycle())
		require.NoError(t, d.Boot(fw))
		assert.NotEqual(t, garbage, all(d), "other garbage each time")
	})
}

// The RTC counts on over a restart and a crash. Deep sleep ends through the reset pin, which starts it anew, and keeps RTC memory
// (sdk-surface.md, system_get_rtc_time).
func TestRtcTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var sdk *emulator.SDK
		fw := emulator.Go(func(s *emulator.SDK) { sdk = s })
		d := emulator.NewTest(t, emulator.Config{NoAutoConnect: true})
		require.NoError(t, d.Boot(fw))
		cycles := func(d time.Duration) uint32 { return uint32(d * 4 / 23 / time.Microsecond) }
		reads := func(want time.Duration, when string) {
			t.Helper()
			require.NoError(t, d.Do(func() { assert.Equal(t, cycles(want), sdk.SystemGetRtcTime(), when) }))
		}
		assert.EqualValues(t, 23552, sdk.SystemRtcClockCaliProc(), "5.75 µs")
		time.Sleep(5750 * time.Millisecond)
		reads(5750*time.Millisecond, "1,000,000 cycles after power-on")
		require.NoError(t, d.Do(sdk.SystemRestart))
		time.Sleep(4250 * time.Millisecond)
		reads(10*time.Second, "a restart")
		fatal(28)(t, d, sdk)
		time.Sleep(time.Second)
		require.NoError(t, d.Boot(fw))
		reads(11*time.Second, "a crash")

		require.NoError(t, d.Do(func() {
			require.True(t, sdk.SystemRtcMemWrite(64, []byte("kept")))
			sdk.SystemDeepSleep(10_000_000)
		}))
		time.Sleep(17250 * time.Millisecond)
		reads((17250-100-10_000)*time.Millisecond, "from the wake, not from power-on")
		require.NoError(t, d.Do(func() {
			assert.EqualValues(t, 17250-100-10_000-300, sdk.SystemGetTime()/1000)
			b := make([]byte, 4)
			require.True(t, sdk.SystemRtcMemRead(64, b))
			assert.Equal(t, "kept", string(b))
		}))
		require.NoError(t, d.Reset())
		require.NoError(t, d.Boot(fw))
		reads(0, "the reset pin")
		time.Sleep(time.Second)
		require.NoError(t, d.PowerCycle())
		require.NoError(t, d.Boot(fw))
		reads(0, "power-on")
	})
}

// The longest sleep is what 31 bits of RTC cycles count; a longer one is refused, and the device stays awake
// (sdk-surface.md, system_deep_sleep).
func TestDeepSleepLimit(t *testing.T) {
	const most = 1<<31*23552>>12 - 1
	for _, r := range []struct {
		us     uint64
		sleeps bool
	}{
		{0, true}, {60_000_000, true}, {71 * 60_000_000, true}, {most, true}, {most + 1, false}, {6 * 3600_000_000, false},
		{1<<64 - 1, false},
	} {
		for name, sleep := range map[string]func(*emulator.SDK, uint64) bool{
			"system_deep_sleep": (*emulator.SDK).SystemDeepSleep, "system_deep_sleep_instant": (*emulator.SDK).SystemDeepSleepInstant,
		} {
			synctest.Test(t, func(t *testing.T) {
				var uart bytes.Buffer
				boots := 0
				d := emulator.NewTest(t, emulator.Config{NoAutoConnect: true, UART: &uart})
				require.NoError(t, d.Boot(emulator.Go(func(s *emulator.SDK) {
					if boots++; boots == 1 {
						assert.Equal(t, r.sleeps, sleep(s, r.us), "%s %d", name, r.us)
					}
				})))
				time.Sleep(4 * time.Hour)
				woke := 1
				if r.sleeps && r.us > 0 {
					woke = 2
				}
				line, rules := "", []string(nil)
				if !r.sleeps {
					line, rules = "deep sleep too long\n", []string{espconn.RuleSleepTooLong}
				}
				require.NoError(t, d.Do(func() {
					assert.Equal(t, woke, boots, "%s %d", name, r.us)
					assert.Equal(t, line, uart.String())
				}))
				var found []string
				for _, f := range d.Findings() {
					found = append(found, f.Name)
				}
				assert.Equal(t, rules, found)
			})
		}
	}
}

// Option 4 leaves the radio off after the wake, until the next reset.
func TestDeepSleepOptions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var sdk *emulator.SDK
		d := boot(t, emulator.Config{}, func(s *emulator.SDK) { sdk = s })
		require.NoError(t, d.Do(func() {
			for option := range 256 {
				good := option < 3 || option == 4
				assert.Equal(t, good, sdk.SystemDeepSleepSetOption(uint8(option)), option)
			}
			sdk.SystemDeepSleepSetOption(4)
			assert.True(t, sdk.SystemDeepSleepInstant(1_000_000))
		}))
		time.Sleep(time.Minute)
		require.NoError(t, d.Do(func() {
			assert.Equal(t, chip.ReasonDeepSleepAwake, sdk.SystemGetRstInfo().Reason)
			assert.False(t, sdk.WifiStationConnect())
		}))
		time.Sleep(time.Minute)
		assert.False(t, d.Addr().IsValid())
		require.NoError(t, d.Do(sdk.SystemRestart))
		time.Sleep(time.Minute)
		assert.True(t, d.Addr().IsValid())
	})
}

// A sleep of any length neither overflows nor ends early.
func TestDeepSleepForYears(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var boots int
		d := boot(t, emulator.Config{}, func(sdk *emulator.SDK) { boots++; sdk.SystemDeepSleep(1<<64 - 1) })
		time.Sleep(100 * 24 * time.Hour)
		require.NoError(t, d.Do(func() { assert.Equal(t, 1, boots) }))
	})
}
