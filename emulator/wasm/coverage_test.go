package wasm_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/wasm"
)

// lineOf returns the number of the only line of unit/main.c that holds text.
func lineOf(t *testing.T, text string) int {
	b, err := os.ReadFile(firmwareDir + "unit/main.c")
	require.NoError(t, err)
	found := 0
	for n, line := range strings.Split(string(b), "\n") {
		if strings.Contains(line, text) {
			require.Zero(t, found, "%q stands in two lines", text)
			found = n + 1
		}
	}
	require.NotZero(t, found, text)
	return found
}

// The lines that ran, over two boots, one of which crashes: those that differ from the chip's, or have no number there. The others the
// tests of package engines hold, and the golden file all.
func TestCoverage(t *testing.T) {
	i := prebuilt(t, "unit")
	_, err := i.Coverage()
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
	c, err := i.Coverage()
	require.NoError(t, err)
	const file = "testdata/firmware/unit/main.c"
	for text, want := range map[string]uint64{
		"static int clamp(":              0, // no code: it begins at the brace
		"for (; *text; text++)":          7, // the condition
		`return "one";`:                  0,
		"if (on_end)":                    6,
		"\t\ton_end();":                  0,
		`os_printf("never %d`:            0,
		"upper(name, count(":             0,
		"conn.proto.tcp = &tcp;":         2,
		"\t\tnever();":                   0,
		"static int state(void) { retur": 2,
	} {
		hits, ok := c.Line(file, lineOf(t, text))
		if text == "static int clamp(" {
			assert.False(t, ok, text)
			continue
		}
		assert.True(t, ok, text)
		assert.Equal(t, want, hits, text)
	}
	hits, ok := c.Line("testdata/firmware/unit/other.c", 7)
	assert.True(t, ok)
	assert.EqualValues(t, 2, hits)
	_, ok = c.Line("none.c", 1)
	assert.False(t, ok)

	var lcov bytes.Buffer
	require.NoError(t, c.WriteLCOV(&lcov))
	golden := filepath.Join("testdata", "unit.lcov")
	if wasm.Update() {
		require.NoError(t, os.WriteFile(golden, lcov.Bytes(), 0o666))
	}
	want, err := os.ReadFile(golden)
	require.NoError(t, err)
	assert.Equal(t, string(want), lcov.String())
	all, ran := c.Lines()
	assert.Equal(t, strings.Count(lcov.String(), "\nDA:"), all)
	assert.Equal(t, all-strings.Count(lcov.String(), ",0\nDA:")-strings.Count(lcov.String(), ",0\nLF:"), ran)
}
