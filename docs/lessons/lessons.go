// Package lessons holds the pages of the lessons, for programs that play them.
package lessons

import (
	"embed"
	"io/fs"
)

//go:embed [0-9]*.md zh/[0-9]*.md exercises/*.txtar c
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

// C returns the lessons in C, a folder each, by its name: user_main.c, what package cmd/internal/lessons reads of it (lesson.txtar), and
// firmware.wasm, which user_main.c was built to.
func C() fs.FS {
	sub, err := fs.Sub(files, "c")
	if err != nil {
		panic(err) // the folder is part of the program
	}
	return sub
}
