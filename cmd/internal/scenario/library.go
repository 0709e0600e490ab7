package scenario

import (
	"embed"
	"io/fs"
)

//go:embed library/*.txtar
var library embed.FS

// Library returns the scenarios that come with the package, failures from public reports, by name. The values are the
// caller's.
func Library() ([]*Scenario, error) {
	files, err := fs.Sub(library, "library")
	if err != nil {
		return nil, err
	}
	return Load(files)
}
