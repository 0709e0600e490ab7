package cdebug

import (
	"debug/dwarf"
	"slices"
	"strings"
)

// Misfit says what is wrong with how the file of the code at caller knows the function name that it calls: there is no prototype, or one
// with other parameters than the function has, whose code begins at callee (0 for a function without debug information). It returns "" if
// nothing is wrong, or nothing is known. Names that begin with __ are the compiler's own functions, such as __divsi3, which GCC tells
// without a prototype.
func (info *Info) Misfit(caller, callee uint64, name string) string {
	info.mu.Lock()
	defer info.mu.Unlock()
	if strings.HasPrefix(name, "__") || info.load() != nil {
		return ""
	}
	from, ok := info.spanOf(caller)
	if !ok || !info.inC(from.at) {
		return ""
	}
	var has *dwarf.Entry // nil: not known
	if to, ok := info.spanOf(callee); ok && callee != 0 {
		has, _ = info.entryAt(to.at)
	}
	for _, e := range info.declarations(from.at, name) { // none in a file that defines it first
		switch {
		case !info.prototyped(e):
			return "was called without a prototype"
		case has != nil && !info.alike(e, has):
			return "was called with other types than it has"
		}
	}
	return ""
}

// declarations returns the entries that declare a function in the function at an entry, and then those in its file: also those that GCC
// has made by itself where there were none.
func (info *Info) declarations(at dwarf.Offset, name string) (list []*dwarf.Entry) {
	take := func(e *dwarf.Entry) {
		own, _ := e.Val(dwarf.AttrName).(string)
		if declares, _ := e.Val(dwarf.AttrDeclaration).(bool); e.Tag == dwarf.TagSubprogram && own == name && declares {
			list = append(list, e)
		}
	}
	r := info.dwarf.Reader()
	r.Seek(at)
	depth := 0
	for range entries(info.Sections) {
		e, err := r.Next()
		if err != nil || e == nil {
			return list
		}
		take(e)
		if e.Tag == 0 {
			depth--
		} else if e.Children {
			depth++
		}
		if depth == 0 {
			break
		}
	}
	root := info.root(at)
	if root == nil {
		return list
	}
	for _, e := range info.children(root) {
		take(e)
	}
	return list
}

// root returns the entry of the file that an entry belongs to, nil if it cannot be read.
func (info *Info) root(at dwarf.Offset) *dwarf.Entry {
	u := info.unitOf(at)
	if u == nil {
		return nil
	}
	header := dwarf.Offset(11) // DWARF 4, 7.5.1.1
	if u.version >= 5 {
		header = 12 // DWARF 5, 7.5.1.1
	}
	root, err := info.entryAt(u.at + header)
	if err != nil {
		return nil
	}
	return root
}

// inC tells whether an entry belongs to a file in C: nothing else has functions without a prototype. The numbers are those of C89, C, C99
// (DWARF 4, 7.12) and C11 (DWARF 5, 7.12).
func (info *Info) inC(at dwarf.Offset) bool {
	root := info.root(at)
	if root == nil {
		return false
	}
	language, _ := root.Val(dwarf.AttrLanguage).(int64)
	return slices.Contains([]int64{0x01, 0x02, 0x0c, 0x1d}, language)
}

// prototyped tells whether a function's entry says its parameters.
func (info *Info) prototyped(e *dwarf.Entry) bool {
	says, _ := info.inherited(e, dwarf.AttrPrototyped).(bool)
	return says
}

// alike tells whether two entries of functions have parameters of the same sizes and kinds.
func (info *Info) alike(a, b *dwarf.Entry) bool {
	return slices.Equal(info.parameters(a), info.parameters(b))
}

// parameters returns those that a function's entry has.
func (info *Info) parameters(of *dwarf.Entry) (list []Parameter) {
	for _, e := range info.children(of) {
		if e.Tag != dwarf.TagFormalParameter {
			continue
		}
		at, _ := info.inherited(e, dwarf.AttrType).(dwarf.Offset)
		list = append(list, info.parameter(at))
	}
	return list
}
