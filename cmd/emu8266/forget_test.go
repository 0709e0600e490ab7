package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What the cache keeps for a project goes when nobody has used it for a month; what else lies in the folder stays.
func TestForget(t *testing.T) {
	dir := t.TempDir()
	old := time.Now().Add(-unusedFor - time.Hour)
	for _, name := range []string{"test-0123456789abcdef", "test-0000000000000000", "test-mine", "tests"} {
		require.NoError(t, os.Mkdir(filepath.Join(dir, name), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(dir, name, "made.wasm"), nil, 0o600))
		require.NoError(t, os.Chtimes(filepath.Join(dir, name), old, old))
	}
	require.NoError(t, os.Mkdir(filepath.Join(dir, "test-fedcba9876543210"), 0o755)) // of today
	require.NoError(t, forget(filepath.Join(dir, "test-0123456789abcdef"), testFolders()))
	for name, want := range map[string]bool{"test-0123456789abcdef": true, "test-0000000000000000": false, "test-mine": true, "tests": true,
		"test-fedcba9876543210": true} {
		_, err := os.Stat(filepath.Join(dir, name))
		assert.Equal(t, want, err == nil, name)
	}
	require.NoError(t, forget(filepath.Join(dir, "test-0123456789abcdef"), testFolders()), "used just now")
	assert.DirExists(t, filepath.Join(dir, "test-0123456789abcdef"))
}
