package build

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator/wasm"
)

// needTools skips a test on a machine without clang and wasm-ld; in CI that is a failure.
func needTools(t *testing.T) {
	t.Helper()
	if _, err := findTools(t.Context(), &cache{dir: seeds}, t.TempDir(), "", ""); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
}

// testCache is a cache that has nothing but room.
func testCache(t *testing.T) *cache { return &cache{dir: t.TempDir()} }

// tree writes files into a new folder.
func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
	}
	return dir
}

// A project as there are many: folders, headers of its own that are named like the SDK's, names in other cases and with
// backslashes, functions that nobody declared or that are called in two ways, a callback without its argument.
var firmware = map[string]string{
	"user/user_main.c": `
#include "C_types.h"
#include "osapi.h"
#include "user_interface.h"
#include "driver\uart.h"
#include "Net/Link.H"
#include "string.h"
static os_timer_t timer;
static void tick(void) { os_printf("tick %d\n", link_state(ANSWER)); }
void user_init(void)
{
	os_printf("start %s %d\n", TEXT, (int)strlen("four"));
	undeclared(3);
	os_timer_setfn(&timer, (os_timer_func_t *)tick, NULL);
	os_timer_arm(&timer, 10, 1);
}
`,
	"user/other.c":           "#include <osapi.h>\nint undeclared(char c) { os_printf(\"undeclared %d\\n\", c); return 1; }\n",
	"net/link.c":             "#include \"net/link.h\"\n#include \"queue.h\"\nint link_state(int n) { return n + OWN_QUEUE; }\n",
	"include/net/link.h":     "int link_state(int n);\n",
	"include/driver/uart.h":  "#define ANSWER 40\n",
	"include/user_config.h":  "#define TEXT \"config\"\n",
	"include/queue.h":        "#define OWN_QUEUE 2\n",
	"tools/host.c":           "#include <sys/socket.h>\n",
	".hidden/broken.c":       "this is no C\n",
	"include/unused/README":  "not a header",
	"third/test_something.c": "this is no C either\n",
}

func options(t *testing.T, dir string) Options {
	return Options{
		Sources: []string{"."}, Dir: dir, Output: "out.wasm", Exclude: []string{"tools", "test_*"}, Cache: cacheDir(t),
	}
}

func TestBuild(t *testing.T) {
	needTools(t)
	dir := tree(t, firmware)
	o := options(t, dir)
	r, err := Build(t.Context(), o)
	require.NoError(t, err)
	assert.Equal(t, 3, r.Files)
	assert.Equal(t, 3, r.Compiled)
	assert.Empty(t, r.Missing)
	assert.Contains(t, r.Warnings, "undeclared")
	assert.Empty(t, r.Unfit)
	image, err := os.ReadFile(filepath.Join(dir, "out.wasm"))
	require.NoError(t, err)
	assert.Equal(t, r.Bytes, len(image))

	t.Run("nothing has changed", func(t *testing.T) {
		again, err := Build(t.Context(), o)
		require.NoError(t, err)
		assert.Zero(t, again.Compiled)
		assert.Empty(t, again.Warnings)
		same, err := os.ReadFile(filepath.Join(dir, "out.wasm"))
		require.NoError(t, err)
		assert.True(t, string(image) == string(same))
	})
	t.Run("another cache makes the same image", func(t *testing.T) {
		o := o
		o.Cache = t.TempDir()
		_, err := Build(t.Context(), o)
		require.NoError(t, err)
		same, err := os.ReadFile(filepath.Join(dir, "out.wasm"))
		require.NoError(t, err)
		assert.True(t, string(image) == string(same))
	})
	t.Run("a header has changed", func(t *testing.T) {
		require.NoError(t, os.WriteFile(filepath.Join(dir, "include/queue.h"), []byte("#define OWN_QUEUE 3\n"), 0o644))
		r, err := Build(t.Context(), o)
		require.NoError(t, err)
		assert.Equal(t, 1, r.Compiled, "only link.c includes it")
	})
	t.Run("a define and the checks", func(t *testing.T) {
		o := o
		o.Defines, o.Check = []string{"EXTRA=1"}, true
		r, err := Build(t.Context(), o)
		require.NoError(t, err)
		assert.Equal(t, 3, r.Compiled)
		checked, err := os.ReadFile(filepath.Join(dir, "out.wasm"))
		require.NoError(t, err)
		assert.Contains(t, string(checked), "esp_checks_addr")
	})
	t.Run("a mistake leaves the image", func(t *testing.T) {
		require.NoError(t, os.WriteFile(filepath.Join(dir, "user/other.c"), []byte("int x = ;\n"), 0o644))
		before, err := os.ReadFile(filepath.Join(dir, "out.wasm"))
		require.NoError(t, err)
		_, err = Build(t.Context(), o)
		require.ErrorContains(t, err, "expected expression")
		assert.ErrorContains(t, err, "other.c:1")
		after, err := os.ReadFile(filepath.Join(dir, "out.wasm"))
		require.NoError(t, err)
		assert.True(t, string(before) == string(after))
		left, err := filepath.Glob(filepath.Join(dir, ".out*"))
		require.NoError(t, err)
		assert.Empty(t, left)
	})
}

