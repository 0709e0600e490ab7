package report

import (
	"strings"

	"github.com/emu8266/emu8266/emulator/cause"
	"github.com/emu8266/emu8266/emulator/explain"
	"github.com/emu8266/emu8266/emulator/trace"
)

// itemsMax bounds the rows of the table of records and messages. Choice: a handshake has some twenty.
const itemsMax = 200

// item is one row of what the TLS buffer had to hold: a record, a handshake message, or what was refused.
type item struct {
	event trace.Event
	bytes int64 // what it takes of the buffer
	limit int64 // the buffer's size, 0 when the event does not say
	bad   bool  // it did not fit, or ended the connection
}

// share returns how much of the buffer an item takes, in per cent; 0 without a buffer.
func (i item) share() int64 {
	if i.limit <= 0 {
		return 0
	}
	return i.bytes * 100 / i.limit
}

// itemsOf returns what the buffer of the explained connection had to hold; of all connections when it does not belong to one.
func itemsOf(events []trace.Event, x explain.Explanation) (out []item) {
	conn := ""
	if strings.HasPrefix(x.About, "espconn ") {
		conn = x.About
	}
	for _, e := range events {
		if e.Source != trace.SourceTLS || conn != "" && e.Conn != conn {
			continue
		}
		switch e.Kind {
		case trace.KindRecord:
			out = append(out, item{event: e, bytes: max(int64(e.Fill), e.Value), limit: e.Limit})
		case trace.KindMessage:
			out = append(out, item{event: e, bytes: e.Value, limit: e.Limit})
		case trace.KindAlert:
			out = append(out, item{event: e, bad: e.Level == 2 && e.Value != 0})
		case trace.KindCause:
			if e.Name == string(x.CauseID) || e.Limit > 0 && e.Value > e.Limit {
				out = append(out, item{event: e, bytes: e.Value, limit: e.Limit, bad: true})
			}
		}
	}
	return out
}

// label says what an item is.
func (i item) label(l cause.Language) string {
	e := i.event
	switch e.Kind {
	case trace.KindCause:
		return cause.Of(e, l).Sentence
	}
	return e.Name
}
