package x509

import (
	"bytes"
	"crypto"
	_ "crypto/md5"    // hashes of certificate signatures (tls.md 4.1)
	_ "crypto/sha1"   // "
	_ "crypto/sha256" // "
	_ "crypto/sha512" // "
)

// Certificate is a parsed X.509 certificate. Its slices lie in Raw; nothing in it may be changed. Safe for concurrent use.
type Certificate struct {
	// Raw is the input as given, including bytes behind the certificate: the device keeps, compares and sends them too.
	Raw []byte
	// TBS is the signed part.
	TBS []byte
	// Version is 1, 2 or 3; negative for a version field of 0x7FFFFFFF, which the device treats like version 1.
	Version int32
	// Serial is the serial number's content, big-endian, 0 to any number of bytes.
	Serial []byte
	// Issuer and Subject are the DER of the names. Subject may be an empty SEQUENCE.
	Issuer, Subject []byte
	// PublicKey is the RSA key: odd modulus of 128 to 8192 bits, odd exponent from 3 to below the modulus (tls.md 4.1).
	PublicKey PublicKey
	// SigHash is the hash of the signature; 0 for MD2, MD4 and RSASSA-PSS without parameters, which parse but cannot
	// be verified (tls.md 4.1).
	SigHash crypto.Hash
	// Signature is the content of the signature field.
	Signature []byte
	// IsCA is the CA bit of basicConstraints.
	IsCA bool
	// MaxPathLen is pathLenConstraint plus one; 0 or less: no limit.
	MaxPathLen int32

	issuer, subject []attribute
}

// signatureOID is a signature algorithm that the device can parse (tls.md 4.1); hash 0: it cannot verify it.
type signatureOID struct {
	oid  string
	hash crypto.Hash
}

const oidPKCS1 = "\x2A\x86\x48\x86\xF7\x0D\x01\x01" // 1.2.840.113549.1.1

var signatureOIDs = []signatureOID{
	{oidPKCS1 + "\x02", 0}, // MD2
	{oidPKCS1 + "\x03", 0}, // MD4
	{oidPKCS1 + "\x04", crypto.MD5},
	{oidPKCS1 + "\x05", crypto.SHA1},
	{oidPKCS1 + "\x0E", crypto.SHA224},
	{oidPKCS1 + "\x0B", crypto.SHA256},
	{oidPKCS1 + "\x0C", crypto.SHA384},
	{oidPKCS1 + "\x0D", crypto.SHA512},
	{"\x2B\x0E\x03\x02\x1D", crypto.SHA1}, // 1.3.14.3.2.29, the older form
	{oidPKCS1 + "\x0A", 0},                // RSASSA-PSS, accepted without parameters only
}

// signatureHash looks the algorithm up.
func signatureHash(a algorithm) (h crypto.Hash, code int) {
	for _, s := range signatureOIDs {
		if s.oid != string(a.oid) {
			continue
		}
		if !a.plain() {
			return 0, CodeCertAlg
		}
		return s.hash, 0
	}
	return 0, CodeCertUnknownSigAlg + oidNotFound
}

// ParseCertificate reads one DER certificate and returns 0, or nil and the device's code (tls.md 3.2). Fields are
// checked in the device's order, so of several faults the one it reports is reported. der is copied.
//
// alloc is asked for each heap block that the device requests on the way, in its order, also when the parser gives up
// later: the copy of der, further elements of lists, the RSA context and its two numbers (tls.md 6.1). The structure
// itself is the caller's. nil: unlimited.
func ParseCertificate(der []byte, alloc Alloc) (*Certificate, int) {
	if !alloc.get(len(der), "certificate data") {
		return nil, CodeCertAlloc
	}
	c := &Certificate{Raw: bytes.Clone(der)}
	w := &walk{b: c.Raw, alloc: alloc}
	end := len(c.Raw)

	n, code := w.tag(end, tagSequence)
	if code != 0 {
		return nil, CodeCertFormat
	}
	endCert := w.p + n

	start := w.p
	if n, code = w.tag(end, tagSequence); code != 0 {
		return nil, CodeCertFormat + code
	}
	endTBS := w.p + n
	c.TBS = c.Raw[start:endTBS:endTBS]

	inner, code := c.parseTBS(w, endTBS)
	if code != 0 {
		return nil, code
	}

	outer, code := w.algorithm(endCert)
	if code != 0 {
		return nil, CodeCertAlg + code
	}
	if !bytes.Equal(inner.oid, outer.oid) || !bytes.Equal(inner.params, outer.params) {
		return nil, CodeCertSigMismatch
	}
	if n, code = w.wholeBytes(endCert); code != 0 {
		return nil, CodeCertSignature + code
	}
	c.Signature = w.take(n)
	if w.p != endCert {
		return nil, CodeCertFormat + asnLengthMismatch
	}
	return c, 0
}

