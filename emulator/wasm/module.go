package wasm

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
	sectionExport   = 7
	sectionStart    = 8
	sectionElement  = 9
	sectionCode     = 10

	typeI32  = 0x7F
	typeForm = 0x60

	opI32Const = 0x41
	opEnd      = 0x0B
	opFirstSt  = 0x36 // i32.store; loads are 0x28 to 0x35, stores 0x36 to 0x3E
	opLastSt   = 0x3E

	tableMax = 1 << 16 // Choice: more function pointers than any firmware has
)

// signature is a function type: value types as in the binary.
type signature struct{ params, results []byte }

// callable reports whether esp_call can call a function of this type: up to three i32, at most one i32 result.
func (s signature) callable() bool {
	if len(s.params) > 3 || len(s.results) > 1 {
		return false
	}
	for _, t := range append(append([]byte(nil), s.params...), s.results...) {
		if t != typeI32 {
			return false
		}
	}
	return true
}

// shape is esp_call's name of the type (rt/rt.c).
func (s signature) shape() uint32 { return uint32(2*len(s.params) + len(s.results)) }

// module is what the binary says beyond what wazero tells: the type behind each function pointer, and the code for
// telling loads from stores.
type module struct {
	types   []signature
	funcs   []uint32          // type of each function, imports first
	imports int               // how many of funcs are imported
	table   map[uint32]uint32 // function pointer -> function
	exports map[string]uint32 // exported functions
	start   bool              // there is a start function
	grows   bool              // a table has no maximum, or one beyond tableMax
	code    []byte            // the code section's payload
	bodies  []span            // of the functions that are not imported, in order
	debug   map[string][]byte // custom sections whose names begin with .debug_
}

// span is a part of the code section, as debug information counts: offsets from the section's payload on.
type span struct{ from, to uint64 }

// function returns the function whose body begins at an offset of the code section.
func (m *module) function(offset uint64) (index uint32, ok bool) {
	i, ok := slices.BinarySearchFunc(m.bodies, offset, func(s span, at uint64) int { return cmp.Compare(s.from, at) })
	return uint32(m.imports + i), ok && m.imports+i < len(m.funcs)
}

// pointer returns the type of the function that a function pointer names.
func (m *module) pointer(p uint32) (signature, bool) {
	f, ok := m.table[p]
	if !ok || int(f) >= len(m.funcs) {
		return signature{}, false
	}
	return m.types[m.funcs[f]], true
}

// stores reports whether the instruction at an offset of the code section writes memory.
func (m *module) stores(offset uint64) bool {
	return offset < uint64(len(m.code)) && m.code[offset] >= opFirstSt && m.code[offset] <= opLastSt
}

var errModule = errors.New("not a valid WebAssembly module")

// parseModule reads b, which may be anything.
func parseModule(b []byte) (*module, error) {
	if len(b) < 8 || string(b[:4]) != "\x00asm" {
		return nil, errModule
	}
	m := &module{table: map[uint32]uint32{}, exports: map[string]uint32{}, debug: map[string][]byte{}}
	r := &reader{b: b[8:]}
	for len(r.b) > 0 && r.err == nil {
		id := r.byte()
		s := &reader{b: r.bytes(r.u32())}
		if r.err != nil {
			break
		}
		switch id {
		case sectionCustom:
			if name := string(s.bytes(s.u32())); strings.HasPrefix(name, ".debug_") {
				m.debug[name] = s.b
			}
		case sectionType:
			m.readTypes(s)
		case sectionImport:
			m.readImports(s)
		case sectionFunction:
			for range s.count() {
				m.funcs = append(m.funcs, s.u32())
			}
		case sectionTable:
			for range s.count() {
				s.byte() // type of the elements
				m.readTable(s)
			}
		case sectionExport:
			m.readExports(s)
		case sectionStart:
			m.start = true
		case sectionElement:
			m.readElements(s)
		case sectionCode:
			m.code = s.b
			m.readBodies(s)
		}
		r.err = s.err
	}
	for _, t := range m.funcs {
		if int(t) >= len(m.types) {
			return nil, errModule
		}
	}
	return m, r.err
}

func (m *module) readTypes(r *reader) {
	for range r.count() {
		if r.byte() != typeForm {
			r.fail()
			return
		}
		m.types = append(m.types, signature{r.bytes(r.u32()), r.bytes(r.u32())})
	}
}

func (m *module) readImports(r *reader) {
	for range r.count() {
		r.bytes(r.u32())
		r.bytes(r.u32())
		switch r.byte() {
		case 0: // function
			m.funcs = append(m.funcs, r.u32())
			m.imports++
		case 1: // table
			r.byte()
			m.readTable(r)
		case 2: // memory
			r.limits()
		case 3: // global
			r.byte()
			r.byte()
		default:
			r.fail()
		}
		if r.err != nil {
			return
		}
	}
}

func (m *module) readTable(r *reader) {
	if least, most, bounded := r.limits(); !bounded || least > tableMax || most > tableMax {
		m.grows = true
	}
}

