package cdebug

import "debug/dwarf"

// Callee is a function with what a call of it needs to know.
type Callee struct {
	Function
	Parameters []Parameter // as many as Params
}

// Parameter is what a function is given.
type Parameter struct {
	Size  uint32 // bytes; 0 if the debug information does not say
	Float bool   // a floating-point number
}

// Callee is Function for calls. It remembers what it has found: the second time costs next to nothing.
func (info *Info) Callee(expr string) (*Callee, error) {
	info.mu.Lock()
	defer info.mu.Unlock()
	if c := info.called[expr]; c != nil {
		return c, nil
	}
	s, err := info.find(expr, false)
	if err != nil {
		return nil, err
	}
	c := &Callee{Function: s.function()}
	for _, typ := range s.params {
		c.Parameters = append(c.Parameters, info.parameter(typ))
	}
	if info.called == nil {
		info.called = map[string]*Callee{}
	}
	info.called[expr] = c
	return c, nil
}

// parameter tells of a parameter what its type says.
func (info *Info) parameter(at dwarf.Offset) Parameter {
	t, err := info.typeAt(at)
	if err != nil {
		return Parameter{}
	}
	if t, err = info.bare(t); err != nil {
		return Parameter{}
	}
	size, _ := info.sizeOf(t)
	return Parameter{size, t.kind == typeFloat}
}
