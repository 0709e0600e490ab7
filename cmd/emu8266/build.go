package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/emu8266/emu8266/cmd/internal/near"
	"github.com/emu8266/emu8266/cmd/internal/project"
	"github.com/emu8266/emu8266/emulator/build"
	"github.com/emu8266/emu8266/flash/image"
)

// buildCmd compiles C firmware.
type buildCmd struct {
	Sources []string `arg:"" optional:"" help:"Project folder, or C files. Default: what emu8266.toml says."`
	Output  string   `short:"o" help:"Image to make. Default: NAME.wasm or NAME.elf beside emu8266.toml." placeholder:"FILE"`
	Define  []string `short:"D" help:"Define a macro." placeholder:"NAME[=VALUE]" sep:"none"`
	Include []string `short:"I" help:"Search a folder for headers before all others." placeholder:"DIR" sep:"none"`
	Exclude []string `help:"Leave out files or folders of the project: a name or a path in the project, with * and ?." placeholder:"PATTERN" sep:"none"`
	buildFlags
}

// buildFlags are those of all commands that compile.
type buildFlags struct {
	CFlag      []string `name:"cflag" help:"Give the compiler a flag, as in --cflag=-Wextra; it comes last." placeholder:"FLAG" sep:"none"`
	Check      bool     `help:"Check each access to memory as the firmware runs: NULL, alignment, freed or overrun heap blocks, registers; and local arrays, as their function returns. Of an image for the LX106 the local arrays: the rest run --checks warn finds."`
	Strict     bool     `help:"A function that nobody has is an error, as for the SDK's linker."`
	Stack      uint32   `help:"Bytes of stack: a multiple of 16 from 1024 to 65536. Default: 4096, as on the chip, or 12288 with --test." placeholder:"BYTES"`
	Test       bool     `help:"Build for tests: all functions and variables keep their names, and the lines that run are counted (emu8266 run --cover)."`
	Engine     string   `help:"What the image is for: wasm (the default), which needs clang, or lx106, the chip's own processor, which needs xtensa-lx106-elf-gcc." placeholder:"wasm|lx106"`
	Slot       uint8    `help:"With --engine lx106: link for update slot 1 or 2, for an image of emu8266 flash image. Default: a program without slots." placeholder:"N"`
	Map        uint8    `help:"Flash size map, 0 to 9, whose slots --slot means." default:"6" placeholder:"N"`
	SDKVersion string   `name:"sdk-version" help:"SDK whose headers are used: 2.0, 2.1, 2.2, 3.0. Default: 3.0, or what the headers of --sdk say." placeholder:"VERSION"`
	SDK        string   `name:"sdk" help:"Use the vendor's headers instead of ours: the folder of an SDK." placeholder:"DIR"`
	Cache      string   `help:"Folder for objects. Default: in the user's cache folder." placeholder:"DIR"`
	Verbose    bool     `short:"v" help:"Compile everything again and show all warnings, and what make prints."`
}

// Help is shown by --help.
func (buildCmd) Help() string {
	return `Examples:
  emu8266 build
  emu8266 build -o app.wasm app -D SPI_FLASH_SIZE_MAP=6
  emu8266 build -o blink.wasm --check blink.c
  emu8266 build -o app.elf --engine lx106 app
  emu8266 build -o app2.elf --engine lx106 --slot 2 app

Compiles a project for the NonOS SDK with clang and wasm-ld, version 14 or later. CLANG and WASM_LD name them; otherwise
they are looked for on PATH. A folder is a project in the SDK's usual shape: user, include and other folders with C files.
Without --check, a NULL pointer is read as zeros and an overrun goes unseen. Only what has changed is compiled. The first warnings of the compiler go to stderr, all with -v; what the linker warns of is an error.
` + "`emu8266 run`" + ` runs the image.

Without sources, emu8266.toml of this folder or of one above it says what to build (emu8266 init makes it). Flags win over the file;
-D, -I, --exclude and --cflag add to it. If the file names a Makefile, it is called as emu8266 make does.

With --engine lx106 the project becomes an ELF file for the chip's own processor, compiled by xtensa-lx106-elf-gcc (GCC_LX106 names
it; Debian: gcc-xtensa-lx106): unaligned access, 8-bit access to flash and the like end it as they end the chip.`
}

