package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// gitmodulesMax bounds a file .gitmodules, in bytes. Choice.
const gitmodulesMax = 1 << 20

// saySubmodules names the submodules of git that were not fetched, of the work tree that dir lies in: what lacks them does not build.
func saySubmodules(w io.Writer, dir string) {
	if empty := emptySubmodules(dir); len(empty) > 0 {
		fmt.Fprintf(w, "emu8266: these submodules of git are empty: %s; git submodule update --init --recursive fetches them\n",
			strings.Join(empty, ", "))
	}
}

// emptySubmodules returns the folders, as .gitmodules names them, that are missing or hold nothing. nil outside a work tree.
func emptySubmodules(dir string) []string {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil
	}
	for !exists(filepath.Join(dir, ".gitmodules")) {
		parent := filepath.Dir(dir)
		if parent == dir || exists(filepath.Join(dir, ".git")) {
			return nil
		}
		dir = parent
	}
	text, err := readFile(filepath.Join(dir, ".gitmodules"), gitmodulesMax)
	if err != nil {
		return nil
	}
	var empty []string
	for line := range strings.Lines(string(text)) {
		key, path, ok := strings.Cut(line, "=")
		path = strings.Trim(strings.TrimSpace(path), `"`)
		if !ok || strings.TrimSpace(key) != "path" || !filepath.IsLocal(path) {
			continue
		}
		if files, err := os.ReadDir(filepath.Join(dir, path)); (err != nil || len(files) == 0) && !slices.Contains(empty, path) {
			empty = append(empty, path)
		}
	}
	return empty
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}
