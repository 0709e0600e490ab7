package chip

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Causes of a Crash that are no exceptions; the software watchdog's is espconn.CauseSoftWatchdog (-1).
const (
	// CauseHardWatchdog is the hardware watchdog.
	CauseHardWatchdog = -2
	// CauseStuck is a callback that goes on for ever because it feeds the watchdog, and that was ended because somebody waited
	// for it. Deviation: the chip stays in it.
	CauseStuck = -3
)

// Where the ROM's division of integers raises exception 0 when the divisor is 0: the core has no divide instruction
// (sdk-surface.md, rst_info.reason).
const (
	Epc1Division  uint32 = 0x4000DCE5
	Epc1Remainder uint32 = 0x4000DD3D
)

// DividesByZero says whether an exception is that of the ROM's division.
func DividesByZero(exception int, epc1 uint32) bool {
	return exception == 0 && (epc1 == Epc1Division || epc1 == Epc1Remainder)
}

// Crash says what ended the firmware. A *Crash travels as a panic from the place of the crash to the loop.
type Crash struct {
	// Cause is the exception's number: 28 load prohibited, 29 store prohibited, ... (sdk-surface.md, rst_info.reason);
	// espconn.CauseSoftWatchdog (-1) and CauseHardWatchdog (-2) for the watchdogs, CauseStuck (-3).
	Cause int
	// Epc1 is the instruction's address: of compiled firmware's, or where in the ROM it happened (Epc1Division, Epc1Remainder); else 0.
	// Excvaddr is the address that compiled firmware touched, or did last when there was one; else 0.
	Epc1, Excvaddr uint32
	// Registers: both are what the processor's registers hold, also where they are 0, as after a call of NULL.
	Registers bool

	// Own says that the program has ended itself: a failed assert, abort().
	Own bool

	Why   string   // the misuse or the SDK bug that would have crashed the chip
	Where string   // file and line of the firmware, "" when unknown
	Stack []string // functions of the firmware under way, innermost first, each with file and line where known
	// Locals are the arguments and variables of the function at Where, as "name = value" or "name: optimized out"; none where the debug
	// information does not tell.
	Locals []string
	// Callback is what was running: "user_init", "an os_timer callback: run main.c:95", "the recv callback of espconn 1: ..."; ""
	// when it is not known. Ran is how long ago the device's loop had called it.
	Callback string
	Ran      time.Duration
	// Call is the function of the SDK that was called last, with its arguments if they are known: "os_delay_us(1000)"; "" for none.
	// Called is when that was, since the boot; 0 when it is not known.
	Call   string
	Called time.Duration
}

// String tells the crash in a line, and the functions under way, what was running and what was called last in one each; the variables
// stand below their function.
func (c *Crash) String() string {
	s := c.Name()
	if c.Where != "" {
		s += " at " + c.Where
	}
	s += ": " + c.Why
	told := len(c.Locals) == 0
	for _, f := range c.Stack {
		_, place, _ := strings.Cut(f, " ")
		if s += "\n    " + f; !told && c.Where != "" && strings.HasPrefix(place, c.Where) {
			s += "\n        " + strings.Join(c.Locals, "\n        ")
			told = true
		}
	}
	if c.Callback != "" {
		s += "\n    in " + c.Callback
		if c.Ran > 0 {
			s += fmt.Sprintf(", for %s", Span(c.Ran))
		}
	}
	if c.Call != "" {
		s += "\n    last call of the SDK: " + c.Call
		if c.Called > 0 {
			s += fmt.Sprintf(", %s after the boot", Span(c.Called))
		}
	}
	return s
}

// Name tells the kind of crash: "exception 28", "soft watchdog", "hardware watchdog", "no return".
func (c *Crash) Name() string {
	switch c.Cause {
	case causeSoftWatchdog:
		return "soft watchdog"
	case CauseHardWatchdog:
		return "hardware watchdog"
	case CauseStuck:
		return "no return"
	}
	return "exception " + strconv.Itoa(c.Cause)
}

const causeSoftWatchdog = -1 // espconn.CauseSoftWatchdog: this package imports none of ours
