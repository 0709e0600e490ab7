package mutants

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Site is one place of a Go file that can be broken: a comparison, the order of two conditions, or a number that is a constant or is
// compared with.
type Site struct {
	File     string // from the module's root, with slashes
	Line     int    // from 1
	Func     string // the function around it, "" outside of one
	Source   string // the line, without the white space around it
	Old, New string
	offset   int // of Old
}

// Key names the site without its line number, so that it stays when lines move.
func (s Site) Key() string { return fmt.Sprintf("%s | %s | %s -> %s", s.File, s.Source, s.Old, s.New) }

// String returns a line such as `espconn/port.go:46 nextPort: >= -> > | if port >= portSpan {`.
func (s Site) String() string {
	return fmt.Sprintf("%s:%d %s: %s -> %s | %s", s.File, s.Line, s.Func, s.Old, s.New, s.Source)
}

// Apply returns the file's content with the change.
func (s Site) Apply(root string) ([]byte, error) {
	b, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(s.File)))
	if err != nil {
		return nil, err
	}
	end := s.offset + len(s.Old)
	if end > len(b) || string(b[s.offset:end]) != s.Old {
		return nil, fmt.Errorf("mutants: %s has changed", s.File)
	}
	return append(append(append([]byte(nil), b[:s.offset]...), s.New...), b[end:]...), nil
}

// turned are the operators and what becomes of them.
var turned = map[token.Token]token.Token{
	token.LSS: token.LEQ, token.LEQ: token.LSS, token.GTR: token.GEQ, token.GEQ: token.GTR, token.EQL: token.NEQ, token.NEQ: token.EQL,
	token.LAND: token.LOR, token.LOR: token.LAND,
}

// Sites returns the sites of all files of a folder and those below it, tests and generated files left out, in the order of the tree.
func Sites(root, folder string) (list []Site, err error) {
	err = filepath.WalkDir(filepath.Join(root, filepath.FromSlash(folder)), func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go") {
			return err
		}
		rel, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		of, err := sitesOf(filepath.ToSlash(rel), name)
		list = append(list, of...)
		return err
	})
	return list, err
}

// sitesOf returns the sites of one file.
func sitesOf(rel, name string) (list []Site, err error) {
	src, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, name, src, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil || ast.IsGenerated(file) {
		return nil, err
	}
	lines := strings.Split(string(src), "\n")
	within := ""
	add := func(pos token.Pos, old, replaced string) {
		p := set.Position(pos)
		list = append(list, Site{File: rel, Line: p.Line, Func: within, Source: strings.TrimSpace(lines[p.Line-1]), Old: old, New: replaced,
			offset: p.Offset})
	}
	number := func(e ast.Expr) {
		lit, ok := e.(*ast.BasicLit)
		if !ok || lit.Kind != token.INT {
			return
		}
		if n, err := strconv.ParseInt(strings.ReplaceAll(lit.Value, "_", ""), 0, 32); err == nil {
			add(lit.Pos(), lit.Value, strconv.FormatInt(n+1, 10))
		}
	}
	for _, decl := range file.Decls {
		within = ""
		if f, ok := decl.(*ast.FuncDecl); ok {
			within = f.Name.Name
		}
		constant := false
		if g, ok := decl.(*ast.GenDecl); ok {
			constant = g.Tok == token.CONST
		}
		ast.Inspect(decl, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.BinaryExpr:
				if to, ok := turned[n.Op]; ok && !isNil(n.X) && !isNil(n.Y) {
					add(n.OpPos, n.Op.String(), to.String())
				}
				if n.Op.Precedence() == token.LSS.Precedence() {
					number(n.X)
					number(n.Y)
				}
			case *ast.ValueSpec:
				for _, v := range n.Values {
					if constant {
						number(v)
					}
				}
			}
			return true
		})
	}
	return list, nil
}

// isNil reports whether e is nil: a comparison with it the other way round fails at once.
func isNil(e ast.Expr) bool {
	id, ok := e.(*ast.Ident)
	return ok && id.Name == "nil"
}
