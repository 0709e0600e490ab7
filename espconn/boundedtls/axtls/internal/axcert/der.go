package axcert

// DER tags (ITU-T X.690).
const (
	tagBoolean     = 0x01
	tagInteger     = 0x02
	tagBitString   = 0x03
	tagOctetString = 0x04
	tagNull        = 0x05
	tagOID         = 0x06
	tagUTCTime     = 0x17
	tagGenTime     = 0x18
	tagSequence    = 0x30
	tagSet         = 0x31
	tagDNSName     = 0x82 // a general name, context 2
	tagVersion     = 0xA0 // explicit, context 0
	tagExtensions  = 0xA3 // explicit, context 3
)

// reader walks over DER. A failed read leaves ok false for good; later reads return nothing.
type reader struct {
	b  []byte
	ok bool
}

func newReader(b []byte) *reader { return &reader{b, true} }

func (r *reader) fail() { r.b, r.ok = nil, false }

// peek reports whether the next element has the tag.
func (r *reader) peek(tag byte) bool { return len(r.b) > 0 && r.b[0] == tag }

// header reads one tag and length and returns the length of the content, which lies at the beginning of r.b then.
func (r *reader) header(tag byte) int {
	if len(r.b) < 2 || r.b[0] != tag {
		r.fail()
		return 0
	}
	n, used := int(r.b[1]), 2
	if n >= 0x80 {
		k := n & 0x7F
		if k == 0 || k > 3 || len(r.b) < 2+k {
			r.fail()
			return 0
		}
		n, used = 0, 2+k
		for _, c := range r.b[2 : 2+k] {
			n = n<<8 | int(c)
		}
	}
	if n > len(r.b)-used {
		r.fail()
		return 0
	}
	r.b = r.b[used:]
	return n
}

// take reads one element and returns its content.
func (r *reader) take(tag byte) []byte {
	n := r.header(tag)
	c := r.b[:n:n]
	r.b = r.b[n:]
	return c
}

// enter steps into a constructed element.
func (r *reader) enter(tag byte) { r.header(tag) }

// any skips one element of any tag.
func (r *reader) any() {
	if len(r.b) == 0 {
		r.fail()
		return
	}
	r.take(r.b[0])
}
