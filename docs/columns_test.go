package docs

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// columnsMax is the greatest width of a line of Go, in characters; a tab counts as four.
const columnsMax = 140

// No line of Go is too wide, but for what cannot be broken: the text of raw strings, struct tags among them, and the expected
// output of examples. Files that are made wrap what they write.
func TestColumns(t *testing.T) {
	files := 0
	everyFile(t, func(path string, content []byte) {
		if filepath.Ext(path) != ".go" {
			return
		}
		files++
		for _, n := range wideLines(t, path, string(content)) {
			assert.Fail(t, "a line is too wide", "%s:%d has more than %d columns", path, n, columnsMax)
		}
	})
	assert.Greater(t, files, 300)
}

// wideLines returns the numbers of the lines of a Go file that are too wide.
func wideLines(t *testing.T, path, content string) (wide []int) {
	t.Helper()
	if !tooWide(content) {
		return nil
	}
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, path, content, parser.ParseComments)
	require.NoError(t, err)
	lines := strings.Split(content, "\n")
	free := map[int]int{} // by line: columns that do not count
	ast.Inspect(file, func(n ast.Node) bool {
		if lit, ok := n.(*ast.BasicLit); ok && strings.HasPrefix(lit.Value, "`") {
			first := set.Position(lit.Pos()).Line
			for i, text := range strings.Split(lit.Value, "\n") {
				free[first+i] += columns(text)
			}
		}
		return true
	})
	for _, g := range file.Comments {
		text := strings.ToLower(g.Text())
		if !strings.Contains(text, "output:\n") {
			continue
		}
		for n := set.Position(g.Pos()).Line; n <= set.Position(g.End()).Line; n++ {
			free[n] += columns(lines[n-1])
		}
	}
	for i, line := range lines {
		if columns(line)-free[i+1] > columnsMax {
			wide = append(wide, i+1)
		}
	}
	return wide
}

// tooWide says that any line of the text is, of whatever kind.
func tooWide(content string) bool {
	for line := range strings.Lines(content) {
		if columns(strings.TrimSuffix(line, "\n")) > columnsMax {
			return true
		}
	}
	return false
}

func columns(s string) int { return utf8.RuneCountInString(s) + 3*strings.Count(s, "\t") }

// The test of the test: what counts and what does not.
func TestWideLines(t *testing.T) {
	long := strings.Repeat("x", columnsMax)
	assert.Equal(t, []int{2, 3, 9}, wideLines(t, "a.go", "package a\n// "+long+"\nvar a = \""+long+"\"\nvar b = `"+long+"`\nvar c = `\n"+
		long+long+"\n`\n/* fine */ var d = 0\nvar e = `short` +\""+long+"\"\n"))
	assert.Empty(t, wideLines(t, "a.go", "package a\n\nfunc ExampleA() {\n\t// Output:\n\t// "+long+"\n}\n"))
	assert.Equal(t, []int{1}, wideLines(t, "a.go", strings.Repeat("\t", 35)+"package a\n"))
	assert.Empty(t, wideLines(t, "a.go", "package a // "+strings.Repeat("字", 100)+"\n"))
}
