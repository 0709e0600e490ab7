package mutants

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"math"
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
	from, to int // the expression around it that Weave can switch; 0 without one
}

// Woven reports whether Weave can switch the site: it lies in an expression whose value is computed while the program runs.
func (s Site) Woven() bool { return s.to > 0 }

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
	add := func(pos token.Pos, old, replaced string, around ast.Expr) {
		p := set.Position(pos)
		site := Site{File: rel, Line: p.Line, Func: within, Source: strings.TrimSpace(lines[p.Line-1]), Old: old, New: replaced,
			offset: p.Offset}
		if around != nil {
			site.from, site.to = set.Position(around.Pos()).Offset, set.Position(around.End()).Offset
		}
		list = append(list, site)
	}
	number := func(e, around ast.Expr) {
		lit, ok := e.(*ast.BasicLit)
		if !ok || lit.Kind != token.INT {
			return
		}
		if n, err := strconv.ParseInt(strings.ReplaceAll(lit.Value, "_", ""), 0, 32); err == nil {
			if n >= math.MaxInt8 && n&(n+1) == 0 {
				around = nil // the next one may not fit into the type, which must not end the compilation of all
			}
			add(lit.Pos(), lit.Value, strconv.FormatInt(n+1, 10), around)
		}
	}
	for _, decl := range file.Decls {
		within = ""
		if f, ok := decl.(*ast.FuncDecl); ok {
			within = f.Name.Name
		}
		constant := token.NoPos // the end of the constants that are declared here
		ast.Inspect(decl, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.GenDecl:
				if n.Tok == token.CONST {
					constant = n.End()
				}
			case *ast.BinaryExpr:
				var around ast.Expr
				if n.Pos() >= constant {
					around = n
				}
				if to, ok := turned[n.Op]; ok && !isNil(n.X) && !isNil(n.Y) {
					add(n.OpPos, n.Op.String(), to.String(), around)
				}
				if n.Op.Precedence() == token.LSS.Precedence() {
					number(n.X, around)
					number(n.Y, around)
				}
			case *ast.ValueSpec:
				for _, v := range n.Values {
					if v.End() <= constant {
						number(v, nil)
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
