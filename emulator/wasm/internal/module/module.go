package module

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Parts of the binary format (WebAssembly core specification, 5).
const (
	sectionCustom   = 0
	sectionType     = 1
	sectionImport   = 2
	sectionFunction = 3
	sectionTable    = 4
	sectionMemory   = 5
	sectionGlobal   = 6
	sectionExport   = 7
	sectionStart    = 8
	sectionElement  = 9
	sectionCode     = 10
	sectionData     = 11
	sectionCounts   = 12 // of data segments, before the code

	typeI32   = 0x7F
	typeI64   = 0x7E
	typeF32   = 0x7D
	typeF64   = 0x7C
	typeFunc  = 0x70
	typeForm  = 0x60
	limitsMax = 1 // the highest kind of limits that C linkers make: with a maximum
)

// stackPointer is the name under which C linkers export the stack pointer.
const stackPointer = "__stack_pointer"

// TableMax is the most function pointers that a module may have. Choice: more than any firmware has.
const TableMax = 1 << 16

// Signature is a function type: value types as in the binary.
type Signature struct{ Params, Results []byte }

// Callable reports whether esp_call can call a function of this type: up to three i32, at most one i32 result.
func (s Signature) Callable() bool {
	other := func(t byte) bool { return t != typeI32 }
	return len(s.Params) <= 3 && len(s.Results) <= 1 && !slices.ContainsFunc(s.Params, other) && !slices.ContainsFunc(s.Results, other)
}

// Shape is esp_call's name of the type (rt/rt.c).
func (s Signature) Shape() uint32 { return uint32(2*len(s.Params) + len(s.Results)) }

// Module is what the binary says beyond what wazero tells: the type behind each function pointer, and the code for
// telling loads from stores.
type Module struct {
	types     []Signature
	funcs     []uint32          // type of each function, imports first
	imports   int               // how many of funcs are imported
	code      []byte            // the code section's payload
	Bodies    []Span            // of the functions that are not imported, in order
	Table     map[uint32]uint32 // function pointer -> function
	Exports   map[string]uint32 // exported functions
	imported  map[string]uint32 // imported functions
	tableSize uint32            // entries of the table; 0: none, or not always the same number
	Start     bool              // there is a start function
	Grows     bool              // a table has no maximum, or one beyond TableMax
	Debug     map[string][]byte // custom sections whose names begin with .debug_
	names     []name            // of functions, from the custom section name

	watchdog  uint32   // the function that is called when the tank is empty
	fuelled   bool     // there is one
	importedG int      // imported globals
	initial   []uint32 // of the others; 0 for what is no i32
	stack     uint32   // the global that is the stack pointer
	stacks    bool     // there is one
	moved     []segment

	globals, tables, memories, segments, elements, customs, exports int // how many there are
}

// Span is a part of the code section, as debug information counts: offsets from the section's payload on.
type Span struct{ From, To uint64 }

// Function returns the function whose body begins at an offset of the code section.
func (m *Module) Function(offset uint64) (index uint32, ok bool) {
	i, ok := slices.BinarySearchFunc(m.Bodies, offset, func(s Span, at uint64) int { return cmp.Compare(s.From, at) })
	return uint32(m.imports + i), ok && m.imports+i < len(m.funcs)
}

// Type returns the type of a function that Function has found.
func (m *Module) Type(index uint32) Signature { return m.types[m.funcs[index]] }

// Pointer returns the type of the function that a function pointer names.
func (m *Module) Pointer(p uint32) (Signature, bool) {
	f, ok := m.Table[p]
	if !ok || int(f) >= len(m.funcs) {
		return Signature{}, false
	}
	return m.types[m.funcs[f]], true
}

// Stores reports whether the instruction at an offset of the code section writes memory.
func (m *Module) Stores(offset uint64) bool {
	return offset < uint64(len(m.code)) && m.code[offset] >= opFirstSt && m.code[offset] <= opLastSt
}

// Remainder reports whether the instruction at an offset of the code section takes the remainder of a division.
func (m *Module) Remainder(offset uint64) bool {
	return offset < uint64(len(m.code)) && slices.Contains([]byte{opI32RemS, opI32RemU, opI64RemS, opI64RemU}, m.code[offset])
}

var errModule = errors.New("not a valid WebAssembly module")

// Parse reads b, which may be anything. It accepts what C linkers make, and refuses what it does not know: an engine that
// reads the same bytes must come to the same counts, because engines allocate by them. Every list is bounded (limits.go).
func Parse(b []byte) (*Module, error) {
	if len(b) < 8 || string(b[:4]) != "\x00asm" {
		return nil, errModule
	}
	m := &Module{Table: map[uint32]uint32{}, Exports: map[string]uint32{}, imported: map[string]uint32{}, Debug: map[string][]byte{}}
	r := &reader{b: b[8:]}
	for len(r.b) > 0 && r.err == nil {
		id := r.byte()
		s := &reader{b: r.bytes(r.u32())}
		if r.err != nil {
			break
		}
		m.section(id, s)
		if s.err == nil && len(s.b) > 0 {
			s.fail() // more than its lists say
		}
		r.err = s.err
	}
	if r.err != nil {
		return nil, r.err
	}
	for _, t := range m.funcs {
		if int(t) >= len(m.types) {
			return nil, errModule
		}
	}
	if m.imports+len(m.Bodies) != len(m.funcs) { // each function that is not imported has a body
		return nil, errModule
	}
	return m, nil
}

