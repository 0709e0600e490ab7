package tlspeer

import (
	"encoding/binary"
	"errors"
)

// Handshake message types (RFC 5246 7.4).
const (
	msgClientHello        = 1
	msgServerHello        = 2
	msgCertificate        = 11
	msgServerKeyExchange  = 12
	msgCertificateRequest = 13
	msgServerHelloDone    = 14
	msgCertificateVerify  = 15
	msgClientKeyExchange  = 16
	msgFinished           = 20
)

// message adds the handshake header.
func message(typ byte, body []byte) []byte {
	return append(append([]byte{typ}, u24(len(body))...), body...)
}

func u24(n int) []byte { return []byte{byte(n >> 16), byte(n >> 8), byte(n)} }

// vec8 and vec16 are byte vectors with a length in front.
func vec8(b []byte) []byte { return append([]byte{byte(len(b))}, b...) }

func vec16(b []byte) []byte {
	return append(binary.BigEndian.AppendUint16(nil, uint16(len(b))), b...)
}

func certificateMessage(chain [][]byte) []byte {
	var list []byte
	for _, der := range chain {
		list = append(append(list, u24(len(der))...), der...)
	}
	return message(msgCertificate, append(u24(len(list)), list...))
}

// reader cuts a message into fields; after the first overrun it stays failed.
type reader struct {
	b      []byte
	failed bool
}

func (r *reader) bytes(n int) []byte {
	if n > len(r.b) {
		r.failed, r.b = true, nil
		return nil
	}
	p := r.b[:n:n]
	r.b = r.b[n:]
	return p
}

func (r *reader) uint(n int) int {
	v := 0
	for _, b := range r.bytes(n) {
		v = v<<8 | int(b)
	}
	return v
}

var errMessage = errors.New("peer: device message is malformed")

// clientHello is what a server needs of the device's hello.
type clientHello struct {
	version uint16
	random  []byte
	suites  []uint16
}

func parseClientHello(m []byte) (h clientHello, err error) {
	r := reader{b: m}
	if r.uint(1) != msgClientHello {
		return h, errMessage
	}
	r.bytes(3)
	h.version = uint16(r.uint(2))
	h.random = r.bytes(randomLen)
	r.bytes(r.uint(1)) // session id
	list := reader{b: r.bytes(r.uint(2))}
	for len(list.b) >= 2 {
		h.suites = append(h.suites, uint16(list.uint(2)))
	}
	if r.failed {
		return h, errMessage
	}
	return h, nil
}

// serverHello is what a client needs of the device's hello.
type serverHello struct {
	version, suite uint16
	random         []byte
}

func parseServerHello(m []byte) (h serverHello, err error) {
	r := reader{b: m}
	if r.uint(1) != msgServerHello {
		return h, errMessage
	}
	r.bytes(3)
	h.version = uint16(r.uint(2))
	h.random = r.bytes(randomLen)
	r.bytes(r.uint(1))
	h.suite = uint16(r.uint(2))
	if r.failed {
		return h, errMessage
	}
	return h, nil
}

func parseCertificates(m []byte) (chain [][]byte, err error) {
	r := reader{b: m}
	if r.uint(1) != msgCertificate {
		return nil, errMessage
	}
	r.bytes(3)
	list := reader{b: r.bytes(r.uint(3))}
	for len(list.b) > 0 && !list.failed {
		chain = append(chain, list.bytes(list.uint(3)))
	}
	if r.failed || list.failed {
		return nil, errMessage
	}
	return chain, nil
}

// serverKeyExchange holds the DH values; the signature is not looked at.
type serverKeyExchange struct{ p, g, y []byte }

func parseServerKeyExchange(m []byte) (k serverKeyExchange, err error) {
	r := reader{b: m}
	r.bytes(handshakeHeaderLen)
	k.p, k.g, k.y = r.bytes(r.uint(2)), r.bytes(r.uint(2)), r.bytes(r.uint(2))
	if r.failed {
		return k, errMessage
	}
	return k, nil
}
