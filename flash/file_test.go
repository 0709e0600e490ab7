package flash_test

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/flash"
)

func TestFileKeepsContentAndWear(t *testing.T) {
	path := filepath.Join(t.TempDir(), "flash.bin")
	c, err := flash.Open(path, 1<<20)
	require.NoError(t, err)
	require.NoError(t, c.Write(0x7B000, []byte("abcd")))
	require.NoError(t, c.EraseSector(0x7A))
	require.NoError(t, c.Sync())

	onDisk, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, content(t, c), onDisk, "written through before the operation returns")
	require.NoError(t, c.Close())
	require.NoError(t, c.Close())
	require.ErrorIs(t, c.Write(0, make([]byte, 4)), flash.ErrClosed)

	c, err = flash.Open(path, 0)
	require.NoError(t, err)
	assert.Equal(t, 1<<20, c.Size())
	assert.EqualValues(t, 1, c.Programs(0x7B))
	assert.EqualValues(t, 1, c.Erases(0x7A))
	assert.Equal(t, "abcd", string(content(t, c)[0x7B000:0x7B004]))

	s := c.Snapshot()
	require.NoError(t, c.EraseSector(0x7B))
	require.NoError(t, c.Restore(s))
	require.NoError(t, c.Close())
	again, err := flash.LoadImage(path)
	require.NoError(t, err)
	assert.Empty(t, s.Diff(again), "a restored snapshot is in the file")
	assert.Zero(t, again.Chip().Erases(0x7B))

	require.NoError(t, os.WriteFile(path+flash.WearSuffix, []byte("something else"), 0o644))
	c, err = flash.Open(path, 0)
	require.NoError(t, err)
	assert.Zero(t, c.Programs(0x7B), "a foreign file of counts is not believed")
	require.NoError(t, c.EraseSector(0))
	require.NoError(t, c.StickBits(0, 1, 0))
	require.NoError(t, c.Close())
	again, err = flash.LoadImage(path)
	require.NoError(t, err)
	assert.EqualValues(t, 1, again.Chip().Erases(0))
	assert.Equal(t, byte(0xFE), content(t, again.Chip())[0])
}

func TestFileErrors(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "flash.bin")
	_, err := flash.Open(path, 0)
	require.ErrorIs(t, err, os.ErrNotExist)
	_, err = flash.Open(path, 12345)
	require.ErrorIs(t, err, flash.ErrSize)
	_, err = flash.Open(filepath.Join(dir, "none", "flash.bin"), 1<<20)
	require.ErrorIs(t, err, os.ErrNotExist)

	c, err := flash.Open(path, 1<<20)
	require.NoError(t, err)
	if runtime.GOOS != "windows" {
		_, err = flash.Open(path, 1<<20)
		require.ErrorIs(t, err, flash.ErrLocked)
	}
	require.NoError(t, c.Close())
	_, err = flash.Open(path, 2<<20)
	require.ErrorIs(t, err, flash.ErrSize)
	require.NoError(t, os.Truncate(path, 1000))
	_, err = flash.Open(path, 0)
	require.ErrorIs(t, err, flash.ErrSize)
	_, err = flash.LoadImage(path)
	require.ErrorIs(t, err, flash.ErrSize)
	_, err = flash.LoadImage(path + "x")
	require.ErrorIs(t, err, os.ErrNotExist)

	names, err := filepath.Glob(filepath.Join(dir, "*.tmp"))
	require.NoError(t, err)
	assert.Empty(t, names, "a temporary file is left")
}

func TestSaveImageReplacesWhole(t *testing.T) {
	path := filepath.Join(t.TempDir(), "flash.bin")
	c := newChip(t)
	require.NoError(t, c.Write(0, []byte{1, 2, 3, 4}))
	require.NoError(t, flash.SaveImage(path, c.Snapshot()))
	require.FileExists(t, path+flash.WearSuffix)
	back, err := flash.LoadImage(path)
	require.NoError(t, err)
	assert.EqualValues(t, 1, back.Chip().Programs(0))
	require.NoError(t, flash.SaveImage(path, newChip(t).Snapshot()))
	require.NoFileExists(t, path+flash.WearSuffix)
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, bytes.Repeat([]byte{0xFF}, 512<<10), b)
	require.Error(t, flash.SaveImage(filepath.Join(path, "below"), c.Snapshot()))
}
