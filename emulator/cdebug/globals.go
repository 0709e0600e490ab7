package cdebug

import (
	"debug/dwarf"
	"sort"
)

// Global is a variable that has its place for as long as the program runs.
type Global struct {
	Name     string
	File     string // of the compilation unit, as the program names it
	Function string // that a static variable belongs to, "" for none
	Addr     uint32

	typ dwarf.Offset
}

// Expr names the variable for Eval, whatever others in the program are called; those in several blocks of one function are not told
// apart by it.
func (g Global) Expr() string {
	if g.Function != "" {
		return g.Function + ":" + g.Name
	}
	return g.File + ":" + g.Name
}

// Globals returns all variables that have a place in the program, static ones too, by name, then file.
func (info *Info) Globals() ([]Global, error) {
	info.mu.Lock()
	defer info.mu.Unlock()
	if err := info.load(); err != nil {
		return nil, err
	}
	var list []Global
	for _, symbols := range info.all {
		for _, s := range symbols {
			if s.variable && s.place {
				list = append(list, Global{s.name, s.file, s.inside, uint32(s.at), s.typ})
			}
		}
	}
	sort.Slice(list, func(i, j int) bool {
		a, b := list[i], list[j]
		return a.Name < b.Name || a.Name == b.Name && (a.File < b.File || a.File == b.File && a.Addr < b.Addr)
	})
	return list, nil
}

// Read reads a variable of Globals.
func (info *Info) Read(m Memory, g Global) (Value, error) {
	info.mu.Lock()
	defer info.mu.Unlock()
	if err := info.load(); err != nil {
		return Value{}, err
	}
	t, err := info.typeAt(g.typ)
	if err != nil {
		return Value{}, err
	}
	e := &evaluator{info: info, Context: Context{Memory: m}}
	return e.value(operand{t: t, placed: true, addr: g.Addr}, g.Name)
}
