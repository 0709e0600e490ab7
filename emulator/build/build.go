package build

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/emu8266/emu8266/emulator/elf"
	"github.com/emu8266/emu8266/emulator/wasm"
)

// Versions of the SDK whose headers there are. Prototypes and struct layouts differ between them (sdk-surface.md,
// Versions); the functions behind them are the same.
var versions = map[string]string{"2.0": "20000", "2.1": "20100", "2.2": "20200", "3.0": "30000"}

// VersionDefault is the SDK of the headers unless Options say otherwise.
const VersionDefault = "3.0"

// Options say what to build. Sources and Output are needed; everything else may be left out.
type Options struct {
	Sources  []string // C files, and folders with projects
	Output   string   // the image
	Engine   string   // what it is for: EngineWasm, the default, or EngineLX106
	Defines  []string // NAME or NAME=VALUE
	Includes []string // folders that are searched first
	Exclude  []string // patterns (filepath.Match) of files and folders of a project to leave out: path in the project, or name
	Check    bool     // memory checks
	Test     bool     // for tests: all functions and variables stay, and the lines that run are counted
	Version  string   // SDK of the headers: "2.0", "2.1", "2.2" or "3.0"; "" is what those of SDK say, or VersionDefault
	SDK      string   // folder with the vendor's SDK (or its include folder), whose headers are used instead of ours
	Dir      string   // what relative paths, and the places in the image, are relative to; "" is the working directory
	Cache    string   // folder for objects; "" is emu8266/build in the user's cache folder
	Clang    string   // compiler and linker; "" is the first of version 14 or later on PATH
	WasmLD   string
	GCC      string // compiler for the LX106; "" is xtensa-lx106-elf-gcc on PATH
}

// Result tells what a build did.
type Result struct {
	Files    int      // C files of the firmware
	Compiled int      // of these, how many were compiled: the others were still in the cache
	Bytes    int      // length of the image
	Warnings string   // what the compiler said; of files that were compiled only
	Missing  []string // functions that the firmware calls and the emulator does not have
	Misfit   []string // functions that some file calls with other types than they have: they get what the chip would give them
	Unfit    []string // those of them of which the image has nothing to call: such a call is exception 0
}

// Build makes an image. Errors of the compiler and the linker hold what these said. It may run in several goroutines at a
// time, also on one cache.
func Build(ctx context.Context, o Options) (Result, error) {
	r, err := build(ctx, o)
	if err != nil {
		return r, fmt.Errorf("build: %w", err)
	}
	return r, nil
}

