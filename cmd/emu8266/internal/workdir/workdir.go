// Package workdir is the folder in which `emu8266 certs` works: it puts the outputs there, and takes away what it has made.
//
// Rules:
//
//   - Files of the user are never deleted, changed or replaced. What a run has made is recorded with its hash in a file of
//     the folder ([ManifestName]); only files that still have that content are replaced or cleaned away.
//   - Each file is written beside its place and renamed, so it is whole at any time. The record is written before the files.
//   - One run at a time works in a folder; another one waits.
//   - Links that lead out of the folder are not followed.
package workdir

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/emu8266/emu8266/cmd/internal/certs"
	"github.com/emu8266/emu8266/cmd/internal/lazyregexp"
)

// ManifestName is the record of what was made in a folder: lines of a SHA-256 hash, two spaces and a path, so that
// `sha256sum -c` reads it.
const ManifestName = ".emu8266-certs"

// manifestMax bounds the record, bytes.
const manifestMax = 64 << 10

// ErrForeign says that a file in the way of an output was not made here, or was changed since.
var ErrForeign = errors.New("not made by emu8266 certs, or changed since: move it away first")

// ErrManifest says that the record cannot be read.
var ErrManifest = errors.New("damaged record: delete it, then what was made before counts as yours")

// ErrBusy says that another run works in the folder for longer than one waits.
var ErrBusy = errors.New("another emu8266 certs works in this folder, and has for a minute: try again")

// How long a run waits for another one, and how often it looks. Choice: keys of 4096 bits take some seconds.
var (
	lockWait = time.Minute // tests shorten it
	lockLook = 20 * time.Millisecond
)

// outputs are all paths that a run can make. A record that names others is not followed.
var outputs = lazyregexp.New(`^(bin/esp_ca_cert\.bin|bin/esp_cert_private_key\.bin|include/cert\.h|include/private_key\.h|` +
	`(ca/ca|server/server|client/client)\.(crt|key)|` +
	`esp_ca_cert\.bin|cert\.h|private_key\.h|TLS\.ca_key\.pem|TLS\.ca_x509\.(pem|cer)|TLS\.key_[0-9]+(\.pem)?|TLS\.x509_[0-9]+\.(pem|cer))$`)

// Folder is a working folder. One goroutine at a time. Close it.
type Folder struct {
	root *os.Root
	held *os.File            // the folder itself, locked
	made map[string][]string // path: hashes of the contents made
}

// Open opens an existing folder, waits until no other run works in it, and reads its record. Errors: of the file system,
// ErrManifest, ErrBusy.
func Open(dir string) (*Folder, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("certs: %w", err)
	}
	f := &Folder{root: root, made: map[string][]string{}}
	if f.held, err = root.Open("."); err != nil {
		return nil, errors.Join(fmt.Errorf("certs: %w", err), root.Close())
	}
	if err := lock(f.held); err != nil {
		return nil, errors.Join(fmt.Errorf("certs: %s: %w", dir, err), f.Close())
	}
	if err := f.load(); err != nil {
		return nil, errors.Join(fmt.Errorf("certs: %s: %w", ManifestName, err), f.Close())
	}
	return f, nil
}

// Close frees the folder.
func (f *Folder) Close() error { return errors.Join(f.held.Close(), f.root.Close()) }

func (f *Folder) load() error {
	info, err := f.root.Lstat(ManifestName)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() || info.Size() > manifestMax {
		return ErrManifest
	}
	b, err := f.root.ReadFile(ManifestName)
	if err != nil {
		return err
	}
	lines := bufio.NewScanner(bytes.NewReader(b))
	for n := 1; lines.Scan(); n++ {
		hash, name, ok := strings.Cut(lines.Text(), "  ")
		if raw, err := hex.DecodeString(hash); !ok || err != nil || len(raw) != sha256.Size || !outputs().MatchString(name) {
			return fmt.Errorf("line %d: %w", n, ErrManifest)
		}
		f.made[name] = append(f.made[name], hash)
	}
	return lines.Err()
}

func (f *Folder) save() error {
	var b bytes.Buffer
	for _, name := range f.recorded() {
		for _, hash := range f.made[name] {
			fmt.Fprintf(&b, "%s  %s\n", hash, name)
		}
	}
	if b.Len() == 0 {
		if err := f.root.Remove(ManifestName); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return nil
	}
	return f.replace(ManifestName, b.Bytes(), 0o644)
}

