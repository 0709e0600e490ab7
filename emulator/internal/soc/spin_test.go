package soc_test

import (
	"context"
	"os"
	"os/exec"
	"regexp"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/internal/soc"
)

// spinEnv names the part that this test's binary plays when it is started again: what spins, in which time.
const spinEnv = "EMU8266_TEST_SPIN"

var sum uint32

func compute() {
	for {
		sum = sum*3 + 1
	}
}

// spinning is firmware that computes for ever, in user_init or in a timer.
func spinning(inTimer bool) emulator.Firmware {
	return emulator.Go(func(s *emulator.SDK) {
		if !inTimer {
			compute()
		}
		var timer emulator.OsTimer
		s.OsTimerSetfn(&timer, func() {
			//lint:ignore SA5002 that is what the test is about
			for {
			}
		})
		s.OsTimerArm(&timer, 100, false)
	})
}

// TestSpinPart is what the process of TestGoFirmwareThatComputesForEver plays.
func TestSpinPart(t *testing.T) {
	part := os.Getenv(spinEnv)
	if part == "" {
		t.Skip("a part of TestGoFirmwareThatComputesForEver")
	}
	soc.SetSpinMost(3)
	play := func(inTimer bool) {
		d, err := emulator.New(emulator.Config{Name: "spinner"})
		require.NoError(t, err)
		_ = d.Boot(spinning(inTimer))
		time.Sleep(time.Second)
		_ = d.Close()
	}
	switch part {
	case "boot in virtual time":
		synctest.Test(t, func(*testing.T) { play(false) })
	case "timer in virtual time":
		synctest.Test(t, func(*testing.T) { play(true) })
	case "boot in real time":
		play(false)
	case "timer in real time":
		play(true)
	}
}

// for {} in Go firmware, which Go cannot end and which stops virtual time: the process ends by itself and says the line.
func TestGoFirmwareThatComputesForEver(t *testing.T) {
	for _, part := range []string{"boot in virtual time", "timer in virtual time", "boot in real time", "timer in real time"} {
		t.Run(part, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			cmd := exec.CommandContext(ctx, os.Args[0], "-test.run=^TestSpinPart$")
			cmd.Env = append(os.Environ(), spinEnv+"="+part)
			said, err := cmd.CombinedOutput()
			require.Error(t, err)
			require.NoError(t, ctx.Err(), "it ends by itself")
			assert.Regexp(t, regexp.MustCompile(`panic: emulator: spinner: the Go firmware has been computing for 3 s in one callback, `+
				`without a call of the SDK, (at|in a loop of the function that begins at) soc_test\.\S* \S*spin_test\.go:\d\d+\. `), string(said))
		})
	}
}