// section reads the payload of one section.
func (m *Module) section(id byte, s *reader) {
	switch id {
	case sectionCustom:
		s.within("custom sections", &m.customs, 1, customMax)
		name := string(s.bytes(s.u32()))
		if strings.HasPrefix(name, ".debug_") {
			m.Debug[name] = s.b
		} else if name == nameSection {
			m.names = readNames(s.b, importsMax+functionsMax)
		}
		s.b = nil
	case sectionType:
		m.readTypes(s)
	case sectionImport:
		m.readImports(s)
	case sectionFunction:
		for range s.list("functions", new(int), functionsMax) {
			m.funcs = append(m.funcs, s.u32())
		}
	case sectionTable:
		for range s.list("tables", &m.tables, tablesMax) {
			m.tableSize = m.readTable(s)
		}
	case sectionMemory:
		for range s.list("memories", &m.memories, 1) {
			s.limits()
		}
	case sectionGlobal:
		for range s.list("globals", &m.globals, globalsMax) {
			s.global()
			m.initial = append(m.initial, s.constant())
		}
	case sectionExport:
		m.readExports(s)
	case sectionStart:
		m.Start = true
		s.u32()
	case sectionElement:
		m.readElements(s)
	case sectionCode:
		m.code = s.b
		m.readBodies(s)
	case sectionData:
		m.readData(s)
	case sectionCounts:
		s.u32()
	default:
		s.fail()
	}
}

func (m *Module) readTypes(r *reader) {
	for range r.list("types", new(int), typesMax) {
		if r.byte() != typeForm {
			r.fail()
			return
		}
		m.types = append(m.types, Signature{r.values("parameters"), r.values("results")})
	}
}

func (m *Module) readImports(r *reader) {
	for range r.list("imports", new(int), importsMax) {
		from, name := string(r.bytes(r.u32())), string(r.bytes(r.u32()))
		switch r.byte() {
		case 0: // function
			if from == "esp" && name == "esp_watchdog" {
				m.watchdog, m.fuelled = uint32(m.imports), true
			}
			m.imported[name] = uint32(m.imports)
			m.funcs = append(m.funcs, r.u32())
			m.imports++
		case 1: // table
			r.within("tables", &m.tables, 1, tablesMax)
			m.readTable(r)
		case 2: // memory
			r.limits()
		case 3: // global
			r.within("globals", &m.importedG, 1, globalsMax)
			r.global()
		default:
			r.fail()
		}
		if r.err != nil {
			return
		}
	}
}

// readTable returns the number of entries of a table; 0 if it may change.
func (m *Module) readTable(r *reader) uint32 {
	if r.byte() != typeFunc {
		r.fail()
	}
	least, most, bounded := r.limits()
	if !bounded || least > TableMax || most > TableMax {
		m.Grows = true
		return 0
	}
	if least != most {
		return 0
	}
	return least
}

func (m *Module) readExports(r *reader) {
	for range r.list("exports", &m.exports, exportsMax) {
		name, kind, index := string(r.bytes(r.u32())), r.byte(), r.u32()
		switch {
		case r.err != nil:
		case kind == 0:
			m.Exports[name] = index
		case kind == 3 && name == stackPointer:
			m.stack, m.stacks = index, true
		}
	}
}

func (m *Module) readBodies(r *reader) {
	size := len(r.b)
	for range r.list("functions", new(int), functionsMax) {
		body := r.bytes(r.u32())
		if r.err != nil {
			return
		}
		to := uint64(size - len(r.b))
		m.Bodies = append(m.Bodies, Span{to - uint64(len(body)), to})
	}
}

// readElements reads the active segments of table 0 that list functions, which is what C linkers make.
func (m *Module) readElements(r *reader) {
	for range r.list("element segments", &m.segments, segmentsMax) {
		if flags := r.u32(); flags != 0 {
			if r.err == nil {
				r.err = fmt.Errorf("element segment of kind %d: link with wasm-ld", flags)
			}
			return
		}
		if r.byte() != opI32Const {
			r.fail()
			return
		}
		at := uint32(r.i32())
		if r.byte() != opEnd {
			r.fail()
		}
		for i := range r.list("function pointers", &m.elements, TableMax) {
			if at+i >= TableMax || at+i < at {
				r.fail()
			}
			f := r.u32()
			if r.err != nil {
				return
			}
			m.Table[at+i] = f
		}
	}
}

// readData passes over data segments: of memory 0, and those that are copied by instructions.
func (m *Module) readData(r *reader) {
	for range r.list("data segments", &m.segments, segmentsMax) {
		switch r.u32() {
		case 0:
			r.constant()
		case 1:
		default:
			r.fail()
		}
		r.bytes(r.u32())
		if r.err != nil {
			return
		}
	}
}
