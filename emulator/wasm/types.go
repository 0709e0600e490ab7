package wasm

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

// childrenMax bounds the members of a struct. Choice.
const childrenMax = 10_000

var errDebug = errors.New("damaged debug information")

// place is where an expression has come to. Its methods need symbols.mu.
type place struct {
	g    *guest
	s    *symbols
	addr uint32
	typ  dwarf.Offset // 0: void
	dims int          // indexes that were applied to an array of several dimensions
	bits bitField
}

// entryAt reads one entry.
func (s *symbols) entryAt(at dwarf.Offset) (*dwarf.Entry, error) {
	r := s.dwarf.Reader()
	r.Seek(at)
	e, err := r.Next()
	if err != nil || e == nil {
		return nil, errDebug
	}
	return e, nil
}

// children returns the entries directly below one.
func (s *symbols) children(of *dwarf.Entry) []*dwarf.Entry {
	if !of.Children {
		return nil
	}
	r := s.dwarf.Reader()
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
func (s *symbols) bare(typ dwarf.Offset) (*dwarf.Entry, error) {
	for range typeDepth {
		e, err := s.entryAt(typ)
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

func (p *place) entry() (*dwarf.Entry, error) {
	if p.typ == 0 {
		return nil, errors.New("void has no value")
	}
	return p.s.bare(p.typ)
}

// isChar tells whether an array or a pointer is one of char.
func (s *symbols) isChar(e *dwarf.Entry) bool {
	typ, ok := e.Val(dwarf.AttrType).(dwarf.Offset)
	if !ok {
		return false
	}
	b, err := s.bare(typ)
	if err != nil || b.Tag != dwarf.TagBaseType {
		return false
	}
	encoding, _ := b.Val(dwarf.AttrEncoding).(int64)
	return encoding == encodingUnsignedChar || encoding == encodingSignedChar
}

// dimensions returns the lengths of an array.
func (s *symbols) dimensions(e *dwarf.Entry) []uint64 {
	var list []uint64
	for _, c := range s.children(e) {
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

// size returns the bytes of what is there.
func (p *place) size() (uint32, error) { return p.s.sizeOf(p.typ, p.dims, 0) }

func (s *symbols) sizeOf(typ dwarf.Offset, dims, depth int) (uint32, error) {
	e, err := s.bare(typ)
	if err != nil {
		return 0, err
	}
	if e.Tag == dwarf.TagArrayType {
		element, ok := e.Val(dwarf.AttrType).(dwarf.Offset)
		if !ok || depth > typeDepth {
			return 0, errDebug
		}
		n, err := s.sizeOf(element, 0, depth+1)
		total := uint64(n)
		list := s.dimensions(e)
		for _, d := range list[min(dims, len(list)):] {
			if total *= min(d, imageMax); total > imageMax {
				return 0, errDebug
			}
		}
		return uint32(total), err
	}
	if n, ok := e.Val(dwarf.AttrByteSize).(int64); ok && n >= 0 && n <= imageMax {
		return uint32(n), nil
	}
	if e.Tag == dwarf.TagPointerType {
		return 4, nil
	}
	return 0, fmt.Errorf("%s has no size", s.typeName(typ, 0, 0))
}

// typeName writes a type as in C.
func (s *symbols) typeName(typ dwarf.Offset, dims, depth int) string {
	if typ == 0 {
		return "void"
	}
	e, err := s.entryAt(typ)
	if err != nil || depth > typeDepth {
		return "?"
	}
	to, _ := e.Val(dwarf.AttrType).(dwarf.Offset)
	name, _ := e.Val(dwarf.AttrName).(string)
	switch e.Tag {
	case dwarf.TagPointerType:
		return strings.TrimSuffix(s.typeName(to, 0, depth+1), " *") + " *"
	case dwarf.TagArrayType:
		t := s.typeName(to, 0, depth+1)
		list := s.dimensions(e)
		for _, d := range list[min(dims, len(list)):] {
			t += "[" + strconv.FormatUint(d, 10) + "]"
		}
		return t
	case dwarf.TagTypedef:
		if dims > 0 {
			return s.typeName(to, dims, depth+1)
		}
	case dwarf.TagConstType:
		return "const " + s.typeName(to, dims, depth+1)
	case dwarf.TagVolatileType:
		return "volatile " + s.typeName(to, dims, depth+1)
	case dwarf.TagStructType:
		return strings.TrimSpace("struct " + name)
	case dwarf.TagUnionType:
		return strings.TrimSpace("union " + name)
	case dwarf.TagEnumerationType:
		return strings.TrimSpace("enum " + name)
	case dwarf.TagSubroutineType:
		return s.typeName(to, 0, depth+1) + " ()"
	}
	return name
}

// path applies .member, ->member and [index]. done is what was applied before, for errors.
func (p *place) path(done, rest string) error {
	for rest != "" {
		var step string
		switch {
		case rest[0] == '[':
			end := strings.IndexByte(rest, ']')
			n, err := strconv.ParseUint(rest[1:max(end, 1)], 0, 32)
			if end < 0 || err != nil {
				return fmt.Errorf("%s%s: an index is a number in brackets", done, rest)
			}
			if err := p.index(done, n); err != nil {
				return err
			}
			step = rest[:end+1]
		case rest[0] == '.' || strings.HasPrefix(rest, "->"):
			name := strings.TrimPrefix(strings.TrimPrefix(rest, "->"), ".")
			if end := strings.IndexAny(name, ".-["); end >= 0 {
				name = name[:end]
			}
			step = rest[:strings.Index(rest, name)+len(name)]
			if e, err := p.entry(); err != nil {
				return fmt.Errorf("%s: %w", done, err)
			} else if e.Tag == dwarf.TagPointerType {
				if err := p.follow(done); err != nil {
					return err
				}
			}
			if err := p.member(done, name); err != nil {
				return err
			}
		default:
			return fmt.Errorf("%s, then %q: .member, ->member or [index] can follow", done, rest)
		}
		done, rest = done+step, rest[len(step):]
	}
	return nil
}

// follow goes to where a pointer points.
func (p *place) follow(done string) error {
	e, err := p.entry()
	if err != nil {
		return fmt.Errorf("%s: %w", done, err)
	}
	if e.Tag != dwarf.TagPointerType {
		return fmt.Errorf("%s is no pointer, but %s", done, p.s.typeName(p.typ, p.dims, 0))
	}
	to, ok := p.g.mem.ReadUint32Le(p.addr)
	switch {
	case !ok:
		return fmt.Errorf("%s is at 0x%x, where there is no memory", done, p.addr)
	case to == 0:
		return fmt.Errorf("%s is NULL", done)
	case to < nullPage || to >= p.g.mem.Size():
		return fmt.Errorf("%s points to 0x%x, where there is no memory", done, to)
	}
	p.addr, p.bits, p.dims = to, bitField{}, 0
	p.typ, _ = e.Val(dwarf.AttrType).(dwarf.Offset)
	return nil
}

func (p *place) index(done string, n uint64) error {
	e, err := p.entry()
	if err != nil {
		return fmt.Errorf("%s: %w", done, err)
	}
	switch e.Tag {
	case dwarf.TagPointerType:
		if err := p.follow(done); err != nil {
			return err
		}
	case dwarf.TagArrayType:
		list := p.s.dimensions(e)
		if p.dims >= len(list) {
			return errDebug
		}
		if length := list[p.dims]; n >= length && length > 0 {
			return fmt.Errorf("%s has %d elements, there is no [%d]", done, length, n)
		}
		if p.dims++; p.dims == len(list) {
			p.typ, _ = e.Val(dwarf.AttrType).(dwarf.Offset)
			p.dims = 0
		}
	default:
		return fmt.Errorf("%s is neither an array nor a pointer, but %s", done, p.s.typeName(p.typ, p.dims, 0))
	}
	if p.typ == 0 {
		return fmt.Errorf("%s points to void", done)
	}
	size, err := p.size()
	if err != nil {
		return fmt.Errorf("%s: %w", done, err)
	}
	at := uint64(p.addr) + n*uint64(size)
	if at >= uint64(p.g.mem.Size()) {
		return fmt.Errorf("%s[%d] is at 0x%x, where there is no memory", done, n, at)
	}
	p.addr = uint32(at)
	return nil
}

// member goes to a member of a struct or union, also one of an anonymous struct in it.
func (p *place) member(done, name string) error {
	e, err := p.entry()
	if err != nil {
		return fmt.Errorf("%s: %w", done, err)
	}
	if e.Tag != dwarf.TagStructType && e.Tag != dwarf.TagUnionType {
		return fmt.Errorf("%s is no struct, but %s", done, p.s.typeName(p.typ, p.dims, 0))
	}
	var names []string
	if p.inside(e, name, 0, &names) {
		return nil
	}
	return fmt.Errorf("%s has no member %q; it has %s", done, name, strings.Join(names, ", "))
}

func (p *place) inside(e *dwarf.Entry, name string, depth int, names *[]string) bool {
	if depth > typeDepth {
		return false
	}
	for _, m := range p.s.children(e) {
		if m.Tag != dwarf.TagMember {
			continue
		}
		own, _ := m.Val(dwarf.AttrName).(string)
		typ, _ := m.Val(dwarf.AttrType).(dwarf.Offset)
		at, _ := m.Val(dwarf.AttrDataMemberLoc).(int64)
		if own == "" {
			inner, err := p.s.bare(typ)
			before := p.addr
			p.addr += uint32(at)
			if err == nil && p.inside(inner, name, depth+1, names) {
				return true
			}
			p.addr = before
			continue
		}
		if *names = append(*names, own); own != name {
			continue
		}
		bits, more := p.s.bitsOf(m)
		p.addr, p.typ, p.dims, p.bits = p.addr+uint32(at)+more, typ, 0, bits
		return true
	}
	return false
}

// bitsOf returns which bits of its type a member takes, and how many bytes further on the type begins. DWARF 4 counts from
// the type's highest bit, DWARF 5 (and newer compilers) from the struct's lowest.
func (s *symbols) bitsOf(m *dwarf.Entry) (b bitField, further uint32) {
	size, ok := m.Val(dwarf.AttrBitSize).(int64)
	if !ok || size <= 0 || size > 64 {
		return bitField{}, 0
	}
	typ, _ := m.Val(dwarf.AttrType).(dwarf.Offset)
	unit, err := s.sizeOf(typ, 0, 0)
	if err != nil || unit == 0 || unit > 8 {
		return bitField{}, 0
	}
	at, ok := m.Val(dwarf.AttrDataBitOffset).(int64)
	if ok && at >= 0 && at < imageMax {
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
