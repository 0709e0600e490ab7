package scenario

import (
	"errors"
	"fmt"
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

// TestChineseOfLines: whatever a line can say has Chinese words, with the same figures. What is wrong with a whole file, before a line is
// played, is left in English.
func TestChineseOfLines(t *testing.T) {
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	said := regexp.MustCompile(`(?:mistake|fmt\.Errorf|errors\.New)\(("(?:[^"\\]|\\.)*")`)
	verb := regexp.MustCompile(`%[ #0-9]*([a-z])`)
	samples := map[string]string{"d": "17", "x": "1f", "q": `"a text"`, "s": "xyzzy", "v": "10.0.0.7"}
	whole := map[string]bool{"parameter.go": true, "scenario.go": true}
	count := 0
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") || whole[file] {
			continue
		}
		source, err := os.ReadFile(file)
		require.NoError(t, err)
		for _, m := range said.FindAllSubmatch(source, -1) {
			format, err := strconv.Unquote(string(m[1]))
			require.NoError(t, err)
			if strings.Contains(format, "%w") {
				continue
			}
			count++
			text := verb.ReplaceAllStringFunc(format, func(v string) string { return samples[v[len(v)-1:]] })
			chinese := told(errors.New(text), cause.Chinese)
			assert.Regexp(t, `\p{Han}|^"a text"：`, chinese, "%s: %q has no words in chinese.go", file, format)
			for _, figure := range samples {
				assert.Equal(t, strings.Count(text, figure), strings.Count(chinese, figure), "%s: %q and %q", file, text, chinese)
			}
			assert.Equal(t, text, told(errors.New(text), cause.English))
		}
	}
	assert.Greater(t, count, 90)

	s, err := Parse("own", []byte("-- a take --\nset-size 2000\nexpect status 9\n"))
	require.NoError(t, err)
	for l, want := range map[cause.Language]string{cause.English: "line 1, set-size 2000: there is no command",
		cause.Chinese: "第 1 行，set-size 2000：没有命令 \"set-size\""} {
		s.Language = l
		assert.ErrorContains(t, s.Play(0, &strings.Builder{}), want, fmt.Sprint(l))
	}
}
