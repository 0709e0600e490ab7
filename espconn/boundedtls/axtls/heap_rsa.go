package axtls

import (
	"math/big"

	"github.com/emu8266/emu8266/espconn/boundedtls"
	"github.com/emu8266/emu8266/espconn/boundedtls/axtls/internal/axcert"
	"github.com/emu8266/emu8266/espconn/boundedtls/internal/ledger"
	"github.com/emu8266/emu8266/espconn/boundedtls/internal/x509"
)

// sizeRSA is the structure of a key, between its context and its numbers, in bytes as requested.
const sizeRSA = 40

// publicNumbers are the numbers of a public key.
type publicNumbers struct {
	*numbers
	key *x509.PublicKey
	n   *modulus
	e   *number
}

// privateNumbers are those of a private key: its prime factors, the exponents and the inverse for them.
type privateNumbers struct {
	publicNumbers
	p, q         *modulus
	dp, dq, qInv *number
	forP, forQ   *big.Int // the exponents' values
}

// newPublic takes the numbers of a public key.
func newPublic(c *conn, g ledger.Group, key *x509.PublicKey, what string) publicNumbers {
	k := publicNumbers{numbers: newNumbers(c, g, what), key: key}
	k.take(sizeRSA)
	k.n = k.prepare(k.bytes(key.Size()), key.N)
	k.e = k.bytes(byteLen(key.E))
	k.e.kept = true
	return k
}

// newPrivate takes the numbers of a private key.
func newPrivate(c *conn, g ledger.Group, key *axcert.PrivateKey, what string) *privateNumbers {
	k := &privateNumbers{publicNumbers: newPublic(c, g, &key.PublicKey, what), forP: key.DP, forQ: key.DQ}
	k.bytes(byteLen(key.D)) // not used
	p, q := k.bytes(byteLen(key.P)), k.bytes(byteLen(key.Q))
	k.dp, k.dq, k.qInv = k.bytes(byteLen(key.DP)), k.bytes(byteLen(key.DQ)), k.bytes(byteLen(key.QInv))
	for _, x := range []*number{k.dp, k.dq, k.qInv} {
		x.kept = true
	}
	k.p, k.q = k.prepare(p, key.P), k.prepare(q, key.Q)
	return k
}

func byteLen(x *big.Int) int { return (x.BitLen() + 7) / 8 }

// private is the operation on x with the Chinese remainder theorem.
func (k *privateNumbers) private(x *number) *number {
	x.kept = true
	h := k.power(x, k.p, k.forP, k.dp)
	x.kept = false
	r := k.power(x, k.q, k.forQ, k.dq)
	k.stretch(h, k.p.n.size+1)
	h.size = k.p.n.size
	h = k.reduce(k.multiply(h, k.qInv), k.p)
	product := k.multiply(k.q.n, h)
	size := product.size
	k.stretch(r, size+1)
	k.free(product)
	r.size = size
	return r
}

// chargeEncrypt charges the encryption of the premaster secret.
func (c *conn) chargeEncrypt(k publicNumbers) bool {
	if c.Heap.Charges() {
		k.free(k.power(k.bytes(k.key.Size()), k.n, k.key.E, k.e))
		k.forget()
	}
	return c.Failure == nil
}

// chargePrivate charges an operation with the own key. A server's numbers become spares of the key, a client's are given back.
func (c *conn) chargePrivate() bool {
	if !c.Heap.Charges() {
		return true
	}
	k, mark := c.keyNumbers, c.Heap.Count(ledger.Temp)
	if c.Cfg.Role == boundedtls.Server {
		c.charge(ledger.Temp, k.key.Size(), "deciphered block")
	}
	k.free(k.private(k.bytes(k.key.Size())))
	c.Heap.FreeFrom(ledger.Temp, mark)
	if c.Cfg.Role == boundedtls.Client {
		k.forget()
	}
	return c.Failure == nil
}

// chargeOpened charges what a server does with a client's signature.
func (c *conn) chargeOpened(k publicNumbers) bool {
	if !c.Heap.Charges() {
		return true
	}
	defer c.Heap.Free(ledger.Temp)
	c.charge(ledger.Temp, k.key.Size(), "deciphered block")
	k.free(k.power(k.bytes(k.key.Size()), k.n, k.key.E, k.e))
	return c.Failure == nil
}

// chargeVerify charges the check of a certificate's signature. The library works in a context of its own, with a copy of the
// signer's key; the hash of a good signature stays as a spare number of the signer.
func (c *conn) chargeVerify(signer, cert *axcert.Certificate, good bool) bool {
	if !c.Heap.Charges() {
		return true
	}
	defer c.Heap.Free(ledger.Temp)
	k := c.certNumbers[signer]
	n, e := k.clone(k.n.n), k.clone(k.e)
	c.charge(ledger.Temp, len(cert.Signature), "signature")
	x := k.bytes(len(cert.Signature))
	own := newNumbers(c, ledger.Temp, "numbers of a public key")
	m := own.prepare(own.clone(n), k.key.N)
	base, raised := own.clone(x), own.clone(e)
	r := k.clone(own.power(base, m, k.key.E, raised))
	own.end()
	for _, done := range []*number{x, n, e, r} {
		k.free(done)
	}
	if !good {
		k.forget()
		return c.Failure == nil
	}
	hash := k.bytes(cert.Hash.Size())
	k.forget()
	k.free(hash)
	return c.Failure == nil
}
