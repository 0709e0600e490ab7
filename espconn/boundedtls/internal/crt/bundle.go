package crt

import "bytes"

// MaxMembers bounds the certificates of one bundle. The longest entry that the device can load (8,158 bytes, tls.md 4.4)
// holds fewer.
const MaxMembers = 256

// ParseBundle reads what the device accepts as CA or own certificate: one DER certificate, or PEM text with any number
// of them, recognised by the begin marker (tls.md 4.1, 4.4). Text between the blocks is ignored.
//
// code is 0 when at least one certificate could be read; bad then counts the refused ones. The device's result for such
// a bundle is bad itself: a positive number where its caller expects 0 (tls.md 4.5). If none could be read, certs is nil,
// code is the first certificate's code and bad counts the refused ones.
func ParseBundle(b []byte) (certs []*Certificate, bad int, code int) {
	s := text(b)
	if !bytes.Contains(s, []byte("-----BEGIN CERTIFICATE-----")) {
		c, code := ParseCertificate(b)
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
			cert, c = ParseCertificate(der)
		}
		if c == 0 {
			certs = append(certs, cert)
			continue
		}
		bad++
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
