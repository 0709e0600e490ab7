package oracle

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// AxEvent is a callback and when it came, from the call that began the case on.
type AxEvent struct {
	At   time.Duration
	What string // "connect(0)", "recv(0,10)", "reconnect(0,-28)": the number is the application's espconn
}

// How far a callback's time may be off: the emulator's link takes a millisecond each way and its hosts delay the
// acknowledgement of a segment by 40 ms, the measured one took no time.
const (
	AxSlack   = 150 * time.Millisecond
	axSegment = 45 * time.Millisecond // more, for each segment of the device
)

// AxCallbacks reads the callbacks among the measured events: "70 recv(0,10)". The espconn of an accepted connection is the
// server's.
func AxCallbacks(events []string) (out []AxEvent, err error) {
	for _, e := range events {
		at, what, ok := strings.Cut(e, " ")
		ms, bad := strconv.Atoi(at)
		name, _, call := strings.Cut(what, "(")
		if !ok || bad != nil {
			return nil, fmt.Errorf("oracle: event %q", e)
		}
		if strings.Contains(what, "=") {
			continue // a call, or a figure
		}
		switch name {
		case "connect", "recv", "sent", "disconnect", "reconnect":
		default:
			return nil, fmt.Errorf("oracle: event %q", e)
		}
		if !call {
			return nil, fmt.Errorf("oracle: event %q", e)
		}
		what = strings.NewReplacer("(copy)", "(0)", "(copy,", "(0,").Replace(what)
		out = append(out, AxEvent{time.Duration(ms) * time.Millisecond, what})
	}
	return out, nil
}

// CompareEvents compares callbacks in order, each one's time to the slack.
func CompareEvents(want, got []AxEvent, segments int, add func(string, any, any)) {
	names := func(events []AxEvent) (out []string) {
		for _, e := range events {
			out = append(out, e.What)
		}
		return out
	}
	add("events", names(want), names(got))
	if len(want) != len(got) {
		return
	}
	late := AxSlack + time.Duration(segments)*axSegment
	for i, w := range want {
		if d := got[i].At - w.At; d > late || d < -AxSlack {
			add("time of "+w.What, w.At, got[i].At)
		}
	}
}

// Segments turns the device's TCP segments into the data's form: the length of each payload, then FIN or RST.
func Segments(payload int, fin, rst bool) (out []string) {
	if payload > 0 {
		out = append(out, strconv.Itoa(payload))
	}
	if fin {
		out = append(out, "FIN")
	}
	if rst {
		out = append(out, "RST")
	}
	return out
}
