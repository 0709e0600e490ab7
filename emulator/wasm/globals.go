package wasm

import (
	"bytes"
	"debug/dwarf"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
)

// Value is what a variable of the firmware held when it was read.
type Value struct {
	Addr uint32 // in guest memory
	Type string // of C, such as "struct espconn", "int[4]"
	data []byte
	kind valueKind
	bits bitField
	text []byte // of a char array, or where a char pointer points to
}

type valueKind uint8

const (
	kindUnsigned valueKind = iota
	kindSigned
	kindPointer
	kindFloat
	kindText  // array of char
	kindWhole // struct, union, another array
)

// bitField is the part of a number that a bit-field takes, from its lowest bit; size 0 is all of it.
type bitField struct{ at, size uint }

// textMax bounds the text behind a char pointer, in bytes. Choice.
const textMax = 4096

// Bytes returns the bytes of the variable, a copy.
func (v Value) Bytes() []byte { return bytes.Clone(v.data) }

// Uint returns the number, pointer or bool, without sign; of anything else its first eight bytes.
func (v Value) Uint() uint64 {
	var b [8]byte
	copy(b[:], v.data)
	n := order.Uint64(b[:])
	if v.bits.size > 0 {
		return n >> v.bits.at & (1<<v.bits.size - 1)
	}
	return n
}

// Int returns the number with its sign.
func (v Value) Int() int64 {
	n, size := v.Uint(), uint(8*len(v.data))
	if v.bits.size > 0 {
		size = v.bits.size
	}
	if v.kind != kindSigned || size == 0 || size >= 64 {
		return int64(n)
	}
	return int64(n<<(64-size)) >> (64 - size)
}

// Text returns the text in an array of char, or where a pointer to char points to: up to its NUL, 4,096 bytes at most. It is
// "" for anything else and for NULL.
func (v Value) Text() string { return string(v.text) }

// String returns the value as a debugger shows it: an array of char as the text up to its NUL, one of uint8 with more than
// zeros behind it (an address, a key) as bytes.
func (v Value) String() string {
	switch {
	case v.kind == kindText && !strings.Contains(v.Type, "char") && len(bytes.TrimRight(v.data, "\x00")) > len(v.text):
		return fmt.Sprintf("% x", v.data)
	case v.text != nil:
		return strconv.Quote(string(v.text))
	case v.kind == kindPointer:
		return fmt.Sprintf("0x%x", v.Uint())
	case v.kind == kindFloat && len(v.data) == 4:
		return fmt.Sprint(math.Float32frombits(uint32(v.Uint())))
	case v.kind == kindFloat:
		return fmt.Sprint(math.Float64frombits(v.Uint()))
	case v.kind == kindSigned:
		return strconv.FormatInt(v.Int(), 10)
	case v.kind == kindUnsigned:
		return strconv.FormatUint(v.Uint(), 10)
	}
	return fmt.Sprintf("% x", v.data)
}

// Get reads a variable by an expression of C: a name with members, indexes and * before it, as in "retries",
// "conn.proto.tcp->remote_port", "list[2].next", "*cursor". A dot goes through pointers, too. Static variables are found
// by their name; where several have it, a qualifier tells which: "user_main.c:retries", or the function of a static
// variable in it, "on_timer:count". Any goroutine may call it; it runs on the device's. Errors: there is no such variable
// (with near names) or the compiler took it away, the type has no such member, the address is none, no firmware runs.
func (f *Firmware) Get(expr string) (v Value, err error) {
	err = f.do(func(g *guest) error {
		v, err = g.get(expr)
		return err
	})
	return v, err
}

// Set writes a variable, named as for Get: an integer or a bool into a number, pointer or bit-field; a string with its
// NUL into an array of char; bytes into anything that is as long or longer. A number that the variable cannot hold and a
// text that does not fit are errors.
func (f *Firmware) Set(expr string, value any) error {
	return f.do(func(g *guest) error {
		v, err := g.get(expr)
		if err != nil {
			return err
		}
		b, err := v.encode(value)
		if err != nil {
			return fmt.Errorf("%s: %w", expr, err)
		}
		g.mem.Write(v.Addr, b) // get has read there
		return nil
	})
}

