// Package scenarios holds the scenario library: failures from public reports as scripts (cmd/emu8266/internal/scenario).
package scenarios

import "embed"

// Files are the *.txtar files.
//
//go:embed *.txtar
var Files embed.FS
