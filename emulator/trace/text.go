package trace

import (
	"fmt"
	"strconv"
	"strings"
)

// String returns the event as one line for people: the time in seconds, the source, and what happened.
func (e Event) String() string {
	return fmt.Sprintf("%12.6f %-7s %s", e.At.Seconds(), e.Source, e.What())
}

// What returns the event in words, without its time and source.
func (e Event) What() string {
	if e.Kind == KindCause {
		return e.on() + e.cause()
	}
	switch e.Source {
	case SourceAPI, SourceCallback, SourceLog, SourceFinding:
		return e.api()
	case SourceTLS:
		return e.on() + e.tls()
	case SourceNet:
		return e.net()
	case SourceFlash:
		return e.flash()
	}
	return e.plain()
}

// plain is the form of events without one of their own: kind, name, value/limit, text.
func (e Event) plain() string {
	words := make([]string, 0, 4)
	add := func(w string) {
		if w != "" {
			words = append(words, w)
		}
	}
	add(e.Kind.String())
	add(e.Name)
	switch {
	case e.Limit != 0:
		add(strconv.FormatInt(e.Value, 10) + "/" + strconv.FormatInt(e.Limit, 10))
	case e.Value != 0:
		add(strconv.FormatInt(e.Value, 10))
	}
	add(e.Text)
	return strings.Join(words, " ")
}

// on names the connection.
func (e Event) on() string {
	if e.Conn == "" {
		return ""
	}
	return e.Conn + " "
}

func (e Event) cause() string {
	s := "cause " + e.Name
	if e.Local != (Addr{}) {
		s += " " + e.Local.String()
	}
	if e.Remote != (Addr{}) {
		s += fmt.Sprintf(" > %v", e.Remote)
	}
	if e.Text != "" {
		s += ": " + e.Text
	}
	for _, f := range []struct {
		name  string
		value int64
	}{{"have", e.Value}, {"limit", e.Limit}, {"least", int64(e.Least)}, {"code", int64(e.Code)}} {
		if f.value != 0 {
			s += fmt.Sprintf(", %s %d", f.name, f.value)
		}
	}
	if e.Took != 0 {
		s += fmt.Sprintf(", in %v", e.Took)
	}
	return s
}

func (e Event) api() string {
	switch e.Kind {
	case KindCall:
		return e.Name + "(" + e.Text + ")"
	case KindReturn:
		return e.Name + " = " + e.Text
	case KindState:
		return fmt.Sprintf("%sstate %v -> %v", e.on(), e.Old, e.State)
	case KindReconnect:
		return fmt.Sprintf("%sreconnect callback, err %d", e.on(), e.Value)
	case KindEnded:
		return fmt.Sprintf("%sended: %s %d", e.on(), e.Name, e.Value)
	case KindRecv:
		return fmt.Sprintf("%srecv callback, %d bytes", e.on(), e.Value)
	case KindReturned:
		return e.on() + e.Name + " callback returned"
	case KindLine:
		return "log: " + e.Text
	case KindFinding:
		s := "finding " + e.Name + ": " + e.Text
		if e.Where != "" {
			s = e.Where + ": " + s
		}
		return s
	}
	if e.Source == SourceCallback {
		return e.on() + e.Kind.String() + " callback"
	}
	return e.plain()
}

func (e Event) tls() string {
	dir := "<-"
	if e.Out {
		dir = "->"
	}
	switch e.Kind {
	case KindState:
		return fmt.Sprintf("%v state %s", e.Role, e.Name)
	case KindRecord:
		return fmt.Sprintf("%v %s record %s version %04x length %d plain %d buffer %d limit %d",
			e.Role, dir, e.Name, e.Version, e.Value, e.Plain, e.Fill, e.Limit)
	case KindMessage:
		return fmt.Sprintf("%v %s %s %d bytes, limit %d", e.Role, dir, e.Name, e.Value, e.Limit)
	case KindAlert:
		return fmt.Sprintf("%v %s alert level %d %s(%d)", e.Role, dir, e.Level, e.Name, e.Value)
	case KindHeap:
		return fmt.Sprintf("%v heap %s: %d bytes, peak %d", e.Role, e.Name, e.Value, e.Limit)
	case KindFailure:
		return strings.TrimSuffix(fmt.Sprintf("%v failed %s %s", e.Role, e.Name, e.Text), " ")
	case KindHandshake:
		return fmt.Sprintf("%v handshake over %s %s", e.Role, e.Text, e.Name)
	case KindVerify:
		return fmt.Sprintf("%v chain check: flags 0x%08x", e.Role, e.Flags)
	case KindEnded:
		return "ended: " + e.Name
	}
	return e.plain()
}

func (e Event) net() string {
	var b strings.Builder
	b.WriteString(e.Kind.String())
	if e.Name != "" {
		b.WriteString(" " + e.Name)
	}
	if e.Local != (Addr{}) {
		fmt.Fprintf(&b, " %v", e.Local)
	}
	if e.Remote != (Addr{}) {
		fmt.Fprintf(&b, " > %v", e.Remote)
	}
	switch e.Kind {
	case KindState:
		fmt.Fprintf(&b, " %v -> %v", e.Old, e.State)
	case KindRetransmit:
		fmt.Fprintf(&b, " seq %d len %d retry %d", e.Sequence, e.Value, e.Count)
	case KindProbe, KindReset:
		fmt.Fprintf(&b, " seq %d ack %d", e.Sequence, e.Ack)
	case KindARP:
		fmt.Fprintf(&b, " %v", e.MAC)
	case KindLost:
		fmt.Fprintf(&b, " %v %d bytes", e.State, e.Value)
	case KindMemory:
		fmt.Fprintf(&b, " %d bytes", e.Value)
	}
	if e.Text != "" {
		fmt.Fprintf(&b, " (%s)", e.Text)
	}
	return b.String()
}

func (e Event) flash() string {
	switch e.Kind {
	case KindErase:
		return fmt.Sprintf("erase %#x+%d (%d times)", e.Address, e.Value, e.Count)
	case KindWrite:
		s := fmt.Sprintf("write %#x+%d", e.Address, e.Value)
		if e.Lost > 0 {
			s += fmt.Sprintf(", %d bytes lost: not erased", e.Lost)
		}
		return s
	case KindPowerCut:
		return fmt.Sprintf("power cut %s %#x+%d", e.Text, e.Address, e.Value)
	}
	return e.plain()
}
