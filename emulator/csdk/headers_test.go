package csdk_test

import (
	"io/fs"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/emu8266/emu8266/emulator/csdk"
	"github.com/emu8266/emu8266/emulator/internal/cabi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// clang returns the compiler. Without one the test is skipped; in CI that is a failure.
func clang(t *testing.T) string {
	for _, name := range []string{"clang-14", "clang"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	if os.Getenv("CI") == "true" {
		t.Fatal("clang is missing: .ci/run installs it")
	}
	t.Skip("clang is not installed (Debian: apt install clang)")
	return ""
}

// Each header stands by itself, twice included, in C of 1999, and everything it declares exists here.
func TestHeaders(t *testing.T) {
	compiler := clang(t)
	var names []string
	require.NoError(t, fs.WalkDir(csdk.Headers(), ".", func(path string, d fs.DirEntry, err error) error {
		if !d.IsDir() {
			names = append(names, path)
		}
		return err
	}))
	require.Greater(t, len(names), 20)
	for _, version := range []string{"20000", "20100", "20200", "30000"} {
		for _, name := range names {
			cmd := exec.Command(compiler, "--target=wasm32-unknown-unknown", "-std=gnu99", "-fsyntax-only", "-Wall", "-Wextra", "-Werror",
				"-funsigned-char", "-U__SIZE_TYPE__", "-D__SIZE_TYPE__=unsigned", "-Wno-builtin-macro-redefined",
				"-Wno-incompatible-library-redeclaration",
				"-Iinclude", "-Ilibc",
				"-DEMU8266_SDK="+version, "-xc", "-")
			cmd.Stdin = strings.NewReader("#include \"" + name + "\"\n#include \"" + name + "\"\nint x;\n")
			out, err := cmd.CombinedOutput()
			assert.NoError(t, err, "%s of SDK %s: %s", name, version, out)
		}
	}
	for _, name := range names {
		text, err := fs.ReadFile(csdk.Headers(), name)
		require.NoError(t, err)
		for _, line := range strings.Split(string(text), "\n") {
			if declared, ok := strings.CutPrefix(line, "ESP_SDK "); ok {
				before, _, _ := strings.Cut(declared, "(")
				function := before[strings.LastIndexAny(before, " *")+1:]
				_, ok := cabi.Find(function)
				assert.True(t, ok, "%s declares %s", name, function)
			}
		}
	}
	_, err := fs.ReadFile(csdk.Runtime(), "rt.c")
	require.NoError(t, err)
}
