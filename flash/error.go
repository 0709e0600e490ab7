package flash

import (
	"errors"
	"fmt"
)

// The reasons in an [OpError], for errors.Is.
var (
	ErrAlignment = errors.New("address and length must be multiples of 4")
	ErrRange     = errors.New("outside the chip")
	ErrSize      = errors.New("a chip has 256 KB to 16 MB, a power of two")
	ErrPower     = errors.New("no power")
	ErrTimeout   = errors.New("the chip stays busy")
	ErrLocked    = errors.New("in use by another device")
	ErrClosed    = errors.New("closed")
)

// OpError says which operation on a chip was refused or failed.
type OpError struct {
	Op   Op     // what was attempted
	Addr uint32 // first byte; for an erasure the sector's first byte, saturated at the greatest address
	Len  int    // bytes
	Size int    // capacity of the chip in bytes
	Err  error  // the reason: ErrAlignment, ErrRange, ErrPower, ErrTimeout, or an error of the file
}

// Error returns, for instance, "flash: write 0x3fc002+16: address and length must be multiples of 4 (chip of 4194304 bytes)".
func (e *OpError) Error() string {
	return fmt.Sprintf("flash: %v %#x+%d: %v (chip of %d bytes)", e.Op, e.Addr, e.Len, e.Err, e.Size)
}

// Unwrap returns the reason.
func (e *OpError) Unwrap() error { return e.Err }
