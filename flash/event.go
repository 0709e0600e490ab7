package flash

import (
	"fmt"
	"time"
)

// Op is an operation on a chip.
type Op uint8

// Operations. Reads are not observed: firmware reads far too often.
const (
	OpRead Op = iota
	OpWrite
	OpErase
	OpPowerCut // no operation of the firmware: power failed
)

// String returns "read", "write", "erase" or "power cut".
func (o Op) String() string {
	switch o {
	case OpRead:
		return "read"
	case OpWrite:
		return "write"
	case OpErase:
		return "erase"
	case OpPowerCut:
		return "power cut"
	}
	return fmt.Sprintf("op %d", uint8(o))
}

// Event is one completed write or sector erasure, or the moment in which power failed.
type Event struct {
	Op   Op
	Addr uint32 // first byte; of a power cut: of the page or sector that the chip was at
	Len  int    // bytes
	// Lost counts the bytes of a write that do not hold what was written, because a bit was clear already: on the
	// device too, the usual sign of a forgotten erasure.
	Lost int
	// Erases is how often the sector was erased since the chip was new, this time included; 0 for a write.
	Erases uint32
	// Took is how long a real chip would have been busy (Chip.Timing).
	Took time.Duration
	// Cut tells when power failed, for OpPowerCut.
	Cut Moment
}

// String returns a line for the trace: "erase 0x7b000+4096 (3 times)", "write 0x7b000+16, 2 bytes lost: not erased",
// "power cut during 0x7b000+256".
func (e Event) String() string {
	if e.Op == OpPowerCut {
		return fmt.Sprintf("power cut %v %#x+%d", e.Cut, e.Addr, e.Len)
	}
	s := fmt.Sprintf("%v %#x+%d", e.Op, e.Addr, e.Len)
	if e.Erases > 0 {
		s += fmt.Sprintf(" (%d times)", e.Erases)
	}
	if e.Lost > 0 {
		s += fmt.Sprintf(", %d bytes lost: not erased", e.Lost)
	}
	return s
}