func (f *Folder) recorded() []string {
	var names []string
	for name := range f.made {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// state is what lies at an output's path.
type state uint8

const (
	absent  state = iota
	ours          // has a content that was made here
	foreign       // anything else
)

// look reads what lies at a path.
func (f *Folder) look(name string) (s state, hash string, err error) {
	info, err := f.root.Lstat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return absent, "", nil
	}
	if err != nil {
		return foreign, "", err
	}
	if !info.Mode().IsRegular() {
		return foreign, "", nil
	}
	b, err := f.root.ReadFile(name)
	if err != nil {
		return foreign, "", err
	}
	hash = hashOf(b)
	if slices.Contains(f.made[name], hash) {
		return ours, hash, nil
	}
	return foreign, hash, nil
}

// Made reports whether the file was made here and is unchanged.
func (f *Folder) Made(name string) bool {
	s, _, err := f.look(name)
	return err == nil && s == ours
}

// Write writes all files, or none if one is in the way of a file that was not made here (ErrForeign, with all such
// paths). A file with the same content may be there. A failure of the file system on the way leaves whole files, old and
// new, all on record. left are files of earlier runs that this one did not make again.
func (f *Folder) Write(files []certs.File) (left []string, err error) {
	var errs []error
	var todo []certs.File
	for _, x := range files {
		s, hash, err := f.look(x.Path)
		switch {
		case err != nil:
			errs = append(errs, err)
		case s == foreign && hash == hashOf(x.Data): // the user's, and as it should be
		case s == foreign:
			errs = append(errs, fmt.Errorf("certs: %s: %w", x.Path, ErrForeign))
		default:
			todo = append(todo, x)
		}
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	if _, err := f.sweep(); err != nil {
		return nil, err
	}
	for _, x := range todo {
		f.made[x.Path] = append(f.made[x.Path], hashOf(x.Data))
	}
	if err := f.save(); err != nil {
		return nil, fmt.Errorf("certs: %w", err)
	}
	for _, x := range todo {
		if err := f.root.MkdirAll(path.Dir(x.Path), 0o755); err != nil {
			return nil, fmt.Errorf("certs: %w", err)
		}
		mode := fs.FileMode(0o644)
		if x.Key {
			mode = 0o600
		}
		if err := f.replace(x.Path, x.Data, mode); err != nil {
			return nil, fmt.Errorf("certs: %w", err)
		}
	}
	for _, x := range todo {
		f.made[x.Path] = []string{hashOf(x.Data)}
	}
	if err := f.save(); err != nil {
		return nil, fmt.Errorf("certs: %w", err)
	}
	for _, name := range f.recorded() {
		if f.Made(name) && !slices.ContainsFunc(files, func(x certs.File) bool { return x.Path == name }) {
			left = append(left, name)
		}
	}
	return left, nil
}

// replace writes a file beside its place and renames it.
func (f *Folder) replace(name string, data []byte, mode fs.FileMode) error {
	temp := tempOf(name, hashOf(data))
	w, err := f.root.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	_, err = w.Write(data)
	err = errors.Join(err, w.Sync(), w.Close())
	if err == nil {
		err = f.root.Rename(temp, name)
	}
	if err != nil {
		return errors.Join(err, f.root.Remove(temp))
	}
	return nil
}

// tempOf is where a content is written before it gets its name. The record holds its hash by then, so that a run that is
// killed leaves nothing that Clean does not know.
func tempOf(name, hash string) string {
	if name == ManifestName {
		return ManifestName + ".new"
	}
	const digits = 16
	return path.Join(path.Dir(name), ".emu8266-"+hash[:digits])
}

// sweep removes what killed runs left half written.
func (f *Folder) sweep() (removed []string, err error) {
	temps := []string{tempOf(ManifestName, "")}
	for _, name := range f.recorded() {
		for _, hash := range f.made[name] {
			temps = append(temps, tempOf(name, hash))
		}
	}
	for _, temp := range temps {
		switch info, err := f.root.Lstat(temp); {
		case err != nil || !info.Mode().IsRegular(): // none, or nothing of ours
		default:
			if err := f.root.Remove(temp); err != nil {
				return removed, fmt.Errorf("certs: %w", err)
			}
			removed = append(removed, temp)
		}
	}
	return removed, nil
}

// Clean removes what was made here and is unchanged, what killed runs left half written, and the folders that are empty
// without it. kept are files that were changed since; they leave the record and are the user's from now on.
func (f *Folder) Clean() (removed, kept []string, err error) {
	if removed, err = f.sweep(); err != nil {
		return removed, nil, err
	}
	for _, name := range f.recorded() {
		s, _, err := f.look(name)
		switch {
		case err != nil:
			return removed, kept, errors.Join(fmt.Errorf("certs: %w", err), f.save())
		case s == ours:
			if err := f.root.Remove(name); err != nil {
				return removed, kept, errors.Join(fmt.Errorf("certs: %w", err), f.save())
			}
			removed = append(removed, name)
		case s == foreign:
			kept = append(kept, name)
		}
		delete(f.made, name)
	}
	if err := f.save(); err != nil {
		return removed, kept, fmt.Errorf("certs: %w", err)
	}
	for _, name := range removed {
		if dir := path.Dir(name); dir != "." {
			_ = f.root.Remove(dir) // fails while something is in it
		}
	}
	return removed, kept, nil
}

func hashOf(b []byte) string {
	h := sha256.Sum256(b)
	return hex.EncodeToString(h[:])
}
