package wasm

import (
	"embed"
	"io/fs"
)

//go:embed include/*.h rt/*.c
var sources embed.FS

// Headers returns the C headers of the SDK, in the root folder of the result.
func Headers() fs.FS { return sub("include") }

// Runtime returns the C sources that are linked into every firmware, in the root folder of the result.
func Runtime() fs.FS { return sub("rt") }

func sub(dir string) fs.FS {
	f, err := fs.Sub(sources, dir)
	if err != nil {
		panic(err) // the name is valid
	}
	return f
}
