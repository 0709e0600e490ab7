package emulator_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/chip"
)

// The PWM's pulses are on the pads for who looks, and cost nothing for who does not.
func TestPWMWave(t *testing.T) {
	var sdk *emulator.SDK
	row := func(n int) chip.PWMPin {
		return chip.PWMPin{Mux: chip.PinMux(n), Function: 3, GPIO: uint32(n)}
	}
	bench(t, func(s *emulator.SDK) { sdk = s }, func(t *testing.T, d *emulator.Device) {
		pins := d.Pins()
		r := pins.Record(12, 13)
		began := time.Now()
		var from time.Duration
		edges := func() (list []string) {
			t.Helper()
			c := r.Changes()
			if from == 0 && len(c) != 0 {
				from = c[0].At
			}
			for _, e := range c {
				name := map[bool]string{true: " high", false: " low"}[e.High]
				list = append(list, (e.At-from).String()+map[int]string{12: " 12", 13: " 13"}[e.Pin]+name)
			}
			return list
		}
		require.NoError(t, d.Do(func() {
			sdk.PwmInit(1000, []uint32{20000, 10000}, []chip.PWMPin{row(12), row(13)}) // 900 and 450 µs
			assert.NotZero(t, sdk.GpioInputGet()&(1<<12))
		}))
		events := len(d.Trace().Events())
		time.Sleep(500 * time.Microsecond)
		assert.True(t, pins.High(12))
		assert.False(t, pins.High(13))
		state, err := pins.State(12)
		require.NoError(t, err)
		assert.True(t, state.High)
		require.NoError(t, pins.Wait(t.Context(), 13, true), "it has both levels")
		time.Sleep(700 * time.Microsecond)
		want := []string{"0s 12 high", "0s 13 high", "450µs 13 low", "900µs 12 low", "1ms 12 high", "1ms 13 high"}
		assert.Equal(t, want, edges())
		assert.Len(t, d.Trace().Events(), events, "none for an edge")
		require.NoError(t, d.Do(func() { // 200 µs into the second pulse: one goes on, one is full
			sdk.PwmSetDuty(22222, 1)
			sdk.PwmStart()
		}))
		time.Sleep(500 * time.Microsecond)
		assert.Equal(t, want, edges(), "13 was high and stays so")
		require.NoError(t, d.Do(func() { // back to a part: anew
			sdk.PwmSetDuty(10000, 1)
			sdk.PwmStart()
		}))
		time.Sleep(600 * time.Microsecond)
		want = append(want, "1.9ms 12 low", "2ms 12 high", "2.15ms 13 low")
		assert.Equal(t, want, edges())
		require.NoError(t, pins.Set(12, false), "the board holds it low")
		assert.False(t, pins.High(12))
		require.NoError(t, pins.Release(12))
		assert.True(t, pins.High(12))
		time.Sleep(200 * time.Microsecond)
		require.NoError(t, d.Reset())
		assert.False(t, pins.High(12), "nothing moves it any more")
		time.Sleep(time.Second)
		assert.Equal(t, append(want, "2.3ms 12 low", "2.3ms 12 high", "2.5ms 12 low"), edges())
		assert.Less(t, time.Since(began), 2*time.Second)
	})
}

// A recording of a long time has the newest changes.
func TestPWMWaveBounded(t *testing.T) {
	bench(t, func(s *emulator.SDK) {
		s.PwmInit(1000, []uint32{5000}, []chip.PWMPin{{Mux: chip.PinMux(12), Function: 3, GPIO: 12}})
	}, func(t *testing.T, d *emulator.Device) {
		r := d.Pins().Record(12)
		time.Sleep(24 * time.Hour)
		c := r.Changes()
		require.Len(t, c, 65536)
		for i := 1; i < len(c); i++ {
			require.NotEqual(t, c[i-1].High, c[i].High, i)
			require.Equal(t, map[bool]time.Duration{false: 225 * time.Microsecond, true: 775 * time.Microsecond}[c[i].High],
				c[i].At-c[i-1].At, i)
		}
		r.Stop()
		assert.Empty(t, r.Changes())
	})
}
