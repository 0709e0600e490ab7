package playground

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator/cause"
)

// TestChineseErrors: whatever this package says of a request has Chinese words, with the same figures, and so has a script that is none.
func TestChineseErrors(t *testing.T) {
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	said := regexp.MustCompile(`(?:fmt\.Errorf|errors\.New)\(("(?:[^"\\]|\\.)*")`)
	count := 0
	for _, file := range files {
		source, err := os.ReadFile(file)
		require.NoError(t, err)
		for _, m := range said.FindAllSubmatch(source, -1) {
			format, err := strconv.Unquote(string(m[1]))
			require.NoError(t, err)
			if strings.HasSuffix(file, "_test.go") || strings.Contains(format, "%w") {
				continue
			}
			count++
			text := strings.NewReplacer("%d", "17", "%q", `"xyzzy"`).Replace(format)
			chinese := told(errors.New(text), cause.Chinese)
			assert.Regexp(t, `\p{Han}`, chinese, "%s: %q has no words in chinese.go", file, format)
			for _, figure := range []string{"17", "xyzzy"} {
				assert.Equal(t, strings.Count(text, figure), strings.Count(chinese, figure), "%s: %q and %q", file, text, chinese)
			}
			assert.Equal(t, text, told(errors.New(text), cause.English))
		}
	}
	assert.Greater(t, count, 8)
	for text, want := range map[string]string{
		"connect\n":                  "my.txtar：没有段",
		"-- a --\nconnect \"\n":      "my.txtar，a，第 1 行：引号没有结束",
		"-- a --\npeer tls\nconnekt": "第 2 行，connekt：没有命令",
	} {
		a := Do(Request{Verb: "scenario", Name: "my.txtar", Text: text, Language: "zh"}, nil)
		assert.True(t, a.Failed)
		assert.Contains(t, a.Text, want)
	}
}
