package image

import (
	"bytes"
	"testing"

	"github.com/emu8266/emu8266/flash"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A user image comes back as it was made, wherever it lies, and each damaged byte is noticed.
func TestUserImage(t *testing.T) {
	for app, n := range map[uint8]int{1: 1, 2: 70_001} {
		program := bytes.Repeat([]byte{'p', 0, 0xEA}, n)[:n]
		b, err := BuildUser(app, program)
		require.NoError(t, err)
		c, err := flash.New(4 << 20)
		require.NoError(t, err)
		require.NoError(t, c.Write(0x1000, padded(b)))
		i, err := Parse(c, 0x1000)
		require.NoError(t, err)
		assert.True(t, i.User)
		assert.Equal(t, app, i.App)
		assert.Equal(t, len(b), i.Length)
		assert.Zero(t, (len(b)-4)%imageLine)
		got, err := i.Program(c, 0x1000)
		require.NoError(t, err)
		assert.True(t, bytes.Equal(program, got))
		if n == 1 {
			for k := range b {
				bad := bytes.Clone(b)
				bad[k] ^= 0x10
				_, err := Parse(bytes.NewReader(bad), 0)
				assert.Error(t, err, "byte %d", k)
			}
		}
	}
}

func TestUserImageErrors(t *testing.T) {
	for app, program := range map[uint8][]byte{0: {1}, 3: {1}, 1: nil, 2: make([]byte, flash.MaxSize)} {
		_, err := BuildUser(app, program)
		assert.Error(t, err, "app %d, %d bytes", app, len(program))
	}
	got, err := Image{}.Program(bytes.NewReader(nil), 0)
	assert.NoError(t, err)
	assert.Empty(t, got)
	_, err = Image{Segments: []Segment{{Size: 4}}}.Program(bytes.NewReader([]byte{1}), 0)
	assert.Error(t, err)
}
