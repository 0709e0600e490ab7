package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"github.com/emu8266/emu8266/cmd/internal/near"
	"github.com/emu8266/emu8266/flash"
)

// textMax bounds the files that a command reads as a whole unless they have a bound of their own: certificates, keys, scripts,
// tables. Choice: many times what they need.
const textMax = 1 << 20

// missingError says that a file is not there, and which one was perhaps meant.
type missingError struct{ path string }

func (e missingError) Unwrap() error { return fs.ErrNotExist }

func (e missingError) Error() string {
	dir, name := filepath.Split(e.path)
	if !isFolder(filepath.Clean(dir)) {
		return fmt.Sprintf("there is no file %s: there is no folder %s", e.path, filepath.Clean(dir))
	}
	if entries, err := os.ReadDir(filepath.Clean(dir)); err == nil && len(entries) <= namesMax {
		var names []string
		for _, entry := range entries {
			names = append(names, entry.Name())
		}
		if other := near.Name(name, names); other != "" {
			return fmt.Sprintf("there is no file %s: did you mean %s?", e.path, filepath.Join(dir, other))
		}
	}
	return fmt.Sprintf("there is no file %s: give one that is there", e.path)
}

// projectFolder says what is wrong with a folder that somebody has named as a project's, or nil.
func projectFolder(path string) error {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("there is no folder %s: give that of the project", path)
	case err == nil && !info.IsDir():
		return fmt.Errorf("%s is a file: give the folder of the project", path)
	}
	return err
}

// namesMax bounds the files of a folder among which one with a near name is looked for. Choice.
const namesMax = 10_000

// openFile opens a file that somebody has named. The errors say what to do.
func openFile(path string) (*os.File, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, missingError{path}
	}
	if err != nil {
		return nil, err
	}
	if info, err := f.Stat(); err == nil && info.IsDir() {
		_ = f.Close()
		return nil, fmt.Errorf("%s is a folder: give a file", path)
	}
	return f, nil
}

// readFile reads a file of at most most bytes: a file given by mistake may have no end.
func readFile(path string, most int) ([]byte, error) {
	defer reads()()
	f, err := openFile(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, int64(most)+1))
	if err == nil && len(b) > most {
		err = fmt.Errorf("%s has more than %d bytes", path, most)
	}
	return b, err
}

// inputFile is a file that a command reads, with the flag or argument that names it. An empty path is none.
type inputFile struct{ flag, path string }

// image returns the files of a flash image: its wear lies beside it.
func imageFiles(flag, path string) []inputFile {
	if path == "" {
		return nil
	}
	return []inputFile{{flag, path}, {flag, path + flash.WearSuffix}}
}

// outputFile is a file that a command writes.
type outputFile struct {
	flag, path string
	file       *os.File
	made       bool // it was not there before
}

// openOutputs opens the files that a command writes while it works, those with an empty path left out, and refuses those that
// are its inputs or each other, under whatever name, and images of the flash that a device uses. Nothing is written before all
// of that is known. Errors are wrong usage.
func openOutputs(inputs []inputFile, outputs ...*outputFile) error {
	for _, o := range outputs {
		if o.path == "" {
			continue
		}
		if err := notInput(o.flag, o.path, inputs); err != nil {
			return errors.Join(err, abandon(outputs))
		}
		if err := o.open(); err != nil {
			return errors.Join(usagef("%s: %v", o.flag, err), abandon(outputs))
		}
	}
	if err := separate(outputs); err != nil {
		return errors.Join(err, abandon(outputs))
	}
	for _, o := range outputs {
		if o.file == nil {
			continue
		}
		if info, err := o.file.Stat(); err == nil && info.Mode().IsRegular() {
			if err := o.file.Truncate(0); err != nil {
				return errors.Join(usagef("%s: %v", o.flag, err), abandon(outputs))
			}
		}
	}
	return nil
}

