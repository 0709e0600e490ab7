package main

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"text/tabwriter"

	"github.com/emu8266/emu8266/cmd/internal/sdkfunctions"
	"github.com/emu8266/emu8266/emulator/csdk"
)

// sdkCmd gives out what firmware is compiled with, and tells what is in it.
type sdkCmd struct {
	Functions functionsCmd `cmd:"" help:"List the SDK's functions: name in C, name in Go, where they are described."`
	Headers   headersCmd   `cmd:"" help:"Write the headers of the SDK and of the C library into a folder."`
}

// functionsCmd lists the SDK's functions.
type functionsCmd struct {
	Word string `arg:"" optional:"" help:"Only names in C or Go with WORD in them."`
	JSON bool   `help:"Print the list as JSON."`
}

// Help is shown by --help.
func (functionsCmd) Help() string {
	return `Example:
  emu8266 sdk functions
  emu8266 sdk functions secure

The columns: the name in C; the method of emulator.SDK in Go ("-" if Go firmware has none); who does it for C firmware: the
emulator (host), C that is linked into the firmware (firmware), or a macro of the headers, or that it is not here; and where
its behaviour is described, in the repository. Exit code 1 if no name has WORD in it.`
}

// Run prints the list.
func (c functionsCmd) Run(con *console) error {
	found := sdkfunctions.Find(c.Word)
	switch {
	case len(found) == 0:
		text := fmt.Sprintf("sdk functions: no name has %q in it", c.Word)
		if other := sdkfunctions.Near(c.Word); other != "" {
			text += ": did you mean " + other + "?"
		}
		return errors.New(text)
	case c.JSON:
		return writeJSON(con.out, found)
	}
	w := tabwriter.NewWriter(con.out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "C\tGO\tWHERE\tSECTION")
	for _, f := range found {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", f.C, cmp.Or(f.Go, "-"), f.Where, f.Section)
	}
	return w.Flush()
}

// headersCmd writes the headers, for editors and for builds without emu8266 build.
type headersCmd struct {
	Dir string `arg:"" help:"Folder to write to; it is made if it does not exist."`
}

// Help is shown by --help.
func (headersCmd) Help() string {
	return `Example:
  emu8266 sdk headers sdk

Writes sdk/include (the SDK), sdk/libc (the C library) and sdk/rt (C that is linked into firmware). emu8266 build brings them
along: the folder is for editors, and for reading. Files of these names that exist are replaced.`
}

// Run writes the files.
func (c headersCmd) Run(con *console) error {
	if info, err := os.Stat(c.Dir); err == nil && !info.IsDir() {
		return usagef("sdk headers: %s is a file: give a folder, which is made if it is not there", c.Dir)
	}
	if err := os.MkdirAll(c.Dir, 0o755); err != nil {
		return usagef("sdk headers: %v", err)
	}
	n, err := writeHeaders(c.Dir)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(con.out, "%s: %d files\n", c.Dir, n)
	return err
}

// writeHeaders writes headers and runtime into a folder and counts them.
func writeHeaders(dir string) (n int, err error) {
	parts := []struct {
		name  string
		files fs.FS
	}{{"include", csdk.Headers()}, {"libc", csdk.Libc()}, {"rt", csdk.Runtime()}}
	for _, part := range parts {
		err := fs.WalkDir(part.files, ".", func(path string, d fs.DirEntry, err error) error {
			target := filepath.Join(dir, part.name, filepath.FromSlash(path))
			switch {
			case err != nil:
				return err
			case d.IsDir():
				return os.MkdirAll(target, 0o755)
			}
			b, err := fs.ReadFile(part.files, path)
			if err != nil {
				return err
			}
			n++
			return writeFile("sdk headers", target, b)
		})
		if err != nil {
			return n, err
		}
	}
	return n, nil
}
