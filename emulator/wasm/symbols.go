package wasm

import (
	"debug/dwarf"
	"errors"
	"fmt"
	"path"
	"slices"
	"sort"
	"strings"
	"sync"
)

// hintTest says how to keep what the compiler takes away.
const hintTest = "build with emu8266 build --test, which keeps all functions and variables"

// symbols are the functions and variables of the firmware, as the debug information tells them.
type symbols struct {
	sections map[string][]byte
	mu       sync.Mutex // guards what follows; the readers of dwarf share tables, too
	once     sync.Once
	err      error
	dwarf    *dwarf.Data
	all      map[string][]symbol // by name
}

// symbol is a function or a variable.
type symbol struct {
	name     string
	file     string // of the compilation unit, as the image names it
	inside   string // function that a static variable belongs to
	variable bool
	place    bool         // it has one; without, the compiler took it away
	at       uint64       // address in memory; of a function the offset of its body in the code section
	typ      dwarf.Offset // of a variable
	line     int          // of a function
	params   int          // of a function, as C declares it
	origin   dwarf.Offset // entry of a function that says the rest; 0: this one does
}

// String names the symbol so that it can be found again.
func (s symbol) String() string {
	if s.inside != "" {
		return s.inside + ":" + s.name
	}
	return path.Base(s.file) + ":" + s.name
}

// entriesMax bounds the entries of debug information that are read. Choice.
const entriesMax = 1 << 20

const opAddr = 0x03 // DW_OP_addr

// load lists the symbols. The caller holds mu.
func (s *symbols) load() error {
	s.once.Do(func() { s.err = s.read() })
	return s.err
}

func (s *symbols) read() (err error) {
	s.all = map[string][]symbol{}
	if len(s.sections[".debug_info"]) == 0 {
		return errors.New("the image has no debug information: build it with emu8266 build, and do not strip it")
	}
	if s.dwarf, err = openDebug(s.sections); err != nil {
		return err
	}
	w := &symbolWalk{functions: map[dwarf.Offset]*symbol{}}
	r := s.dwarf.Reader()
	for range debugEntries(s.sections) {
		e, err := r.Next()
		if err != nil {
			return err
		}
		if e == nil {
			break
		}
		w.entry(e)
	}
	for _, d := range w.found {
		if o := w.functions[d.origin]; d.origin != 0 && o != nil {
			d.name, d.params, d.line = o.name, o.params, o.line
		}
		if d.name != "" {
			s.all[d.name] = append(s.all[d.name], *d)
		}
	}
	for name, list := range s.all { // one with a place makes those without superfluous
		if placed := slices.DeleteFunc(slices.Clone(list), func(d symbol) bool { return !d.place }); len(placed) > 0 {
			s.all[name] = placed
		}
	}
	return nil
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
		name, _ := e.Val(dwarf.AttrName).(string)
		w.file, w.within = path.Clean(strings.ReplaceAll(name, `\`, "/")), nil
	case dwarf.TagFormalParameter:
		if n := len(w.within); n > 0 && w.within[n-1] != nil {
			w.within[n-1].params++
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

func (w *symbolWalk) function(e *dwarf.Entry) *symbol {
	f := &symbol{file: w.file}
	f.name, _ = e.Val(dwarf.AttrName).(string)
	if line, ok := e.Val(dwarf.AttrDeclLine).(int64); ok {
		f.line = int(line)
	}
	f.at, f.place = e.Val(dwarf.AttrLowpc).(uint64)
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
		v.at, v.place = uint64(order.Uint32(loc[1:])), true
	}
	declared, _ := e.Val(dwarf.AttrDeclaration).(bool)
	if local := len(w.within) > 1; !declared && (v.place || !local) { // without a place a local variable is an ordinary one
		w.found = append(w.found, v)
	}
}

// find returns the symbol that [QUALIFIER:]NAME means. The qualifier is the end of the file's path, or the function of a
// static variable.
func (s *symbols) find(expr string, variable bool) (symbol, error) {
	kind := "function"
	if variable {
		kind = "variable"
	}
	if err := s.load(); err != nil {
		return symbol{}, err
	}
	qualifier, name, qualified := strings.Cut(expr, ":")
	if !qualified {
		qualifier, name = "", expr
	}
	var found []symbol
	for _, c := range s.all[name] {
		if c.variable == variable && (!qualified || c.inside == qualifier || c.file == qualifier || strings.HasSuffix(c.file, "/"+qualifier)) {
			found = append(found, c)
		}
	}
	switch {
	case len(found) == 0:
		return symbol{}, fmt.Errorf("the firmware has no %s %q%s", kind, expr, s.near(name, variable))
	case len(found) > 1:
		names := make([]string, len(found))
		for i, c := range found {
			names[i] = c.String()
			if variable && c.inside != "" {
				names[i] = c.file + ", in " + c.inside
			}
		}
		sort.Strings(names)
		return symbol{}, fmt.Errorf("there are %d %ss %q: name one as FILE:%s (%s)", len(found), kind, expr, name, strings.Join(names, ", "))
	case !found[0].place:
		return symbol{}, fmt.Errorf("the compiler left no %s %q in the image: %s", kind, expr, hintTest)
	}
	return found[0], nil
}

// nearMax bounds the names that an error offers. Choice.
const nearMax = 5

// near returns what else could have been meant, as the end of an error.
func (s *symbols) near(name string, variable bool) string {
	type candidate struct {
		name string
		d    int
	}
	var list []candidate
	for n, found := range s.all {
		d := distance(strings.ToLower(n), strings.ToLower(name))
		if len(name) >= 3 && (strings.Contains(n, name) || len(n) >= 3 && strings.Contains(name, n)) {
			d = min(d, 2)
		}
		if d <= max(2, len(name)/3) && slices.ContainsFunc(found, func(f symbol) bool { return f.variable == variable }) {
			list = append(list, candidate{n, d})
		}
	}
	if len(list) == 0 {
		return ""
	}
	sort.Slice(list, func(i, j int) bool {
		return list[i].d < list[j].d || list[i].d == list[j].d && list[i].name < list[j].name
	})
	var names []string
	for _, c := range list[:min(nearMax, len(list))] {
		names = append(names, c.name)
	}
	return "; near: " + strings.Join(names, ", ")
}

// distance is how many letters are to be changed, put in or taken away to make b of a. Long names count by their first 64.
func distance(a, b string) int {
	const most = 64
	a, b = a[:min(len(a), most)], b[:min(len(b), most)]
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		corner := row[0]
		row[0] = i + 1
		for j := range len(b) {
			above := row[j+1]
			change := corner
			if a[i] != b[j] {
				change++
			}
			row[j+1] = min(change, above+1, row[j]+1)
			corner = above
		}
	}
	return row[len(b)]
}
