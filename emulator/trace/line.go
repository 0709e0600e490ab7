package trace

import (
	"encoding/json"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"
)

// A long trace has tens of thousands of lines, and encoding/json looks at the type of each anew: what follows reads and writes the usual
// form of a line ten times as fast. What is not in that form is left to encoding/json (encode, decode), which alone decides what a line
// means; the tests compare the two.

// lineFields are the fields of a line behind the device's name, in the order in which they are written: their name and where an event
// has them, a pointer.
var lineFields = []struct {
	name string
	of   func(*Event) any
}{
	{"seq", func(e *Event) any { return &e.Seq }}, {"at", func(e *Event) any { return &e.At }},
	{"took", func(e *Event) any { return &e.Took }},
	{"conn", func(e *Event) any { return &e.Conn }}, {"name", func(e *Event) any { return &e.Name }},
	{"text", func(e *Event) any { return &e.Text }}, {"where", func(e *Event) any { return &e.Where }},
	{"value", func(e *Event) any { return &e.Value }}, {"limit", func(e *Event) any { return &e.Limit }},
	{"source", func(e *Event) any { return &e.Source }}, {"kind", func(e *Event) any { return &e.Kind }},
	{"old", func(e *Event) any { return &e.Old }}, {"state", func(e *Event) any { return &e.State }},
	{"role", func(e *Event) any { return &e.Role }}, {"out", func(e *Event) any { return &e.Out }},
	{"record_type", func(e *Event) any { return &e.Record }}, {"level", func(e *Event) any { return &e.Level }},
	{"version", func(e *Event) any { return &e.Version }}, {"suite", func(e *Event) any { return &e.Suite }},
	{"status", func(e *Event) any { return &e.Status }}, {"local", func(e *Event) any { return &e.Local }},
	{"remote", func(e *Event) any { return &e.Remote }}, {"mac", func(e *Event) any { return &e.MAC }},
	{"flags", func(e *Event) any { return &e.Flags }}, {"code", func(e *Event) any { return &e.Code }},
	{"plain", func(e *Event) any { return &e.Plain }}, {"fill", func(e *Event) any { return &e.Fill }},
	{"least", func(e *Event) any { return &e.Least }}, {"sequence", func(e *Event) any { return &e.Sequence }},
	{"ack", func(e *Event) any { return &e.Ack }}, {"count", func(e *Event) any { return &e.Count }},
	{"address", func(e *Event) any { return &e.Address }}, {"lost", func(e *Event) any { return &e.Lost }},
}

// appendLine appends a line, without a line end. False: encode must write it, and what was appended does not count.
func appendLine(b []byte, device string, e *Event) ([]byte, bool) {
	b = append(b, '{')
	if device != "" {
		if !utf8.ValidString(device) {
			return b, false
		}
		b = append(quoted(append(b, `"device":`...), device), ',')
	}
	for i, f := range lineFields {
		before := len(b)
		b = append(b, '"')
		b = append(b, f.name...)
		b = append(b, `":`...)
		value := len(b)
		ok, always := true, i < 2 // seq and at
		switch p := f.of(e).(type) {
		case *string:
			if ok = utf8.ValidString(*p); *p != "" {
				b = quoted(b, *p)
			}
		case *time.Duration:
			if *p != 0 || always {
				b = seconds(*p).append(b)
			}
		case *bool:
			if *p {
				b = append(b, "true"...)
			}
		case *uint64:
			b = unsigned(b, *p, always)
		case *uint32:
			b = unsigned(b, uint64(*p), false)
		case *uint16:
			b = unsigned(b, uint64(*p), false)
		case *uint8:
			b = unsigned(b, uint64(*p), false)
		case *int64:
			b = signed(b, *p)
		case *int32:
			b = signed(b, int64(*p))
		case *int16:
			b = signed(b, int64(*p))
		case *Source:
			b, ok = wordIn(b, sources[:], int(*p))
		case *Kind:
			b, ok = wordIn(b, kinds[:], int(*p))
		case *State:
			b, ok = wordIn(b, states[:], int(*p))
		case *Role:
			b, ok = wordIn(b, roles[:], int(*p))
		case *Addr:
			if *p != (Addr{}) {
				b = quoted(b, p.String())
			}
		case *MAC:
			if *p != (MAC{}) {
				b = quoted(b, p.String())
			}
		}
		switch {
		case !ok:
			return b, false
		case len(b) == value: // zero
			b = b[:before]
		default:
			b = append(b, ',')
		}
	}
	b[len(b)-1] = '}'
	return b, true
}

func unsigned(b []byte, n uint64, always bool) []byte {
	if n == 0 && !always {
		return b
	}
	return strconv.AppendUint(b, n, 10)
}

func signed(b []byte, n int64) []byte {
	if n == 0 {
		return b
	}
	return strconv.AppendInt(b, n, 10)
}

func wordIn(b []byte, words []string, i int) ([]byte, bool) {
	switch {
	case i >= len(words):
		return b, false
	case i == 0:
		return b, true
	}
	return quoted(b, words[i]), true
}

