package build

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// needGCC skips a test on a machine without the compiler for the LX106; in CI that is a failure.
func needGCC(t *testing.T) {
	t.Helper()
	if _, err := findGCC(t.Context(), &cache{dir: seeds}, ""); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
}

// counted counts the calls of another toolchain.
type counted struct {
	Toolchain
	runs atomic.Int64
}

func (c *counted) Run(ctx context.Context, command Command) ([]byte, string, error) {
	c.runs.Add(1)
	return c.Toolchain.Run(ctx, command)
}

// A build over a toolchain that it is given asks it for nothing that it knows already, whatever is built, and again for all that another
// file, another flag, another name or another compiler changes.
func TestNothingIsRunTwice(t *testing.T) {
	for _, engine := range []string{EngineWasm, EngineLX106} {
		t.Run(engine, func(t *testing.T) {
			c := testCache(t)
			var found Toolchain
			var err error
			if engine == EngineLX106 {
				needGCC(t)
				found, err = findGCC(t.Context(), c, "")
			} else {
				needTools(t)
				found, err = findTools(t.Context(), c, t.TempDir(), "", "")
			}
			require.NoError(t, err)
			tools := &counted{Toolchain: found}
			dir := tree(t, map[string]string{
				"user/a.c":       "#include \"osapi.h\"\n#include \"low.h\"\nvoid user_init(void) { os_printf(\"%d\", LOW + none()); }\n",
				"user/b.c":       "int b;\n",
				"include/low.h":  "#include \"high.h\"\n#define LOW HIGH\n",
				"include/high.h": "#define HIGH 1\n",
			})
			o := options(t, dir)
			o.Engine, o.Tools = engine, tools
			build := func() (r Result, runs int64) {
				t.Helper()
				before := tools.runs.Load()
				r, err := Build(t.Context(), o)
				require.NoError(t, err)
				return r, tools.runs.Load() - before
			}
			first, runs := build()
			assert.Equal(t, 2, first.Compiled)
			assert.Equal(t, []string{"none"}, first.Missing)
			assert.Positive(t, runs)
			image, err := os.ReadFile(filepath.Join(dir, "out.wasm"))
			require.NoError(t, err)
			quiet := func() {
				t.Helper()
				again, runs := build()
				assert.Zero(t, runs)
				assert.Zero(t, again.Compiled)
				assert.Equal(t, first.Missing, again.Missing, "what the image lacks is told each time")
			}
			quiet()
			same, err := os.ReadFile(filepath.Join(dir, "out.wasm"))
			require.NoError(t, err)
			assert.Equal(t, image, same)

			require.NoError(t, os.WriteFile(filepath.Join(dir, "include/high.h"), []byte("#define HIGH 2\n"), 0o644))
			r, runs := build()
			assert.Equal(t, 1, r.Compiled, "only a.c includes it")
			assert.Positive(t, runs)
			quiet()

			require.NoError(t, os.WriteFile(filepath.Join(dir, "user/high.h"), []byte("#define HIGH 3\n"), 0o644))
			require.NoError(t, os.Remove(filepath.Join(dir, "include/high.h")))
			r, _ = build()
			assert.Equal(t, 1, r.Compiled, "a header of that name is elsewhere now")
			quiet()

			o.CFlags = []string{"-DHIGH_FLAG"}
			r, _ = build()
			assert.Equal(t, 2, r.Compiled, "another flag")
			quiet()

			tools.Toolchain = another{found}
			r, _ = build()
			assert.Equal(t, 2, r.Compiled, "another compiler")
			quiet()
		})
	}
}

// another is the same toolchain under another version.
type another struct{ Toolchain }

func (a another) Version() (string, int) {
	text, major := a.Toolchain.Version()
	return text + " patched", major
}

// A compiler that is a script is another one as soon as its text is.
func TestScriptsAreReadEachTime(t *testing.T) {
	needTools(t)
	c := testCache(t)
	found, err := findTools(t.Context(), c, t.TempDir(), "", "")
	require.NoError(t, err)
	wrapper := filepath.Join(t.TempDir(), "cc")
	dir := tree(t, map[string]string{"a.c": "#include \"osapi.h\"\n#ifndef FROM\n#define FROM 0\n#endif\n" +
		"void user_init(void) { os_printf(\"%d\", FROM); }\n"})
	o := options(t, dir)
	o.Clang = wrapper
	for i, flag := range []string{"", "-DFROM=2"} {
		text := "#!/bin/sh\nexec " + found.(*programs).paths["clang"] + " \"$@\" " + flag + "\n"
		require.NoError(t, os.WriteFile(wrapper, []byte(text), 0o755))
		r, err := Build(t.Context(), o)
		require.NoError(t, err)
		assert.Equal(t, 1, r.Compiled, "build %d", i)
	}
}

// Flags of the options and of a file come last, and those of a file count for it alone.
func TestFlagsOfFiles(t *testing.T) {
	needTools(t)
	dir := tree(t, map[string]string{
		"a.c": "#include \"osapi.h\"\n#include \"name.h\"\nextern const char *b(void);\n" +
			"void user_init(void) { os_printf(NAME \"%s\", b()); }\n",
		"b.c":      "#include \"name.h\"\nconst char *b(void) { int unused; return NAME; }\n",
		"x/name.h": "#define NAME \"of x \" VALUE\n",
		"y/name.h": "#define NAME \"of y \" VALUE\n",
	})
	o := options(t, dir)
	o.Sources, o.Defines = nil, []string{`VALUE="all"`}
	o.Files = []File{{Source: "a.c", Includes: []string{"x"}},
		{Source: "b.c", Includes: []string{"y"}, Flags: []string{"-Wno-unused-variable"}}}
	r, err := Build(t.Context(), o)
	require.NoError(t, err)
	assert.Equal(t, 2, r.Files)
	assert.NotContains(t, r.Warnings, "unused")
	image, err := os.ReadFile(filepath.Join(dir, "out.wasm"))
	require.NoError(t, err)
	assert.Contains(t, string(image), "of x all")
	assert.Contains(t, string(image), "of y all")

	o.CFlags = []string{"-Werror", "-Wunused-variable"}
	o.Files[1].Flags = nil
	_, err = Build(t.Context(), o)
	require.ErrorContains(t, err, "unused variable")
	assert.Equal(t, 1, strings.Count(err.Error(), "error:"))

	o.Files = []File{{Source: "none.c"}}
	_, err = Build(t.Context(), o)
	require.ErrorContains(t, err, "none.c")
	o.Files = []File{{Source: "x"}}
	_, err = Build(t.Context(), o)
	require.ErrorContains(t, err, "not a C file")
}
