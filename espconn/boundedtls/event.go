package boundedtls

import (
	"fmt"

	"github.com/emu8266/emu8266/espconn/boundedtls/internal/record"
)

// EventKind says what an Event reports.
type EventKind uint8

// The kinds of events, with the fields they use.
const (
	EventState     EventKind = iota // Name: the handshake state entered; Version, Suite as far as negotiated, Suite 0 before
	EventRecord                     // Out, Type, Version, Length, Plain, Fill, Limit
	EventMessage                    // Out, Name, Length (with the 4-byte header), Limit
	EventAlert                      // Out, Level, Alert
	EventHeap                       // Name: the stage reached; Length: bytes requested and held, Limit: their peak
	EventFailure                    // Code, Cause
	EventHandshake                  // the handshake is over; Version, Suite
	EventVerify                     // the peer's chain was checked: Flags, Code (0 when it is trusted)
	EventWeak                       // Name: a Diffie-Hellman value that gives no protection, and is taken (tls.md 3.2)
)

// Event is one observable step. Observers must not call into the Conn.
type Event struct {
	Kind    EventKind
	Role    Role
	Out     bool   // sent by the device
	Type    byte   // record content type, 20..23
	Version uint16 // of the record, or negotiated
	Length  int    // bytes: record body on the wire, message, heap in use
	Plain   int    // plaintext bytes in the record
	Fill    int    // bytes of the buffer that the record occupies, with the counter, header and vector before it
	Limit   int    // bytes: S for records and messages, peak for heap stages
	Name    string // state, message, heap stage or weak value
	Level   byte   // alert level
	Alert   byte   // alert description
	Suite   Suite
	Flags   uint32 // of the chain check (tls.md 4.3)
	Code    int
	Cause   *Cause
}

// String returns one line for a trace.
func (e Event) String() string {
	dir := "<-"
	if e.Out {
		dir = "->"
	}
	switch e.Kind {
	case EventState:
		return "tls " + e.Role.String() + " state " + e.Name
	case EventRecord:
		return fmt.Sprintf("tls %s %s record %s version %04x length %d plain %d buffer %d limit %d",
			e.Role, dir, record.TypeName(e.Type), e.Version, e.Length, e.Plain, e.Fill, e.Limit)
	case EventMessage:
		return fmt.Sprintf("tls %s %s %s %d bytes, limit %d", e.Role, dir, e.Name, e.Length, e.Limit)
	case EventAlert:
		return fmt.Sprintf("tls %s %s alert level %d %s(%d)", e.Role, dir, e.Level, record.AlertName(e.Alert), e.Alert)
	case EventHeap:
		return fmt.Sprintf("tls %s heap %s: %d bytes, peak %d", e.Role, e.Name, e.Length, e.Limit)
	case EventFailure:
		s := "tls " + e.Role.String() + " failed " + (&Error{Code: e.Code}).Reason()
		if e.Cause != nil {
			s += " " + e.Cause.String()
		}
		return s
	case EventHandshake:
		return fmt.Sprintf("tls %s handshake over %s %s", e.Role, VersionName(e.Version), e.Suite)
	case EventVerify:
		return fmt.Sprintf("tls %s chain check: flags 0x%08x", e.Role, e.Flags)
	case EventWeak:
		return "tls " + e.Role.String() + " takes " + e.Name + " out of range"
	}
	return "tls ?"
}
