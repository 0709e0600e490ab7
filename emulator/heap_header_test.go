package emulator_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/chip"
	"github.com/emu8266/emu8266/espconn"
)

// A server, a record and a listening PCB, costs two headers: of 16 bytes each, before SDK 3.0 of 8. The same is free at boot.
func TestHeapHeader(t *testing.T) {
	for _, tc := range []struct {
		profile espconn.Profile
		cost    uint32
	}{{espconn.SDK301(), 120 + 56}, {espconn.SDK221(), 112 + 48}} {
		synctest.Test(t, func(t *testing.T) {
			d := emulator.NewTest(t, emulator.Config{Seed: 1, Profile: tc.profile})
			require.NoError(t, d.Boot(emulator.Go(func(sdk *emulator.SDK) {
				assert.EqualValues(t, chip.HeapDefault, sdk.SystemGetFreeHeapSize())
				free := sdk.SystemGetFreeHeapSize()
				c := &espconn.Espconn{Type: espconn.TypeTCP, Proto: espconn.Proto{TCP: &espconn.TCP{LocalPort: 80}}}
				assert.Equal(t, espconn.OK, sdk.Accept(c))
				assert.Equal(t, tc.cost, free-sdk.SystemGetFreeHeapSize())
			})))
			time.Sleep(time.Second)
		})
	}
}
