package build

import (
	"context"
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// npmPackage has clang and wasm-ld as WebAssembly, for machines where nothing can be installed (wasm-firmware.md 1), and for browsers.
const npmPackage = "@yowasp/clang"

//go:embed tools.mjs
var packageScript []byte

// PackageScript is the JavaScript module that answers the requests of PackageTools, by its function answerer: the same in Node.js and in a
// browser.
func PackageScript() []byte { return slices.Clone(packageScript) }

// PackageRequest is one call of a tool of the npm package. Paths are the disk's, but those in Args are below /host.
type PackageRequest struct {
	Tool   string   `json:"tool"`
	Args   []string `json:"args"`
	Roots  []string `json:"roots,omitempty"` // folders to read; once
	Shims  string   `json:"shims,omitempty"`
	Files  []string `json:"files,omitempty"` // files to read now
	Output string   `json:"output,omitempty"`
}

// PackageAnswer is what came of it.
type PackageAnswer struct {
	Code   int    `json:"code"`
	Stdout []byte `json:"stdout"`
	Stderr []byte `json:"stderr"`
	Output []byte `json:"output"` // the content of the output; nil if there is none
}

// packaged is the toolchain of the npm package.
type packaged struct {
	version string
	major   int
	ask     func(context.Context, PackageRequest) (PackageAnswer, error)

	mu    sync.Mutex      // guards what follows, and the order of requests
	known map[string]bool // folders that were read
}

// PackageTools is the toolchain of the npm package @yowasp/clang for a caller who runs its JavaScript: ask carries a request to
// PackageScript's function there, one at a time. version is that of the package, "22.0.0". Its Close does nothing.
func PackageTools(version string, ask func(context.Context, PackageRequest) (PackageAnswer, error)) (Toolchain, error) {
	number, _, _ := strings.Cut(version, ".")
	major, err := strconv.Atoi(number)
	if err != nil {
		return nil, fmt.Errorf("%s has no version", npmPackage)
	}
	if major < oldest {
		return nil, fmt.Errorf("%s has version %d", npmPackage, major)
	}
	return &packaged{version: npmPackage + " " + version, major: major, ask: ask, known: map[string]bool{}}, nil
}

var npmVersion = regexp.MustCompile(`"version":\s*"([^"]*)"`)

// PackageAt is the version of the npm package in its folder, "" if it is not there.
func PackageAt(folder string) (version string) {
	text, err := readText(filepath.Join(folder, "package.json"))
	if err != nil {
		return ""
	}
	if m := npmVersion.FindSubmatch(text); m != nil {
		return string(m[1])
	}
	return "without a version"
}

// packageFolders are where the npm package may be, for a project in folder dir: node_modules there and above, and NODE_PATH.
func packageFolders(dir string) (folders []string) {
	for d := dir; ; d = filepath.Dir(d) {
		folders = append(folders, filepath.Join(d, "node_modules", filepath.FromSlash(npmPackage)))
		if d == filepath.Dir(d) {
			break
		}
	}
	for _, f := range filepath.SplitList(os.Getenv("NODE_PATH")) {
		folders = append(folders, filepath.Join(f, filepath.FromSlash(npmPackage)))
	}
	return folders
}

// FindPackage is the folder of the npm package as a build in folder dir finds it, "" if there is none: node_modules of the folder or one
// above, or NODE_PATH. The error is that of the working directory.
func FindPackage(dir string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	for _, f := range packageFolders(dir) {
		if PackageAt(f) != "" {
			return f, nil
		}
	}
	return "", nil
}

// host is where the disk's folders are for the tools.
const host = "/host"

// hostPath changes an absolute path in an argument to where the tools see it.
func hostPath(arg string) string {
	for _, flag := range []string{"", "-I", "-ffile-prefix-map=", "-fdebug-compilation-dir="} {
		if rest, ok := strings.CutPrefix(arg, flag); ok && strings.HasPrefix(rest, "/") {
			return flag + host + rest
		}
	}
	return arg
}

// Version is that of the package.
func (p *packaged) Version() (string, int) { return p.version, p.major }

// Close has nothing to end.
func (p *packaged) Close() error { return nil }

// Run runs a tool; it writes what -o names to the disk.
func (p *packaged) Run(ctx context.Context, c Command) (printed []byte, said string, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	q := PackageRequest{Tool: c.Tool, Files: c.Inputs, Output: c.Output, Shims: c.Shims}
	for _, h := range c.Headers {
		if !p.known[h] {
			q.Roots = append(q.Roots, h)
		}
	}
	args := c.Args
	if c.Tool == "clang" {
		args = append(slices.Clone(args), "-fdebug-compilation-dir="+c.Dir)
	}
	for i, a := range args {
		q.Args = append(q.Args, hostPath(a))
		if i > 0 && args[i-1] == "-include" { // a file beside the folders of headers
			q.Files = append(slices.Clone(q.Files), a)
		}
	}
	r, err := p.ask(ctx, q)
	if err != nil {
		return nil, err.Error(), err
	}
	for _, h := range q.Roots {
		p.known[h] = true
	}
	said = strings.ReplaceAll(string(r.Stderr), host+"/", "/")
	switch {
	case r.Code != 0:
		err = fmt.Errorf("%s of %s: exit code %d", c.Tool, npmPackage, r.Code)
		if strings.TrimSpace(said) == "" {
			said = err.Error()
		}
	case q.Output != "" && r.Output == nil:
		err = fmt.Errorf("%s of %s made no %s", c.Tool, npmPackage, filepath.Base(q.Output))
		said += err.Error()
	case q.Output != "":
		err = os.WriteFile(q.Output, r.Output, 0o644)
	}
	return r.Stdout, said, err
}
