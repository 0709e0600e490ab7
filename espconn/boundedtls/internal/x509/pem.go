package x509

import "bytes"

// text returns the part of b in which the device looks for PEM blocks: the bytes before the first zero byte. The device
// appends one when it finds the marker "-----BEGIN" (tls.md 4.4, 4.5).
func text(b []byte) []byte {
	if i := bytes.IndexByte(b, 0); i >= 0 {
		return b[:i]
	}
	return b
}

// procType announces an encrypted block (RFC 1421).
const procType = "Proc-Type: 4,ENCRYPTED"

// at returns the i-th byte, 0 behind the end: PEM text is terminated by a zero byte.
func at(s []byte, i int) byte {
	if i < len(s) {
		return s[i]
	}
	return 0
}

// lineEnd passes over one CR and then requires LF; it returns the position behind it.
func lineEnd(s []byte, i int) (next int, ok bool) {
	if at(s, i) == '\r' {
		i++
	}
	return i + 1, at(s, i) == '\n'
}

// readPEM decodes the first block with the given label ("CERTIFICATE") in s. used counts the bytes up to the end of the
// footer's line; it is valid unless the code is CodePEMNoHeader.
func readPEM(s []byte, label string) (der []byte, used, code int) {
	header, footer := "-----BEGIN "+label+"-----", "-----END "+label+"-----"
	start, stop := bytes.Index(s, []byte(header)), bytes.Index(s, []byte(footer))
	if start < 0 || stop <= start {
		return nil, 0, CodePEMNoHeader
	}
	start += len(header)
	if at(s, start) == ' ' {
		start++
	}
	start, ok := lineEnd(s, start)
	if !ok || start > stop {
		return nil, 0, CodePEMNoHeader
	}

	used = stop + len(footer)
	for _, c := range []byte(" \r\n") {
		if at(s, used) == c {
			used++
		}
	}

	body := s[start:stop]
	if bytes.HasPrefix(body, []byte(procType)) {
		return nil, used, encryptedPEM(body)
	}
	if len(body) == 0 {
		return nil, used, CodePEMInvalidData
	}
	der, ok = decodeBase64(body)
	if !ok {
		return nil, used, CodePEMInvalidData + base64Invalid
	}
	return der, used, 0
}

// encryptedPEM says how the device refuses a PEM block with an encryption header. It never holds a password (tls.md 4.1),
// so the best outcome is the request for one. Only AES is known to it.
func encryptedPEM(body []byte) (code int) {
	i, ok := lineEnd(body, len(procType))
	if !ok {
		return CodePEMInvalidData
	}
	body = body[i:]
	cipher := false
	for _, bits := range []string{"128", "192", "256"} {
		cipher = cipher || bytes.HasPrefix(body, []byte("DEK-Info: AES-"+bits+"-CBC,"))
	}
	if !cipher {
		return CodePEMUnknownAlg
	}
	i = len("DEK-Info: AES-128-CBC,")
	for range 32 { // the initialisation vector, 16 bytes in hexadecimal
		if !isHex(at(body, i)) {
			return CodePEMInvalidIV
		}
		i++
	}
	i, ok = lineEnd(body, i)
	if !ok || i >= len(body) {
		return CodePEMInvalidData
	}
	if _, ok = decodeBase64(body[i:]); !ok {
		return CodePEMInvalidData + base64Invalid
	}
	return CodePEMPassword
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

// decodeBase64 decodes with the device's tolerance: LF or CR LF anywhere, spaces at the end of a line, at most two
// padding characters and nothing behind them. An incomplete last group of four is dropped silently.
func decodeBase64(s []byte) (out []byte, ok bool) {
	out = make([]byte, 0, len(s)/4*3)
	var group uint32
	n, pads := 0, 0
	for i := 0; i < len(s); i++ {
		space := false
		for i < len(s) && s[i] == ' ' {
			space = true
			i++
		}
		if i == len(s) {
			break
		}
		c := s[i]
		if c == '\n' || c == '\r' && at(s, i+1) == '\n' {
			continue
		}
		if space {
			return nil, false
		}
		v := base64Value(c)
		switch {
		case c == '=':
			if pads++; pads > 2 {
				return nil, false
			}
		case v < 0 || pads > 0:
			return nil, false
		default:
			group |= uint32(v) << (18 - 6*n)
		}
		if n++; n == 4 {
			out = append(out, []byte{byte(group >> 16), byte(group >> 8), byte(group)}[:3-pads]...)
			group, n = 0, 0
		}
	}
	return out, true
}

// base64Value returns the value of a character of the alphabet, -1 for any other.
func base64Value(c byte) int {
	switch {
	case 'A' <= c && c <= 'Z':
		return int(c - 'A')
	case 'a' <= c && c <= 'z':
		return int(c-'a') + 26
	case '0' <= c && c <= '9':
		return int(c-'0') + 52
	case c == '+':
		return 62
	case c == '/':
		return 63
	}
	return -1
}
