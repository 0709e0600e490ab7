package certs

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
)

// The RSA key sizes that can be made: even ones from 512, the manual's example, to 4,096, the longest that the device was measured with
// (manual V2.1 3.1, 4.1, V1.0 2.1; axtls.md 3). The script makes 1,024.
const (
	BitsLeast = 512
	BitsMost  = 4096
)

// CheckBits says what is wrong with a key size.
func CheckBits(bits int) error {
	if bits < BitsLeast || bits > BitsMost || bits%2 != 0 {
		return fmt.Errorf("%d bits: give an even number from %d to %d", bits, BitsLeast, BitsMost)
	}
	return nil
}

// stdLeastBits is the shortest key that crypto/rsa makes.
const stdLeastBits = 1024

var (
	one      = big.NewInt(1)
	exponent = big.NewInt(65537) // as openssl genrsa chooses it
)

// Key is an RSA key pair. Not to be changed; safe for concurrent use.
type Key struct {
	pkcs1 pkcs1Key
}

// pkcs1Key is RSAPrivateKey of RFC 8017 A.1.2, two primes.
type pkcs1Key struct {
	Version                     int
	N, E, D, P, Q, DP, DQ, QInv *big.Int
}

// publicKey is RSAPublicKey of RFC 8017 A.1.1.
type publicKey struct{ N, E *big.Int }

// GenerateKey makes a key of so many bits. Errors: a size that CheckBits refuses, or no prime found within the bound.
func GenerateKey(bits int) (*Key, error) {
	if err := CheckBits(bits); err != nil {
		return nil, fmt.Errorf("certs: %w", err)
	}
	if bits >= stdLeastBits {
		k, err := rsa.GenerateKey(rand.Reader, bits)
		if err != nil {
			return nil, fmt.Errorf("certs: RSA-%d: %w", bits, err)
		}
		return newKey(k.Primes[0], k.Primes[1], big.NewInt(int64(k.E)), k.D)
	}
	for range 100 { // a pair fails once in some 30,000 times
		p, err := rand.Prime(rand.Reader, bits/2)
		if err != nil {
			return nil, fmt.Errorf("certs: RSA-%d: %w", bits, err)
		}
		q, err := rand.Prime(rand.Reader, bits/2)
		if err != nil {
			return nil, fmt.Errorf("certs: RSA-%d: %w", bits, err)
		}
		if k, err := newKey(p, q, exponent, nil); err == nil && k.Bits() == bits {
			return k, nil
		}
	}
	return nil, fmt.Errorf("certs: RSA-%d: no pair of primes found", bits)
}

// newKey completes a key of two numbers above 1, and puts the larger prime first. d nil: it is computed.
func newKey(p, q, e, d *big.Int) (*Key, error) {
	if p.Cmp(q) < 0 {
		p, q = q, p
	}
	p1, q1 := new(big.Int).Sub(p, one), new(big.Int).Sub(q, one)
	if d == nil {
		lambda := new(big.Int).Mul(p1, q1)
		lambda.Div(lambda, new(big.Int).GCD(nil, nil, p1, q1))
		d = new(big.Int).ModInverse(e, lambda)
	}
	qInv := new(big.Int).ModInverse(q, p)
	if d == nil || qInv == nil {
		return nil, errors.New("certs: these primes make no key")
	}
	return &Key{pkcs1Key{
		N: new(big.Int).Mul(p, q), E: e, D: d, P: p, Q: q,
		DP: new(big.Int).Mod(d, p1), DQ: new(big.Int).Mod(d, q1), QInv: qInv,
	}}, nil
}

// Bits returns the length of the modulus in bits.
func (k *Key) Bits() int { return k.pkcs1.N.BitLen() }

// DER returns the key in PKCS#1 form, as `openssl rsa -outform DER` writes it. The slice is the caller's.
func (k *Key) DER() []byte { return mustMarshal(k.pkcs1) }

// PEM returns the key as "RSA PRIVATE KEY", which the device and every OpenSSL read. The slice is the caller's.
func (k *Key) PEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: k.DER()})
}

func (k *Key) public() publicKey { return publicKey{k.pkcs1.N, k.pkcs1.E} }

// digestInfo is the DER in front of a hash inside a PKCS#1 v1.5 signature (RFC 8017 9.2 note 1).
var digestInfo = map[crypto.Hash][]byte{
	crypto.SHA1:   {0x30, 0x21, 0x30, 0x09, 0x06, 0x05, 0x2b, 0x0e, 0x03, 0x02, 0x1a, 0x05, 0x00, 0x04, 0x14},
	crypto.SHA256: {0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20},
}

// sign makes a PKCS#1 v1.5 signature over message. crypto/rsa would refuse short keys; the running time of math/big tells
// nobody anything here, where a key signs twice in its life.
func (k *Key) sign(h crypto.Hash, message []byte) ([]byte, error) {
	prefix, ok := digestInfo[h]
	if !ok {
		return nil, fmt.Errorf("certs: hash %v: SHA-1 and SHA-256 can be used", h)
	}
	hash := h.New()
	hash.Write(message)
	info := hash.Sum(append([]byte(nil), prefix...))
	size := (k.Bits() + 7) / 8
	if len(info)+11 > size {
		return nil, fmt.Errorf("certs: RSA-%d is too short for a %v signature", k.Bits(), h)
	}
	padded := make([]byte, size)
	padded[1] = 1
	for i := 2; i < size-len(info)-1; i++ {
		padded[i] = 0xFF
	}
	copy(padded[size-len(info):], info)
	m := new(big.Int).SetBytes(padded)
	s := new(big.Int).Exp(m, k.pkcs1.D, k.pkcs1.N)
	if new(big.Int).Exp(s, k.pkcs1.E, k.pkcs1.N).Cmp(m) != 0 {
		return nil, errors.New("certs: the key's numbers do not fit together")
	}
	return s.FillBytes(make([]byte, size)), nil
}

// mustMarshal encodes values that always can be encoded.
func mustMarshal(v any) []byte {
	b, err := asn1.Marshal(v)
	if err != nil {
		panic("certs: " + err.Error())
	}
	return b
}
