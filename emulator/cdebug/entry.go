package cdebug

import (
	"debug/dwarf"
	"errors"
)

// childrenMax bounds the members of a struct. Choice.
const childrenMax = 10_000

var errDebug = errors.New("damaged debug information")

// entryAt reads one entry.
func (info *Info) entryAt(at dwarf.Offset) (*dwarf.Entry, error) {
	r := info.dwarf.Reader()
	r.Seek(at)
	e, err := r.Next()
	if err != nil || e == nil {
		return nil, errDebug
	}
	return e, nil
}

// children returns the entries directly below one.
func (info *Info) children(of *dwarf.Entry) []*dwarf.Entry {
	if !of.Children {
		return nil
	}
	r := info.dwarf.Reader()
	r.Seek(of.Offset)
	if _, err := r.Next(); err != nil {
		return nil
	}
	var list []*dwarf.Entry
	depth := 0
	for range entries(info.Sections) { // no SkipChildren: in damaged information it may go backwards for ever
		e, err := r.Next()
		switch {
		case err != nil || e == nil || e.Tag == 0 && depth == 0 || len(list) == childrenMax:
			return list
		case e.Tag == 0:
			depth--
			continue
		case depth == 0:
			list = append(list, e)
		}
		if e.Children {
			depth++
		}
	}
	return list
}
