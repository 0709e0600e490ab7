package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// What comes from outside cannot command the terminal, in whatever pieces it comes.
func TestEscaper(t *testing.T) {
	for in, want := range map[string]string{
		"plain\ttext\r\n":                "plain\ttext\r\n",
		"Grüße, 世界":                      "Grüße, 世界",
		"\x1b[2J\x1b]0;owned\x07":        `\x1b[2J\x1b]0;owned\x07`,
		"good\rbad\n":                    `good\x0dbad` + "\n",
		"end\r":                          `end\x0d`,
		"\x9b31m\xff\x00\x7f":            `\x9b31m\xff\x00\x7f`,
		"\u009b31m\u0085":                `\u009b31m\u0085`,
		"a\u202eb\u2066c\u200f\u2028":    `a\u202eb\u2066c\u200f\u2028`,
		"cut \xe4\xb8":                   `cut \xe4\xb8`,
		"\xe4\xb8\xe4\xb8\x96":           `\xe4\xb8世`,
		"backspace \b\b\b":               `backspace \x08\x08\x08`,
		strings.Repeat("\x1b", 3) + "\n": `\x1b\x1b\x1b` + "\n",
	} {
		for size := 1; size <= len(in); size++ {
			var out strings.Builder
			e := &escaper{out: &out}
			for rest := in; rest != ""; {
				n := min(size, len(rest))
				_, _ = e.Write([]byte(rest[:n]))
				rest = rest[n:]
			}
			e.flush()
			assert.Equal(t, want, out.String(), "%q in pieces of %d", in, size)
		}
	}
}
