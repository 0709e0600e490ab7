package cdebug

import (
	"debug/dwarf"
	"fmt"
	"path"
	"slices"
	"sort"
	"strings"
)

// symbol is a function or a variable.
type symbol struct {
	name     string
	file     string // of the compilation unit, as the image names it
	inside   string // function that a static variable belongs to
	variable bool
	place    bool           // it has one; without, the compiler took it away
	at       uint64         // address
	typ      dwarf.Offset   // of a variable
	line     int            // of a function
	params   []dwarf.Offset // of a function, as C declares it: their types; 0 for one without
	origin   dwarf.Offset   // entry of a function that says the rest; 0: this one does
}

// String names the symbol so that it can be found again.
func (s symbol) String() string {
	if s.inside != "" {
		return s.inside + ":" + s.name
	}
	return path.Base(s.file) + ":" + s.name
}

// symbolWalk goes through the entries in order.
type symbolWalk struct {
	file      string
	within    []*symbol // for each level the function that begins there, or nil
	functions map[dwarf.Offset]*symbol
	found     []*symbol
}

func (w *symbolWalk) entry(e *dwarf.Entry) {
	if e.Tag == 0 {
		w.within = w.within[:max(len(w.within)-1, 0)]
		return
	}
	var level *symbol
	switch e.Tag {
	case dwarf.TagCompileUnit:
		w.file, w.within = fileName(e), nil
	case dwarf.TagFormalParameter:
		if n := len(w.within); n > 0 && w.within[n-1] != nil {
			typ, _ := e.Val(dwarf.AttrType).(dwarf.Offset)
			w.within[n-1].params = append(w.within[n-1].params, typ)
		}
	case dwarf.TagSubprogram:
		level = w.function(e)
	case dwarf.TagVariable:
		w.variable(e)
	}
	if e.Children {
		w.within = append(w.within, level)
	}
}

// fileName is the name of a unit's file.
func fileName(unit *dwarf.Entry) string {
	name, _ := unit.Val(dwarf.AttrName).(string)
	return path.Clean(strings.ReplaceAll(name, `\`, "/"))
}

func (w *symbolWalk) function(e *dwarf.Entry) *symbol {
	f := &symbol{file: w.file}
	f.name, _ = e.Val(dwarf.AttrName).(string)
	if line, ok := e.Val(dwarf.AttrDeclLine).(int64); ok {
		f.line = int(line)
	}
	f.at, _ = e.Val(dwarf.AttrLowpc).(uint64)
	f.place = f.at != 0 // where linkers put what they take away
	f.origin, _ = e.Val(dwarf.AttrAbstractOrigin).(dwarf.Offset)
	w.functions[e.Offset] = f
	if declared, _ := e.Val(dwarf.AttrDeclaration).(bool); !declared {
		w.found = append(w.found, f)
	}
	return f
}

func (w *symbolWalk) variable(e *dwarf.Entry) {
	v := &symbol{file: w.file, variable: true}
	v.name, _ = e.Val(dwarf.AttrName).(string)
	v.typ, _ = e.Val(dwarf.AttrType).(dwarf.Offset)
	for _, f := range w.within {
		if f != nil {
			v.inside = f.name
		}
	}
	if loc, ok := e.Val(dwarf.AttrLocation).([]byte); ok && len(loc) == 5 && loc[0] == opAddr {
		v.at = uint64(order.Uint32(loc[1:]))
		v.place = v.at != 0 // where linkers put what they take away
	}
	declared, _ := e.Val(dwarf.AttrDeclaration).(bool)
	if local := len(w.within) > 1; !declared && (v.place || !local) { // without a place a local variable is an ordinary one
		w.found = append(w.found, v)
	}
}

// Function is a function of C.
type Function struct {
	Name   string
	File   string // as the program names it
	Line   int    // of its name
	Addr   uint64 // in code
	Params int    // as C declares them
}

func (s symbol) function() Function {
	return Function{Name: s.name, File: s.file, Line: s.line, Addr: s.at, Params: len(s.params)}
}

// Function returns the function that [QUALIFIER:]NAME means: static ones, too; the qualifier is the end of the file's path.
// Errors: there is none (with near names), there are several, the compiler took it away, no debug information.
func (info *Info) Function(expr string) (Function, error) {
	info.mu.Lock()
	defer info.mu.Unlock()
	s, err := info.find(expr, false)
	return s.function(), err
}

// Functions returns all functions that have a place in the program, in no order.
func (info *Info) Functions() ([]Function, error) {
	info.mu.Lock()
	defer info.mu.Unlock()
	if err := info.load(); err != nil {
		return nil, err
	}
	var list []Function
	for _, symbols := range info.all {
		for _, s := range symbols {
			if !s.variable && s.place {
				list = append(list, s.function())
			}
		}
	}
	return list, nil
}

// find returns the symbol that [QUALIFIER:]NAME means. The qualifier is the end of the file's path, or the function of a
// static variable.
func (info *Info) find(expr string, variable bool) (symbol, error) {
	kind := "function"
	if variable {
		kind = "variable"
	}
	if err := info.load(); err != nil {
		return symbol{}, err
	}
	qualifier, name, qualified := strings.Cut(expr, ":")
	if !qualified {
		qualifier, name = "", expr
	}
	var found []symbol
	for _, c := range info.all[name] {
		if c.variable == variable && (!qualified || c.inside == qualifier || c.file == qualifier ||
			strings.HasSuffix(c.file, "/"+qualifier)) {
			found = append(found, c)
		}
	}
	if qualified && len(found) > 1 { // static variables of functions have the function for a qualifier
		outside := slices.DeleteFunc(slices.Clone(found), func(c symbol) bool { return c.inside != "" })
		if len(outside) == 1 {
			found = outside
		}
	}
	switch {
	case len(found) == 0:
		return symbol{}, fmt.Errorf("the firmware has no %s %q%s", kind, expr, info.near(name, variable))
	case len(found) > 1:
		names := make([]string, len(found))
		for i, c := range found {
			names[i] = c.String()
			if variable && c.inside != "" {
				names[i] = c.file + ", in " + c.inside
			}
		}
		sort.Strings(names)
		return symbol{}, fmt.Errorf("there are %d %ss %q: name one as FILE:%s (%s)", len(found), kind, expr, name,
			strings.Join(names, ", "))
	case !found[0].place:
		return symbol{}, fmt.Errorf("the compiler left no %s %q in the image: %s", kind, expr, info.TakenAway)
	}
	return found[0], nil
}
