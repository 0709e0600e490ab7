package lx106

// Pairs: two instructions that often follow each other are executed by one turn of the interpreter's loop. The first has the pair's
// number in inst.code, the second lies behind it as it is: an exception, a change of memory or a cut between them is as without the
// pair. Which there are was counted: in what the vendor's libraries, the repository's firmware and the benchmarks execute or consist
// of. Each costs speed where it is not met, because the loop grows: a third of those that were tried is left.
const (
	opL32iL32i = opPairs + iota
	opL32iAddi
	opL32iBeqz
	opL32iBnez
	opS32iS32i
	opS32iAddi
	opAddL32i
	opAddiS32i
	opMoviS32i
	opAddAdd
	opMovMov
	opMovMovi
	opMoviMovi
	opSrcXor
	opSsaiSrc
	opExtuiBeqz
	opExtuiBnez
	opAddiBeqz
	opAddiBnez
	opAddiBnei
	opAddiBne
	opAddiRet
	opAddiCall0
	opMovCall0
	opMoviCall0
)

// pairs holds the number of each pair; 0, which is an operation of its own, where two instructions are none.
var pairs = [opCount][opCount]Op{
	OpL32i:  {OpL32i: opL32iL32i, OpAddi: opL32iAddi, OpBeqz: opL32iBeqz, OpBnez: opL32iBnez},
	OpS32i:  {OpS32i: opS32iS32i, OpAddi: opS32iAddi},
	OpAdd:   {OpL32i: opAddL32i, OpAdd: opAddAdd},
	OpMov:   {OpMov: opMovMov, OpMovi: opMovMovi, OpCall0: opMovCall0},
	OpMovi:  {OpS32i: opMoviS32i, OpMovi: opMoviMovi, OpCall0: opMoviCall0},
	OpSrc:   {OpXor: opSrcXor},
	OpSsai:  {OpSrc: opSsaiSrc},
	OpExtui: {OpBeqz: opExtuiBeqz, OpBnez: opExtuiBnez},
	OpAddi: {OpS32i: opAddiS32i, OpBeqz: opAddiBeqz, OpBnez: opAddiBnez, OpBnei: opAddiBnei, OpBne: opAddiBne, OpRet: opAddiRet,
		OpCall0: opAddiCall0},
}

// pair sets what the interpreter executes for each instruction of a block: as few turns of its loop as there can be.
func pair(ins []inst) {
	var turns [blockMax + 3]uint8 // for the instructions from each on
	for i := len(ins) - 1; i >= 0; i-- {
		ins[i].code, turns[i] = ins[i].op, turns[i+1]+1
		if i == len(ins)-1 || ins[i].op >= opCount || ins[i+1].op >= opCount {
			continue
		}
		if op := pairs[ins[i].op][ins[i+1].op]; op != 0 && turns[i+2] < turns[i+1] {
			ins[i].code, turns[i] = op, turns[i+2]+1
		}
	}
}
