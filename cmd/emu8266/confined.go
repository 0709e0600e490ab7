package main

import (
	"os"
	"path/filepath"
)

// withinVariable names the folder that a command which the MCP server starts stays in: the project. Without it a command reads what it is
// told to.
const withinVariable = "EMU8266_WITHIN"

// within are the folders that a compiler may read from, nil for all: the project, and the folder that tests are made in.
func within(cache string) []string {
	folder := os.Getenv(withinVariable)
	if folder == "" {
		return nil
	}
	if cache == "" {
		return []string{folder}
	}
	return []string{folder, cache}
}

// confined refuses a file outside the project, links followed, where a command stays in it. what says whose it is.
func confined(what, path string) error {
	folder := os.Getenv(withinVariable)
	if folder == "" || path == "" {
		return nil
	}
	outer, err := filepath.EvalSymlinks(folder)
	if err != nil {
		return err
	}
	inner, err := filepath.Abs(path)
	if err != nil {
		return err
	}
	if whole, err := filepath.EvalSymlinks(inner); err == nil {
		inner = whole
	}
	rel, err := filepath.Rel(outer, inner)
	if err != nil || !filepath.IsLocal(rel) {
		return usagef("%s: %s leads out of the project's folder: give a file in it", what, path)
	}
	return nil
}

// mayRunMake refuses a Makefile where a command stays in the project.
func mayRunMake() error {
	if os.Getenv(withinVariable) == "" {
		return nil
	}
	return usagef("the project is built by its own make, which may run any program: call emu8266 make or test yourself, or start " +
		"emu8266 mcp --trust")
}
