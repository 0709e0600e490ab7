package cabi

import "encoding/binary"

// randomFunctions are those of the hardware's random numbers.
var randomFunctions = map[string]Function{
	"os_random": {"", func(s *SDK, _ *Args) uint32 { return s.board.Random() }},
	"os_get_random": {"pi", func(s *SDK, a *Args) uint32 {
		b := s.write(a.u32(0), a.u32(1))
		s.burn(uint64(len(b)) * byteCycles)
		for len(b) > 0 {
			var r [4]byte
			binary.LittleEndian.PutUint32(r[:], s.board.Random())
			b = b[copy(b, r[:]):]
		}
		return 0
	}},

	// The ROM's rand of C's library. Choice: the generator of newlib; which one the ROM has is not known.
	"rand": {"", func(s *SDK, _ *Args) uint32 {
		s.system.rand = s.system.rand*6364136223846793005 + 1
		return uint32(s.system.rand>>32) & 0x7FFFFFFF
	}},
	"srand": {"i", func(s *SDK, a *Args) uint32 {
		s.system.rand = uint64(a.u32(0))
		return 0
	}},
}