// Run builds the image.
func (c buildCmd) Run(con *console) error {
	ctx, stop := interruptible()
	defer stop()
	for _, d := range c.Define {
		if d == "" || strings.HasPrefix(d, "=") {
			return usagef("-D: NAME or NAME=VALUE")
		}
	}
	for _, s := range c.Sources {
		info, err := os.Stat(s)
		switch ext := filepath.Ext(s); {
		case errors.Is(err, fs.ErrNotExist):
			return usagef("%v", missingError{s})
		case err != nil:
			return usagef("%v", err)
		case !info.IsDir() && !slices.Contains([]string{".c", ".cpp", ".cc", ".cxx"}, ext):
			return usagef("%s is neither a C file nor a folder: give user_main.c, or the project's folder", s)
		}
	}
	if err := c.check(); err != nil {
		return err
	}
	o := build.Options{Sources: c.Sources, Output: c.Output, Defines: c.Define, Includes: c.Include, Exclude: c.Exclude}
	if len(c.Sources) > 0 {
		if c.Output == "" {
			return usagef("-o FILE is needed, the image to make")
		}
		c.apply(&o)
		_, err := buildImage(ctx, con, o, c.Verbose, con.out)
		return err
	}
	p, err := needProject("sources, as in emu8266 build -o app.wasm app")
	if err != nil {
		return err
	}
	if p.ELF != "" {
		return usagef("%s: elf: %s is made by another tool, and run as it is: there is nothing to build", p.At("elf"), p.ELF)
	}
	if _, err = buildProject(ctx, con, p, o, c.buildFlags, con.out); err != nil {
		return err
	}
	c.sayUnkept(con.err, p)
	return nil
}

// check refuses what no build takes.
func (f buildFlags) check() error {
	switch f.Engine {
	case "", build.EngineWasm, build.EngineLX106:
	default:
		return usagef("--engine %s: wasm or lx106", f.Engine)
	}
	switch _, _, most := image.SizeMap(f.Map).Slots(); {
	case f.Slot != 0 && (f.Slot > 2 || most == 0):
		return usagef("--slot %d --map %d: give slot 1 or 2 of a map that has slots: 0, 2 to 6, 8, 9", f.Slot, f.Map)
	case f.Slot != 0 && f.Engine != build.EngineLX106:
		return usagef("--slot is for --engine lx106: emu8266 flash image puts a .wasm into either slot")
	}
	switch f.SDKVersion {
	case "", "2.0", "2.1", "2.2", "3.0":
		return nil
	}
	return usagef("--sdk-version: 2.0, 2.1, 2.2 or 3.0")
}

// apply puts the flags into options.
func (f buildFlags) apply(o *build.Options) {
	o.CFlags = append(o.CFlags, f.CFlag...)
	o.Check, o.Test, o.Strict = o.Check || f.Check, f.Test, f.Strict
	if f.Stack != 0 {
		o.Stack = f.Stack
	}
	if f.Engine != "" {
		o.Engine = f.Engine
	}
	if f.SDKVersion != "" {
		o.Version = f.SDKVersion
	}
	if f.SDK != "" {
		o.SDK = f.SDK
	}
	o.Slot, o.Map = f.Slot, image.SizeMap(f.Map)
	o.Within = within("")
	o.Cache, o.Clang, o.WasmLD, o.GCC = f.Cache, os.Getenv("CLANG"), os.Getenv("WASM_LD"), os.Getenv("GCC_LX106")
}

// buildProject makes the image of a project as its file says; o has what flags of the command add, and its output, which may be empty.
// It returns where the image is.
func buildProject(ctx context.Context, con *console, p *project.Project, o build.Options, f buildFlags, out io.Writer) (string, error) {
	if f.Engine == "" {
		f.Engine = p.Engine
	}
	end, err := projectOptions(ctx, con, p, &o)
	if err != nil {
		return "", err
	}
	f.apply(&o)
	if o.Engine == build.EngineLX106 { // these are the file's wishes for the other engine
		o.Check, o.Stack = f.Check, f.Stack
	}
	if o.Output == "" {
		o.Output = p.Image(o.Engine)
	}
	_, err = buildImage(ctx, con, o, f.Verbose, out)
	return o.Output, errors.Join(err, end())
}

