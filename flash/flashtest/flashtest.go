// Package flashtest checks that an implementation of flash.Device behaves like NOR flash: a table of situations, and
// random operations against a plain model. [PowerCuts] cuts the power at every step of a scenario.
//
// Call [Run] from a test of the implementation. It uses only the interface, so it fits a chip in memory, one backed by a
// file and one behind an emulated bus.
package flashtest

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/emu8266/emu8266/flash"
)

// window is how many bytes at each end of the device the random test works on.
const window = 3 * flash.SectorSize

// Run checks the devices that open returns. Each call must give an erased device of at least 24 KB; it is not used after
// the next one is asked for.
func Run(t *testing.T, open func() flash.Device) {
	t.Run("erased at first", func(t *testing.T) { erasedAtFirst(t, open()) })
	t.Run("write clears bits only", func(t *testing.T) { writeClears(t, open()) })
	t.Run("erase one sector", func(t *testing.T) { eraseOne(t, open()) })
	t.Run("write across sectors", func(t *testing.T) { writeAcross(t, open()) })
	t.Run("read at the end", func(t *testing.T) { readAtEnd(t, open()) })
	t.Run("refusals change nothing", func(t *testing.T) { refusals(t, open()) })
	t.Run("input is not kept", func(t *testing.T) { inputNotKept(t, open()) })
	t.Run("random operations", func(t *testing.T) {
		rapid.Check(t, func(r *rapid.T) { random(r, open()) })
	})
}

func read(t require.TestingT, d flash.Device, off int64, n int) []byte {
	p := make([]byte, n)
	got, err := d.ReadAt(p, off)
	require.NoError(t, err)
	require.Equal(t, n, got)
	return p
}

func erasedAtFirst(t *testing.T, d flash.Device) {
	require.Zero(t, d.Size()%flash.SectorSize)
	require.GreaterOrEqual(t, d.Size(), 2*window)
	for off := 0; off < d.Size(); off += flash.SectorSize {
		require.Equal(t, bytes.Repeat([]byte{flash.Erased}, flash.SectorSize), read(t, d, int64(off), flash.SectorSize))
	}
}

func writeClears(t *testing.T, d flash.Device) {
	require.NoError(t, d.Write(8, []byte{0x0F, 0xFF, 0xAA, 0x00}))
	require.NoError(t, d.Write(8, []byte{0xFC, 0x55, 0x0F, 0xFF}))
	assert.Equal(t, []byte{0x0C, 0x55, 0x0A, 0x00}, read(t, d, 8, 4))
	assert.Equal(t, []byte{0xFF, 0xFF, 0x0C, 0x55, 0x0A, 0x00, 0xFF}, read(t, d, 6, 7), "reads need no alignment")
}

func eraseOne(t *testing.T, d flash.Device) {
	word := []byte{1, 2, 3, 4}
	for n := range uint32(3) {
		require.NoError(t, d.Write(n*flash.SectorSize, word))
		require.NoError(t, d.Write((n+1)*flash.SectorSize-4, word))
	}
	require.NoError(t, d.EraseSector(1))
	all := read(t, d, 0, 3*flash.SectorSize)
	assert.Equal(t, word, all[:4])
	assert.Equal(t, word, all[flash.SectorSize-4:flash.SectorSize])
	assert.Equal(t, bytes.Repeat([]byte{flash.Erased}, flash.SectorSize), all[flash.SectorSize:2*flash.SectorSize])
	assert.Equal(t, word, all[2*flash.SectorSize:2*flash.SectorSize+4])
	last := uint32(d.Size()/flash.SectorSize - 1)
	require.NoError(t, d.EraseSector(last))
}

func writeAcross(t *testing.T, d flash.Device) {
	p := make([]byte, 2*flash.SectorSize)
	for i := range p {
		p[i] = byte(i * 7)
	}
	const at = flash.SectorSize - 12
	require.NoError(t, d.Write(at, p))
	assert.Equal(t, p, read(t, d, at, len(p)))
	assert.Equal(t, []byte{flash.Erased}, read(t, d, at-1, 1))
	assert.Equal(t, []byte{flash.Erased}, read(t, d, at+int64(len(p)), 1))
}

