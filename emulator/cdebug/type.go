package cdebug

import (
	"debug/dwarf"
	"errors"
	"strconv"
	"strings"
)

// Encodings of base types (DWARF 4, 7.8).
const (
	encodingBoolean      = 2
	encodingFloat        = 4
	encodingSigned       = 5
	encodingSignedChar   = 6
	encodingUnsignedChar = 8
)

// typeDepth bounds what leads from a type to another: typedefs, dimensions, anonymous members. Choice.
const typeDepth = 32

// sizeMax bounds the bytes of a type. Choice.
const sizeMax = 32 << 20

// pointerSize is that of both machines, in bytes.
const pointerSize = 4

// typeKind is what a type is, behind typedefs and qualifiers.
type typeKind uint8

const (
	typeVoid typeKind = iota
	typeSigned
	typeUnsigned
	typeFloat
	typePointer
	typeArray
	typeStruct
	typeUnion
	typeEnum
	typeFunction
	typeAlias // a typedef or a qualifier of another type
)

// ctype is a type of C. What it leads to is read when it is needed. Its methods need Info.mu.
type ctype struct {
	kind  typeKind
	name  string // of a typedef; the tag of a struct, union or enum; of a base type; of a qualifier
	entry *dwarf.Entry
	size  uint32
	sized bool // size is known
	char  bool // a character
	count uint64
	to    *ctype       // what a pointer, an array, a function, an enum or an alias leads to
	toAt  dwarf.Offset // where to is to be read, 0 for nowhere
	fresh bool         // toAt was not followed yet

	members     []member
	enumerators []enumerator
	filled      bool // members, enumerators and params were read
	params      []*ctype
	variadic    bool
}

// member of a struct or a union.
type member struct {
	name string // "" for an anonymous struct or union
	typ  *ctype
	at   uint32 // bytes from the beginning
	bits bitField
}

// enumerator is a name of an enum's value.
type enumerator struct {
	name  string
	value int64
}

// void is the type of nothing.
var void = &ctype{kind: typeVoid, name: "void"}

// base makes a type of the language.
func base(name string, kind typeKind, size uint32) *ctype {
	return &ctype{kind: kind, name: name, size: size, sized: true}
}

// Types of the language, for literals, arithmetic and casts.
var (
	typeInt      = base("int", typeSigned, 4)
	typeUInt     = base("unsigned int", typeUnsigned, 4)
	typeLong     = base("long", typeSigned, 4)
	typeULong    = base("unsigned long", typeUnsigned, 4)
	typeLongLong = base("long long", typeSigned, 8)
	typeULL      = base("unsigned long long", typeUnsigned, 8)
	typeShort    = base("short", typeSigned, 2)
	typeUShort   = base("unsigned short", typeUnsigned, 2)
	typeSChar    = base("signed char", typeSigned, 1)
	typeUChar    = base("unsigned char", typeUnsigned, 1)
	typeChar     = &ctype{kind: typeUnsigned, name: "char", size: 1, sized: true, char: true} // unsigned on the chip
	typeBool     = base("_Bool", typeUnsigned, 1)
	typeSingle   = base("float", typeFloat, 4)
	typeDouble   = base("double", typeFloat, 8)
)

// pointerTo makes a pointer to a type.
func pointerTo(t *ctype) *ctype {
	return &ctype{kind: typePointer, size: pointerSize, sized: true, to: t}
}

