package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/emu8266/emu8266/emulator/csdk"
)

// sdkCmd gives out what firmware is compiled with.
type sdkCmd struct {
	Headers headersCmd `cmd:"" help:"Write the headers of the SDK and of the C library into a folder."`
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
	parts := []struct {
		name  string
		files fs.FS
	}{{"include", csdk.Headers()}, {"libc", csdk.Libc()}, {"rt", csdk.Runtime()}}
	n := 0
	for _, part := range parts {
		err := fs.WalkDir(part.files, ".", func(path string, d fs.DirEntry, err error) error {
			target := filepath.Join(c.Dir, part.name, filepath.FromSlash(path))
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
			return os.WriteFile(target, b, 0o644)
		})
		if err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(con.out, "%s: %d files\n", c.Dir, n)
	return err
}