// encode returns the bytes of the variable with a new value.
func (v Value) encode(value any) ([]byte, error) {
	switch x := value.(type) {
	case []byte:
		if len(x) > len(v.data) {
			return nil, fmt.Errorf("%d bytes do not fit, it has %d", len(x), len(v.data))
		}
		return x, nil
	case string:
		if v.kind != kindText {
			return nil, fmt.Errorf("a text does not fit into %s: only an array of char takes one", v.Type)
		}
		if len(x) >= len(v.data) {
			return nil, fmt.Errorf("%d bytes and a NUL do not fit, it has %d", len(x), len(v.data))
		}
		return append([]byte(x), 0), nil
	}
	n, negative, err := integer(value)
	if err != nil {
		return nil, err
	}
	size := uint(8 * len(v.data))
	if v.bits.size > 0 {
		size = v.bits.size
	}
	switch {
	case v.kind == kindWhole || v.kind == kindText || v.kind == kindFloat || size == 0 || size > 64:
		return nil, fmt.Errorf("a number does not fit into %s: give bytes", v.Type)
	case negative && (v.kind != kindSigned || int64(n) < -1<<(size-1)),
		!negative && size < 64 && (n >= 1<<size || v.kind == kindSigned && n >= 1<<(size-1)),
		!negative && size == 64 && v.kind == kindSigned && n > math.MaxInt64:
		return nil, fmt.Errorf("%v is out of the range of %s", value, v.Type)
	}
	if v.bits.size > 0 {
		mask := uint64(1)<<size - 1
		var b [8]byte
		copy(b[:], v.data)
		n = order.Uint64(b[:])&^(mask<<v.bits.at) | n&mask<<v.bits.at
	}
	return order.AppendUint64(nil, n)[:len(v.data)], nil
}

// integer takes Go's integers and bool.
func integer(value any) (n uint64, negative bool, err error) {
	var i int64
	switch x := value.(type) {
	case bool:
		return uint64(number(x)), false, nil
	case uint:
		return uint64(x), false, nil
	case uint8:
		return uint64(x), false, nil
	case uint16:
		return uint64(x), false, nil
	case uint32:
		return uint64(x), false, nil
	case uint64:
		return x, false, nil
	case int:
		i = int64(x)
	case int8:
		i = int64(x)
	case int16:
		i = int64(x)
	case int32:
		i = int64(x)
	case int64:
		i = x
	default:
		return 0, false, fmt.Errorf("%T: give an integer, a bool, a string or bytes", value)
	}
	return uint64(i), i < 0, nil
}

// expression takes apart stars, [QUALIFIER:]NAME, and what follows.
var expression = regexp.MustCompile(`^(\*{0,8})((?:[\w$./ -]+:)?[A-Za-z_$][\w$]*)(.*)$`)

// get evaluates an expression.
func (g *guest) get(expr string) (Value, error) {
	s := &g.image.symbols
	s.mu.Lock()
	defer s.mu.Unlock()
	m := expression.FindStringSubmatch(expr)
	if m == nil {
		return Value{}, fmt.Errorf("%q is no expression: give a name with .member, ->member, [index], and * before it", expr)
	}
	v, err := s.find(m[2], true)
	if err != nil {
		return Value{}, err
	}
	p := place{g: g, s: s, addr: uint32(v.at), typ: v.typ}
	if err := p.path(m[2], m[3]); err != nil {
		return Value{}, err
	}
	for range m[1] {
		if err := p.follow(expr); err != nil {
			return Value{}, err
		}
	}
	return p.value(expr)
}

// value reads what is there.
func (p *place) value(expr string) (Value, error) {
	e, err := p.entry()
	if err != nil {
		return Value{}, err
	}
	size, err := p.size()
	if err != nil {
		return Value{}, err
	}
	data, ok := p.g.mem.Read(p.addr, size)
	if !ok {
		return Value{}, fmt.Errorf("%s is at 0x%x, where there is no memory", expr, p.addr)
	}
	v := Value{Addr: p.addr, Type: p.s.typeName(p.typ, p.dims, 0), data: bytes.Clone(data), bits: p.bits}
	if p.bits.size > 0 && (p.bits.at+p.bits.size > 8*uint(size) || size > 8) {
		return Value{}, fmt.Errorf("%s: damaged debug information", expr)
	}
	v.kind = kindWhole
	encoding, _ := e.Val(dwarf.AttrEncoding).(int64)
	switch e.Tag {
	case dwarf.TagBaseType:
		switch encoding {
		case encodingSigned, encodingSignedChar:
			v.kind = kindSigned
		case encodingFloat:
			v.kind = kindFloat
		default:
			v.kind = kindUnsigned
		}
	case dwarf.TagEnumerationType:
		v.kind = kindUnsigned
	case dwarf.TagPointerType:
		v.kind = kindPointer
		if p.s.isChar(e) {
			if at := uint32(v.Uint()); at >= nullPage && at < p.g.mem.Size() {
				b, _ := p.g.mem.Read(at, min(textMax, p.g.mem.Size()-at))
				v.text, _, _ = bytes.Cut(b, []byte{0})
				v.text = append([]byte{}, v.text...)
			}
		}
	case dwarf.TagArrayType:
		if p.s.isChar(e) && p.dims+1 == len(p.s.dimensions(e)) {
			v.kind = kindText
			text, _, _ := bytes.Cut(v.data, []byte{0})
			v.text = append([]byte{}, text...)
		}
	}
	return v, nil
}
