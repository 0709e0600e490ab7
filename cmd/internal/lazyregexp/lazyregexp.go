// Package lazyregexp has regular expressions that are compiled when they are first used: a program with a hundred of them starts without
// paying for those that it does not need.
package lazyregexp

import (
	"os"
	"regexp"
	"strings"
	"sync"
)

// inTest says that this is a test binary: there every expression is compiled at once, so that any test finds one with a fault.
var inTest = strings.HasSuffix(strings.TrimSuffix(os.Args[0], ".exe"), ".test")

// New returns the expression's door: it compiles it at the first call and panics if that is impossible.
func New(expression string) func() *regexp.Regexp {
	get := sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expression) })
	if inTest {
		get()
	}
	return get
}
