package x509

import "bytes"

// MaxMembers bounds the certificates of one bundle. The longest entry that the device can load (8,158 bytes, tls.md 4.4)
// holds fewer.
const MaxMembers = 256

// ParseBundle reads what the device accepts as CA or own certificate: one DER certificate, or PEM text with any number
// of them, recognised by the begin marker (tls.md 4.1, 4.4). Text between the blocks is ignored. A file with the marker of
// another kind of block is taken for DER, with the zero byte that the device appends.
//
// parse reads one member, nil: [ParseCertificate] with unlimited memory. When it returns CodeCertAlloc the bundle fails
// with this code.
//
// code is 0 when at least one certificate could be read; bad then counts the refused ones. The device's result for such
// a bundle is bad itself: a positive number where its caller expects 0 (tls.md 4.5). If none could be read, certs is nil,
// code is the first certificate's code and bad counts the refused ones.
func ParseBundle(b []byte, parse func(der []byte) (*Certificate, int)) (certs []*Certificate, bad int, code int) {
	if parse == nil {
		parse = func(der []byte) (*Certificate, int) { return ParseCertificate(der, nil) }
	}
	s := text(b)
	if !bytes.Contains(s, []byte("-----BEGIN CERTIFICATE-----")) {
		if bytes.Contains(b, []byte("-----BEGIN")) {
			b = append(bytes.Clone(b), 0)
		}
		c, code := parse(b)
		if code != 0 {
			return nil, 1, code
		}
		return []*Certificate{c}, 0, 0
	}
	for members := 0; len(s) > 0; members++ {
		if members == MaxMembers {
			return nil, bad, CodeCertAlloc
		}
		der, used, c := readPEM(s, "CERTIFICATE")
		if c == CodePEMNoHeader {
			break
		}
		s = s[used:]
		var cert *Certificate
		if c == 0 {
			cert, c = parse(der)
		}
		if c == 0 {
			certs = append(certs, cert)
			continue
		}
		bad++
		if c == CodeCertAlloc {
			return nil, bad, c
		}
		if code == 0 {
			code = c
		}
	}
	if len(certs) > 0 {
		return certs, bad, 0
	}
	if code == 0 {
		code = CodeCertUnknownFormat
	}
	return nil, bad, code
}
