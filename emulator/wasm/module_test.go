package wasm

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/emu8266/emu8266/emulator/cdebug"
	"github.com/emu8266/emu8266/emulator/wasm/internal/module"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/tetratelabs/wazero"
)

func readFirmware(tb testing.TB, name string) []byte {
	b, err := os.ReadFile(filepath.Join("../../testdata/firmware", name+".wasm"))
	require.NoError(tb, err)
	return b
}

// What Load refuses, with what it says.
func TestLoadRefuses(t *testing.T) {
	good := hostileFirmware("system_get_time", nil)
	image, err := Load(good)
	require.NoError(t, err)
	require.NoError(t, image.Close())
	change := func(old, new string) []byte {
		b := []byte(string(good))
		for i := range b {
			if string(b[i:min(i+len(old), len(b))]) == old {
				copy(b[i:], new)
				return b
			}
		}
		t.Fatalf("no %q", old)
		return nil
	}
	for _, tc := range []struct {
		name, why string
		b         []byte
	}{
		{"nothing", "not a valid WebAssembly module", nil},
		{"a giant", "more than 33554432 bytes", make([]byte, imageMax+1)},
		{"text", "not a valid WebAssembly module", []byte("int main(void) { return 0; }")},
		{"cut", "not a valid WebAssembly module", good[:len(good)/2]},
		{"another entry", "no user_init", change("user_init", "user_fini")},
		{"no runtime", "no esp_call", change("esp_call", "esp_fall")},
		{"fuel in its code", "older emu8266", change("esp_idle_addr", "esp_fuel_addr")},
		{"another world", "imports from the SDK only", change("\x03esp\x0fsystem", "\x03wsi\x0fsystem")},
		{"no watchdog", "no esp_watchdog", change("esp_watchdog", "esp_watchcat")},
		{"a table without bound", "no maximum", hostileModule("system_get_time", nil, []byte{0, 4}, nil)},
		{"a large table", "more than 65536", hostileModule("system_get_time", nil, []byte{1, 4, 0xFF, 0xFF, 0x7F}, nil)},
		{"a start function", "start function", hostileModule("system_get_time", nil, []byte{1, 4, 4}, []byte{8, 1, 2})},
		{"one import, two types", "two types", hostileFirmware("esp_watchdog", nil)},
		{"no memory", "no memory is exported", change("memory", "nemory")},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := Load(tc.b)
			require.ErrorContains(t, err, tc.why)
		})
	}
	_, err = LoadFile("none.wasm")
	require.ErrorIs(t, err, os.ErrNotExist)
}

// An import that does not exist is told, and ends the firmware only when it is called.
func TestMissing(t *testing.T) {
	image, err := Load(hostileFirmware("system_make_coffee", []uint32{1, 2}))
	require.NoError(t, err)
	assert.Equal(t, []string{"system_make_coffee"}, image.Missing())
	require.NoError(t, image.Close())
	crash := bootHostile(t, "system_make_coffee", []uint32{1, 2})
	require.NotNil(t, crash)
	assert.Contains(t, crash.Why, "system_make_coffee, which the emulator does not have")
}

// Firmware may declare a function with fewer or more arguments than it has, as old headers do.
func TestOtherDeclarations(t *testing.T) {
	for _, args := range [][]uint32{{}, {100}, {100, 0x9000, 5}, {100, 0x9000, 5, 1, 2, 3, 4, 5}} {
		assert.Nil(t, bootHostile(t, "pvPortMalloc", args))
	}
}

// The file and line of a host call, from the debug sections.
func TestSourceLines(t *testing.T) {
	m, err := module.Parse(readFirmware(t, "machine"))
	require.NoError(t, err)
	info := cdebug.Info{Sections: m.Debug}
	assert.Empty(t, info.Line(0))
	rows := info.Lines()
	require.NotEmpty(t, rows)
	assert.Regexp(t, `^testdata/firmware/machine\.c:\d+$`, info.Line(rows[len(rows)/2].Addr))
	assert.Empty(t, (&cdebug.Info{}).Line(5))
}

func FuzzParseModule(f *testing.F) {
	f.Add(readFirmware(f, "spin")) // short: a large seed is minimized for a minute before anything else happens
	f.Add(hostileFirmware("ets_memcpy", []uint32{1, 2, 3}))
	f.Add([]byte("\x00asm\x01\x00\x00\x00\x09\x05\x01\x00\x41\xff\xff"))
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := module.Parse(b)
		if err != nil {
			return
		}
		for p := range m.Table {
			if s, ok := m.Pointer(p); ok {
				s.Callable()
			}
		}
		info := cdebug.Info{Sections: m.Debug}
		info.Line(100)
		if m.Affordable() != nil {
			return
		}
		if all, err := module.Instrument(b, m); err == nil {
			again, err := module.Parse(all)
			require.NoError(t, err)
			assert.GreaterOrEqual(t, len(again.Exports), len(m.Bodies))
			m.Original(100)
		}
		newCover(m)
		for _, expr := range []string{"items", "main.c:state", "tick:ticks"} {
			_, _ = info.Function(expr)
			_, _ = info.Get(zeros{}, expr)
		}
	})
}

// Any image, with the engine behind it: it loads, or it is refused.
func FuzzLoad(f *testing.F) {
	f.Add(readFirmware(f, "spin"))
	good := hostileFirmware("ets_memcpy", []uint32{1, 2, 3})
	f.Add(good)
	f.Add(append(good, custom("name", 1, 4, 1, 2, 1, 'f')...))
	f.Add(append(good, custom("name", 1, 5, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F)...))
	f.Fuzz(func(t *testing.T, b []byte) {
		image, err := Load(b)
		if err != nil {
			return
		}
		image.debug.Frames(100)
		image.Missing()
		require.NoError(t, image.Close())
	})
}

// zeros is memory of a megabyte.
type zeros struct{}

func (zeros) Read(addr, n uint32) ([]byte, bool) {
	const size = 1 << 20
	if n > size || addr > size-n {
		return nil, false
	}
	return make([]byte, n), true
}

// Everything works with wazero's interpreter too, which other processors use.
func TestInterpreter(t *testing.T) {
	image, err := load(readFirmware(t, "machine"), wazero.NewRuntimeConfigInterpreter())
	require.NoError(t, err)
	defer image.Close()
	AssertMachine(t, image)
}