// typeAt returns the type of an entry; void for 0.
func (info *Info) typeAt(at dwarf.Offset) (*ctype, error) {
	if at == 0 {
		return void, nil
	}
	if t := info.types[at]; t != nil {
		return t, nil
	}
	e, err := info.entryAt(at)
	if err != nil {
		return nil, err
	}
	t := &ctype{entry: e, fresh: true}
	t.name, _ = e.Val(dwarf.AttrName).(string)
	t.toAt, _ = e.Val(dwarf.AttrType).(dwarf.Offset)
	if n, ok := e.Val(dwarf.AttrByteSize).(int64); ok && n >= 0 && n <= sizeMax {
		t.size, t.sized = uint32(n), true
	}
	switch e.Tag {
	case dwarf.TagBaseType:
		encoding, _ := e.Val(dwarf.AttrEncoding).(int64)
		t.kind = typeUnsigned
		switch encoding {
		case encodingSigned, encodingSignedChar:
			t.kind = typeSigned
		case encodingFloat:
			t.kind = typeFloat
		}
		t.char = encoding == encodingUnsignedChar || encoding == encodingSignedChar
	case dwarf.TagPointerType, dwarf.TagReferenceType, dwarf.TagRvalueReferenceType:
		t.kind = typePointer
		t.size, t.sized = pointerSize, true
	case dwarf.TagArrayType:
		info.dimensions(t)
	case dwarf.TagStructType, dwarf.TagClassType:
		t.kind = typeStruct
	case dwarf.TagUnionType:
		t.kind = typeUnion
	case dwarf.TagEnumerationType:
		t.kind = typeEnum
	case dwarf.TagSubroutineType:
		t.kind = typeFunction
	case dwarf.TagTypedef, dwarf.TagConstType, dwarf.TagVolatileType, dwarf.TagRestrictType:
		t.kind = typeAlias
	case dwarf.TagUnspecifiedType:
		return void, nil
	default:
		return nil, errDebug
	}
	info.types[at] = t
	return t, nil
}

// dimensions makes an array of arrays of a type that has several dimensions.
func (info *Info) dimensions(t *ctype) {
	t.kind, t.sized = typeArray, false
	dim := t
	for n, c := range info.children(t.entry) {
		if c.Tag != dwarf.TagSubrangeType || n >= typeDepth {
			continue
		}
		count, _ := c.Val(dwarf.AttrCount).(int64)
		if last, ok := c.Val(dwarf.AttrUpperBound).(int64); ok {
			count = last + 1
		}
		if n > 0 {
			inner := &ctype{kind: typeArray, toAt: dim.toAt, fresh: true}
			dim.to, dim.toAt, dim.fresh = inner, 0, false
			dim = inner
		}
		dim.count = uint64(max(count, 0))
	}
}

// target returns what a pointer, an array, a function or an alias leads to.
func (info *Info) target(t *ctype) (*ctype, error) {
	if t.fresh {
		to, err := info.typeAt(t.toAt)
		if err != nil {
			return nil, err
		}
		t.to, t.fresh = to, false
	}
	if t.to == nil {
		return void, nil
	}
	return t.to, nil
}

// bare returns the type behind typedefs and qualifiers.
func (info *Info) bare(t *ctype) (*ctype, error) {
	for range typeDepth {
		if t.kind != typeAlias {
			return t, nil
		}
		var err error
		if t, err = info.target(t); err != nil {
			return nil, err
		}
	}
	return nil, errDebug
}

// element returns what an array or a pointer leads to, bare; void if that is damaged.
func (info *Info) element(t *ctype) *ctype {
	to, err := info.target(t)
	if err == nil {
		to, err = info.bare(to)
	}
	if err != nil {
		return void
	}
	return to
}

// isChar tells whether an array or a pointer is one of characters.
func (info *Info) isChar(t *ctype) bool { return info.element(t).char }

// sizeOf returns the bytes of a type.
func (info *Info) sizeOf(t *ctype) (uint32, error) { return info.sizeBelow(t, 0) }

func (info *Info) sizeBelow(typ *ctype, depth int) (uint32, error) {
	t, err := info.bare(typ)
	if err != nil {
		return 0, err
	}
	switch {
	case t.kind == typeVoid:
		return 0, errors.New("void has no value")
	case t.kind == typeArray:
		to, err := info.target(t)
		if err != nil || depth > typeDepth {
			return 0, errDebug
		}
		n, err := info.sizeBelow(to, depth+1)
		if err != nil {
			return 0, err
		}
		total := uint64(n) * min(t.count, sizeMax)
		if total > sizeMax {
			return 0, errDebug
		}
		return uint32(total), nil
	case t.sized:
		return t.size, nil
	}
	return 0, errors.New(info.typeName(typ) + " has no size")
}

// typeName writes a type as in C.
func (info *Info) typeName(t *ctype) string {
	info.declared = 0
	return info.declare(t, "", 0)
}

// Bounds of the name of a type. Choice.
const (
	nameMax  = 1000 // bytes, about
	nameDeep = 200  // types that it is made of
)

