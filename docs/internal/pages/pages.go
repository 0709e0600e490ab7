// Package pages is what the tests of the generated pages share: comparing a page with the committed one, and the names of
// the repository's tests that the rows of a page refer to.
package pages

import (
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

var update = flag.Bool("update", false, "write the generated pages")

// TB is the part of testing.TB that is needed.
type TB interface {
	Helper()
	Fatalf(format string, args ...any)
}

// Compare fails if a page differs from the committed file; with -update it writes the file. command is how to update it.
func Compare(t TB, file, want, command string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
			t.Fatalf("%v", err)
		}
	}
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v", err)
	}
	got := strings.Split(strings.ReplaceAll(string(b), "\r\n", "\n"), "\n")
	for i, line := range strings.Split(want, "\n") {
		if i >= len(got) || got[i] != line {
			have := "nothing"
			if i < len(got) {
				have = got[i]
			}
			t.Fatalf("%s:%d has\n%s\nwanted\n%s\nrun: %s", file, i+1, have, line, command)
		}
	}
	if n := strings.Count(want, "\n") + 1; len(got) != n {
		t.Fatalf("%s has %d lines, wanted %d; run: %s", file, len(got), n, command)
	}
}

// TestFunctions returns every test function below root as "folder: TestName".
func TestFunctions(t TB, root string) map[string]bool {
	t.Helper()
	known := map[string]bool{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && d.Name() == ".git":
			return fs.SkipDir
		case !strings.HasSuffix(path, "_test.go"):
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		folder, err := filepath.Rel(root, filepath.Dir(path))
		if err != nil {
			return err
		}
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil && strings.HasPrefix(f.Name.Name, "Test") {
				known[filepath.ToSlash(folder)+": "+f.Name.Name] = true
			}
		}
		return nil
	})
	if err != nil {
		t.Fatalf("%v", err)
	}
	return known
}

// ShownBy splits what a row says of its tests, "folder: TestA TestB; folder: TestC", into the names of TestFunctions.
func ShownBy(tests string) (out []string) {
	for _, part := range strings.Split(tests, ";") {
		folder, names, ok := strings.Cut(strings.TrimSpace(part), ": ")
		if !ok {
			continue
		}
		for _, name := range strings.Fields(names) {
			out = append(out, folder+": "+name)
		}
	}
	return out
}
