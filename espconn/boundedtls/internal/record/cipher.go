package record

import (
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/md5"
	"crypto/rc4"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"hash"
)

// Protection is what a Cipher is made of.
type Protection struct {
	Key, MACKey []byte
	Vector      []byte      // the first CBC vector; not used by a stream cipher
	MAC         crypto.Hash // MD5, SHA1 or SHA256
	Stream      bool        // RC4; false: AES-CBC
	Explicit    bool        // each record brings its vector (TLS 1.1 on); false: the vector chains. Not with Stream
	Encrypt     bool        // for Seal; false: for Open
}

// Cipher is one direction of the record protection: the MAC first, then AES-CBC or RC4. It belongs to one connection.
type Cipher struct {
	stream   *rc4.Cipher
	block    cipher.BlockMode
	setIV    func([]byte) // nil: the vector chains
	mac      hash.Hash
	macLen   int
	explicit int // bytes of the vector in each record
	scratch  [13]byte
	sum      [64]byte
}

func newHash(h crypto.Hash) func() hash.Hash {
	switch h {
	case crypto.MD5:
		return md5.New
	case crypto.SHA256:
		return sha256.New
	}
	return sha1.New
}

// NewCipher makes a direction. It panics when a key's length is not the cipher's, which no suite of the device has.
func NewCipher(p Protection) *Cipher {
	s := &Cipher{mac: hmac.New(newHash(p.MAC), p.MACKey), macLen: p.MAC.Size()}
	if p.Stream {
		stream, err := rc4.NewCipher(p.Key)
		if err != nil {
			panic("boundedtls: key length of a suite: " + err.Error())
		}
		s.stream = stream
		return s
	}
	b, err := aes.NewCipher(p.Key)
	if err != nil {
		panic("boundedtls: key length of a suite: " + err.Error())
	}
	if p.Encrypt {
		s.block = cipher.NewCBCEncrypter(b, p.Vector)
	} else {
		s.block = cipher.NewCBCDecrypter(b, p.Vector)
	}
	if p.Explicit {
		s.explicit = VectorLen
		s.setIV = s.block.(interface{ SetIV([]byte) }).SetIV
	}
	return s
}

// MACLen returns the MAC's length in bytes.
func (s *Cipher) MACLen() int { return s.macLen }

// Explicit returns the bytes of the vector that each record brings, 0 or VectorLen.
func (s *Cipher) Explicit() int { return s.explicit }

// MinLen returns the least length of a CBC body that mbedTLS takes: the MAC rounded up to the next block strictly above
// it, and the vector (tls.md 2.2, check 6).
func (s *Cipher) MinLen() int { return s.macLen + VectorLen - s.macLen%VectorLen + s.explicit }

func (s *Cipher) sumOf(seq uint64, hdr []byte, data []byte) []byte {
	binary.BigEndian.PutUint64(s.scratch[:8], seq)
	s.scratch[8], s.scratch[9], s.scratch[10] = hdr[0], hdr[1], hdr[2]
	s.scratch[11], s.scratch[12] = byte(len(data)>>8), byte(len(data))
	s.mac.Reset()
	s.mac.Write(s.scratch[:])
	s.mac.Write(data)
	return s.mac.Sum(s.sum[:0])
}

// Seal protects the plaintext p as the body of the record whose header, and explicit vector if any, start at out[start]. It
// returns out with the body appended and the length field set.
func (s *Cipher) Seal(seq uint64, out []byte, start int, p []byte) []byte {
	body := len(out)
	out = append(out, p...)
	out = append(out, s.sumOf(seq, out[start:start+3], p)...)
	if s.stream != nil {
		s.stream.XORKeyStream(out[body:], out[body:])
	} else {
		pad := VectorLen - 1 - (len(out)-body)%VectorLen
		for range pad + 1 {
			out = append(out, byte(pad))
		}
		if s.setIV != nil {
			s.setIV(out[body-VectorLen : body])
		}
		s.block.CryptBlocks(out[body:], out[body:])
	}
	n := len(out) - start - HeaderLen
	out[start+3], out[start+4] = byte(n>>8), byte(n)
	return out
}

// Result says why a record could not be opened.
type Result uint8

// The results of Open.
const (
	Opened Result = iota
	BadLength
	BadPadding
	TooLong // the plaintext is longer than the limit, which mbedTLS reports as a wrong padding (tls.md 2.2, 7)
	BadMAC
)

// Open decrypts body in place. It returns where the plaintext starts in body and how long it is. The header's type and
// version are part of the MAC. A plaintext over limit bytes is refused once all else was found right. The constant-time
// work that the libraries do to hide the padding is not done here.
func (s *Cipher) Open(seq uint64, hdr, body []byte, limit int) (off, n int, why Result) {
	if s.stream != nil {
		s.stream.XORKeyStream(body, body)
		if n = len(body) - s.macLen; n < 0 {
			return 0, 0, BadLength
		}
	} else {
		if len(body) < s.MinLen() || len(body)%VectorLen != 0 {
			return 0, 0, BadLength
		}
		off = s.explicit
		if s.setIV != nil {
			s.setIV(body[:VectorLen])
		}
		data := body[off:]
		s.block.CryptBlocks(data, data)
		last := data[len(data)-1]
		pad := int(last) + 1
		if len(data) < s.macLen+pad {
			return off, 0, BadPadding
		}
		for _, b := range data[len(data)-pad:] {
			if b != last {
				return off, 0, BadPadding
			}
		}
		n = len(data) - pad - s.macLen
	}
	data := body[off:]
	if subtle.ConstantTimeCompare(s.sumOf(seq, hdr, data[:n]), data[n:n+s.macLen]) != 1 {
		return off, n, BadMAC
	}
	if n > limit {
		return off, n, TooLong
	}
	return off, n, Opened
}
