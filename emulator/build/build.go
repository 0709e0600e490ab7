package build

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"

	flashimage "github.com/emu8266/emu8266/flash/image"
)

// Versions of the SDK whose headers there are. Prototypes and struct layouts differ between them (sdk-surface.md,
// Versions); the functions behind them are the same.
var versions = map[string]string{"2.0": "20000", "2.1": "20100", "2.2": "20200", "3.0": "30000"}

// VersionDefault is the SDK of the headers unless Options say otherwise.
const VersionDefault = "3.0"

// Options say what to build. Sources or Files, and Output are needed; everything else may be left out.
type Options struct {
	Sources  []string // C files, and folders with projects
	Files    []File   // C files with flags of their own, besides Sources
	Output   string   // the image
	Engine   string   // what it is for: EngineWasm, the default, or EngineLX106
	Defines  []string // NAME or NAME=VALUE
	Includes []string // folders that are searched first
	CFlags   []string // flags for the compiler of the firmware's files; they come last
	Exclude  []string // patterns (filepath.Match) of files and folders of a project to leave out: path in the project, or name
	Check    bool     // memory checks; for the LX106 those of local arrays, all others need nothing in the image
	Strict   bool     // a function that nobody has is an error, as for the SDK's linker
	Stack    uint32   // bytes of stack, a multiple of 16 from 1024 to 65536, for EngineWasm; 0: 4096, or 12288 with Test
	Test     bool     // for tests: all functions and variables stay, and the lines that run are counted
	Version  string   // SDK of the headers: "2.0", "2.1", "2.2" or "3.0"; "" is what those of SDK say, or VersionDefault
	SDK      string   // folder with the vendor's SDK (or its include folder), whose headers are used instead of ours
	Dir      string   // what relative paths, and the places in the image, are relative to; "" is the working directory
	Cache    string   // folder for objects; "" is emu8266/build in the user's cache folder
	Clang    string   // compiler and linker; "" is the first of version 14 or later on PATH
	WasmLD   string
	Slot     uint8              // for EngineLX106: update slot, 1 or 2, in whose place the code runs; 0: a program without slots
	Map      flashimage.SizeMap // whose slots these are
	GCC      string             // compiler for the LX106; "" is xtensa-lx106-elf-gcc on PATH
	Within   []string           // folders that sources may have the compiler read from, besides those of the SDK and the compiler; nil: all
	Tools    Toolchain          // what compiles and links in place of programs of this machine; nil for these. The caller closes it
}

// File is a C file that is compiled in its own way, as a Makefile has it.
type File struct {
	Source   string
	Defines  []string // before those of the options
	Includes []string // folders that are searched after those of the options and before those of a project
	Flags    []string // for the compiler; they come last
	Archive  string   // the static library that its object is a member of: it is linked only if it is needed; "" always
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
	if o.Output == "" || len(o.Sources)+len(o.Files) == 0 {
		return r, errors.New("an output and sources are needed")
	}
	dir, err := filepath.Abs(o.Dir)
	if err != nil {
		return r, err
	}
	o.Dir = dir
	if err := o.settle(); err != nil {
		return r, err
	}
	if err := replaceable(o.abs(o.Output)); err != nil {
		return r, err
	}
	p, err := findProject(o)
	if err != nil {
		return r, err
	}
	c, err := openCache(o.Cache)
	if err != nil {
		return r, err
	}
	b := &builder{Options: o, project: p, tools: o.Tools, cache: c}
	if b.tools == nil {
		if b.tools, err = c.findToolchain(ctx, o); err != nil {
			return r, err
		}
		defer func() { err = errors.Join(err, b.tools.Close()) }()
	}
	if err := b.makeShims(); err != nil {
		return r, err
	}
	if err := b.look(); err != nil {
		return r, err
	}
	if b.confined, err = b.confine(ctx); err != nil {
		return r, err
	}
	objects, err := b.compileAll(ctx, &r)
	if err != nil {
		return r, err
	}
	image, err := b.image(ctx, objects, &r)
	if err != nil {
		return r, err
	}
	if o.Strict && len(r.Missing) > 0 {
		return r, fmt.Errorf("undefined: %s", strings.Join(r.Missing, ", "))
	}
	if err := writeFile(o.abs(o.Output), image); err != nil {
		return r, err
	}
	if !b.busy.Load() {
		return r, nil
	}
	return r, c.prune()
}

// settle fills in what the options leave open, and refuses what does not go together.
func (o *Options) settle() error {
	if o.SDK != "" {
		if err := o.vendor(); err != nil {
			return err
		}
	}
	if o.Version == "" {
		o.Version = VersionDefault
	}
	if versions[o.Version] == "" {
		return fmt.Errorf("there are no headers of SDK %q: 2.0, 2.1, 2.2, 3.0", o.Version)
	}
	if o.Engine == "" {
		o.Engine = EngineWasm
	}
	if o.Engine != EngineWasm && o.Engine != EngineLX106 {
		return fmt.Errorf("there is no engine %q: wasm, lx106", o.Engine)
	}
	if o.Stack != 0 && (o.Stack%16 != 0 || o.Stack < 1024 || o.Stack > 65536) {
		return fmt.Errorf("a stack of %d bytes: give a multiple of 16 from 1024 to 65536", o.Stack)
	}
	if _, _, most := o.Map.Slots(); o.Slot != 0 && (o.Engine != EngineLX106 || o.Slot > 2 || most == 0) {
		return fmt.Errorf("slot %d of flash size map %v: programs for the LX106 have slots 1 and 2, in maps that have them", o.Slot, o.Map)
	}
	if o.Stack != 0 && o.Engine == EngineLX106 {
		return errors.New("the stack of the LX106 is the chip's: leave its size out, or build for the engine wasm")
	}
	return nil
}

// findToolchain finds what compiles for the engine.
func (c *cache) findToolchain(ctx context.Context, o Options) (Toolchain, error) {
	if o.Engine == EngineLX106 {
		return findGCC(ctx, c, o.GCC)
	}
	return findTools(ctx, c, o.Dir, o.Clang, o.WasmLD)
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
	tools   Toolchain
	cache   *cache
	shims   string   // folder of headers under the names that the project gives them
	headers []string // folders that are searched for headers, shims among them
	names   string   // hash of the names of all headers that there are; "" if there are too many
	mapped  bool     // the project defines SPI_FLASH_SIZE_MAP
	math    bool     // the project includes math.h
	texts   texts
	units   []unit // what was compiled, in the order of the objects

	confined *confinement // nil: everything may be read
	// runtimes is how many of the objects, the last ones, are of the runtime.
	runtimes int
	busy     atomic.Bool // a tool has been run
}

// run runs a tool.
func (b *builder) run(ctx context.Context, c Command) (printed []byte, said string, err error) {
	b.busy.Store(true)
	c.Headers, c.Shims = b.headers, b.shims
	return b.tools.Run(ctx, c)
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

// ErrOutput is in the error of a build whose output would replace what is no image: a source or a header perhaps, or a flash image.
var ErrOutput = errors.New("give another name")

// ErrNothing is in the error of a build of a folder in which there is nothing to compile.
var ErrNothing = errors.New("no C file in there: give the project's folder, or a C file")

// replaceable refuses an output that is there and is no image.
func replaceable(path string) error {
	info, err := os.Stat(path)
	if err == nil && !info.Mode().IsRegular() { // a device file would be gone
		return fmt.Errorf("the output %s is there and is no file: %w", path, ErrOutput)
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
		return fmt.Errorf("the output %s is there and is no image: %w", path, ErrOutput)
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
