package decode

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator/cause"
	"github.com/emu8266/emu8266/emulator/trace"
)

func event0(id cause.ID) trace.Event { return trace.Event{Name: string(id)} }

func hasHan(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return unicode.Is(unicode.Han, r) })
}

// verb is a place for a value; its index, if it has one, is not compared.
var (
	verb     = regexp.MustCompile(`%(?:0?8)?(?:\[\d\])?[a-z]`)
	index    = regexp.MustCompile(`\[\d\]`)
	letters2 = regexp.MustCompile(`[a-z]{2}`)
	names    = strings.NewReplacer("axTLS", "", "station", "", "soft-AP", "") // the SDK's words, the same in both languages
)

// sdkOwn are names of meanings that are the SDK's: nothing, or a callback and its number.
var sdkOwn = regexp.MustCompile(`^$|^disconnect$|^reconnect, -?\d+$|^mbed TLS$`)

// text returns what a string expression of a words literal says.
func text(e ast.Expr) (string, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		s, err := strconv.Unquote(e.Value)
		return s, err == nil
	case *ast.BinaryExpr:
		a, ok := text(e.X)
		b, also := text(e.Y)
		return a + b, ok && also
	}
	return "", false
}

// Every text of decode has both languages: Chinese is Chinese, with the same values in it, and neither ends with a full stop.
func TestWordsHaveBothLanguages(t *testing.T) {
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	n := 0
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		set := token.NewFileSet()
		f, err := parser.ParseFile(set, file, nil, 0)
		require.NoError(t, err)
		ast.Inspect(f, func(node ast.Node) bool {
			lit, ok := node.(*ast.CompositeLit)
			if !ok || len(lit.Elts) != 2 {
				return true
			}
			if id, named := lit.Type.(*ast.Ident); lit.Type != nil && (!named || id.Name != "words") {
				return true
			}
			en, ok := text(lit.Elts[0])
			zh, also := text(lit.Elts[1])
			if !ok || !also {
				return true
			}
			n++
			at := set.Position(lit.Pos())
			assert.NotEmpty(t, en, at)
			assert.False(t, hasHan(en), "%s: %q", at, en)
			assert.True(t, hasHan(zh) || !letters2.MatchString(names.Replace(verb.ReplaceAllString(en, ""))), "%s: %q", at, zh)
			count := func(s string) map[string]int {
				all := map[string]int{}
				for _, v := range verb.FindAllString(s, -1) {
					all[index.ReplaceAllString(v, "")]++
				}
				return all
			}
			assert.Equal(t, count(en), count(zh), "%s: %q", at, en)
			return true
		})
	}
	assert.Greater(t, n, 300)
}

// What the tables say of every code has no place left open.
func TestTablesAreWhole(t *testing.T) {
	for _, l := range cause.Languages() {
		tr := translator{l}
		var found []Meaning
		for _, c := range libCodes {
			found = append(found, tr.library(c))
		}
		for _, c := range apiCodes {
			found = append(found, tr.result(c))
		}
		for _, c := range axReasons {
			found = append(found, tr.reason(c))
		}
		for v := int64(-128); v < 128; v++ {
			found = append(found, tr.byValue(v)...)
		}
		for _, m := range append(found, tr.verifySkipped(), tr.status(1)) {
			assert.NotContains(t, m.Cause+m.Remedy, "{", m.Name)
			assert.NotContains(t, m.Cause+m.Remedy, "%!", m.Name)
			assert.NotEmpty(t, m.Cause, m.Name)
			assert.Equal(t, l == cause.Chinese, hasHan(m.Cause), "%s: %s", m.Name, m.Cause)
			for _, name := range []string{m.Where, m.Profiles, m.Callback} {
				if !sdkOwn.MatchString(name) {
					assert.Equal(t, l == cause.Chinese, hasHan(named(name, l)), "%s: %s", m.Name, name)
				}
			}
		}
	}
	for n, r := range wifiReasons {
		assert.NotEmpty(t, r.name, fmt.Sprint(n))
	}
}
