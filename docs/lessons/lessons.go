// Package lessons holds the pages of the lessons, for programs that play them.
package lessons

import (
	"embed"
	"io/fs"
)

//go:embed [0-9]*.md zh/[0-9]*.md exercises/*.txtar
var files embed.FS

// English returns the pages, N-name.md, as files.
func English() fs.FS { return files }

// Chinese returns the pages in Chinese: the same names, and scripts with the same commands.
func Chinese() fs.FS {
	sub, err := fs.Sub(files, "zh")
	if err != nil {
		panic(err) // the folder is part of the program
	}
	return sub
}

// Exercise returns the file of a lesson's exercise. What it holds: see package cmd/internal/lessons.
func Exercise(name string) ([]byte, error) { return files.ReadFile("exercises/" + name + ".txtar") }
