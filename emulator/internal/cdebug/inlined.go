package cdebug

import (
	"debug/dwarf"
	"fmt"
	"slices"
	"strings"
)

// inlined is a call that the compiler has put the function's code in place of.
type inlined struct {
	from, to uint64 // the function's code
	call     string // file:line of the call
}

// inlinedMax bounds the ranges of code that are read. Choice.
const inlinedMax = 1 << 20

// Frames returns file:line of the code at an address, and then the places of the calls that were inlined around it, from
// the inside out; nothing if the line is not known.
func (i *Info) Frames(addr uint64) []string {
	line := i.Line(addr)
	if line == "" {
		return nil
	}
	i.readInlined.Do(func() { i.inlined = readInlined(i.Sections) })
	lines := []string{line}
	for _, c := range slices.Backward(i.inlined) {
		if c.from <= addr && addr < c.to {
			lines = append(lines, c.call)
		}
	}
	return lines
}

func readInlined(sections map[string][]byte) (all []inlined) {
	left := inlinedMax
	_ = eachLineTable(sections, nil, func(d *dwarf.Data, e *dwarf.Entry, lines *dwarf.LineReader) {
		if e.Tag != dwarf.TagInlinedSubroutine || left <= 0 {
			return
		}
		file, _ := e.Val(dwarf.AttrCallFile).(int64)
		line, _ := e.Val(dwarf.AttrCallLine).(int64)
		files := lines.Files()
		if file < 0 || file >= int64(len(files)) || files[file] == nil {
			return
		}
		ranges, err := d.Ranges(e)
		if err != nil {
			return
		}
		left -= 1 + len(ranges)
		for _, r := range ranges {
			all = append(all, inlined{r[0], r[1], fmt.Sprintf("%s:%d", strings.TrimPrefix(files[file].Name, "./"), line)})
		}
	})
	return all
}
