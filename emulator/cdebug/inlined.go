package cdebug

import (
	"fmt"
	"strings"
)

// Frames returns file:line of the code at an address, and then the places of the calls that were inlined around it, from
// the inside out; nothing if the line is not known. Code without a line, which the compiler adds of its own accord, is of the line that
// the function begins at.
func (info *Info) Frames(addr uint64) []string {
	line := info.Line(addr)
	if line == "" {
		scopes := info.Scopes(addr)
		if len(scopes) == 0 {
			return nil
		}
		f, err := info.Function(scopes[len(scopes)-1].Function)
		if err != nil || f.Line == 0 {
			return nil
		}
		return []string{fmt.Sprintf("%s:%d", strings.TrimPrefix(f.File, "./"), f.Line)}
	}
	lines := []string{line}
	scopes := info.Scopes(addr)
	for _, s := range scopes[min(1, len(scopes)):] {
		lines = append(lines, fmt.Sprintf("%s:%d", s.File, s.Line))
	}
	return lines
}
