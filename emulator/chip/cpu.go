package chip

// CPUModel says whether computing takes time.
type CPUModel uint8

// The CPU models of Config.CPU.
const (
	// Instant: computing takes no time.
	Instant CPUModel = iota
	// Estimated: the operations of TLS take the time of a table, which is an estimate. Meanwhile the loop is busy, frames
	// wait in the receive ring and the watchdogs count.
	Estimated
)
