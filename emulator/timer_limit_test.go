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
	"github.com/emu8266/emu8266/espconn"
)

// A timer up to its limit is due when it says; one over it is refused with the SDK's line, is not armed and disarms what was armed
// before (sdk-surface.md, os_timer_arm).
func TestTimerLimits(t *testing.T) {
	const never = time.Duration(-1)
	ms := func(n time.Duration) time.Duration { return n * time.Millisecond }
	rows := []struct {
		name   string
		reinit bool
		us     bool
		n      uint32
		first  time.Duration
		line   string
		rules  []string
	}{
		{"two hours less six minutes", false, false, chip.TimerMax, ms(chip.TimerMax), "", nil},
		{"one more", false, false, chip.TimerMax + 1, never, "err3,exceed max time value\n", []string{espconn.RuleTimerRange}},
		{"three hours", false, false, 11_126_000, never, "err3,exceed max time value\n", []string{espconn.RuleTimerRange}},
		{"all ones", false, false, 1<<32 - 1, never, "err3,exceed max time value\n", []string{espconn.RuleTimerRange}},
		{"after reinit, seven minutes", true, false, 420_000, ms(420_000), "", nil},
		{"after reinit, the most", true, false, chip.TimerMaxFine, ms(chip.TimerMaxFine), "", nil},
		{"after reinit, seven minutes and ten seconds", true, false, 430_000, never, "err1,exceed max time value\n",
			[]string{espconn.RuleTimerRange}},
		{"after reinit, microseconds", true, true, 350, 350 * time.Microsecond, "", nil},
		{"after reinit, most microseconds", true, true, chip.TimerMaxUs, chip.TimerMaxUs * time.Microsecond, "", nil},
		{"after reinit, one microsecond more", true, true, chip.TimerMaxUs + 1, never, "err2,exceed max time value\n",
			[]string{espconn.RuleTimerRange}},
		{"microseconds without reinit count as milliseconds", false, true, 500, ms(500), "", []string{espconn.RuleTimerFine}},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var uart bytes.Buffer
				first := never
				d := boot(t, emulator.Config{UART: &uart, NoAutoConnect: true}, func(s *emulator.SDK) {
					if r.reinit {
						s.SystemTimerReinit()
					}
					start := s.Board().Now()
					timer := &emulator.OsTimer{}
					s.OsTimerSetfn(timer, func() {
						first = s.Board().Now().Sub(start)
						s.OsTimerDisarm(timer)
					})
					s.OsTimerArm(timer, 1000, true)
					if r.us {
						s.OsTimerArmUs(timer, r.n, true)
					} else {
						s.OsTimerArm(timer, r.n, true)
					}
				})
				time.Sleep(2 * time.Hour)
				var rules []string
				require.NoError(t, d.Do(func() {
					assert.Equal(t, r.first, first)
					assert.Equal(t, r.line, uart.String())
				}))
				for _, f := range d.Findings() {
					rules = append(rules, f.Name)
				}
				assert.Equal(t, r.rules, rules)
			})
		})
	}
}
