package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/emu8266/emu8266/emulator/build"
)

// buildCmd compiles C firmware.
type buildCmd struct {
	Sources    []string `arg:"" help:"Project folder, or C files."`
	Output     string   `short:"o" required:"" help:"Image to make." placeholder:"FILE"`
	Define     []string `short:"D" help:"Define a macro." placeholder:"NAME[=VALUE]" sep:"none"`
	Include    []string `short:"I" help:"Search a folder for headers before all others." placeholder:"DIR" sep:"none"`
	CFlag      []string `name:"cflag" help:"Give the compiler a flag, as in --cflag=-Wextra; it comes last." placeholder:"FLAG" sep:"none"`
	Exclude    []string `help:"Leave out files or folders of the project: a name or a path in the project, with * and ?." placeholder:"PATTERN" sep:"none"`
	Check      bool     `help:"Check each access to memory as the firmware runs: NULL, alignment, freed or overrun heap blocks, registers."`
	Test       bool     `help:"Build for tests: all functions and variables keep their names, and the lines that run are counted (emu8266 run --cover)."`
	Engine     string   `enum:"wasm,lx106" default:"wasm" help:"What the image is for: wasm, which needs clang, or lx106, the chip's own processor, which needs xtensa-lx106-elf-gcc." placeholder:"wasm|lx106"`
	SDKVersion string   `name:"sdk-version" help:"SDK whose headers are used: 2.0, 2.1, 2.2, 3.0. Default: 3.0, or what the headers of --sdk say." placeholder:"VERSION"`
	SDK        string   `name:"sdk" help:"Use the vendor's headers instead of ours: the folder of an SDK." placeholder:"DIR"`
	Cache      string   `help:"Folder for objects. Default: in the user's cache folder." placeholder:"DIR"`
}

// Help is shown by --help.
func (buildCmd) Help() string {
	return `Examples:
  emu8266 build -o app.wasm app -D SPI_FLASH_SIZE_MAP=6
  emu8266 build -o blink.wasm --check blink.c
  emu8266 build -o app.elf --engine lx106 app

Compiles a project for the NonOS SDK with clang and wasm-ld, version 14 or later. CLANG and WASM_LD name them; otherwise
they are looked for on PATH. A folder is a project in the SDK's usual shape: user, include and other folders with C files.
Only what has changed is compiled. Warnings of the compiler go to stderr; what the linker warns of is an error.
` + "`emu8266 run`" + ` runs the image.

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
		if _, err := os.Stat(s); err != nil {
			return usagef("%v", err)
		}
	}
	switch c.SDKVersion {
	case "", "2.0", "2.1", "2.2", "3.0":
	default:
		return usagef("--sdk-version: 2.0, 2.1, 2.2 or 3.0")
	}
	r, err := build.Build(ctx, build.Options{
		Sources: c.Sources, Output: c.Output, Defines: c.Define, Includes: c.Include, CFlags: c.CFlag, Exclude: c.Exclude,
		Check: c.Check, Test: c.Test, Version: c.SDKVersion, SDK: c.SDK, Cache: c.Cache, Clang: os.Getenv("CLANG"), WasmLD: os.Getenv("WASM_LD"),
		Engine: c.Engine, GCC: os.Getenv("GCC_LX106"),
	})
	fmt.Fprint(con.err, r.Warnings)
	switch {
	case errors.Is(err, build.ErrTools), errors.Is(err, build.ErrGCC):
		return err
	case err != nil:
		fmt.Fprintln(con.err, strings.TrimPrefix(err.Error(), "build: "))
		fmt.Fprintf(con.err, "emu8266: %s was not made\n", c.Output)
		return errReported
	}
	if len(r.Missing) > 0 {
		fmt.Fprintf(con.err, "emu8266: functions that do not exist yet, calling one ends the firmware: %s\n", strings.Join(r.Missing, " "))
	}
	if len(r.Misfit) > 0 {
		fmt.Fprintf(con.err, "emu8266: called undeclared, or with other types than they have (include their headers); "+
			"they get what the chip would give them: %s\n", strings.Join(r.Misfit, " "))
	}
	if len(r.Unfit) > 0 {
		fmt.Fprintf(con.err, "emu8266: called with other types than they have, such a call ends the firmware (include their headers): %s\n",
			strings.Join(r.Unfit, " "))
	}
	fmt.Fprintf(con.out, "%s: %d files, %d compiled, %d bytes\n", c.Output, r.Files, r.Compiled, r.Bytes)
	return nil
}
