package tlspeer

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"hash"
	"slices"
)

const (
	masterSecretLen = 48
	randomLen       = 32
	verifyDataLen   = 12
)

// pHash is the data expansion function of RFC 5246 5.
func pHash(out []byte, h func() hash.Hash, secret, seed []byte) {
	mac := hmac.New(h, secret)
	sum := func(parts ...[]byte) []byte {
		mac.Reset()
		for _, p := range parts {
			mac.Write(p)
		}
		return mac.Sum(nil)
	}
	for a := sum(seed); len(out) > 0; a = sum(a) {
		out = out[copy(out, sum(a, seed)):]
	}
}

// prf is the pseudorandom function of the given version: MD5 xor SHA-1 over the
// halves of the secret before TLS 1.2 (RFC 2246 5), SHA-256 in TLS 1.2.
func prf(version uint16, n int, secret []byte, label string, seeds ...[]byte) []byte {
	seed := slices.Concat(append([][]byte{[]byte(label)}, seeds...)...)
	out := make([]byte, n)
	if version >= VersionTLS12 {
		pHash(out, sha256.New, secret, seed)
		return out
	}
	half := (len(secret) + 1) / 2
	pHash(out, md5.New, secret[:half], seed)
	other := make([]byte, n)
	pHash(other, sha1.New, secret[len(secret)-half:], seed)
	for i := range out {
		out[i] ^= other[i]
	}
	return out
}

// newTranscript returns the hash over all handshake messages for a version.
func newTranscript(version uint16) hash.Hash {
	if version >= VersionTLS12 {
		return sha256.New()
	}
	return newMD5SHA1()
}

// keySet is what the key block of a connection is cut into. write is the
// client's direction first.
type keySet struct{ mac, key, iv [2][]byte }

func deriveKeys(version uint16, s suite, master, clientRandom, serverRandom []byte) keySet {
	ivLen := 0
	if version < VersionTLS11 {
		ivLen = aesBlock
	}
	block := prf(version, 2*(s.macLen+s.keyLen+ivLen), master, "key expansion", serverRandom, clientRandom)
	cut := func(n int) []byte {
		part := block[:n]
		block = block[n:]
		return part
	}
	var k keySet
	k.mac[0], k.mac[1] = cut(s.macLen), cut(s.macLen)
	k.key[0], k.key[1] = cut(s.keyLen), cut(s.keyLen)
	k.iv[0], k.iv[1] = cut(ivLen), cut(ivLen)
	return k
}
