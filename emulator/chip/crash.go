package chip

// CauseHardWatchdog is the Cause of a Crash by the hardware watchdog; the software watchdog's is
// espconn.CauseSoftWatchdog. Neither is an exception.
const CauseHardWatchdog = -2

// Crash says what ended the firmware. A *Crash travels as a panic from the place of the crash to the loop.
type Crash struct {
	// Cause is exccause: 28 load prohibited, 29 store prohibited and so on (sdk-surface.md, rst_info.reason); -1 is the software
	// watchdog, CauseHardWatchdog the other.
	Cause int
	Why   string   // the misuse or the SDK bug that would have crashed the chip
	Where string   // file and line of C firmware, "" when unknown
	Stack []string // C functions under way, innermost first, each with file and line where known
}
