package wire

import (
	"encoding/binary"
	"math/bits"
)

// Sum adds data to an unfolded ones' complement sum, eight bytes at a time (RFC 1071).
func Sum(data []byte, carry uint64) uint64 {
	var c uint64
	for len(data) >= 32 {
		carry, c = bits.Add64(carry, binary.BigEndian.Uint64(data), c)
		carry, c = bits.Add64(carry, binary.BigEndian.Uint64(data[8:]), c)
		carry, c = bits.Add64(carry, binary.BigEndian.Uint64(data[16:]), c)
		carry, c = bits.Add64(carry, binary.BigEndian.Uint64(data[24:]), c)
		data = data[32:]
	}
	for len(data) >= 8 {
		carry, c = bits.Add64(carry, binary.BigEndian.Uint64(data), c)
		data = data[8:]
	}
	var tail [8]byte
	copy(tail[:], data)
	carry, c = bits.Add64(carry, binary.BigEndian.Uint64(tail[:]), c)
	carry, c = bits.Add64(carry, 0, c)
	return carry + c
}

// Fold reduces a sum to 16 bits. Its complement is the checksum of what was added; over data that has its checksum in place it is 0xffff.
func Fold(v uint64) uint16 {
	v = v>>32 + v&0xffffffff
	v = v>>32 + v&0xffffffff
	v = v>>16 + v&0xffff
	v = v>>16 + v&0xffff
	v = v>>16 + v&0xffff
	return uint16(v)
}

// PseudoSum is the sum of the pseudo header that TCP and UDP put before a segment of n bytes in the IPv4 packet ip.
func PseudoSum(ip []byte, n uint16) uint64 {
	return Sum(ip[12:20], uint64(ip[9])+uint64(n))
}
