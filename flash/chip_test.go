package flash_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/flash"
)

func newChip(t testing.TB) *flash.Chip {
	t.Helper()
	c, err := flash.New(512 << 10)
	require.NoError(t, err)
	return c
}

func TestNewTakesPowersOfTwo(t *testing.T) {
	for size, ok := range map[int]bool{
		-1: false, 0: false, 4096: false, 128 << 10: false, 256 << 10: true, 512 << 10: true, 1 << 20: true, 3 << 20: false, 4 << 20: true,
		16 << 20: true, 32 << 20: false, 1<<20 + 1: false,
	} {
		c, err := flash.New(size)
		if !ok {
			require.ErrorIs(t, err, flash.ErrSize, size)
			continue
		}
		require.NoError(t, err)
		assert.Equal(t, size, c.Size())
		assert.Equal(t, size/flash.SectorSize, c.Sectors())
	}
}

func TestErrorNamesTheAttempt(t *testing.T) {
	c := newChip(t)
	assert.EqualError(t, c.Write(0x7B002, make([]byte, 16)),
		"flash: write 0x7b002+16: address and length must be multiples of 4 (chip of 524288 bytes)")
	assert.EqualError(t, c.EraseSector(128), "flash: erase 0x80000+4096: outside the chip (chip of 524288 bytes)")
	_, err := c.ReadAt(make([]byte, 4), -1)
	assert.EqualError(t, err, "flash: read 0x0+4: outside the chip (chip of 524288 bytes)")
}

func TestCountersAndEvents(t *testing.T) {
	c := newChip(t)
	var lines []string
	c.Observe = func(e flash.Event) { lines = append(lines, e.String()) }
	require.NoError(t, c.Write(0x7B000, []byte{0x0F, 0, 0, 0}))
	require.NoError(t, c.Write(0x7B000, []byte{0x1F, 0xFF, 0, 0}))
	require.NoError(t, c.EraseSector(0x7B))
	require.NoError(t, c.EraseSector(0x7B))
	require.Error(t, c.Write(1, nil))
	require.Error(t, c.EraseSector(1000))
	assert.Equal(t, []string{
		"write 0x7b000+4",
		"write 0x7b000+4, 2 bytes lost: not erased",
		"erase 0x7b000+4096 (1 times)",
		"erase 0x7b000+4096 (2 times)",
	}, lines)
	assert.EqualValues(t, 2, c.Writes())
	assert.EqualValues(t, 2, c.Erases(0x7B))
	assert.Zero(t, c.Erases(0x7A))
	assert.Zero(t, c.Erases(1000))
	assert.Equal(t, "read", flash.OpRead.String())
	assert.Equal(t, "op 9", flash.Op(9).String())
}

func TestEraseChip(t *testing.T) {
	c := newChip(t)
	require.NoError(t, c.Write(0, make([]byte, 3*flash.SectorSize)))
	events := 0
	c.Observe = func(flash.Event) { events++ }
	require.NoError(t, c.EraseChip())
	assert.Equal(t, c.Sectors(), events)
	p := make([]byte, 3*flash.SectorSize)
	_, err := c.ReadAt(p, 0)
	require.NoError(t, err)
	assert.NotContains(t, p, byte(0))
}

func TestErasedSectorsCostNothing(t *testing.T) {
	c, err := flash.New(flash.MaxSize)
	require.NoError(t, err)
	blank := make([]byte, flash.SectorSize)
	for i := range blank {
		blank[i] = flash.Erased
	}
	n := testing.AllocsPerRun(10, func() {
		require.NoError(t, c.Write(0x100000, blank))
		require.NoError(t, c.EraseSector(0x100))
	})
	assert.Zero(t, n)
}

func TestCountsPerSector(t *testing.T) {
	c := newChip(t)
	require.NoError(t, c.Write(0x1FC, make([]byte, 8)))             // two pages
	require.NoError(t, c.Write(0x0FF0, make([]byte, 0x20)))         // two sectors
	require.NoError(t, c.Write(0x2000, make([]byte, 4096)))         // 16 pages
	require.NoError(t, c.Write(0x2000, []byte{255, 255, 255, 255})) // changes nothing, counts
	require.NoError(t, c.Write(0x2000, nil))                        // no step
	require.NoError(t, c.EraseSector(2))
	assert.EqualValues(t, 3, c.Programs(0))
	assert.EqualValues(t, 1, c.Programs(1))
	assert.EqualValues(t, 17, c.Programs(2), "erasing does not reset the count")
	assert.EqualValues(t, 1, c.Erases(2))
	assert.Zero(t, c.Programs(1000))
	assert.EqualValues(t, 22, c.Steps())
	assert.EqualValues(t, 5, c.Writes())
}

func TestTimingOfEvents(t *testing.T) {
	c := newChip(t)
	c.Timing = flash.TypicalTiming()
	var took []time.Duration
	c.Observe = func(e flash.Event) { took = append(took, e.Took) }
	require.NoError(t, c.EraseSector(0))
	require.NoError(t, c.Write(0, make([]byte, 256)))
	require.NoError(t, c.Write(0, make([]byte, 4096)))
	require.NoError(t, c.Write(0, make([]byte, 4)))
	assert.Equal(t, []time.Duration{45 * time.Millisecond, 700 * time.Microsecond, 16 * 700 * time.Microsecond}, took[:3])
	assert.Less(t, took[3], 50*time.Microsecond, "a word takes little more than the first byte")
	assert.Equal(t, 400*time.Microsecond, c.Timing.ReadTime(2048))
	assert.Zero(t, flash.Timing{}.ReadTime(2048))
}
