package lx106

// Special is the number of a special register, as in the instructions rsr, wsr and xsr.
type Special uint8

// The core's special registers (lx106.md 9.1).
const (
	SAR          Special = 3
	LITBASE      Special = 5
	MMID         Special = 89
	IBREAKENABLE Special = 96
	DDR          Special = 104
	IBREAKA0     Special = 128
	DBREAKA0     Special = 144
	DBREAKC0     Special = 160
	CONFIGID0    Special = 176
	EPC1         Special = 177
	EPC2         Special = 178
	EPC3         Special = 179
	DEPC         Special = 192
	EPS2         Special = 194
	EPS3         Special = 195
	CONFIGID1    Special = 208
	EXCSAVE1     Special = 209
	EXCSAVE2     Special = 210
	EXCSAVE3     Special = 211
	INTERRUPT    Special = 226 // written: INTSET
	INTCLEAR     Special = 227
	INTENABLE    Special = 228
	PS           Special = 230
	VECBASE      Special = 231
	EXCCAUSE     Special = 232
	DEBUGCAUSE   Special = 233
	CCOUNT       Special = 234
	PRID         Special = 235
	ICOUNT       Special = 236
	ICOUNTLEVEL  Special = 237
	EXCVADDR     Special = 238
	CCOMPARE0    Special = 240
)

// Which of rsr, wsr and xsr there are for a special register.
const (
	canRead = 1 << iota
	canWrite
	canSwap
	canAll = canRead | canWrite | canSwap
)

// specials are the special registers with their names and what may be done with them; any other number is an illegal
// instruction (lx106.md 9.1).
var specials = [256]struct {
	name string
	can  uint8
}{
	SAR: {"sar", canAll}, LITBASE: {"litbase", canAll}, MMID: {"mmid", canWrite}, IBREAKENABLE: {"ibreakenable", canAll},
	DDR: {"ddr", canAll}, IBREAKA0: {"ibreaka0", canAll}, DBREAKA0: {"dbreaka0", canAll}, DBREAKC0: {"dbreakc0", canAll},
	CONFIGID0: {"176", canRead | canWrite}, CONFIGID1: {"208", canRead},
	EPC1: {"epc1", canAll}, EPC2: {"epc2", canAll}, EPC3: {"epc3", canAll}, DEPC: {"depc", canAll},
	EPS2: {"eps2", canAll}, EPS3: {"eps3", canAll},
	EXCSAVE1: {"excsave1", canAll}, EXCSAVE2: {"excsave2", canAll}, EXCSAVE3: {"excsave3", canAll},
	INTERRUPT: {"interrupt", canRead | canWrite}, INTCLEAR: {"intclear", canWrite}, INTENABLE: {"intenable", canAll},
	PS: {"ps", canAll}, VECBASE: {"vecbase", canAll}, EXCCAUSE: {"exccause", canAll}, DEBUGCAUSE: {"debugcause", canAll},
	CCOUNT: {"ccount", canAll}, PRID: {"prid", canRead}, ICOUNT: {"icount", canAll}, ICOUNTLEVEL: {"icountlevel", canAll},
	EXCVADDR: {"excvaddr", canAll}, CCOMPARE0: {"ccompare0", canAll},
}

// String returns the register's name in the assembler, "" for a number that names none.
func (s Special) String() string { return specials[s].name }
