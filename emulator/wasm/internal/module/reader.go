package module

import "fmt"

// reader reads the binary format. After an error it returns zeros.
type reader struct {
	b   []byte
	err error
}

func (r *reader) fail() {
	if r.err == nil {
		r.err = errModule
	}
	r.b = nil
}

func (r *reader) byte() byte {
	if len(r.b) == 0 {
		r.fail()
		return 0
	}
	c := r.b[0]
	r.b = r.b[1:]
	return c
}

func (r *reader) bytes(n uint32) []byte {
	if uint64(n) > uint64(len(r.b)) {
		r.fail()
		return nil
	}
	p := r.b[:n]
	r.b = r.b[n:]
	return p
}

// count reads the length of a vector. Each of its elements takes a byte at least.
func (r *reader) count() uint32 {
	n := r.u32()
	if uint64(n) > uint64(len(r.b)) {
		r.fail()
		return 0
	}
	return n
}

// within counts n more of something of which a module may have at most most.
func (r *reader) within(what string, total *int, n uint32, most int) {
	if uint64(*total)+uint64(n) > uint64(most) {
		if r.err == nil {
			r.err = fmt.Errorf("%d %s: firmware has %d at most", uint64(*total)+uint64(n), what, most)
		}
		r.b = nil
		return
	}
	*total += int(n)
}

// list reads the length of a vector, and counts its elements.
func (r *reader) list(what string, total *int, most int) uint32 {
	n := r.u32()
	r.within(what, total, n, most)
	if r.err == nil && uint64(n) > uint64(len(r.b)) {
		r.fail()
	}
	if r.err != nil {
		return 0
	}
	return n
}

// values reads the parameters or results of a type: numbers of one byte each.
func (r *reader) values(what string) []byte {
	b := r.bytes(r.list(what, new(int), valuesMax))
	for _, t := range b {
		r.value(t)
	}
	return b
}

// value refuses what is no number: other types have more than a byte.
func (r *reader) value(t byte) {
	if t < typeF64 || t > typeI32 {
		r.fail()
	}
}

// global reads the type of a global.
func (r *reader) global() {
	r.value(r.byte())
	r.byte() // whether it changes
}

// constant reads an expression of one constant, which is what C linkers make, and returns it; 0 for one that is no i32.
func (r *reader) constant() (v uint32) {
	switch op := r.byte(); op {
	case opI32Const:
		v = uint32(r.i32())
	case opI64Const, opF32Const, opF64Const, opGlobalGet:
		r.skip(op)
	default:
		r.fail()
	}
	if r.byte() != opEnd {
		r.fail()
	}
	return v
}

// leb reads a LEB128 number of at most five bytes, and the bits it had.
func (r *reader) leb() (v uint64, bits uint, last byte) {
	for bits < 35 {
		c := r.byte()
		v |= uint64(c&0x7F) << bits
		bits += 7
		if c < 0x80 {
			return v, bits, c
		}
	}
	r.fail()
	return 0, 0, 0
}

func (r *reader) u32() uint32 {
	v, _, _ := r.leb()
	return uint32(v)
}

func (r *reader) i32() int32 {
	v, bits, last := r.leb()
	if last&0x40 != 0 && bits < 64 {
		v |= ^uint64(0) << bits
	}
	return int32(v)
}

func (r *reader) limits() (least, most uint32, bounded bool) {
	kind := r.byte()
	if kind > limitsMax {
		r.fail()
	}
	bounded = kind == limitsMax
	least = r.u32()
	if bounded {
		most = r.u32()
	}
	return least, most, bounded
}

// leb64 passes over a number of up to 64 bits.
func (r *reader) leb64() {
	for range 10 {
		if r.byte() < 0x80 {
			return
		}
	}
	r.fail()
}
