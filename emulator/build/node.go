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
	"runtime"
	"strings"
)

//go:embed node.mjs
var nodeScript []byte

// node is the toolchain of the npm package, in one process of Node.js for a build.
type node struct {
	packaged
	path   string // of node
	bundle string // of the package

	// Of the process; packaged guards them: one request at a time.
	process *exec.Cmd
	in      io.WriteCloser
	out     *bufio.Reader
	said    bytes.Buffer // by the process itself
	scripts string       // folder
}

// findNode looks for Node.js and the package: in node_modules of a folder and those above it, in NODE_PATH, and among the
// global packages. The reason is why there are none; it is empty if the package is not there at all.
func findNode(ctx context.Context, dir string) (n *node, reason string) {
	path, err := exec.LookPath("node")
	if err != nil || runtime.GOOS == "windows" { // Choice: paths in the package's files in memory are those of Unix
		return nil, ""
	}
	for _, f := range packageFolders(dir) {
		if n, reason := nodeIn(f, path); n != nil || reason != "" {
			return n, reason
		}
	}
	if out, err := exec.CommandContext(ctx, "npm", "root", "-g").Output(); err == nil {
		return nodeIn(filepath.Join(strings.TrimSpace(string(out)), filepath.FromSlash(npmPackage)), path)
	}
	return nil, ""
}

// nodeIn looks for the package in its folder, for Node.js at path.
func nodeIn(root, path string) (n *node, reason string) {
	version := PackageAt(root)
	if version == "" {
		return nil, ""
	}
	n = &node{path: path, bundle: filepath.Join(root, "gen", "bundle.js")}
	tools, err := PackageTools(version, n.request)
	if err != nil {
		return nil, fmt.Sprintf("%s: %v", filepath.Dir(root), err)
	}
	p := tools.(*packaged)
	n.version, n.major, n.ask, n.known = p.version, p.major, p.ask, p.known
	return n, ""
}

// request asks the process, which it starts before.
func (n *node) request(ctx context.Context, q PackageRequest) (r PackageAnswer, err error) {
	if n.process == nil {
		if err := n.start(ctx); err != nil {
			return r, err
		}
	}
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
		return r, fmt.Errorf("%w\n%s", err, n.said.String())
	}
	return r, nil
}

func (n *node) start(ctx context.Context) (err error) {
	if n.scripts, err = os.MkdirTemp("", "emu8266-"); err != nil {
		return err
	}
	script := filepath.Join(n.scripts, "node.mjs")
	err = errors.Join(os.WriteFile(script, nodeScript, 0o600), os.WriteFile(filepath.Join(n.scripts, "tools.mjs"), packageScript, 0o600))
	if err == nil {
		n.process = exec.CommandContext(ctx, n.path, script, n.bundle)
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
		return errors.Join(err, os.RemoveAll(n.scripts))
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
	err = errors.Join(err, n.process.Wait(), os.RemoveAll(n.scripts))
	n.process = nil
	clear(n.known) // another process knows nothing
	return err
}
