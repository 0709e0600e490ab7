package chip

import "time"

// Shortage says which allocation finds no memory.
type Shortage struct {
	// Nth is its number; 0: none.
	Nth int
	// From is when counting begins, since boot. 0: now, or at the next boot before it.
	From time.Duration
	// Except says which blocks are not counted, by their name in the trace. Nil: all are.
	Except func(block string) bool
}
