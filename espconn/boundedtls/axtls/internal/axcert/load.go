package axcert

import (
	"bytes"
	"crypto"
	"encoding/base64"
	"math/big"

	"github.com/emu8266/emu8266/espconn/boundedtls/internal/x509"
)

var pemBegin = []byte("-----BEGIN")

// IsPEM reports whether the library takes b for PEM text: it begins with the marker.
func IsPEM(b []byte) bool { return bytes.HasPrefix(b, pemBegin) }

// maxBlocks bounds the PEM blocks of one entry. Choice: an entry has at most 4,096 bytes.
const maxBlocks = 64

// Block is a PEM block: what it decodes to, and the bytes between its first and its last line.
type Block struct {
	DER  []byte
	Text int
}

// Blocks returns the PEM blocks of b that have the label, in order. Blocks that cannot be decoded are left out.
func Blocks(b []byte, label string) (blocks []Block) {
	begin, end := []byte("-----BEGIN "+label+"-----"), []byte("-----END "+label+"-----")
	for range maxBlocks {
		_, rest, found := bytes.Cut(b, begin)
		body, after, closed := bytes.Cut(rest, end)
		if !found || !closed {
			break
		}
		text := len(body)
		body = bytes.Map(func(r rune) rune {
			if r <= ' ' {
				return -1
			}
			return r
		}, body)
		der := make([]byte, base64.StdEncoding.DecodedLen(len(body)))
		if n, err := base64.StdEncoding.Decode(der, body); err == nil {
			blocks = append(blocks, Block{der[:n], text})
		}
		b = after
	}
	return blocks
}

// PrivateKey is an RSA private key in the order of PKCS #1. N, P, Q are odd.
type PrivateKey struct {
	x509.PublicKey
	D, P, Q *big.Int

	// DP, DQ and QInv are the exponents and the inverse for the Chinese remainder theorem, 0 if the file ends before them.
	DP, DQ, QInv *big.Int

	quick *x509.PrivateKey // the same key where its numbers belong together, nil otherwise: for speed only
}

// ParseKey reads a PKCS #1 key in DER; nil: the library does not take it (PKCS #8, elliptic curves).
func ParseKey(der []byte) *PrivateKey {
	r := newReader(der)
	r.enter(tagSequence)
	var v [6]*big.Int // version, N, E, D, P, Q
	for i := range v {
		n := r.take(tagInteger)
		if len(n) > maxModulusBytes+1 {
			return nil
		}
		v[i] = new(big.Int).SetBytes(n)
	}
	if !r.ok {
		return nil
	}
	k := &PrivateKey{PublicKey: x509.PublicKey{N: v[1], E: v[2]}, D: v[3], P: v[4], Q: v[5]}
	for _, part := range []**big.Int{&k.DP, &k.DQ, &k.QInv} {
		n := r.take(tagInteger)
		*part = new(big.Int).SetBytes(n[:min(len(n), maxModulusBytes+1)])
	}
	if k.N.BitLen() < 64 || k.N.Bit(0) == 0 || k.P.Bit(0) == 0 || k.Q.Bit(0) == 0 || k.D.Sign() == 0 {
		return nil
	}
	k.quick, _ = x509.ParsePrivateKey(der)
	return k
}

// exact reports whether the library computes right with this key.
func (k *PrivateKey) exact(primeOrder bool) bool {
	return k.quick != nil && (!primeOrder || k.P.Cmp(k.Q) >= 0)
}

// Private raises x to the private exponent. primeOrder: with the smaller prime first the result is wrong whenever it is,
// by the remainders of the two primes, one borrow too far (axtls.md 3). nil: x is not below the modulus.
func (k *PrivateKey) Private(x []byte, primeOrder bool) []byte {
	v := new(big.Int).SetBytes(x)
	if v.Cmp(k.N) >= 0 {
		return nil
	}
	m := v.Exp(v, k.D, k.N)
	if primeOrder && k.P.Cmp(k.Q) < 0 {
		rp, rq := new(big.Int).Mod(m, k.P), new(big.Int).Mod(m, k.Q)
		if rp.Add(rp, k.P).Cmp(rq) < 0 {
			m = m.Xor(m, big.NewInt(1)) // Choice: any wrong number does
		}
	}
	return m.FillBytes(make([]byte, k.Size()))
}

// paddingLeast is how many bytes of padding there are at least (libssl.a of SDK 3.0.6, RSA_decrypt).
const paddingLeast = 8

// Decrypt removes PKCS #1 v1.5 padding of a ciphertext. nil: the key or the padding is wrong, or nothing is behind it.
func (k *PrivateKey) Decrypt(ct []byte, primeOrder bool) []byte {
	if len(ct) != k.Size() {
		return nil
	}
	if k.exact(primeOrder) {
		if msg, code := k.quick.DecryptPKCS1v15(ct); code == 0 && len(msg) <= k.Size()-paddingLeast-3 {
			return msg
		}
	}
	block := k.Private(ct, primeOrder)
	if !bytes.HasPrefix(block, []byte{0, 2}) {
		return nil
	}
	zero := bytes.IndexByte(block[2:], 0)
	if zero < paddingLeast || 2+zero+1 == len(block) {
		return nil
	}
	return block[2+zero+1:]
}

// Sign makes a PKCS #1 v1.5 signature over digest as it is, without a hash prefix, as TLS 1.0 and 1.1 do. nil: the key is
// too short.
func (k *PrivateKey) Sign(digest []byte, primeOrder bool) []byte {
	size := k.Size()
	if size < len(digest)+11 {
		return nil
	}
	if k.exact(primeOrder) && len(digest) == crypto.MD5SHA1.Size() {
		if sig, code := k.quick.SignPKCS1v15(crypto.MD5SHA1, digest); code == 0 {
			return sig
		}
	}
	block := bytes.Repeat([]byte{0xFF}, size)
	block[0], block[1], block[size-len(digest)-1] = 0, 1, 0
	copy(block[size-len(digest):], digest)
	return k.Private(block, primeOrder)
}
