package elf

import "math/bits"

// Tables of AES that the ROM keeps in RAM for libcrypto and wpa_supplicant's AES in it (lx106.md 1; places from the linker script's names
// Te0, rcons, Td0 and Td4s, which lie one behind the other: 256 words, 10 bytes, 256 words, 256 bytes).
const (
	romTe0   = 0x3FFFCCF0
	romRcons = 0x3FFFD0F0
	romTd0   = 0x3FFFD100
	romTd4s  = 0x3FFFD500
)

// setAESTables computes them (FIPS 197): a round's substitution and column mix in one word, and the way back.
func (g *guest) setAESTables() {
	te0, td0, td4s, rcons := aesTables()
	word := func(addr uint32, table *[256]uint32) {
		for i, v := range table {
			b, _ := g.cpu.Writable(addr + 4*uint32(i))
			order.PutUint32(b, v)
		}
	}
	word(romTe0, &te0)
	word(romTd0, &td0)
	b, _ := g.cpu.Writable(romTd4s)
	copy(b, td4s[:])
	b, _ = g.cpu.Writable(romRcons)
	copy(b, rcons[:])
}

func aesTables() (te0, td0 [256]uint32, td4s [256]byte, rcons [10]byte) {
	double := func(x byte) byte { return x<<1 ^ x>>7*0x1B } // times x modulo x^8+x^4+x^3+x+1
	times := func(x, y byte) (p byte) {
		for ; y > 0; y, x = y>>1, double(x) {
			p ^= y & 1 * x
		}
		return p
	}
	word := func(a, b, c, d byte) uint32 { return uint32(a)<<24 | uint32(b)<<16 | uint32(c)<<8 | uint32(d) }
	// p walks over all but 0 by the generator 3, q over their inverses.
	substitute := func(x, s byte) {
		td4s[s] = x
		te0[x] = word(times(s, 2), s, s, times(s, 3))
		td0[s] = word(times(x, 14), times(x, 9), times(x, 13), times(x, 11))
	}
	substitute(0, 0x63)
	for p, q, n := byte(1), byte(1), 0; n < 255; n++ {
		s := q ^ bits.RotateLeft8(q, 1) ^ bits.RotateLeft8(q, 2) ^ bits.RotateLeft8(q, 3) ^ bits.RotateLeft8(q, 4) ^ 0x63
		substitute(p, s)
		p, q = times(p, 3), times(q, 0xF6)
	}
	for i, v := 0, byte(1); i < len(rcons); i, v = i+1, double(v) {
		rcons[i] = v
	}
	return te0, td0, td4s, rcons
}
