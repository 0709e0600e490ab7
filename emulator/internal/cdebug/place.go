package cdebug

import (
	"bytes"
	"debug/dwarf"
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
)

// expression takes apart stars, [QUALIFIER:]NAME, and what follows.
var expression = regexp.MustCompile(`^(\*{0,8})((?:[\w$./ -]+:)?[A-Za-z_$][\w$]*)(.*)$`)

// Memory is that of a program.
type Memory interface {
	// Read returns the n bytes at an address, which the caller does not change. ok is false if there is no memory, as in the
	// page of NULL.
	Read(addr, n uint32) (b []byte, ok bool)
}

// Get reads a variable of the program whose memory m is, by an expression of C: a name with members, indexes and * before
// it, as in "retries", "conn.proto.tcp->remote_port", "list[2].next", "*cursor". A dot goes through pointers, too. Static
// variables are found by their name; where several have it, a qualifier tells which: "user_main.c:retries", or the function
// of a static variable in it, "on_timer:count". Errors: there is no such variable (with near names) or the compiler took it
// away, the type has no such member, the address is none.
func (info *Info) Get(m Memory, expr string) (Value, error) {
	info.mu.Lock()
	defer info.mu.Unlock()
	parts := expression.FindStringSubmatch(expr)
	if parts == nil {
		return Value{}, fmt.Errorf("%q is no expression: give a name with .member, ->member, [index], and * before it", expr)
	}
	v, err := info.find(parts[2], true)
	if err != nil {
		return Value{}, err
	}
	p := place{info: info, memory: m, addr: uint32(v.at), typ: v.typ}
	if err := p.path(parts[2], parts[3]); err != nil {
		return Value{}, err
	}
	for range parts[1] {
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
	data, ok := p.memory.Read(p.addr, size)
	if !ok {
		return Value{}, fmt.Errorf("%s is at 0x%x, where there is no memory", expr, p.addr)
	}
	v := Value{Addr: p.addr, Type: p.info.typeName(p.typ, p.dims, 0), data: bytes.Clone(data), bits: p.bits}
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
		if p.info.isChar(e) {
			v.text = text(p.memory, uint32(v.Uint()))
		}
	case dwarf.TagArrayType:
		if p.info.isChar(e) && p.dims+1 == len(p.info.dimensions(e)) {
			v.kind = kindText
			text, _, _ := bytes.Cut(v.data, []byte{0})
			v.text = append([]byte{}, text...)
		}
	}
	return v, nil
}

// text returns the text at an address up to its NUL, or as much of it as there is; nil if there is no memory.
func text(m Memory, addr uint32) (t []byte) {
	for len(t) < textMax {
		b, ok := m.Read(addr+uint32(len(t)), 1)
		if !ok {
			break
		}
		if t = append(t, b[0]); b[0] == 0 {
			return t[:len(t)-1]
		}
	}
	return t
}

// place is where an expression has come to. Its methods need Info.mu.
type place struct {
	info   *Info
	memory Memory
	addr   uint32
	typ    dwarf.Offset // 0: void
	dims   int          // indexes that were applied to an array of several dimensions
	bits   bitField
}

func (p *place) entry() (*dwarf.Entry, error) {
	if p.typ == 0 {
		return nil, errors.New("void has no value")
	}
	return p.info.bare(p.typ)
}

// size returns the bytes of what is there.
func (p *place) size() (uint32, error) { return p.info.sizeOf(p.typ, p.dims, 0) }

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
		return fmt.Errorf("%s is no pointer, but %s", done, p.info.typeName(p.typ, p.dims, 0))
	}
	b, ok := p.memory.Read(p.addr, 4)
	if !ok {
		return fmt.Errorf("%s is at 0x%x, where there is no memory", done, p.addr)
	}
	to := order.Uint32(b)
	if to == 0 {
		return fmt.Errorf("%s is NULL", done)
	}
	if _, ok := p.memory.Read(to, 1); !ok {
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
		list := p.info.dimensions(e)
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
		return fmt.Errorf("%s is neither an array nor a pointer, but %s", done, p.info.typeName(p.typ, p.dims, 0))
	}
	if p.typ == 0 {
		return fmt.Errorf("%s points to void", done)
	}
	size, err := p.size()
	if err != nil {
		return fmt.Errorf("%s: %w", done, err)
	}
	at := uint64(p.addr) + n*uint64(size)
	if _, ok := p.memory.Read(uint32(at), 1); !ok || at > math.MaxUint32 {
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
		return fmt.Errorf("%s is no struct, but %s", done, p.info.typeName(p.typ, p.dims, 0))
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
	for _, m := range p.info.children(e) {
		if m.Tag != dwarf.TagMember {
			continue
		}
		own, _ := m.Val(dwarf.AttrName).(string)
		typ, _ := m.Val(dwarf.AttrType).(dwarf.Offset)
		at, _ := m.Val(dwarf.AttrDataMemberLoc).(int64)
		if own == "" {
			inner, err := p.info.bare(typ)
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
		bits, more := p.info.bitsOf(m)
		p.addr, p.typ, p.dims, p.bits = p.addr+uint32(at)+more, typ, 0, bits
		return true
	}
	return false
}
