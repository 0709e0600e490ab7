package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/emu8266/emu8266/cmd/internal/lazyregexp"
	"github.com/emu8266/emu8266/cmd/internal/recorder"
	"github.com/emu8266/emu8266/emulator/csdk"
)

// What a copy for make may have: bytes and files. Choice: many times what a project has; a disk image by mistake is over.
const (
	makeBytesMax = 256 << 20
	makeFilesMax = 50_000
)

// makeTree is the copy of a project that make runs in.
type makeTree struct {
	work    string // the folder of everything, for this run
	copy    string // the project in it
	sdk     string // of the vendor, "" for none
	sdkCopy string // what stands for it
	roots   []copied
	folders []string // to make
	pairs   []pair   // to copy
	bytes   int64
}

// pair is a file and where its copy goes.
type pair struct {
	from, to string
	info     fs.FileInfo // of from, links followed
	empty    bool        // only the name is wanted
}

// copied is a folder and its copy.
type copied struct {
	from, to string
	own      bool // of the project, not of an SDK
}

// isSDK tells the folder of a vendor's SDK.
func isSDK(dir string) bool {
	for _, name := range []string{"osapi.h", "user_interface.h"} {
		if _, err := os.Stat(filepath.Join(dir, "include", name)); err != nil {
			return false
		}
	}
	return true
}

// upwards is a line of a makefile that includes something of a folder above.
var upwards = lazyregexp.New(`(?m)^\s*-?s?include\s+.*(\$[({]PDIR[)}]|\.\./)`)

// levelsMax bounds the folders above a project that are looked at. Choice.
const levelsMax = 4

// above counts the folders above that a project's makefiles include something from.
func above(dir string) (levels int, err error) {
	for _, name := range makefiles {
		text, err := readFile(filepath.Join(dir, name), textMax)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return 0, usagef("%v", err)
		}
		for _, line := range upwards().FindAll(text, -1) {
			levels = max(levels, 1, min(bytes.Count(line, []byte("../")), levelsMax))
		}
		return levels, nil
	}
	return 0, nil
}

// planCopy says what is to be copied of a project's folder into a folder of work, with what its makefiles include from above, and of an
// SDK for it.
func planCopy(work, dir, sdk string, args []string) (*makeTree, error) {
	t := &makeTree{work: work}
	if sdk != "" {
		abs, err := filepath.Abs(sdk)
		if err != nil {
			return nil, err
		}
		if !isSDK(abs) {
			return nil, usagef("%s is no SDK: there is no include/osapi.h in it; give the folder that the vendor's SDK was unpacked "+
				"to", sdk)
		}
		t.sdk = abs
	}
	levels, err := above(dir)
	if err != nil {
		return nil, err
	}
	included := levels > 0
	for _, a := range args { // EXAMPLES=../..
		if _, value, ok := strings.Cut(a, "="); ok && strings.HasPrefix(value, "..") {
			levels = max(levels, min(strings.Count(value+"/", "../"), levelsMax))
		}
	}
	base := dir
	for range levels {
		base = filepath.Dir(base)
	}
	switch {
	case included && !hasMakefile(filepath.Dir(dir)): // an example of the SDK, which belongs into its folder
		if t.sdk == "" {
			t.sdk = sdkAbove(dir)
		}
		if t.sdk == "" {
			return nil, usagef("the Makefile of %s includes one of the folder above, which has none: name the SDK that it belongs to "+
				"with --sdk DIR, or by sdk in emu8266.toml", dir)
		}
		t.sdkCopy = filepath.Join(work, "sdk")
		t.copy = filepath.Join(t.sdkCopy, filepath.Base(dir))
	case levels > 0 && isSDK(base):
		t.sdk, t.sdkCopy = base, filepath.Join(work, "sdk")
		rel, err := filepath.Rel(base, dir)
		if err != nil {
			return nil, err
		}
		t.copy = filepath.Join(t.sdkCopy, rel)
	default:
		rel, err := filepath.Rel(base, dir)
		if err != nil {
			return nil, err
		}
		t.copy = filepath.Join(work, "tree", filepath.Base(base), rel)
		t.sdkCopy = filepath.Join(work, "sdk")
		for at, to := filepath.Dir(dir), filepath.Dir(t.copy); levels > 0; levels-- {
			if err := t.makefilesOf(at, to); err != nil {
				return nil, err
			}
			at, to = filepath.Dir(at), filepath.Dir(to)
		}
	}
	if err := t.copyFolder(dir, t.copy); err != nil {
		return nil, err
	}
	t.roots = append(t.roots, copied{dir, t.copy, true})
	if t.sdk != "" {
		return t, t.vendorSDK()
	}
	t.roots = append(t.roots, copied{"", t.sdkCopy, false})
	return t, nil
}

