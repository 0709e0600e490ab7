package cdebug

import (
	"debug/dwarf"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Encodings of base types (DWARF 4, 7.8).
const (
	encodingFloat        = 4
	encodingSigned       = 5
	encodingSignedChar   = 6
	encodingUnsignedChar = 8
)

// typeDepth bounds what leads from a type to another: typedefs, dimensions, anonymous members. Choice.
const typeDepth = 32

// sizeMax bounds the bytes of a type. Choice.
const sizeMax = 32 << 20

// childrenMax bounds the members of a struct. Choice.
const childrenMax = 10_000

var errDebug = errors.New("damaged debug information")

// entryAt reads one entry.
func (info *Info) entryAt(at dwarf.Offset) (*dwarf.Entry, error) {
	r := info.dwarf.Reader()
	r.Seek(at)
	e, err := r.Next()
	if err != nil || e == nil {
		return nil, errDebug
	}
	return e, nil
}

// children returns the entries directly below one.
func (info *Info) children(of *dwarf.Entry) []*dwarf.Entry {
	if !of.Children {
		return nil
	}
	r := info.dwarf.Reader()
	r.Seek(of.Offset)
	if _, err := r.Next(); err != nil {
		return nil
	}
	var list []*dwarf.Entry
	for depth := 0; len(list) < childrenMax; { // no SkipChildren: in damaged information it may go backwards for ever
		e, err := r.Next()
		switch {
		case err != nil || e == nil || e.Tag == 0 && depth == 0:
			return list
		case e.Tag == 0:
			depth--
			continue
		case depth == 0:
			list = append(list, e)
		}
		if e.Children {
			depth++
		}
	}
	return list
}

// bare returns the type behind typedefs and qualifiers.
func (info *Info) bare(typ dwarf.Offset) (*dwarf.Entry, error) {
	for range typeDepth {
		e, err := info.entryAt(typ)
		if err != nil {
			return nil, err
		}
		switch e.Tag {
		case dwarf.TagTypedef, dwarf.TagConstType, dwarf.TagVolatileType, dwarf.TagRestrictType:
			next, ok := e.Val(dwarf.AttrType).(dwarf.Offset)
			if !ok {
				return nil, errors.New("void has no value")
			}
			typ = next
		default:
			return e, nil
		}
	}
	return nil, errDebug
}

// isChar tells whether an array or a pointer is one of char.
func (info *Info) isChar(e *dwarf.Entry) bool {
	typ, ok := e.Val(dwarf.AttrType).(dwarf.Offset)
	if !ok {
		return false
	}
	b, err := info.bare(typ)
	if err != nil || b.Tag != dwarf.TagBaseType {
		return false
	}
	encoding, _ := b.Val(dwarf.AttrEncoding).(int64)
	return encoding == encodingUnsignedChar || encoding == encodingSignedChar
}

// dimensions returns the lengths of an array.
func (info *Info) dimensions(e *dwarf.Entry) []uint64 {
	var list []uint64
	for _, c := range info.children(e) {
		if c.Tag == dwarf.TagSubrangeType && len(list) < typeDepth {
			n, _ := c.Val(dwarf.AttrCount).(int64)
			if last, ok := c.Val(dwarf.AttrUpperBound).(int64); ok {
				n = last + 1
			}
			list = append(list, uint64(max(n, 0)))
		}
	}
	return list
}

// sizeOf returns the bytes of a type, from which dims indexes have taken dimensions.
func (info *Info) sizeOf(typ dwarf.Offset, dims, depth int) (uint32, error) {
	e, err := info.bare(typ)
	if err != nil {
		return 0, err
	}
	if e.Tag == dwarf.TagArrayType {
		element, ok := e.Val(dwarf.AttrType).(dwarf.Offset)
		if !ok || depth > typeDepth {
			return 0, errDebug
		}
		n, err := info.sizeOf(element, 0, depth+1)
		total := uint64(n)
		list := info.dimensions(e)
		for _, d := range list[min(dims, len(list)):] {
			if total *= min(d, sizeMax); total > sizeMax {
				return 0, errDebug
			}
		}
		return uint32(total), err
	}
	if n, ok := e.Val(dwarf.AttrByteSize).(int64); ok && n >= 0 && n <= sizeMax {
		return uint32(n), nil
	}
	if e.Tag == dwarf.TagPointerType {
		return 4, nil
	}
	return 0, fmt.Errorf("%s has no size", info.typeName(typ, 0, 0))
}

// typeName writes a type as in C.
func (info *Info) typeName(typ dwarf.Offset, dims, depth int) string {
	if typ == 0 {
		return "void"
	}
	e, err := info.entryAt(typ)
	if err != nil || depth > typeDepth {
		return "?"
	}
	to, _ := e.Val(dwarf.AttrType).(dwarf.Offset)
	name, _ := e.Val(dwarf.AttrName).(string)
	switch e.Tag {
	case dwarf.TagPointerType:
		return strings.TrimSuffix(info.typeName(to, 0, depth+1), " *") + " *"
	case dwarf.TagArrayType:
		t := info.typeName(to, 0, depth+1)
		list := info.dimensions(e)
		for _, d := range list[min(dims, len(list)):] {
			t += "[" + strconv.FormatUint(d, 10) + "]"
		}
		return t
	case dwarf.TagTypedef:
		if dims > 0 {
			return info.typeName(to, dims, depth+1)
		}
	case dwarf.TagConstType:
		return "const " + info.typeName(to, dims, depth+1)
	case dwarf.TagVolatileType:
		return "volatile " + info.typeName(to, dims, depth+1)
	case dwarf.TagStructType:
		return strings.TrimSpace("struct " + name)
	case dwarf.TagUnionType:
		return strings.TrimSpace("union " + name)
	case dwarf.TagEnumerationType:
		return strings.TrimSpace("enum " + name)
	case dwarf.TagSubroutineType:
		return info.typeName(to, 0, depth+1) + " ()"
	}
	return name
}

// bitsOf returns which bits of its type a member takes, and how many bytes further on the type begins. DWARF 4 counts from
// the type's highest bit, DWARF 5 (and newer compilers) from the struct's lowest.
func (info *Info) bitsOf(m *dwarf.Entry) (b bitField, further uint32) {
	size, ok := m.Val(dwarf.AttrBitSize).(int64)
	if !ok || size <= 0 || size > 64 {
		return bitField{}, 0
	}
	typ, _ := m.Val(dwarf.AttrType).(dwarf.Offset)
	unit, err := info.sizeOf(typ, 0, 0)
	if err != nil || unit == 0 || unit > 8 {
		return bitField{}, 0
	}
	at, ok := m.Val(dwarf.AttrDataBitOffset).(int64)
	if ok && at >= 0 && at < sizeMax {
		further = uint32(at/8) / unit * unit
		at -= 8 * int64(further)
	} else if high, ok := m.Val(dwarf.AttrBitOffset).(int64); ok {
		at = 8*int64(unit) - high - size
	}
	if at < 0 || at+size > 8*int64(unit) {
		return bitField{}, 0
	}
	return bitField{uint(at), uint(size)}, further
}
