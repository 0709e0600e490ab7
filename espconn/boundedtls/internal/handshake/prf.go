package handshake

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"hash"
)

// expand XORs P_hash(secret, label+seed) of RFC 5246, section 5, into out.
func expand(out []byte, newHash func() hash.Hash, secret []byte, label string, seed []byte) {
	mac := hmac.New(newHash, secret)
	mac.Write([]byte(label))
	mac.Write(seed)
	a := mac.Sum(nil)
	var block [sha256.Size]byte
	for len(out) > 0 {
		mac.Reset()
		mac.Write(a)
		mac.Write([]byte(label))
		mac.Write(seed)
		b := mac.Sum(block[:0])
		for i := 0; i < len(b) && i < len(out); i++ {
			out[i] ^= b[i]
		}
		out = out[min(len(b), len(out)):]
		mac.Reset()
		mac.Write(a)
		a = mac.Sum(a[:0])
	}
}

// prf is the pseudo-random function of the version: MD5 and SHA-1 over the two
// halves of the secret before TLS 1.2, SHA-256 in it.
func prf(version uint16, out, secret []byte, label string, seed []byte) {
	clear(out)
	if version >= tls12 {
		expand(out, sha256.New, secret, label, seed)
		return
	}
	half := (len(secret) + 1) / 2
	expand(out, md5.New, secret[:half], label, seed)
	expand(out, sha1.New, secret[len(secret)-half:], label, seed)
}
