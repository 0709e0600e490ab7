package lx106

import "fmt"

// Text returns the instruction in the assembler's language, written as GNU objdump writes it, with a tab behind the name. Targets are
// hexadecimal numbers. For a byte that begins no instruction it is just ".byte".
func (in Inst) Text() string {
	if in.Len == 1 {
		return ".byte"
	}
	name := in.Op.String()
	if in.Len == 2 && in.Op != OpUndefined {
		name += ".n"
	}
	switch {
	case in.Op == OpWsr && Special(in.Imm) == INTERRUPT:
		name += ".intset"
	case in.Op == OpRsr || in.Op == OpWsr || in.Op == OpXsr:
		name += "." + Special(in.Imm).String()
	}
	if operands := in.operands(); operands != "" {
		return name + "\t" + operands
	}
	return name
}

// operands returns what stands behind the name.
func (in Inst) operands() string {
	r, s, t := register(in.R), register(in.S), register(in.T)
	switch in.Op {
	case OpAdd, OpAddx2, OpAddx4, OpAddx8, OpSub, OpSubx2, OpSubx4, OpSubx8, OpAnd, OpOr, OpXor,
		OpSrc, OpMul16u, OpMul16s, OpMull, OpMoveqz, OpMovnez, OpMovltz, OpMovgez:
		return r + ", " + s + ", " + t
	case OpMov, OpNsa, OpNsau, OpRitlb0, OpRitlb1, OpRdtlb0, OpRdtlb1, OpPitlb, OpPdtlb, OpWitlb, OpWdtlb:
		return t + ", " + s
	case OpNeg, OpAbs, OpSrl, OpSra:
		return r + ", " + t
	case OpSll:
		return r + ", " + s
	case OpAddi, OpAddmi, OpL8ui, OpL16ui, OpL16si, OpL32i, OpS8i, OpS16i, OpS32i:
		return t + ", " + s + ", " + number(in.Imm)
	case OpMovi:
		return t + ", " + number(in.Imm)
	case OpL32r:
		return t + ", " + address(in.Imm)
	case OpSlli:
		return r + ", " + s + ", " + number(in.Imm)
	case OpSrli, OpSrai:
		return r + ", " + t + ", " + number(in.Imm)
	case OpExtui:
		width := 0
		for k := in.K; k != 0; k >>= 1 {
			width++
		}
		return fmt.Sprintf("%s, %s, %d, %d", r, t, in.Imm, width)
	case OpSsr, OpSsl, OpSsa8l, OpSsa8b, OpIitlb, OpIdtlb, OpJx, OpCallx0:
		return s
	case OpSsai, OpWaiti, OpRfi, OpRfdo:
		return number(in.Imm)
	case OpRsr, OpWsr, OpXsr:
		return t
	case OpRsil:
		return t + ", " + number(in.Imm)
	case OpBreak:
		if in.Len == 2 {
			return fmt.Sprint(in.S)
		}
		return fmt.Sprintf("%d, %d", in.S, in.T)
	case OpJ, OpCall0:
		return address(in.Imm)
	case OpBeqz, OpBnez, OpBltz, OpBgez:
		return s + ", " + address(in.Imm)
	case OpBeqi, OpBnei, OpBlti, OpBgei, OpBltui, OpBgeui, OpBbci, OpBbsi:
		return s + ", " + number(in.K) + ", " + address(in.Imm)
	case OpBnone, OpBeq, OpBlt, OpBltu, OpBall, OpBbc, OpBany, OpBne, OpBge, OpBgeu, OpBnall, OpBbs:
		return s + ", " + t + ", " + address(in.Imm)
	}
	return ""
}

func register(n uint8) string { return fmt.Sprintf("a%d", n) }
func address(v uint32) string { return fmt.Sprintf("0x%x", v) }

// number writes small constants in decimal, others in hexadecimal.
func number(v uint32) string {
	if n := int32(v); n > -256 && n < 256 {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("0x%x", v)
}
