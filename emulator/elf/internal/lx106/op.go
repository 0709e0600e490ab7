package lx106

// Op is an operation of the core. Wide and narrow forms of one operation (l32i and l32i.n) share an Op; Inst.Len tells them apart.
type Op uint8

// The operations. Those from OpBeqz on can leave the straight line, those from OpJ on always do: they end a block.
const (
	OpAdd Op = iota
	OpAddx2
	OpAddx4
	OpAddx8
	OpSub
	OpSubx2
	OpSubx4
	OpSubx8
	OpAnd
	OpOr
	OpXor
	OpMov // mov.n
	OpNeg
	OpAbs
	OpAddi
	OpAddmi
	OpMovi
	OpSlli
	OpSrli
	OpSrai
	OpExtui
	OpSsr
	OpSsl
	OpSsa8l
	OpSsa8b
	OpSsai
	OpSrc
	OpSrl
	OpSll
	OpSra
	OpNsa
	OpNsau
	OpMul16u
	OpMul16s
	OpMull
	OpMoveqz
	OpMovnez
	OpMovltz
	OpMovgez
	OpL8ui
	OpL16ui
	OpL16si
	OpL32i
	OpL32r
	OpS8i
	OpS16i
	OpS32i
	OpNop
	OpExcw
	OpIsync
	OpRsync
	OpEsync
	OpDsync
	OpMemw
	OpExtw
	OpRsr
	OpRer
	OpWer
	OpRitlb0
	OpIitlb
	OpPitlb
	OpWitlb
	OpRitlb1
	OpRdtlb0
	OpIdtlb
	OpPdtlb
	OpWdtlb
	OpRdtlb1

	OpBeqz // the order of the branches is that of their numbers in the instruction
	OpBnez
	OpBltz
	OpBgez
	OpBeqi
	OpBnei
	OpBlti
	OpBgei
	OpBltui
	OpBgeui
	OpBnone
	OpBeq
	OpBlt
	OpBltu
	OpBall
	OpBbc
	OpBbci
	OpBany
	OpBne
	OpBge
	OpBgeu
	OpBnall
	OpBbs
	OpBbsi

	OpJ
	OpJx
	OpCall0
	OpCallx0
	OpRet
	OpWsr // may let an interrupt in
	OpXsr
	OpRsil
	OpWaiti
	OpRfe
	OpRfde
	OpRfi
	OpRfdo
	OpRfdd
	OpBreak
	OpSyscall
	OpSimcall
	OpIll
	OpUndefined // a pattern that is no instruction of the core
	opCount
)

// The following are not decoded but made for blocks.
const (
	opHook      = opCount + iota // a function of ours stands here (Image.Hook)
	opCover                      // no instruction: a row of lines is executed (Image.Cover)
	opCut                        // the block is cut before the straight line ends: go on at Imm
	opStackAddi                  // addi, addmi: a function takes its part of the stack
	opStackSub                   // sub
	opWatched                    // a load or a store that is watched (Op.plain), and those behind it
	// opPairs is the first of the pairs of operations (pair.go).
	opPairs = opWatched + OpS32i - OpL8ui + 1
)

// endsBlock says whether what follows the operation is not always what is executed next; branches, which may go on, do not count.
func (o Op) endsBlock() bool { return o >= OpJ }

// idles says whether the operation does nothing but take its time.
func (o Op) idles() bool { return o >= OpNop && o <= OpExtw || o == OpWer }

// branches says whether the operation is a branch, which jumps or goes on.
func (o Op) branches() bool { return o >= OpBeqz && o <= OpBbsi }

// mnemonics are the names in the assembler, without .n.
var mnemonics = [opCount]string{
	OpAdd: "add", OpAddx2: "addx2", OpAddx4: "addx4", OpAddx8: "addx8",
	OpSub: "sub", OpSubx2: "subx2", OpSubx4: "subx4", OpSubx8: "subx8",
	OpAnd: "and", OpOr: "or", OpXor: "xor", OpMov: "mov", OpNeg: "neg", OpAbs: "abs",
	OpAddi: "addi", OpAddmi: "addmi", OpMovi: "movi",
	OpSlli: "slli", OpSrli: "srli", OpSrai: "srai", OpExtui: "extui",
	OpSsr: "ssr", OpSsl: "ssl", OpSsa8l: "ssa8l", OpSsa8b: "ssa8b", OpSsai: "ssai",
	OpSrc: "src", OpSrl: "srl", OpSll: "sll", OpSra: "sra", OpNsa: "nsa", OpNsau: "nsau",
	OpMul16u: "mul16u", OpMul16s: "mul16s", OpMull: "mull",
	OpMoveqz: "moveqz", OpMovnez: "movnez", OpMovltz: "movltz", OpMovgez: "movgez",
	OpL8ui: "l8ui", OpL16ui: "l16ui", OpL16si: "l16si", OpL32i: "l32i", OpL32r: "l32r",
	OpS8i: "s8i", OpS16i: "s16i", OpS32i: "s32i",
	OpNop: "nop", OpExcw: "excw", OpIsync: "isync", OpRsync: "rsync", OpEsync: "esync", OpDsync: "dsync", OpMemw: "memw", OpExtw: "extw",
	OpRsr: "rsr", OpWsr: "wsr", OpXsr: "xsr", OpRer: "rer", OpWer: "wer",
	OpRitlb0: "ritlb0", OpIitlb: "iitlb", OpPitlb: "pitlb", OpWitlb: "witlb", OpRitlb1: "ritlb1",
	OpRdtlb0: "rdtlb0", OpIdtlb: "idtlb", OpPdtlb: "pdtlb", OpWdtlb: "wdtlb", OpRdtlb1: "rdtlb1",
	OpJ: "j", OpJx: "jx", OpCall0: "call0", OpCallx0: "callx0", OpRet: "ret",
	OpBeqz: "beqz", OpBnez: "bnez", OpBltz: "bltz", OpBgez: "bgez",
	OpBeqi: "beqi", OpBnei: "bnei", OpBlti: "blti", OpBgei: "bgei", OpBltui: "bltui", OpBgeui: "bgeui",
	OpBnone: "bnone", OpBeq: "beq", OpBlt: "blt", OpBltu: "bltu", OpBall: "ball", OpBbc: "bbc", OpBbci: "bbci",
	OpBany: "bany", OpBne: "bne", OpBge: "bge", OpBgeu: "bgeu", OpBnall: "bnall", OpBbs: "bbs", OpBbsi: "bbsi",
	OpRsil: "rsil", OpWaiti: "waiti", OpRfe: "rfe", OpRfde: "rfde", OpRfi: "rfi", OpRfdo: "rfdo", OpRfdd: "rfdd",
	OpBreak: "break", OpSyscall: "syscall", OpSimcall: "simcall", OpIll: "ill", OpUndefined: "excw",
}

// String returns the operation's name in the assembler, without the .n of narrow forms; "excw" for OpUndefined, which is what
// objdump prints.
func (o Op) String() string {
	if o < opCount {
		return mnemonics[o]
	}
	return "?"
}
