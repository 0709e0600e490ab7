package cdebug

import "fmt"

// Frames returns file:line of the code at an address, and then the places of the calls that were inlined around it, from
// the inside out; nothing if the line is not known.
func (info *Info) Frames(addr uint64) []string {
	line := info.Line(addr)
	if line == "" {
		return nil
	}
	lines := []string{line}
	scopes := info.Scopes(addr)
	for _, s := range scopes[min(1, len(scopes)):] {
		lines = append(lines, fmt.Sprintf("%s:%d", s.File, s.Line))
	}
	return lines
}