// fingerprint tells trees apart from which make would make something else: which files there are, and of those that are no sources their
// length and time.
func (t *makeTree) fingerprint() string {
	hash := sha256.New()
	for _, p := range t.pairs {
		fmt.Fprintf(hash, "%q %t", p.from, p.empty)
		if !p.empty && !sourceFile().MatchString(p.from) {
			fmt.Fprintf(hash, " %d %d", p.info.Size(), p.info.ModTime().UnixNano())
		}
		fmt.Fprintln(hash)
	}
	return hex.EncodeToString(hash.Sum(nil)[:20])
}

// sourceFile are names of files whose content no Makefile looks at.
var sourceFile = lazyregexp.New(`\.(c|h|s|S|cc|hh|cpp|hpp|cxx|md|txt)$`)

// doCopy makes the copy.
func (t *makeTree) doCopy() error {
	for _, f := range t.folders {
		if err := os.MkdirAll(f, 0o755); err != nil {
			return err
		}
	}
	for _, p := range t.pairs {
		if err := p.copy(); err != nil {
			return err
		}
	}
	if t.sdk == "" {
		return t.ownSDK()
	}
	return nil
}

// hasMakefile tells a folder that makefiles of folders below may include something of.
func hasMakefile(dir string) bool {
	entries, err := os.ReadDir(dir)
	return err == nil && slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return !e.IsDir() && isMakefile(e.Name()) })
}

func isMakefile(name string) bool {
	return slices.Contains(makefiles, name) || slices.Contains([]string{".mk", ".mak", ".make"}, filepath.Ext(name))
}

// sdkAbove is the nearest SDK above a folder, "" for none.
func sdkAbove(dir string) string {
	for dir != filepath.Dir(dir) {
		if dir = filepath.Dir(dir); isSDK(dir) {
			return dir
		}
	}
	return ""
}

