package trace

import (
	"encoding/binary"
	"time"
)

// headSize is the bytes in front of a packed event: the mask of its fields, its source and its kind.
const headSize = 6

// packed is the form in which a Trace keeps events: those fields that are not zero, which are six of thirty for most events, and a mask
// that says which. One list of fields, in event, writes and reads it.
type packed struct {
	b       []byte
	mask    uint32
	bit     uint32 // of the next field
	reading bool
	texts   map[string]string // of a reader: a text that comes often is one string
}

// pack appends e to b without its number. Its time counts from before.
func pack(b []byte, e *Event, before time.Duration) []byte {
	head := len(b)
	b = append(b, 0, 0, 0, 0, byte(e.Source), byte(e.Kind))
	p := packed{b: binary.AppendVarint(b, int64(e.At-before)), bit: 1}
	p.event(e)
	binary.LittleEndian.PutUint32(p.b[head:], p.mask)
	return p.b
}

// unpack reads the event at the beginning of b into e, which is zero but for its number, and returns what follows it in b.
func unpack(b []byte, e *Event, before time.Duration, texts map[string]string) (rest []byte) {
	e.Source, e.Kind = Source(b[4]), Kind(b[5])
	since, n := binary.Varint(b[headSize:])
	e.At = before + time.Duration(since)
	p := packed{b: b[headSize+n:], mask: binary.LittleEndian.Uint32(b), bit: 1, reading: true, texts: texts}
	p.event(e)
	return p.b
}

// event writes or reads all fields but the number, the time, the source and the kind.
func (p *packed) event(e *Event) {
	p.text(&e.Conn)
	p.text(&e.Name)
	p.text(&e.Text)
	p.text(&e.Where)
	number(p, &e.Value)
	number(p, &e.Limit)
	if p.some(9, e.Old != 0 || e.State != 0 || e.Role != 0 || e.Out || e.Record != 0 || e.Level != 0 || e.Version != 0 || e.Suite != 0 ||
		e.Status != 0) {
		number(p, &e.Old)
		number(p, &e.State)
		number(p, &e.Role)
		p.flag(&e.Out)
		number(p, &e.Record)
		number(p, &e.Level)
		number(p, &e.Version)
		number(p, &e.Suite)
		number(p, &e.Status)
	}
	if p.some(6, e.Local != Addr{} || e.Remote != Addr{} || e.MAC != MAC{} || e.Sequence != 0 || e.Ack != 0 || e.Count != 0) {
		p.address(&e.Local)
		p.address(&e.Remote)
		p.mac(&e.MAC)
		number(p, &e.Sequence)
		number(p, &e.Ack)
		number(p, &e.Count)
	}
	if p.some(8, e.Took != 0 || e.Flags != 0 || e.Code != 0 || e.Plain != 0 || e.Fill != 0 || e.Least != 0 || e.Address != 0 ||
		e.Lost != 0) {
		number(p, &e.Took)
		number(p, &e.Flags)
		number(p, &e.Code)
		number(p, &e.Plain)
		number(p, &e.Fill)
		number(p, &e.Least)
		number(p, &e.Address)
		number(p, &e.Lost)
	}
}

// some reports whether one of the next n fields is there, of a writer as it says itself, and passes over them if none is.
func (p *packed) some(n int, is bool) bool {
	if p.reading {
		is = p.mask&(p.bit<<n-p.bit) != 0
	}
	if !is {
		p.bit <<= n
	}
	return is
}

// next goes on to the next field and reports whether it is there: of a writer when it is some, of a reader by the mask.
func (p *packed) next(some bool) bool {
	bit := p.bit
	p.bit <<= 1
	if p.reading {
		return p.mask&bit != 0
	}
	if some {
		p.mask |= bit
	}
	return some
}

func number[T ~int16 | ~int32 | ~int64 | ~uint8 | ~uint16 | ~uint32](p *packed, v *T) {
	switch {
	case !p.next(*v != 0):
	case p.reading:
		n, size := binary.Varint(p.b)
		*v, p.b = T(n), p.b[size:]
	default:
		p.b = binary.AppendVarint(p.b, int64(*v))
	}
}

func (p *packed) flag(v *bool) {
	if p.next(*v) {
		*v = true
	}
}

func (p *packed) text(v *string) {
	switch {
	case !p.next(*v != ""):
	case p.reading:
		n, size := binary.Uvarint(p.b)
		b := p.take(size + int(n))[size:]
		s, known := p.texts[string(b)]
		if !known {
			s = string(b)
			p.texts[s] = s
		}
		*v = s
	default:
		p.b = append(binary.AppendUvarint(p.b, uint64(len(*v))), *v...)
	}
}

func (p *packed) address(v *Addr) {
	switch {
	case !p.next(*v != Addr{}):
	case p.reading:
		b := p.take(len(v.IP) + 2)
		*v = Addr{[4]byte(b), binary.LittleEndian.Uint16(b[len(v.IP):])}
	default:
		p.b = binary.LittleEndian.AppendUint16(append(p.b, v.IP[:]...), v.Port)
	}
}

func (p *packed) mac(v *MAC) {
	switch {
	case !p.next(*v != MAC{}):
	case p.reading:
		*v = MAC(p.take(len(v)))
	default:
		p.b = append(p.b, v[:]...)
	}
}

// take is the next n bytes of a reader.
func (p *packed) take(n int) (b []byte) {
	b, p.b = p.b[:n], p.b[n:]
	return b
}