func build(ctx context.Context, o Options) (r Result, err error) {
	if o.Output == "" || len(o.Sources) == 0 {
		return r, errors.New("an output and sources are needed")
	}
	dir, err := filepath.Abs(o.Dir)
	if err != nil {
		return r, err
	}
	o.Dir = dir
	if o.SDK != "" {
		if err := o.vendor(); err != nil {
			return r, err
		}
	}
	if o.Version == "" {
		o.Version = VersionDefault
	}
	if versions[o.Version] == "" {
		return r, fmt.Errorf("there are no headers of SDK %q: 2.0, 2.1, 2.2, 3.0", o.Version)
	}
	if o.Engine == "" {
		o.Engine = EngineWasm
	}
	if o.Engine != EngineWasm && o.Engine != EngineLX106 {
		return r, fmt.Errorf("there is no engine %q: wasm, lx106", o.Engine)
	}
	if o.Check && o.Engine == EngineLX106 {
		return r, errors.New("memory checks are put in for WebAssembly only: leave them out, or build for the engine wasm")
	}
	if err := replaceable(o.abs(o.Output)); err != nil {
		return r, err
	}
	p, err := findProject(o)
	if err != nil {
		return r, err
	}
	var t tools
	if o.Engine == EngineLX106 {
		t, err = findGCC(ctx, o.GCC)
	} else {
		t, err = findTools(ctx, o.Dir, o.Clang, o.WasmLD)
	}
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, t.close()) }()
	c, err := openCache(o.Cache)
	if err != nil {
		return r, err
	}
	b := &builder{Options: o, project: p, tools: t, cache: c}
	if b.shims, err = c.shims(p, o.SDK != ""); err != nil {
		return r, err
	}
	if t.node != nil {
		t.node.shims = b.shims
		t.node.roots = append(append([]string{c.sdk, b.shims}, b.sdkFolders()...), p.includes...)
		for _, i := range o.Includes {
			t.node.shims = b.shims
			t.node.roots = append(t.node.roots, o.abs(i))
		}
	}
	objects, err := b.compileAll(ctx, &r, true)
	if err != nil {
		return r, err
	}
	if o.Engine == EngineLX106 {
		image, missing, err := b.linkLX106(ctx, objects)
		if err != nil {
			return r, err
		}
		if _, err := elf.Load(image); err != nil {
			return r, err
		}
		r.Missing, r.Bytes = missing, len(image)
		if err := writeFile(o.abs(o.Output), image); err != nil {
			return r, err
		}
		return r, c.prune()
	}
	image, err := b.link(ctx, objects)
	if err != nil {
		return r, err
	}
	if called := unfit(image); len(called) > 0 {
		if image, err = b.link(ctx, objects, exported(called)...); err != nil {
			return r, err
		}
	}
	r.Bytes = len(image)
	loaded, err := wasm.Load(image)
	if err != nil {
		return r, err
	}
	r.Missing = loaded.Missing()
	r.Misfit, r.Unfit = loaded.Misfits()
	if err := loaded.Close(); err != nil {
		return r, err
	}
	if err := writeFile(o.abs(o.Output), image); err != nil {
		return r, err
	}
	return r, c.prune()
}

// abs makes a path of the options absolute.
func (o Options) abs(path string) string {
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(o.Dir, path)
}

type builder struct {
	Options
	project project
	tools   tools
	cache   *cache
	shims   string // folder of headers under the names that the project gives them
	// runtimes is how many of the objects, the last ones, are of the runtime.
	runtimes int
}

// compileAll compiles the firmware, with or without -flto, and the runtime, as many files at a time as there are cores. It
// returns the objects in the order of the files.
func (b *builder) compileAll(ctx context.Context, r *Result, lto bool) ([]string, error) {
	units := make([]unit, 0, len(b.project.files)+6)
	for _, f := range b.project.files {
		args := b.firmwareFlags(lto)
		if b.Engine == EngineLX106 {
			args = b.gccFirmware()
		}
		units = append(units, unit{source: f, args: args})
	}
	r.Files = len(units)
	for _, f := range []string{"rt.c", "libc.c", "math.c", "json.c", "driver.c", "scan.c"} {
		switch {
		case b.Engine == EngineLX106 && f != "rt.c":
			units = append(units, unit{source: filepath.Join(b.cache.sdk, "rt", f), args: b.gccRuntime()})
		case b.Engine == EngineWasm && f != "scan.c":
			units = append(units, unit{source: filepath.Join(b.cache.sdk, "rt", f), args: b.runtimeFlags(true)})
		}
	}
	b.runtimes = len(units) - r.Files
	if b.Test && b.Engine == EngineWasm {
		units = append(units, unit{source: filepath.Join(b.cache.sdk, "rt", "cover.c"), args: b.runtimeFlags(false)})
	}
	if b.Check {
		units = append(units, unit{source: filepath.Join(b.cache.sdk, "rt", "check.c"), args: b.runtimeFlags(false)})
	}
	objects := make([]string, len(units))
	errs := make([]error, len(units))
	said := make([]string, len(units))
	slots := make(chan struct{}, runtime.NumCPU())
	var all sync.WaitGroup
	var mu sync.Mutex // guards r
	for i, u := range units {
		all.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			var fresh bool
			objects[i], said[i], fresh, errs[i] = b.compile(ctx, u)
			mu.Lock()
			defer mu.Unlock()
			if fresh && i < r.Files {
				r.Compiled++
			}
		})
	}
	all.Wait()
	r.Warnings = strings.Join(said, "")
	return objects, errors.Join(errs...)
}

