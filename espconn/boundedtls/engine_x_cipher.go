package boundedtls

import (
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/md5"
	"crypto/rc4"
	"crypto/subtle"
	"encoding/binary"
	"hash"
)

// RC4 suites, which only engine X has (axtls.md 1.1).
const (
	RSAWithRC4128SHA Suite = 0x0005
	RSAWithRC4128MD5 Suite = 0x0004
)

// axSuites is engine X's list, in the order that its client offers.
var axSuites = [...]suiteDef{
	{RSAWithAES128CBCSHA, "TLS-RSA-WITH-AES-128-CBC-SHA", kxRSA, 16, crypto.SHA1, VersionTLS10},
	{RSAWithAES256CBCSHA, "TLS-RSA-WITH-AES-256-CBC-SHA", kxRSA, 32, crypto.SHA1, VersionTLS10},
	{RSAWithRC4128SHA, "TLS-RSA-WITH-RC4-128-SHA", kxRSA, 16, crypto.SHA1, VersionTLS10},
	{RSAWithRC4128MD5, "TLS-RSA-WITH-RC4-128-MD5", kxRSA, 16, crypto.MD5, VersionTLS10},
}

func axSuite(id Suite) *suiteDef {
	for i := range axSuites {
		if axSuites[i].id == id {
			return &axSuites[i]
		}
	}
	return nil
}

// axCipher is one direction of the record protection.
type axCipher struct {
	stream   *rc4.Cipher
	block    cipher.BlockMode
	setIV    func([]byte) // TLS 1.1 with AES: each record brings its vector
	mac      hash.Hash
	macLen   int
	seq      uint64
	scratch  [13]byte
	sum      [64]byte
	explicit int // bytes of the vector in each record
}

func newAxCipher(version uint16, d *suiteDef, key, iv, macKey []byte, encrypt bool) *axCipher {
	s := &axCipher{macLen: hashSize(d.mac)}
	newMAC := newHash(d.mac)
	if d.mac == crypto.MD5 {
		newMAC = md5.New
	}
	s.mac = hmac.New(newMAC, macKey)
	if d.id == RSAWithRC4128SHA || d.id == RSAWithRC4128MD5 {
		// Key lengths are the suites' own, so neither constructor can fail.
		s.stream, _ = rc4.NewCipher(key)
		return s
	}
	b, _ := aes.NewCipher(key)
	s.block = cipher.NewCBCDecrypter(b, iv)
	if encrypt {
		s.block = cipher.NewCBCEncrypter(b, iv)
	}
	if version >= VersionTLS11 {
		s.explicit = vectorLen
		s.setIV = s.block.(interface{ SetIV([]byte) }).SetIV
	}
	return s
}

func (s *axCipher) sumOf(hdr []byte, data []byte) []byte {
	binary.BigEndian.PutUint64(s.scratch[:8], s.seq)
	copy(s.scratch[8:11], hdr)
	s.scratch[11], s.scratch[12] = byte(len(data)>>8), byte(len(data))
	s.mac.Reset()
	s.mac.Write(s.scratch[:])
	s.mac.Write(data)
	return s.mac.Sum(s.sum[:0])
}

// seal appends p protected to out, whose last bytes are the record's header and the vector, if any; hdr is the header.
func (s *axCipher) seal(out, hdr, p []byte) []byte {
	body := len(out)
	out = append(out, p...)
	out = append(out, s.sumOf(hdr, p)...)
	s.seq++
	if s.stream != nil {
		s.stream.XORKeyStream(out[body:], out[body:])
		return out
	}
	pad := vectorLen - 1 - (len(out)-body)%vectorLen
	for range pad + 1 {
		out = append(out, byte(pad))
	}
	if s.setIV != nil {
		s.setIV(out[body-vectorLen : body])
	}
	s.block.CryptBlocks(out[body:], out[body:])
	return out
}

// open decrypts body in place and returns the plaintext, or false for wrong length, padding or MAC: the library does not
// tell them apart (axtls.md 7). The header's version is part of the MAC.
func (s *axCipher) open(hdr, body []byte) (plain []byte, ok bool) {
	if s.stream != nil {
		s.stream.XORKeyStream(body, body)
		if len(body) < s.macLen {
			return nil, false
		}
		plain = body[:len(body)-s.macLen]
	} else {
		if len(body) < s.explicit+vectorLen || len(body)%vectorLen != 0 {
			return nil, false
		}
		if s.setIV != nil {
			s.setIV(body[:vectorLen])
		}
		body = body[s.explicit:]
		s.block.CryptBlocks(body, body)
		pad := int(body[len(body)-1])
		n := len(body) - 1 - pad - s.macLen
		if n < 0 {
			return nil, false
		}
		for _, b := range body[len(body)-1-pad:] {
			if int(b) != pad {
				return nil, false
			}
		}
		plain = body[:n]
	}
	mac := body[len(plain) : len(plain)+s.macLen]
	ok = subtle.ConstantTimeCompare(s.sumOf(hdr, plain), mac) == 1
	s.seq++
	return plain, ok
}