// makefilesOf copies the makefiles of a folder above the project.
func (t *makeTree) makefilesOf(from, to string) error {
	entries, err := os.ReadDir(from)
	if err != nil {
		return err
	}
	t.folders = append(t.folders, to)
	for _, e := range entries {
		if isMakefile(e.Name()) {
			if err := t.copyFile(filepath.Join(from, e.Name()), filepath.Join(to, e.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

// left is what make makes itself, and what no make needs.
func left(d fs.DirEntry) bool {
	if d.IsDir() {
		return slices.Contains([]string{".git", ".svn", ".hg", ".output", ".pio", ".pioenvs", "node_modules"}, d.Name())
	}
	return slices.Contains([]string{".o", ".d", ".out", ".elf", ".wasm"}, filepath.Ext(d.Name()))
}

// copyFolder copies what is below a folder. Links to files are followed; those to folders are not.
func (t *makeTree) copyFolder(from, to string) error {
	return filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		switch {
		case path != from && left(d):
			if d.IsDir() {
				return filepath.SkipDir
			}
			return nil
		case d.IsDir():
			t.folders = append(t.folders, filepath.Join(to, rel))
			return nil
		}
		return t.copyFile(path, filepath.Join(to, rel))
	})
}

// copyFile plans a file's copy. What is no file - a link that leads nowhere or to a folder, a pipe - is left out.
func (t *makeTree) copyFile(from, to string) error {
	info, err := os.Stat(from)
	if err != nil || !info.Mode().IsRegular() {
		return nil
	}
	t.bytes += info.Size()
	if len(t.pairs) == makeFilesMax || t.bytes > makeBytesMax {
		return usagef("%s: more than %d files or %d MB to copy for make: give the folder of the Makefile alone with -C", from, makeFilesMax,
			makeBytesMax>>20)
	}
	t.pairs = append(t.pairs, pair{from: from, to: to, info: info})
	return nil
}

// copy copies the file with its time, which make decides by.
func (p pair) copy() error {
	if p.empty {
		return os.WriteFile(p.to, nil, 0o644)
	}
	in, err := os.Open(p.from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(p.to, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, p.info.Mode().Perm()|0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close(), os.Chtimes(p.to, p.info.ModTime(), p.info.ModTime()))
}

// sdkParts are the folders of an SDK that makefiles speak of.
var sdkParts = []string{"include", "ld", "tools", "driver_lib/include", "third_party/include", "third_party/makefile", "extra_include"}

// vendorSDK copies what makefiles need of the vendor's SDK. Its libraries are empty files, since the emulator has what is in them.
func (t *makeTree) vendorSDK() error {
	if err := t.makefilesOf(t.sdk, t.sdkCopy); err != nil {
		return err
	}
	for _, part := range sdkParts {
		if from := filepath.Join(t.sdk, filepath.FromSlash(part)); isFolder(from) {
			if err := t.copyFolder(from, filepath.Join(t.sdkCopy, filepath.FromSlash(part))); err != nil {
				return err
			}
		}
	}
	for _, part := range []string{"lib", "bin", "bin/upgrade"} {
		if err := t.names(filepath.Join(t.sdk, filepath.FromSlash(part)), filepath.Join(t.sdkCopy, filepath.FromSlash(part))); err != nil {
			return err
		}
	}
	t.roots = append(t.roots, copied{t.sdk, t.sdkCopy, false})
	return nil
}

// names plans empty files of the names in a folder, which need not be there.
func (t *makeTree) names(from, to string) error {
	t.folders = append(t.folders, to)
	entries, err := os.ReadDir(from)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, e := range entries {
		if e.Type().IsRegular() && len(t.pairs) < makeFilesMax {
			t.pairs = append(t.pairs, pair{from: filepath.Join(from, e.Name()), to: filepath.Join(to, e.Name()), empty: true})
		}
	}
	return nil
}

// sdkScripts are the names of an SDK's linker scripts, which makefiles have among what they depend on, as its libraries.
var sdkScripts = []string{"eagle.app.v6.ld", "eagle.rom.addr.v6.ld", "eagle.app.v6.new.2048.ld", "eagle.app.v6.new.1024.app1.ld",
	"eagle.app.v6.new.1024.app2.ld", "eagle.app.v6.new.512.app1.ld", "eagle.app.v6.new.512.app2.ld", "eagle.app.v6.old.512.app1.ld",
	"eagle.app.v6.old.512.app2.ld", "eagle.app.v6.old.1024.app1.ld", "eagle.app.v6.old.1024.app2.ld"}

// ownSDK makes what stands for the SDK where there is none: our headers, and the names of what makefiles depend on.
func (t *makeTree) ownSDK() error {
	files := map[string][]string{"ld": sdkScripts, "bin": {"blank.bin", "esp_init_data_default.bin", "esp_init_data_default_v08.bin"},
		"tools": {"gen_appbin.py"}}
	for _, l := range recorder.Libraries {
		files["lib"] = append(files["lib"], "lib"+l+".a")
	}
	for folder, names := range files {
		if err := os.MkdirAll(filepath.Join(t.sdkCopy, folder), 0o755); err != nil {
			return err
		}
		for _, name := range names {
			if err := os.WriteFile(filepath.Join(t.sdkCopy, folder, name), nil, 0o644); err != nil {
				return err
			}
		}
	}
	return os.CopyFS(filepath.Join(t.sdkCopy, "include"), csdk.Headers())
}

// original is what a path of the copy is a copy of, or the path itself if make has made it there. own is false for what is of an SDK; the
// original of something in our own is "".
func (t *makeTree) original(path string) (original string, own bool) {
	for _, r := range t.roots {
		if rel, ok := below(r.to, path); ok {
			if r.from == "" {
				return "", false
			}
			original = filepath.Join(r.from, rel)
			return t.same(original, path), r.own
		}
	}
	if tree := filepath.Join(t.work, "tree"); strings.HasPrefix(path, tree+string(filepath.Separator)) {
		return path, true
	}
	return path, t.sdk == "" || !strings.HasPrefix(path, t.sdk+string(filepath.Separator)) && sdkAbove(path) == ""
}

// below gives the path of something in a folder.
func below(folder, path string) (rel string, ok bool) {
	if path == folder {
		return ".", true
	}
	return strings.CutPrefix(path, folder+string(filepath.Separator))
}

// same is the original if it is there, and a file with the same content as the copy; else the copy.
func (t *makeTree) same(original, path string) string {
	info, err := os.Stat(original)
	if err != nil {
		return path
	}
	if info.IsDir() {
		return original
	}
	a, errA := readFile(original, makeBytesMax)
	b, errB := readFile(path, makeBytesMax)
	if errA != nil || errB != nil || !bytes.Equal(a, b) {
		return path
	}
	return original
}

// generated reports whether a folder of the copy has headers that the original has not.
func (t *makeTree) generated(folder, original string) bool {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return false
	}
	return slices.ContainsFunc(entries, func(e fs.DirEntry) bool {
		path := filepath.Join(folder, e.Name())
		return !e.IsDir() && strings.HasPrefix(filepath.Ext(e.Name()), ".h") && t.same(filepath.Join(original, e.Name()), path) == path
	})
}