// quoted appends a text that is UTF-8 as JSON has it.
func quoted(b []byte, text string) []byte {
	for i := range len(text) {
		if c := text[i]; c < ' ' || c > '~' || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' {
			q, _ := json.Marshal(text) // of a string it cannot fail
			return append(b, q...)
		}
	}
	b = append(b, '"')
	b = append(b, text...)
	return append(b, '"')
}

// readLine reads a line of the usual form into an event that is zero. False: decode must read it.
func readLine(b []byte, e *Event) (device string, ok bool) {
	s := scanner{rest: b}
	if !s.take('{') {
		return "", false
	}
	for next := 0; ; {
		name, ok := s.text()
		if !ok || !s.take(':') {
			return "", false
		}
		if string(name) == "device" {
			var text []byte
			if text, ok = s.text(); ok {
				device = string(text)
			}
		} else {
			i := next
			for ; i < len(lineFields) && lineFields[i].name != string(name); i++ { // they mostly come in order
			}
			if i == len(lineFields) {
				return "", false
			}
			next, ok = i+1, s.value(lineFields[i].of(e))
		}
		switch {
		case !ok:
			return "", false
		case s.take('}'):
			return device, len(s.rest) == 0
		case !s.take(','):
			return "", false
		}
	}
}

// scanner takes what a line consists of. What it does not take is not of the usual form.
type scanner struct{ rest []byte }

func (s *scanner) take(c byte) bool {
	if len(s.rest) == 0 || s.rest[0] != c {
		return false
	}
	s.rest = s.rest[1:]
	return true
}

// text takes a string, without its quotes.
func (s *scanner) text() ([]byte, bool) {
	if !s.take('"') {
		return nil, false
	}
	for i, c := range s.rest {
		switch {
		case c == '"':
			text := s.rest[:i]
			s.rest = s.rest[i+1:]
			return text, true
		case c == '\\':
			return s.escaped(i)
		case c < ' ' || c > '~':
			return nil, false
		}
	}
	return nil, false
}

// escaped takes a string whose first escape is at i.
func (s *scanner) escaped(i int) ([]byte, bool) {
	for ; i < len(s.rest); i++ {
		switch s.rest[i] {
		case '\\':
			i++
		case '"':
			var text string
			err := json.Unmarshal(slices.Concat([]byte{'"'}, s.rest[:i+1]), &text)
			s.rest = s.rest[i+1:]
			return []byte(text), err == nil
		}
	}
	return nil, false
}

// value takes the value of a field.
func (s *scanner) value(field any) bool {
	switch p := field.(type) {
	case *string:
		text, ok := s.text()
		*p = string(text)
		return ok
	case *time.Duration:
		return s.seconds(p)
	case *bool:
		*p = true
		for _, c := range []byte("true") {
			if !s.take(c) {
				return false
			}
		}
		return true
	case *uint64:
		return whole(s, p)
	case *uint32:
		return whole(s, p)
	case *uint16:
		return whole(s, p)
	case *uint8:
		return whole(s, p)
	case *int64:
		return whole(s, p)
	case *int32:
		return whole(s, p)
	case *int16:
		return whole(s, p)
	case interface{ UnmarshalText([]byte) error }:
		text, ok := s.text()
		return ok && p.UnmarshalText(text) == nil
	}
	return false
}

// whole takes a whole number, if it fits.
func whole[T int16 | int32 | int64 | uint8 | uint16 | uint32 | uint64](s *scanner, to *T) bool {
	minus := s.take('-')
	n, digits, ok := s.digits()
	v := int64(n)
	if minus {
		v = -v
	}
	*to = T(v)
	return ok && digits > 0 && int64(*to) == v && (*to < 0) == minus
}

// digits takes the digits of a number: at most 18, which fit, and no needless zero before others.
func (s *scanner) digits() (n uint64, digits int, ok bool) {
	i := 0
	for ; i < len(s.rest) && s.rest[i] >= '0' && s.rest[i] <= '9'; i++ {
		if i == 18 {
			return 0, i, false
		}
		n = n*10 + uint64(s.rest[i]-'0')
	}
	ok = i < 2 || s.rest[0] != '0'
	s.rest = s.rest[i:]
	return n, i, ok
}

// seconds takes a time that is not negative, with up to nine decimals.
func (s *scanner) seconds(to *time.Duration) bool {
	n, digits, ok := s.digits()
	if !ok || digits == 0 || digits > 9 {
		return false
	}
	*to = time.Duration(n) * time.Second
	if !s.take('.') {
		return true
	}
	unit := time.Second
	for i := 0; len(s.rest) > 0 && s.rest[0] >= '0' && s.rest[0] <= '9'; i++ {
		if i == 9 {
			return false
		}
		unit /= 10
		*to += time.Duration(s.rest[0]-'0') * unit
		s.rest = s.rest[1:]
	}
	return unit < time.Second
}
