package flash_test

import (
	"bytes"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/flash"
)

// Random operations of every kind against a plain model: the flash is the AND of everything written since the erasure. The
// seed is in the log. 1,000,000 operations on a chip in memory (-short, -race: 50,000) and 10,000 in a file (-long: 100,000).
func TestRandomOperationsAgainstModel(t *testing.T) {
	inMemory, inFile := 1_000_000, 10_000
	if testing.Short() || raceDetector {
		inMemory = 50_000
	}
	if *long {
		inFile = 100_000
	}
	t.Run("in memory", func(t *testing.T) { randomOperations(t, newChip(t), inMemory) })
	t.Run("in a file", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "flash.bin")
		c, err := flash.Open(path, 256<<10)
		require.NoError(t, err)
		randomOperations(t, c, inFile)
		want, counts := content(t, c), wear(c)
		require.NoError(t, c.Close())
		c, err = flash.Open(path, 0)
		require.NoError(t, err)
		require.True(t, bytes.Equal(want, content(t, c)))
		require.Equal(t, counts, wear(c))
		require.NoError(t, c.Close())
	})
}

func wear(c *flash.Chip) (counts []uint32) {
	for n := range uint32(c.Sectors()) {
		counts = append(counts, c.Erases(n), c.Programs(n))
	}
	return counts
}

// mostlyOnes draws a byte of which three bits in four are set, so that it takes some writes to clear a byte.
func mostlyOnes(rng *rand.Rand) byte {
	a, b := rng.Uint32(), rng.Uint32()
	return byte(a | b)
}

func randomOperations(t *testing.T, c *flash.Chip, operations int) {
	seed := rand.Uint64()
	t.Logf("seed %d, %d operations", seed, operations)
	rng := rand.New(rand.NewPCG(seed, 1))
	size := c.Size()
	model := bytes.Repeat([]byte{0xFF}, size)
	buf := make([]byte, 3*flash.SectorSize)
	writes, erases, reads := 0, 0, 0
	var lost int
	c.Observe = func(e flash.Event) { lost = e.Lost }
	defer func() { c.Observe = nil }()
	for i := range operations {
		switch k := rng.IntN(20); {
		case k < 10: // write
			n := 4 * rng.IntN(65)
			if rng.IntN(50) == 0 {
				n = 4 * rng.IntN(len(buf)/4)
			}
			at := 4 * rng.IntN((size-n)/4+1)
			p := buf[:n]
			for j := range p {
				p[j] = mostlyOnes(rng)
			}
			require.NoError(t, c.Write(uint32(at), p))
			missed := 0
			for j, v := range p {
				if model[at+j] &= v; model[at+j] != v {
					missed++
				}
			}
			require.Equal(t, missed, lost, "bytes lost")
			writes++
		case k < 13:
			n := rng.IntN(size / flash.SectorSize)
			require.NoError(t, c.EraseSector(uint32(n)))
			copy(model[n*flash.SectorSize:], bytes.Repeat([]byte{0xFF}, flash.SectorSize))
			erases++
		case k < 14: // refused operations change nothing
			require.ErrorIs(t, c.Write(uint32(rng.IntN(size)|1), buf[:4]), flash.ErrAlignment)
			require.ErrorIs(t, c.Write(uint32(size)&^3, buf[:4]), flash.ErrRange)
			require.ErrorIs(t, c.EraseSector(uint32(size/flash.SectorSize+rng.IntN(1000))), flash.ErrRange)
		case k < 15 && rng.IntN(20) == 0:
			c.Snapshot()
		default:
			n := rng.IntN(600)
			at := rng.IntN(size - n)
			got := buf[:n]
			_, err := c.ReadAt(got, int64(at))
			require.NoError(t, err)
			if !bytes.Equal(model[at:at+n], got) {
				t.Fatalf("operation %d: read %#x+%d differs from the model", i, at, n)
			}
			reads++
		}
	}
	require.True(t, bytes.Equal(model, content(t, c)), "the content differs from the model")
	t.Logf("%d writes, %d erasures, %d reads", writes, erases, reads)
}
