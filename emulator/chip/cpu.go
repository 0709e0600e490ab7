package chip

// CPUModel says whether computing takes time.
type CPUModel uint8

// The CPU models of Config.CPU.
const (
	// Instant: computing takes no time.
	Instant CPUModel = iota
	// Estimated: the operations of TLS take the time of a table, which is an estimate. Meanwhile the loop is busy, frames
	// wait in the receive ring and the watchdogs count. Compiled firmware (emulator/elf) takes the time of its instructions, too: each is
	// one cycle, a call of the SDK 2.5 µs at 80 MHz.
	Estimated
)
