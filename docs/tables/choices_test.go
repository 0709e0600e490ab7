// Package tables holds the generated pages and the tests that write them and keep them true.
package tables

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"sort"
	"strings"
	"testing"

	"github.com/emu8266/emu8266/docs/internal/pages"
	"github.com/stretchr/testify/require"
)

const root = "../.." // of the repository

// docs/tables/choices.md lists every comment of the code that marks a choice of ours or a difference from the chip.
func TestChoicesPageIsComplete(t *testing.T) {
	golden(t, "choices.md", choicesPage(t))
}

func golden(t *testing.T, file, want string) {
	t.Helper()
	pages.Compare(t, file, want, "go test ./docs/tables -update")
}

// testSupport are packages that only tests use.
var testSupport = map[string]bool{"oracle": true, "tlspeer": true, "testpki": true, "testdata": true}

type mark struct{ file, text string }

func choicesPage(t *testing.T) string {
	marks := map[string][]mark{"Choice": nil, "Deviation": nil}
	require.NoError(t, filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && strings.HasPrefix(d.Name(), ".") && d.Name() != filepath.Base(root):
			return fs.SkipDir
		case d.IsDir() && testSupport[d.Name()]:
			return fs.SkipDir
		case !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments)
		if err != nil {
			return err
		}
		if ast.IsGenerated(file) {
			return nil // what it copies stands elsewhere, too
		}
		name := filepath.ToSlash(strings.TrimPrefix(path, filepath.Clean(root)+string(filepath.Separator)))
		for _, group := range file.Comments {
			for _, p := range paragraphs(group) {
				for kind := range marks {
					if strings.Contains(strings.ReplaceAll(p, `"`+kind+`:"`, ""), kind+":") || strings.HasSuffix(p, kind+".") ||
						strings.Contains(p, " "+kind+". ") {
						marks[kind] = append(marks[kind], mark{name, p})
					}
				}
			}
		}
		return nil
	}))
	var b strings.Builder
	b.WriteString("# Choices and deviations\n\nGenerated from the code by `go test ./docs/tables -update`.\n")
	for _, section := range []struct{ kind, title, text string }{
		{"Deviation", "Deviations", "Where the emulator knowingly differs from the chip."},
		{"Choice", "Choices", "What the chip and its documentation leave open, and what we chose."},
	} {
		list := marks[section.kind]
		sort.SliceStable(list, func(i, j int) bool { return list[i].file < list[j].file })
		fmt.Fprintf(&b, "\n## %s\n\n%s\n\n| file | comment |\n|---|---|\n", section.title, section.text)
		for _, m := range list {
			fmt.Fprintf(&b, "| %s | %s |\n", m.file, strings.ReplaceAll(m.text, "|", "\\|"))
		}
	}
	return b.String()
}

// paragraphs returns a comment's paragraphs and list items, each as one line.
func paragraphs(group *ast.CommentGroup) []string {
	var out []string
	var cur []string
	flush := func() {
		if len(cur) > 0 {
			out = append(out, strings.Join(cur, " "))
			cur = nil
		}
	}
	for _, line := range strings.Split(group.Text(), "\n") {
		line = strings.TrimSpace(line)
		if line == "" {
			flush()
			continue
		}
		if rest, ok := strings.CutPrefix(line, "- "); ok {
			flush()
			line = rest
		}
		cur = append(cur, line)
	}
	flush()
	return out
}
