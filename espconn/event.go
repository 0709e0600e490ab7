package espconn

import (
	"cmp"
	"fmt"
	"net/netip"
	"strings"

	"github.com/emu8266/emu8266/espconn/boundedtls"
)

// EventKind says what an Event reports.
type EventKind uint8

// The kinds of events, with the fields they use beside Conn.
const (
	EventCall         EventKind = iota // Name: the SDK's function; Text: arguments
	EventReturn                        // Name, Text: the result as C prints it; Err for the sint8 ones
	EventCallback                      // Callback, Remote, Err (reconnect), Length (recv); of DNSFound Name: the host, Text: its address
	EventCallbackDone                  // Callback
	EventState                         // Old, State, Remote
	EventLog                           // Text: a line that the device printed
	EventTLS                           // TLS
	EventFailure                       // TLSError: why a connection ended; Err: what reconnect delivers, OK for disconnect
	EventFinding                       // Name: the rule's id; Text; Where
	EventCause                         // Cause: why the function Name refuses what comes next in EventReturn, or a server the client Remote
	EventEnded                         // Cause: why the connection with Remote ends, if not by TLS; Err: what reconnect delivers
)

// Event is one observable step of the API.
type Event struct {
	Kind     EventKind
	Conn     string // "espconn 1", numbered in order of appearance; "" when none is concerned
	Name     string
	Text     string
	Where    string // file:line of the call in the firmware, "" when unknown
	Err      Err
	Callback CallbackKind
	Old      State
	State    State
	Length   int
	Remote   netip.AddrPort
	TLS      boundedtls.Event
	TLSError *boundedtls.Error
	Cause    *boundedtls.Cause
}

// String returns one line for a trace.
func (e Event) String() string {
	on := ""
	if e.Conn != "" {
		on = e.Conn + " "
	}
	switch e.Kind {
	case EventCall:
		return e.Name + "(" + e.Text + ")"
	case EventReturn:
		return e.Name + " = " + e.Text
	case EventCallback:
		switch e.Callback {
		case Reconnect:
			return fmt.Sprintf("%sreconnect callback, err %d", on, int8(e.Err))
		case Recv:
			return fmt.Sprintf("%srecv callback, %d bytes", on, e.Length)
		}
		return on + e.Callback.String() + " callback"
	case EventCallbackDone:
		return on + e.Callback.String() + " callback returned"
	case EventState:
		return fmt.Sprintf("%sstate %s -> %s", on, e.Old, e.State)
	case EventLog:
		return "log: " + e.Text
	case EventTLS:
		return on + e.TLS.String()
	case EventFailure:
		return fmt.Sprintf("%sended: %v", on, e.TLSError)
	case EventCause:
		if e.Name == "" {
			return fmt.Sprintf("%s%v: %v", on, e.Remote, e.Cause)
		}
		return fmt.Sprintf("%s%s refused: %v", on, e.Name, e.Cause)
	case EventEnded:
		return fmt.Sprintf("%sended: %v", on, e.Cause)
	case EventFinding:
		s := "finding " + e.Name + ": " + e.Text
		if e.Where != "" {
			s = e.Where + ": " + s
		}
		return s
	}
	return "?"
}

// printf prints a line of the SDK and reports it.
func (a *API) printf(format string, args ...any) { a.print(len(format), fmt.Sprintf(format, args...)) }

// printRole prints a line for which the SDK has one format for each role.
func (a *API) printRole(role boundedtls.Role, rest string) {
	line := role.String() + rest + "\n"
	a.print(len(line), line)
}

// print prints a line whose format has so many bytes. While it is printed a copy of the format is in the heap, whole words and a
// NUL; with too little free there is none (lwip.md 16). Deviation: the line is whole then, of which the SDK prints what the format's
// first 64 bytes say.
func (a *API) print(format int, line string) {
	const word = 4
	var block uint32
	n, header := uint32((format+word-1)/word*word+1), cmp.Or(a.profile.HeapHeader, 16)
	if a.env.Heap().FreeSize() >= (n+header+7)&^7 { // as charged
		if block = a.env.Heap().Alloc(n, "format of a line"); block == 0 && a.profile.LineCrashes {
			a.fatal(nil, CauseStoreProhibited, "the format of the line %q found no memory", strings.TrimSpace(line))
		}
	}
	a.env.Printf("%s", line)
	a.env.Heap().Free(block)
	a.env.Observe(Event{Kind: EventLog, Text: strings.TrimSuffix(line, "\n")})
}
