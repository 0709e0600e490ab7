package mbedtls

import (
	"crypto"
	"crypto/md5"
	"crypto/sha1"
)

// TLS 1.2 hash numbers.
const (
	hashMD5    = 1
	hashSHA1   = 2
	hashSHA224 = 3
	hashSHA256 = 4
	hashSHA384 = 5
	hashSHA512 = 6
)

// offeredHashes is the order of signature_algorithms, and of the server's
// choice (tls.md 1.3, 1.4).
var offeredHashes = [...]byte{hashSHA512, hashSHA384, hashSHA256, hashSHA224, hashSHA1}

func hashByNumber(n byte) crypto.Hash {
	switch n {
	case hashMD5:
		return crypto.MD5
	case hashSHA1:
		return crypto.SHA1
	case hashSHA224:
		return crypto.SHA224
	case hashSHA256:
		return crypto.SHA256
	case hashSHA384:
		return crypto.SHA384
	case hashSHA512:
		return crypto.SHA512
	}
	return 0
}

// offered reports whether the client's hello lists the hash n.
func offered(n byte) bool {
	for _, h := range offeredHashes {
		if h == n {
			return true
		}
	}
	return false
}

// paramsDigest is what the signature of a ServerKeyExchange covers: both
// randoms and the parameters, hashed with h, or with MD5 and SHA-1 together
// when h is 0.
func (h *exchange) paramsDigest(alg crypto.Hash, params []byte) []byte {
	if alg != 0 {
		d := alg.New()
		d.Write(h.ClientRandom[:])
		d.Write(h.ServerRandom[:])
		d.Write(params)
		return d.Sum(nil)
	}
	m, s := md5.New(), sha1.New()
	m.Write(h.ClientRandom[:])
	m.Write(h.ServerRandom[:])
	m.Write(params)
	s.Write(h.ClientRandom[:])
	s.Write(h.ServerRandom[:])
	s.Write(params)
	return s.Sum(m.Sum(nil))
}
