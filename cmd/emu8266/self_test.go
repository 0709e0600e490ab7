package main

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestFileOfTheCommand(t *testing.T) {
	known := func() (string, error) { return "/known", nil }
	unknown := errors.New("no /proc")
	fails := func() (string, error) { return "", unknown }
	dir := t.TempDir()
	file := filepath.Join(dir, "emu8266")
	require.NoError(t, os.WriteFile(file, nil, 0o700))
	t.Setenv("PATH", dir)
	t.Chdir(filepath.Dir(dir))
	below := filepath.Join(filepath.Base(dir), "emu8266")
	for _, tc := range []struct {
		system func() (string, error)
		called string
		want   string
	}{
		{known, "emu8266", "/known"},
		{fails, "emu8266", file},
		{fails, "." + string(filepath.Separator) + below, file},
		{fails, file, file},
	} {
		got, err := fileOf(tc.system, tc.called)
		require.NoError(t, err)
		assert.Equal(t, tc.want, got, tc.called)
	}
	_, err := fileOf(fails, "nobody-has-this")
	assert.ErrorIs(t, err, unknown)
}