func (m *module) readExports(r *reader) {
	for range r.count() {
		name, kind, index := string(r.bytes(r.u32())), r.byte(), r.u32()
		if kind == 0 && r.err == nil {
			m.exports[name] = index
		}
	}
}

func (m *module) readBodies(r *reader) {
	size := len(r.b)
	for range r.count() {
		body := r.bytes(r.u32())
		if r.err != nil {
			return
		}
		to := uint64(size - len(r.b))
		m.bodies = append(m.bodies, span{to - uint64(len(body)), to})
	}
}

// readElements reads the active segments of table 0 that list functions, which is what C linkers make.
func (m *module) readElements(r *reader) {
	for range r.count() {
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
		for i := range r.count() {
			if at+i >= tableMax || at+i < at {
				r.fail()
			}
			f := r.u32()
			if r.err != nil {
				return
			}
			m.table[at+i] = f
		}
	}
}

// reader reads the binary format. After an error it returns zeros.
type reader struct {
	b   []byte
	err error
}

func (r *reader) fail() {
	if r.err == nil {
		r.err = errModule
	}
	r.b = nil
}

func (r *reader) byte() byte {
	if len(r.b) == 0 {
		r.fail()
		return 0
	}
	c := r.b[0]
	r.b = r.b[1:]
	return c
}

func (r *reader) bytes(n uint32) []byte {
	if uint64(n) > uint64(len(r.b)) {
		r.fail()
		return nil
	}
	p := r.b[:n]
	r.b = r.b[n:]
	return p
}

// count reads the length of a vector. Each of its elements takes a byte at least.
func (r *reader) count() uint32 {
	n := r.u32()
	if uint64(n) > uint64(len(r.b)) {
		r.fail()
		return 0
	}
	return n
}

// leb reads a LEB128 number of at most five bytes, and the bits it had.
func (r *reader) leb() (v uint64, bits uint, last byte) {
	for bits < 35 {
		c := r.byte()
		v |= uint64(c&0x7F) << bits
		bits += 7
		if c < 0x80 {
			return v, bits, c
		}
	}
	r.fail()
	return 0, 0, 0
}

func (r *reader) u32() uint32 {
	v, _, _ := r.leb()
	return uint32(v)
}

func (r *reader) i32() int32 {
	v, bits, last := r.leb()
	if last&0x40 != 0 && bits < 64 {
		v |= ^uint64(0) << bits
	}
	return int32(v)
}

func (r *reader) limits() (least, most uint32, bounded bool) {
	bounded = r.byte()&1 != 0
	least = r.u32()
	if bounded {
		most = r.u32()
	}
	return least, most, bounded
}

// Instructions that skip knows, and some that others look at (WebAssembly core specification, 5.4).
const (
	opUnreachable = 0x00
	opBlock       = 0x02
	opLoop        = 0x03
	opIf          = 0x04
	opElse        = 0x05
	opBr          = 0x0C
	opBrIf        = 0x0D
	opBrTable     = 0x0E
	opReturn      = 0x0F
	opCall        = 0x10
	opIndirect    = 0x11
	opSelectT     = 0x1C
	opLocalGet    = 0x20 // to table.set, 0x26: an index
	opTableSet    = 0x26
	opFirstLd     = 0x28 // loads and stores: alignment and offset
	opMemSize     = 0x3F
	opMemGrow     = 0x40
	opI64Const    = 0x42
	opF32Const    = 0x43
	opF64Const    = 0x44
	opI32Add      = 0x6A
	opRefNull     = 0xD0
	opRefFunc     = 0xD2
	opMisc        = 0xFC
	opSIMD        = 0xFD
	opThreads     = 0xFE
)

// skip reads the immediates of an instruction.
func (r *reader) skip(op byte) {
	switch {
	case op == opBlock || op == opLoop || op == opIf || op == opI32Const || op == opI64Const || op == opRefNull:
		r.leb64()
	case op == opBr || op == opBrIf || op == opCall || op == opRefFunc || op == opMemSize || op == opMemGrow,
		op >= opLocalGet && op <= opTableSet:
		r.u32()
	case op == opBrTable:
		for range r.count() {
			r.u32()
		}
		r.u32()
	case op == opIndirect || op >= opFirstLd && op <= opLastSt:
		r.u32()
		r.u32()
	case op == opSelectT:
		r.bytes(r.count())
	case op == opF32Const:
		r.bytes(4)
	case op == opF64Const:
		r.bytes(8)
	case op == opMisc:
		switch n := r.u32(); {
		case n <= 7: // saturating conversions
		case n == 9 || n == 11 || n == 13 || n >= 15: // one index
			r.u32()
		default: // memory.init and copy, table.init and copy
			r.u32()
			r.u32()
		}
	}
}

// leb64 passes over a number of up to 64 bits.
func (r *reader) leb64() {
	for range 10 {
		if r.byte() < 0x80 {
			return
		}
	}
	r.fail()
}
