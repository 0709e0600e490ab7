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

// TestChineseOfLines: whatever a line can say has Chinese words, with the same figures; but for what is wrong with a
// scenario of our own library.
func TestChineseOfLines(t *testing.T) {
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	said := regexp.MustCompile(`(?:mistake|fmt\.Errorf|errors\.New)\(("(?:[^"\\]|\\.)*")`)
	verb := regexp.MustCompile(`%[ #0-9]*([a-z])`)
	samples := map[string]string{"d": "17", "x": "1f", "q": `"a text"`, "s": "xyzzy", "v": "10.0.0.7"}
	count := 0
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		source, err := os.ReadFile(file)
		require.NoError(t, err)
		for _, m := range said.FindAllSubmatch(source, -1) {
			format, err := strconv.Unquote(string(m[1]))
			require.NoError(t, err)
			if strings.Contains(format, "%w") || strings.HasPrefix(format, "scenario %s: ") {
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

	for file, want := range map[string][2]string{
		"connect\n":                         {"own: there is no take", "own：没有段"},
		"-- a --\nconnect\nprint \"x\n":     {"own, a, line 2: a quote is not closed", "own，a，第 2 行：引号没有结束"},
		"-- a [N=1..3] --\nconnect\n":       {"own, a [N=1..3]: no line has $N", "own，a [N=1..3]：没有一行含 $N"},
		"-- a [N=3..1] --\nset_size 1 $N\n": {`own, a [N=3..1]: "3..1": up to`, `own，a [N=3..1]："3..1"：需要最多`},
	} {
		_, err := Parse("own", []byte(file))
		require.Error(t, err)
		assert.Contains(t, Told(err, cause.English), want[0])
		assert.Contains(t, Told(err, cause.Chinese), want[1])
		assert.Equal(t, err.Error(), Told(err, cause.English))
	}

	s, err := Parse("own", []byte("-- a take --\nset-size 2000\nexpect status 9\n"))
	require.NoError(t, err)
	for l, want := range map[cause.Language]string{cause.English: "line 1, set-size 2000: there is no command",
		cause.Chinese: "第 1 行，set-size 2000：没有命令 \"set-size\""} {
		s.Language = l
		assert.ErrorContains(t, s.Play(0, &strings.Builder{}), want, fmt.Sprint(l))
	}
}
