package main

import (
	"errors"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/emu8266/emu8266/cmd/internal/scenario"
	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/cause"
)

// readScripts reads a file with scripts: one, or a page with several.
func readScripts(path string, l cause.Language) ([]*scenario.Scenario, error) {
	b, err := readPlain(path, textMax)
	if err != nil {
		return nil, usagef("scenario: %v", err)
	}
	ext := filepath.Ext(path)
	name := strings.TrimSuffix(filepath.Base(path), ext)
	if ext == ".md" {
		all, err := scenario.ParsePage(name, b)
		if err != nil {
			return nil, usagef("%s", scenario.Told(err, l))
		}
		return all, nil
	}
	s, err := scenario.Parse(name, b)
	if err != nil {
		return nil, usagef("%s", scenario.Told(err, l))
	}
	return []*scenario.Scenario{s}, nil
}

// besides returns the path of a file that a script names: it lies in the script's folder.
func besides(script, file string) string {
	if filepath.IsAbs(file) {
		return file
	}
	return filepath.Join(filepath.Dir(script), filepath.FromSlash(file))
}

// besides loads the image that a script names.
func (s *scriptPrograms) besides(script, file string) (*scenario.Program, error) {
	path := besides(script, file)
	if err := confined(script, path); err != nil {
		return nil, err
	}
	return s.open(path)
}

// scriptPrograms are the images that scripts run, each loaded once. The zero value is ready.
type scriptPrograms struct {
	count  bool       // lines, as far as an image can
	mu     sync.Mutex // guards loaded
	loaded map[string]program
}

// open loads an image, unless it is there already.
func (s *scriptPrograms) open(path string) (*scenario.Program, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.loaded[path]
	if p == nil {
		var err error
		if p, err = loadProgram(path, false); err != nil {
			return nil, err
		}
		if s.count {
			_ = p.count() // what counts no lines runs all the same
		}
		if s.loaded == nil {
			s.loaded = map[string]program{}
		}
		s.loaded[path] = p
	}
	f := p.fit()
	return &scenario.Program{New: func() emulator.Firmware { return p.firmware() },
		Config: emulator.Config{Profile: f.profile, HeapFree: f.heap}}, nil
}

// all are those that are loaded.
func (s *scriptPrograms) all() (list []program) {
	for _, path := range slices.Sorted(maps.Keys(s.loaded)) {
		list = append(list, s.loaded[path])
	}
	return list
}

// close lets the images go.
func (s *scriptPrograms) close() error {
	var errs []error
	for _, p := range s.loaded {
		errs = append(errs, p.Close())
	}
	return errors.Join(errs...)
}
