package docs

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// inCode are the pieces of a page that are the same in every language: programs, commands, flags, names.
func inCode(page string) (out []string) {
	out = append(out, fence.FindAllString(page, -1)...)
	page = fence.ReplaceAllString(page, "")
	for line := range strings.Lines(page) {
		if code, ok := strings.CutPrefix(line, "    "); ok {
			code, _, _ = strings.Cut(code, "#") // a comment is in the page's language
			out = append(out, strings.TrimSpace(code))
		}
	}
	return out
}

// firstColumn are the cells in which a page's tables name commands.
func firstColumn(page string) (out []string) {
	for line := range strings.Lines(page) {
		if cell, ok := strings.CutPrefix(line, "| `emu8266 "); ok {
			cell, _, _ = strings.Cut(cell, " |")
			out = append(out, strings.ReplaceAll(cell, "、", ", "))
		}
	}
	return out
}

// The README in Chinese shows the same programs and commands as the English one, and the same exit codes.
func TestReadmeInChinese(t *testing.T) {
	english, err := os.ReadFile("../README.md")
	require.NoError(t, err)
	chinese, err := os.ReadFile("zh/README.md")
	require.NoError(t, err)
	assert.Equal(t, inCode(string(english)), inCode(string(chinese)))
	assert.Equal(t, firstColumn(string(english)), firstColumn(string(chinese)))
	codes := regexp.MustCompile(`[:：] ?0 (?s:.*?)42`)
	numbers := regexp.MustCompile(`\b\d+\b`)
	for page, text := range map[string]string{"README.md": string(english), "docs/zh/README.md": string(chinese)} {
		assert.Equal(t, []string{"0", "1", "2", "3", "42"}, numbers.FindAllString(codes.FindString(text), -1), page)
	}
}

// The program that the README shows is a test that runs.
func TestReadmeShowsTheBootExample(t *testing.T) {
	readme, err := os.ReadFile("../README.md")
	require.NoError(t, err)
	example, err := os.ReadFile("../examples/boot/boot_test.go")
	require.NoError(t, err)
	assert.True(t, strings.Contains(string(readme), "```go\n"+string(example)+"```\n"), "the README's program and examples/boot differ")
}
