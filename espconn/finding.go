package espconn

import (
	"fmt"
	"runtime"
	"strings"
)

// Functions of these packages are not the firmware's: a finding points at the first caller outside them.
var ourPackages = [...]string{
	"github.com/espemu/espemu/espconn.",
	"github.com/espemu/espemu/emulator.",
	"github.com/espemu/espemu/emulator/",
	"github.com/espemu/espemu/netstack.",
	"runtime.",
}

// callerFrames bounds the walk up the stack. Choice.
const callerFrames = 48

// finding reports misuse. c may be NULL.
func (a *API) finding(c Ref, rule, format string, args ...any) {
	a.env.Observe(Event{
		Kind: EventFinding, Conn: a.name(c), Name: rule, Text: fmt.Sprintf(format, args...), Where: where(c),
	})
}

// where returns the file and line of the firmware's call under way, "" when the firmware is not on the stack.
func where(c Ref) string {
	if r, ok := c.(interface{ Caller() string }); ok && !isNull(c) {
		return r.Caller()
	}
	var pcs [callerFrames]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs[:])])
next:
	for {
		f, more := frames.Next()
		if f.Function == "" {
			return ""
		}
		for _, p := range ourPackages {
			if strings.HasPrefix(f.Function, p) {
				if !more {
					return ""
				}
				continue next
			}
		}
		return fmt.Sprintf("%s:%d", f.File, f.Line)
	}
}

// fatal is where the SDK crashes or damages memory: a finding says why, then the device's fatal exception follows.
func (a *API) fatal(c Ref, cause int, format string, args ...any) {
	why := fmt.Sprintf(format, args...)
	a.finding(c, RuleFatal, "%s", why)
	a.env.Fatal(cause, why)
}
