package trace

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// line is a line of a trace file: the device's name and an event. Its outer fields hide those of the event that JSON's own
// forms would damage.
type line struct {
	Device string  `json:"device,omitempty"`
	Seq    uint64  `json:"seq"`
	At     seconds `json:"at"`
	Took   seconds `json:"took,omitempty"`
	fields
	// The bytes of a text that is not UTF-8; the text itself then has question marks for what is not.
	ConnBytes  []byte `json:"conn_base64,omitempty"`
	NameBytes  []byte `json:"name_base64,omitempty"`
	TextBytes  []byte `json:"text_base64,omitempty"`
	WhereBytes []byte `json:"where_base64,omitempty"`
}

// fields is an Event without its methods.
type fields Event

func encode(device string, e Event) ([]byte, error) {
	l := line{Device: strings.ToValidUTF8(device, "?"), Seq: e.Seq, At: seconds(e.At), Took: seconds(e.Took), fields: fields(e)}
	keep := func(text *string, raw *[]byte) {
		if !utf8.ValidString(*text) {
			*raw = []byte(*text)
			*text = strings.ToValidUTF8(*text, "?")
		}
	}
	keep(&l.Conn, &l.ConnBytes)
	keep(&l.Name, &l.NameBytes)
	keep(&l.Text, &l.TextBytes)
	keep(&l.Where, &l.WhereBytes)
	return json.Marshal(l)
}

func decode(b []byte) (device string, e Event, err error) {
	var l line
	if err := json.Unmarshal(b, &l); err != nil {
		return "", Event{}, err
	}
	e = Event(l.fields)
	e.Seq, e.At, e.Took = l.Seq, time.Duration(l.At), time.Duration(l.Took)
	restore := func(text *string, raw []byte) {
		if raw != nil {
			*text = string(raw)
		}
	}
	restore(&e.Conn, l.ConnBytes)
	restore(&e.Name, l.NameBytes)
	restore(&e.Text, l.TextBytes)
	restore(&e.Where, l.WhereBytes)
	return l.Device, e, nil
}

// MarshalJSON writes the event as one flat object, described in docs/trace.md. Reading it gives an equal event.
func (e Event) MarshalJSON() ([]byte, error) { return encode("", e) }

// UnmarshalJSON reads what MarshalJSON wrote, and lines of a Writer.
func (e *Event) UnmarshalJSON(b []byte) (err error) {
	_, *e, err = decode(b)
	return err
}

// seconds is a time with all its nanoseconds as a JSON number of seconds.
type seconds time.Duration

// MarshalJSON writes as many decimals as there are.
func (s seconds) MarshalJSON() ([]byte, error) { return s.append(nil), nil }

func (s seconds) append(b []byte) []byte {
	n := uint64(s)
	if s < 0 {
		b, n = append(b, '-'), -n
	}
	b = strconv.AppendUint(b, n/1e9, 10)
	if n %= 1e9; n == 0 {
		return b
	}
	b = append(b, '.')
	for unit := uint64(1e8); n > 0; unit /= 10 {
		b = append(b, byte('0'+n/unit))
		n %= unit
	}
	return b
}

// UnmarshalJSON reads any JSON number of seconds; what MarshalJSON wrote exactly.
func (s *seconds) UnmarshalJSON(b []byte) error {
	text := string(b)
	if strings.ContainsAny(text, "eE") { // another tool has written the line again
		f, err := strconv.ParseFloat(text, 64)
		if err != nil || math.Abs(f) >= math.MaxInt64/1e9 {
			return fmt.Errorf("trace: %s is not a time in seconds", b)
		}
		*s = seconds(math.Round(f * 1e9))
		return nil
	}
	whole, part, _ := strings.Cut(text, ".")
	part = (part + "000000000")[:9]
	n, err := strconv.ParseInt(whole+part, 10, 64)
	if err != nil {
		return fmt.Errorf("trace: %s is not a time in seconds", b)
	}
	*s = seconds(n)
	return nil
}
