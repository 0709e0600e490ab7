package build

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// oldest is the first version of clang and wasm-ld that compiles firmware (wasm-firmware.md 1); newest is how far numbered
// names are looked for. Choice.
const (
	oldest = 14
	newest = 29
)

// ErrTools is in the error of a build that did not find clang or wasm-ld; the text says how to install them.
var ErrTools = errors.New("clang and wasm-ld, version 14 or later, are needed to compile firmware")

// install is how to get the tools.
const install = `
  Debian, Ubuntu:  sudo apt install clang lld
  Fedora:          sudo dnf install clang lld
  macOS:           brew install llvm lld   (Apple's own clang cannot make WebAssembly)
  Windows:         winget install LLVM.LLVM
  Linux and macOS without administrator, with Node.js 18 or later, in the project's folder: npm install @yowasp/clang`

// Toolchain runs a compiler and a linker. A build finds one on this machine unless Options bring theirs. Its methods may be called by
// several goroutines at a time.
type Toolchain interface {
	// Version is the compiler's whole text of its version, which tells what it makes from what others make, and the number of its
	// release; 0 for the LX106's.
	Version() (text string, major int)
	// Run runs a tool. printed is its stdout, said what it wrote to stderr; with an error said is never empty.
	Run(ctx context.Context, c Command) (printed []byte, said string, err error)
	// Close ends what runs for it. A build calls it at its end.
	Close() error
}

// Command is one call of a tool.
type Command struct {
	Tool    string   // "clang", "wasm-ld"; for the LX106 "gcc"
	Dir     string   // the working directory
	Args    []string // all, with the names below
	Inputs  []string // files among Args that it reads; what these include is below Headers
	Output  string   // the file among Args that it writes; "" if it only prints
	Headers []string // folders that it may read headers from
	Shims   string   // the one of them whose headers include others by their absolute paths
}

// programs are tools that are programs of this machine.
type programs struct {
	paths   map[string]string // by the names that Command has
	version string
	major   int
}

var major = regexp.MustCompile(`(?:clang version|LLD) (\d+)\.`)

// findTools takes the tools that are given, or else the first clang on PATH that will do, and the linker that fits it: one
// that is older than the compiler does not read its objects. Without any it looks for the npm package, as a project in
// folder dir finds it.
func findTools(ctx context.Context, c *cache, dir, clang, wasmLD string) (Toolchain, error) {
	var why []string
	for _, name := range candidates("clang", clang) {
		t, reason := c.tryClang(ctx, name)
		if reason != "" {
			why = append(why, reason)
			continue
		}
		if t == nil {
			continue
		}
		linkers := candidates("wasm-ld", wasmLD)
		if wasmLD == "" {
			beside := filepath.Join(filepath.Dir(t.paths["clang"]), "wasm-ld")
			linkers = append([]string{beside, fmt.Sprintf("wasm-ld-%d", t.major)}, linkers...)
		}
		for _, l := range linkers {
			path, err := exec.LookPath(l)
			if err != nil {
				continue
			}
			if version, m := c.versionOf(ctx, path); m >= t.major {
				t.paths["wasm-ld"], t.version = path, t.version+version
				return t, nil
			}
		}
		why = append(why, fmt.Sprintf("%s %d is there, but no wasm-ld of version %d or later", t.paths["clang"], t.major, t.major))
	}
	if clang == "" && wasmLD == "" {
		t, reason := findNode(ctx, dir)
		if t != nil {
			return t, nil
		}
		if reason != "" {
			why = append(why, reason)
		}
	}
	if len(why) == 0 {
		why = []string{"no clang on PATH"}
	}
	return nil, fmt.Errorf("%w: %s%s", ErrTools, strings.Join(why, "; "), install)
}

// candidates are the names to try for a tool.
func candidates(tool, given string) []string {
	if given != "" {
		return []string{given}
	}
	names := []string{tool}
	for v := newest; v >= oldest; v-- {
		names = append(names, fmt.Sprintf("%s-%d", tool, v))
	}
	return names
}

// tryClang looks at one compiler. The reason is why it will not do; it is empty, and there are no programs, when there is none of
// that name.
func (c *cache) tryClang(ctx context.Context, name string) (t *programs, reason string) {
	path, err := exec.LookPath(name)
	if err != nil {
		return nil, ""
	}
	version, m := c.versionOf(ctx, path)
	if m < oldest {
		return nil, fmt.Sprintf("%s has version %d", path, m)
	}
	targets, err := c.ask(ctx, path, "--print-targets")
	if err != nil || !bytes.Contains(targets, []byte("wasm32")) {
		return nil, path + " cannot make WebAssembly"
	}
	return &programs{paths: map[string]string{"clang": path}, version: version, major: m}, ""
}

// versionOf asks a tool for its version; 0 is none.
func (c *cache) versionOf(ctx context.Context, path string) (string, int) {
	out, err := c.ask(ctx, path, "--version")
	m := major.FindSubmatch(out)
	if err != nil || m == nil {
		return "", 0
	}
	n, _ := strconv.Atoi(string(m[1]))
	return fmt.Sprintf("%s %x\n%s", path, script(path), out), n
}

// script is the hash of a tool that is a script, nil for others: what it makes of the same flags is for it to say.
func script(path string) []byte {
	f, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer f.Close()
	if text, err := io.ReadAll(io.LimitReader(f, 1<<16)); err == nil && bytes.HasPrefix(text, []byte("#!")) {
		hash := sha256.Sum256(text)
		return hash[:]
	}
	return nil
}

// toolPrefix begins the names of what tools say of themselves.
const toolPrefix = "tool-"

// ask is what a tool prints for an argument. The cache remembers that of a program as long as its file is the same, so that a build that
// has nothing to do starts none; a script, which may lead to any program, is asked each time.
func (c *cache) ask(ctx context.Context, path, arg string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil || script(path) != nil {
		return exec.CommandContext(ctx, path, arg).Output()
	}
	hash := sha256.Sum256(fmt.Appendf(nil, "%q %q %d %d", path, arg, info.Size(), info.ModTime().UnixNano()))
	known := filepath.Join(c.dir, toolPrefix+hex.EncodeToString(hash[:20]))
	if out, err := os.ReadFile(known); err == nil && touch(known) {
		return out, nil
	}
	out, err := exec.CommandContext(ctx, path, arg).Output()
	if err == nil {
		err = writeFile(known, out)
	}
	return out, err
}

// Version is that of the compiler and of the linker.
func (t *programs) Version() (string, int) { return t.version, t.major }

// Close has nothing to end.
func (t *programs) Close() error { return nil }

// Run starts the program.
func (t *programs) Run(ctx context.Context, c Command) (out []byte, said string, err error) {
	cmd := exec.CommandContext(ctx, t.paths[c.Tool], c.Args...)
	cmd.Dir = c.Dir
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err = cmd.Output()
	said = stderr.String()
	if err != nil && strings.TrimSpace(said) == "" {
		said = fmt.Sprintf("%s: %v", filepath.Base(t.paths[c.Tool]), err)
	}
	return out, said, err
}
