package emulator_test

import (
	"errors"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/chip"
	"github.com/emu8266/emu8266/espconn"
)

// inTimer is firmware that plays fn in a timer's callback, a tenth of a second after boot.
func inTimer(fn func(*emulator.SDK)) emulator.Firmware {
	return emulator.Go(func(s *emulator.SDK) {
		var timer emulator.OsTimer
		s.OsTimerSetfn(&timer, func() { fn(s) })
		s.OsTimerArm(&timer, 100, false)
	})
}

// Go firmware's own panic is the device's exception: it names the Go line, and the test fails unless it expects that.
func TestPanicOfGoFirmware(t *testing.T) {
	var none *espconn.Espconn
	var m map[string]int
	zero, less, items := 0, -1, []int{1}
	for name, tc := range map[string]struct {
		do    func(*emulator.SDK)
		cause int
		epc1  uint32
		why   string
		stack string // of the innermost function
	}{
		"nil pointer":         {func(*emulator.SDK) { none.Type = espconn.TypeTCP }, 28, 0, "nil pointer dereference", "emulator_test."},
		"division by zero":    {func(*emulator.SDK) { zero = 1 / zero }, 0, chip.Epc1Division, "integer divide by zero", "emulator_test."},
		"index":               {func(*emulator.SDK) { items[len(items)]++ }, 0, 0, "index out of range [1]", "emulator_test."},
		"nil map":             {func(*emulator.SDK) { m["x"] = 1 }, 0, 0, "assignment to entry in nil map", "emulator_test."},
		"panic":               {func(*emulator.SDK) { panic("my words") }, 0, 0, "my words", "emulator_test."},
		"panic with an error": {func(*emulator.SDK) { panic(errors.New("e")) }, 0, 0, "firmware: e", "emulator_test."},
		"in Go's library":     {func(*emulator.SDK) { _ = strings.Repeat("x", less) }, 0, 0, "negative Repeat count", "strings.Repeat "},
		"nil to the SDK":      {func(s *emulator.SDK) { s.OsTimerArm(nil, 1, false) }, 28, 0, "nil pointer dereference", "OsTimerArm"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := &recorder{}
				d := emulator.NewTest(r, emulator.Config{})
				require.NoError(t, d.Boot(inTimer(tc.do)))
				time.Sleep(time.Second)
				c := d.Crash()
				require.NotNil(t, c)
				assert.Equal(t, tc.cause, c.Cause)
				assert.Equal(t, tc.epc1, c.Epc1)
				assert.Contains(t, c.Why, "panic in the Go firmware: ")
				assert.Contains(t, c.Why, tc.why)
				assert.Regexp(t, `gofirmware_test\.go:\d+$`, c.Where)
				require.NotEmpty(t, c.Stack)
				assert.True(t, strings.HasPrefix(c.Stack[0], tc.stack), c.Stack[0])
				r.end()
				require.Len(t, r.errors, 1)
				assert.Contains(t, r.errors[0], c.Where)
			})
		})
	}
}

// After its panic the device boots again, as after any exception.
func TestPanicAndReboot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var reasons []uint32
		d := emulator.NewTest(t, emulator.Config{AutoReboot: true, ExpectCrash: true})
		require.NoError(t, d.Boot(emulator.Go(func(s *emulator.SDK) {
			if reasons = append(reasons, s.SystemGetRstInfo().Reason); len(reasons) == 1 {
				panic("once")
			}
		})))
		time.Sleep(time.Second)
		require.NoError(t, d.Do(func() { assert.Equal(t, []uint32{chip.ReasonDefaultRst, chip.ReasonExceptionRst}, reasons) }))
	})
}

// A call of the SDK on a goroutine of the firmware's own is found with both places: the call's, and that of the go statement.
func TestCallFromAnotherGoroutine(t *testing.T) {
	worker := func(s *emulator.SDK, wait time.Duration, done *sync.WaitGroup) {
		defer done.Done()
		time.Sleep(wait)
		for range 3 {
			s.SystemGetSdkVersion()
		}
	}
	for name, wait := range map[string]time.Duration{"while the device is idle": 10 * time.Millisecond, "at once": 0} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var done sync.WaitGroup
				done.Add(1)
				d := emulator.NewTest(t, emulator.Config{NoAutoConnect: true})
				require.NoError(t, d.Boot(emulator.Go(func(s *emulator.SDK) { go worker(s, wait, &done) })))
				done.Wait()
				found := d.Findings()
				require.Len(t, found, 1, "once a place")
				assert.Equal(t, espconn.RuleGoroutine, found[0].Name)
				assert.Regexp(t, `gofirmware_test\.go:\d+$`, found[0].Where)
				assert.Regexp(t, `^SystemGetSdkVersion on another goroutine than the device's, `+
					`which was started at .*gofirmware_test\.go:\d+$`, found[0].Text)
			})
		})
	}
}

