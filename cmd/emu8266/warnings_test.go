package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A build with few warnings shows all that the compiler says; one with many shows the first, whole, and counts the rest.
func TestFewWarnings(t *testing.T) {
	said := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "In file included from a.c:1:\na.h:%d:1: warning: number %d\n  int x;\n      ^\n", i, i)
			b.WriteString("a.h:1:1: note: here\n1 warning generated.\n")
		}
		return b.String()
	}
	assert.Equal(t, said(warningsShown), fewWarnings(said(warningsShown)))
	for _, more := range []int{1, 30} {
		lines := strings.Split(strings.TrimSpace(fewWarnings(said(warningsShown+more))), "\n")
		require.Len(t, lines, 5*warningsShown+1)
		assert.Equal(t, "a.h:1:1: note: here", lines[len(lines)-2], "the last warning is whole")
		assert.True(t, strings.HasPrefix(lines[len(lines)-1], fmt.Sprintf("emu8266: %d more warning", more)), lines[len(lines)-1])
	}
}

// The warnings that mean a crash are among those shown wherever they stand, and first, with their own lines; the others keep their order.
func TestWarningsOfCrashesFirst(t *testing.T) {
	var said strings.Builder
	for i := range 2 * warningsShown {
		fmt.Fprintf(&said, "a.c:%d:1: warning: unused variable 'v' [-Wunused-variable]\n  int v;\n", i)
		fmt.Fprintf(&said, "a.c:%d:2: warning: format specifies type 'unsigned int' but the argument has type 'long' [-Wformat]\n", i)
	}
	crashes := []string{
		"b.c:1:1: warning: format specifies type 'char *' but the argument has type 'int' [-Wformat]\n  os_printf(s, n);\n",
		"In file included from b.c:1:\nb.h:2:1: warning: call to undeclared function 'f' [-Wimplicit-function-declaration]\n  f();\n",
		"b.c:3:1: warning: incompatible pointer types passing 'int *' to parameter [-Wincompatible-pointer-types]\n",
		"b.c:4:1: warning: incompatible function pointer types passing 'f' [-Wincompatible-function-pointer-types]\n",
		"b.c:5:1: warning: incompatible integer to pointer conversion [-Wint-conversion]\n",
		"b.c: In function 'g':\nb.c:6:1: warning: format '%s' expects argument of type 'char *', " +
			"but argument 2 has type 'int' [-Wformat=]\n",
	}
	shown := fewWarnings(said.String() + strings.Join(crashes, ""))
	rest, ok := strings.CutPrefix(shown, strings.Join(crashes, ""))
	require.True(t, ok, shown)
	assert.True(t, strings.HasPrefix(rest, "a.c:0:1: warning: unused variable"), rest)
	assert.Equal(t, warningsShown, strings.Count(shown, ": warning: "))
	assert.Contains(t, rest, fmt.Sprintf("emu8266: %d more warnings", 4*warningsShown+len(crashes)-warningsShown))
}

// Submodules that were not fetched are named, wherever in the work tree the project lies.
func TestEmptySubmodules(t *testing.T) {
	dir := t.TempDir()
	project := filepath.Join(dir, "firmware", "app")
	for _, d := range []string{".git", "firmware/app", "lib/empty", "lib/full"} {
		require.NoError(t, os.MkdirAll(filepath.Join(dir, d), 0o755))
	}
	assert.Empty(t, emptySubmodules(project), "no .gitmodules")
	require.NoError(t, os.WriteFile(filepath.Join(dir, "lib/full/a.h"), nil, 0o644))
	require.NoError(t, os.WriteFile(filepath.Join(dir, ".gitmodules"), []byte(`[submodule "a"]
	path = lib/empty
	url = x
[submodule "b"]
	path = lib/full
[submodule "c"]
	path="lib/missing"
[submodule "d"]
	path = ../outside
`), 0o644))
	assert.Equal(t, []string{"lib/empty", "lib/missing"}, emptySubmodules(project))
	var b bytes.Buffer
	saySubmodules(&b, project)
	assert.Contains(t, b.String(), "lib/empty, lib/missing; git submodule update --init --recursive")
	assert.Empty(t, emptySubmodules(t.TempDir()))
}
