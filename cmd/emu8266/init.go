package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/emu8266/emu8266/cmd/internal/project"
	"github.com/emu8266/emu8266/emulator/build"
)

// initCmd makes a project's file.
type initCmd struct {
	Dir    string `arg:"" optional:"" help:"The project's folder. Default: this folder."`
	VSCode bool   `name:"vscode" help:"Make .vscode as well: tasks, problems with their line, the debugger, coverage, compile_commands.json for clangd."`
	Force  bool   `help:"Replace files that are there."`
}

// Help is shown by --help.
func (initCmd) Help() string {
	return `Examples:
  emu8266 init
  emu8266 init ~/projects/sensor --vscode

Looks at the folder and writes emu8266.toml into it, with a comment for each key: after that emu8266 build, run, test and debug need no
arguments there. It knows platformio.ini (framework = esp8266-nonos-sdk), Makefiles for the chip's toolchain, those of the SDK's examples
among them, C files with user_init, tests in C without firmware, and ELF files of the chip. Of Arduino sketches and of the RTOS SDK it says that they are none.

--vscode needs emu8266 on PATH when Visual Studio Code runs a task. .vscode/compile_commands.json tells clangd how each file is compiled;
write it again with --vscode --force when files come or go. A file that is there stays, unless --force is given.`
}

// Run makes the files.
func (c initCmd) Run(con *console) error {
	ctx, stop := interruptible()
	defer stop()
	dir := cmp.Or(c.Dir, ".")
	if err := projectFolder(dir); err != nil {
		return usagef("init: %v", err)
	}
	path := filepath.Join(dir, project.FileName)
	_, err := os.Lstat(path)
	there := err == nil
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return usagef("%v", err)
	}
	if there && !c.Force && !c.VSCode {
		return usagef("%s is there: --force replaces it, and --vscode leaves it and makes .vscode", path)
	}
	if !there || c.Force {
		if err := c.detect(con, dir, path); err != nil {
			return err
		}
	}
	if !c.VSCode {
		return nil
	}
	p, err := readProject(path)
	if err != nil {
		return err
	}
	return c.vscode(ctx, con, p)
}

// detect writes the project's file.
func (c initCmd) detect(con *console, dir, path string) error {
	found, err := project.Detect(os.DirFS(dir))
	if no := new(project.Refusal); errors.As(err, &no) {
		return usagef("init: %s", no.Why)
	}
	if err != nil {
		return usagef("%v", err)
	}
	if abs, err := filepath.Abs(dir); err == nil && found.Project.Make != nil {
		if levels, _ := above(abs); levels > 0 && !hasMakefile(filepath.Dir(abs)) && sdkAbove(abs) == "" {
			found.Notes = append(found.Notes, "the Makefile includes that of the vendor's SDK: say in sdk where the SDK is")
		}
	}
	text := found.Text()
	if c.VSCode {
		text = "#:schema .vscode/" + project.SchemaName + "\n" + text
	}
	if err := writeFile("init", path, []byte(text)); err != nil {
		return err
	}
	fmt.Fprintf(con.out, "%s: %s\n", path, found.What)
	for _, n := range found.Notes {
		fmt.Fprintf(con.out, "look: %s\n", n)
	}
	next := "emu8266 run builds it and runs it"
	switch {
	case found.Project.ELF != "":
		next = "emu8266 run runs it"
	case found.TestsOnly:
		next = "emu8266 test builds and runs them"
	}
	_, err = fmt.Fprintln(con.out, next)
	return err
}

// vscode writes .vscode.
func (c initCmd) vscode(ctx context.Context, con *console, p *project.Project) error {
	files := project.VSCode(p)
	if p.ELF == "" {
		commands, err := c.commands(ctx, con, p)
		if err != nil {
			return err
		}
		files[".vscode/compile_commands.json"] = commands
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		target := p.Path(name)
		if _, err := os.Lstat(target); err == nil && !c.Force {
			fmt.Fprintf(con.err, "emu8266: %s is there and stays: --force replaces it\n", target)
			continue
		}
		if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
			return usagef("init: %v", err)
		}
		if err := writeFile("init", target, files[name]); err != nil {
			return err
		}
		fmt.Fprintln(con.out, target)
	}
	if p.ELF != "" {
		return nil
	}
	n, err := writeHeaders(p.Path(project.SDKFolder))
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(con.out, "%s: %d headers\n", p.Path(project.SDKFolder), n)
	return err
}

// commands is the project's compile_commands.json.
func (c initCmd) commands(ctx context.Context, con *console, p *project.Project) (text []byte, err error) {
	var o build.Options
	end, err := projectOptions(ctx, con, p, &o)
	if err != nil {
		return nil, err
	}
	all, err := build.CompileCommands(o, p.Path(project.SDKFolder))
	if err = errors.Join(err, end()); err != nil {
		return nil, usagef("init: %v", strings.TrimPrefix(err.Error(), "build: "))
	}
	text, err = json.MarshalIndent(all, "", "  ")
	return append(text, '\n'), err
}
