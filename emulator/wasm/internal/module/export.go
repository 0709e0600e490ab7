package module

import (
	"fmt"
	"strconv"
)

// ExportName is the name under which ExportAll exports a function. No function of C has such a name.
func ExportName(index uint32) string { return "#" + strconv.FormatUint(uint64(index), 10) }

// ExportAll returns the module b with all functions that it defines exported, so that they can be called whatever their
// linkage in C was. m is what b holds. Custom sections are left out; the names of functions and the debug
// information that an engine reads are written anew.
func ExportAll(b []byte, m *Module) ([]byte, error) {
	out := append(make([]byte, 0, len(b)+16*len(m.Bodies)), b[:8]...)
	r := &reader{b: b[8:]}
	exported := false
	for len(r.b) > 0 && r.err == nil {
		whole := r.b
		id := r.byte()
		payload := r.bytes(r.u32())
		if r.err != nil {
			break
		}
		if id == sectionCustom {
			continue
		}
		if id != sectionExport || exported {
			out = append(out, whole[:len(whole)-len(r.b)]...)
			continue
		}
		exported = true
		s := &reader{b: payload}
		n := s.count()
		entries := s.b
		for range n {
			s.bytes(s.u32())
			s.byte()
			s.u32()
		}
		if s.err != nil || len(s.b) > 0 {
			return nil, errModule
		}
		section := append(appendU32(nil, n+uint32(len(m.Bodies))), entries...)
		for i := range m.Bodies {
			index := uint32(m.imports + i)
			name := ExportName(index)
			section = append(append(appendU32(section, uint32(len(name))), name...), 0) // 0: a function
			section = appendU32(section, index)
		}
		out = append(append(appendU32(append(out, id), uint32(len(section))), section...), r.b[:0]...)
	}
	out = appendOffsets(appendNames(out, m.names))
	if r.err == nil && !exported {
		return nil, fmt.Errorf("nothing is exported: %w", errModule)
	}
	return out, r.err
}

// appendU32 appends v as LEB128.
func appendU32(b []byte, v uint32) []byte {
	for ; v >= 0x80; v >>= 7 {
		b = append(b, byte(v)|0x80)
	}
	return append(b, byte(v))
}
