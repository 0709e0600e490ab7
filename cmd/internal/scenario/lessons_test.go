package scenario_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/cmd/internal/scenario"
)

var update = flag.Bool("update", false, "write the lessons' outputs")

// Each lesson's script comes true and prints what the lesson shows.
func TestLessons(t *testing.T) {
	files, err := filepath.Glob("../../../docs/lessons/[0-9]*.md")
	require.NoError(t, err)
	require.Len(t, files, 8)
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".md")
		t.Run(name, func(t *testing.T) {
			b, err := os.ReadFile(file)
			require.NoError(t, err)
			page := strings.ReplaceAll(string(b), "\r\n", "\n")
			_, script := block(t, page, "scenario")
			s, err := scenario.Parse(name, []byte("report: lesson\nlayer: lesson\n"+script))
			require.NoError(t, err)
			var out bytes.Buffer
			synctest.Test(t, func(t *testing.T) {
				if err := s.Run(&out); err != nil {
					t.Errorf("%v\n%s", err, &out)
				}
			})
			_, want, _ := strings.Cut(out.String(), "\n\n") // without the title
			at, shown := block(t, page, "output")
			if *update && !t.Failed() {
				page = page[:at] + want + page[at+len(shown):]
				require.NoError(t, os.WriteFile(file, []byte(page), 0o644))
				return
			}
			assert.Equal(t, want, shown, "run: go test ./cmd/internal/scenario -update")
		})
	}
}

// block returns the text of a fenced block and where it begins.
func block(t *testing.T, page, kind string) (at int, text string) {
	t.Helper()
	fence := "```" + kind + "\n"
	i := strings.Index(page, fence)
	require.GreaterOrEqual(t, i, 0, kind)
	at = i + len(fence)
	n := strings.Index(page[at:], "```")
	require.GreaterOrEqual(t, n, 0)
	return at, page[at : at+n]
}