// projectOptions puts what a project's file says into options, before what they have. end is for after the build.
func projectOptions(ctx context.Context, con *console, p *project.Project, o *build.Options) (end func() error, err error) {
	o.Defines = append(p.Define[:len(p.Define):len(p.Define)], o.Defines...)
	if p.FlashMap != nil && !slices.ContainsFunc(o.Defines, func(d string) bool { return strings.HasPrefix(d, "SPI_FLASH_SIZE_MAP=") }) &&
		p.Make == nil { // a Makefile says it itself
		o.Defines = append([]string{fmt.Sprintf("SPI_FLASH_SIZE_MAP=%d", *p.FlashMap)}, o.Defines...)
	}
	o.Includes = append(o.Includes, p.Paths(p.Include)...)
	o.CFlags = append(p.CFlags[:len(p.CFlags):len(p.CFlags)], o.CFlags...)
	o.Engine, o.Version, o.Check, o.Stack, o.SDK = p.Engine, p.SDKVersion, p.Check, p.Stack, p.Path(p.SDK)
	end = func() error { return nil }
	switch {
	case p.Make != nil:
		return fromMake(ctx, con, p.Path(cmp.Or(p.Make.Folder, ".")), p.Make.Args, o, false)
	case p.PlatformIO != nil:
		return end, fromPlatformIO(p, o)
	}
	o.Sources, o.Exclude = p.SourcePaths(), append(o.Exclude, p.Excluded()...)
	return end, nil
}

// buildImage builds, and tells what there is to tell: warnings and mistakes on stderr, the outcome on out. With all it takes nothing from
// the cache, whose objects keep no warnings.
func buildImage(ctx context.Context, con *console, o build.Options, all bool, out io.Writer) (r build.Result, err error) {
	if dir := filepath.Dir(o.Output); !isFolder(dir) {
		return build.Result{}, usagef("-o %s: there is no folder %s", o.Output, dir)
	}
	if all {
		if o.Cache, err = os.MkdirTemp("", "emu8266-build-"); err != nil {
			return r, err
		}
		defer func() { err = errors.Join(err, os.RemoveAll(o.Cache)) }()
	}
	if r, err = build.Build(ctx, o); !all {
		r.Warnings = fewWarnings(r.Warnings)
	}
	fmt.Fprint(con.err, r.Warnings)
	switch {
	case errors.Is(err, build.ErrTools), errors.Is(err, build.ErrGCC):
		return r, err
	case errors.Is(err, build.ErrOutput), errors.Is(err, build.ErrNothing):
		return r, usagef("%s", strings.TrimPrefix(err.Error(), "build: "))
	case err != nil && len(r.Missing) > 0: // with --strict
		fmt.Fprintf(con.err, "undefined: %s\nemu8266: %s was not made\n", meant(r.Missing), o.Output)
		return r, errReported
	case err != nil:
		fmt.Fprintln(con.err, strings.TrimPrefix(err.Error(), "build: "))
		sayHeaders(con.err, err.Error())
		saySubmodules(con.err, append(o.Sources, o.Output)[0])
		fmt.Fprintf(con.err, "emu8266: %s was not made\n", o.Output)
		return r, errReported
	}
	if len(r.Missing) > 0 {
		fmt.Fprintf(con.err, "emu8266: functions that neither the firmware nor the emulator has, calling one ends the firmware: %s\n",
			meant(r.Missing))
	}
	if len(r.Misfit) > 0 {
		fmt.Fprintf(con.err, "emu8266: called undeclared, or with other types than they have (include their headers); "+
			"they get what the chip would give them: %s\n", strings.Join(r.Misfit, " "))
	}
	if len(r.Unfit) > 0 {
		fmt.Fprintf(con.err, "emu8266: called with other types than they have, such a call ends the firmware (include their headers): %s\n",
			strings.Join(r.Unfit, " "))
	}
	files := "files"
	if r.Files == 1 {
		files = "file"
	}
	_, err = fmt.Fprintf(out, "%s: %d %s, %d compiled, %d bytes\n", o.Output, r.Files, files, r.Compiled, r.Bytes)
	return r, err
}

// isFolder reports whether there is a folder.
func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// meant lists functions that nobody has, each with the one that may have been meant.
func meant(missing []string) string {
	known := build.Functions()
	list := make([]string, len(missing))
	for i, name := range missing {
		list[i] = name
		if n := near.Name(name, known); n != "" {
			list[i] += " (did you mean " + n + "?)"
		}
	}
	return strings.Join(list, ", ")
}
