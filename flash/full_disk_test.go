package flash

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// sameAsFile checks that a chip holds what its file does.
func sameAsFile(t *testing.T, c *Chip, path string) {
	t.Helper()
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	got := make([]byte, c.Size())
	_, err = c.ReadAt(got, 0)
	require.NoError(t, err)
	assert.True(t, bytes.Equal(want, got))
}

// A step that cannot be written fails and changes neither the chip nor the file, and Close tells of it.
func TestStepThatCannotBeWritten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "flash.bin")
	c, err := Open(path, MinSize)
	require.NoError(t, err)
	require.NoError(t, c.Write(0, []byte("kept")))
	before := c.Snapshot()

	writable := c.file.image
	c.file.image, err = os.Open(path) // every write fails
	require.NoError(t, err)
	require.Error(t, c.Write(8, []byte("lost")))
	require.Error(t, c.EraseSector(0))
	require.Error(t, c.StickBits(4, 0xFF, 0))
	other, err := New(MinSize)
	require.NoError(t, err)
	require.NoError(t, other.Write(4096, []byte("else")))
	require.Error(t, c.Restore(other.Snapshot()))
	assert.Empty(t, before.Diff(c.Snapshot()))
	sameAsFile(t, c, path)

	require.NoError(t, c.file.image.Close())
	c.file.image = writable
	require.NoError(t, c.Write(16, []byte("work")))
	sameAsFile(t, c, path)
	require.ErrorContains(t, c.Close(), "not everything could be written")
	require.NoError(t, c.Close())
}

// Wear counts that cannot be written take nothing from the content, and Close tells of them.
func TestWearThatCannotBeWritten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "flash.bin")
	c, err := Open(path, MinSize)
	require.NoError(t, err)
	require.NoError(t, os.Mkdir(path+WearSuffix, 0o755))
	require.NoError(t, c.Write(0, []byte("kept")))
	require.NoError(t, c.EraseSector(1))
	assert.EqualValues(t, 1, c.Erases(1))
	sameAsFile(t, c, path)
	require.ErrorContains(t, c.Close(), "not everything could be written")
}

// InUse sees a device that has the image open, under any name.
func TestInUse(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "flash.bin")
	assert.False(t, InUse(path))
	c, err := Open(path, MinSize)
	require.NoError(t, err)
	link := filepath.Join(dir, "other")
	require.NoError(t, os.Symlink(path, link))
	assert.True(t, InUse(path))
	assert.True(t, InUse(link))
	assert.False(t, InUse(dir))
	require.NoError(t, c.Close())
	assert.False(t, InUse(path))
}
