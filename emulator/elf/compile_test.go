package elf_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator/build"
	"github.com/emu8266/emu8266/emulator/elf"
)

// compile builds C firmware of the repository for the LX106. Without the compiler the test is skipped; in CI that is a failure.
func compile(t testing.TB, sources []string, defines ...string) *elf.Image {
	t.Helper()
	return compileFor(t, "", sources, defines...)
}

// compileFor is compile for a version of the SDK, "" for the usual one.
func compileFor(t testing.TB, version string, sources []string, defines ...string) *elf.Image {
	t.Helper()
	i, err := elf.LoadFile(compileFile(t, version, sources, defines...))
	require.NoError(t, err)
	return i
}

// compileFile is compileFor for the file.
func compileFile(t testing.TB, version string, sources []string, defines ...string) string {
	t.Helper()
	return compileWith(t, build.Options{Version: version, Sources: sources, Defines: defines})
}

// compileWith is compileFile with all options.
func compileWith(t testing.TB, o build.Options) string {
	t.Helper()
	out := filepath.Join(t.TempDir(), "firmware.elf")
	for i, s := range o.Sources {
		o.Sources[i] = filepath.FromSlash(s)
	}
	root, err := filepath.Abs("../..")
	require.NoError(t, err)
	o.Engine, o.Output, o.Dir = build.EngineLX106, out, root
	_, err = build.Build(context.Background(), o)
	if errors.Is(err, build.ErrGCC) {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	require.NoError(t, err)
	return out
}

// at is a line of a list, or "nothing" behind its end.
func at(list []string, i int) string {
	if i < len(list) {
		return list[i]
	}
	return "nothing"
}