// What cannot be built, and what the errors say.
func TestBuildErrors(t *testing.T) {
	needTools(t)
	const main = "#include \"osapi.h\"\n"
	for _, tc := range []struct {
		name  string
		files map[string]string
		want  string
	}{
		{"no C file", map[string]string{"a.h": ""}, "no C file"},
		{"no user_init", map[string]string{"a.c": main + "int f(void) { return 1; }\n"}, "no user_init"},
		{"a function twice", map[string]string{"a.c": "void user_init(void) {}\n", "b.c": "void user_init(void) {}\n"}, "duplicate symbol"},
		{"data that nobody has", map[string]string{"a.c": main + "extern int x; " +
			"void user_init(void) { os_printf(\"%d\", x); }\n"}, "undefined symbol: x"},
		{"a header that nobody has", map[string]string{"a.c": "#include \"none.h\"\n"}, "none.h"},
		{"the SDK's type in another way", map[string]string{"a.c": "double os_random(void); " +
			"void user_init(void) { os_random(); }\n"}, "os_random"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			o := options(t, tree(t, tc.files))
			_, err := Build(t.Context(), o)
			require.ErrorContains(t, err, tc.want)
			assert.NoFileExists(t, filepath.Join(o.Dir, "out.wasm"))
		})
	}
}

// Every symbol that nobody has is told, and none twice in a file, however many places use it: the linker alone ends after 20 lines.
func TestMissingDataIsToldOnce(t *testing.T) {
	needTools(t)
	uses := strings.Repeat("\tos_printf(\"%d\", x);\n", 30)
	o := options(t, tree(t, map[string]string{"a.c": "#include \"osapi.h\"\nextern int x, y;\nvoid user_init(void)\n{\n" + uses +
		"\tos_printf(\"%d\", y);\n}\n"}))
	_, err := Build(t.Context(), o)
	require.ErrorContains(t, err, "undefined symbol: y")
	assert.Equal(t, 1, strings.Count(err.Error(), "undefined symbol: x\n"), err.Error())
}

func TestOptions(t *testing.T) {
	dir := tree(t, map[string]string{"a.c": "", "b.txt": ""})
	for name, o := range map[string]Options{
		"nothing":     {},
		"no output":   {Sources: []string{"a.c"}},
		"no such":     {Sources: []string{"none"}, Output: "x"},
		"not C":       {Sources: []string{"b.txt"}, Output: "x"},
		"version":     {Sources: []string{"a.c"}, Output: "x", Version: "9"},
		"bad pattern": {Sources: []string{"."}, Output: "x", Exclude: []string{"["}},
	} {
		o.Dir = dir
		_, err := Build(t.Context(), o)
		assert.Error(t, err, name)
		assert.NotErrorIs(t, err, ErrTools, name)
	}
}

// A file of an unimported function is listed, not refused.
func TestMissing(t *testing.T) {
	needTools(t)
	o := options(t, tree(t, map[string]string{"a.c": "void user_init(void) { no_such_function(1, 2); }\n"}))
	o.Sources = []string{"a.c"}
	r, err := Build(t.Context(), o)
	require.NoError(t, err)
	assert.Equal(t, []string{"no_such_function"}, r.Missing)
}

