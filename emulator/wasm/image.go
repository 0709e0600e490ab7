package wasm

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sort"
	"strings"

	"github.com/emu8266/emu8266/emulator/cdebug"
	"github.com/emu8266/emu8266/emulator/internal/cabi"
	"github.com/emu8266/emu8266/emulator/wasm/internal/module"
	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
)

// memoryPages is the most linear memory of a device, in pages of 64 KB. Choice: 2 MB, more than the chip's 80 KB of RAM
// and the 1 MB of flash that it maps.
const memoryPages = 32

// imageMax bounds an image in bytes, debug information included. Choice.
const imageMax = 32 << 20

// Image is firmware, compiled once and shared by any number of devices. Its methods may be called from any goroutine.
type Image struct {
	runtime  wazero.Runtime
	compiled wazero.CompiledModule
	module   *module.Module
	missing  []string
	debug    cdebug.Info
	cover    *cover // nil: built without --test
	browser  browserImage
}

// hintTest says how to keep what the compiler takes away.
const hintTest = "build with emu8266 build --test, which keeps all functions and variables"

// LoadFile is Load for a file.
func LoadFile(path string) (*Image, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("wasm: %w", err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, imageMax+1)) // Load refuses what is longer
	if err != nil {
		return nil, fmt.Errorf("wasm: %w", err)
	}
	return Load(b)
}

// Load compiles firmware from a WebAssembly module. It refuses what is no firmware: a module without user_init or
// without the runtime of package csdk (rt/rt.c) linked to it, an import that no function of the
// SDK can be, more memory than 2 MB, a function table without bound, code that takes very long to compile. Close the image
// when its devices are closed. b is not kept.
func Load(b []byte) (*Image, error) {
	i, err := load(b, wazero.NewRuntimeConfig())
	if err != nil {
		return nil, fmt.Errorf("wasm: %w", err)
	}
	return i, nil
}

func load(b []byte, config wazero.RuntimeConfig) (*Image, error) {
	if len(b) > imageMax {
		return nil, fmt.Errorf("more than %d bytes, the most that firmware has", imageMax)
	}
	m, err := module.Parse(bytes.Clone(b))
	if err != nil {
		return nil, err
	}
	ctx := context.Background()
	if err := m.Affordable(); err != nil {
		return nil, err
	}
	if _, ok := m.Exports["user_init"]; !ok {
		return nil, errors.New("no user_init: this is no firmware")
	}
	if b, err = module.Instrument(b, m); err != nil {
		return nil, err
	}
	i := &Image{
		module: m, cover: newCover(m), runtime: wazero.NewRuntimeWithConfig(ctx, config.WithMemoryLimitPages(memoryPages)),
		debug: cdebug.Info{
			Sections: m.Debug, TakenAway: hintTest,
			NoDebug: "the image has no debug information: build it with emu8266 build, and do not strip it",
		},
	}
	i.browser.keep(b)
	if i.compiled, err = i.runtime.CompileModule(ctx, b); err == nil {
		if err = i.check(); err == nil {
			err = i.link(ctx)
		}
	}
	if err != nil {
		return nil, errors.Join(err, i.runtime.Close(ctx))
	}
	return i, nil
}

// exports are the functions of rt.c, with the number of their parameters, that firmware must have.
var exports = []struct {
	name   string
	params int
}{{"esp_call", 5}, {"user_init", 0}}

// check looks for what makes a module firmware.
func (i *Image) check() error {
	functions := i.compiled.ExportedFunctions()
	for _, e := range exports {
		d, ok := functions[e.name]
		if !ok {
			return fmt.Errorf("no %s: make the firmware with emu8266 build", e.name)
		}
		if len(d.ParamTypes()) != e.params {
			return fmt.Errorf("%s has %d parameters, not %d", e.name, len(d.ParamTypes()), e.params)
		}
	}
	if _, ok := functions["esp_fuel_addr"]; ok {
		return errors.New("made by an older emu8266, which put the watchdog's count into the firmware: make it again with emu8266 build")
	}
	for _, name := range []string{"user_pre_init", "user_rf_pre_init", "user_rf_cal_sector_set", "__wasm_call_ctors", "esp_checks_addr"} {
		if d, ok := functions[name]; ok && len(d.ParamTypes()) != 0 {
			return fmt.Errorf("%s has parameters", name)
		}
	}
	switch {
	case i.module.Grows:
		return fmt.Errorf("the function table has no maximum, or more than %d entries: link without --growable-table", module.TableMax)
	case i.module.Start:
		return errors.New("there is a start function: firmware starts at user_init")
	}
	if _, ok := i.compiled.ExportedMemories()["memory"]; !ok {
		return errors.New("no memory is exported")
	}
	if len(i.compiled.ImportedMemories()) > 0 {
		return errors.New("the memory is imported")
	}
	return nil
}

