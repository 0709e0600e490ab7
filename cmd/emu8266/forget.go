package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"time"
)

// unusedFor is after how long what the cache keeps of a project is deleted when nobody has used it. Choice: as long as objects of C are
// kept (emulator/build).
const unusedFor = 30 * 24 * time.Hour

// forget marks a file or folder of the cache as used, and deletes its neighbours with such names that nobody has used for long.
func forget(used string, names *regexp.Regexp) error {
	now := time.Now()
	if err := os.Chtimes(used, now, now); err != nil {
		return err
	}
	dir := filepath.Dir(used)
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		info, err := e.Info()
		if errors.Is(err, fs.ErrNotExist) {
			continue // another command was faster
		}
		if err != nil {
			return err
		}
		if names.MatchString(e.Name()) && now.Sub(info.ModTime()) > unusedFor {
			if err := os.RemoveAll(filepath.Join(dir, e.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}
