package cdebug

import (
	"debug/dwarf"
	"sort"
)

// Scope is a function of C under way. The code at an address belongs to several where calls were inlined.
type Scope struct {
	Function string // its name
	// File and Line say where it is: of the innermost scope, the line of the address; of the others, the call that was inlined. "" and 0
	// if that is not known.
	File    string
	Line    int
	Inlined bool // its caller is the next scope, of the same frame

	levels []dwarf.Offset // the function's entry, then its blocks around the address, from the outside in
	unit   *unit
}

// span is code of a function.
type span struct {
	from, to uint64
	at       dwarf.Offset // the function's entry
}

// rangesMax bounds the pieces of code that are read. Choice.
const rangesMax = 1 << 20

// addSpans notes where a function's code lies. A linker puts functions that it takes away at address 0.
func (info *Info) addSpans(e *dwarf.Entry) {
	if len(info.spans) >= rangesMax {
		return
	}
	ranges, err := info.dwarf.Ranges(e)
	if err != nil {
		return
	}
	for _, r := range ranges {
		if r[0] != 0 && r[0] < r[1] {
			info.spans = append(info.spans, span{r[0], r[1], e.Offset})
		}
	}
}

// spanOf returns the span of the function that an address lies in.
func (info *Info) spanOf(addr uint64) (span, bool) {
	n := sort.Search(len(info.spans), func(n int) bool { return info.spans[n].from > addr })
	if n == 0 || addr >= info.spans[n-1].to {
		return span{}, false
	}
	return info.spans[n-1], true
}

// Scopes returns the functions that the code at an address belongs to, from the inside out: calls that were inlined, then the
// function that lies there. It returns nothing if the address is not known.
func (info *Info) Scopes(addr uint64) []Scope {
	info.mu.Lock()
	defer info.mu.Unlock()
	return info.scopes(addr)
}

func (info *Info) scopes(addr uint64) []Scope {
	if info.load() != nil {
		return nil
	}
	f, ok := info.spanOf(addr)
	if !ok {
		return nil
	}
	row, _ := info.Row(addr)
	file, line := row.File, row.Line
	var list []Scope
	levels := info.levels(f.at, addr)
	for end := len(levels); end > 0; {
		n := end - 1 // the innermost function, with its blocks up to end
		for n > 0 && (levels[n].Tag == dwarf.TagLexDwarfBlock || info.partOf(levels[n], levels[:n])) {
			n--
		}
		e := levels[n]
		s := Scope{Function: info.named(e), File: file, Line: line, Inlined: e.Tag == dwarf.TagInlinedSubroutine}
		s.unit = info.unitOf(e.Offset)
		for _, inside := range levels[n:end] {
			s.levels = append(s.levels, inside.Offset)
		}
		if s.Inlined && s.unit != nil {
			number, _ := e.Val(dwarf.AttrCallFile).(int64)
			at, _ := e.Val(dwarf.AttrCallLine).(int64)
			file, line = s.unit.file(number), int(at)
		}
		list = append(list, s)
		end = n
	}
	return list
}

// partOf tells whether what is inlined is a part of the very function around it, which GCC had first split: its call is where the function
// is declared, and not a call in C.
func (info *Info) partOf(e *dwarf.Entry, around []*dwarf.Entry) bool {
	for n := len(around) - 1; n >= 0; n-- {
		outer := around[n]
		if outer.Tag == dwarf.TagLexDwarfBlock {
			continue
		}
		own, _ := e.Val(dwarf.AttrAbstractOrigin).(dwarf.Offset)
		origin, ok := outer.Val(dwarf.AttrAbstractOrigin).(dwarf.Offset)
		if !ok {
			origin = outer.Offset
		}
		called, _ := e.Val(dwarf.AttrCallLine).(int64)
		declared, _ := info.inherited(outer, dwarf.AttrDeclLine).(int64)
		return own == origin && called == declared
	}
	return false
}

// levels returns the entry of a function and those of the blocks and inlined calls in it that an address lies in, from the outside in.
func (info *Info) levels(function dwarf.Offset, addr uint64) (list []*dwarf.Entry) {
	r := info.dwarf.Reader()
	r.Seek(function)
	e, err := r.Next()
	if err != nil || e == nil {
		return nil
	}
	list = append(list, e)
	if !e.Children {
		return list
	}
	depth := 1 // of what is read next, inside the function
	at := []int{1}
	for range entries(info.Sections) {
		e, err := r.Next()
		if err != nil || e == nil {
			return list
		}
		info.looked++
		if e.Tag == 0 {
			if depth--; depth < at[len(at)-1] {
				return list // behind the innermost
			}
			continue
		}
		if len(at) == len(list) && depth == at[len(at)-1] && len(list) < levelsMax && info.covers(e, addr) {
			list = append(list, e)
			at = append(at, depth+1)
		}
		if e.Children {
			depth++
		}
	}
	return list
}

// levelsMax bounds blocks in blocks. Choice.
const levelsMax = 256

// covers tells whether an address lies in the code of a block or an inlined call.
func (info *Info) covers(e *dwarf.Entry, addr uint64) bool {
	if e.Tag != dwarf.TagLexDwarfBlock && e.Tag != dwarf.TagInlinedSubroutine {
		return false
	}
	ranges, err := info.dwarf.Ranges(e)
	if err != nil {
		return false
	}
	for _, r := range ranges {
		if r[0] <= addr && addr < r[1] {
			return true
		}
	}
	return false
}

// originMax bounds what leads from an entry to the one that says its name. Choice.
const originMax = 8

// inherited returns an attribute of an entry or of those that it completes: what was inlined, what was declared before.
func (info *Info) inherited(e *dwarf.Entry, attribute dwarf.Attr) any {
	for range originMax {
		if v := e.Val(attribute); v != nil {
			return v
		}
		at, ok := e.Val(dwarf.AttrAbstractOrigin).(dwarf.Offset)
		if !ok {
			if at, ok = e.Val(dwarf.AttrSpecification).(dwarf.Offset); !ok {
				return nil
			}
		}
		var err error
		if e, err = info.entryAt(at); err != nil {
			return nil
		}
	}
	return nil
}

// named returns an entry's name, "" without one.
func (info *Info) named(e *dwarf.Entry) string {
	name, _ := info.inherited(e, dwarf.AttrName).(string)
	return name
}
