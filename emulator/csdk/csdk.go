package csdk

import (
	"embed"
	"io/fs"
)

//go:embed include libc rt
var sources embed.FS

// Headers returns the C headers of the SDK, in the root folder of the result and in json and driver there.
func Headers() fs.FS { return sub("include") }

// Libc returns the headers of the C library, as far as firmware uses it, in the root folder of the result and in sys there.
func Libc() fs.FS { return sub("libc") }

// Runtime returns the C sources that are linked into every firmware, in the root folder of the result.
func Runtime() fs.FS { return sub("rt") }

func sub(dir string) fs.FS {
	f, err := fs.Sub(sources, dir)
	if err != nil {
		panic(err) // the name is valid
	}
	return f
}
