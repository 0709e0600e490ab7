package module

import "encoding/binary"

// OffsetsFile is the file that an engine names for every instruction of a module from ExportAll.
const OffsetsFile = "-"

// appendOffsets appends debug information in which all code is the first line of [OffsetsFile]. wazero tells the offset of
// an instruction in its traces only if a module has debug information, and its reader of that was not made for what is
// damaged on purpose: it panics, or takes any time. So it gets this one, and package cdebug reads the firmware's.
func appendOffsets(out []byte) []byte {
	const from, size = 1, codeMax + 1<<20 // offset 0 means "gone"
	word := binary.LittleEndian.AppendUint32
	half := binary.LittleEndian.AppendUint16

	abbrev := []byte{
		1, 0x11, 0, // the first abbreviation: a compile unit without children
		0x11, 0x01, // its lowest address, an address
		0x12, 0x06, // the size of its code, 4 bytes
		0x10, 0x17, // its lines, an offset
		0, 0, 0,
	}
	unit := append(word(half(nil, 4), 0), 4, 1) // DWARF 4, abbreviations at 0, addresses of 4 bytes; the first abbreviation
	unit = word(word(word(unit, from), size), 0)

	header := []byte{1, 1, 1, 0xFF, 1, 10, 0, 1, 1, 1, 1, 0, 0, 0, 1, 0} // sizes and opcodes of DWARF 4; no folders
	header = append(append(append(header, OffsetsFile...), 0), 0, 0, 0, 0)
	program := append(word([]byte{0, 5, 2}, from), 1) // an address, a row
	program = append(word(append(program, 0, 5, 2), from+size), 0, 1, 1)
	lines := append(append(word(half(nil, 4), uint32(len(header))), header...), program...)

	for _, s := range []struct {
		name    string
		content []byte
	}{
		{".debug_abbrev", abbrev},
		{".debug_info", append(word(nil, uint32(len(unit))), unit...)},
		{".debug_line", append(word(nil, uint32(len(lines))), lines...)},
	} {
		out = appendCustom(out, s.name, s.content)
	}
	return out
}
