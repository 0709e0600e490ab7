package emulator_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/espconn"
)

// A frame that comes in and finds no memory ends an SDK's device, as its Wi-Fi library stores through NULL; with the manual's profile
// the frame is lost, and the next one is handled.
func TestFrameWithoutMemory(t *testing.T) {
	for _, crashes := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			profile := espconn.SDK306()
			profile.FrameCrashes = crashes
			d := emulator.NewTest(t, emulator.Config{Seed: 1, Profile: profile, ExpectCrash: crashes})
			require.NoError(t, d.Boot(emulator.Go(func(*emulator.SDK) {})))
			d.FailBlock("frame", 1) // DHCP's offer
			time.Sleep(30 * time.Second)
			if !crashes {
				require.Nil(t, d.Crash())
				assert.NotZero(t, d.HeapStats().Failures)
				assert.True(t, d.Addr().IsValid(), "the next answer is taken")
				return
			}
			require.NotNil(t, d.Crash())
			assert.Equal(t, espconn.CauseStoreProhibited, d.Crash().Cause)
			assert.EqualValues(t, 4, d.Crash().Excvaddr)
		})
	}
}
