// Package mutants breaks the module in one place and runs tests over it, to learn whether they notice. It uses go's
// -overlay: nothing in the tree changes.
package mutants

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// Mutant is one change of a file: old text, which stands there exactly once, becomes new text.
type Mutant struct {
	File     string // from the module's root, with slashes
	Old, New string
}

// Apply returns the file's content with the change. Errors: of the file system, and old text that is not there exactly once.
func (m Mutant) Apply(root string) ([]byte, error) {
	b, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(m.File)))
	if err != nil {
		return nil, err
	}
	if n := bytes.Count(b, []byte(m.Old)); n != 1 {
		return nil, fmt.Errorf("mutants: %s has %d times, not once: %s", m.File, n, m.Old)
	}
	if m.Old == m.New {
		return nil, fmt.Errorf("mutants: %s: nothing changes: %s", m.File, m.Old)
	}
	return bytes.Replace(b, []byte(m.Old), []byte(m.New), 1), nil
}

// Outcome is what became of a mutant.
type Outcome string

// Outcomes.
const (
	Killed   Outcome = "killed"         // a test failed
	Survived Outcome = "survived"       // all tests passed
	Broken   Outcome = "does not build" // it is no mutant
	// Unreached is a place that no test comes by: all passed.
	Unreached Outcome = "not reached"
)

// Run runs `go test` with args in the module at root, where content stands for file. failed are the tests that failed, output
// is what go printed. Errors are those of the machinery: a context that ended, a go command that is missing.
func Run(ctx context.Context, root, file string, content []byte, args ...string) (o Outcome, failed []string, output string, err error) {
	dir, err := os.MkdirTemp("", "mutant")
	if err != nil {
		return "", nil, "", err
	}
	defer os.RemoveAll(dir)
	root, err = filepath.Abs(root)
	if err != nil {
		return "", nil, "", err
	}
	mutant, overlay := filepath.Join(dir, "mutant.go"), filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(mutant, content, 0o600); err != nil {
		return "", nil, "", err
	}
	j, err := json.Marshal(map[string]map[string]string{"Replace": {filepath.Join(root, filepath.FromSlash(file)): mutant}})
	if err != nil {
		return "", nil, "", err
	}
	if err := os.WriteFile(overlay, j, 0o600); err != nil {
		return "", nil, "", err
	}
	cmd := exec.CommandContext(ctx, "go", append([]string{"test", "-overlay", overlay, "-vet=off", "-count=1"}, args...)...)
	cmd.Dir = root
	out, err := cmd.CombinedOutput()
	output = string(out)
	switch {
	case ctx.Err() != nil:
		return "", nil, output, ctx.Err()
	case err == nil:
		return Survived, nil, output, nil
	case strings.Contains(output, "[build failed]") || strings.Contains(output, "[setup failed]"):
		return Broken, nil, output, nil
	}
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		return "", nil, output, err
	}
	for _, m := range failure.FindAllStringSubmatch(output, -1) {
		if !slices.Contains(failed, m[1]) {
			failed = append(failed, m[1])
		}
	}
	return Killed, failed, output, nil
}

var failure = regexp.MustCompile(`(?m)^--- FAIL: (\w+)`)
