package espconn

import (
	"fmt"
	"path"
	"runtime"
	"strings"
)

// ourFolders are the folders of this package and of those that lie between it and firmware: a finding points at the
// first caller outside them. Function names would not do: a closure of an inlined function is named after the caller.
var ourFolders = func() []string {
	_, file, _, _ := runtime.Caller(0)
	here := path.Dir(file)
	return []string{here, path.Join(path.Dir(here), "emulator"), path.Join(path.Dir(here), "netstack")}
}()

// ours reports whether a source file belongs to this module's machinery. Tests play firmware.
func ours(file string) bool {
	if strings.HasSuffix(file, "_test.go") {
		return false
	}
	for _, dir := range ourFolders {
		if strings.HasPrefix(file, dir+"/") {
			return true
		}
	}
	return false
}

// Emulator reports whether a source file belongs to the emulator, and not to firmware. Tests play firmware.
func Emulator(file string) bool { return ours(file) }

// callerFrames bounds the walk up the stack. Choice.
const callerFrames = 48

// finding reports misuse. c may be NULL.
func (a *API) finding(c Ref, rule, format string, args ...any) {
	a.env.Observe(Event{
		Kind: EventFinding, Conn: a.name(c), Name: rule, Text: fmt.Sprintf(format, args...), Where: a.env.Caller(),
	})
}

// CallSite returns the file and line of the first caller outside this module's machinery, "" when there is none: where Go
// firmware called.
func CallSite() string {
	var pcs [callerFrames]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(3, pcs[:])])
	for {
		f, more := frames.Next()
		switch {
		case f.Function == "" || strings.HasPrefix(f.Function, "runtime."):
			return "" // the goroutine's end
		case !ours(f.File):
			return fmt.Sprintf("%s:%d", f.File, f.Line)
		case !more:
			return ""
		}
	}
}

// fatal is where the SDK crashes or damages memory: a finding says why, then the device's fatal exception follows.
func (a *API) fatal(c Ref, cause int, format string, args ...any) {
	why := fmt.Sprintf(format, args...)
	a.finding(c, RuleFatal, "%s", why)
	a.env.Fatal(cause, why)
}