func readAtEnd(t *testing.T, d flash.Device) {
	size := int64(d.Size())
	require.NoError(t, d.Write(uint32(size-4), []byte{1, 2, 3, 4}))
	p := make([]byte, 10)
	n, err := d.ReadAt(p, size-3)
	assert.Equal(t, 3, n)
	require.ErrorIs(t, err, io.EOF)
	assert.Equal(t, []byte{2, 3, 4}, p[:3])
	n, err = d.ReadAt(p, size)
	assert.Equal(t, 0, n)
	require.ErrorIs(t, err, io.EOF)
	assert.Len(t, read(t, d, size, 0), 0)
}

func refusals(t *testing.T, d flash.Device) {
	size := uint32(d.Size())
	word, sectors := make([]byte, 4), size/flash.SectorSize
	for _, c := range []struct {
		name string
		do   func() error
		want error
	}{
		{"write at an odd address", func() error { return d.Write(2, word) }, flash.ErrAlignment},
		{"write of an odd length", func() error { return d.Write(0, word[:3]) }, flash.ErrAlignment},
		{"write across the end", func() error { return d.Write(size-4, make([]byte, 8)) }, flash.ErrRange},
		{"write behind the end", func() error { return d.Write(size, word) }, flash.ErrRange},
		{"write at the end of the address space", func() error { return d.Write(0xFFFFFFFC, make([]byte, 8)) }, flash.ErrRange},
		{"erase behind the end", func() error { return d.EraseSector(sectors) }, flash.ErrRange},
		{"erase a sector whose address overflows", func() error { return d.EraseSector(1 << 20) }, flash.ErrRange},
		{"erase the last sector number", func() error { return d.EraseSector(0xFFFFFFFF) }, flash.ErrRange},
		{"read before the start", func() error { _, err := d.ReadAt(word, -1); return err }, flash.ErrRange},
		{"read far behind the end", func() error { _, err := d.ReadAt(word, int64(size)+1); return err }, flash.ErrRange},
	} {
		require.ErrorIs(t, c.do(), c.want, c.name)
		var op *flash.OpError
		require.True(t, errors.As(c.do(), &op), c.name)
		assert.Equal(t, int(size), op.Size, c.name)
	}
	erasedAtFirst(t, d)
}

func inputNotKept(t *testing.T, d flash.Device) {
	p := bytes.Repeat([]byte{0x55}, flash.SectorSize)
	require.NoError(t, d.Write(0, p))
	clear(p)
	assert.Equal(t, bytes.Repeat([]byte{0x55}, flash.SectorSize), read(t, d, 0, flash.SectorSize))
}

// random works on both ends of the device: the content is always the AND of everything written since the last erasure.
func random(r *rapid.T, d flash.Device) {
	base := int64(0)
	if rapid.Bool().Draw(r, "at the upper end") {
		base = int64(d.Size() - window)
	}
	model := bytes.Repeat([]byte{flash.Erased}, window)
	r.Repeat(map[string]func(*rapid.T){
		"write": func(r *rapid.T) {
			at := flash.WriteUnit * rapid.IntRange(0, window/flash.WriteUnit).Draw(r, "word")
			p := rapid.SliceOfN(rapid.Byte(), 0, min(600, window-at)).Draw(r, "bytes")
			p = p[:len(p)/flash.WriteUnit*flash.WriteUnit]
			require.NoError(r, d.Write(uint32(base)+uint32(at), p))
			for i, v := range p {
				model[at+i] &= v
			}
		},
		"erase": func(r *rapid.T) {
			n := rapid.IntRange(0, window/flash.SectorSize-1).Draw(r, "sector")
			require.NoError(r, d.EraseSector(uint32(base/flash.SectorSize)+uint32(n)))
			copy(model[n*flash.SectorSize:], bytes.Repeat([]byte{flash.Erased}, flash.SectorSize))
		},
		"": func(r *rapid.T) {
			if !bytes.Equal(model, read(r, d, base, window)) {
				r.Fatalf("the content differs from the model")
			}
		},
	})
}
