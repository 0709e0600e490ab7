package build

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// seeds is a folder with what the caches of the tests in this process have in common.
var seeds string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "emu8266-seeds-")
	if err != nil {
		panic(err)
	}
	seeds = dir
	code := m.Run()
	if err := os.RemoveAll(dir); err != nil {
		panic(err)
	}
	os.Exit(code)
}

// cacheDir is a new cache, in which nothing is but objects of the runtime that another test has compiled, and what the tools have said of
// themselves.
func cacheDir(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	copyRuntimes(t, dir, seeds)
	t.Cleanup(func() { copyRuntimes(t, seeds, dir) })
	return dir
}

// copyRuntimes copies the objects of the runtime, and the tools' answers, that a cache does not have.
func copyRuntimes(t *testing.T, to, from string) {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(from, runtimePrefix+"*.o"))
	require.NoError(t, err)
	answers, err := filepath.Glob(filepath.Join(from, toolPrefix+"*"))
	require.NoError(t, err)
	found = append(found, answers...)
	for _, path := range found {
		object, err := os.ReadFile(path)
		require.NoError(t, err)
		if there := filepath.Join(to, filepath.Base(path)); !touch(there) {
			require.NoError(t, writeFile(there, object))
		}
	}
}
