package board

import (
	"github.com/emu8266/emu8266/emulator/internal/soc"
	"github.com/emu8266/emu8266/emulator/trace"
	"github.com/emu8266/emu8266/espconn"
)

// Note adds an event to the trace; its number and time are set.
func (b *Board) Note(e trace.Event) { b.system().Note(e) }

// Observe puts an event of the network API into the trace, for kinds of firmware whose network API is not the board's.
func (b *Board) Observe(e espconn.Event) { b.system().Observe(e) }

// Watched reports whether anybody keeps events of the trace: what is made only for it need not be made otherwise.
func (b *Board) Watched() bool { return b.system().Device().Trace().Wanted() }

// LogKeys writes the master secret of a TLS connection, which its client's random number tells, to Config.KeyLog in the format of NSS; to
// nobody without one.
func (b *Board) LogKeys(clientRandom, master []byte) { b.machine().LogKeys(clientRandom, master) }

// Finding reports misuse by the firmware under a rule of espconn.Rules, at the place in the firmware that is running.
// Kinds of firmware whose calls do not end in an SDK use it for what they find themselves.
func (b *Board) Finding(rule, format string, args ...any) { b.system().Finding(rule, format, args...) }

// CheckMemory says whether an engine that can looks at each access of the program to the heap.
func (b *Board) CheckMemory() bool { return b.system().CheckMemory() }

// NarrowFaults is that of the profile.
func (b *Board) NarrowFaults() bool { return b.system().NarrowFaults() }

// SetCaller says where the call of the network API under way stands in the firmware, as file and line, "" if that is not
// known. Without it the Go stack tells.
func (b *Board) SetCaller(fn func() string) { b.system().SetCaller(fn) }

// RefusedNull puts into the trace that a call of the SDK was refused because what is NULL. It returns false, as such functions do.
func (b *Board) RefusedNull(function, what string) bool {
	return b.system().Refused(function, "false", soc.CauseNull, trace.Event{Text: what})
}

// RefusedEnhance puts into the trace that system_restart_enhance was refused, and returns false.
func (b *Board) RefusedEnhance() bool {
	return b.system().Refused("system_restart_enhance", "false", soc.CauseNoMode, trace.Event{Text: "enhance mode"})
}

// CallsFail reports whether a test wants calls of the SDK to fail: the engine asks FailedCall before each then.
func (b *Board) CallsFail() bool { return b.system().CallsFail() }

// FailedCall says whether this call of a function, by the name that C writes, does nothing, and what it returns then.
func (b *Board) FailedCall(function string) (result int32, failed bool) {
	return b.system().FailedCall(function)
}
