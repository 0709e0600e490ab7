package lx106

// Inst is one decoded instruction.
type Inst struct {
	Op  Op
	Len uint8 // bytes: 2 or 3; 1 for bytes that begin no instruction at all
	// R, S and T are the register fields as they lie in the instruction. Narrow forms are put where the wide form has them: the
	// destination of OpAdd is R, of OpAddi and OpMovi T.
	R, S, T uint8
	// Imm is the constant: offset of a load or store, value of movi and addi (sign extended), shift, target of a branch or call,
	// address of l32r's literal, number of a special register, level of rsil, waiti and rfi.
	Imm uint32
	// K is the second constant: compared value of the branches with a constant, mask of extui, the bit's number of bbci and bbsi.
	K uint32
}

// Constants of the branches that compare with one (beqi, bnei, blti, bgei; bltui, bgeui).
var (
	branchSigned   = [16]uint32{0xFFFFFFFF, 1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 16, 32, 64, 128, 256}
	branchUnsigned = [16]uint32{32768, 65536, 2, 3, 4, 5, 6, 7, 8, 10, 12, 16, 32, 64, 128, 256}
)

// signExtend extends the low bits of v.
func signExtend(v uint32, bits uint) uint32 { return uint32(int32(v<<(32-bits)) >> (32 - bits)) }

// Length returns the number of bytes of the instruction that begins with b: 3, 2, or 1 if none does.
func Length(b byte) int {
	switch {
	case b&15 < 8:
		return 3
	case b&15 < 14:
		return 2
	}
	return 1
}

// Decode decodes the instruction at pc. Bytes that the instruction does not have are not looked at and may be 0. Patterns that are no
// instruction of the core become OpUndefined: decoding never fails.
func Decode(pc uint32, b0, b1, b2 byte) Inst {
	w := uint32(b0) | uint32(b1)<<8 | uint32(b2)<<16
	in := Inst{Op: OpUndefined, Len: uint8(Length(b0)), R: uint8(w >> 12 & 15), S: uint8(w >> 8 & 15), T: uint8(w >> 4 & 15)}
	switch w & 15 {
	case 0:
		in.decodeRegisters(w)
	case 1:
		in.Op = OpL32r
		in.Imm = (pc+3)&^3 + (0xFFFC0000 | w>>8<<2)
	case 2:
		in.decodeImmediate(w)
	case 5:
		if in.T&3 == 0 {
			in.Op, in.Imm = OpCall0, pc&^3+signExtend(w>>6, 18)<<2+4
		}
	case 6:
		in.decodeCompare(pc, w)
	case 7:
		in.Op = [8]Op{OpBnone, OpBeq, OpBlt, OpBltu, OpBall, OpBbc, OpBbci, OpBbci}[in.R&7]
		if in.R >= 8 {
			in.Op += OpBany - OpBnone
		}
		in.Imm = pc + 4 + signExtend(w>>16, 8)
		if in.R&7 >= 6 {
			in.K = uint32(in.T) | uint32(in.R&1)<<4
		}
	case 8:
		in.Op, in.Imm = OpL32i, uint32(in.R)<<2
	case 9:
		in.Op, in.Imm = OpS32i, uint32(in.R)<<2
	case 10:
		in.Op = OpAdd
	case 11:
		in.Op, in.Imm, in.T = OpAddi, uint32(in.T), in.R
		if in.Imm == 0 {
			in.Imm = 0xFFFFFFFF
		}
	case 12:
		in.decodeNarrowMovi(pc)
	case 13:
		in.decodeNarrow()
	}
	return in
}

// decodeRegisters decodes the instructions with three registers and their many relatives.
func (in *Inst) decodeRegisters(w uint32) {
	op2 := w >> 20 & 15
	switch w >> 16 & 15 {
	case 0:
		in.decodeArithmetic(w, op2)
	case 1:
		in.decodeShift(w, op2)
	case 2:
		if op2 == 8 {
			in.Op = OpMull
		}
	case 3:
		switch op2 {
		case 0:
			in.special(OpRsr, canRead)
		case 1:
			in.special(OpWsr, canWrite)
		case 8, 9, 10, 11:
			in.Op = OpMoveqz + Op(op2-8)
		}
	case 4, 5:
		in.Op = OpExtui
		in.Imm = uint32(in.S) | w>>16&1<<4
		in.K = 1<<(op2+1) - 1
	}
}

func (in *Inst) decodeArithmetic(w, op2 uint32) {
	switch op2 {
	case 0:
		in.decodeControl(w)
	case 1:
		in.Op = OpAnd
	case 2:
		in.Op = OpOr
	case 3:
		in.Op = OpXor
	case 4:
		in.decodeShiftAmount()
	case 5:
		in.decodeTLB()
	case 6:
		switch in.S {
		case 0:
			in.Op = OpNeg
		case 1:
			in.Op = OpAbs
		}
	case 8, 9, 10, 11, 12, 13, 14, 15:
		in.Op = OpAdd + Op(op2-8)
	}
}

// decodeControl decodes jumps through registers, synchronisation and what is about exceptions.
func (in *Inst) decodeControl(w uint32) {
	switch in.R {
	case 0:
		switch {
		case w == 0:
			in.Op = OpIll
		case in.T == 8:
			in.Op = OpRet
		case in.T == 10:
			in.Op = OpJx
		case in.T == 12:
			in.Op = OpCallx0
		}
	case 2:
		if in.S == 0 {
			in.Op = [16]Op{
				OpIsync, OpRsync, OpEsync, OpDsync, OpUndefined, OpUndefined, OpUndefined, OpUndefined,
				OpExcw, OpUndefined, OpUndefined, OpUndefined, OpMemw, OpExtw, OpUndefined, OpNop,
			}[in.T]
		}
	case 3:
		switch {
		case in.T == 0 && in.S == 0:
			in.Op = OpRfe
		case in.T == 0 && in.S == 2:
			in.Op = OpRfde
		case in.T == 1:
			in.Op, in.Imm = OpRfi, uint32(in.S)
		}
	case 4:
		in.Op = OpBreak
	case 5:
		switch w {
		case 0x5000:
			in.Op = OpSyscall
		case 0x5100:
			in.Op = OpSimcall
		}
	case 6:
		in.Op, in.Imm = OpRsil, uint32(in.S)
	case 7:
		if in.T == 0 {
			in.Op, in.Imm = OpWaiti, uint32(in.S)
		}
	}
}

