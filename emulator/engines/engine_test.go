package engines_test

import (
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/build"
	"github.com/emu8266/emu8266/emulator/elf"
	"github.com/emu8266/emu8266/emulator/wasm"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// image and firmware are what both engines have.
type image interface {
	Firmware() firmware
	Missing() []string
	SDK() int
}

type firmware interface {
	emulator.Firmware
	Call(name string, args ...any) (result uint64, err error)
	Get(expr string) (value, error)
	Set(expr string, v any) error
	Progress() (n uint64, computing bool)
}

// value is a variable that was read.
type value struct {
	Type string
	contents
}

type contents interface {
	Bytes() []byte
	Uint() uint64
	Int() int64
	Text() string
	String() string
}

// engine runs firmware of testdata/firmware/build.sh, by its name there.
type engine struct {
	name string
	// program returns the file that the engine runs. Where it takes a compiler that is not there, the test is skipped; in CI that is a
	// failure.
	program func(tb testing.TB, name string) []byte
	load    func(tb testing.TB, program []byte) image
}

const (
	wasmEngine  = "wasm"
	lx106Engine = "lx106"
)

var engines = []engine{
	{wasmEngine, prebuilt, func(tb testing.TB, program []byte) image {
		i, err := wasm.Load(program)
		require.NoError(tb, err)
		tb.Cleanup(func() { assert.NoError(tb, i.Close()) })
		return wasmImage{i}
	}},
	{lx106Engine, compiled, func(tb testing.TB, program []byte) image {
		i, err := elf.Load(program)
		require.NoError(tb, err)
		return elfImage{i}
	}},
}

// onEach runs a test on each engine.
func onEach(t *testing.T, test func(t *testing.T, e engine)) {
	for _, e := range engines {
		t.Run(e.name, func(t *testing.T) { test(t, e) })
	}
}

// image loads firmware of build.sh.
func (e engine) image(tb testing.TB, name string) image {
	tb.Helper()
	return e.load(tb, e.program(tb, name))
}

// pick is a, on WebAssembly, or b.
func pick[T any](e engine, onWasm, onLX106 T) T {
	if e.name == wasmEngine {
		return onWasm
	}
	return onLX106
}

func prebuilt(tb testing.TB, name string) []byte {
	tb.Helper()
	b, err := os.ReadFile(filepath.FromSlash("../../testdata/firmware/" + name + ".wasm"))
	require.NoError(tb, err)
	return b
}

var compilations = struct {
	sync.Mutex
	made map[string][]byte
}{made: map[string][]byte{}}

// compiled builds firmware of build.sh for the LX106, once.
func compiled(tb testing.TB, name string) []byte {
	tb.Helper()
	source, ok := sources(tb)[name]
	require.True(tb, ok, "build.sh has no firmware %q", name)
	compilations.Lock()
	defer compilations.Unlock()
	if b := compilations.made[name]; b != nil {
		return b
	}
	root, err := filepath.Abs("../..")
	require.NoError(tb, err)
	out := filepath.Join(tb.TempDir(), name+".elf")
	_, err = build.Build(context.Background(), build.Options{Sources: []string{filepath.FromSlash(source.path)}, Defines: source.defines,
		Test: source.test, Output: out, Dir: root, Engine: build.EngineLX106})
	if errors.Is(err, build.ErrGCC) {
		if os.Getenv("CI") == "true" {
			tb.Fatal(err)
		}
		tb.Skip(err)
	}
	require.NoError(tb, err)
	b, err := os.ReadFile(out)
	require.NoError(tb, err)
	compilations.made[name] = b
	return b
}

type wasmImage struct{ *wasm.Image }

func (i wasmImage) Firmware() firmware { return wasmFirmware{i.Image.Firmware()} }

type wasmFirmware struct{ *wasm.Firmware }

func (f wasmFirmware) Get(expr string) (value, error) {
	v, err := f.Firmware.Get(expr)
	return value{v.Type, v}, err
}

type elfImage struct{ *elf.Image }

func (i elfImage) Firmware() firmware { return elfFirmware{i.Image.Firmware()} }

type elfFirmware struct{ *elf.Firmware }

func (f elfFirmware) Get(expr string) (value, error) {
	v, err := f.Firmware.Get(expr)
	return value{v.Type, v}, err
}

// Each image of testdata/firmware has its source in build.sh, and the other way round, and so has each example in C: what walks over
// build.sh sees all.
func TestSourcesAreComplete(t *testing.T) {
	files, err := filepath.Glob("../../testdata/firmware/*.wasm")
	require.NoError(t, err)
	var names []string
	for _, f := range files {
		names = append(names, filepath.Base(f[:len(f)-len(".wasm")]))
	}
	all := sources(t)
	assert.ElementsMatch(t, names, keys(all))
	examples, err := filepath.Glob("../../examples/*/user")
	require.NoError(t, err)
	require.NotEmpty(t, examples)
	for _, user := range examples {
		name := filepath.Base(filepath.Dir(user))
		if name == "compiled" {
			continue // its fault is the chip's alone, as its test shows
		}
		built := false
		for _, s := range all {
			built = built || s.path == "examples/"+name
		}
		assert.True(t, built, "build.sh does not build examples/%s", name)
	}
}

func keys(m map[string]source) (names []string) {
	for name := range maps.Keys(m) {
		names = append(names, name)
	}
	return names
}
