package elf_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/build"
	"github.com/emu8266/emu8266/emulator/elf"
)

// unit is testdata/firmware/unit, as it is built for tests.
func unit(t *testing.T) *elf.Image {
	out := filepath.Join(t.TempDir(), "unit.elf")
	root, err := filepath.Abs("../..")
	require.NoError(t, err)
	_, err = build.Build(context.Background(), build.Options{Sources: []string{filepath.FromSlash("testdata/firmware/unit")}, Output: out,
		Dir: root, Engine: build.EngineLX106, Test: true})
	if errors.Is(err, build.ErrGCC) && os.Getenv("CI") != "true" {
		t.Skip(err)
	}
	require.NoError(t, err)
	i, err := elf.LoadFile(out)
	require.NoError(t, err)
	return i
}

// The lines that ran, over two boots, one of which crashes: as often as the same firmware's in WebAssembly. At -Og some lines have no
// code of their own, and no number.
func TestCoverage(t *testing.T) {
	i := unit(t)
	_, err := i.Coverage()
	require.ErrorIs(t, err, elf.ErrNoCounters)
	require.NoError(t, i.CountLines())
	_, err = i.Coverage()
	require.ErrorContains(t, err, "no boot of the image has ended")
	synctest.Test(t, func(t *testing.T) {
		for n := range 2 {
			d, err := emulator.New(emulator.Config{Seed: 1, NoAutoConnect: true})
			require.NoError(t, err)
			fw := i.Firmware()
			require.NoError(t, d.Boot(fw))
			time.Sleep(3500 * time.Millisecond) // three ticks
			if n == 0 {
				_, err = fw.Call("count", "banana", 'a')
				require.NoError(t, err)
				_, err = fw.Call("clamp", -1, 0, 5)
				require.NoError(t, err)
				_, err = fw.Call("divide", 1, 0)
				require.ErrorContains(t, err, "division by zero")
			}
			require.NoError(t, d.Close())
		}
	})
	require.ErrorContains(t, i.CountLines(), "call CountLines before it")
	c, err := i.Coverage()
	require.NoError(t, err)
	const file = "testdata/firmware/unit/main.c"
	b, err := os.ReadFile("../../" + file)
	require.NoError(t, err)
	lineOf := func(text string) int {
		before, _, found := strings.Cut(string(b), text)
		require.True(t, found, text)
		return 1 + strings.Count(before, "\n")
	}
	for text, want := range map[string]uint64{
		"if (n < least)":        3,
		"return least;":         1,
		"if (n > most) {":       2,
		"return most;":          2,
		"if (*text == c)":       6,
		"n++;":                  3,
		"while (len-- > 0) {":   0,
		`return "two";`:         2,
		`return "many";`:        0,
		"int q = a / b;":        1,
		"return ++ticks;":       6,
		"conn.proto.tcp = &tcp": 2,
		"if (items[0].n == 99)": 2,
		"ready = 1;":            2,
	} {
		hits, ok := c.Line(file, lineOf(text))
		assert.True(t, ok, text)
		assert.Equal(t, want, hits, text)
	}
	_, ok := c.Line(file, lineOf("return q + 1;"))
	assert.False(t, ok, "its code is that of the line behind it")
	var lcov strings.Builder
	require.NoError(t, c.WriteLCOV(&lcov))
	assert.Contains(t, lcov.String(), "SF:"+file+"\n")
	assert.Regexp(t, `(?m)^FNDA:3,clamp$`, lcov.String())
	assert.Regexp(t, `(?m)^FNDA:0,upper$`, lcov.String())
}
