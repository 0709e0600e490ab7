package wasm

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// clangMajor is the compiler that made the images in testdata/firmware: build.sh names it.
const clangMajor = "14"

// clang returns the compiler that build.sh takes, and its major version. Without one the test is skipped; in CI that is
// a failure.
func clang(t *testing.T) (path, major string) {
	tools := map[string]string{}
	for _, tool := range []string{"clang", "wasm-ld", "bash"} {
		p, err := exec.LookPath(tool + "-" + clangMajor)
		if err != nil {
			p, err = exec.LookPath(tool)
		}
		if err != nil {
			if os.Getenv("CI") == "true" {
				t.Fatalf("%s is missing: .ci/run installs it", tool)
			}
			t.Skipf("%s is not installed (Debian: apt install clang lld)", tool)
		}
		tools[tool] = p
	}
	out, err := exec.Command(tools["clang"], "-dumpversion").Output()
	require.NoError(t, err)
	major, _, _ = strings.Cut(strings.TrimSpace(string(out)), ".")
	return tools["clang"], major
}

// long makes the tests that take many images or arguments take all: go test ./emulator/wasm -long.
var long = flag.Bool("long", false, "build every image of testdata/firmware; every hostile argument")

// The images in testdata/firmware are what the sources and the headers make: byte for byte with the same compiler,
// otherwise by what they do. Without -long three of them are built.
func TestRebuild(t *testing.T) {
	_, major := clang(t)
	dir := t.TempDir()
	args := []string{filepath.FromSlash("../../testdata/firmware/build.sh"), dir}
	names := []string{"machine", "hello-tls-4096", "unit"}
	if !*long {
		args = append(args, names...)
	}
	out, err := exec.Command("bash", args...).CombinedOutput()
	require.NoError(t, err, "%s", out)
	assert.Empty(t, string(out), "warnings")
	built, err := filepath.Glob(filepath.Join(dir, "*.wasm"))
	require.NoError(t, err)
	prebuilt, err := filepath.Glob("../../testdata/firmware/*.wasm")
	require.NoError(t, err)
	if *long {
		require.Equal(t, len(prebuilt), len(built), "an image that nobody builds")
	} else {
		require.Equal(t, len(names), len(built))
	}
	for _, path := range built {
		got, err := os.ReadFile(path)
		require.NoError(t, err)
		if major == clangMajor {
			want, err := os.ReadFile(filepath.Join("../../testdata/firmware", filepath.Base(path)))
			require.NoError(t, err)
			assert.True(t, string(want) == string(got), "%s is not what its source makes: run testdata/firmware/build.sh",
				filepath.Base(path))
		}
		image, err := Load(got)
		require.NoError(t, err, path)
		assert.Empty(t, image.Missing())
		if filepath.Base(path) == "machine.wasm" {
			AssertMachine(t, image)
		}
		require.NoError(t, image.Close())
	}
}
