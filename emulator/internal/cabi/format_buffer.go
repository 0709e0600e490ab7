package cabi

import (
	"bytes"
	"strconv"

	"github.com/emu8266/emu8266/espconn"
)

// formatBuffer is the formatter of os_sprintf and os_snprintf, which is another one than os_printf's: libmain's ets_vsnprintf (read and
// measured: sdk-surface.md, os_sprintf). It knows %d %i %u %x %X %o %p %c %s %%, flags - 0 + and blank, a width, of an argument, too, and
// the lengths h and l. It knows no precision: of %.2s it writes %. and goes on with the text 2s, and takes no argument; so with each
// letter that it does not know. %o writes hexadecimal digits.
func (s *SDK) formatBuffer(format []byte, more VarArgs) []byte {
	out := make([]byte, 0, len(format)+32)
	next := func() uint32 { return s.next(&more) }
	for len(format) > 0 && len(out) < printMax {
		if format[0] != '%' {
			n := bytes.IndexByte(format, '%')
			if n < 0 {
				n = len(format)
			}
			out, format = append(out, format[:n]...), format[n:]
			continue
		}
		var v field
		whole := format
		if format = v.parse(format[1:], next); len(format) == 0 {
			out = append(out, '%')
			break
		}
		letter := format[0]
		format = format[1:]
		switch letter {
		case 'c':
			out = v.text(out, []byte{byte(next())})
		case 's':
			t := []byte("<NULL>")
			if p := next(); p != 0 {
				t = s.text(p)
			}
			out = v.text(out, t[:min(len(t), printMax)])
		case 'p':
			if !v.wide {
				v.width, v.zero = 8, true
			}
			out = v.number(out, 0, strconv.AppendUint(nil, uint64(next()), 16))
		case 'd', 'i':
			out = v.signed(out, v.cut(next()))
		case 'u':
			out = v.number(out, 0, strconv.AppendUint(nil, uint64(v.cut(next())), 10))
		case 'x', 'o':
			out = v.number(out, 0, strconv.AppendUint(nil, uint64(v.cut(next())), 16))
		case 'X':
			out = v.number(out, 0, bytes.ToUpper(strconv.AppendUint(nil, uint64(v.cut(next())), 16)))
		case '%':
			out = append(out, '%')
		default:
			s.unknown(whole, "os_sprintf")
			out = append(out, '%', letter)
		}
	}
	out = out[:min(len(out), printMax)]
	s.burn(uint64(len(out)) * printCycles)
	return out
}

// directive returns what C takes for one at the beginning of a format, nil if C does not either.
func directive(format []byte) []byte {
	rest := bytes.TrimLeft(bytes.TrimLeft(format[1:], "-+ #0"), "0123456789*")
	if after, ok := bytes.CutPrefix(rest, []byte(".")); ok {
		rest = bytes.TrimLeft(after, "0123456789*")
	}
	for _, length := range []string{"hh", "ll", "h", "l", "j", "z", "t", "L"} {
		if after, ok := bytes.CutPrefix(rest, []byte(length)); ok {
			rest = after
			break
		}
	}
	if len(rest) == 0 || bytes.IndexByte([]byte("diouxXeEfFgGaAcspn"), rest[0]) < 0 {
		return nil
	}
	return format[:len(format)-len(rest)+1]
}

// unknown finds, once a place, a directive that the formatter of a function does not know. What C does not know either is text.
func (s *SDK) unknown(format []byte, function string) {
	if found := directive(format); found != nil {
		s.board.Finding(espconn.RuleFormat, "%s in a format of %s, whose formatter does not know it", found, function)
	}
}

// field is what stands between a % sign and its letter.
type field struct {
	left, zero, plus, blank bool
	wide                    bool // it has a width
	width                   int
	length                  byte // h, l or 0
}

// parse reads a field and returns what follows it. A negative width from an argument means the left side.
func (v *field) parse(f []byte, next func() uint32) []byte {
	for ; len(f) > 0; f = f[1:] {
		switch f[0] {
		case '-':
			v.left = true
		case '0':
			v.zero = true
		case '+':
			v.plus = true
		case ' ':
			v.blank = true
		case '#': // without effect
		default:
			return v.size(f, next)
		}
	}
	return f
}

// size reads the width and the length.
func (v *field) size(f []byte, next func() uint32) []byte {
	switch {
	case f[0] == '*':
		n := int(int32(next()))
		if n < 0 {
			n, v.left = -n, true
		}
		v.width, v.wide, f = min(n, widthMax), true, f[1:]
	case f[0] >= '0' && f[0] <= '9':
		v.wide = true
		for ; len(f) > 0 && f[0] >= '0' && f[0] <= '9'; f = f[1:] {
			v.width = min(v.width*10+int(f[0]-'0'), widthMax)
		}
	}
	if len(f) > 0 && (f[0] == 'h' || f[0] == 'l') {
		v.length, f = f[0], f[1:]
	}
	return f
}

// cut is a number with the length h.
func (v *field) cut(n uint32) uint32 {
	if v.length == 'h' {
		return n & 0xFFFF
	}
	return n
}

// signed appends a number with its sign.
func (v *field) signed(out []byte, n uint32) []byte {
	d := int64(int32(n))
	if v.length == 'h' {
		d = int64(int16(n))
	}
	sign := byte(0)
	switch {
	case d < 0:
		sign, d = '-', -d
	case v.plus:
		sign = '+'
	case v.blank:
		sign = ' '
	}
	return v.number(out, sign, strconv.AppendInt(nil, d, 10))
}

// number appends digits, with zeros between them and the sign if the field says so.
func (v *field) number(out []byte, sign byte, digits []byte) []byte {
	var text []byte
	if sign != 0 {
		text = []byte{sign}
	}
	if v.zero && !v.left {
		text = append(text, bytes.Repeat([]byte{'0'}, max(v.width-len(text)-len(digits), 0))...)
	}
	return v.text(out, append(text, digits...))
}

// text appends a text and blanks beside it.
func (v *field) text(out, t []byte) []byte {
	blanks := bytes.Repeat([]byte{' '}, max(v.width-len(t), 0))
	if v.left {
		return append(append(out, t...), blanks...)
	}
	return append(append(out, blanks...), t...)
}
