package ctest

import (
	"fmt"
	"strings"

	"github.com/emu8266/emu8266/cmd/internal/lazyregexp"
)

// File is a C file with tests.
type File struct {
	Path  string // as the compiler shall find it
	Name  string // as people know it
	Tests []Test // in their order

	setUp, tearDown bool
}

// Test is a function test_... of a file.
type Test struct {
	Name string
	Line int
}

// definition is the beginning of a function without parameters: its name. Macros such as ICACHE_FLASH_ATTR may stand before it.
var definition = lazyregexp.New(`(?m)^[ \t]*(?:[A-Za-z_]\w*[ \t\r\n]+)*?(?:void|int|bool)[ \t\r\n]+(?:[A-Z_][A-Z0-9_]*[ \t\r\n]+)*` +
	`(test_\w+|setUp|tearDown)[ \t\r\n]*\([ \t\r\n]*(?:void)?[ \t\r\n]*\)[ \t\r\n]*\{`)

// testsMax bounds the tests of a file. Choice.
const testsMax = 10_000

// Find looks for the tests of a C file, which may have none. It reads the text as it stands: what #if leaves out counts too, and
// a test whose name a macro makes is not found.
func Find(path, name string, source []byte) (File, error) {
	f := File{Path: path, Name: name}
	text := blank(string(source))
	seen := map[string]int{}
	for _, m := range definition().FindAllStringSubmatchIndex(text, -1) {
		test := text[m[2]:m[3]]
		switch test {
		case "setUp":
			f.setUp = true
			continue
		case "tearDown":
			f.tearDown = true
			continue
		}
		line := 1 + strings.Count(text[:m[2]], "\n")
		if first, twice := seen[test]; twice {
			return f, fmt.Errorf("%s:%d: %s is there already, in line %d", name, line, test, first)
		}
		seen[test] = line
		f.Tests = append(f.Tests, Test{test, line})
		if len(f.Tests) > testsMax {
			return f, fmt.Errorf("%s: more than %d tests", name, testsMax)
		}
	}
	return f, nil
}

// blank puts blanks in place of comments and of the text of strings, so that lines and columns stay.
func blank(s string) string {
	b := []byte(s)
	erase := func(from, to int) {
		for i := from; i < min(to, len(b)); i++ {
			if b[i] != '\n' {
				b[i] = ' '
			}
		}
	}
	for i := 0; i < len(b); i++ {
		switch {
		case strings.HasPrefix(s[i:], "//"):
			n := strings.IndexByte(s[i:], '\n')
			if n < 0 {
				n = len(s) - i
			}
			erase(i, i+n)
			i += n - 1
		case strings.HasPrefix(s[i:], "/*"):
			n := strings.Index(s[i+2:], "*/")
			if n < 0 {
				n = len(s) - i
			}
			erase(i, i+n+4)
			i += n + 3
		case b[i] == '"' || b[i] == '\'':
			j := i + 1
			for j < len(b) && s[j] != s[i] && s[j] != '\n' {
				if s[j] == '\\' {
					j++
				}
				j++
			}
			erase(i+1, j)
			i = j
		}
	}
	return string(b)
}
