package chip

// Causes of a Crash that are no exceptions; the software watchdog's is espconn.CauseSoftWatchdog (-1).
const (
	// CauseHardWatchdog is the hardware watchdog.
	CauseHardWatchdog = -2
	// CauseStuck is a callback that goes on for ever because it feeds the watchdog, and that was ended because somebody waited
	// for it. Deviation: the chip stays in it.
	CauseStuck = -3
)

// Crash says what ended the firmware. A *Crash travels as a panic from the place of the crash to the loop.
type Crash struct {
	// Cause is the exception's number: 28 load prohibited, 29 store prohibited, ... (sdk-surface.md, rst_info.reason);
	// espconn.CauseSoftWatchdog (-1) and CauseHardWatchdog (-2) for the watchdogs, CauseStuck (-3).
	Cause int
	Why   string   // the misuse or the SDK bug that would have crashed the chip
	Where string   // file and line of C firmware, "" when unknown
	Stack []string // C functions under way, innermost first, each with file and line where known
}
