package scenario_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/cmd/internal/scenario"
	"github.com/emu8266/emu8266/emulator/cause"
)

var update = flag.Bool("update", false, "write the lessons' outputs")

// Each lesson's script comes true and prints what the lesson shows.
func TestLessons(t *testing.T) {
	files, err := filepath.Glob("../../../docs/lessons/[0-9]*.md")
	require.NoError(t, err)
	require.Len(t, files, 8)
	chinese, err := filepath.Glob("../../../docs/lessons/zh/[0-9]*.md")
	require.NoError(t, err)
	require.Len(t, chinese, 8)
	for _, file := range append(files, chinese...) {
		name := strings.TrimSuffix(filepath.Base(file), ".md")
		language := cause.English
		if filepath.Base(filepath.Dir(file)) == "zh" {
			name, language = "zh/"+name, cause.Chinese
		}
		t.Run(name, func(t *testing.T) {
			b, err := os.ReadFile(file)
			require.NoError(t, err)
			page := strings.ReplaceAll(string(b), "\r\n", "\n")
			_, script := block(t, page, "scenario")
			s, err := scenario.Parse(name, []byte("report: lesson\nlayer: lesson\n"+script))
			require.NoError(t, err)
			s.Language = language
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

// TestLessonsInChinese: a lesson's script has the same commands in both languages, and its page the same figures.
func TestLessonsInChinese(t *testing.T) {
	files, err := filepath.Glob("../../../docs/lessons/[0-9]*.md")
	require.NoError(t, err)
	figures := regexp.MustCompile(`-?\b0x[0-9A-Fa-f]+\b|-?\b\d[\d,.]*\b`)
	for _, file := range files {
		var commands, prose [2]string
		for i, path := range []string{file, filepath.Join(filepath.Dir(file), "zh", filepath.Base(file))} {
			b, err := os.ReadFile(path)
			require.NoError(t, err)
			page := strings.ReplaceAll(string(b), "\r\n", "\n")
			_, script := block(t, page, "scenario")
			for line := range strings.Lines(script) {
				if strings.HasPrefix(line, "-- fails: ") || strings.HasPrefix(line, "-- works: ") {
					line = line[:len("-- fails: ")] + "\n"
				}
				if !strings.HasPrefix(line, "title: ") {
					commands[i] += line
				}
			}
			_, output := block(t, page, "output")
			prose[i] = strings.NewReplacer(script, "", output, "").Replace(page)
		}
		assert.Equal(t, commands[0], commands[1], file)
		want, got := figures.FindAllString(prose[0], -1), figures.FindAllString(prose[1], -1)
		assert.ElementsMatch(t, want, got, file)
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
