package report

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/emu8266/emu8266/emulator/trace"
)

// visible returns events whose texts can be shown: what is no UTF-8, and what is no character to see, is written as \x1b. The caller's
// events stay as they are.
func visible(events []trace.Event) []trace.Event {
	copied := false
	for i, e := range events {
		seen := e
		seen.Text, seen.Name, seen.Where, seen.Conn = escaped(e.Text), escaped(e.Name), escaped(e.Where), escaped(e.Conn)
		if seen == e {
			continue
		}
		if !copied {
			events, copied = slices.Clone(events), true
		}
		events[i] = seen
	}
	return events
}

// hidesNothing says that a rune may be shown as it is.
func hidesNothing(r rune) bool {
	return r != utf8.RuneError && (unicode.IsPrint(r) || r == '\n' || r == '\t')
}

// escaped returns text with what cannot be seen in hexadecimal.
func escaped(text string) string {
	if !strings.ContainsFunc(text, func(r rune) bool { return (r < ' ' || r > '~') && !hidesNothing(r) }) { // most is ASCII
		return text
	}
	var b strings.Builder
	for text != "" {
		r, n := utf8.DecodeRuneInString(text)
		if hidesNothing(r) {
			b.WriteString(text[:n])
		} else {
			for _, c := range []byte(text[:n]) {
				fmt.Fprintf(&b, `\x%02x`, c)
			}
		}
		text = text[n:]
	}
	return b.String()
}
