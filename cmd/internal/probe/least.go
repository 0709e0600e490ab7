package probe

import (
	"github.com/emu8266/emu8266/espconn"
)

// leastTries bounds the search: each failed handshake names the next record that does not fit, and a handshake has
// fewer flights and messages than this.
const leastTries = 12

// leastSize finds the least argument of espconn_secure_set_size with which set_size is true and the handshake works: it
// starts at the least size that the profile accepts (or that a failure has named) and follows the diagnosis of each
// failure upwards. Where one names no size, it halves the way to the least size that was tried and works. The result is
// confirmed by a handshake at that size and one at a byte less. heap is how many bytes are free at boot. nil: no size works.
func (s *search) leastSize(heap uint32, tried []Result) (*Result, error) {
	size := 1
	works := 0 // the least of the sizes tried that works
	for _, r := range tried {
		switch {
		case r.connected():
			if works == 0 || r.Size < works {
				works = r.Size
			}
		case r.least > size && r.least <= 8192:
			size = r.least // needed for certain: this record does not fit into less
		}
	}
	at := func(size int) (Result, error) { return s.one(try{size: size, heap: heap}) }
	for range leastTries {
		r, err := at(size)
		if err != nil {
			return nil, err
		}
		switch {
		case r.Stage == "set_size" && size < LeastAccepted(s.profile):
			size = LeastAccepted(s.profile)
		case r.connected():
			if size > 1 { // a byte less must fail
				below, err := at(size - 1)
				if err != nil {
					return nil, err
				}
				if below.connected() {
					size--
					continue
				}
			}
			return &r, nil
		case r.least > size && r.least <= 8192:
			size = r.least
		case works > size: // too small for the ClientHello that the server wants, say: no diagnosis names a size
			return halve(at, size, works)
		default:
			return nil, nil
		}
	}
	return nil, nil
}

// halve finds the least size that works between fails, which does not, and works, which does.
func halve(at func(size int) (Result, error), fails, works int) (*Result, error) {
	for works-fails > 1 {
		size := (fails + works) / 2
		r, err := at(size)
		if err != nil {
			return nil, err
		}
		if r.connected() {
			works = size
		} else {
			fails = max(size, min(r.least, works)-1)
		}
	}
	r, err := at(works)
	return &r, err
}

// LeastAccepted returns the least size in bytes that espconn_secure_set_size takes under a profile.
func LeastAccepted(p espconn.Profile) int {
	if p.SizeRaise != 0 {
		return 1
	}
	return max(1, int(p.SizeMin))
}
