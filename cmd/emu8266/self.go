package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
)

// itself returns the file of this command, for commands that start it again.
func itself() (string, error) { return fileOf(os.Executable, os.Args[0]) }

// fileOf asks the system for the file and, where that does not know, as Linux without /proc in a bare container, looks for what the command
// was called.
func fileOf(system func() (string, error), called string) (string, error) {
	path, err := system()
	if err == nil {
		return path, nil
	}
	found, alsoErr := exec.LookPath(called)
	if alsoErr != nil {
		return "", errors.Join(err, alsoErr)
	}
	return filepath.Abs(found)
}
