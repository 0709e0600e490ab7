package cdebug

// reader takes numbers from the beginning of b. What is missing reads 0, and short is true then.
type reader struct {
	b     []byte
	short bool
}

// fixed takes a number of n bytes, 8 at most.
func (r *reader) fixed(n int) uint64 {
	if n < 0 || n > len(r.b) {
		r.b, r.short = nil, true
		return 0
	}
	var v [8]byte
	copy(v[:], r.b[:n])
	r.b = r.b[n:]
	return order.Uint64(v[:])
}

// signed takes a number of n bytes with a sign.
func (r *reader) signed(n int) int64 {
	shift := 64 - 8*uint(n)
	return int64(r.fixed(n)<<shift) >> shift
}

// uleb takes an unsigned number of any length.
func (r *reader) uleb() (v uint64) {
	for shift := uint(0); ; shift += 7 {
		c := r.fixed(1)
		if shift < 64 {
			v |= c & 0x7F << shift
		}
		if c < 0x80 {
			return v
		}
	}
}

// sleb takes a signed number of any length.
func (r *reader) sleb() (v int64) {
	for shift := uint(0); ; {
		c := r.fixed(1)
		if shift < 64 {
			v |= int64(c & 0x7F << shift)
		}
		shift += 7
		if c < 0x80 {
			if c&0x40 != 0 && shift < 64 {
				v |= -1 << shift
			}
			return v
		}
	}
}

// take takes n bytes.
func (r *reader) take(n uint64) []byte {
	if n > uint64(len(r.b)) {
		r.b, r.short = nil, true
		return nil
	}
	b := r.b[:n]
	r.b = r.b[n:]
	return b
}

// text takes bytes up to a NUL.
func (r *reader) text() string {
	for n, c := range r.b {
		if c == 0 {
			s := string(r.b[:n])
			r.b = r.b[n+1:]
			return s
		}
	}
	r.b, r.short = nil, true
	return ""
}