// What follows a name in the image may look like more of it.
func TestUnfitNames(t *testing.T) {
	assert.Equal(t, []string{"LED_on", "UTILS_StrToIP"}, unfit([]byte(
		"\x1d.LUTILS_StrToIP_bitcast_invalidI\x00\x16.LLED_on_bitcast_invalid\x02\x1d.LUTILS_StrToIP_bitcast_invalid.1")))
}

// Every version of the SDK's headers compiles.
func TestVersions(t *testing.T) {
	needTools(t)
	for v := range versions {
		o := options(t, tree(t, map[string]string{"a.c": "#include \"user_interface.h\"\n#include \"osapi.h\"\n" +
			"void user_init(void) { os_printf(\"%d\", EMU8266_SDK); }\n"}))
		o.Version = v
		_, err := Build(t.Context(), o)
		require.NoError(t, err, v)
	}
}

// The search for tools, over scripts that answer like them.
func TestFindTools(t *testing.T) {
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("no sh for the tools' scripts")
	}
	script := func(version, targets string) string {
		return "#!/bin/sh\ncase $1 in --version) echo '" + version + "';; *) echo '" + targets + "';; esac\n"
	}
	ld := func(v string) string { return script("LLD "+v+" (compatible with GNU linkers)", "") }
	for _, tc := range []struct {
		name  string
		files map[string]string
		clang string // found
		want  string // in the error
	}{
		{"nothing", nil, "", "no clang on PATH"},
		{"too old", map[string]string{"clang": script("clang version 11.0.1", "wasm32"), "wasm-ld": ld("11.0.1")}, "", "has version 11"},
		{"Apple's", map[string]string{"clang": script("Apple clang version 16.0.0", "x86-64"), "wasm-ld": ld("16.0.0")},
			"", "cannot make WebAssembly"},
		{"no linker", map[string]string{"clang": script("clang version 18.1.0", "wasm32")}, "", "no wasm-ld of version 18"},
		{"an older linker", map[string]string{"clang": script("clang version 18.1.0", "wasm32"), "wasm-ld": ld("14.0.6")},
			"", "no wasm-ld of version 18"},
		{"numbered", map[string]string{"clang-19": script("Debian clang version 19.1.7", "wasm32"), "wasm-ld-19": ld("19.1.7")},
			"clang-19", ""},
		{"the second fits", map[string]string{
			"clang": script("clang version 18.1.0", "wasm32"), "clang-15": script("clang version 15.0.0", "wasm32"),
			"wasm-ld-15": ld("15.0.0"),
		}, "clang-15", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			dir := t.TempDir()
			for name, text := range tc.files {
				require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o755))
			}
			t.Setenv("PATH", dir)
			got, err := findTools(t.Context(), testCache(t), t.TempDir(), "", "")
			if tc.want == "" {
				require.NoError(t, err)
				assert.Equal(t, tc.clang, filepath.Base(got.(*programs).paths["clang"]))
				return
			}
			require.ErrorIs(t, err, ErrTools)
			assert.ErrorContains(t, err, tc.want)
			assert.ErrorContains(t, err, "apt install clang lld")
		})
	}
}

// What nobody used for long is deleted, and nothing that is not the cache's.
func TestPrune(t *testing.T) {
	c, err := openCache(t.TempDir())
	require.NoError(t, err)
	long := time.Now().Add(-2 * keep)
	for _, name := range []string{"old.o", "new.o", "mine.txt"} {
		path := filepath.Join(c.dir, name)
		require.NoError(t, os.WriteFile(path, nil, 0o644))
		if !strings.HasPrefix(name, "new") {
			require.NoError(t, os.Chtimes(path, long, long))
		}
	}
	require.NoError(t, c.prune())
	assert.NoFileExists(t, filepath.Join(c.dir, "old.o"))
	assert.FileExists(t, filepath.Join(c.dir, "new.o"))
	assert.FileExists(t, filepath.Join(c.dir, "mine.txt"))
	assert.DirExists(t, c.sdk)
}

// The image of a project boots, with the project's own headers before the SDK's.
func TestBoot(t *testing.T) {
	needTools(t)
	dir := tree(t, firmware)
	_, err := Build(t.Context(), options(t, dir))
	require.NoError(t, err)
	image, err := wasm.LoadFile(filepath.Join(dir, "out.wasm"))
	require.NoError(t, err)
	defer image.Close()
	boot(t, image, "start config 4\n", "undeclared 3\n", "tick 42\n")
}
