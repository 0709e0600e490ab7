package emulator_test

import (
	"net/netip"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
)

// Config.Random: os_random has the numbers of the function, in their order.
func TestRandomGiven(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		next := uint32(0x01020303)
		dev, err := emulator.New(emulator.Config{Address: netip.MustParsePrefix("10.0.0.2/24"), Association: -1, Random: func() uint32 {
			next++
			return next
		}})
		require.NoError(t, err)
		defer dev.Close()
		var got [2]uint32
		require.NoError(t, dev.Boot(emulator.Go(func(sdk *emulator.SDK) {
			next = 0x100
			got[0], got[1] = sdk.OsRandom(), sdk.OsRandom()
		})))
		require.Equal(t, [2]uint32{0x101, 0x102}, got)
	})
}
