package mbedtls

import (
	"bytes"
	"crypto"

	"github.com/emu8266/emu8266/espconn/boundedtls/internal/ledger"
	"github.com/emu8266/emu8266/espconn/boundedtls/internal/x509"
)

// Heap use of certificates, keys and big-number arithmetic. A number of n bytes
// takes n bytes; intermediate results are charged as lumps whose sums were
// found by tracing the library's requests for moduli of 512 to 4,096 bits and
// which give the peaks of tls.md 6.3 to the byte. In a lump the order and the
// sizes of the single blocks are ours.

// dhGroupLen is the length of the server's Diffie-Hellman numbers: 2,048 bits
// (tls.md 1.4).
const dhGroupLen = 256

// codeMPIAlloc is the code of a failed allocation of a number; it is added to the code of the operation (tls.md 3.2).
const codeMPIAlloc = -0x0010

var pemMarker = []byte("-----BEGIN")

// parseCertificate parses a certificate and charges what the parser requests. first: the structure itself is already
// there. It returns 0 or the parser's code.
func (c *conn) parseCertificate(der []byte, g ledger.Group, first bool) (*x509.Certificate, int) {
	if !first && !c.charge(g, sizeCert, "certificate") {
		return nil, x509.CodeCertAlloc
	}
	return x509.ParseCertificate(der, func(n int, what string) bool { return c.charge(g, n, what) })
}

// parseBundle does the same for an own chain or a CA file, of which have certificates are already there. PEM text is
// decoded into a block of its own, one certificate at a time; what belongs to a refused certificate is freed. Choice: the
// file fails as a whole wherever memory runs out in it.
func (c *conn) parseBundle(b []byte, have int) (certs []*x509.Certificate, bad, code int) {
	pem := bytes.Contains(b, []byte("-----BEGIN CERTIFICATE-----"))
	return x509.ParseBundle(b, func(der []byte) (*x509.Certificate, int) {
		keep := c.Heap.Count(ledger.Session)
		if pem && !c.charge(ledger.Temp, len(der), "pem") {
			return nil, x509.CodeCertAlloc
		}
		cert, code := c.parseCertificate(der, ledger.Session, have == 0)
		c.Heap.Free(ledger.Temp)
		if code != 0 {
			c.Heap.FreeFrom(ledger.Session, keep)
			if x509.OutOfMemory(code) {
				code = x509.CodeCertAlloc
			}
			return nil, code
		}
		have++
		return cert, 0
	})
}

// chargeKey charges the private key: its context, N, E, D, and five numbers of
// half the length; while it is checked, 15 times the length and 208 bytes, and
// with the greater prime first 8 more: the inverse of Q mod P then passes
// through numbers that need another limb. The key's place in the configuration follows. text is the key as loaded.
func (c *conn) chargeKey(key *x509.PrivateKey, text []byte) bool {
	n := x509.LimbBytes(key.N)
	lump := 15*n + 208
	if key.P.Cmp(key.Q) > 0 {
		lump += 8
	}
	if bytes.Contains(text, pemMarker) {
		der := pemLen(text)
		if !c.charge(ledger.Temp, der, "pem") {
			return false
		}
		defer c.Heap.Free(ledger.Temp)
	}
	ok := c.charge(ledger.Session, x509.SizeRSA, "rsa context") &&
		c.charge(ledger.Session, n, "modulus") &&
		c.charge(ledger.Session, x509.LimbBytes(key.E), "exponent") &&
		c.charge(ledger.Session, n, "private exponent")
	held := x509.SizeRSA + 2*n + x509.LimbBytes(key.E)
	for range 5 {
		ok = ok && c.charge(ledger.Session, n/2, "key number")
		held += n / 2
	}
	ok = ok && c.Heap.Lump(lump-held, n+8, "key check")
	return ok && c.charge(ledger.Config, sizeKeyCert, "key and certificate")
}

// pemLen estimates the decoded length of the first PEM block of text: three
// bytes for four characters.
func pemLen(text []byte) int {
	i := bytes.Index(text, pemMarker)
	body := text[i:]
	if j := bytes.IndexByte(body, '\n'); j >= 0 {
		body = body[j+1:]
	}
	if j := bytes.Index(body, []byte("-----END")); j >= 0 {
		body = body[:j]
	}
	chars, pad := 0, 0
	for _, b := range body {
		switch {
		case b == '=':
			pad++
			chars++
		case b > ' ':
			chars++
		}
	}
	return max(chars/4*3-pad, 1)
}

// window is the number of table entries of a modular exponentiation.
func window(exponentBits int) int {
	switch {
	case exponentBits > 671:
		return 32
	case exponentBits > 239:
		return 16
	case exponentBits > 79:
		return 8
	case exponentBits > 23:
		return 4
	}
	return 1
}

