package cabi

import (
	"bytes"
	"math"
	"strconv"
)

// addressFunctions are ip_addr.h.
var addressFunctions = map[string]Function{
	"ipaddr_addr": {"p", func(s *SDK, a *Args) uint32 { return parseAddr(s.str(a.u32(0))) }},
}

// parseAddr reads an IPv4 address as inet_addr does: one to four numbers, decimal, octal with a leading 0 or hexadecimal
// with 0x, of which the last fills what the others leave; white space may follow. The result has the first octet in its
// lowest byte; IPADDR_NONE if the text is no address.
func parseAddr(text []byte) uint32 {
	const none = math.MaxUint32
	if i := bytes.IndexAny(text, " \t\r\n\v\f"); i >= 0 {
		text = text[:i]
	}
	parts := bytes.Split(text, []byte{'.'})
	if len(parts) > 4 {
		return none
	}
	addr := uint32(0)
	for i, p := range parts {
		p = bytes.ToLower(p)
		if len(p) == 0 || p[0] < '0' || p[0] > '9' {
			return none
		}
		if bytes.ContainsRune(p, '_') || bytes.HasPrefix(p, []byte("0b")) || bytes.HasPrefix(p, []byte("0o")) { // of Go, not of C
			return none
		}
		bits := 8
		if i == len(parts)-1 {
			bits = 32 - 8*i
		}
		n, err := strconv.ParseUint(string(p), 0, bits)
		if err != nil {
			return none
		}
		addr |= uint32(n) << (32 - 8*i - bits)
	}
	return addr>>24 | addr>>8&0xFF00 | addr<<8&0xFF0000 | addr<<24
}
