package build

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A confined build reads the project, the SDK and the compiler's own headers, and nothing else, for both engines; what it refuses it does
// not quote.
func TestConfined(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "secret.h")
	require.NoError(t, os.WriteFile(secret, []byte("# hush hush\nint answer = 42;\n"), 0o600))
	const empty = "void user_init(void) {}\n"
	quiet := filepath.Join(t.TempDir(), "quiet.h")
	require.NoError(t, os.WriteFile(quiet, []byte("int answer = 42;\n"), 0o600))
	const head = "#include <stdint.h>\n#include \"osapi.h\"\n#include \"own.h\"\n"
	for _, engine := range []string{EngineWasm, EngineLX106} {
		t.Run(engine, func(t *testing.T) {
			needTools(t)
			if engine == EngineLX106 {
				needGCC(t)
			}
			dir := tree(t, map[string]string{"user/own.h": "#define OWN 1\n", "user/user_main.c": ""})
			require.NoError(t, os.Symlink(quiet, filepath.Join(dir, "user", "link.h")))
			o := options(t, dir)
			o.Engine, o.Within, o.Output = engine, []string{dir}, filepath.Join(t.TempDir(), "out")
			for name, row := range map[string]struct {
				source string
				flags  []string
				want   string // "": it builds
			}{
				"the project's and the SDK's": {source: head + "void user_init(void) { __asm__ volatile(\"\"); }\n",
					flags: []string{"-Wextra", "-DX=1"}},
				"a broken file outside": {source: head + "#include \"" + secret + "\"\n" + empty, want: "secret.h"},
				"a whole file outside":  {source: head + "#include \"" + quiet + "\"\n" + empty, want: "quiet.h"},
				"a link":                {source: head + "#include \"link.h\"\n" + empty, want: "link.h"},
				"incbin":                {source: head + "__asm__(\".inc\"\n\"bin \\\"x\\\"\");\n" + empty, want: "incbin"},
				"incbin in an escape":   {source: head + "__asm__(\".\\x69ncbin \\\"x\\\"\");\n" + empty, want: `\x`},
				"embed":                 {source: head + "#ifdef NEVER\n# \\\nembed \"x\"\n#endif\n" + empty, want: "#embed"},
				"a forced header":       {source: empty, flags: []string{"-include", quiet}, want: "quiet.h"},
				"a plugin":              {source: empty, flags: []string{"-fplugin=x"}, want: "-fplugin=x"},
				"a file of flags":       {source: empty, flags: []string{"@" + quiet}, want: "@"},
				"flags for the linker":  {source: empty, flags: []string{"-Wl,x"}, want: "-Wl,x"},
			} {
				t.Run(name, func(t *testing.T) {
					require.NoError(t, os.WriteFile(filepath.Join(dir, "user", "user_main.c"), []byte(row.source), 0o600))
					o.CFlags = row.flags
					r, err := Build(t.Context(), o)
					if row.want == "" {
						require.NoError(t, err)
						return
					}
					require.ErrorIs(t, err, ErrOutside)
					assert.ErrorContains(t, err, row.want)
					assert.NotContains(t, err.Error()+r.Warnings, "hush")
				})
			}
			linked := []byte(head + "#include \"link.h\"\n" + empty)
			require.NoError(t, os.WriteFile(filepath.Join(dir, "user", "user_main.c"), linked, 0o600))
			o.CFlags, o.Within = nil, nil
			_, err := Build(t.Context(), o)
			require.NoError(t, err)
			o.Within = []string{dir}
			_, err = Build(t.Context(), o)
			assert.ErrorIs(t, err, ErrOutside, "also where the object is in the cache")
		})
	}
}
