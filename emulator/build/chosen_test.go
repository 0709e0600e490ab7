package build

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// GNU ld takes the same members of generated libraries. What is wanted and not there, or there twice, does not keep it from linking.
func TestChosenAsByGNULd(t *testing.T) {
	needGCC(t)
	dir := t.TempDir()
	run := func(name string, args ...string) {
		t.Helper()
		cmd := exec.Command("xtensa-lx106-elf-"+name, args...)
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, "%s %v: %s", name, args, out)
	}
	const programs, objects = 12, 10 // object 0 is in no library
	libraries := [][]int{{1, 2, 3, 4, 5}, {6, 7, 8, 9}}
	random := rand.New(rand.NewPCG(16, 2))
	of := func(i int) string { return fmt.Sprintf("o%d.o", i) }
	some := 0
	for range programs {
		all := make([]symbols, objects)
		for i := range objects {
			var text strings.Builder
			for _, name := range []string{"a", "b", "c", "d", "e", "f", "user_init"} {
				switch n := random.IntN(14); {
				case n < 3:
					fmt.Fprintf(&text, "\t.global %s\n\t.data\n%s:\t.word 1\n", name, name)
				case n < 5:
					fmt.Fprintf(&text, "\t.comm %s, 4\n", name)
				case n < 7:
					fmt.Fprintf(&text, "\t.data\n\t.word %s\n", name)
				case n < 8:
					fmt.Fprintf(&text, "\t.weak %s\n\t.data\n\t.word %s\n", name, name)
				}
			}
			require.NoError(t, os.WriteFile(filepath.Join(dir, "o.s"), []byte(text.String()), 0o644))
			run("as", "o.s", "-o", of(i))
			var err error
			all[i], err = elfSymbols(filepath.Join(dir, of(i)))
			require.NoError(t, err)
		}
		link := []string{"-Map", "map", "--unresolved-symbols=ignore-all", "-z", "muldefs", "-u", "user_init", of(0), "--start-group"}
		for n, members := range libraries {
			archive := fmt.Sprintf("lib%d.a", n)
			require.NoError(t, os.RemoveAll(filepath.Join(dir, archive)))
			args := []string{"rcs", archive}
			for _, i := range members {
				args = append(args, of(i))
			}
			run("ar", args...)
			link = append(link, archive)
		}
		run("ld", append(link, "--end-group", "-o", "out.elf")...)
		text, err := os.ReadFile(filepath.Join(dir, "map"))
		require.NoError(t, err)
		for i, taken := range chosen(all, libraries) {
			if i > 0 && taken {
				some++
			}
			assert.Equal(t, i == 0 || strings.Contains(string(text), "("+of(i)+")"), taken, "object %d of %+v", i, all)
		}
	}
	assert.Greater(t, some, programs, "members that are taken")
	assert.Less(t, some, programs*(objects-1), "and some that are not")
}
