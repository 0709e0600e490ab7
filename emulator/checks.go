package emulator

import "github.com/emu8266/emu8266/emulator/trace"

// Checks says what becomes of misuse that the API checks find (espconn.Rules lists them).
type Checks uint8

// Modes of the API checks.
const (
	ChecksRecord Checks = iota // findings go into the trace
	ChecksOff                  // nothing is reported
	ChecksFail                 // as ChecksMemory, and each finding fails the test of NewTest
	ChecksMemory               // as ChecksRecord, and each access of an ELF's code to the heap is looked at, which takes time of the host
)

// Findings returns the findings that the trace holds, oldest first.
func (d *Device) Findings() []trace.Event {
	var out []trace.Event
	for _, e := range d.Trace().Events() {
		if e.Source == trace.SourceFinding {
			out = append(out, e)
		}
	}
	return out
}
