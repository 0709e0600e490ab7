package mutants

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A place that a test notices is killed by that test, one that is only come by survives, one that no test comes by is told; the files of
// the module stay as they are.
func TestSuite(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		require.NoError(t, os.MkdirAll(filepath.Join(dir, filepath.Dir(name)), 0o700))
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	write("go.mod", "module small\n\ngo 1.25\n")
	const source = `package rule

const limit = 3

func Fits(n int) bool { return n >= 0 && n < 8 }

func Sign(n int) int {
	if n > 0 {
		return 1
	}
	return 0
}

func Nobody(n int) bool { return n == 4 }
`
	write("rule/rule.go", source)
	write("rule/rule_test.go", `package rule

import "testing"

func TestFits(t *testing.T) {
	if !Fits(0) || !Fits(7) || Fits(8) {
		t.Fatal("bounds")
	}
}

func TestSign(t *testing.T) { Sign(1) }

func TestFails(t *testing.T) {
	Sign(2)
	t.Fatal("always")
}
`)
	sites, err := Sites(dir, "rule")
	require.NoError(t, err)
	overlay, err := Weave(dir, t.TempDir(), sites)
	require.NoError(t, err)
	suite, err := NewSuite(t.Context(), dir, t.TempDir(), overlay, "rule")
	require.NoError(t, err)
	failing, err := suite.Record(t.Context())
	require.NoError(t, err)
	assert.Equal(t, []string{"rule TestFails"}, failing)

	got := map[string]string{}
	for i, s := range sites {
		if !s.Woven() {
			continue
		}
		o, why, err := suite.Try(t.Context(), i, "rule")
		require.NoError(t, err)
		got[s.Func+" "+s.Old+" -> "+s.New] = string(o) + " " + why
	}
	assert.Equal(t, map[string]string{
		"Fits >= -> >":    "killed rule TestFits",
		"Fits 0 -> 1":     "killed rule TestFits",
		"Fits && -> ||":   "killed rule TestFits",
		"Fits < -> <=":    "killed rule TestFits",
		"Fits 8 -> 9":     "killed rule TestFits",
		"Sign > -> >=":    "survived ",
		"Sign 0 -> 1":     "survived ",
		"Nobody == -> !=": "not reached ",
		"Nobody 4 -> 5":   "not reached ",
	}, got, "of %d: a constant stands for itself", len(sites))
	assert.Len(t, sites, len(got)+1)

	o, _, err := suite.Only("other").Try(t.Context(), 0, "rule")
	require.NoError(t, err)
	assert.Equal(t, Unreached, o)
	b, err := os.ReadFile(filepath.Join(dir, "rule/rule.go"))
	require.NoError(t, err)
	assert.Equal(t, source, string(b))
	assert.Len(t, slices.Collect(maps.Keys(overlay)), 2, "the file, and the switches")
}