// link makes the modules that the firmware imports from: the SDK's functions with the types that the firmware declares.
// Undeclared functions come from module "env".
func (i *Image) link(ctx context.Context) error {
	builders := map[string]wazero.HostModuleBuilder{}
	types := map[string]string{}
	missing := map[string]bool{}
	for _, d := range i.compiled.ImportedFunctions() {
		from, name, _ := d.Import()
		if from != "esp" && from != "env" {
			return fmt.Errorf("import %s.%s: firmware imports from the SDK only", from, name)
		}
		if t, known := types[from+"."+name]; known && t != describe(d) {
			return fmt.Errorf("%s is imported with two types: build with -flto", name)
		}
		types[from+"."+name] = describe(d)
		f, ok := cabi.Find(name)
		if ok && !passes(f, d) {
			return fmt.Errorf("%s is declared with type %s: the SDK's functions take 32-bit numbers", name, describe(d))
		}
		if !ok {
			missing[name] = true
			f = cabi.Absent(name)
		}
		b := builders[from]
		if b == nil {
			b = i.runtime.NewHostModuleBuilder(from)
			builders[from] = b
		}
		b.NewFunctionBuilder().WithGoModuleFunction(hostCall(f, d), d.ParamTypes(), d.ResultTypes()).WithName(name).Export(name)
	}
	for name := range missing {
		i.missing = append(i.missing, name)
	}
	sort.Strings(i.missing)
	for _, from := range []string{"esp", "env"} {
		if b := builders[from]; b != nil {
			if _, err := b.Instantiate(listen(ctx)); err != nil {
				return err
			}
		}
	}
	return nil
}

// passes reports whether all values of an import are i32, but for i64 where f takes it: the host can then serve it, whatever
// their number.
func passes(f cabi.Function, d api.FunctionDefinition) bool {
	for i, t := range d.ParamTypes() {
		wide := t == api.ValueTypeI64 && i < len(f.Params) && f.Params[i] == 'l'
		if t != api.ValueTypeI32 && !wide {
			return false
		}
	}
	for _, t := range d.ResultTypes() {
		if t != api.ValueTypeI32 {
			return false
		}
	}
	return len(d.ResultTypes()) <= 1
}

func describe(d api.FunctionDefinition) string {
	names := func(types []api.ValueType) string {
		s := make([]string, len(types))
		for i, t := range types {
			s[i] = api.ValueTypeName(t)
		}
		return "(" + strings.Join(s, ", ") + ")"
	}
	return names(d.ParamTypes()) + " -> " + names(d.ResultTypes())
}

// Missing returns the names, sorted, of the functions that the firmware imports and that do not exist here. Calling one
// ends the firmware with a fatal exception that names it.
func (i *Image) Missing() []string { return append([]string(nil), i.missing...) }

// Misfits returns the names, sorted, of functions that the firmware calls with other types than they have: undeclared, or declared in two
// ways. Such a call gives the function what the chip would give it. Calls of those in unfit end the firmware: the image has nothing
// to call.
func (i *Image) Misfits() (made, unfit []string) {
	for _, name := range i.module.Misfits() {
		if i.module.Adapts(name) {
			made = append(made, name)
		} else {
			unfit = append(unfit, name)
		}
	}
	return made, unfit
}

// Firmware returns the program for one device.
func (i *Image) Firmware() *Firmware { return &Firmware{image: i} }

// Close frees the machine code. No device may run the image any more.
func (i *Image) Close() error {
	if err := i.runtime.Close(context.Background()); err != nil {
		return fmt.Errorf("wasm: %w", err)
	}
	return nil
}