// open opens the file as it is.
func (o *outputFile) open() error {
	if flash.InUse(o.path) {
		return fmt.Errorf("%s: %w", o.path, flash.ErrLocked)
	}
	info, err := os.Stat(o.path)
	switch {
	case !isFolder(filepath.Dir(o.path)):
		return fmt.Errorf("%s: there is no folder %s: make it, or give another name", o.path, filepath.Dir(o.path))
	case err == nil && info.IsDir():
		return fmt.Errorf("%s is a folder: give a file", o.path)
	}
	o.made = errors.Is(err, fs.ErrNotExist)
	defer reads()() // a pipe waits for its reader
	o.file, err = os.OpenFile(o.path, os.O_WRONLY|os.O_CREATE, 0o666)
	return err
}

// abandon closes the files and removes those that are new.
func abandon(outputs []*outputFile) error {
	var errs []error
	for _, o := range outputs {
		if o.file == nil {
			continue
		}
		errs = append(errs, o.file.Close())
		if o.made {
			errs = append(errs, os.Remove(o.path))
		}
		o.file = nil
	}
	return errors.Join(errs...)
}

// notInput refuses to write to a file that the command reads, under whatever name. Pipes and terminals may be given as often as one likes.
func notInput(flag, path string, inputs []inputFile) error {
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() {
		return nil
	}
	for _, in := range inputs {
		if other, err := os.Stat(in.path); err == nil && os.SameFile(info, other) {
			return usagef("%s %s: that is the file of %s: give another name", flag, path, in.flag)
		}
	}
	return nil
}

// separate refuses outputs that are one file.
func separate(outputs []*outputFile) error {
	var all []inputFile
	for _, o := range outputs {
		if o.file == nil {
			continue
		}
		if err := notInput(o.flag, o.path, all); err != nil {
			return err
		}
		all = append(all, inputFile{o.flag, o.path})
	}
	return nil
}

// checkOutput refuses what writeFile would refuse, before a command begins its work. Errors are wrong usage.
func checkOutput(flag, path string, inputs ...inputFile) error {
	if err := notInput(flag, path, inputs); err != nil {
		return err
	}
	if flash.InUse(path) {
		return usagef("%s: %s: %v", flag, path, flash.ErrLocked)
	}
	info, err := os.Stat(path)
	switch {
	case !isFolder(filepath.Dir(path)):
		return usagef("%s %s: there is no folder %s: make it, or give another name", flag, path, filepath.Dir(path))
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return usagef("%s: %v", flag, err)
	case info.IsDir():
		return usagef("%s: %s is a folder: give a file", flag, path)
	}
	return nil
}

// writeFile writes a whole file that a command has made, under another name first: it appears complete or not at all, and what
// was there before stays if that fails. It refuses the command's inputs, and images of the flash that a device uses, as wrong
// usage. A link is followed; what is no file, such as a pipe, is written to directly.
func writeFile(flag, path string, b []byte, inputs ...inputFile) error {
	if err := checkOutput(flag, path, inputs...); err != nil {
		return err
	}
	mode := fs.FileMode(0o666)
	if info, err := os.Stat(path); err == nil {
		if !info.Mode().IsRegular() {
			return os.WriteFile(path, b, 0)
		}
		mode = info.Mode().Perm()
		if path, err = filepath.EvalSymlinks(path); err != nil {
			return err
		}
	}
	writing.Lock()
	defer writing.Unlock()
	temp := filepath.Join(filepath.Dir(path), fmt.Sprintf(".%s.%d.tmp", filepath.Base(path), os.Getpid()))
	f, err := os.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(temp, path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(temp))
	}
	return nil
}

// cappedWriter writes whole pieces, lines or blocks, until there would be more than most bytes, and says so once.
type cappedWriter struct {
	out  io.Writer
	most int64
	full func() // called once

	mu   sync.Mutex // guards what follows
	n    int64
	over bool
}

// Write drops what is too much.
func (w *cappedWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.over && w.n+int64(len(p)) > w.most {
		w.over = true
		w.full()
	}
	if w.over {
		return len(p), nil
	}
	n, err := w.out.Write(p)
	w.n += int64(n)
	return n, err
}
