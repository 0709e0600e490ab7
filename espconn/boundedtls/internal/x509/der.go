package x509

// DER tags (ITU-T X.690).
const (
	tagBoolean    = 0x01
	tagInteger    = 0x02
	tagBitString  = 0x03
	tagOctets     = 0x04
	tagNull       = 0x05
	tagOID        = 0x06
	tagUTF8       = 0x0C
	tagPrintable  = 0x13
	tagT61        = 0x14
	tagIA5        = 0x16
	tagUTCTime    = 0x17
	tagGenTime    = 0x18
	tagUniversal  = 0x1C
	tagBMP        = 0x1E
	tagSequence   = 0x30
	tagSet        = 0x31
	tagContext    = 0x80 // or'ed with the number
	tagContextSeq = 0xA0 // constructed, or'ed with the number
)

// walk is a position in DER bytes. Every method takes the bound that applies: the device's parser checks some fields
// against the end of an outer structure rather than the inner one, and its errors depend on that. A position past the
// bound counts as out of data. Bounds never exceed len(b).
type walk struct {
	b     []byte
	p     int
	alloc Alloc
}

// length reads a DER length of 1 to 5 bytes, minimal or not. The indefinite form is refused (tls.md 3.2: detail 0x64).
func (w *walk) length(end int) (n, code int) {
	if end-w.p < 1 {
		return 0, asnOutOfData
	}
	first := w.b[w.p]
	if first < 0x80 {
		w.p++
		n = int(first)
	} else {
		k := int(first & 0x7F)
		if k == 0 || k > 4 {
			return 0, asnInvalidLength
		}
		if end-w.p < k+1 {
			return 0, asnOutOfData
		}
		var v uint32
		for _, c := range w.b[w.p+1 : w.p+1+k] {
			v = v<<8 | uint32(c)
		}
		w.p += k + 1
		if uint64(v) > uint64(len(w.b)) {
			return 0, asnOutOfData
		}
		n = int(v)
	}
	if n > end-w.p {
		return 0, asnOutOfData
	}
	return n, 0
}

// tag reads the given tag and a length. The position does not move when the tag is another one.
func (w *walk) tag(end int, want byte) (n, code int) {
	if end-w.p < 1 {
		return 0, asnOutOfData
	}
	if w.b[w.p] != want {
		return 0, asnUnexpectedTag
	}
	w.p++
	return w.length(end)
}

// take returns the next n bytes, without copying.
func (w *walk) take(n int) []byte {
	s := w.b[w.p : w.p+n : w.p+n]
	w.p += n
	return s
}

// peek returns the next byte, 0 at the end of the buffer.
// Deviation: the device reads the byte behind its buffer there (an INTEGER without content in the last two bytes).
func (w *walk) peek() byte {
	if w.p < len(w.b) {
		return w.b[w.p]
	}
	return 0
}

func (w *walk) boolean(end int) (v bool, code int) {
	n, code := w.tag(end, tagBoolean)
	if code != 0 {
		return false, code
	}
	if n != 1 {
		return false, asnInvalidLength
	}
	return w.take(1)[0] != 0, 0
}

// integer reads a non-negative INTEGER of at most four bytes.
func (w *walk) integer(end int) (v int32, code int) {
	n, code := w.tag(end, tagInteger)
	if code != 0 {
		return 0, code
	}
	if n > 4 || w.peek()&0x80 != 0 {
		return 0, asnInvalidLength
	}
	for _, c := range w.take(n) {
		v = v<<8 | int32(c)
	}
	return v, 0
}

// bitString reads a BIT STRING that must end at end and returns its bytes.
func (w *walk) bitString(end int) (bits []byte, code int) {
	n, code := w.tag(end, tagBitString)
	if code != 0 {
		return nil, code
	}
	if n < 1 {
		return nil, asnOutOfData
	}
	if w.b[w.p] > 7 { // unused bits of the last byte
		return nil, asnInvalidLength
	}
	w.p++
	bits = w.take(n - 1)
	if w.p != end {
		return nil, asnLengthMismatch
	}
	return bits, 0
}

// wholeBytes reads the head of a BIT STRING that holds at least one byte and no unused bits; n counts its bytes.
func (w *walk) wholeBytes(end int) (n, code int) {
	n, code = w.tag(end, tagBitString)
	if code != 0 {
		return 0, code
	}
	if n < 2 || w.b[w.p] != 0 {
		return 0, asnInvalidData
	}
	w.p++
	return n - 1, 0
}

// algorithm is an AlgorithmIdentifier. paramTag 0 stands for absent parameters.
type algorithm struct {
	oid      []byte
	paramTag byte
	params   []byte
}

// plain tells whether the parameters are absent or NULL.
func (a algorithm) plain() bool {
	return (a.paramTag == tagNull || a.paramTag == 0) && len(a.params) == 0
}

func (w *walk) algorithm(end int) (a algorithm, code int) {
	n, code := w.tag(end, tagSequence)
	if code != 0 {
		return a, code
	}
	if end-w.p < 1 {
		return a, asnOutOfData
	}
	end = w.p + n
	n, code = w.tag(end, tagOID)
	if code != 0 {
		return a, code
	}
	a.oid = w.take(n)
	if w.p == end {
		return a, 0
	}
	a.paramTag = w.b[w.p]
	w.p++
	n, code = w.length(end)
	if code != 0 {
		return a, code
	}
	a.params = w.take(n)
	if w.p != end {
		return a, asnLengthMismatch
	}
	return a, 0
}
