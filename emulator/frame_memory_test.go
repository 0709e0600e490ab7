package emulator_test

import (
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/netstack/vnet"
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

// An ARP answer that finds no memory ends an SDK's device, as the frame is NULL; with the manual's profile nobody is answered until the
// next request.
func TestAnswerWithoutMemory(t *testing.T) {
	for _, crashes := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			w := vnet.New(vnet.Options{Seed: 1})
			defer w.Close()
			w.Gateway(vnet.GatewayConfig{})
			profile := espconn.SDK306()
			profile.FrameCrashes = crashes
			d := emulator.NewTest(t, emulator.Config{Seed: 1, Profile: profile, Network: w, ExpectCrash: crashes})
			require.NoError(t, d.Boot(emulator.Go(func(*emulator.SDK) {})))
			time.Sleep(10 * time.Second)
			d.FailBlock("ARP answer", 1)
			c, err := w.Host("asker", netip.Addr{}).Dial("tcp", d.Addr().String()+":80")
			if !crashes {
				assert.ErrorContains(t, err, "refused", "the second request is answered")
				require.Nil(t, d.Crash())
				assert.NotZero(t, d.HeapStats().Failures)
				return
			}
			assert.Error(t, err, c)
			require.NotNil(t, d.Crash())
			assert.Equal(t, espconn.CauseLoadProhibited, d.Crash().Cause)
			assert.Zero(t, d.Crash().Excvaddr)
		})
	}
}
