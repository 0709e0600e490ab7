package cdebug

import "encoding/binary"

// unitsMax bounds the compile units of a program: there is one for each file of C. Choice.
const unitsMax = 1 << 14

// linear refuses units that share abbreviations in such a way that reading them takes more than the length of the sections:
// package dwarf reads the abbreviations anew for each place where a unit says they begin.
func linear(info, abbrev []byte) error {
	begins := map[uint32]bool{}
	left := 4 * len(abbrev)
	for units := 0; len(info) > 0; units++ {
		if units == unitsMax || len(info) < 12 {
			return errDamaged
		}
		size := binary.LittleEndian.Uint32(info)
		if size > uint32(len(info)-4) || size < 8 { // 64-bit DWARF too, which no 32-bit program has
			return errDamaged
		}
		unit := info[4 : 4+size]
		info = info[4+size:]
		at := binary.LittleEndian.Uint32(unit[2:])
		if binary.LittleEndian.Uint16(unit) >= 5 { // DWARF 5 has the kind of unit and the size of addresses first
			at = binary.LittleEndian.Uint32(unit[4:])
		}
		if begins[at] || at >= uint32(len(abbrev)) {
			continue
		}
		begins[at] = true
		if left -= abbreviations(abbrev[at:]); left < 0 {
			return errDamaged
		}
	}
	return nil
}

// abbreviations returns the length of the abbreviations at the beginning of b: up to a code of 0.
func abbreviations(b []byte) int {
	const implicitConst = 0x21 // DWARF 5, 7.5.6: a value follows
	n := 0
	number := func() (v uint64) {
		for shift := 0; n < len(b); shift += 7 {
			c := b[n]
			n++
			v |= uint64(c&0x7F) << shift
			if c < 0x80 {
				return v
			}
		}
		return 0
	}
	for n < len(b) && number() != 0 {
		number() // tag
		n++      // whether there are children
		for n < len(b) {
			attribute, form := number(), number()
			if form == implicitConst {
				number()
			}
			if attribute == 0 && form == 0 {
				break
			}
		}
	}
	return min(n, len(b))
}
