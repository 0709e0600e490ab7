package record

import "encoding/binary"

// Play reads the events from a checkpoint on, through those behind it, up to the end of a boot or of the record. Nothing may be added to
// the record meanwhile.
type Play[S any] struct {
	// Values are those of the event that Next has returned, Bytes what a Write wrote; valid until the next Next.
	Values []uint32
	Bytes  []byte

	record *Record[S]
	point  int
	log    []byte
}

// Play begins at a checkpoint.
func (r *Record[S]) Play(n int) *Play[S] {
	return &Play[S]{record: r, point: n, log: r.points[n].log}
}

// State returns what the checkpoint holds where playing began, or where the boot begins to which NextBoot has gone.
func (p *Play[S]) State() S { return p.record.points[p.point].State }

// Next takes the next event; false at the end of the record.
func (p *Play[S]) Next() (Kind, bool) {
	for len(p.log) == 0 {
		if p.point+1 >= len(p.record.points) || p.record.points[p.point+1].First {
			return 0, false
		}
		p.point++
		p.log = p.record.points[p.point].log
	}
	kind := Kind(p.log[0])
	p.log = p.log[1:]
	if kind == Write {
		p.Values = append(p.Values[:0], uint32(p.number()))
		n := p.number()
		p.Bytes, p.log = p.log[:n], p.log[n:]
		return kind, true
	}
	p.Values = p.Values[:0]
	for range p.number() {
		p.Values = append(p.Values, uint32(p.number()))
	}
	return kind, true
}

// Peek is Next without taking the event: Values and Bytes are its own until Next takes it.
func (p *Play[S]) Peek() (Kind, bool) {
	point, log := p.point, p.log
	kind, ok := p.Next()
	p.point, p.log = point, log
	return kind, ok
}

func (p *Play[S]) number() uint64 {
	v, n := binary.Uvarint(p.log)
	p.log = p.log[n:]
	return v
}

// NextBoot goes to the checkpoint with which the next boot begins; false if there was none.
func (p *Play[S]) NextBoot() bool {
	for n := p.point + 1; n < len(p.record.points); n++ {
		if p.record.points[n].First {
			p.point, p.log = n, p.record.points[n].log
			return true
		}
	}
	return false
}
