package x509

import "bytes"

// attribute is one type and value of a distinguished name. merged: the next one belongs to the same set.
type attribute struct {
	oid    []byte
	tag    byte
	value  []byte
	merged bool
}

// name reads the sets of a distinguished name up to end. The attributes of all sets form one flat list, as on the
// device, where each beyond the first is a heap block (tls.md 6: name node).
func (w *walk) name(end int) (list []attribute, code int) {
	for {
		n, code := w.tag(end, tagSet)
		if code != 0 {
			return nil, CodeCertName + code
		}
		endSet := w.p + n
		for {
			a, code := w.attribute(endSet)
			if code != 0 {
				return nil, CodeCertName + code
			}
			a.merged = w.p != endSet
			list = append(list, a)
			if !a.merged && w.p == end {
				return list, 0
			}
			if !w.alloc.get(SizeNameNode, "name") {
				return nil, asnAlloc // without a base, as on the device
			}
			if !a.merged {
				break
			}
		}
	}
}

// attribute reads one AttributeTypeAndValue. The length of its SEQUENCE is not enforced by the device, only the set's.
func (w *walk) attribute(end int) (a attribute, code int) {
	if _, code = w.tag(end, tagSequence); code != 0 {
		return a, code
	}
	if end-w.p < 1 {
		return a, asnOutOfData
	}
	n, code := w.tag(end, tagOID)
	if code != 0 {
		return a, code
	}
	a.oid = w.take(n)
	if end-w.p < 1 {
		return a, asnOutOfData
	}
	switch a.tag = w.b[w.p]; a.tag {
	case tagBMP, tagUTF8, tagT61, tagPrintable, tagIA5, tagUniversal, tagBitString:
	default:
		return a, asnUnexpectedTag
	}
	w.p++
	n, code = w.length(end)
	if code != 0 {
		return a, code
	}
	a.value = w.take(n)
	return a, 0
}

// sameName compares two names as the device does: types and grouping must agree, values byte by byte, or without
// regard to ASCII case when both are UTF8String or PrintableString.
func sameName(a, b []attribute) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		x, y := &a[i], &b[i]
		if x.merged != y.merged || !bytes.Equal(x.oid, y.oid) {
			return false
		}
		if x.tag == y.tag && bytes.Equal(x.value, y.value) {
			continue
		}
		if !foldable(x.tag) || !foldable(y.tag) || !equalFoldASCII(x.value, y.value) {
			return false
		}
	}
	return true
}

func foldable(tag byte) bool { return tag == tagUTF8 || tag == tagPrintable }

func equalFoldASCII(a, b []byte) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if lowerASCII(a[i]) != lowerASCII(b[i]) {
			return false
		}
	}
	return true
}

func lowerASCII(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

// IssuedBy tells whether the issuer's name of c is the subject of p, by the device's comparison of names.
func (c *Certificate) IssuedBy(p *Certificate) bool { return sameName(c.issuer, p.subject) }
