package module

// Instructions that skip knows, and some that others look at (WebAssembly core specification, 5.4).
const (
	opUnreachable = 0x00
	opBlock       = 0x02
	opLoop        = 0x03
	opIf          = 0x04
	opElse        = 0x05
	opEnd         = 0x0B
	opBr          = 0x0C
	opBrIf        = 0x0D
	opBrTable     = 0x0E
	opReturn      = 0x0F
	opCall        = 0x10
	opIndirect    = 0x11
	opSelectT     = 0x1C
	opLocalGet    = 0x20 // to table.set, 0x26: an index
	opGlobalGet   = 0x23
	opTableSet    = 0x26
	opFirstLd     = 0x28 // loads, to 0x35, and stores: alignment and offset
	opFirstSt     = 0x36 // i32.store
	opLastSt      = 0x3E
	opMemSize     = 0x3F
	opMemGrow     = 0x40
	opI32Const    = 0x41
	opI64Const    = 0x42
	opI32RemS     = 0x6F
	opI32RemU     = 0x70
	opI64RemS     = 0x81
	opI64RemU     = 0x82
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
