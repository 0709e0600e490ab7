package cabi_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/internal/cabi"
	"github.com/emu8266/emu8266/espconn"
)

// Bytes and half words of the flash window are read where the SDK has a handler for them, from 3.0 on, and are exception 3 before. The
// store of a word is exception 29, and so is that of less with the handler, which makes a word of it (lx106.md 9.3, 10.3).
func TestFlashWindowNarrow(t *testing.T) {
	const addr = 0x40280000
	early, late := espconn.SDK221(), espconn.SDK306()
	for _, tc := range []struct {
		profile espconn.Profile
		at, n   int
		store   bool
		cause   int // 0: none
		want    uint32
	}{
		{early, 0, 4, false, 0, 0x84838281},
		{early, 0, 1, false, 3, 0},
		{early, 2, 2, false, 3, 0},
		{early, 1, 2, false, 9, 0},
		{early, 0, 4, true, 29, 0},
		{early, 0, 1, true, 3, 0},
		{early, 2, 2, true, 3, 0},
		{late, 0, 4, false, 0, 0x84838281},
		{late, 0, 1, false, 0, 0x81},
		{late, 3, 1, false, 0, 0x84},
		{late, 2, 2, false, 0, 0x8483},
		{late, 1, 2, false, 9, 0},
		{late, 0, 4, true, 29, 0},
		{late, 3, 1, true, 29, 0},
	} {
		t.Run(fmt.Sprintf("%s at %d, %d bytes, store %t", tc.profile.Name, tc.at, tc.n, tc.store), func(t *testing.T) {
			var got uint32
			boot(t, emulator.Config{NoAutoConnect: true, Profile: tc.profile}, cabi.Program{}, func(g *fake) {
				require.Zero(t, g.call("spi_flash_erase_sector", 0x80))
				require.Zero(t, g.call("spi_flash_write", 0x80000, g.words(0x84838281), 4))
				if tc.store {
					g.call("esp_store", addr+tc.at, 0, tc.n)
				} else {
					got = g.call("esp_load", addr+tc.at, tc.n)
				}
			}, func(d *emulator.Device, _ *fake) {
				time.Sleep(time.Second)
				c := d.Crash()
				if tc.cause == 0 {
					require.Nil(t, c, "%v", c)
					assert.Equal(t, tc.want, got)
					return
				}
				require.NotNil(t, c)
				assert.Equal(t, tc.cause, c.Cause)
			})
		})
	}
}
