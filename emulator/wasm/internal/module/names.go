package module

import "bytes"

// nameSection is the custom section with names.
const nameSection = "name"

// namesOfFunctions is the part of it with the names of functions (WebAssembly core specification, appendix, custom sections).
const namesOfFunctions = 1

// name is that of a function, for traces.
type name struct {
	function uint32
	text     []byte
}

// readNames reads the names of functions, most at most. What is damaged has no names: a custom section means nothing to the
// program.
func readNames(b []byte, most int) (names []name) {
	r := &reader{b: b}
	for len(r.b) > 0 {
		id := r.byte()
		part := &reader{b: r.bytes(r.u32())}
		if r.err != nil {
			return nil
		}
		if id != namesOfFunctions || names != nil {
			continue
		}
		for range part.list("names", new(int), most) {
			n := name{part.u32(), part.bytes(part.u32())}
			if part.err != nil {
				return nil
			}
			if !bytes.ContainsFunc(n.text, notInC) {
				names = append(names, n)
			}
		}
	}
	return names
}

// PointerName returns the name of the function that a function pointer names; "" if it has none or names none.
func (m *Module) PointerName(p uint32) string {
	f, ok := m.Table[p]
	if !ok {
		return ""
	}
	for _, n := range m.names {
		if n.function == f {
			return string(n.text)
		}
	}
	return ""
}

// notInC tells what no name of C has in it. Traces are text in which names stand beside numbers: a name must not look like
// more than a name.
func notInC(c rune) bool {
	return (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '_' && c != '$' && c != '.'
}

// appendNames appends the custom section with the names of functions.
func appendNames(out []byte, names []name) []byte {
	if len(names) == 0 {
		return out
	}
	part := appendU32(nil, uint32(len(names)))
	for _, n := range names {
		part = appendU32(part, n.function)
		part = append(appendU32(part, uint32(len(n.text))), n.text...)
	}
	return appendCustom(out, nameSection, append(appendU32([]byte{namesOfFunctions}, uint32(len(part))), part...))
}

// appendCustom appends a custom section.
func appendCustom(out []byte, name string, payload []byte) []byte {
	section := append(append(appendU32(nil, uint32(len(name))), name...), payload...)
	return append(appendU32(append(out, sectionCustom), uint32(len(section))), section...)
}
