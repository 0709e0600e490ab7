package chip

// The addresses of registers.
const (
	periFirst, periEnd   = 0x60000000, 0x60002000
	dportFirst, dportEnd = 0x3FF00000, 0x3FF30000
)

// IsPeriReg tells whether addr is that of a register: 0x60000000 to 0x60001FFC and 0x3FF00000 to 0x3FF2FFFC, in words.
func IsPeriReg(addr uint32) bool {
	return addr%4 == 0 && (addr >= periFirst && addr < periEnd || addr >= dportFirst && addr < dportEnd)
}
