package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The project of docs/test.md gives what the page shows.
func TestTestPage(t *testing.T) {
	needTool(t, "clang")
	needTool(t, "wasm-ld")
	page, dir := testPage(t)
	_, output, ok := strings.Cut(page, "```output\n")
	require.True(t, ok)
	output, _, _ = strings.Cut(output, "```")
	var out, errs bytes.Buffer
	t.Setenv("GITHUB_ACTIONS", "")
	report := filepath.Join(t.TempDir(), "tests.html")
	code := run([]string{"test", dir, "--cache", sharedCache, "--report", report}, &out, &errs)
	assert.Equal(t, exitFailed, code)
	assert.Equal(t, output, out.String(), "docs/test.md shows another output")
	assert.Empty(t, errs.String())
	html, err := os.ReadFile(report)
	require.NoError(t, err)
	assert.Contains(t, string(html), "<h2>test/test_level.c: test_beyond</h2>")
	assert.NotContains(t, string(html), "test_per_cent") // it passed
}

// On the chip's own processor the verdicts are the same.
func TestTestPageLX106(t *testing.T) {
	needTool(t, "xtensa-lx106-elf-gcc")
	_, dir := testPage(t)
	var out, errs bytes.Buffer
	t.Setenv("GITHUB_ACTIONS", "")
	code := run([]string{"test", dir, "--cache", sharedCache, "--engine", "lx106"}, &out, &errs)
	assert.Equal(t, exitFailed, code)
	assert.Contains(t, out.String(), "ok    test/test_level.c: test_per_cent\n"+
		"FAIL  test/test_level.c: test_beyond\n      test/test_level.c:13: assertion failed: level(2000) == 100\n")
	assert.Contains(t, out.String(), "ok    test/bench.txtar: the tank runs empty\n\n3 tests: 2 passed, 1 failed\n")
	assert.Empty(t, errs.String())
}

// A failed assertion, a failed check of Unity and abort() are told by the report with place and condition, on both engines alike, and
// without the folder of our own that the runner lies in.
func TestReportOfAssertions(t *testing.T) {
	needTool(t, "clang")
	needTool(t, "wasm-ld")
	needTool(t, "xtensa-lx106-elf-gcc")
	dir := t.TempDir()
	for name, text := range map[string]string{
		"user/user_main.c": "#include <stdlib.h>\nint twice(int n)\n{\n\tif (n > 9)\n\t\tabort();\n\treturn n + n;\n}\n" +
			"void user_init(void) {}\n",
		"test/test_it.c": "#include <assert.h>\nint twice(int n);\nvoid test_assert(void)\n{\n\tassert(twice(2) == 5);\n}\n" +
			"void test_abort(void) { twice(10); }\nvoid test_good(void) { assert(twice(2) == 4); }\n",
		// A frame of tests that says and ends as Unity does.
		"test/test_unity.c": "#define UNITY_FRAMEWORK_H\n" +
			"static struct { int CurrentTestFailed, CurrentTestIgnored, TestFailures, TestIgnores; } Unity;\n" +
			"static void UnityBegin(const char *file) {}\nstatic void say(const char *s) { for (; *s; s++) UNITY_OUTPUT_CHAR(*s); }\n" +
			"static void UnityDefaultTestRun(void (*run)(void), const char *name, int line) { run(); }\n" +
			"void test_check(void) { say(\"before\\ntest/test_unity.c:9:test_check:FAIL: Expected 5 Was 4\"); " +
			"Unity.CurrentTestFailed = 1; UNITY_TEST_ABORT(); }\n",
	} {
		require.NoError(t, os.MkdirAll(filepath.Join(dir, filepath.Dir(name)), 0o777))
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666))
	}
	t.Setenv("GITHUB_ACTIONS", "")
	for _, engine := range []string{"wasm", "lx106"} {
		var out, errs bytes.Buffer
		file := filepath.Join(t.TempDir(), "report.md")
		code := run([]string{"test", dir, "--cache", sharedCache, "--engine", engine, "--report", file}, &out, &errs)
		assert.Equal(t, exitFailed, code, errs.String())
		assert.Contains(t, out.String(), "4 tests: 1 passed, 3 failed")
		assert.Contains(t, out.String(), "test/test_it.c:5: assertion failed: twice(2) == 5")
		assert.Contains(t, out.String(), "test/test_unity.c:9: Expected 5 Was 4")
		assert.Contains(t, out.String(), "user/user_main.c:5: abort() is called")
		b, err := os.ReadFile(file)
		require.NoError(t, err)
		said := strings.ReplaceAll(string(b), `\_`, "_")
		for _, want := range []string{
			"**: assertion failed: twice(2) == 5", "Where: test/test_it.c:5\n", "**: abort() is called", "Where: user/user_main.c:5\n",
			"**the test failed: test/test_unity.c:9: Expected 5 Was 4**", "the test ended itself: test/test_unity.c:9:test_check:FAIL",
			"Where: test/test_unity.c:9\n",
		} {
			assert.Contains(t, said, want, engine)
		}
		for _, not := range []string{"unreachable", "function pointer", "emu8266_test_0", "emu8266_test.c"} {
			assert.NotContains(t, said, not, engine)
		}
	}
}

