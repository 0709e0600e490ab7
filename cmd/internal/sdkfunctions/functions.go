// Package sdkfunctions lists the functions and macros of the NonOS SDK: their names in C and in Go, and where their behaviour
// is described. The list is functions.txt, which a test makes of docs/tables/sdk-functions.md, docs/tables/espconn-functions.md
// and the methods of emulator.SDK.
package sdkfunctions

import (
	_ "embed"
	"strings"

	"github.com/emu8266/emu8266/cmd/internal/near"
)

// Function is one function or macro. The names of its JSON fields are stable.
type Function struct {
	C       string `json:"c"`       // "espconn_secure_connect"
	Go      string `json:"go"`      // method of emulator.SDK, "SecureConnect"; empty: Go firmware has none
	Where   string `json:"where"`   // who does it for C: "host", "firmware" (linked into it), "macro"; "not here"
	Section string `json:"section"` // where its behaviour is described: "docs/facts/tls.md 5.1"
}

//go:embed functions.txt
var list string

// separator stands between the fields of a line of functions.txt; a semicolon ends the line.
const separator = "; "

// All returns the functions in the order of the SDK's headers. The slice is the caller's.
func All() []Function {
	var all []Function
	for line := range strings.Lines(list) {
		if f := strings.Split(strings.TrimRight(line, ";\r\n"), separator); len(f) == 4 {
			all = append(all, Function{f[0], f[1], f[2], f[3]})
		}
	}
	return all
}

// Find returns the functions with word in their C or Go name, without regard to case; all for an empty word.
func Find(word string) []Function {
	word = strings.ToLower(word)
	var found []Function
	for _, f := range All() {
		if strings.Contains(strings.ToLower(f.C), word) || strings.Contains(strings.ToLower(f.Go), word) {
			found = append(found, f)
		}
	}
	return found
}

// Near returns what a misspelt word was meant to be: a name in C or Go, or a word of a name in C, such as "secure"; "" if none is near.
func Near(word string) string {
	var names, words []string
	for _, f := range All() {
		names = append(names, f.C)
		if f.Go != "" {
			names = append(names, f.Go)
		}
		words = append(words, strings.Split(f.C, "_")...)
	}
	return near.Name(word, append(names, words...))
}
