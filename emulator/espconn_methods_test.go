package emulator_test

import (
	"bytes"
	"flag"
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/printer"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write espconn.go")

// notSDK are methods of espconn.API that are no functions of the SDK: what firmware in C needs beside them.
var notSDK = []string{"Profile", "Regist", "LookUp", "SendNull", "SecureSendNull"}

// espconn.go declares each function of espconn.h as a method of SDK, with its comment, so that go doc finds it there. It is
// made from package espconn by this test with -update.
func TestEspconnMethods(t *testing.T) {
	const file = "espconn.go"
	want := espconnMethods(t)
	if *update {
		require.NoError(t, os.WriteFile(file, want, 0o644))
	}
	got, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, string(want), string(got), "run this test with -update")
}

func espconnMethods(t *testing.T) []byte {
	fset := token.NewFileSet()
	names, err := filepath.Glob("../espconn/*.go")
	require.NoError(t, err)
	var methods []*ast.FuncDecl
	declared := map[string]bool{} // types of package espconn
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(fset, name, nil, parser.ParseComments)
		require.NoError(t, err)
		for _, d := range f.Decls {
			switch d := d.(type) {
			case *ast.GenDecl:
				for _, s := range d.Specs {
					if s, ok := s.(*ast.TypeSpec); ok {
						declared[s.Name.Name] = true
					}
				}
			case *ast.FuncDecl:
				if d.Recv != nil && receiver(d) == "API" && d.Name.IsExported() && !slices.Contains(notSDK, d.Name.Name) {
					methods = append(methods, d)
				}
			}
		}
	}
	slices.SortFunc(methods, func(a, b *ast.FuncDecl) int { return strings.Compare(a.Name.Name, b.Name.Name) })
	var out bytes.Buffer
	out.WriteString(`// Code generated from package espconn by go test -run TestEspconnMethods -update; DO NOT EDIT.

package emulator

import "github.com/emu8266/emu8266/espconn"

`)
	for _, m := range methods {
		qualify(m.Type, declared)
		var sig bytes.Buffer
		require.NoError(t, printer.Fprint(&sig, fset, m.Type))
		var args []string
		for _, p := range m.Type.Params.List {
			for _, n := range p.Names {
				args = append(args, n.Name)
			}
		}
		ret := ""
		if m.Type.Results != nil {
			ret = "return "
		}
		for _, c := range m.Doc.List {
			fmt.Fprintln(&out, c.Text)
		}
		fmt.Fprintf(&out, "func (s *SDK) %s%s {\n\t%ss.board.Espconn().%s(%s)\n}\n\n", m.Name.Name, strings.TrimPrefix(sig.String(), "func"), ret, m.Name.Name,
			strings.Join(args, ", "))
	}
	b, err := format.Source(out.Bytes())
	require.NoError(t, err)
	return b
}

// receiver returns the name of a method's receiver type.
func receiver(d *ast.FuncDecl) string {
	x := d.Recv.List[0].Type
	if p, ok := x.(*ast.StarExpr); ok {
		x = p.X
	}
	if id, ok := x.(*ast.Ident); ok {
		return id.Name
	}
	return ""
}

// qualify puts the package before the names of types that it declares.
func qualify(n ast.Node, declared map[string]bool) {
	ast.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Field:
			qualify(n.Type, declared)
			return false // parameters may be named like types
		case *ast.Ident:
			if declared[n.Name] && n.IsExported() {
				n.Name = "espconn." + n.Name
			}
			return false
		}
		return true
	})
}
