package mutants

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Suite is the tests of some packages over sites that Weave has put in, compiled once. Record it before Try.
type Suite struct {
	root, dir string
	overlay   string // its file
	programs  []program
	tests     []suiteTest
}

// program is a package's tests, compiled.
type program struct{ folder, file string }

// suiteTest is one test of a program, or all that a failing one has left.
type suiteTest struct {
	program
	name    string
	took    time.Duration
	reached map[int]bool // sites that it comes by
}

// NewSuite compiles the tests of packages, folders from the root such as "espconn/boundedtls", with the overlay that Weave has made.
// What it makes is in dir.
func NewSuite(ctx context.Context, root, dir string, overlay map[string]string, folders ...string) (*Suite, error) {
	root, err := filepath.Abs(root)
	if err != nil {
		return nil, err
	}
	s := &Suite{root: root, dir: dir, overlay: filepath.Join(dir, "overlay.json")}
	j, err := json.Marshal(map[string]map[string]string{"Replace": overlay})
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(s.overlay, j, 0o600); err != nil {
		return nil, err
	}
	for i, folder := range folders {
		file := filepath.Join(dir, fmt.Sprintf("suite%d.test", i))
		cmd := exec.CommandContext(ctx, "go", "test", "-c", "-overlay", s.overlay, "-vet=off", "-o", file, "./"+folder)
		cmd.Dir = root
		if out, err := cmd.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("mutants: tests of %s: %w\n%s", folder, err, out)
		}
		s.programs = append(s.programs, program{folder, file})
	}
	return s, nil
}

// Record runs every test once with nothing broken and notes which sites it comes by. It returns the tests that fail already, which
// Try does not run.
func (s *Suite) Record(ctx context.Context, args ...string) (failing []string, err error) {
	for _, p := range s.programs {
		cmd := exec.CommandContext(ctx, p.file, "-test.list", ".")
		cmd.Dir = filepath.Join(s.root, filepath.FromSlash(p.folder))
		list, err := cmd.Output()
		if err != nil {
			return nil, fmt.Errorf("mutants: %s: %w", p.folder, err)
		}
		for _, name := range strings.Fields(string(list)) {
			if strings.HasPrefix(name, "Benchmark") {
				continue
			}
			t := suiteTest{program: p, name: name, reached: map[int]bool{}}
			seen := filepath.Join(s.dir, "reached")
			begin := time.Now()
			ok, _, err := s.run(ctx, p, []string{name}, mutantTime, "EMU8266_MUTANTS_REACHED="+seen, args...)
			if err != nil {
				return nil, err
			}
			t.took = time.Since(begin)
			numbers, err := os.ReadFile(seen)
			if err != nil && !errors.Is(err, os.ErrNotExist) {
				return nil, err
			}
			os.Remove(seen)
			for _, n := range strings.Fields(string(numbers)) {
				if n, err := strconv.Atoi(n); err == nil {
					t.reached[n] = true
				}
			}
			if !ok {
				failing = append(failing, p.folder+" "+name)
			} else if len(t.reached) > 0 {
				s.tests = append(s.tests, t)
			}
		}
	}
	return failing, nil
}

// Only returns the suite with the tests of some folders alone.
func (s *Suite) Only(folders ...string) *Suite {
	some := *s
	some.tests = slices.DeleteFunc(slices.Clone(s.tests), func(t suiteTest) bool { return !slices.Contains(folders, t.folder) })
	return &some
}

// mutantTime bounds each run of tests over one mutant.
const mutantTime = 10 * time.Minute

// Try breaks site n and runs the tests that come by it, those of its own folder first, then the quick ones, until one fails. why is the
// test that failed, or a test program's end.
func (s *Suite) Try(ctx context.Context, n int, folder string, args ...string) (o Outcome, why string, err error) {
	var tests []suiteTest
	for _, t := range s.tests {
		if t.reached[n] {
			tests = append(tests, t)
		}
	}
	if len(tests) == 0 {
		return Unreached, "", nil
	}
	slices.SortStableFunc(tests, func(a, b suiteTest) int {
		if a.folder != b.folder && (a.folder == folder || b.folder == folder) {
			return map[bool]int{true: -1, false: 1}[a.folder == folder]
		}
		return int(a.took - b.took)
	})
	for most := time.Second; len(tests) > 0; most *= 2 {
		// A bunch of tests, each twice as long as the one before, by program.
		bunch, sum := map[program][]string{}, time.Duration(0)
		for len(tests) > 0 && (sum == 0 || sum+tests[0].took < most) {
			sum += tests[0].took
			bunch[tests[0].program] = append(bunch[tests[0].program], tests[0].name)
			tests = tests[1:]
		}
		for _, p := range slices.SortedFunc(maps.Keys(bunch), func(a, b program) int { return strings.Compare(a.file, b.file) }) {
			ok, out, err := s.run(ctx, p, bunch[p], min(mutantTime, 10*sum+30*time.Second), "EMU8266_MUTANT="+strconv.Itoa(n), args...)
			if err != nil {
				return "", "", err
			}
			if !ok {
				why = p.folder + " did not end well"
				if m := failure.FindSubmatch(out); m != nil {
					why = p.folder + " " + string(m[1])
				}
				return Killed, why, nil
			}
		}
	}
	return Survived, "", nil
}

// run runs tests of a program. A run that takes longer than within fails: what is broken hangs.
func (s *Suite) run(ctx context.Context, p program, names []string, within time.Duration, env string, args ...string) (ok bool, out []byte,
	err error) {
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = regexp.QuoteMeta(n)
	}
	inner, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	cmd := exec.CommandContext(inner, p.file, append([]string{"-test.failfast", "-test.paniconexit0",
		"-test.run", "^(" + strings.Join(quoted, "|") + ")$"}, args...)...)
	cmd.Dir, cmd.Env = filepath.Join(s.root, filepath.FromSlash(p.folder)), append(os.Environ(), env)
	cmd.WaitDelay = 10 * time.Second
	var b bytes.Buffer
	cmd.Stdout, cmd.Stderr = &b, &b
	err = cmd.Run()
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return false, nil, ctx.Err()
	case err == nil:
		return true, b.Bytes(), nil
	case errors.As(err, &exit), inner.Err() != nil, errors.Is(err, exec.ErrWaitDelay):
		return false, b.Bytes(), nil
	}
	return false, nil, err
}
