package build

import (
	"bufio"
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// npmPackage has clang and wasm-ld as WebAssembly, for machines where nothing can be installed (wasm-firmware.md 1).
const npmPackage = "@yowasp/clang"

//go:embed node.mjs
var nodeScript []byte

// node is the toolchain of the npm package, in one process of Node.js for a build.
type node struct {
	path    string // of node
	bundle  string // of the package
	version string
	major   int

	mu      sync.Mutex // guards what follows: one request at a time
	process *exec.Cmd
	in      io.WriteCloser
	out     *bufio.Reader
	said    bytes.Buffer // by the process itself
	script  string
	known   map[string]bool // folders that the process has read
}

// Version is that of the package.
func (n *node) Version() (string, int) { return n.version, n.major }

var npmMajor = regexp.MustCompile(`"version":\s*"(\d+)\.[^"]*"`)

// findNode looks for Node.js and the package: in node_modules of a folder and those above it, in NODE_PATH, and among the
// global packages. The reason is why there are none; it is empty if the package is not there at all.
func findNode(ctx context.Context, dir string) (n *node, reason string) {
	path, err := exec.LookPath("node")
	if err != nil || runtime.GOOS == "windows" { // Choice: paths in the package's files in memory are those of Unix
		return nil, ""
	}
	var folders []string
	for d := dir; ; d = filepath.Dir(d) {
		folders = append(folders, filepath.Join(d, "node_modules"))
		if d == filepath.Dir(d) {
			break
		}
	}
	folders = append(folders, filepath.SplitList(os.Getenv("NODE_PATH"))...)
	for _, f := range folders {
		if n, reason := nodeIn(f, path); n != nil || reason != "" {
			return n, reason
		}
	}
	if out, err := exec.CommandContext(ctx, "npm", "root", "-g").Output(); err == nil {
		return nodeIn(strings.TrimSpace(string(out)), path)
	}
	return nil, ""
}

// nodeIn looks for the package in a folder of packages, for Node.js at path.
func nodeIn(folder, path string) (n *node, reason string) {
	root := filepath.Join(folder, filepath.FromSlash(npmPackage))
	text, err := readText(filepath.Join(root, "package.json"))
	if err != nil {
		return nil, ""
	}
	m := npmMajor.FindSubmatch(text)
	if m == nil {
		return nil, root + " has no version"
	}
	major, _ := strconv.Atoi(string(m[1]))
	if major < oldest {
		return nil, fmt.Sprintf("%s has version %d", root, major)
	}
	return &node{path: path, bundle: filepath.Join(root, "gen", "bundle.js"), version: npmPackage + " " + string(m[0]), major: major}, ""
}

// host is where node.mjs puts the disk's folders.
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

type nodeRequest struct {
	Tool   string   `json:"tool"`
	Args   []string `json:"args"`
	Roots  []string `json:"roots,omitempty"` // folders to read; once
	Shims  string   `json:"shims,omitempty"`
	Files  []string `json:"files,omitempty"` // files to read now
	Output string   `json:"output,omitempty"`
}

type nodeAnswer struct {
	Code   int    `json:"code"`
	Stdout []byte `json:"stdout"`
	Stderr []byte `json:"stderr"`
	Output []byte `json:"output"`
}

// Run runs a tool; it writes what -o names to the disk.
func (n *node) Run(ctx context.Context, c Command) (printed []byte, said string, err error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	q := nodeRequest{Tool: c.Tool, Files: c.Inputs, Output: c.Output, Shims: c.Shims}
	if n.process == nil {
		if err := n.start(ctx); err != nil {
			return nil, err.Error(), err
		}
		n.known = map[string]bool{}
	}
	for _, h := range c.Headers {
		if !n.known[h] {
			n.known[h] = true
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
	var r nodeAnswer
	line, err := json.Marshal(q)
	if err == nil {
		_, err = n.in.Write(append(line, '\n'))
	}
	if err == nil {
		if line, err = n.out.ReadBytes('\n'); err == nil {
			err = json.Unmarshal(line, &r)
		}
	}
	if err != nil {
		err = errors.Join(fmt.Errorf("%s: %w", npmPackage, err), n.stop())
		return nil, fmt.Sprintf("%v\n%s", err, n.said.String()), err
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

func (n *node) start(ctx context.Context) error {
	f, err := os.CreateTemp("", "emu8266-*.mjs")
	if err != nil {
		return err
	}
	_, err = f.Write(nodeScript)
	n.script = f.Name()
	if err = errors.Join(err, f.Close()); err == nil {
		n.process = exec.CommandContext(ctx, n.path, n.script, n.bundle)
		n.process.Stderr = &n.said
		var out io.ReadCloser
		if n.in, err = n.process.StdinPipe(); err == nil {
			if out, err = n.process.StdoutPipe(); err == nil {
				n.out = bufio.NewReader(out)
				err = n.process.Start()
			}
		}
	}
	if err != nil {
		n.process = nil
		return errors.Join(err, remove(n.script))
	}
	return nil
}

// Close ends the process.
func (n *node) Close() error {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.stop()
}

func (n *node) stop() error {
	if n.process == nil {
		return nil
	}
	err := n.in.Close() // it ends then
	_, _ = io.Copy(io.Discard, n.out)
	err = errors.Join(err, n.process.Wait(), remove(n.script))
	n.process = nil
	return err
}
