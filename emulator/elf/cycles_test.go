package elf_test

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
)

// Computing takes the time of its instructions, with CPU: Estimated: 40,000 rounds of two are 80,000 cycles, a millisecond at 80 MHz and
// half of one at 160; timers wait meanwhile. Otherwise it takes none.
func TestComputingTakesTime(t *testing.T) {
	i := compile(t, []string{"emulator/elf/testdata/cycles.c"})
	run := func(t *testing.T, model chip.CPUModel) (printed string) {
		synctest.Test(t, func(t *testing.T) {
			var uart bytes.Buffer
			d := emulator.NewTest(t, emulator.Config{UART: &uart, Seed: 1, NoAutoConnect: true, CPU: model})
			require.NoError(t, d.Boot(i.Firmware()))
			time.Sleep(time.Second)
			require.Nil(t, d.Crash())
			require.NoError(t, d.Do(func() { printed = uart.String() }))
		})
		return printed
	}
	var n, cycles, us [3]int
	var late int
	parse := func(text string) {
		const line = "%d rounds: %d cycles, %d us\n"
		_, err := fmt.Sscanf(text, line+line+line+"timer at %d\n", &n[0], &cycles[0], &us[0], &n[1], &cycles[1], &us[1], &n[2], &cycles[2],
			&us[2], &late)
		require.NoError(t, err, text)
		for i := range n {
			assert.InDelta(t, 2*n[i], cycles[i], 10, "the call of the function and the reading are a few instructions more")
		}
	}
	parse(run(t, chip.Estimated))
	const call = 200 // cycles of a call of the SDK: 2.5 µs at 80 MHz
	assert.InDelta(t, (cycles[0]+call)/80, us[0], 1)
	assert.InDelta(t, (cycles[1]+call)/160, us[1], 1)
	assert.InDelta(t, (cycles[2]+call)/160, us[2], 1)
	assert.Equal(t, []int{40000, 40000, 4000000}, n[:])
	assert.Greater(t, late, us[0]+us[1]+us[2], "a timer of 1 ms comes when the firmware has returned")

	parse(run(t, chip.Instant))
	assert.Equal(t, [3]int{}, us)
}

// The watchdog counts the time of computing, and it has passed when it bites.
func TestWatchdogOfComputing(t *testing.T) {
	i := compileFor(t, "2.2", []string{"emulator/elf/testdata/chip.c"})
	synctest.Test(t, func(t *testing.T) {
		d, uart := inModeOf(t, i.Firmware(), 11, chip.Estimated)
		defer d.Close()
		crash := d.Crash()
		require.NotNil(t, crash, uart)
		assert.Equal(t, -1, crash.Cause)
		assert.Contains(t, uart, "soft wdt reset")
		assert.Greater(t, crash.Ran, 1600*time.Millisecond)
		assert.LessOrEqual(t, crash.Ran, 3200*time.Millisecond)
	})
}
