package sdk_test

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
	"sort"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the generated files")

// notSDK are methods of espconn.API that are no functions of the SDK: what firmware in C needs beside them.
var notSDK = map[string]bool{"Profile": true, "Regist": true, "LookUp": true, "SendNull": true, "SecureSendNull": true,
	"LinkObjects": true}

// The methods of espconn.API are methods of the SDK, each declared here with its comment, so that a reader of the SDK's page
// finds them. This test writes the files and keeps them true.
func TestEspconnFunctions(t *testing.T) {
	for file, want := range espconnFiles(t) {
		if *update {
			require.NoError(t, os.WriteFile(file, want, 0o644))
			continue
		}
		got, err := os.ReadFile(file)
		require.NoError(t, err)
		if !bytes.Equal(want, got) {
			t.Errorf("%s does not follow package espconn: go test ./emulator/sdk -update", file)
		}
	}
}

// espconnFiles returns the generated files by name.
func espconnFiles(t *testing.T) map[string][]byte {
	paths, err := filepath.Glob("../../espconn/*.go")
	require.NoError(t, err)
	methods := map[string][]string{}
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		fset := token.NewFileSet()
		f, err := parser.ParseFile(fset, path, nil, parser.ParseComments)
		require.NoError(t, err)
		for _, d := range f.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || !ofAPI(fn) || !fn.Name.IsExported() || notSDK[fn.Name.Name] {
				continue
			}
			file := "espconn.go"
			for _, part := range []string{"Secure", "Mdns"} {
				if strings.HasPrefix(fn.Name.Name, part) {
					file = "espconn_" + strings.ToLower(part) + ".go"
				}
			}
			methods[file] = append(methods[file], method(t, fset, fn))
		}
	}
	out := map[string][]byte{}
	for file, list := range methods {
		sort.Strings(list)
		text := "// Code generated from package espconn by go test ./emulator/sdk -update; DO NOT EDIT.\n\npackage sdk\n\n" + "import ("
		body := strings.Join(list, "\n")
		for _, p := range [][2]string{{"net/netip", "netip."}, {"time", "time."}, {"", ""},
			{"github.com/emu8266/emu8266/espconn", "espconn."}} {
			if p[0] == "" {
				text += "\n"
			} else if strings.Contains(code(body), p[1]) {
				text += "\n\t\"" + p[0] + "\""
			}
		}
		b, err := format.Source([]byte(text + "\n)\n\n" + body))
		require.NoError(t, err, body)
		out[file] = b
	}
	return out
}

// code is the text without its comments.
func code(text string) string {
	var lines []string
	for _, l := range strings.Split(text, "\n") {
		if !strings.HasPrefix(l, "//") {
			lines = append(lines, l)
		}
	}
	return strings.Join(lines, "\n")
}

func ofAPI(fn *ast.FuncDecl) bool {
	if fn.Recv == nil {
		return false
	}
	star, ok := fn.Recv.List[0].Type.(*ast.StarExpr)
	if !ok {
		return false
	}
	id, ok := star.X.(*ast.Ident)
	return ok && id.Name == "API"
}

// method returns the SDK's method for one of the API's, with its comment.
func method(t *testing.T, fset *token.FileSet, fn *ast.FuncDecl) string {
	require.NotNil(t, fn.Doc, "%s has no comment", fn.Name.Name)
	var b strings.Builder
	for _, c := range fn.Doc.List {
		b.WriteString(c.Text + "\n")
	}
	var args []string
	for _, p := range fn.Type.Params.List {
		for _, n := range p.Names {
			a := n.Name
			if _, ok := p.Type.(*ast.Ellipsis); ok {
				a += "..."
			}
			args = append(args, a)
		}
	}
	qualify(fn.Type)
	var sig bytes.Buffer
	require.NoError(t, printer.Fprint(&sig, fset, fn.Type))
	ret := ""
	if fn.Type.Results != nil {
		ret = "return "
	}
	head := wrap("func (s *SDK) " + fn.Name.Name + strings.TrimPrefix(sig.String(), "func") + " {")
	fmt.Fprintf(&b, "%s %ss.board.Espconn().%s(%s) }\n", head, ret, fn.Name.Name, strings.Join(args, ", "))
	return b.String()
}

// wrap breaks a function's first line behind a parameter where it would have more than 140 columns.
func wrap(line string) string {
	const most = 140
	depth, end := 0, 0
	for i, r := range line {
		switch r {
		case '(':
			depth++
		case ')':
			depth--
		case ',':
			if depth == 1 && i < most {
				end = i + 1
			}
		}
	}
	if len(line) <= most || end == 0 {
		return line
	}
	return line[:end] + "\n\t" + strings.TrimSpace(line[end:])
}

// qualify puts the package's name before its types.
func qualify(n ast.Node) {
	ast.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			return false
		case *ast.Field:
			qualify(n.Type)
			return false
		case *ast.Ident:
			if n.IsExported() {
				n.Name = "espconn." + n.Name
			}
		}
		return true
	})
}