// unit is a file to compile.
type unit struct {
	source string
	args   []string
}

// compile returns the object of a file, from the cache if nothing in it has changed.
func (b *builder) compile(ctx context.Context, u unit) (object, warnings string, fresh bool, err error) {
	text, said, err := b.tools.run(ctx, b.Dir, b.tools.clang, append(u.args, "-E", u.source, "-o", "-")...)
	if err != nil {
		return "", "", false, fmt.Errorf("%s", said)
	}
	object = b.cache.object(b.tools.version, b.Dir, u, text)
	if touch(object) {
		return object, "", false, nil
	}
	temp := fmt.Sprintf("%s.%d.tmp", object, os.Getpid())
	_, said, err = b.tools.run(ctx, b.Dir, b.tools.clang, append(u.args, "-c", u.source, "-o", temp)...)
	if err != nil {
		return "", "", true, errors.Join(fmt.Errorf("%s", said), remove(temp))
	}
	return object, said, true, os.Rename(temp, object)
}

// optional are the files of the runtime for variables of the SDK's library that no header declares, by name: they are
// linked if the firmware asks for them.
var optional = map[string]string{"scannum": "scan.c"}

// link makes the image of the objects, and of what else they ask for.
func (b *builder) link(ctx context.Context, objects []string, flags ...string) (image []byte, err error) {
	image, err = b.linkOnce(ctx, objects, flags)
	for name, file := range optional {
		if err == nil || !strings.Contains(err.Error()+"\n", "undefined symbol: "+name+"\n") {
			continue
		}
		object, _, _, e := b.compile(ctx, unit{source: filepath.Join(b.cache.sdk, "rt", file), args: b.runtimeFlags(true)})
		if e != nil {
			return nil, e
		}
		objects = append(slices.Clone(objects), object)
		image, err = b.linkOnce(ctx, objects, flags)
	}
	return image, err
}

func (b *builder) linkOnce(ctx context.Context, objects, flags []string) (image []byte, err error) {
	temp, err := os.MkdirTemp(b.cache.dir, "link")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(temp)) }()
	out := filepath.Join(temp, "firmware.wasm")
	_, said, err := b.tools.run(ctx, b.Dir, b.tools.wasmLD, slices.Concat(b.linkFlags(), flags, objects, []string{"-o", out})...)
	if err != nil {
		return nil, errors.New(strings.TrimSpace(said))
	}
	return os.ReadFile(out)
}

// textMax bounds the files of a project that are read here, bytes. Choice.
const textMax = 16 << 20

// readText reads a file of a project.
func readText(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, textMax+1))
	if err == nil && len(b) > textMax {
		err = fmt.Errorf("%s has more than %d bytes", path, textMax)
	}
	return b, err
}

// replaceable refuses an output that is there and is no image: a source or a header perhaps, or a flash image.
func replaceable(path string) error {
	info, err := os.Stat(path)
	if err == nil && !info.Mode().IsRegular() { // a device file would be gone
		return fmt.Errorf("the output %s is there and is no file: give another name", path)
	}
	if err != nil || info.Size() == 0 {
		return nil // what is wrong with the place, writing tells
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	magic := make([]byte, 4)
	if _, err := io.ReadFull(f, magic); err != nil || string(magic) != "\x00asm" && string(magic) != "\x7fELF" {
		return fmt.Errorf("the output %s is there and is no image: give another name", path)
	}
	return nil
}

// writeFile writes a file under another name first.
func writeFile(path string, b []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	err = errors.Join(err, f.Chmod(0o644), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, remove(f.Name()))
	}
	return nil
}

// remove deletes a file that may not exist.
func remove(path string) error {
	if err := os.Remove(path); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}
