package engines_test

import (
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/cdebug"
	"github.com/emu8266/emu8266/emulator/elf"
	"github.com/emu8266/emu8266/emulator/wasm"
)

// counting loads testdata/firmware/unit with its lines counted.
func counting(t *testing.T, e engine) (boot func() firmware, coverage func() (*cdebug.Coverage, error)) {
	t.Helper()
	program := e.program(t, "unit")
	if e.name == wasmEngine {
		i, err := wasm.Load(program)
		require.NoError(t, err)
		t.Cleanup(func() { assert.NoError(t, i.Close()) })
		return wasmImage{i}.Firmware, i.Coverage
	}
	i, err := elf.Load(program)
	require.NoError(t, err)
	_, err = i.Coverage()
	require.ErrorIs(t, err, elf.ErrNoCounters)
	require.NoError(t, i.CountLines())
	return elfImage{i}.Firmware, i.Coverage
}

// The lines that ran over two boots, one of which crashes: on both engines as often. At -Og some lines have no code of their own on the
// chip, and no number.
func TestCoverage(t *testing.T) { onEach(t, testCoverage) }

func testCoverage(t *testing.T, e engine) {
	const file, none = "testdata/firmware/unit/main.c", -1
	boot, coverage := counting(t, e)
	_, err := coverage()
	require.ErrorContains(t, err, "no boot of the image has ended")
	synctest.Test(t, func(t *testing.T) {
		for n := range 2 {
			d, err := emulator.New(emulator.Config{Seed: 1, NoAutoConnect: true})
			require.NoError(t, err)
			fw := boot()
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
	c, err := coverage()
	require.NoError(t, err)
	b, err := os.ReadFile("../../" + file)
	require.NoError(t, err)
	for text, want := range map[string]int{
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
		"return q + 1;":         pick(e, 1, none), // behind the crash: in the same piece of code, or that of the line behind it
		"return ++ticks;":       6,
		"conn.proto.tcp = &tcp": 2,
		"if (items[0].n == 99)": 2,
		"ready = 1;":            2,
	} {
		before, _, found := strings.Cut(string(b), text)
		require.True(t, found, text)
		hits, ok := c.Line(file, 1+strings.Count(before, "\n"))
		assert.Equal(t, want != none, ok, text)
		if ok {
			assert.EqualValues(t, want, hits, text)
		}
	}
	var lcov strings.Builder
	require.NoError(t, c.WriteLCOV(&lcov))
	assert.Contains(t, lcov.String(), "SF:"+file+"\n")
	assert.Regexp(t, `(?m)^FNDA:3,clamp$`, lcov.String())
	assert.Regexp(t, `(?m)^FNDA:0,upper$`, lcov.String())
}
