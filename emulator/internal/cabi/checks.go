package cabi

import "github.com/emu8266/emu8266/espconn"

// What rt/check.c finds.
const (
	checkNull = iota + 1
	checkAlignment
	checkNowhere
	checkHeap
	checkFlashByte
	checkFlashStore
	checkLocal
)

const (
	granule = 8 // bytes of the heap for a byte of Guest.Shadow
	// Unusable is what Guest.Shadow holds for a granule that the program may not use; all are at first.
	Unusable = 255
)

// checkFunctions is what rt/check.c calls when it has found a wrong access.
var checkFunctions = map[string]Function{
	"esp_memory_fault": {"iiii", func(s *SDK, a *Args) uint32 {
		addr, size, store := a.u32(0), a.u32(1), a.u32(2) != 0
		cause, access := CauseLoad, "load"
		if store {
			cause, access = CauseStore, "store"
		}
		why := "where there is no memory"
		switch a.u32(3) {
		case checkNull:
			why = "through a NULL pointer"
		case checkAlignment:
			cause, why = CauseUnaligned, "not aligned"
		case checkNowhere:
			if Mapped(addr) { // the access itself comes here again (rt/rt.c)
				return 0
			}
		case checkHeap:
			why = s.astray(addr)
		case checkFlashByte:
			if s.handlesNarrow() {
				return 0
			}
			cause, why = causeLoadStore, "a constant in flash, which is read in 32 bits only"
		case checkLocal:
			s.Fault(cause, "a local array of this function has been written beyond its end: found as the function returns")
			return 0
		case checkFlashStore:
			cause, why = s.flashStore(size), "a constant in flash"
		}
		s.Fault(cause, "%d-byte %s at address 0x%x, %s", size, access, addr, why)
		return 0
	}},
}

// handlesNarrow reports whether the SDK has a handler of exception 3, which reads bytes and half words of flash by words: from 3.0 on
// (lx106.md 10.3), if the headers and the profile are both of such an SDK.
func (s *SDK) handlesNarrow() bool { return s.program.SDK >= SDK30 && !s.board.NarrowFaults() }

// shadow returns the shadow of n bytes of the heap at p, nil without checks.
func (s *SDK) shadow(p, n uint32) []byte {
	if p < s.program.Heap || p >= s.heapEnd {
		return nil
	}
	all := s.guest.Shadow()
	if all == nil {
		return nil
	}
	first := (p - s.program.Heap) / granule
	last := (min(p+n, s.heapEnd) - s.program.Heap + granule - 1) / granule
	return all[first:last]
}

// usable opens or closes a block for the firmware.
func (s *SDK) usable(p, n uint32, open bool) {
	shadow := s.shadow(p, n)
	for i := range shadow {
		shadow[i] = Unusable
		if left := n - uint32(i)*granule; open {
			shadow[i] = 0
			if left < granule {
				shadow[i] = byte(left)
			}
		}
	}
}

// checkHeap applies the checks to an access by the SDK in the firmware's name.
func (s *SDK) checkHeap(p, n uint32, cause int) {
	at, ok := s.forbidden(p, n)
	if !ok {
		return
	}
	const what = "the SDK is given %d bytes at address 0x%x, %s"
	if s.program.Reports {
		s.board.Finding(espconn.RuleAstray, what, n, p, s.astray(at))
		return
	}
	s.Fault(cause, what, n, p, s.astray(at))
}

// forbidden returns the first of n bytes at p that lies in the heap and that the program may not use.
func (s *SDK) forbidden(p, n uint32) (at uint32, ok bool) {
	end := (p-s.program.Heap)%granule + n // from the first granule on
	for i, first := range s.shadow(p, n) {
		if first != 0 && (first == Unusable || end-uint32(i)*granule > uint32(first)) {
			at = p - (p-s.program.Heap)%granule + uint32(i)*granule
			if first != Unusable {
				at += uint32(first)
			}
			return max(at, p), true
		}
	}
	return 0, false
}

// Astray reports a load or a store by the program's code that Guest.Shadow forbids.
func (s *SDK) Astray(p, n uint32, store bool) {
	access := "load"
	if store {
		access = "store"
	}
	if at, ok := s.forbidden(p, n); ok {
		s.board.Finding(espconn.RuleAstray, "%d-byte %s at address 0x%x, %s", n, access, p, s.astray(at))
	}
}
