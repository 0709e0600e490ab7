package x509

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/subtle"
	"io"
	"math/big"
)

// paddingTries bounds the search for a non-zero padding byte, as on the device.
const paddingTries = 100

// digestPrefixes are the DigestInfo heads in front of a digest (RFC 8017, 9.2). MD5SHA1 has none: TLS 1.0 and 1.1 sign
// the 36 bytes as they are (tls.md 1.4).
var digestPrefixes = map[crypto.Hash]string{
	crypto.MD5SHA1: "",
	crypto.MD5:     "\x30\x20\x30\x0C\x06\x08\x2A\x86\x48\x86\xF7\x0D\x02\x05\x05\x00\x04\x10",
	crypto.SHA1:    "\x30\x21\x30\x09\x06\x05\x2B\x0E\x03\x02\x1A\x05\x00\x04\x14",
	crypto.SHA224:  "\x30\x2D\x30\x0D\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x04\x05\x00\x04\x1C",
	crypto.SHA256:  "\x30\x31\x30\x0D\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20",
	crypto.SHA384:  "\x30\x41\x30\x0D\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x02\x05\x00\x04\x30",
	crypto.SHA512:  "\x30\x51\x30\x0D\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x03\x05\x00\x04\x40",
}

// public raises x, given as big-endian bytes, to the public exponent. nil: x is not below the modulus.
func (k *PublicKey) public(x []byte) []byte {
	v := new(big.Int).SetBytes(x)
	if v.Cmp(k.N) >= 0 {
		return nil
	}
	return v.Exp(v, k.E, k.N).FillBytes(make([]byte, k.Size()))
}

// EncryptPKCS1v15 encrypts msg, at most Size()-11 bytes, with PKCS#1 v1.5 padding. The padding is read from random byte by
// byte, zeros are skipped. Codes: CodeRSABadInput if msg is too long, CodeRSARandom if random fails or gives 100 zeros in a row.
func EncryptPKCS1v15(random io.Reader, k *PublicKey, msg []byte) ([]byte, int) {
	size := k.Size()
	if size < len(msg)+11 {
		return nil, CodeRSABadInput
	}
	block := make([]byte, size)
	block[1] = 2
	padding := block[2 : size-len(msg)-1]
	for i := range padding {
		for try := 0; padding[i] == 0; try++ {
			if try == paddingTries {
				return nil, CodeRSARandom
			}
			if _, err := io.ReadFull(random, padding[i:i+1]); err != nil {
				return nil, CodeRSARandom
			}
		}
	}
	copy(block[size-len(msg):], msg)
	out := k.public(block) // below the modulus: the first byte is zero
	if out == nil {
		return nil, CodeRSAPublic + mpiBadInput
	}
	return out, 0
}

// private raises x, big-endian and of the key's size, to the private exponent by the Chinese remainder theorem.
// nil: x is not below the modulus.
func (k *PrivateKey) private(x []byte) []byte {
	v := new(big.Int).SetBytes(x)
	if v.Cmp(k.N) >= 0 {
		return nil
	}
	m1 := new(big.Int).Exp(v, k.DP, k.P)
	m2 := new(big.Int).Exp(v, k.DQ, k.Q)
	h := m1.Sub(m1, m2)
	h.Mul(h, k.QInv)
	h.Mod(h, k.P)
	m := h.Mul(h, k.Q)
	return m.Add(m, m2).FillBytes(make([]byte, k.Size()))
}

// DecryptPKCS1v15 decrypts ct and removes PKCS#1 v1.5 padding of any length. Codes: CodeRSABadInput for a wrong length of ct,
// -0x4304 for a number not below the modulus, CodeRSAPadding. A TLS server must hide all of them by going on with a random
// premaster (tls.md 3.2). A good message takes crypto/rsa's constant time; a refused one does not.
func (k *PrivateKey) DecryptPKCS1v15(ct []byte) ([]byte, int) {
	if len(ct) != k.Size() {
		return nil, CodeRSABadInput
	}
	if k.std != nil {
		//lint:ignore SA1019 the device's RSA key exchange is this operation
		if msg, err := rsa.DecryptPKCS1v15(nil, k.std, ct); err == nil {
			return msg, 0
		}
		// Either bad, or padding shorter than the 8 bytes on which crypto/rsa insists and the device does not.
	}
	block := k.private(ct)
	if block == nil {
		return nil, CodeRSAPrivate + mpiBadInput
	}
	if block[0] != 0 || block[1] != 2 {
		return nil, CodeRSAPadding
	}
	zero := bytes.IndexByte(block[2:], 0)
	if zero < 0 {
		return nil, CodeRSAPadding
	}
	return block[2+zero+1:], 0
}

