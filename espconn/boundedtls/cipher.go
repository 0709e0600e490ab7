package boundedtls

import (
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"hash"
)

// cipherState is one direction of the record protection: AES-CBC with
// MAC-then-encrypt.
type cipherState struct {
	block   cipher.BlockMode
	setIV   func([]byte) // nil under TLS 1.0: the vector chains
	mac     hash.Hash
	macLen  int
	minLen  int // tls.md 2.2, check 6
	scratch [13]byte
	sum     [64]byte
}

func newHash(h crypto.Hash) func() hash.Hash {
	if h == crypto.SHA256 {
		return sha256.New
	}
	return sha1.New
}

func newCipherState(version uint16, d *suiteDef, key, iv, macKey []byte, encrypt bool) *cipherState {
	b, err := aes.NewCipher(key)
	if err != nil {
		panic("boundedtls: key length of suite " + d.name + ": " + err.Error())
	}
	s := &cipherState{mac: hmac.New(newHash(d.mac), macKey), macLen: hashSize(d.mac)}
	if encrypt {
		s.block = cipher.NewCBCEncrypter(b, iv)
	} else {
		s.block = cipher.NewCBCDecrypter(b, iv)
	}
	// The MAC rounded up to the next block strictly above it, and the vector.
	s.minLen = s.macLen + vectorLen - s.macLen%vectorLen
	if version >= VersionTLS11 {
		s.minLen += vectorLen
		s.setIV = s.block.(interface{ SetIV([]byte) }).SetIV
	}
	return s
}

func (s *cipherState) sumOf(seq uint64, hdr []byte, n int, data []byte) []byte {
	binary.BigEndian.PutUint64(s.scratch[:8], seq)
	s.scratch[8], s.scratch[9], s.scratch[10] = hdr[0], hdr[1], hdr[2]
	s.scratch[11], s.scratch[12] = byte(n>>8), byte(n)
	s.mac.Reset()
	s.mac.Write(s.scratch[:])
	s.mac.Write(data)
	return s.mac.Sum(s.sum[:0])
}

// seal protects plaintext p as the body of the record whose header, and vector
// if any, start at out[start]; it returns out with the body appended and the
// length field set.
func (s *cipherState) seal(version uint16, seq uint64, out []byte, start int, p []byte) []byte {
	body := len(out)
	out = append(out, p...)
	out = append(out, s.sumOf(seq, out[start:start+3], len(p), p)...)
	pad := vectorLen - (len(out)-body+1)%vectorLen
	if pad == vectorLen {
		pad = 0
	}
	for i := 0; i <= pad; i++ {
		out = append(out, byte(pad))
	}
	if version >= VersionTLS11 {
		s.setIV(out[body-vectorLen : body])
	}
	s.block.CryptBlocks(out[body:], out[body:])
	n := len(out) - start - headerLen
	out[start+3], out[start+4] = byte(n>>8), byte(n)
	return out
}

// openResult says why a record could not be opened.
type openResult uint8

const (
	openOK openResult = iota
	openLength
	openPadding
	openTooLong // the plaintext is longer than S: the padding check fails (tls.md 2.2, 7)
	openMAC
)

// open decrypts body in place (tls.md 2.2, check 7). It returns where the
// plaintext starts in body and how long it is.
func (s *cipherState) open(version uint16, seq *uint64, hdr, body []byte, size int) (off, n int, why openResult) {
	if len(body) < s.minLen || len(body)%vectorLen != 0 {
		return 0, 0, openLength
	}
	if version >= VersionTLS11 {
		s.setIV(body[:vectorLen])
		off = vectorLen
	}
	data := body[off:]
	s.block.CryptBlocks(data, data)
	last := data[len(data)-1]
	pad := int(last) + 1
	if len(data) < s.macLen+pad {
		return off, 0, openPadding
	}
	for _, b := range data[len(data)-pad:] {
		if b != last {
			return off, 0, openPadding
		}
	}
	n = len(data) - pad - s.macLen
	if subtle.ConstantTimeCompare(s.sumOf(*seq, hdr, n, data[:n]), data[n:n+s.macLen]) != 1 {
		return off, n, openMAC
	}
	if n > size {
		return off, n, openTooLong
	}
	return off, n, openOK
}
