package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/cmd/internal/project"
)

// crashes are kinds of crashes, the line of C that each has, and what is said of it on each engine: "" where the kind does not crash there.
var crashes = []struct {
	kind        string
	wasm, lx106 string
}{
	{"*(volatile int *)zero = 1;", "exception 29", "exception 29"},
	{"zero = *(volatile int *)zero;", "exception 28", "exception 28"},
	{"one = one / zero;", "exception 0", "exception 0"},
	{"*(volatile int *)((char *)buffer + one) = 1;", "exception 9", "exception 9"},
	{"((void (*)(void))zero)();", "exception 20", "exception 20"},
	{"for (;;) one++;", "soft watchdog", "soft watchdog"},
	{"__builtin_trap();", "exception 0", "exception 0"},
}

// What the matchers of .vscode/tasks.json say is what the commands print: of every kind of crash, on both engines, exactly one problem,
// with its file and line; of misuse of the SDK one; of other lines none.
func TestProblemMatchers(t *testing.T) {
	needTool(t, "clang")
	needTool(t, "wasm-ld")
	needTool(t, "xtensa-lx106-elf-gcc")
	p, err := project.Parse(project.FileName, nil)
	require.NoError(t, err)
	matchers := matchersOf(t, project.VSCode(p)[".vscode/tasks.json"])
	require.Len(t, matchers, 3)
	dir := t.TempDir()
	t.Chdir(dir)
	require.NoError(t, os.MkdirAll("user", 0o755))
	const head = "#include \"osapi.h\"\n#include \"user_interface.h\"\nvolatile int zero, one = 1;\nint buffer[4];\nvoid " +
		"user_init(void)\n{\n"
	for i, c := range crashes {
		text := head + "\tsystem_os_post(1, 0, 0);\n\tos_printf(\"main.c:3: not a problem\\n\");\n\t" + c.kind + "\n}\n"
		require.NoError(t, os.WriteFile("user/main.c", []byte(text), 0o644))
		for engine, want := range map[string]string{"wasm": c.wasm, "lx106": c.lx106} {
			if want == "" {
				continue
			}
			t.Run(fmt.Sprintf("%s %s", engine, c.kind), func(t *testing.T) {
				image := fmt.Sprintf("crash%d.%s", i, engine)
				build := []string{"build", "-o", image, "--engine", engine, "--cache", sharedCache, "--test", "user"}
				if engine == "wasm" {
					build = append(build, "--check")
				}
				var out, errs bytes.Buffer
				require.Zero(t, run(build, &out, &errs), errs.String())
				errs.Reset()
				require.Equal(t, exitCrash, run([]string{"run", image, "--timeout", "20s"}, &out, &errs), errs.String())
				assert.Contains(t, errs.String(), want)
				found := map[string][]string{}
				for line := range strings.Lines(out.String() + errs.String()) {
					for name, m := range matchers {
						if g := m.FindStringSubmatch(strings.TrimRight(line, "\n")); g != nil {
							found[name] = append(found[name], g[1]+":"+g[2])
							assert.NotEmpty(t, g[3])
						}
					}
				}
				assert.Equal(t, map[string][]string{"emu8266-crash": {"user/main.c:9"}, "emu8266-finding": {"user/main.c:7"}}, found,
					errs.String())
			})
		}
	}
}

// A test that fails is one problem, at the line of its assertion, whatever the device has printed.
func TestProblemMatcherOfTests(t *testing.T) {
	needTool(t, "clang")
	needTool(t, "wasm-ld")
	p, err := project.Parse(project.FileName, nil)
	require.NoError(t, err)
	m := matchersOf(t, project.VSCode(p)[".vscode/tasks.json"])["emu8266-test"]
	dir := tempProject(t, map[string]string{
		"user/main.c":   "#include \"osapi.h\"\nvoid user_init(void) { os_printf(\"main.c:3: not a problem\\n\"); }\n",
		"test/test_a.c": "#include <assert.h>\n\nvoid test_it(void) {\n\tassert(1 == 2);\n}\n",
	})
	t.Chdir(dir)
	var out, errs bytes.Buffer
	require.Equal(t, exitFailed, run([]string{"test", "--cache", sharedCache}, &out, &errs), errs.String())
	var found []string
	for line := range strings.Lines(out.String() + errs.String()) {
		if g := m.FindStringSubmatch(strings.TrimRight(line, "\n")); g != nil {
			found = append(found, g[1]+":"+g[2])
		}
	}
	assert.Equal(t, []string{"test/test_a.c:4"}, found, out.String())
}

// tempProject writes a project's files into a new folder.
func tempProject(t *testing.T, files map[string]string) string {
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
	}
	return dir
}

// matchersOf are the regular expressions of all tasks, by their owners.
func matchersOf(t *testing.T, tasks []byte) map[string]*regexp.Regexp {
	var file struct {
		Tasks []struct {
			ProblemMatcher []json.RawMessage `json:"problemMatcher"`
		} `json:"tasks"`
	}
	require.NoError(t, json.Unmarshal(tasks, &file))
	all := map[string]*regexp.Regexp{}
	for _, task := range file.Tasks {
		for _, raw := range task.ProblemMatcher {
			var m struct {
				Owner   string
				Pattern struct{ Regexp string }
			}
			if json.Unmarshal(raw, &m) == nil { // others are names of matchers that the editor has
				all[m.Owner] = regexp.MustCompile(m.Pattern.Regexp)
			}
		}
	}
	return all
}
