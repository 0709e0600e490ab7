package docs

import (
	"go/parser"
	"go/token"
	"path"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// factCited is a short citation of a page of docs/facts, as comments have it.
var factCited = regexp.MustCompile(`(^|[^/\w.-])(tls|lwip|axtls|espconn|sdk-surface|cert-tools|lx106|wasm-firmware|manual-items|scenarios)\.md[ ,] ?#?\w`)

// A package whose comments cite facts by short names, such as lwip.md 7.1, says once, in its package comment, where they lead.
func TestPackagesSayWhereCitationsLead(t *testing.T) {
	cites, says := map[string]string{}, map[string]bool{}
	everyFile(t, func(name string, content []byte) {
		if path.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go") {
			return
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, content, parser.ParseComments)
		require.NoError(t, err)
		dir := path.Dir(name)
		if f.Doc != nil && strings.Contains(f.Doc.Text(), "docs/facts") {
			says[dir] = true
		}
		for _, g := range f.Comments {
			if m := factCited.FindString(g.Text()); m != "" && cites[dir] == "" {
				cites[dir] = name + ": " + strings.TrimSpace(m)
			}
		}
	})
	assert.Greater(t, len(cites), 20)
	for dir, where := range cites {
		assert.True(t, says[dir], "%s: say in the package comment of %s that such names are pages of docs/facts", where, dir)
	}
}