// parseTBS reads the signed part's fields in their order and returns its signature algorithm.
func (c *Certificate) parseTBS(w *walk, end int) (sig algorithm, code int) {
	if c.Version, code = w.version(end); code != 0 {
		return sig, code
	}
	if c.Serial, code = w.serial(end); code != 0 {
		return sig, CodeCertSerial + code
	}
	if sig, code = w.algorithm(end); code != 0 {
		return sig, CodeCertAlg + code
	}
	if c.Version > 3 {
		return sig, CodeCertUnknownVer
	}
	if c.SigHash, code = signatureHash(sig); code != 0 {
		return sig, code
	}
	if code = c.parseNames(w, end); code != 0 {
		return sig, code
	}
	if code = c.parseKey(w, end); code != 0 {
		return sig, code
	}
	if c.Version == 2 || c.Version == 3 {
		for n := byte(1); n <= 2; n++ { // issuerUniqueID, subjectUniqueID
			if code = w.skipOptional(end, tagContextSeq|n); code != 0 {
				return sig, code
			}
		}
	}
	if c.Version == 3 {
		if code = c.parseExtensions(w, end); code != 0 {
			return sig, code
		}
	}
	if w.p != end {
		return sig, CodeCertFormat + asnLengthMismatch
	}
	return sig, 0
}

// parseNames reads issuer, validity and subject.
func (c *Certificate) parseNames(w *walk, end int) (code int) {
	start := w.p
	n, code := w.tag(end, tagSequence)
	if code != 0 {
		return CodeCertFormat + code
	}
	if c.issuer, code = w.name(w.p + n); code != 0 {
		return code
	}
	c.Issuer = c.Raw[start:w.p:w.p]

	if code = w.validity(end); code != 0 {
		return code
	}

	start = w.p
	if n, code = w.tag(end, tagSequence); code != 0 {
		return CodeCertFormat + code
	}
	if n > 0 { // an empty subject is accepted, an empty issuer is not
		if c.subject, code = w.name(w.p + n); code != 0 {
			return code
		}
	}
	c.Subject = c.Raw[start:w.p:w.p]
	return 0
}

func (c *Certificate) parseKey(w *walk, end int) (code int) {
	key, code := w.subjectPublicKey(end)
	if code != 0 {
		return code
	}
	c.PublicKey = key
	return 0
}

// version reads the optional version field, tag [0]; absent means 1. Errors of its outer tag carry no base code on the device.
func (w *walk) version(end int) (v int32, code int) {
	n, code := w.tag(end, tagContextSeq)
	if code == asnUnexpectedTag {
		return 1, 0
	}
	if code != 0 {
		return 0, code
	}
	end = w.p + n
	if v, code = w.integer(end); code != 0 {
		return 0, CodeCertVersion + code
	}
	if w.p != end {
		return 0, CodeCertVersion + asnLengthMismatch
	}
	return v + 1, 0 // wraps for 0x7FFFFFFF, as the device's int does
}

// serial reads the serial number: an INTEGER, or the same with tag [2], of any length.
func (w *walk) serial(end int) (s []byte, code int) {
	if end-w.p < 1 {
		return nil, asnOutOfData
	}
	if t := w.b[w.p]; t != tagInteger && t != tagContext|2 {
		return nil, asnUnexpectedTag
	}
	w.p++
	n, code := w.length(end)
	if code != 0 {
		return nil, code
	}
	return w.take(n), 0
}

// skipOptional passes over an optional field. Errors of its length carry no base code on the device.
func (w *walk) skipOptional(end int, tag byte) (code int) {
	if w.p == end {
		return 0
	}
	n, code := w.tag(end, tag)
	if code == asnUnexpectedTag {
		return 0
	}
	if code == 0 {
		w.take(n)
	}
	return code
}

// validity reads both dates. The device checks their form only (tls.md 4.3: dates never count), so the values are not kept.
func (w *walk) validity(end int) (code int) {
	n, code := w.tag(end, tagSequence)
	if code != 0 {
		return CodeCertDate + code
	}
	end = w.p + n
	for range 2 {
		if code = w.date(end); code != 0 {
			return code
		}
	}
	if w.p != end {
		return CodeCertDate + asnLengthMismatch
	}
	return 0
}

// date reads a UTCTime or GeneralizedTime: digits up to the minute, seconds and a closing Z if the length has room for
// them. The number of characters read depends on the length field but is not bounded by it, as on the device; what
// does not fit shows up as a mismatch behind it. Months, days and hours may have any value.
func (w *walk) date(end int) (code int) {
	if end-w.p < 1 {
		return CodeCertDate + asnOutOfData
	}
	digits := 10 // two for the year, then month, day, hour, minute
	switch w.b[w.p] {
	case tagUTCTime:
	case tagGenTime:
		digits = 12
	default:
		return CodeCertDate + asnUnexpectedTag
	}
	w.p++
	n, code := w.length(end)
	if code != 0 {
		return CodeCertDate + code
	}
	want := digits
	if n > digits {
		want += 2
	}
	for range want {
		if c := w.peek(); c < '0' || c > '9' {
			return CodeCertDate
		}
		w.p++
	}
	if n > digits+2 {
		if w.peek() != 'Z' {
			return CodeCertDate
		}
		w.p++
	}
	return 0
}
