package engines_test

import (
	"os"
	"path"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// source is how a firmware is built.
type source struct {
	path    string // of a C file or a folder, from the repository's root
	defines []string
	test    bool // for unit tests
	check   bool // with memory checks, which are WebAssembly's
}

// sources reads testdata/firmware/build.sh: its lines "firmware NAME SOURCE [FLAGS]", also inside a loop "for VERSION in 1 2 3" and
// in a folder, "(cd DIR && firmware NAME SOURCE)".
func sources(tb testing.TB) map[string]source {
	tb.Helper()
	script, err := os.ReadFile("../../testdata/firmware/build.sh")
	require.NoError(tb, err)
	all := map[string]source{}
	variable, values := "", []string{""}
	for _, line := range strings.Split(string(script), "\n") {
		words := strings.Fields(strings.NewReplacer(";", " ", "(", " ", ")", " ").Replace(line))
		dir := ""
		if len(words) > 3 && words[0] == "cd" && words[2] == "&&" {
			dir, words = words[1], words[3:]
		}
		switch {
		case len(words) > 3 && words[0] == "for" && words[2] == "in":
			variable, values = words[1], words[3:len(words)-1] // do
		case len(words) == 1 && words[0] == "done":
			variable, values = "", []string{""}
		case len(words) >= 3 && words[0] == "firmware":
			for _, v := range values {
				filled, in := words[1:], dir
				if variable != "" {
					filled = strings.Fields(strings.ReplaceAll(strings.Join(filled, " "), "$"+variable, v))
					in = strings.ReplaceAll(in, "$"+variable, v)
				}
				s := source{path: path.Join(in, filled[1])}
				for n := 2; n < len(filled); n++ {
					switch flag := filled[n]; {
					case flag == "--test":
						s.test = true
					case flag == "--check":
						s.check = true
					case flag == "-D" && n+1 < len(filled):
						n++
						s.defines = append(s.defines, filled[n])
					case strings.HasPrefix(flag, "-D"):
						s.defines = append(s.defines, flag[2:])
					default:
						tb.Fatalf("build.sh: this test does not know %s", flag)
					}
				}
				all[filled[0]] = s
			}
		}
	}
	require.NotEmpty(tb, all)
	return all
}
