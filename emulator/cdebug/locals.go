package cdebug

import (
	"cmp"
	"debug/dwarf"
	"fmt"
	"slices"
)

// localsMax bounds the variables of one function. Choice.
const localsMax = 200

// Variable is an argument or a local variable of a function under way.
type Variable struct {
	Name     string
	Argument bool
	Value    Value
	Err      error // why there is no value: "optimized out" where the compiler keeps it nowhere
}

// Locals returns the arguments and local variables of the context's function: arguments first, then variables as they stand in C, static
// ones too, without those that others of their name hide. Only blocks around the place of the frame count.
func (info *Info) Locals(c Context) []Variable {
	info.mu.Lock()
	defer info.mu.Unlock()
	e := &evaluator{info: info, Context: c}
	var list []Variable
	seen := map[string]bool{}
	var blocks [][]Variable
	for level := range e.levels() {
		var block []Variable
		for _, entry := range level {
			name := info.named(entry)
			if name == "" || seen[name] || len(seen) == localsMax {
				continue
			}
			seen[name] = true
			v := Variable{Name: name, Argument: entry.Tag == dwarf.TagFormalParameter}
			o, err := e.variable(entry)
			if err == nil {
				v.Value, err = e.value(o, name)
			}
			v.Err = err
			block = append(block, v)
		}
		blocks = append(blocks, block)
	}
	for _, arguments := range []bool{true, false} {
		for n := len(blocks) - 1; n >= 0; n-- {
			for _, v := range blocks[n] {
				if v.Argument == arguments {
					list = append(list, v)
				}
			}
		}
	}
	return list
}

// levels gives the entries of variables of the context's function, block by block from the inside out.
func (e *evaluator) levels() func(yield func([]*dwarf.Entry) bool) {
	return func(yield func([]*dwarf.Entry) bool) {
		if e.Frame == nil {
			return
		}
		scopes := e.info.scopes(e.Frame.At())
		if e.Scope < 0 || e.Scope >= len(scopes) {
			return
		}
		levels := scopes[e.Scope].levels
		for n := len(levels) - 1; n >= 0; n-- {
			block, err := e.info.entryAt(levels[n])
			if err != nil {
				continue
			}
			var list []*dwarf.Entry
			order := func(e *dwarf.Entry) dwarf.Offset { // as C has them; the compiler may list those of a copy in another way
				if at, ok := e.Val(dwarf.AttrAbstractOrigin).(dwarf.Offset); ok {
					return at
				}
				return e.Offset
			}
			for _, c := range e.info.children(block) {
				declared, _ := c.Val(dwarf.AttrDeclaration).(bool)
				if (c.Tag == dwarf.TagVariable || c.Tag == dwarf.TagFormalParameter) && !declared {
					list = append(list, c)
				}
			}
			slices.SortStableFunc(list, func(a, b *dwarf.Entry) int { return cmp.Compare(order(a), order(b)) })
			if !yield(list) {
				return
			}
		}
	}
}

// localEntry finds a variable of the context's function by its name.
func (e *evaluator) localEntry(name string) (*dwarf.Entry, bool) {
	for level := range e.levels() {
		for _, entry := range level {
			if e.info.named(entry) == name {
				return entry, true
			}
		}
	}
	return nil, false
}

// local returns a variable of the context's function.
func (e *evaluator) local(name string) (o operand, ok bool, err error) {
	entry, ok := e.localEntry(name)
	if !ok {
		return operand{}, false, nil
	}
	if o, err = e.variable(entry); err != nil {
		err = fmt.Errorf("%s: %w", name, err)
	}
	return o, true, err
}

// variable finds out where a variable of the context's function is.
func (e *evaluator) variable(entry *dwarf.Entry) (operand, error) {
	at, ok := e.info.inherited(entry, dwarf.AttrType).(dwarf.Offset)
	if !ok {
		return operand{}, errDebug
	}
	t, err := e.info.typeAt(at)
	if err != nil {
		return operand{}, err
	}
	u := e.info.unitOf(entry.Offset)
	if entry.AttrField(dwarf.AttrLocation) == nil {
		return e.constant(entry, t)
	}
	expr := e.info.expression(entry, dwarf.AttrLocation, u, e.Frame.At())
	m := &machine{e: e, unit: u}
	m.base = func() (uint32, error) { return e.frameBase() }
	return m.locate(expr, t)
}

// constant returns the value of a variable that has just that one.
func (e *evaluator) constant(entry *dwarf.Entry, t *ctype) (operand, error) {
	size, err := e.info.sizeOf(t)
	if err != nil {
		return operand{}, err
	}
	switch v := e.info.inherited(entry, dwarf.AttrConstValue).(type) {
	case int64:
		if size <= 8 {
			return operand{t: t, data: order.AppendUint64(nil, uint64(v))[:size]}, nil
		}
	case []byte:
		if uint32(len(v)) >= size {
			return operand{t: t, data: v[:size]}, nil
		}
	}
	return operand{}, errLost
}

// frameBase returns what local variables count from.
func (e *evaluator) frameBase() (uint32, error) {
	f, ok := e.info.spanOf(e.Frame.At())
	if !ok {
		return 0, errLost
	}
	entry, err := e.info.entryAt(f.at)
	if err != nil {
		return 0, err
	}
	u := e.info.unitOf(f.at)
	expr := e.info.expression(entry, dwarf.AttrFrameBase, u, e.Frame.At())
	if len(expr) == 0 {
		return 0, errLost
	}
	m := &machine{e: e, unit: u}
	p, err := m.run(&reader{b: expr}, expr)
	if err != nil {
		return 0, err
	}
	if p.kind != placeMemory && p.kind != placeRegister && p.kind != placeValue {
		return 0, errLost
	}
	return p.value, nil
}
