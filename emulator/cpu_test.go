package emulator_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/board"
	"github.com/emu8266/emu8266/emulator/chip"
	"github.com/emu8266/emu8266/emulator/internal/machine"
	"github.com/emu8266/emu8266/emulator/internal/soc"
	"github.com/emu8266/emu8266/emulator/sdk"
	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/espconn/boundedtls"
)

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
				d, b := onBoard(t, emulator.Config{NoAutoConnect: true, CPU: tc.model, ExpectCrash: tc.reason != 0})
				e := system(b)
				require.NoError(t, d.Do(func() {
					from := b.Now()
					b.ArmTimer(&board.Timer{}, time.Millisecond, false, func() { late = b.Now().Sub(from) })
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
		d, b := onBoard(t, emulator.Config{NoAutoConnect: true, CPU: chip.Estimated})
		d.ExpectCrash()
		require.NoError(t, d.Do(func() {
			sdk.New(b).SystemSoftWdtStop()
			system(b).Spend(boundedtls.OpRSAPublic, 2048)
			sdk.New(b).OsDelayUs(4_000_000)
		}))
		require.NotNil(t, d.Crash())
		assert.Equal(t, espconn.CauseSoftWatchdog, d.Crash().Cause)
	})
}

func TestCPUFreq(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, b := onBoard(t, emulator.Config{NoAutoConnect: true})
		require.NoError(t, d.Do(func() {
			s, e := sdk.New(b), system(b)
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

// system is the system on chip under a board.
func system(b *emulator.Board) *soc.System { return (*machine.Machine)(b).SoC() }
