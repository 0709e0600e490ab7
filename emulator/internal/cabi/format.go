package cabi

import (
	"bytes"
	"strconv"
)

const (
	printMax = 65536 // bytes that one call formats; the rest is cut. Choice.
	widthMax = 1024  // greatest width and precision. Choice.
)

// format is the formatter of os_printf: %d %i %u %x %X %p %c %s %%, flags - 0 + and blank, width,
// precision; lengths h, l and z mean nothing. No floats, no 64-bit numbers, no width from an argument, as on the device
// (sdk-surface.md, os_printf): another verb prints itself and takes no argument. NULL prints "(null)". Choice.
func (s *SDK) format(format []byte, more VarArgs) []byte {
	out := make([]byte, 0, len(format)+32)
	next := func() uint32 { return s.next(&more) }
	for len(format) > 0 && len(out) < printMax {
		i := bytes.IndexByte(format, '%')
		if i < 0 || i+1 == len(format) {
			out = append(out, format...)
			break
		}
		out = append(out, format[:i]...)
		v, rest := parseVerb(format[i+1:])
		if rest == nil {
			out = append(out, format[i:]...)
			break
		}
		whole := format[i:]
		format = rest
		switch v.letter {
		case 'd', 'i':
			out = v.number(out, strconv.AppendInt(nil, int64(int32(next())), 10))
		case 'u':
			out = v.number(out, strconv.AppendUint(nil, uint64(next()), 10))
		case 'x', 'p':
			out = v.number(out, strconv.AppendUint(nil, uint64(next()), 16))
		case 'X':
			out = v.number(out, bytes.ToUpper(strconv.AppendUint(nil, uint64(next()), 16)))
		case 'c':
			out = v.pad(out, []byte{byte(next())}, ' ')
		case 's':
			t := []byte("(null)")
			if p := next(); p != 0 {
				t = s.text(p)
			}
			if v.hasPrecision {
				t = t[:min(len(t), v.precision)]
			}
			out = v.pad(out, t[:min(len(t), printMax)], ' ')
		case '%':
			out = append(out, '%')
		default:
			s.unknown(whole, "os_printf")
			out = append(out, '%', v.letter)
		}
	}
	out = out[:min(len(out), printMax)]
	s.burn(uint64(len(out)) * printCycles)
	return out
}

// verb is one parsed directive.
type verb struct {
	left, zero, plus, blank bool
	width, precision        int
	hasPrecision            bool
	letter                  byte
}

// parseVerb reads what follows a % sign; rest is nil when the format ends too early.
func parseVerb(f []byte) (v verb, rest []byte) {
	i := 0
flags:
	for ; i < len(f); i++ {
		switch f[i] {
		case '-':
			v.left = true
		case '0':
			v.zero = true
		case '+':
			v.plus = true
		case ' ':
			v.blank = true
		case '#':
		default:
			break flags
		}
	}
	number := func() (n int) {
		for ; i < len(f) && f[i] >= '0' && f[i] <= '9'; i++ {
			n = min(n*10+int(f[i]-'0'), widthMax)
		}
		return n
	}
	v.width = number()
	if i < len(f) && f[i] == '.' {
		i++
		v.hasPrecision = true
		v.precision = number()
	}
	for i < len(f) && (f[i] == 'h' || f[i] == 'l' || f[i] == 'z') {
		i++
	}
	if i == len(f) {
		return v, nil
	}
	v.letter = f[i]
	return v, f[i+1:]
}

// number appends digits with their sign, at least precision of them.
func (v verb) number(out, digits []byte) []byte {
	var sign []byte
	switch {
	case digits[0] == '-':
		sign, digits = digits[:1], digits[1:]
	case (v.letter == 'd' || v.letter == 'i') && v.plus:
		sign = []byte{'+'}
	case (v.letter == 'd' || v.letter == 'i') && v.blank:
		sign = []byte{' '}
	}
	least := v.precision
	if v.zero && !v.left && !v.hasPrecision {
		least = v.width - len(sign)
	}
	if n := least - len(digits); n > 0 {
		digits = append(bytes.Repeat([]byte{'0'}, n), digits...)
	}
	return v.pad(out, append(sign[:len(sign):len(sign)], digits...), ' ')
}

func (v verb) pad(out, s []byte, with byte) []byte {
	fill := bytes.Repeat([]byte{with}, max(v.width-len(s), 0))
	if v.left {
		return append(append(out, s...), fill...)
	}
	return append(append(out, fill...), s...)
}
