package emulator

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator/chip"
	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/espconn/boundedtls"
)

// The table, and its scaling with length and frequency.
func TestCost(t *testing.T) {
	const ms = time.Millisecond
	for _, tc := range []struct {
		op   boundedtls.Op
		bits int
		mhz  int
		want time.Duration
	}{
		{boundedtls.OpRSAPublic, 2048, 160, 120 * ms},
		{boundedtls.OpRSAPublic, 2048, 80, 240 * ms},
		{boundedtls.OpRSAPublic, 1024, 160, 30 * ms},
		{boundedtls.OpRSAPublic, 4096, 160, 480 * ms},
		{boundedtls.OpRSAPrivate, 2048, 160, 3500 * ms},
		{boundedtls.OpRSAPrivate, 1024, 160, 437500 * time.Microsecond},
		{boundedtls.OpRSAPrivate, 4096, 160, 28 * time.Second},
		{boundedtls.OpDH, 2048, 160, 2500 * ms},
		{boundedtls.OpDH, 1024, 80, 625 * ms},
		{boundedtls.OpHash, 1600 * 8, 160, ms},
		{boundedtls.OpHash, 1600 * 8, 80, 2 * ms},
		{boundedtls.OpCipher, 1600 * 8, 160, 1500 * time.Microsecond},
		{boundedtls.OpRSAPrivate, -1, 80, 0},
		{99, 2048, 80, 0},
	} {
		assert.Equal(t, tc.want, cost(tc.op, tc.bits, tc.mhz), "%s %d at %d MHz", tc.op, tc.bits, tc.mhz)
	}
}

// Instant computing takes no time; an estimated one keeps the loop busy, feeds the software watchdog, and dies by the
// hardware one if a single operation is too long.
func TestSpend(t *testing.T) {
	for _, tc := range []struct {
		model  chip.CPUModel
		bits   int
		took   time.Duration
		reason int
	}{{chip.Instant, 4096, 0, 0}, {chip.Estimated, 2048, 21 * time.Second, 0}, {chip.Estimated, 4096, 0, chip.CauseHardWatchdog}} {
		t.Run(fmt.Sprint(tc.model, tc.bits), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var late, took time.Duration
				d, b := board(t, Config{NoAutoConnect: true, CPU: tc.model})
				e := &env{m: b.m}
				require.NoError(t, d.Do(func() {
					from := b.Now()
					b.ArmTimer(&OsTimer{}, time.Millisecond, false, func() { late = b.Now().Sub(from) })
					for range 6 {
						e.Spend(boundedtls.OpRSAPrivate, tc.bits)
					}
					took = b.Now().Sub(from)
				}))
				time.Sleep(time.Second)
				if tc.reason != 0 {
					require.NotNil(t, d.Crash())
					assert.Equal(t, tc.reason, d.Crash().Cause)
					return
				}
				assert.Nil(t, d.Crash())
				require.NoError(t, d.Do(func() {
					assert.Equal(t, tc.took, took)
					assert.Equal(t, max(tc.took, time.Millisecond), late, "timers wait")
				}))
			})
		})
	}
}

// A step of a handshake undoes system_soft_wdt_stop.
func TestHandshakeRestartsTheSoftWatchdog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, b := board(t, Config{NoAutoConnect: true, CPU: chip.Estimated})
		require.NoError(t, d.Do(func() {
			b.SDK().SystemSoftWdtStop()
			(&env{m: b.m}).Spend(boundedtls.OpRSAPublic, 2048)
			b.SDK().OsDelayUs(4_000_000)
		}))
		require.NotNil(t, d.Crash())
		assert.Equal(t, espconn.CauseSoftWatchdog, d.Crash().Cause)
	})
}

func TestCPUFreq(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, b := board(t, Config{NoAutoConnect: true})
		require.NoError(t, d.Do(func() {
			s, e := b.SDK(), &env{m: b.m}
			is := func(mhz int, when string) { t.Helper(); assert.EqualValues(t, mhz, s.SystemGetCPUFreq(), when) }
			is(80, "at boot")
			for mhz := range 256 {
				assert.Equal(t, mhz == 80 || mhz == 160, s.SystemUpdateCPUFreq(uint8(mhz)))
			}
			is(160, "set")
			e.Overclock(true)
			e.Overclock(false)
			is(160, "was 160 before the handshake")
			s.SystemUpdateCPUFreq(80)
			e.Overclock(true)
			is(160, "handshake, or server")
			e.Overclock(true)
			is(160, "a failed one and another")
			e.Overclock(false)
			is(80, "success")
			e.Overclock(false)
			is(80, "")
			e.Overclock(true)
			s.SystemUpdateCPUFreq(160)
			e.Overclock(false)
			is(160, "the firmware's own setting stays")
		}))
	})
}
