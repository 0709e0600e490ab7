package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/emu8266/emu8266/cmd/internal/recorder"
)

// playTool plays a tool of the chip's toolchain, if this program was started under the name of one by the make of emu8266 make.
func playTool() (code int, played bool) {
	name := strings.TrimSuffix(filepath.Base(os.Args[0]), ".exe")
	if os.Getenv(recorder.EnvLinked) == "" || !slices.Contains(recorder.Names(), name) {
		return 0, false
	}
	return recorder.Tool(name, os.Args[1:], os.Stdin, os.Stdout, os.Stderr), true
}