// SignPKCS1v15 signs a digest of the given hash: SHA-1, 224, 256, 384, 512, MD5, or MD5SHA1 for the 36 bytes of TLS 1.0
// and 1.1. Codes: CodeRSABadInput for another hash, a wrong digest length or a key too short for it; CodeRSAPrivate if the
// result does not check (P or Q not prime).
func (k *PrivateKey) SignPKCS1v15(hash crypto.Hash, digest []byte) ([]byte, int) {
	prefix, ok := digestPrefixes[hash]
	size, length := k.Size(), len(prefix)+len(digest)
	if !ok || len(digest) != hash.Size() || size < length+11 {
		return nil, CodeRSABadInput
	}
	if k.std != nil {
		if sig, err := rsa.SignPKCS1v15(nil, k.std, hash, digest); err == nil {
			return sig, 0
		}
	}
	block := bytes.Repeat([]byte{0xFF}, size)
	block[0], block[1], block[size-length-1] = 0, 1, 0
	copy(block[size-length:], prefix)
	copy(block[size-len(digest):], digest)
	sig := k.private(block)
	if subtle.ConstantTimeCompare(k.public(sig), block) != 1 {
		return nil, CodeRSAPrivate
	}
	return sig, 0
}

// VerifyPKCS1v15 checks a signature over a digest; hash as for [PrivateKey.SignPKCS1v15]. It returns 0, CodeRSAPadding if
// the signature does not decrypt to padding (usually another key's), CodeRSAVerify if hash or algorithm differ or the
// signature is shorter than the key, -0x4284 if it is not below the modulus, CodeSignatureLength if bytes follow a good
// signature, CodeRSABadInput for an unknown hash (tls.md 3.2).
func VerifyPKCS1v15(k *PublicKey, hash crypto.Hash, digest, sig []byte) int {
	size := k.Size()
	if len(sig) < size {
		return CodeRSAVerify
	}
	block := k.public(sig[:size])
	if block == nil {
		return CodeRSAPublic + mpiBadInput
	}
	if block[0] != 0 || block[1] != 1 {
		return CodeRSAPadding
	}
	i := 2
	for block[i] != 0 { // padding of any length, also none
		if block[i] != 0xFF || i == size-1 {
			return CodeRSAPadding
		}
		i++
	}
	if code := checkDigestInfo(block[i+1:], hash, digest); code != 0 {
		return code
	}
	if len(sig) > size {
		return CodeSignatureLength
	}
	return 0
}

// checkDigestInfo compares what a signature holds with the expected digest. The device walks the structure instead of
// comparing it whole, and does not look at the length of the NULL in it.
func checkDigestInfo(b []byte, hash crypto.Hash, digest []byte) int {
	prefix, ok := digestPrefixes[hash]
	if !ok {
		return CodeRSABadInput
	}
	if hash == crypto.MD5SHA1 {
		switch {
		case len(b) != len(digest):
			return CodeRSABadInput
		case !bytes.Equal(b, digest):
			return CodeRSAVerify
		}
		return 0
	}
	w, end := &walk{b: b}, len(b)
	n, code := w.tag(end, tagSequence)
	if code != 0 || n+2 != len(b) {
		return CodeRSAVerify
	}
	if n, code = w.tag(end, tagSequence); code != 0 || n+6+len(digest) != len(b) {
		return CodeRSAVerify
	}
	if n, code = w.tag(end, tagOID); code != 0 || string(w.take(n)) != prefix[6:6+prefix[5]] {
		return CodeRSAVerify
	}
	if _, code = w.tag(end, tagNull); code != 0 {
		return CodeRSAVerify
	}
	if n, code = w.tag(end, tagOctets); code != 0 || n != len(digest) || w.p+n != end || !bytes.Equal(w.take(n), digest) {
		return CodeRSAVerify
	}
	return 0
}
