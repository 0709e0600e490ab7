package build

import (
	"bytes"
	"context"
	"errors"
	"fmt"
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

// tools are compiler and linker.
type tools struct {
	clang, wasmLD string
	version       string // of clang, whole
	major         int
	node          *node // nil: programs of the system
}

var major = regexp.MustCompile(`(?:clang version|LLD) (\d+)\.`)

// findTools takes the tools that are given, or else the first clang on PATH that will do, and the linker that fits it: one
// that is older than the compiler does not read its objects. Without any it looks for the npm package, as a project in
// folder dir finds it.
func findTools(ctx context.Context, dir, clang, wasmLD string) (tools, error) {
	var why []string
	for _, name := range candidates("clang", clang) {
		t, reason := tryClang(ctx, name)
		if reason != "" {
			why = append(why, reason)
			continue
		}
		if t.major == 0 {
			continue
		}
		linkers := candidates("wasm-ld", wasmLD)
		if wasmLD == "" {
			linkers = append([]string{filepath.Join(filepath.Dir(t.clang), "wasm-ld"), fmt.Sprintf("wasm-ld-%d", t.major)}, linkers...)
		}
		for _, l := range linkers {
			path, err := exec.LookPath(l)
			if err != nil {
				continue
			}
			if _, m := versionOf(ctx, path); m >= t.major {
				t.wasmLD = path
				return t, nil
			}
		}
		why = append(why, fmt.Sprintf("%s %d is there, but no wasm-ld of version %d or later", t.clang, t.major, t.major))
	}
	if clang == "" && wasmLD == "" {
		t, reason := findNode(ctx, dir)
		if t.node != nil {
			return t, nil
		}
		if reason != "" {
			why = append(why, reason)
		}
	}
	if len(why) == 0 {
		why = []string{"no clang on PATH"}
	}
	return tools{}, fmt.Errorf("%w: %s%s", ErrTools, strings.Join(why, "; "), install)
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

// tryClang looks at one compiler. The reason is why it will not do; it is empty, as is the compiler, when there is none of
// that name.
func tryClang(ctx context.Context, name string) (t tools, reason string) {
	path, err := exec.LookPath(name)
	if err != nil {
		return tools{}, ""
	}
	version, m := versionOf(ctx, path)
	if m < oldest {
		return tools{}, fmt.Sprintf("%s has version %d", path, m)
	}
	targets, err := exec.CommandContext(ctx, path, "--print-targets").Output()
	if err != nil || !bytes.Contains(targets, []byte("wasm32")) {
		return tools{}, path + " cannot make WebAssembly"
	}
	return tools{clang: path, version: version, major: m}, ""
}

// versionOf asks a tool for its version; 0 is none.
func versionOf(ctx context.Context, path string) (string, int) {
	out, err := exec.CommandContext(ctx, path, "--version").Output()
	m := major.FindSubmatch(out)
	if err != nil || m == nil {
		return "", 0
	}
	n, _ := strconv.Atoi(string(m[1]))
	return string(out), n
}

// close ends what a build has started.
func (t tools) close() error {
	if t.node == nil {
		return nil
	}
	return t.node.close()
}

// run runs a tool in a folder. said is what it printed on stderr; with an error it is never empty.
func (t tools) run(ctx context.Context, dir, tool string, args ...string) (out []byte, said string, err error) {
	if t.node != nil {
		return t.node.run(ctx, dir, tool, args)
	}
	cmd := exec.CommandContext(ctx, tool, args...)
	cmd.Dir = dir
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err = cmd.Output()
	said = stderr.String()
	if err != nil && strings.TrimSpace(said) == "" {
		said = fmt.Sprintf("%s: %v", filepath.Base(tool), err)
	}
	return out, said, err
}
