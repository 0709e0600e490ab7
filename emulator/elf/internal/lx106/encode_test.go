package lx106

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
)

// opcodes are the bits of wide instructions without their operands.
var opcodes = map[Op]uint32{
	OpAdd: 0x800000, OpAddx2: 0x900000, OpAddx4: 0xA00000, OpAddx8: 0xB00000,
	OpSub: 0xC00000, OpSubx2: 0xD00000, OpSubx4: 0xE00000, OpSubx8: 0xF00000,
	OpAnd: 0x100000, OpOr: 0x200000, OpXor: 0x300000, OpNeg: 0x600000, OpAbs: 0x600100,
	OpAddi: 0x00C002, OpAddmi: 0x00D002, OpMovi: 0x00A002,
	OpSlli: 0x010000, OpSrli: 0x410000, OpSrai: 0x210000, OpExtui: 0x040000,
	OpSsr: 0x400000, OpSsl: 0x401000, OpSsa8l: 0x402000, OpSsa8b: 0x403000, OpSsai: 0x404000,
	OpSrc: 0x810000, OpSrl: 0x910000, OpSll: 0xA10000, OpSra: 0xB10000, OpNsa: 0x40E000, OpNsau: 0x40F000,
	OpMul16u: 0xC10000, OpMul16s: 0xD10000, OpMull: 0x820000,
	OpMoveqz: 0x830000, OpMovnez: 0x930000, OpMovltz: 0xA30000, OpMovgez: 0xB30000,
	OpL8ui: 0x000002, OpL16ui: 0x001002, OpL16si: 0x009002, OpL32i: 0x002002, OpL32r: 0x000001,
	OpS8i: 0x004002, OpS16i: 0x005002, OpS32i: 0x006002,
	OpNop: 0x0020F0, OpExcw: 0x002080, OpIsync: 0x002000, OpRsync: 0x002010, OpEsync: 0x002020, OpDsync: 0x002030,
	OpMemw: 0x0020C0, OpExtw: 0x0020D0,
	OpRsr: 0x030000, OpWsr: 0x130000, OpXsr: 0x610000,
	OpJ: 0x000006, OpJx: 0x0000A0, OpCall0: 0x000005, OpCallx0: 0x0000C0, OpRet: 0x000080,
	OpBeqz: 0x000016, OpBnez: 0x000056, OpBltz: 0x000096, OpBgez: 0x0000D6,
	OpBeqi: 0x000026, OpBnei: 0x000066, OpBlti: 0x0000A6, OpBgei: 0x0000E6, OpBltui: 0x0000B6, OpBgeui: 0x0000F6,
	OpBnone: 0x000007, OpBeq: 0x001007, OpBlt: 0x002007, OpBltu: 0x003007, OpBall: 0x004007, OpBbc: 0x005007, OpBbci: 0x006007,
	OpBany: 0x008007, OpBne: 0x009007, OpBge: 0x00A007, OpBgeu: 0x00B007, OpBnall: 0x00C007, OpBbs: 0x00D007, OpBbsi: 0x00E007,
	OpRsil: 0x006000, OpWaiti: 0x007000, OpRfe: 0x003000, OpRfde: 0x003200, OpRfi: 0x003010,
	OpBreak: 0x004000, OpSyscall: 0x005000, OpSimcall: 0x005100, OpIll: 0x000000,
}

