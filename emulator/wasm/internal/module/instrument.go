package module

import (
	"fmt"
	"slices"
	"strconv"
)

// ExportName is the name under which ExportAll exports a function. No function of C has such a name.
func ExportName(index uint32) string { return "#" + strconv.FormatUint(uint64(index), 10) }

// Instrument returns the module b for an engine: with all functions that it defines exported, so that they can be called
// whatever their linkage in C was, with a tank that every loop and every call takes from (Tank), with traps for a stack that has
// run over, with adapters for calls of functions with other types than they have, and with calls of the runtime for addresses of the chip
// that are no memory. Custom sections are left out; the names of functions and the debug information that an engine reads are
// written anew. m is what b holds; its method Original knows the way back afterwards.
func Instrument(b []byte, m *Module) ([]byte, error) {
	out := append(make([]byte, 0, len(b)+16*len(m.Bodies)), b[:8]...)
	r := &reader{b: b[8:]}
	seen := map[byte]bool{}
	adapted := m.adaptIndirect(m.indirectCalls())
	for len(r.b) > 0 && r.err == nil {
		id := r.byte()
		payload := r.bytes(r.u32())
		if r.err != nil {
			break
		}
		if id == sectionCustom {
			continue
		}
		if seen[id] {
			return nil, errModule
		}
		seen[id] = true
		var err error
		switch id {
		case sectionGlobal:
			payload = m.withOwnGlobals(payload)
		case sectionExport:
			payload = m.withExports(payload)
		case sectionCode:
			payload, err = m.withTank(adapted)
		default:
			payload = adapted.withAdapters(id, payload)
		}
		if err != nil {
			return nil, err
		}
		out = append(appendU32(append(out, id), uint32(len(payload))), payload...)
	}
	names := slices.Clone(m.names)
	if adapted != nil {
		for i := range adapted.bodies {
			names = append(names, name{uint32(len(m.funcs) + i), []byte(AdapterName)})
		}
	}
	out = appendOffsets(appendNames(out, names))
	if r.err == nil && (!seen[sectionExport] || !seen[sectionGlobal]) {
		return nil, fmt.Errorf("nothing is exported, or there are no globals: %w", errModule)
	}
	return out, r.err
}

// withExports returns the section of exports with those of all functions and of what is added behind them.
func (m *Module) withExports(payload []byte) []byte {
	r := &reader{b: payload}
	n := r.u32()
	section := append(appendU32(nil, n+2+uint32(len(m.Bodies))), r.b...)
	export := func(name string, kind byte, index uint32) {
		section = append(append(appendU32(section, uint32(len(name))), name...), kind)
		section = appendU32(section, index)
	}
	export(Tank, 3, uint32(m.importedG+m.globals))
	export(Pointer, 3, uint32(m.importedG+m.globals)+1)
	for i := range m.Bodies {
		index := uint32(m.imports + i)
		export(ExportName(index), 0, index)
	}
	return section
}

// appendU32 appends v as LEB128.
func appendU32(b []byte, v uint32) []byte {
	for ; v >= 0x80; v >>= 7 {
		b = append(b, byte(v)|0x80)
	}
	return append(b, byte(v))
}

// appendI32 appends v as a signed LEB128.
func appendI32(b []byte, v uint32) []byte {
	for ; v >= 0x40; v >>= 7 {
		b = append(b, byte(v)|0x80)
	}
	return append(b, byte(v))
}
