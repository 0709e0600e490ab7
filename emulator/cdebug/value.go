package cdebug

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
)

// order of the bytes of numbers in memory.
var order = binary.LittleEndian

// Value is what a variable or an expression of a program was when it was read.
type Value struct {
	Addr   uint32 // in memory
	Placed bool   // it lies there; if not, it is a result, or lies in registers
	Type   string // of C, such as "struct espconn", "int[4]"

	Held     bool // it is a variable that lies in a register of its frame, whole
	Register int  // its number, 0 to 15

	data    []byte
	kind    valueKind
	bits    bitField
	text    []byte // of a char array, or where a char pointer points to
	shown   string
	operand operand
	info    *Info
	memory  Memory
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

// kindOf returns how the bytes of a bare type are read.
func kindOf(t *ctype) valueKind {
	switch t.kind {
	case typeSigned:
		return kindSigned
	case typeUnsigned, typeEnum:
		return kindUnsigned
	case typeFloat:
		return kindFloat
	case typePointer:
		return kindPointer
	}
	return kindWhole
}

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

// Pointer returns the address that a pointer holds; ok is false for anything else.
func (v Value) Pointer() (addr uint32, ok bool) {
	return uint32(v.Uint()), v.kind == kindPointer
}

// Text returns the text in an array of char, or where a pointer to char points to: up to its NUL, 4,096 bytes at most. It is
// "" for anything else and for NULL.
func (v Value) Text() string { return string(v.text) }

// True tells whether C takes the value for true, as a condition: a number or a pointer that is not 0.
func (v Value) True() bool {
	if v.kind == kindFloat && len(v.data) == 4 {
		return math.Float32frombits(uint32(v.Uint())) != 0
	}
	if v.kind == kindFloat {
		return math.Float64frombits(v.Uint()) != 0
	}
	return v.kind == kindText || v.kind == kindWhole || v.Uint() != 0
}

// String returns the value as a debugger shows it: numbers decimal, pointers hexadecimal, enums by name, structs and arrays in braces,
// an array of char and what a pointer to char points to as text, one of uint8 with more than zeros behind the text (an address, a key) as
// bytes. What is long ends in "...".
func (v Value) String() string { return v.shown }

// Encode returns the bytes of the variable with a new value.
func (v Value) Encode(value any) ([]byte, error) {
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
	n, negative, err := Integer(value)
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

// Integer takes any of Go's integers, or a bool: it returns the value in 64 bits, and whether it is below 0.
func Integer(value any) (n uint64, negative bool, err error) {
	var i int64
	switch x := value.(type) {
	case bool:
		if x {
			n = 1
		}
		return n, false, nil
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
