package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/emu8266/emu8266/cmd/internal/project"
	"github.com/emu8266/emu8266/cmd/internal/surroundings"
)

// findProject reads the project's file of the working directory or of the nearest folder above it. Without any it is nil. What is
// wrong with the file is wrong usage.
func findProject() (*project.Project, error) {
	dir, err := os.Getwd()
	if err != nil {
		return nil, err
	}
	path := project.FileName
	for {
		info, err := os.Stat(path)
		switch {
		case err == nil && info.Mode().IsRegular():
			return readProject(path)
		case err == nil:
			return nil, usagef("%s is there and is no file", path)
		case !errors.Is(err, fs.ErrNotExist):
			return nil, usagef("%v", err)
		case dir == filepath.Dir(dir):
			return nil, nil
		}
		dir, path = filepath.Dir(dir), filepath.Join("..", path)
	}
}

// readProject reads a project's file.
func readProject(path string) (*project.Project, error) {
	text, err := readPlain(path, textMax)
	if err != nil {
		return nil, usagef("%v", err)
	}
	p, err := project.Parse(path, text)
	if err != nil {
		return nil, usagef("%v", err)
	}
	return p, nil
}

// needProject is findProject for a command that has nothing else to work on; without says what it could be given.
func needProject(without string) (*project.Project, error) {
	p, err := findProject()
	if err == nil && p == nil {
		err = usagef("there is no %s in this folder or above it: make one with emu8266 init, or give %s", project.FileName, without)
	}
	return p, err
}

// networkOf is what the project's file says of the network.
func networkOf(p *project.Project) surroundings.Settings {
	n := p.Network
	return surroundings.Settings{Reachable: surroundings.Reachable{AP: n.AP, AnyAP: n.AnyAP, DNS: n.DNS, Allow: n.Allow},
		Hostfwd: n.Hostfwd, Static: n.Static}
}