func (in *Inst) decodeShiftAmount() {
	switch in.R {
	case 0, 1, 2, 3:
		if in.T == 0 {
			in.Op = OpSsr + Op(in.R)
		}
	case 4:
		if in.T < 2 {
			in.Op, in.Imm = OpSsai, uint32(in.S)|uint32(in.T)<<4
		}
	case 6:
		in.Op = OpRer
	case 7:
		in.Op = OpWer
	case 14:
		in.Op = OpNsa
	case 15:
		in.Op = OpNsau
	}
}

func (in *Inst) decodeTLB() {
	in.Op = [16]Op{
		3: OpRitlb0, 4: OpIitlb, 5: OpPitlb, 6: OpWitlb, 7: OpRitlb1,
		11: OpRdtlb0, 12: OpIdtlb, 13: OpPdtlb, 14: OpWdtlb, 15: OpRdtlb1,
	}[in.R]
	if in.Op == 0 || (in.Op == OpIitlb || in.Op == OpIdtlb) && in.T != 0 {
		in.Op = OpUndefined
	}
}

func (in *Inst) decodeShift(w, op2 uint32) {
	switch op2 {
	case 0, 1:
		in.Op, in.Imm = OpSlli, 32-(uint32(in.T)|op2&1<<4)
	case 2, 3:
		in.Op, in.Imm = OpSrai, uint32(in.S)|op2&1<<4
	case 4:
		in.Op, in.Imm = OpSrli, uint32(in.S)
	case 6:
		in.special(OpXsr, canSwap)
	case 8:
		in.Op = OpSrc
	case 9:
		if in.S == 0 {
			in.Op = OpSrl
		}
	case 10:
		if in.T == 0 {
			in.Op = OpSll
		}
	case 11:
		if in.S == 0 {
			in.Op = OpSra
		}
	case 12:
		in.Op = OpMul16u
	case 13:
		in.Op = OpMul16s
	case 15:
		switch {
		case in.R == 14 && in.T == 0:
			in.Op, in.Imm = OpRfdo, uint32(in.S)
		case in.R == 14 && in.T == 1:
			in.Op = OpRfdd
		}
	}
}

// special decodes rsr, wsr and xsr.
func (in *Inst) special(op Op, need uint8) {
	n := Special(in.R<<4 | in.S)
	if specials[n].can&need != 0 {
		in.Op, in.Imm = op, uint32(n)
	}
}

// decodeImmediate decodes loads, stores and arithmetic with a constant of 8 bits.
func (in *Inst) decodeImmediate(w uint32) {
	imm := w >> 16
	switch in.R {
	case 0:
		in.Op, in.Imm = OpL8ui, imm
	case 1:
		in.Op, in.Imm = OpL16ui, imm<<1
	case 2:
		in.Op, in.Imm = OpL32i, imm<<2
	case 4:
		in.Op, in.Imm = OpS8i, imm
	case 5:
		in.Op, in.Imm = OpS16i, imm<<1
	case 6:
		in.Op, in.Imm = OpS32i, imm<<2
	case 9:
		in.Op, in.Imm = OpL16si, imm<<1
	case 10:
		in.Op, in.Imm = OpMovi, signExtend(uint32(in.S)<<8|imm, 12)
	case 12:
		in.Op, in.Imm = OpAddi, signExtend(imm, 8)
	case 13:
		in.Op, in.Imm = OpAddmi, signExtend(imm, 8)<<8
	}
}

// decodeCompare decodes j and the branches that compare with 0 or with a constant.
func (in *Inst) decodeCompare(pc, w uint32) {
	m := Op(w >> 6 & 3)
	switch w >> 4 & 3 {
	case 0:
		in.Op, in.Imm = OpJ, pc+4+signExtend(w>>6, 18)
	case 1:
		in.Op, in.Imm = OpBeqz+m, pc+4+signExtend(w>>12, 12)
	case 2:
		in.Op, in.Imm, in.K = OpBeqi+m, pc+4+signExtend(w>>16, 8), branchSigned[in.R]
	case 3:
		if m >= 2 {
			in.Op, in.Imm, in.K = OpBltui+m-2, pc+4+signExtend(w>>16, 8), branchUnsigned[in.R]
		}
	}
}

func (in *Inst) decodeNarrowMovi(pc uint32) {
	if in.T < 8 {
		v := uint32(in.T)<<4 | uint32(in.R)
		if v >= 0x60 {
			v -= 0x80
		}
		in.Op, in.Imm, in.T = OpMovi, v, in.S
		return
	}
	in.Op = OpBeqz + Op(in.T>>2&1)
	in.Imm = pc + 4 + (uint32(in.T&3)<<4 | uint32(in.R))
}

func (in *Inst) decodeNarrow() {
	switch in.R {
	case 0:
		in.Op = OpMov
	case 15:
		switch {
		case in.T == 0:
			in.Op = OpRet
		case in.T == 2:
			in.Op = OpBreak
		case in.T == 3 && in.S == 0:
			in.Op = OpNop
		case in.T == 6 && in.S == 0:
			in.Op = OpIll
		}
	}
}
