package mbedtls

import (
	"bytes"
	"crypto"
	"math/big"

	"github.com/emu8266/emu8266/espconn/boundedtls/internal/ledger"
	"github.com/emu8266/emu8266/espconn/boundedtls/internal/x509"
)

// Heap use of certificates, keys and public-key operations: each block that the library requests, in its order (heap_bignum.go
// has the steps of its arithmetic).

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

// chargeKey charges the private key: its context, its eight numbers, and their check. The key's place in the configuration
// follows. text is the key as loaded. When something is missing all of the key is given back.
func (c *conn) chargeKey(key *x509.PrivateKey, text []byte) bool {
	if !c.Heap.Charges() {
		return true
	}
	if bytes.Contains(text, pemMarker) {
		if !c.charge(ledger.Temp, pemLen(text), "pem") {
			return false
		}
		defer c.Heap.Free(ledger.Temp)
	}
	kept := c.Heap.Count(ledger.Session)
	ok := c.charge(ledger.Session, x509.SizeRSA, "rsa context")
	for _, v := range []*big.Int{key.N, key.E, key.D, key.P, key.Q, key.DP, key.DQ, key.QInv} {
		ok = ok && c.charge(ledger.Session, x509.LimbBytes(v), "key number")
	}
	if ok {
		a := c.arithmetic("key check")
		a.once(privateCourse("check", key), nil, func() { a.checkKey(key) })
		ok = !a.failed
	}
	if !ok {
		c.Heap.FreeFrom(ledger.Session, kept)
		return false
	}
	return c.charge(ledger.Config, sizeKeyCert, "key and certificate")
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

func (c *conn) arithmetic(what string) *arithmetic { return &arithmetic{heap: &c.Heap, what: what} }

// privateCourse is the key of an operation with a private key.
func privateCourse(operation string, k *x509.PrivateKey) courseKey {
	if sum := k.Sum(); sum != [len(sum)]byte{} { // shorter to hash than the numbers
		return newCourseKey(operation, ledger.Session, new(big.Int).SetBytes(sum[:]))
	}
	return newCourseKey(operation, ledger.Session, k.N, k.E, k.D, k.P, k.Q, k.DP, k.DQ, k.QInv)
}

// constants are the Montgomery constants of the public keys that were used; they stay with the key.
type constants map[*x509.PublicKey]*number

// chargeRSAPublic charges one operation with a public key that belongs to a group.
func (c *conn) chargeRSAPublic(pub *x509.PublicKey, g ledger.Group) bool {
	if !c.Heap.Charges() {
		return true
	}
	if c.constants == nil {
		c.constants = constants{}
	}
	if c.constants[pub] == nil {
		c.constants[pub] = &number{g: g}
	}
	a := c.arithmetic("rsa public")
	rn := c.constants[pub]
	a.once(newCourseKey("public", rn.g, pub.N, pub.E), []*number{rn}, func() { a.public(pub, rn) })
	return !a.failed
}

// chargeRSAPrivate charges one operation with the own key.
func (c *conn) chargeRSAPrivate() bool {
	if !c.Heap.Charges() {
		return true
	}
	if c.ownNumbers == nil {
		c.ownNumbers = newRSANumbers()
	}
	a := c.arithmetic("rsa private")
	k := c.ownNumbers
	a.once(privateCourse("private", c.ownKey), []*number{&k.rn, &k.rp, &k.rq, &k.vi, &k.vf}, func() { a.private(c.ownKey, k) })
	return !a.failed
}

// chargeRSASign charges a signature: two blocks of the key's length, in which
// it is made and checked, the private operation and the check. It returns 0 or the code.
func (c *conn) chargeRSASign() int {
	n := c.ownKey.Size()
	defer c.Heap.Free(ledger.Temp)
	if !c.charge(ledger.Temp, n, "signature") || !c.charge(ledger.Temp, n, "signature check") {
		return codeMPIAlloc
	}
	if !c.chargeRSAPrivate() {
		return codeRSAPrivateMemory
	}
	if !c.Heap.Charges() {
		return 0
	}
	a := c.arithmetic("rsa public")
	if a.public(&c.ownKey.PublicKey, &c.ownNumbers.rn); a.failed {
		return codeRSAPublicMemory
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
	return c.chargeDHRange(new(big.Int).SetBytes(v[0]))
}

// chargeDHRange charges a check of a value's range for a prime.
func (c *conn) chargeDHRange(p *big.Int) bool {
	if !c.Heap.Charges() {
		return true
	}
	a := c.arithmetic("dh range check")
	a.inRange(held(p))
	return !a.failed
}

// dhTries is how often the library draws a private value before it gives up.
const dhTries = 11

// chargeDHPublic charges making a key pair. It returns 0 or the code, made being the code of the operation: memory for the
// private value and its check ends it after some tries, later memory is named (tls.md 3.2).
func (c *conn) chargeDHPublic(key *x509.DHKey, made int) int {
	if !c.Heap.Charges() {
		return 0
	}
	c.dhNumbers = newDHNumbers()
	d, p := c.dhNumbers, held(c.hs.group.P)
	a := c.arithmetic("dh key")
	for try := 0; ; try++ {
		a.failed = false
		a.read(&d.x, key.Exponent())
		drawn := !a.failed
		a.failed = false
		if try == dhTries {
			return made
		}
		if a.inRange(p); drawn && !a.failed {
			break
		}
	}
	if a.power(&d.gx, held(c.hs.group.G), &d.x, p, &d.rp); a.failed {
		return made + codeMPIAlloc
	}
	if a.inRange(p); a.failed {
		return codeMPIAlloc
	}
	return 0
}

// chargeDHSecret charges computing the shared secret from the peer's value. It returns 0 or the code.
func (c *conn) chargeDHSecret(g x509.Group, peer *big.Int) int {
	if !c.Heap.Charges() {
		return 0
	}
	a, d, p := c.arithmetic("dh secret"), c.dhNumbers, held(g.P)
	if a.inRange(p); a.failed {
		return codeMPIAlloc
	}
	blinded := &number{g: ledger.Temp}
	a.copy(&d.px, &d.x)
	a.set(&d.vi, 1)
	a.set(&d.vf, 1)
	a.mul(blinded, held(peer), &d.vi)
	a.mod(blinded, blinded, p)
	a.power(&d.k, blinded, &d.x, p, &d.rp)
	a.mul(&d.k, &d.k, &d.vf)
	a.mod(&d.k, &d.k, p)
	a.free(blinded)
	if a.failed {
		return codeDHSecretMemory
	}
	return 0
}

// dhNumbers are what the library keeps of a key exchange beside the group and the peer's value.
type dhNumbers struct{ x, gx, rp, px, k, vi, vf number }

func newDHNumbers() *dhNumbers {
	d := &dhNumbers{}
	for _, v := range []*number{&d.x, &d.gx, &d.rp, &d.px, &d.k, &d.vi, &d.vf} {
		v.g = ledger.Handshake
	}
	return d
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
