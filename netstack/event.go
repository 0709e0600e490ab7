package netstack

import (
	"fmt"
	"net/netip"
	"strings"
	"time"
)

// EventKind says what happened inside a stack.
type EventKind uint8

// Kinds of events. Frames are not among them: a capture on the network has those.
const (
	EventState      EventKind = iota + 1 // a TCB changed its state: State, Old
	EventRetransmit                      // a segment was sent again: Seq, Len, Retries; Text "timeout", "fast" or "duplicate SYN"
	EventProbe                           // zero-window or keepalive probe: Seq; Text says which
	EventDrop                            // a frame, packet or segment was discarded: Text is the reason
	EventReset                           // an RST was sent: Seq, Ack
	EventARP                             // neighbour learned or lost: Remote (address), MAC; Text
	EventDHCP                            // DHCP client's step: Text
	EventDNS                             // lookup's step: Text
	EventMemory                          // the heap refused: Len bytes, Text what for
	EventHang                            // a device would loop for ever here (watchdog reset): Text why. The stack goes on
	EventCause                           // why something was given up or dropped: Cause, State, Len (Have), Limit, Took, Text (Object)
	EventClock                           // SNTP has set the clock; Len: seconds since 1970, Text: the server
	EventLost                            // a device ends a connection whose queue was never sent: Len bytes and the FIN, in State; Text why
)

// Event is one step inside a stack, for traces. It is a plain value; fields that a kind does not use are zero.
type Event struct {
	Time      time.Time // the latest now the stack was given
	Kind      EventKind
	Interface string
	Local     netip.AddrPort
	Remote    netip.AddrPort
	MAC       MAC
	Old       State // EventState: the state before
	State     State
	Seq, Ack  uint32
	Len       int
	Limit     int           // EventCause: what Len was held against
	Took      time.Duration // EventCause: over how long
	Retries   int
	Cause     CauseID
	Text      string
}

var eventNames = [...]string{"?", "state", "retransmit", "probe", "drop", "reset", "arp", "dhcp", "dns", "memory", "hang", "cause",
	"clock", "lost"}

// String returns the kind's name.
func (k EventKind) String() string {
	if int(k) < len(eventNames) {
		return eventNames[k]
	}
	return eventNames[0]
}

// String returns one line for a trace, without the time.
func (e Event) String() string {
	var b strings.Builder
	b.WriteString(e.Kind.String())
	if e.Interface != "" {
		fmt.Fprintf(&b, " %s", e.Interface)
	}
	if e.Local.IsValid() {
		fmt.Fprintf(&b, " %v", e.Local)
	}
	if e.Remote.IsValid() {
		fmt.Fprintf(&b, " > %v", e.Remote)
	}
	switch e.Kind {
	case EventState:
		fmt.Fprintf(&b, " %v -> %v", e.Old, e.State)
	case EventRetransmit:
		fmt.Fprintf(&b, " seq %d len %d retry %d", e.Seq, e.Len, e.Retries)
	case EventProbe, EventReset:
		fmt.Fprintf(&b, " seq %d ack %d", e.Seq, e.Ack)
	case EventARP:
		fmt.Fprintf(&b, " %v", e.MAC)
	case EventLost:
		fmt.Fprintf(&b, " %v %d bytes", e.State, e.Len)
	case EventCause:
		fmt.Fprintf(&b, " %v %s %d/%d in %v", e.State, e.Cause, e.Len, e.Limit, e.Took)
	case EventMemory:
		fmt.Fprintf(&b, " %d bytes", e.Len)
	}
	if e.Text != "" {
		fmt.Fprintf(&b, " (%s)", e.Text)
	}
	return b.String()
}

// note passes an event to the observer; callers guard it with s.observe != nil where building the event costs something.
func (s *Stack) note(e Event) {
	if s.observe != nil {
		e.Time = s.Now()
		s.observe(e)
	}
}

// drop notes a discarded frame.
func (s *Stack) drop(i *Interface, why string) {
	if s.observe != nil {
		s.note(Event{Kind: EventDrop, Interface: i.name, Text: why})
	}
}