// Several at once say what one after the other say, in the same order: times apart.
func TestParallelTestsSayTheSame(t *testing.T) {
	needTool(t, "clang")
	needTool(t, "wasm-ld")
	_, dir := testPage(t)
	t.Setenv("GITHUB_ACTIONS", "")
	said := map[string]string{}
	for _, jobs := range []string{"1", "4"} {
		for _, form := range []string{"--json", "--tap", ""} {
			args := []string{"test", dir, "--cache", sharedCache, "--repeat", "5", "--seed", "40", "--jobs", jobs}
			if form != "" {
				args = append(args, form)
			}
			var out, errs bytes.Buffer
			require.Equal(t, exitFailed, run(args, &out, &errs), errs.String())
			text := regexp.MustCompile(`"seconds": [0-9.e-]+`).ReplaceAllString(out.String(), "")
			if form != "--json" { // it has a field for the seed
				assert.Equal(t, 5, strings.Count(text, "test_beyond (seed 4"), "each with its seed: %s", text)
			}
			if form == "--json" { // what is due at the end of the second that a test goes on for has happened
				assert.Equal(t, 5, strings.Count(text, `"output": "low\n"`), "each time: %s", text)
			}
			if form == "" {
				assert.Contains(t, text, "      again: emu8266 test --seed 44 --filter '^test/test_level\\.c: test_beyond$'\n")
			}
			if jobs == "1" {
				said[form] = text
			} else {
				assert.Equal(t, said[form], text)
			}
		}
	}
}

// The Unity that PlatformIO has fetched for the chosen environment is found and linked, its lines are not counted as the project's, and
// one of the tests' own goes before it.
func TestUnityOfPlatformIO(t *testing.T) {
	needTool(t, "clang")
	needTool(t, "wasm-ld")
	dir := tempProject(t, map[string]string{
		"emu8266.toml": "[platformio]\nenv = \"esp\"\n",
		"platformio.ini": "[env:esp]\nplatform = espressif8266\nframework = esp8266-nonos-sdk\nboard = esp12e\n" +
			"[env:before]\nplatform = espressif8266\nframework = esp8266-nonos-sdk\n",
		"src/main.c": "void user_init(void) {}\n",
		"test/test_a.c": "#include <assert.h>\n" +
			"#include \"unity.h\"\nvoid test_whose(void) { assert(unity_of() == 1); }\n",
		".pio/libdeps/esp/Unity/src/unity.h":    "int unity_of(void);\n",
		".pio/libdeps/esp/Unity/src/unity.c":    "#include \"unity.h\"\nint unity_of(void)\n{\n\treturn 1;\n}\n",
		".pio/libdeps/before/Unity/src/unity.h": "#error of another environment\n",
	})
	t.Setenv("GITHUB_ACTIONS", "")
	var out, errs bytes.Buffer
	assert.Equal(t, exitOK, run([]string{"test", dir, "--cache", sharedCache}, &out, &errs), "%s%s", &out, &errs)
	assert.Contains(t, out.String(), "ok    test/test_a.c: test_whose\n\n1 test: 1 passed\n100.0 % of the lines ran (1 of 1)\n")

	ini := filepath.Join(dir, "platformio.ini")
	was, err := os.ReadFile(ini)
	require.NoError(t, err)
	for libdeps, keys := range map[string]string{ // where its file says
		"fetched/libs": "libdeps_dir = ${platformio.workspace_dir}/libs\nworkspace_dir = fetched\n",
		"vendored":     "libdeps_dir = vendored\n",
		"work/libdeps": "workspace_dir = work\n",
	} {
		require.NoError(t, os.WriteFile(ini, []byte("[platformio]\n"+keys+string(was)), 0o666))
		at := filepath.Join(dir, filepath.FromSlash(libdeps))
		require.NoError(t, os.MkdirAll(filepath.Dir(at), 0o777))
		require.NoError(t, os.Rename(filepath.Join(dir, ".pio", "libdeps"), at))
		out.Reset()
		assert.Equal(t, exitOK, run([]string{"test", dir, "--cache", sharedCache}, &out, &errs), "%s: %s%s", libdeps, &out, &errs)
		assert.Contains(t, out.String(), "1 test: 1 passed\n100.0 % of the lines ran (1 of 1)\n")
		require.NoError(t, os.Rename(at, filepath.Join(dir, ".pio", "libdeps")))
	}
	require.NoError(t, os.WriteFile(ini, was, 0o666))
	own := filepath.Join(dir, "test", "unity")
	require.NoError(t, os.Mkdir(own, 0o777))
	require.NoError(t, os.WriteFile(filepath.Join(own, "unity.h"), []byte("#define unity_of() 2\n"), 0o666))
	out.Reset()
	assert.Equal(t, exitFailed, run([]string{"test", dir, "--cache", sharedCache}, &out, &errs))
	assert.Contains(t, out.String(), "assertion failed: unity_of() == 1")
}

// testPage returns docs/test.md and a folder with its project.
func testPage(t *testing.T) (page, dir string) {
	b, err := os.ReadFile(filepath.Join(repoRoot, "docs", "test.md"))
	require.NoError(t, err)
	page = strings.ReplaceAll(string(b), "\r\n", "\n")
	dir = t.TempDir()
	files := regexp.MustCompile("(?s)```\\w+ (\\S+)\n(.*?)```").FindAllStringSubmatch(page, -1)
	require.Len(t, files, 5)
	for _, f := range files {
		path := filepath.Join(dir, filepath.FromSlash(f[1]))
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o777))
		require.NoError(t, os.WriteFile(path, []byte(f[2]), 0o666))
	}
	return page, dir
}
