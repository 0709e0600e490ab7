package x509

import (
	"bytes"
	"slices"
)

// A DER builder for malformed certificates.

func der(tag byte, parts ...[]byte) []byte {
	body := bytes.Join(parts, nil)
	n := len(body)
	switch {
	case n < 0x80:
		return append([]byte{tag, byte(n)}, body...)
	case n < 0x100:
		return append([]byte{tag, 0x81, byte(n)}, body...)
	default:
		return append([]byte{tag, 0x82, byte(n >> 8), byte(n)}, body...)
	}
}

func seq(parts ...[]byte) []byte { return der(tagSequence, parts...) }
func oid(s string) []byte        { return der(tagOID, []byte(s)) }
func num(b ...byte) []byte       { return der(tagInteger, b) }
func bits(b ...byte) []byte      { return der(tagBitString, append([]byte{0}, b...)) }
func null() []byte               { return []byte{tagNull, 0} }

func attr(tag byte, value string) []byte { return seq(oid("\x55\x04\x03"), der(tag, []byte(value))) }
func rdn(attrs ...[]byte) []byte         { return der(tagSet, attrs...) }

func ext(id string, critical bool, value []byte) []byte {
	if critical {
		return seq(oid(id), []byte{tagBoolean, 1, 0xFF}, der(tagOctets, value))
	}
	return seq(oid(id), der(tagOctets, value))
}

const (
	idBasicConstraints = "\x55\x1D\x13"
	idKeyUsage         = "\x55\x1D\x0F"
	idExtKeyUsage      = "\x55\x1D\x25"
	idSubjectAltName   = "\x55\x1D\x11"
	idNetscapeCertType = "\x60\x86\x48\x01\x86\xF8\x42\x01\x01"
	idUnknown          = "\x2A\x03\x04"
)

// modulus returns an odd number of n bits that is good enough for parsing.
func modulus(n int) []byte {
	b := bytes.Repeat([]byte{0xA5}, (n+7)/8)
	b[0] = byte(0xFF) >> (7 - (n+7)%8)
	b[len(b)-1] |= 1
	return b
}

func rsaKey(modulus, exponent []byte) []byte {
	return bits(seq(der(tagInteger, modulus), der(tagInteger, exponent))...)
}

// draft is a certificate in parts, each of which a test may replace by any bytes.
type draft struct {
	version, serial, sigAlg, issuer, validity, subject []byte
	keyAlg, key                                        []byte
	uids, extensions, tbsTail                          []byte
	outerAlg, signature, tail                          []byte
}

func goodDraft() *draft {
	sha256 := seq(oid(oidPKCS1+"\x0B"), null())
	name := seq(rdn(attr(tagUTF8, "draft")))
	date := der(tagUTCTime, []byte("990101000000Z"))
	return &draft{
		version:   der(0xA0, num(2)),
		serial:    num(1),
		sigAlg:    sha256,
		issuer:    name,
		validity:  seq(date, date),
		subject:   name,
		keyAlg:    seq(oid(oidRSA), null()),
		key:       rsaKey(append([]byte{0}, modulus(512)...), []byte{1, 0, 1}),
		outerAlg:  sha256,
		signature: bits(modulus(512)...),
	}
}

func (d *draft) tbs() []byte {
	return seq(d.version, d.serial, d.sigAlg, d.issuer, d.validity, d.subject, seq(d.keyAlg, d.key), d.uids, d.extensions, d.tbsTail)
}

func (d *draft) der() []byte {
	return seq(d.tbs(), d.outerAlg, d.signature, d.tail)
}

// withExtensions sets the list of extensions.
func (d *draft) withExtensions(list ...[]byte) { d.extensions = der(0xA3, seq(slices.Concat(list...))) }