// Callbacks, Do, and calls in Do of a device that has crashed are on the right goroutine, however many there are.
func TestCallsOnTheDevicesGoroutine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := emulator.NewTest(t, emulator.Config{Checks: emulator.ChecksFail, ExpectCrash: true})
		var sdk *emulator.SDK
		require.NoError(t, d.Boot(emulator.Go(func(s *emulator.SDK) {
			sdk = s
			for range 5000 {
				s.SystemGetTime()
			}
		})))
		require.NoError(t, d.Do(func() { sdk.SystemGetTime() }))
		require.NoError(t, d.Do(func() { sdk.Board().Fatal(chip.Crash{Cause: 28, Why: "test"}) }))
		require.NoError(t, d.Do(func() { sdk.SystemGetTime() }))
		assert.Empty(t, d.Findings())
	})
}

// A callback that waits is found at its line, its time passes on the device, and the watchdog knows of it.
func TestSleepInCallback(t *testing.T) {
	for name, tc := range map[string]struct {
		wait  func()
		state string
		dies  bool
	}{
		"a short sleep": {func() { time.Sleep(20 * time.Millisecond) }, "sleep", false},
		"a long sleep":  {func() { time.Sleep(4 * time.Second) }, "sleep", true},
		"a channel": {func() {
			c := make(chan int)
			go func() { time.Sleep(time.Second); c <- 1 }()
			<-c
		}, "chan receive", false},
		"a select": {func() {
			select {
			case <-time.After(time.Second):
			case <-make(chan int):
			}
		}, "select", false},
		"a wait group": {func() {
			var g sync.WaitGroup
			g.Go(func() { time.Sleep(time.Second) })
			g.Wait()
		}, "sync.WaitGroup.Wait", false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := emulator.NewTest(t, emulator.Config{NoAutoConnect: true, ExpectCrash: tc.dies})
				var before, after uint32
				require.NoError(t, d.Boot(inTimer(func(s *emulator.SDK) {
					before = s.SystemGetTime()
					tc.wait()
					after = s.SystemGetTime()
				})))
				time.Sleep(10 * time.Second)
				found := d.Findings()
				require.Len(t, found, 1)
				assert.Equal(t, espconn.RuleSleep, found[0].Name)
				assert.Regexp(t, `gofirmware_test\.go:\d+$`, found[0].Where)
				assert.Contains(t, found[0].Text, tc.state)
				if c := d.Crash(); tc.dies {
					require.NotNil(t, c)
					assert.Equal(t, espconn.CauseSoftWatchdog, c.Cause)
					assert.Equal(t, found[0].Where, c.Where)
					return
				}
				require.NoError(t, d.Do(func() { assert.GreaterOrEqual(t, after-before, uint32(20_000), "microseconds") }))
			})
		})
	}
}

// What waits rightly is no finding: delays of the device, Do of another device.
func TestWaitsThatAreRight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		other := emulator.NewTest(t, emulator.Config{})
		require.NoError(t, other.Boot(inTimer(func(s *emulator.SDK) { s.OsDelayUs(1_000_000) })))
		d := emulator.NewTest(t, emulator.Config{Checks: emulator.ChecksFail})
		require.NoError(t, d.Boot(inTimer(func(s *emulator.SDK) {
			s.OsDelayUs(500_000)
			_ = other.Do(func() {})
		})))
		time.Sleep(5 * time.Second)
		assert.Empty(t, d.Findings())
		assert.Empty(t, other.Findings())
	})
}

// A callback in which the test ends its goroutine, as require does, takes the device with it, and nobody waits for it in vain.
func TestCallbackThatEndsItsGoroutine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &recorder{}
		d := emulator.NewTest(r, emulator.Config{})
		require.NoError(t, d.Boot(inTimer(func(*emulator.SDK) { runtime.Goexit() })))
		time.Sleep(time.Second)
		require.ErrorIs(t, d.Do(func() {}), emulator.ErrClosed)
		r.end()
	})
}