// encode returns the wide instruction that decodes to in at pc.
func encode(in Inst, pc uint32) []byte {
	w, ok := opcodes[in.Op]
	if !ok {
		panic(fmt.Sprint("encode: ", in.Op))
	}
	r, s, t := uint32(in.R)<<12, uint32(in.S)<<8, uint32(in.T)<<4
	rel := in.Imm - pc - 4
	switch in.Op {
	case OpNeg, OpAbs, OpSrl, OpSra:
		w |= r | t
	case OpAddi, OpL8ui, OpS8i:
		w |= s | t | in.Imm&255<<16
	case OpAddmi:
		w |= s | t | in.Imm>>8&255<<16
	case OpL16ui, OpL16si, OpS16i:
		w |= s | t | in.Imm>>1&255<<16
	case OpL32i, OpS32i:
		w |= s | t | in.Imm>>2&255<<16
	case OpMovi:
		w |= t | in.Imm>>8&15<<8 | in.Imm&255<<16
	case OpSlli:
		v := 32 - in.Imm
		w |= r | s | v&15<<4 | v>>4<<20
	case OpSrli:
		w |= r | t | in.Imm<<8
	case OpSrai:
		w |= r | t | in.Imm&15<<8 | in.Imm>>4<<20
	case OpExtui:
		width := uint32(0)
		for k := in.K; k > 1; k >>= 1 {
			width++
		}
		w |= r | t | in.Imm&15<<8 | in.Imm>>4<<16 | width<<20
	case OpSsai:
		w |= in.Imm&15<<8 | in.Imm>>4<<4
	case OpSsr, OpSsl, OpSsa8l, OpSsa8b, OpJx, OpCallx0:
		w |= s
	case OpSll:
		w |= r | s
	case OpNsa, OpNsau:
		w |= s | t
	case OpL32r:
		w |= t | (in.Imm-(pc+3)&^3)>>2&0xFFFF<<8
	case OpRsr, OpWsr, OpXsr:
		w |= t | in.Imm<<8
	case OpJ:
		w |= rel & 0x3FFFF << 6
	case OpCall0:
		w |= (in.Imm - pc&^3 - 4) >> 2 & 0x3FFFF << 6
	case OpBeqz, OpBnez, OpBltz, OpBgez:
		w |= s | rel&0xFFF<<12
	case OpBeqi, OpBnei, OpBlti, OpBgei:
		w |= s | uint32(slices.Index(branchSigned[:], in.K))<<12 | rel&255<<16
	case OpBltui, OpBgeui:
		w |= s | uint32(slices.Index(branchUnsigned[:], in.K))<<12 | rel&255<<16
	case OpBbci, OpBbsi:
		w |= s | in.K&15<<4 | in.K>>4<<12 | rel&255<<16
	case OpBnone, OpBeq, OpBlt, OpBltu, OpBall, OpBbc, OpBany, OpBne, OpBge, OpBgeu, OpBnall, OpBbs:
		w |= s | t | rel&255<<16
	case OpRsil:
		w |= t | in.Imm<<8
	case OpWaiti, OpRfi:
		w |= in.Imm << 8
	case OpBreak:
		w |= s | t
	case OpNop, OpExcw, OpIsync, OpRsync, OpEsync, OpDsync, OpMemw, OpExtw, OpRet, OpRfe, OpRfde, OpSyscall, OpSimcall, OpIll:
	default:
		w |= r | s | t
	}
	return []byte{byte(w), byte(w >> 8), byte(w >> 16)}
}

// code encodes instructions one after the other from pc on.
func code(pc uint32, ins ...Inst) (b []byte) {
	for _, in := range ins {
		b = append(b, encode(in, pc+uint32(len(b)))...)
	}
	return b
}

// What is encoded decodes to itself: text, which objdump has confirmed, is the same, and so are the bytes.
func TestEncodeIsDecodesInverse(t *testing.T) {
	seed := rand.Uint64()
	rng := rand.New(rand.NewPCG(seed, 1))
	seen := map[Op]bool{}
	for range 300_000 {
		w := rng.Uint32() & 0xFFFFFF
		if rng.IntN(2) == 0 {
			w &^= 15 // most of the instructions
		}
		pc := IRAMBase + rng.Uint32()%0x4000
		in := Decode(pc, byte(w), byte(w>>8), byte(w>>16))
		if _, ok := opcodes[in.Op]; !ok || in.Len != 3 {
			continue
		}
		b := encode(in, pc)
		if again := Decode(pc, b[0], b[1], b[2]); in.Text() != again.Text() {
			t.Fatalf("seed %d: %06x at %#x is %q, encoded again %q", seed, w, pc, in.Text(), again.Text())
		}
		seen[in.Op] = true
	}
	for op, w := range opcodes {
		if op == OpRsr || op == OpWsr || op == OpXsr {
			w |= uint32(PS) << 8
		}
		assert.Equal(t, op, Decode(0, byte(w), byte(w>>8), byte(w>>16)).Op)
	}
	assert.Greater(t, len(seen), 70)
}