// declare writes the declaration of what stands inside as having a type.
func (info *Info) declare(t *ctype, inside string, depth int) string {
	if info.declared++; depth > typeDepth || len(inside) > nameMax || info.declared > nameDeep {
		return "?"
	}
	join := func(name string) string {
		if inside != "" && inside[0] != '[' {
			name += " "
		}
		return name + inside
	}
	to, err := info.target(t)
	if err != nil {
		to = void
	}
	switch t.kind {
	case typePointer:
		mark := "*"
		if t.entry != nil && t.entry.Tag != dwarf.TagPointerType {
			mark = "&"
		}
		if k := to.kind; k == typeArray || k == typeFunction {
			return info.declare(to, "("+mark+inside+")", depth+1)
		}
		return info.declare(to, mark+inside, depth+1)
	case typeArray:
		return info.declare(to, inside+"["+strconv.FormatUint(t.count, 10)+"]", depth+1)
	case typeFunction:
		info.fill(t)
		var params []string
		for _, p := range t.params {
			params = append(params, info.declare(p, "", depth+2))
		}
		if t.variadic {
			params = append(params, "...")
		}
		if inside == "" {
			inside = " "
		}
		return info.declare(to, inside+"("+strings.Join(params, ", ")+")", depth+1)
	case typeAlias:
		if t.entry.Tag == dwarf.TagTypedef {
			return join(t.name)
		}
		word := map[dwarf.Tag]string{dwarf.TagConstType: "const", dwarf.TagVolatileType: "volatile",
			dwarf.TagRestrictType: "restrict"}[t.entry.Tag]
		if to.kind == typePointer {
			return info.declare(to, strings.TrimSpace(word+" "+inside), depth+1)
		}
		return word + " " + info.declare(to, inside, depth+1)
	case typeStruct:
		return join(strings.TrimSpace("struct " + t.name))
	case typeUnion:
		return join(strings.TrimSpace("union " + t.name))
	case typeEnum:
		return join(strings.TrimSpace("enum " + t.name))
	}
	return join(t.name)
}

// fill reads the members of a struct or union, the names of an enum, the parameters of a function.
func (info *Info) fill(t *ctype) {
	if t.filled || t.entry == nil {
		return
	}
	t.filled = true
	for _, c := range info.children(t.entry) {
		at, _ := c.Val(dwarf.AttrType).(dwarf.Offset)
		switch {
		case c.Tag == dwarf.TagMember && (t.kind == typeStruct || t.kind == typeUnion), c.Tag == dwarf.TagInheritance:
			typ, err := info.typeAt(at)
			place, ok := memberPlace(c)
			if static, _ := c.Val(dwarf.AttrExternal).(bool); err != nil || !ok || static {
				continue
			}
			m := member{typ: typ, at: uint32(place)}
			m.name, _ = c.Val(dwarf.AttrName).(string)
			var further uint32
			m.bits, further = info.bitsOf(c, typ)
			m.at += further
			t.members = append(t.members, m)
		case c.Tag == dwarf.TagEnumerator && t.kind == typeEnum:
			name, _ := c.Val(dwarf.AttrName).(string)
			value, _ := c.Val(dwarf.AttrConstValue).(int64)
			t.enumerators = append(t.enumerators, enumerator{name, value})
		case c.Tag == dwarf.TagFormalParameter && t.kind == typeFunction:
			if typ, err := info.typeAt(at); err == nil {
				t.params = append(t.params, typ)
			}
		case c.Tag == dwarf.TagUnspecifiedParameters:
			t.variadic = true
		}
	}
}

// memberPlace returns how many bytes from the beginning a member lies. DWARF 2 has an expression for it.
func memberPlace(m *dwarf.Entry) (place int64, ok bool) {
	switch v := m.Val(dwarf.AttrDataMemberLoc).(type) {
	case nil: // of a union
	case int64:
		place = v
	case []byte:
		if len(v) < 2 || v[0] != opPlusUconst {
			return 0, false
		}
		r := &reader{b: v[1:]}
		if place = int64(r.uleb()); len(r.b) > 0 || r.short {
			return 0, false
		}
	}
	return place, place >= 0 && place <= sizeMax
}

// bitsOf returns which bits of its type a member takes, and how many bytes further on the type begins. DWARF 4 counts from
// the type's highest bit, DWARF 5 (and newer compilers) from the struct's lowest.
func (info *Info) bitsOf(m *dwarf.Entry, typ *ctype) (b bitField, further uint32) {
	size, ok := m.Val(dwarf.AttrBitSize).(int64)
	if !ok || size <= 0 || size > 64 {
		return bitField{}, 0
	}
	unit, err := info.sizeOf(typ)
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
