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
