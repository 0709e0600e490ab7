package emulator_test

import (
	"bytes"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/chip"
	"github.com/emu8266/emu8266/emulator/trace"
	"github.com/emu8266/emu8266/espconn"
)

func TestMktime(t *testing.T) {
	s := &emulator.SDK{}
	for _, tc := range []struct {
		at   [6]uint32
		want uint64
	}{
		{[6]uint32{1970, 1, 1, 0, 0, 0}, 0},
		{[6]uint32{2000, 2, 29, 12, 34, 56}, 951827696},
		{[6]uint32{2016, 12, 31, 23, 59, 59}, 1483228799},
		{[6]uint32{2106, 2, 7, 6, 28, 16}, 1 << 32},
	} {
		a := tc.at
		assert.Equal(t, tc.want, s.SystemMktime(a[0], a[1], a[2], a[3], a[4], a[5]), "%v", a)
	}
}

func TestPrintedReports(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var uart bytes.Buffer
		boot(t, emulator.Config{UART: &uart}, func(s *emulator.SDK) {
			s.SystemPrintMeminfo()
			assert.Contains(t, uart.String(), "data  : 0x3fff0000 ~ 0x3fff0000, len: 0\n")
			assert.Contains(t, uart.String(), "heap  : 0x3fff0000 ~ 0x3fffc000, len: 49152\n")
			uart.Reset()
			p := s.Board().Alloc(100, "user/main.c:42")
			s.SystemShowMalloc()
			assert.Contains(t, uart.String(), fmt.Sprintf("F:user/main.c\tL:42\tmalloc 100\t@ %x\n", p))
			assert.Regexp(t, `^--------Show Malloc--------\n(F:.*\n)+--------Free \d+--------\n$`, uart.String())
		})
	})
}

// After system_timer_reinit timers count in microseconds.
func TestTimerReinit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var long, fine time.Duration
		d := boot(t, emulator.Config{}, func(s *emulator.SDK) {
			start := s.Board().Now()
			var a, b emulator.OsTimer
			s.SystemTimerReinit()
			s.OsTimerSetfn(&a, func() { long = s.Board().Now().Sub(start) })
			s.OsTimerArm(&a, chip.TimerMaxFine, false)
			s.OsTimerArmUs(&b, 500, false) // no function: a finding, and nothing happens
			s.OsTimerSetfn(&b, func() {
				if fine == 0 {
					fine = s.Board().Now().Sub(start)
				}
			})
			s.OsTimerArmUs(&b, 350, true)
		})
		time.Sleep(8 * time.Minute)
		require.NoError(t, d.Do(func() {}))
		assert.Equal(t, 350*time.Microsecond, fine)
		assert.Equal(t, chip.TimerMaxFine*time.Millisecond, long)
		var rules []string
		for _, f := range d.Findings() {
			rules = append(rules, f.Name)
		}
		assert.Equal(t, []string{espconn.RuleTimerFunction}, rules)
	})
}

// Settings of the radio go into the trace, within their ranges.
func TestPhySettings(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := boot(t, emulator.Config{}, func(s *emulator.SDK) {
			s.SystemPhySetMaxTpw(100)
			s.SystemPhySetTpwViaVdd33(1000)
			s.SystemPhySetRfoption(1)
			s.SystemPhySetPowerupOption(3)
			s.SystemPhyFreqTraceEnable(true)
		})
		var set []string
		for _, e := range d.Trace().Events() {
			if e.Kind == trace.KindSet {
				set = append(set, fmt.Sprintf("%s %d", e.Name, e.Value))
			}
		}
		assert.Equal(t, []string{"system_phy_set_max_tpw 82", "system_phy_set_tpw_via_vdd33 1900", "system_phy_set_rfoption 1",
			"system_phy_set_powerup_option 3", "system_phy_freq_trace_enable 1"}, set)
	})
}
