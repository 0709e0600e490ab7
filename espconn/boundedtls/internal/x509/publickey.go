package x509

import "math/big"

// Limits of RSA keys (tls.md 4.1). Both hold for the number of bits of the modulus.
const (
	MinModulusBits = 128
	MaxModulusBits = 8192
)

// maxNumberLen is the largest number, in bytes, for which the device's big numbers can be allocated: 10,000 limbs.
const maxNumberLen = 40000

// PublicKey is an RSA public key that passed the device's check (tls.md 4.1). Not to be changed; safe for concurrent use.
type PublicKey struct {
	N *big.Int // modulus
	E *big.Int // public exponent
}

// Size returns the modulus length in bytes, which is the length of signatures and ciphertexts.
func (k *PublicKey) Size() int { return (k.N.BitLen() + 7) / 8 }

// Bits returns the key length as the device counts it when it applies a minimum: 8 times [PublicKey.Size], so a
// modulus of 2041 bits passes for 2048.
func (k *PublicKey) Bits() int { return 8 * k.Size() }

// LimbBytes returns how many bytes the device requests from its heap for a number read from DER: 4 for each 32-bit limb,
// at least one (tls.md 4.1, 6.1).
func LimbBytes(x *big.Int) int { return 4 * max(1, (x.BitLen()+31)/32) }

const (
	oidRSA  = oidPKCS1 + "\x01"              // 1.2.840.113549.1.1.1
	oidEC   = "\x2A\x86\x48\xCE\x3D\x02\x01" // 1.2.840.10045.2.1
	oidECDH = "\x2B\x81\x04\x01\x0C"         // 1.3.132.1.12
)

// keyAlgorithm reads the algorithm of a key. Elliptic curve keys are recognised here and refused by the callers, after
// the check of what follows (tls.md 3.2: -0x3C80).
func (w *walk) keyAlgorithm(end int) (rsa bool, code int) {
	a, code := w.algorithm(end)
	if code != 0 {
		return false, CodeKeyAlg + code
	}
	switch string(a.oid) {
	case oidRSA:
		if !a.plain() {
			return false, CodeKeyAlg
		}
		return true, 0
	case oidEC, oidECDH:
		return false, 0
	}
	return false, CodeKeyUnknownAlg
}

// subjectPublicKey reads a SubjectPublicKeyInfo.
func (w *walk) subjectPublicKey(end int) (k PublicKey, code int) {
	n, code := w.tag(end, tagSequence)
	if code != 0 {
		return k, CodeKeyFormat + code
	}
	end = w.p + n
	rsa, code := w.keyAlgorithm(end)
	if code != 0 {
		return k, code
	}
	if n, code = w.wholeBytes(end); code != 0 {
		return k, CodeKeyPublic + code
	}
	if w.p+n != end {
		return k, CodeKeyPublic + asnLengthMismatch
	}
	if !rsa {
		return k, CodeKeyUnknownAlg
	}
	if !w.alloc.get(SizeRSA, "rsa context") {
		return k, CodeKeyAlloc
	}
	if n, code = w.tag(end, tagSequence); code != 0 {
		return k, CodeKeyPublic + code
	}
	if w.p+n != end {
		return k, CodeKeyPublic + asnLengthMismatch
	}
	if k.N, code = w.number(end, "modulus"); code != 0 {
		return k, CodeKeyPublic + code
	}
	if k.E, code = w.number(end, "exponent"); code != 0 {
		return k, CodeKeyPublic + code
	}
	if w.p != end {
		return k, CodeKeyPublic + asnLengthMismatch
	}
	if !k.valid() {
		return k, CodeKeyPublic
	}
	return k, 0
}

// number reads an INTEGER of any length as an unsigned number: the device does not know negative ones here. what names its
// heap block.
func (w *walk) number(end int, what string) (x *big.Int, code int) {
	n, code := w.tag(end, tagInteger)
	if code != 0 {
		return nil, code
	}
	x = new(big.Int).SetBytes(w.take(n))
	if LimbBytes(x) > maxNumberLen || !w.alloc.get(LimbBytes(x), what) {
		return nil, mpiAlloc
	}
	return x, 0
}

// valid is the device's check of a public key (tls.md 4.1).
func (k *PublicKey) valid() bool {
	bits := k.N.BitLen()
	return k.N.Bit(0) == 1 && k.E.Bit(0) == 1 &&
		bits >= MinModulusBits && bits <= MaxModulusBits &&
		k.E.BitLen() >= 2 && k.E.Cmp(k.N) < 0
}
