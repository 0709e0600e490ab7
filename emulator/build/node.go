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
	path   string   // of node
	bundle string   // of the package
	roots  []string // folders with headers
	shims  string   // the one of these that includes others

	mu      sync.Mutex // guards what follows: one request at a time
	process *exec.Cmd
	in      io.WriteCloser
	out     *bufio.Reader
	said    bytes.Buffer // by the process itself
	script  string
}

var npmMajor = regexp.MustCompile(`"version":\s*"(\d+)\.[^"]*"`)

// findNode looks for Node.js and the package: in node_modules of a folder and those above it, in NODE_PATH, and among the
// global packages. The reason is why there are none; it is empty if the package is not there at all.
func findNode(ctx context.Context, dir string) (t tools, reason string) {
	path, err := exec.LookPath("node")
	if err != nil || runtime.GOOS == "windows" { // Choice: paths in the package's files in memory are those of Unix
		return tools{}, ""
	}
	var folders []string
	for d := dir; ; d = filepath.Dir(d) {
		folders = append(folders, filepath.Join(d, "node_modules"))
		if d == filepath.Dir(d) {
			break
		}
	}
	folders = append(folders, filepath.SplitList(os.Getenv("NODE_PATH"))...)
	if out, err := exec.CommandContext(ctx, "npm", "root", "-g").Output(); err == nil {
		folders = append(folders, strings.TrimSpace(string(out)))
	}
	for _, f := range folders {
		root := filepath.Join(f, filepath.FromSlash(npmPackage))
		text, err := readText(filepath.Join(root, "package.json"))
		if err != nil {
			continue
		}
		m := npmMajor.FindSubmatch(text)
		if m == nil {
			return tools{}, root + " has no version"
		}
		major, _ := strconv.Atoi(string(m[1]))
		if major < oldest {
			return tools{}, fmt.Sprintf("%s has version %d", root, major)
		}
		return tools{
			clang: "clang", wasmLD: "wasm-ld", version: npmPackage + " " + string(m[0]), major: major,
			node: &node{path: path, bundle: filepath.Join(root, "gen", "bundle.js")},
		}, ""
	}
	return tools{}, ""
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

// run runs a tool; it writes what -o names to the disk.
func (n *node) run(ctx context.Context, dir, tool string, args []string) (out []byte, said string, err error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	q := nodeRequest{Tool: tool}
	if n.process == nil {
		if err := n.start(ctx); err != nil {
			return nil, err.Error(), err
		}
		q.Roots, q.Shims = n.roots, n.shims
	}
	for i, a := range args {
		switch {
		case a == "-o" && i+1 < len(args) && args[i+1] != "-":
			q.Output = args[i+1]
		case i > 0 && args[i-1] != "-o" && filepath.IsAbs(a) && (strings.HasSuffix(a, ".o") || isC(a)):
			q.Files = append(q.Files, a)
		}
	}
	if tool == "clang" {
		args = append(append([]string{}, args...), "-fdebug-compilation-dir="+dir)
	}
	for _, a := range args {
		q.Args = append(q.Args, hostPath(a))
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
		err = fmt.Errorf("%s of %s: exit code %d", tool, npmPackage, r.Code)
		if strings.TrimSpace(said) == "" {
			said = err.Error()
		}
	case q.Output != "" && r.Output == nil:
		err = fmt.Errorf("%s of %s made no %s", tool, npmPackage, filepath.Base(q.Output))
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

// close ends the process.
func (n *node) close() error {
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
