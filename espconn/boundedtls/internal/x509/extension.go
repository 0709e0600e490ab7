package x509

// extension ids as bits, to find repetitions. Only these five are decoded (tls.md 4.1); any other is skipped unless it
// is marked critical.
const (
	extBasicConstraints = 1 << iota
	extKeyUsage
	extExtKeyUsage
	extSubjectAltName
	extNetscapeCertType
)

var extensionOIDs = map[string]int{
	"\x55\x1D\x13":                         extBasicConstraints, // 2.5.29.19
	"\x55\x1D\x0F":                         extKeyUsage,         // 2.5.29.15
	"\x55\x1D\x25":                         extExtKeyUsage,      // 2.5.29.37
	"\x55\x1D\x11":                         extSubjectAltName,   // 2.5.29.17
	"\x60\x86\x48\x01\x86\xF8\x42\x01\x01": extNetscapeCertType, // 2.16.840.1.113730.1.1
}

// parseExtensions reads the extensions of a version 3 certificate, if any. After the list's own length was checked the
// device goes on to the end of the signed part, so surplus bytes there are taken for extensions.
func (c *Certificate) parseExtensions(w *walk, end int) (code int) {
	if w.p == end {
		return 0
	}
	n, code := w.tag(end, tagContextSeq|3)
	if code == asnUnexpectedTag {
		return 0 // the caller finds the surplus
	}
	if code != 0 {
		return code // without a base, as on the device
	}
	endExt := w.p + n
	if n, code = w.tag(endExt, tagSequence); code != 0 {
		return CodeCertExtensions + code
	}
	if w.p+n != endExt {
		return CodeCertExtensions + asnLengthMismatch
	}
	seen := 0
	for w.p < end {
		id, endValue, code := w.extensionHead(end)
		if code != 0 {
			return CodeCertExtensions + code
		}
		if id == 0 {
			continue
		}
		if seen&id != 0 {
			return CodeCertExtensions
		}
		seen |= id
		if code = c.decodeExtension(w, id, endValue); code != 0 {
			return CodeCertExtensions + code
		}
	}
	return 0
}

// extensionHead reads id, critical flag and the head of the value. An unknown extension is skipped (id 0), or refused
// with the detail "unexpected tag" when it is critical.
func (w *walk) extensionHead(end int) (id, endValue, code int) {
	n, code := w.tag(end, tagSequence)
	if code != 0 {
		return 0, 0, code
	}
	endData := w.p + n
	if n, code = w.tag(end, tagOID); code != 0 {
		return 0, 0, code
	}
	oid := w.take(n)
	if end-w.p < 1 {
		return 0, 0, asnOutOfData
	}
	critical, code := w.boolean(endData)
	if code != 0 && code != asnUnexpectedTag {
		return 0, 0, code
	}
	if n, code = w.tag(endData, tagOctets); code != 0 {
		return 0, 0, code
	}
	if endValue = w.p + n; endValue != endData {
		return 0, 0, asnLengthMismatch
	}
	if id = extensionOIDs[string(oid)]; id == 0 {
		w.take(n)
		if critical {
			return 0, 0, asnUnexpectedTag
		}
	}
	return id, endValue, 0
}

// decodeExtension reads the value of a known extension, which must fill it. keyUsage, extKeyUsage, subjectAltName and
// netscape-cert-type are only checked for form: the device never enforces them (tls.md 4.1, 4.3).
func (c *Certificate) decodeExtension(w *walk, id, end int) (code int) {
	switch id {
	case extBasicConstraints:
		return c.basicConstraints(w, end)
	case extExtKeyUsage:
		return w.purposes(end)
	case extSubjectAltName:
		return w.alternativeNames(end)
	}
	bits, code := w.bitString(end)
	if code != 0 {
		return code
	}
	if len(bits) < 1 || id == extNetscapeCertType && len(bits) != 1 {
		return asnInvalidLength
	}
	return 0
}

// basicConstraints reads the CA bit, which may be an INTEGER instead of a BOOLEAN, and the path length.
func (c *Certificate) basicConstraints(w *walk, end int) (code int) {
	if _, code = w.tag(end, tagSequence); code != 0 {
		return code
	}
	if w.p == end {
		return 0
	}
	c.IsCA, code = w.boolean(end)
	if code == asnUnexpectedTag {
		var v int32
		v, code = w.integer(end)
		c.IsCA = v != 0
	}
	if code != 0 {
		return code
	}
	if w.p == end {
		return 0
	}
	limit, code := w.integer(end)
	if code != 0 {
		return code
	}
	if w.p != end {
		return asnLengthMismatch
	}
	c.MaxPathLen = limit + 1 // wraps to "no limit" for 0x7FFFFFFF, as the device's int does
	return 0
}

// purposes reads the list of extKeyUsage; each element beyond the first takes a heap block.
func (w *walk) purposes(end int) (code int) {
	n, code := w.tag(end, tagSequence)
	if code != 0 {
		return code
	}
	if w.p+n != end {
		return asnLengthMismatch
	}
	if n == 0 {
		return asnInvalidLength
	}
	for {
		if n, code = w.tag(end, tagOID); code != 0 {
			return code
		}
		w.take(n)
		if w.p == end {
			return 0
		}
		if !w.alloc.get(SizeListNode, "extension") {
			return asnAlloc
		}
	}
}

// alternativeNames reads subjectAltName; each dNSName element beyond the first takes a heap block, other kinds are passed
// over.
func (w *walk) alternativeNames(end int) (code int) {
	n, code := w.tag(end, tagSequence)
	if code != 0 {
		return code
	}
	if w.p+n != end {
		return asnLengthMismatch
	}
	names := 0
	for w.p < end {
		t := w.b[w.p]
		w.p++
		if n, code = w.length(end); code != 0 {
			return code
		}
		if t&tagContext == 0 {
			return asnUnexpectedTag
		}
		if t == tagContext|2 {
			if names++; names > 1 && !w.alloc.get(SizeListNode, "extension") {
				return asnAlloc
			}
		}
		w.take(n)
	}
	return 0
}
