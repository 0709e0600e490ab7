package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A linker script or a library of the SDK or the compiler that make wants and that is not there is made where it is in the copy, and said
// to be old elsewhere. What is the project's own, and what is there, is not.
func TestStandIn(t *testing.T) {
	work := t.TempDir()
	tree := &makeTree{work: work, copy: filepath.Join(work, "light")}
	require.NoError(t, os.MkdirAll(filepath.Join(tree.copy, "app"), 0o755))
	wants := func(depth, name, behind string) string {
		return "cc -c a.c\nmake" + depth + ": *** No rule to make target '" + name + "', needed by 'app.out'.  Stop.\n" + behind
	}
	app := filepath.Join(tree.copy, "app")
	left := "make[1]: Leaving directory '" + app + "'\nmake: *** [Makefile:309: .subdirs] Error 2\n"
	for _, c := range []struct {
		said, made string
		flags      []string
	}{
		{said: wants("", "ld/eagle.app.v6.app1.ld", ""), made: "light/ld/eagle.app.v6.app1.ld"},
		{said: wants("[1]", "../ld/eagle.app.v6.new.2048.ld", left), made: "light/ld/eagle.app.v6.new.2048.ld"},
		{said: wants("[1]", work+"/sdk/lib/libmain.a", left), made: "sdk/lib/libmain.a"},
		{said: wants("", "/opt/none/gcc/4.8.5/libgcc.a", ""), flags: []string{"-o", "/opt/none/gcc/4.8.5/libgcc.a"}},
	} {
		flags, ok := tree.standIn(c.said)
		assert.True(t, ok, c.said)
		assert.Equal(t, c.flags, flags)
		if c.made != "" {
			assert.FileExists(t, filepath.Join(work, c.made))
			_, ok = tree.standIn(c.said)
			assert.False(t, ok, "it is there now: %s", c.said)
		}
	}
	for _, said := range []string{
		"", "make: *** [Makefile:3: app.out] Error 1\n", wants("", "user/main.c", ""), wants("", "lib/libmine.a", ""),
		wants("[1]", "eagle.app.v6.ld", ""), wants("[1]", "eagle.app.v6.ld", "make[2]: Leaving directory '/x'\n"),
		wants("[1]", "/opt/none/libgcc.a", left), wants("", "../../eagle.app.v6.ld", "")} {
		flags, ok := tree.standIn(said)
		assert.False(t, ok && len(flags) == 0, said)
		assert.NoFileExists(t, filepath.Join(filepath.Dir(work), "eagle.app.v6.ld"))
	}
}
