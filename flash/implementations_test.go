package flash_test

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/flash"
	"github.com/emu8266/emu8266/flash/flashtest"
)

// Every kind of chip is NOR flash.
func TestChipIsNORFlash(t *testing.T) {
	dir, files := t.TempDir(), 0
	for name, open := range map[string]func() *flash.Chip{
		"in memory":           func() *flash.Chip { return newChip(t) },
		"over a shared image": func() *flash.Chip { return newChip(t).Snapshot().Chip() },
		"after a snapshot": func() *flash.Chip {
			c := newChip(t)
			require.NoError(t, c.Write(0, make([]byte, 8*flash.SectorSize)))
			for n := range uint32(8) {
				require.NoError(t, c.EraseSector(n))
			}
			c.Snapshot()
			return c
		},
		"that loses power later": func() *flash.Chip {
			c := newChip(t)
			c.CutPower(flash.PowerCut{Step: 1 << 40})
			return c
		},
		"in a file": func() *flash.Chip {
			files++
			c, err := flash.Open(filepath.Join(dir, fmt.Sprint(files)), 256<<10)
			require.NoError(t, err)
			t.Cleanup(func() { _ = c.Close() })
			return c
		},
	} {
		t.Run(name, func(t *testing.T) {
			var last *flash.Chip
			flashtest.Run(t, func() flash.Device {
				if last != nil {
					require.NoError(t, last.Close())
				}
				last = open()
				return last
			})
		})
	}
}
