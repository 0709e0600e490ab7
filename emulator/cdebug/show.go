package cdebug

import (
	"bytes"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Bounds of what is shown of one value. Choice.
const (
	shownMax    = 2000 // bytes, about
	shownDeep   = 6    // structs in structs
	shownCount  = 64   // elements of an array
	shownText   = 200  // bytes of a text inside a struct or an array
	shownRepeat = 4    // equal elements one behind the other that are still written out
	shownParts  = 1000 // numbers, texts, structs and arrays, of all depths
)

// show writes what an operand holds.
func (e *evaluator) show(o operand, depth int) string {
	if e.shown++; e.shown > shownParts {
		return "..."
	}
	t, err := e.info.bare(o.t)
	if err != nil {
		return "?"
	}
	b, err := e.bytes(o, "")
	if err != nil {
		return "?"
	}
	v := Value{data: b, kind: kindOf(t), bits: o.bits}
	switch t.kind {
	case typeArray:
		return e.showArray(o, t, b, depth)
	case typeStruct, typeUnion:
		return e.showMembers(o, t, depth)
	case typePointer:
		return e.showPointer(t, uint32(v.Uint()), depth)
	case typeEnum:
		e.info.fill(t)
		for _, name := range t.enumerators {
			if uint32(name.value) == uint32(v.Uint()) {
				return name.name
			}
		}
		return strconv.FormatUint(v.Uint(), 10)
	case typeFloat:
		switch t.size {
		case 4:
			return fmt.Sprint(math.Float32frombits(uint32(v.Uint())))
		case 8:
			return fmt.Sprint(math.Float64frombits(v.Uint()))
		}
	case typeSigned, typeUnsigned:
		if t.size > 8 {
			break
		}
		s := strconv.FormatUint(v.Uint(), 10)
		if t.kind == typeSigned {
			s = strconv.FormatInt(v.Int(), 10)
		}
		if t.char && o.bits.size == 0 && e.spelledChar(o.t) && v.Uint() != 0 {
			s += " " + quoteChar(byte(v.Uint()))
		}
		return s
	}
	return fmt.Sprintf("% x", b)
}

// spelledChar tells whether a type is char by its own name: uint8 is a number.
func (e *evaluator) spelledChar(t *ctype) bool { return strings.Contains(e.info.typeName(t), "char") }

func quoteChar(c byte) string {
	q := strconv.Quote(string([]byte{c}))
	q = q[1 : len(q)-1]
	switch q {
	case `\"`:
		q = `"`
	case `'`:
		q = `\'`
	}
	return "'" + q + "'"
}

// showText writes a text, shortened inside of something else.
func showText(b []byte, depth int) string {
	if depth > 0 && len(b) > shownText {
		return strconv.Quote(string(b[:shownText])) + "..."
	}
	return strconv.Quote(string(b))
}

func (e *evaluator) showPointer(t *ctype, p uint32, depth int) string {
	to := e.info.element(t)
	switch {
	case p == 0:
		return "0x0"
	case to.char:
		b := text(e.Memory, p)
		if target, err := e.info.target(t); err == nil && b != nil && (e.spelledChar(target) || len(b) > 0 && printable(b)) {
			return showText(b, depth)
		}
	case to.kind == typeFunction:
		return e.info.pointed(uint64(p))
	}
	return fmt.Sprintf("0x%x", p)
}

// pointed writes the address of a function, with its name.
func (info *Info) pointed(addr uint64) string {
	s := fmt.Sprintf("0x%x", addr)
	if f, ok := info.spanOf(addr); ok && f.from == addr && info.CodePointers {
		if entry, err := info.entryAt(f.at); err == nil {
			s += " <" + info.named(entry) + ">"
		}
	}
	return s
}

func (e *evaluator) showArray(o operand, t *ctype, b []byte, depth int) string {
	to, err := e.info.target(t)
	if err != nil {
		return "?"
	}
	if e.info.isChar(t) {
		text, _, _ := bytes.Cut(b, []byte{0})
		if !e.spelledChar(to) && (len(bytes.TrimRight(b, "\x00")) > len(text) || !printable(text)) {
			if depth > 0 && len(b) > shownText {
				return fmt.Sprintf("% x...", b[:shownText])
			}
			return fmt.Sprintf("% x", b)
		}
		return showText(text, depth)
	}
	if depth > shownDeep {
		return "{...}"
	}
	size, err := e.info.sizeOf(to)
	if err != nil {
		return "?"
	}
	var out strings.Builder
	for n := uint64(0); n < t.count; n++ {
		if n > 0 {
			out.WriteString(", ")
		}
		if n >= shownCount || out.Len() > shownMax {
			out.WriteString("...")
			break
		}
		part, err := e.slice(o, to, n*uint64(size), "")
		if err != nil {
			break
		}
		one := e.show(part, depth+1)
		same := n + 1
		for size > 0 && same < t.count && bytes.Equal(b[n*uint64(size):(n+1)*uint64(size)], b[same*uint64(size):(same+1)*uint64(size)]) {
			same++
		}
		out.WriteString(one)
		if same-n > shownRepeat {
			fmt.Fprintf(&out, " <repeats %d times>", same-n)
			n = same - 1
		}
	}
	return "{" + out.String() + "}"
}

func (e *evaluator) showMembers(o operand, t *ctype, depth int) string {
	if depth > shownDeep {
		return "{...}"
	}
	e.info.fill(t)
	var out strings.Builder
	for n, m := range t.members {
		if n > 0 {
			out.WriteString(", ")
		}
		if out.Len() > shownMax {
			out.WriteString("...")
			break
		}
		if m.name != "" {
			out.WriteString(m.name + " = ")
		}
		part, err := e.slice(o, m.typ, uint64(m.at), "")
		if err != nil {
			out.WriteString("?")
			continue
		}
		part.bits = m.bits
		out.WriteString(e.show(part, depth+1))
	}
	return "{" + out.String() + "}"
}

// printable tells whether bytes are text.
func printable(b []byte) bool {
	for _, c := range b {
		if (c < ' ' || c > '~') && c != '\n' && c != '\r' && c != '\t' {
			return false
		}
	}
	return true
}
