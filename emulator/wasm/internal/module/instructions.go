package module

// Instructions that skip knows, and some that others look at (WebAssembly core specification, 5.4).
const (
	opUnreachable = 0x00
	opNop         = 0x01
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
	opDrop        = 0x1A
	opIndirect    = 0x11
	opSelectT     = 0x1C
	opLocalGet    = 0x20 // to table.set, 0x26: an index
	opLocalSet    = 0x21
	opLocalTee    = 0x22
	opGlobalGet   = 0x23
	opGlobalSet   = 0x24
	opTableSet    = 0x26
	opFirstLd     = 0x28 // loads, to 0x35, and stores: alignment and offset
	opFirstSt     = 0x36 // i32.store
	opLastSt      = 0x3E
	opMemSize     = 0x3F
	opMemGrow     = 0x40
	opI32Const    = 0x41
	opI64Const    = 0x42
	opI32DivS     = 0x6D
	opI32RemS     = 0x6F
	opI32RemU     = 0x70
	opI64DivS     = 0x7F
	opI64RemS     = 0x81
	opI64RemU     = 0x82
	opF32Const    = 0x43
	opF64Const    = 0x44
	opI32Eqz      = 0x45
	opI32Eq       = 0x46
	opI32Ne       = 0x47
	opI32LtU      = 0x49
	opI32GtU      = 0x4B
	opI32GtS      = 0x4A
	opI32Add      = 0x6A
	opI32Sub      = 0x6B
	opI32Mul      = 0x6C
	opI32ShrU     = 0x76
	opI64Or       = 0x84
	opI64Shl      = 0x86
	opI64ShrU     = 0x88
	opI32Wrap     = 0xA7 // of an i64
	opI64ExtendS  = 0xAC
	opI64ExtendU  = 0xAD
	opF64OfSmall  = 0xBB // the same number as an f32
	opI32OfF32    = 0xBC // the same bits
	opI64OfF64    = 0xBD
	opF32OfI32    = 0xBE
	opF64OfI64    = 0xBF
	opLastNumeric = 0xC4
	opRefNull     = 0xD0
	opRefIsNull   = 0xD1
	opRefFunc     = 0xD2
	opMisc        = 0xFC
	opSIMD        = 0xFD
	opThreads     = 0xFE
)

// lastSaturating is the last number behind opMisc of a conversion of numbers; what follows works on memory and tables.
const lastSaturating = 7

// Numbers behind opMisc of instructions on memory and tables that take no length.
const (
	opDataDrop  = 9
	opElemDrop  = 13
	opTableSize = 16
)

// skip reads the immediates of an instruction. It fails for one that it does not know: engines agree on where each of the
// others ends.
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
		for _, t := range r.bytes(r.count()) {
			r.value(t)
		}
	case op == opF32Const:
		r.bytes(4)
	case op == opF64Const:
		r.bytes(8)
	case op == opMisc:
		switch n := r.u32(); {
		case n <= lastSaturating:
		case n == 9 || n == 11 || n == 13 || n >= 15: // one index
			r.u32()
		default: // memory.init and copy, table.init and copy
			r.u32()
			r.u32()
		}
	case op == opUnreachable || op == opNop || op == opElse || op == opEnd || op == opReturn || op == opRefIsNull,
		op >= opDrop && op < opSelectT, op >= opI32Eqz && op <= opLastNumeric: // none
	default:
		r.fail()
	}
}
