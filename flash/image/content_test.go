package image_test

import (
	"bytes"
	"encoding/binary"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/emu8266/emu8266/flash"
	"github.com/emu8266/emu8266/flash/image"
)

// What Encode writes Parse reads, whatever the parts are.
func TestContent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		data := rapid.SliceOfN(rapid.Byte(), 1, 100)
		c := image.Content{App: rapid.Uint8Range(0, 2).Draw(t, "app"), Mode: rapid.Uint8Range(0, 3).Draw(t, "mode"),
			Speed: rapid.SampledFrom([]uint8{0, 1, 2, 15}).Draw(t, "speed"), Map: image.SizeMap(rapid.IntRange(2, 6).Draw(t, "map")),
			Entry: rapid.Uint32().Draw(t, "entry"), IROM: data.Draw(t, "irom")}
		for range rapid.IntRange(1, image.MaxSegments).Draw(t, "parts") {
			c.RAM = append(c.RAM, image.Part{Load: rapid.Uint32Range(1, 1<<32-1).Draw(t, "load"), Data: data.Draw(t, "data")})
		}
		b, err := c.Encode()
		require.NoError(t, err)
		i, err := image.Parse(bytes.NewReader(b), 0)
		require.NoError(t, err)
		assert.Equal(t, c.App != 0, i.User)
		assert.Equal(t, []any{c.Mode, c.Speed, c.Map, c.Entry, len(b)}, []any{i.Mode, i.Speed, i.Map, i.Entry, i.Length})
		var want []image.Part
		if c.App != 0 {
			assert.Equal(t, c.App, i.App)
			want = append(want, image.Part{Data: c.IROM})
		}
		want = append(want, c.RAM...)
		require.Len(t, i.Segments, len(want))
		for n, s := range i.Segments {
			assert.Equal(t, want[n].Load, s.Load)
			got := b[s.Offset:][:s.Size]
			assert.Equal(t, want[n].Data, got[:len(want[n].Data)])
			assert.Zero(t, s.Size%4)
			assert.Empty(t, bytes.Trim(got[len(want[n].Data):], "\x00"), "filled up with zeros")
		}
		b[rapid.IntRange(16, len(b)-1).Draw(t, "spoilt")] ^= byte(rapid.IntRange(1, 255).Draw(t, "by"))
		if _, err = image.Parse(bytes.NewReader(b), 0); c.App != 0 {
			assert.Error(t, err, "the CRC is over everything")
		}
	})
}

// An image of the SDK's tool, by hand: gen_appbin.py with boot mode 2 writes these bytes.
func TestContentIsTheSDKsToolsImage(t *testing.T) {
	b, err := image.Content{App: 2, Mode: 0, Speed: 0, Map: image.Map32M1024x1024, Entry: 0x40100004, IROM: []byte{1, 2, 3},
		RAM: []image.Part{{0x40100000, []byte{4, 5, 6, 7, 8}}}}.Encode()
	require.NoError(t, err)
	want := []byte{
		0xEA, 4, 0, 2, 4, 0, 0x10, 0x40, 0, 0, 0, 0, 16, 0, 0, 0,
		1, 2, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		0xE9, 1, 0, 0x60, 4, 0, 0x10, 0x40, 0, 0, 0x10, 0x40, 8, 0, 0, 0,
		4, 5, 6, 7, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xEF ^ 4 ^ 5 ^ 6 ^ 7 ^ 8,
	}
	require.Equal(t, want, b[:len(b)-4])
	crc, err := image.TailCRC(bytes.NewReader(b), 0, int64(len(b)-4))
	require.NoError(t, err)
	assert.Equal(t, crc, binary.LittleEndian.Uint32(b[len(b)-4:]))
	i, err := image.Parse(bytes.NewReader(b), 0)
	require.NoError(t, err)
	assert.False(t, i.Wraps())
}

func TestContentRefused(t *testing.T) {
	part := []image.Part{{0x40100000, make([]byte, 4)}}
	for name, c := range map[string]image.Content{
		"no such slot":      {App: 3, RAM: part},
		"nothing for RAM":   {App: 1, IROM: []byte{1}},
		"too many parts":    {App: 1, RAM: make([]image.Part, image.MaxSegments+1)},
		"larger than map":   {App: 1, Map: image.Map8M512x512, IROM: make([]byte, 1<<20), RAM: part},
		"larger than flash": {App: 1, Map: image.Map128M1024x1024, IROM: make([]byte, flash.MaxSize), RAM: part},
	} {
		_, err := c.Encode()
		assert.ErrorContains(t, err, "flash: ", name)
	}
}

// Code runs where the chip shows it: the linker scripts of the SDK have these addresses.
func TestCodeAt(t *testing.T) {
	assert.EqualValues(t, 0x40201010, image.CodeAt(0x1000))
	assert.EqualValues(t, 0x40281010, image.CodeAt(0x81000))
	assert.EqualValues(t, 0x40201010, image.CodeAt(0x101000))
}
