package flash_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/flash"
	"github.com/emu8266/emu8266/flash/image"
)

func TestPowerCutMoments(t *testing.T) {
	old, data := []byte{0xF0, 0xFF, 0xFF, 0xFF}, []byte{0x3C, 0x00, 0x12, 0xFF}
	for _, tc := range []struct {
		cut      flash.PowerCut
		complete int // pages of three that are complete
	}{
		{flash.PowerCut{Step: 1, Moment: flash.Before}, 0},
		{flash.PowerCut{Step: 1, Moment: flash.During, Seed: 1}, 0},
		{flash.PowerCut{Step: 1, Moment: flash.After}, 1},
		{flash.PowerCut{Step: 2, Moment: flash.Before}, 1},
		{flash.PowerCut{Step: 3, Moment: flash.Before}, 2},
		{flash.PowerCut{Step: 3, Moment: flash.After}, 3},
	} {
		t.Run(tc.cut.String(), func(t *testing.T) {
			c := newChip(t)
			before := bytes.Repeat(old, 3*64)
			require.NoError(t, c.Write(0, before))
			full := bytes.Repeat(data, 3*64)
			var events []string
			c.Observe = func(e flash.Event) { events = append(events, e.String()) }
			c.CutPower(tc.cut)
			require.ErrorIs(t, c.Write(0, full), flash.ErrPower)
			assert.False(t, c.Powered())
			require.ErrorIs(t, c.Write(0, full), flash.ErrPower)
			require.ErrorIs(t, c.EraseSector(0), flash.ErrPower)
			require.ErrorIs(t, c.EraseChip(), flash.ErrPower)
			_, err := c.ReadAt(make([]byte, 4), 0)
			require.ErrorIs(t, err, flash.ErrPower)
			require.ErrorIs(t, c.Restore(newChip(t).Snapshot()), flash.ErrPower)
			require.Len(t, events, 1)
			assert.Contains(t, events[0], "power cut "+tc.cut.Moment.String())
			c.PowerOn()
			got := content(t, c)
			for i, v := range got[:len(full)] {
				want := before[i] & full[i]
				if i >= tc.complete*256 {
					if tc.cut.Moment == flash.During && i < 256 {
						assert.Equal(t, want, v&want, "bits that should be set are cleared")
						assert.Equal(t, v, v&before[i], "bits that were clear are set")
						continue
					}
					want = before[i]
				}
				require.Equal(t, want, v, "byte %d", i)
			}
			require.NoError(t, c.Write(0, full), "the power stays on")
		})
	}
}

// The remains of a step are its own page or sector, they depend on the seed alone, and they differ between seeds.
func TestRemainsOfCutSteps(t *testing.T) {
	base := newChip(t)
	require.NoError(t, base.Write(0, bytes.Repeat([]byte{0x5A}, 3*flash.SectorSize)))
	start := base.Snapshot()
	for name, step := range map[string]func(c *flash.Chip) error{
		"program": func(c *flash.Chip) error { return c.Write(flash.SectorSize+256, make([]byte, 256)) },
		"erase":   func(c *flash.Chip) error { return c.EraseSector(1) },
	} {
		t.Run(name, func(t *testing.T) {
			seen := map[string]bool{}
			for seed := range uint64(6) {
				run := func() []byte {
					c := start.Chip()
					c.CutPower(flash.PowerCut{Step: 1, Moment: flash.During, Seed: seed})
					require.ErrorIs(t, step(c), flash.ErrPower)
					c.PowerOn()
					assert.Subset(t, []uint32{1}, start.Diff(c.Snapshot()), "another sector changed")
					return content(t, c)
				}
				a := run()
				assert.Equal(t, a, run())
				seen[string(a)] = true
			}
			assert.Len(t, seen, 6)
		})
	}
}

func TestStuckBits(t *testing.T) {
	c := newChip(t)
	require.NoError(t, c.StickBits(0x1001, 0x81, 0x80)) // bit 7 stuck at 1, bit 0 at 0
	assert.Equal(t, byte(0xFE), content(t, c)[0x1001])
	require.NoError(t, c.Write(0x1000, make([]byte, 4)))
	assert.Equal(t, []byte{0, 0x80, 0, 0}, content(t, c)[0x1000:0x1004])
	var lost int
	c.Observe = func(e flash.Event) { lost += e.Lost }
	require.NoError(t, c.Write(0x1000, make([]byte, 4)))
	assert.Equal(t, 1, lost, "the event says that the write did not take")
	require.NoError(t, c.EraseSector(1))
	assert.Equal(t, []byte{0xFF, 0xFE, 0xFF}, content(t, c)[0x1000:0x1003])
	require.NoError(t, c.StickBits(0x1001, 0, 0))
	require.NoError(t, c.EraseSector(1))
	assert.Equal(t, byte(0xFF), content(t, c)[0x1001])
	require.ErrorIs(t, c.StickBits(uint32(c.Size()), 1, 1), flash.ErrRange)
}

func TestBadSectors(t *testing.T) {
	c := newChip(t)
	require.NoError(t, c.Write(0x1000, make([]byte, 8)))
	require.NoError(t, c.FailSector(1, flash.Worn))
	require.NoError(t, c.EraseSector(1), "nobody looks")
	assert.Equal(t, []byte{0, 0}, content(t, c)[0x1000:0x1002])
	require.NoError(t, c.Write(0x1008, make([]byte, 4)))
	require.NoError(t, c.FailSector(1, flash.Dead))
	require.ErrorIs(t, c.EraseSector(1), flash.ErrTimeout)
	require.ErrorIs(t, c.Write(0x0FFC, make([]byte, 8)), flash.ErrTimeout)
	assert.Equal(t, byte(0), content(t, c)[0x0FFC], "the page before is written")
	assert.Equal(t, flash.ResultTimeout, flash.SpiEraseSector(c, 1).Result())
	require.NoError(t, c.FailSector(1, flash.Sound))
	require.NoError(t, c.EraseSector(1))
	assert.Equal(t, byte(0xFF), content(t, c)[0x1000])
	require.ErrorIs(t, c.FailSector(1000, flash.Worn), flash.ErrRange)
}

func TestSectorsWearOut(t *testing.T) {
	c := newChip(t)
	c.WearOut(3)
	for range 3 {
		require.NoError(t, c.EraseSector(5))
	}
	require.NoError(t, c.Write(5*flash.SectorSize, make([]byte, 4)))
	require.NoError(t, c.EraseSector(5))
	assert.Equal(t, byte(0), content(t, c)[5*flash.SectorSize], "the fourth erasure does nothing")
	require.NoError(t, c.EraseSector(6))
	c.WearOut(0)
	require.NoError(t, c.EraseSector(5))
	assert.Equal(t, byte(0xFF), content(t, c)[5*flash.SectorSize])
}

func TestNames(t *testing.T) {
	assert.Equal(t, "moment 9", flash.Moment(9).String())
	assert.Equal(t, "during step 3, seed 1", flash.PowerCut{Step: 3, Moment: flash.During, Seed: 1}.String())
	assert.Equal(t, "before step 3", flash.PowerCut{Step: 3, Seed: 1}.String())
	assert.Equal(t, "SPI_FLASH_RESULT_TIMEOUT", flash.ResultTimeout.String())
	assert.Equal(t, "kind 99", image.Kind(99).String())
}