// chargeRSAPublic charges one operation with a public key of n bytes: 15n+64 at
// its peak, of which 2n+4 stay with the key (its Montgomery constant) until the
// certificate is freed; a later operation with the same key needs that much
// less.
func (c *conn) chargeRSAPublic(pub *x509.PublicKey, g ledger.Group) bool {
	n := x509.LimbBytes(pub.N)
	constant := 2*n + 4
	total := 15*n + 64
	if w := window(pub.E.BitLen()); w > 1 {
		total += w * (n + 4)
	}
	if !c.cached(pub) {
		if !c.charge(g, constant, "montgomery constant") {
			return false
		}
		c.numberCache = append(c.numberCache, pub)
	}
	return c.Heap.Lump(total-constant, 2*n+8, "rsa public")
}

func (c *conn) cached(pub *x509.PublicKey) bool {
	for _, p := range c.numberCache {
		if p == pub {
			return true
		}
	}
	return false
}

// chargeRSAPrivate charges one operation with the own key, whose primes have h
// bytes: 21h+36 and the exponentiation's table at its peak, of which 12h+16
// (blinding values and three constants) stay with the key.
func (c *conn) chargeRSAPrivate() bool {
	n := x509.LimbBytes(c.ownKey.N)
	h := n / 2
	w := window(8 * h)
	keep := 0
	for _, size := range [...]int{n, n, 2*n + 4, n + 4, n + 4, 4} {
		if !c.charge(ledger.Session, size, "blinding") {
			return false
		}
		keep += size
	}
	return c.Heap.Lump(21*h+36+w*(h+4)-keep, h+4, "rsa private")
}

// chargeRSASign charges a signature: two blocks of the key's length, in which
// it is made and checked, and the private operation. It returns 0 or the code.
func (c *conn) chargeRSASign() int {
	n := c.ownKey.Size()
	defer c.Heap.Free(ledger.Temp)
	if !c.charge(ledger.Temp, n, "signature") || !c.charge(ledger.Temp, n, "signature check") {
		return codeMPIAlloc
	}
	if !c.chargeRSAPrivate() {
		return codeRSAPrivateMemory
	}
	return 0
}

// chargeHash is a hash context that lives for one computation.
func (c *conn) chargeHash(alg crypto.Hash) bool {
	n := sizeSHA512
	switch alg {
	case crypto.SHA1:
		n = sizeSHA1
	case crypto.SHA224, crypto.SHA256:
		n = sizeSHA256
	case crypto.MD5:
		n = sizeMD5
	}
	return c.Heap.Lump(n, n, "md context")
}

// chargeDHParams charges the server's parameters as the client reads them, and the check of the public value's range, which
// refuses nothing but takes memory (tls.md 3.2, 6.3).
func (c *conn) chargeDHParams(v [3][]byte) bool {
	for _, b := range v {
		if !c.charge(ledger.Handshake, max(4, (len(b)+3)/4*4), "dh parameter") {
			return false
		}
	}
	return c.chargeDHRange(max(4, (len(bytes.TrimLeft(v[0], "\x00"))+3)/4*4))
}

// chargeDHRange charges a check of a value's range, for a prime of n bytes: P-2, and 2.
func (c *conn) chargeDHRange(n int) bool { return c.Heap.Lump(n+4, n, "dh range check") }

// chargeDHPublic charges making a key pair for a prime of n bytes: 39n+148 at the peak, of which 4n+8 stay: both values and
// constants. A private value shorter than 672 bits needs a smaller table. It returns 0 or the code, made being the code of
// the operation: memory for the private value and its check ends it, later memory is named (tls.md 3.2).
func (c *conn) chargeDHPublic(key *x509.DHKey, made int) int {
	n := x509.LimbBytes(c.hs.group.P)
	if key.ExponentBits() > 0 && !c.charge(ledger.Handshake, n, "dh key") || !c.chargeDHRange(n) {
		return made
	}
	for _, size := range [...]int{n, 2*n + 4, 4} {
		if !c.charge(ledger.Handshake, size, "dh key") {
			return made + codeMPIAlloc
		}
	}
	// The table and a product, or, if that is more, the division that gives the Montgomery constant.
	power := 12*n + 56
	if w := window(key.ExponentBits()); w > 1 {
		power = max(power, (3+w)*(n+4))
	}
	if !c.Heap.Lump(power, n+4, "dh power") {
		return made + codeMPIAlloc
	}
	return 0
}

// chargeDHSecret charges computing the shared secret: 38n+156 at the peak, of which 2n+12 stay. It returns 0 or the code.
func (c *conn) chargeDHSecret(g x509.Group) int {
	n := x509.LimbBytes(g.P)
	if !c.chargeDHRange(n) {
		return codeMPIAlloc
	}
	for _, size := range [...]int{n, n + 4, 4, 4} {
		if !c.charge(ledger.Handshake, size, "dh secret") {
			return codeDHSecretMemory
		}
	}
	if !c.Heap.Lump(36*n+144, n+4, "dh power") {
		return codeDHSecretMemory
	}
	return 0
}

// chargeServerGroup charges the server's copy of the group. It returns 0 or the code.
func (c *conn) chargeServerGroup() int {
	for range 2 {
		if !c.charge(ledger.Handshake, dhGroupLen, "dh group") {
			return codeMPIAlloc
		}
	}
	return 0
}
