package emulator_test

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/chip"
)

// A device that crashes fails its test, whatever that looks at, and says why, where, what was under way and what was printed last.
func TestCrashFailsTheTest(t *testing.T) {
	crash := chip.Crash{Cause: 28, Why: "a bad pointer", Where: "main.c:7", Stack: []string{"inner main.c:7", "outer main.c:9"}}
	for name, tc := range map[string]struct {
		cfg    emulator.Config
		expect bool
		fails  int
	}{
		"nobody expects it":          {fails: 1},
		"it boots again":             {cfg: emulator.Config{AutoReboot: true}, fails: 2},
		"the configuration expects":  {cfg: emulator.Config{ExpectCrash: true}},
		"the test expects":           {expect: true},
		"boots again, and expects":   {cfg: emulator.Config{AutoReboot: true, ExpectCrash: true}},
		"no event is kept of it all": {cfg: emulator.Config{TraceLimit: -1}, fails: 1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := &recorder{}
				tc.cfg.NoAutoConnect = true
				d := emulator.NewTest(r, tc.cfg)
				if tc.expect {
					d.ExpectCrash()
				}
				require.NoError(t, d.Boot(emulator.Go(func(s *emulator.SDK) {
					for i := range 12 {
						s.OsPrintf("line %d\n", i)
					}
					var timer emulator.OsTimer
					s.OsTimerSetfn(&timer, func() { s.Board().Fatal(crash) })
					s.OsTimerArm(&timer, 600, false)
				})))
				time.Sleep(1800 * time.Millisecond)
				r.end()
				require.Len(t, r.errors, tc.fails)
				said := strings.Join(append(r.errors, r.logs...), "\n")
				for _, part := range []string{"crashed",
					"exception 28 at main.c:7: a bad pointer\n    inner main.c:7\n    outer main.c:9",
					"the UART's last lines:\n    line 3\n", "line 11\n    Fatal exception (28):"} {
					assert.Contains(t, said, part)
				}
			})
		})
	}
}

// Firmware that stands in a callback when the test is over fails it, also when nobody has asked anything of the device since.
func TestStandingFirmwareFailsTheTest(t *testing.T) {
	for _, expected := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			r := &recorder{}
			d := emulator.NewTest(r, emulator.Config{NoAutoConnect: true, ExpectCrash: expected})
			require.NoError(t, d.Boot(emulator.Go(func(s *emulator.SDK) {
				var timer emulator.OsTimer
				s.OsTimerSetfn(&timer, func() {
					for {
						s.OsDelayUs(1000)
						s.SystemSoftWdtFeed()
					}
				})
				s.OsTimerArm(&timer, 100, false)
			})))
			time.Sleep(200 * time.Millisecond)
			r.end()
			if expected {
				assert.Empty(t, r.errors)
				return
			}
			require.Len(t, r.errors, 1)
			assert.Contains(t, r.errors[0], "newtest_test.go:")
			assert.Contains(t, r.errors[0], "the test is over")
		})
	}
}

// What is no crash fails no test: restarts, deep sleep, a reset.
func TestResetsAreNoCrashes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &recorder{}
		d := emulator.NewTest(r, emulator.Config{})
		boots := 0
		require.NoError(t, d.Boot(emulator.Go(func(s *emulator.SDK) {
			if boots++; boots == 1 {
				s.SystemRestart()
			} else {
				s.SystemDeepSleep(1000)
			}
		})))
		time.Sleep(time.Minute)
		require.NoError(t, d.Reset())
		r.end()
		assert.Empty(t, r.errors)
		assert.Greater(t, boots, 2)
	})
}

// plainTB takes lines as they are, as package testing's do.
type plainTB struct {
	testing.TB
	lines bytes.Buffer
}

func (p *plainTB) Output() io.Writer { return &p.lines }

func TestUARTLinesHaveNoPlaceOfOurs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tb := &plainTB{TB: t}
		d := emulator.NewTest(tb, emulator.Config{Name: "d"})
		require.NoError(t, d.Boot(emulator.Go(func(sdk *emulator.SDK) { sdk.OsPrintf("hello\n") })))
		time.Sleep(time.Second)
		assert.Equal(t, "    0.000000 d: hello\n", tb.lines.String())
	})
}
