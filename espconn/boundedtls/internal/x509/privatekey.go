package x509

import (
	"crypto/rsa"
	"crypto/sha256"
	"math/big"
)

// PrivateKey is an RSA private key that passed the device's check. Not to be changed; safe for concurrent use.
type PrivateKey struct {
	PublicKey
	D      *big.Int // private exponent
	P, Q   *big.Int // primes
	DP, DQ *big.Int // D mod P-1, D mod Q-1
	QInv   *big.Int // inverse of Q mod P

	std *rsa.PrivateKey   // nil: crypto/rsa does not take the key
	sum [sha256.Size]byte // of the DER form that it was read from
}

// Sum tells keys apart: two with the same have the same numbers. It is zero of a key that was not parsed.
func (k *PrivateKey) Sum() [sha256.Size]byte { return k.sum }

// ParsePrivateKey reads a private key as the device does: PEM blocks "RSA PRIVATE KEY" and "PRIVATE KEY" first, then DER
// as PKCS#8 and as PKCS#1 (tls.md 4.1). It returns 0, or nil and a code: CodeKeyPassword (or CodePEMUnknownAlg for DES) for
// an encrypted RSA key, CodeKeyFormat for everything that is no key in DER, including encrypted PKCS#8, CodeKeyUnknownAlg for
// an elliptic curve in PEM, CodeRSAKeyCheck for numbers that do not belong together. b is copied.
//
// The application never sees these codes: the device turns each into -0x7F00 (tls.md 4.5).
func ParsePrivateKey(b []byte) (*PrivateKey, int) {
	s := text(b)
	der, _, code := readPEM(s, "RSA PRIVATE KEY")
	switch code {
	case 0:
		return parsePKCS1(der)
	case CodePEMPassword:
		return nil, CodeKeyPassword
	case CodePEMNoHeader:
	default:
		return nil, code
	}
	der, _, code = readPEM(s, "PRIVATE KEY")
	switch code {
	case 0:
		return parsePKCS8(der)
	case CodePEMNoHeader:
	default:
		return nil, code
	}
	if k, code := parsePKCS8(b); code == 0 {
		return k, 0
	}
	if k, code := parsePKCS1(b); code == 0 {
		return k, 0
	}
	return nil, CodeKeyFormat
}

// parsePKCS8 reads an unencrypted PrivateKeyInfo. Bytes behind the key are ignored.
func parsePKCS8(der []byte) (*PrivateKey, int) {
	w := &walk{b: der}
	n, code := w.tag(len(der), tagSequence)
	if code != 0 {
		return nil, CodeKeyFormat + code
	}
	end := w.p + n
	version, code := w.integer(end)
	if code != 0 {
		return nil, CodeKeyFormat + code
	}
	if version != 0 {
		return nil, CodeKeyVersion
	}
	rsa, code := w.keyAlgorithm(end)
	if code != 0 {
		return nil, CodeKeyFormat + code // a sum of two bases, as on the device
	}
	if n, code = w.tag(end, tagOctets); code != 0 {
		return nil, CodeKeyFormat + code
	}
	if n < 1 {
		return nil, CodeKeyFormat + asnOutOfData
	}
	if !rsa {
		return nil, CodeKeyUnknownAlg
	}
	return parsePKCS1(w.take(n))
}

// parsePKCS1 reads an RSAPrivateKey of two primes. Bytes behind it are ignored. A key that was read before is not checked
// again.
func parsePKCS1(der []byte) (*PrivateKey, int) {
	sum := sha256.Sum256(der)
	if k := known.get(sum); k != nil {
		return k, 0
	}
	k, code := readPKCS1(der)
	if code == 0 {
		k.sum = sum
		known.put(sum, k)
	}
	return k, code
}

func readPKCS1(der []byte) (*PrivateKey, int) {
	w := &walk{b: der}
	n, code := w.tag(len(der), tagSequence)
	if code != 0 {
		return nil, CodeKeyFormat + code
	}
	end := w.p + n
	version, code := w.integer(end)
	if code != 0 {
		return nil, CodeKeyFormat + code
	}
	if version != 0 {
		return nil, CodeKeyVersion
	}
	k := &PrivateKey{}
	for _, x := range []**big.Int{&k.N, &k.E, &k.D, &k.P, &k.Q, &k.DP, &k.DQ, &k.QInv} {
		if *x, code = w.number(end, "key number"); code != 0 {
			return nil, CodeKeyFormat + code
		}
	}
	if w.p != end {
		return nil, CodeKeyFormat + asnLengthMismatch
	}
	if !k.consistent() {
		return nil, CodeRSAKeyCheck
	}
	k.std = k.standard()
	return k, 0
}

// consistent is the device's check of a private key: the public part is valid, N = PQ, D inverts E, and the three
// derived numbers are exact. Whether P and Q are prime is not checked.
// Deviation: the device adds a detail to the code when its arithmetic fails on the way (for instance -0x420C for P = 1).
func (k *PrivateKey) consistent() bool {
	if !k.PublicKey.valid() {
		return false
	}
	one := big.NewInt(1)
	if k.P.Cmp(one) <= 0 || k.Q.Cmp(one) <= 0 || new(big.Int).Mul(k.P, k.Q).Cmp(k.N) != 0 {
		return false
	}
	p1, q1 := new(big.Int).Sub(k.P, one), new(big.Int).Sub(k.Q, one)
	phi := new(big.Int).Mul(p1, q1)
	if new(big.Int).GCD(nil, nil, k.E, phi).Cmp(one) != 0 {
		return false
	}
	lambda := new(big.Int).Div(phi, new(big.Int).GCD(nil, nil, p1, q1))
	de := new(big.Int).Mul(k.D, k.E)
	if de.Mod(de, lambda).Cmp(one) != 0 {
		return false
	}
	inverse := new(big.Int).ModInverse(k.Q, k.P)
	return inverse != nil && inverse.Cmp(k.QInv) == 0 &&
		new(big.Int).Mod(k.D, p1).Cmp(k.DP) == 0 && new(big.Int).Mod(k.D, q1).Cmp(k.DQ) == 0
}

// standard returns the key for crypto/rsa, or nil if that package refuses it (short, odd size, large exponent).
func (k *PrivateKey) standard() *rsa.PrivateKey {
	if k.N.BitLen() < 1024 || k.E.BitLen() > 31 {
		return nil
	}
	s := &rsa.PrivateKey{
		PublicKey: rsa.PublicKey{N: k.N, E: int(k.E.Int64())},
		D:         k.D,
		Primes:    []*big.Int{k.P, k.Q},
	}
	s.Precompute()
	if s.Validate() != nil {
		return nil
	}
	return s
}
