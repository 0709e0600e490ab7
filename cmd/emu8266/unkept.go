package main

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/emu8266/emu8266/cmd/internal/project"
)

// sayUnkept tells which flags of a build the project's file does not have: run, test and debug build without them.
func (f buildFlags) sayUnkept(w io.Writer, p *project.Project) {
	var keys []string
	text := func(key, flag, has string) {
		if flag != "" && flag != has {
			keys = append(keys, fmt.Sprintf("%s = %q", key, flag))
		}
	}
	if f.SDK != "" && !sameFolder(f.SDK, p.Path(p.SDK)) {
		sdk := f.SDK
		if abs, err := filepath.Abs(sdk); err == nil {
			sdk = abs
		}
		text("sdk", filepath.ToSlash(sdk), "")
	}
	text("sdk_version", f.SDKVersion, p.SDKVersion)
	if f.Stack != 0 && f.Stack != p.Stack {
		keys = append(keys, fmt.Sprintf("stack = %d", f.Stack))
	}
	if len(keys) > 0 {
		fmt.Fprintf(w, "emu8266: emu8266 run, test and debug build by %s alone: put into it %s\n", project.FileName,
			strings.Join(keys, ", "))
	}
}

// sameFolder tells whether two paths name one folder.
func sameFolder(a, b string) bool {
	one, err := filepath.Abs(a)
	other, err2 := filepath.Abs(b)
	return b != "" && err == nil && err2 == nil && one == other
}
