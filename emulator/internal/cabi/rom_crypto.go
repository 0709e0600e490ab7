package cabi

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/md5"
	"crypto/pbkdf2"
	"crypto/rc4"
	"crypto/sha1"
	"encoding/base64"
	"encoding/binary"
	"hash"
	"math/bits"
)

// romCryptoFunctions are the ROM's ciphers, codes and keyed hashes: those of wpa_supplicant, under its names and with its arguments
// (sdk-surface.md, ROM functions).
var romCryptoFunctions = map[string]Function{
	"md5_vector":       {"ippp", hashVector(md5.New)},
	"sha1_vector":      {"ippp", hashVector(sha1.New)},
	"hmac_md5":         {"pipip", hmacOf(md5.New)},
	"hmac_sha1":        {"pipip", hmacOf(sha1.New)},
	"hmac_md5_vector":  {"piippp", hmacVector(md5.New)},
	"hmac_sha1_vector": {"piippp", hmacVector(sha1.New)},
	"sha1_prf":         {"pippipi", sha1PRF},
	"pbkdf2_sha1":      {"ppiipi", pbkdf2SHA1},
	"SHA1Transform":    {"pp", sha1Transform},
	"rc4_skip":         {"piipi", rc4Skip},
	"aes_unwrap":       {"pipp", aesUnwrap},

	"rijndaelKeySetupEnc": {"pp", func(s *SDK, a *Args) uint32 {
		s.setKeys(a.u32(0), expandKey(s.read(a.u32(1), aesKey)))
		return 0
	}},
	"rijndaelKeySetupDec": {"pp", func(s *SDK, a *Args) uint32 {
		s.setKeys(a.u32(0), inverseKeys(expandKey(s.read(a.u32(1), aesKey))))
		return 0
	}},
	// The ROM has the functions that decrypt, the SDK's libcrypto all of them, with tables of the ROM. Choice: the block for the key
	// lies in the SDK's heap. Where the ROM takes it is not known.
	"aes_encrypt_init": {"pi", aesInit("aes_encrypt_init", forwardKeys)},
	"aes_decrypt_init": {"pi", aesInit("aes_decrypt_init", inverseKeys)},
	"aes_encrypt": {"ppp", func(s *SDK, a *Args) uint32 {
		s.crypt(s.key(a.u32(0)), a, cipher.Block.Encrypt)
		return 0
	}},
	"aes_decrypt": {"ppp", func(s *SDK, a *Args) uint32 {
		s.crypt(s.key(a.u32(0)+4*(aesWords-4)), a, cipher.Block.Decrypt)
		return 0
	}},
	"rijndaelEncrypt": {"ppp", func(s *SDK, a *Args) uint32 {
		s.crypt(s.key(a.u32(0)), a, cipher.Block.Encrypt)
		return 0
	}},
	"aes_encrypt_deinit": {"p", aesDeinit("aes_encrypt_deinit")},
	"aes_decrypt_deinit": {"p", aesDeinit("aes_decrypt_deinit")},

	"base64_encode": {"pip", base64Encode},
	"base64_decode": {"pip", base64Decode},
}

const (
	aesKey    = 16   // bytes: the ROM has AES-128 only
	aesWords  = 44   // of an expanded key
	aesCycles = 2000 // of a block. Choice: a guess.
	// hashCycles is what a round of a keyed hash costs. Choice: a guess.
	hashCycles = 8000
	// elementsMax bounds the pieces of the ..._vector functions. wpa_supplicant's keyed ones take five.
	elementsMax = 5
)

// vector reads the pieces that arrays of addresses and of lengths name.
func (s *SDK) vector(n, addrs, lens uint32) (list [][]byte) {
	for i := range min(n, 1<<16) {
		size := s.u32(lens + 4*i)
		list = append(list, s.read(s.u32(addrs+4*i), size))
		s.burn(uint64(size) * byteCycles)
	}
	return list
}

func hashVector(new func() hash.Hash) func(*SDK, *Args) uint32 {
	return func(s *SDK, a *Args) uint32 {
		h := new()
		for _, b := range s.vector(a.u32(0), a.u32(1), a.u32(2)) {
			_, _ = h.Write(b) // a hash never fails
		}
		copy(s.write(a.u32(3), uint32(h.Size())), h.Sum(nil))
		return 0
	}
}

// mac computes a keyed hash over pieces.
func (s *SDK) mac(new func() hash.Hash, key []byte, pieces [][]byte, to uint32) {
	h := hmac.New(new, key)
	for _, b := range pieces {
		_, _ = h.Write(b)
	}
	s.burn(hashCycles)
	copy(s.write(to, uint32(h.Size())), h.Sum(nil))
}

func hmacOf(new func() hash.Hash) func(*SDK, *Args) uint32 {
	return func(s *SDK, a *Args) uint32 {
		key, data := s.read(a.u32(0), a.u32(1)), s.read(a.u32(2), a.u32(3))
		s.burn(uint64(len(data)) * byteCycles)
		s.mac(new, key, [][]byte{data}, a.u32(4))
		return 0
	}
}

func hmacVector(new func() hash.Hash) func(*SDK, *Args) uint32 {
	return func(s *SDK, a *Args) uint32 {
		if a.u32(2) > elementsMax {
			return 0xFFFFFFFF
		}
		s.mac(new, s.read(a.u32(0), a.u32(1)), s.vector(a.u32(2), a.u32(3), a.u32(4)), a.u32(5))
		return 0
	}
}

// sha1PRF is the PRF of IEEE 802.11 8.5.1.1: HMAC-SHA1 over label, a zero, data and a counter, as long as bytes are wanted.
func sha1PRF(s *SDK, a *Args) uint32 {
	key, label, data := s.read(a.u32(0), a.u32(1)), append(bytes.Clone(s.text(a.u32(2))), 0), s.read(a.u32(3), a.u32(4))
	out := s.write(a.u32(5), a.u32(6))
	for n := byte(0); len(out) > 0; n++ {
		h := hmac.New(sha1.New, key)
		_, _ = h.Write(label)
		_, _ = h.Write(data)
		_, _ = h.Write([]byte{n})
		s.burn(hashCycles)
		out = out[copy(out, h.Sum(nil)):]
	}
	return 0
}

// pbkdf2SHA1 makes a key of a pass phrase and an SSID (IEEE 802.11 H.4).
func pbkdf2SHA1(s *SDK, a *Args) uint32 {
	rounds, n := a.u32(3), a.u32(5)
	blocks := (uint64(n) + sha1.Size - 1) / sha1.Size
	s.burn(min(uint64(rounds)*blocks*hashCycles/4, softWatchdog+1))
	key, err := pbkdf2.Key(sha1.New, string(s.text(a.u32(0))), s.read(a.u32(1), a.u32(2)), int(max(rounds, 1)), int(n))
	if err != nil {
		return 0xFFFFFFFF
	}
	copy(s.write(a.u32(4), n), key)
	return 0
}

// sha1Transform takes one block into a state of five words.
func sha1Transform(s *SDK, a *Args) uint32 {
	state := s.write(a.u32(0), 4*sha1Context.words)
	b := make([]byte, sha1Context.size()) // a context with that state, before its first whole block
	copy(b, state)
	h := sha1Context.load(b)
	_, _ = h.Write(s.read(a.u32(1), hashBlock))
	sha1Context.store(b, h)
	copy(state, b)
	s.burn(hashCycles / 2)
	return 0
}

// rc4Skip encrypts data in place with a stream whose beginning is thrown away.
func rc4Skip(s *SDK, a *Args) uint32 {
	key, skip, data := s.read(a.u32(0), a.u32(1)), a.u32(2), s.write(a.u32(3), a.u32(4))
	c, err := rc4.NewCipher(key)
	if err != nil {
		return 0xFFFFFFFF
	}
	s.burn((uint64(skip) + uint64(len(data))) * byteCycles)
	for thrown := make([]byte, 256); skip > 0; {
		n := min(skip, uint32(len(thrown)))
		c.XORKeyStream(thrown[:n], thrown[:n])
		skip -= n
	}
	c.XORKeyStream(data, data)
	return 0
}

// aesUnwrap is RFC 3394 2.2.2: key, number of blocks of 8 bytes, what is wrapped (a block more), where the blocks go. -1: it is damaged.
func aesUnwrap(s *SDK, a *Args) uint32 {
	n := a.u32(1)
	c, err := aes.NewCipher(s.read(a.u32(0), aesKey))
	if err != nil || n > 1<<10 {
		return 0xFFFFFFFF
	}
	from := s.read(a.u32(2), 8*(n+1))
	var b [aes.BlockSize]byte
	copy(b[:8], from)
	r := append([]byte(nil), from[8:]...)
	for j := 5; j >= 0; j-- {
		for i := n; i >= 1; i-- {
			binary.BigEndian.PutUint64(b[:], binary.BigEndian.Uint64(b[:])^uint64(n*uint32(j)+i))
			copy(b[8:], r[8*(i-1):8*i])
			c.Decrypt(b[:], b[:])
			copy(r[8*(i-1):], b[8:])
			s.burn(aesCycles)
		}
	}
	copy(s.write(a.u32(3), 8*n), r)
	if binary.BigEndian.Uint64(b[:]) != 0xA6A6A6A6A6A6A6A6 {
		return 0xFFFFFFFF
	}
	return 0
}

// expandKey is the key schedule of AES-128 (FIPS 197 5.2), words with their highest byte first.
func expandKey(key []byte) (w [aesWords]uint32) {
	for i := range 4 {
		w[i] = binary.BigEndian.Uint32(key[4*i:])
	}
	rcon := uint32(1)
	for i := 4; i < aesWords; i++ {
		t := w[i-1]
		if i%4 == 0 {
			t = subWord(bits.RotateLeft32(t, 8)) ^ rcon<<24
			if rcon <<= 1; rcon > 0xFF {
				rcon ^= 0x11B
			}
		}
		w[i] = w[i-4] ^ t
	}
	return w
}

// forwardKeys are those of encryption, as they are.
func forwardKeys(w [aesWords]uint32) [aesWords]uint32 { return w }

// inverseKeys are the keys of the equivalent inverse cipher (FIPS 197 5.3.5): the rounds backwards, with InvMixColumns but for the first
// and the last.
func inverseKeys(w [aesWords]uint32) (d [aesWords]uint32) {
	for i := range w {
		v := w[aesWords-4-i/4*4+i%4]
		if i >= 4 && i < aesWords-4 {
			v = invMixColumn(v)
		}
		d[i] = v
	}
	return d
}

func (s *SDK) setKeys(p uint32, w [aesWords]uint32) {
	b := s.write(p, 4*aesWords)
	for i, v := range w {
		order.PutUint32(b[4*i:], v)
	}
}

// key reads the key from where it stands in a schedule: at the beginning, or, of inverseKeys, in the last four words.
func (s *SDK) key(p uint32) (key []byte) {
	for w := range uint32(4) {
		key = binary.BigEndian.AppendUint32(key, s.u32(p+4*w))
	}
	return key
}

// crypt takes a block from the second argument to the third.
func (s *SDK) crypt(key []byte, a *Args, step func(c cipher.Block, dst, src []byte)) {
	c, err := aes.NewCipher(key)
	if err == nil { // the length is right
		var out [aes.BlockSize]byte
		step(c, out[:], s.read(a.u32(1), aes.BlockSize))
		copy(s.write(a.u32(2), aes.BlockSize), out[:])
	}
	s.burn(aesCycles)
}

// aesInit makes a block of the heap with the schedule of a key; NULL for another length than the ROM's.
func aesInit(what string, schedule func([aesWords]uint32) [aesWords]uint32) func(*SDK, *Args) uint32 {
	return func(s *SDK, a *Args) uint32 {
		key := s.read(a.u32(0), aesKey)
		if a.u32(1) != aesKey {
			return 0
		}
		w := schedule(expandKey(key))
		p := s.malloc(4*aesWords, what)
		if p != 0 {
			s.setKeys(p, w)
		}
		return p
	}
}

func aesDeinit(what string) func(*SDK, *Args) uint32 {
	return func(s *SDK, a *Args) uint32 {
		s.free(a.u32(0), what)
		return 0
	}
}

// subWord is the S-box on each byte, by its definition (FIPS 197 5.1.1): an inverse in GF(2^8), then an affine map.
func subWord(v uint32) (out uint32) {
	for i := 0; i < 32; i += 8 {
		b := byte(v >> i)
		inverse := byte(1) // b^254
		for range 254 {
			inverse = gfMul(inverse, b)
		}
		if b == 0 {
			inverse = 0
		}
		out |= uint32(inverse^bits.RotateLeft8(inverse, 1)^bits.RotateLeft8(inverse, 2)^bits.RotateLeft8(inverse, 3)^
			bits.RotateLeft8(inverse, 4)^0x63) << i
	}
	return out
}

func invMixColumn(v uint32) (out uint32) {
	for i := range 4 {
		var b byte
		for k, factor := range [4]byte{14, 11, 13, 9} {
			b ^= gfMul(byte(v>>(24-8*((i+k)%4))), factor)
		}
		out |= uint32(b) << (24 - 8*i)
	}
	return out
}

// gfMul multiplies in GF(2^8).
func gfMul(a, b byte) (p byte) {
	for ; b > 0; b >>= 1 {
		if b&1 != 0 {
			p ^= a
		}
		high := a & 0x80
		if a <<= 1; high != 0 {
			a ^= 0x1B
		}
	}
	return p
}

// base64Line is how many characters wpa_supplicant's lines have.
const base64Line = 72

// base64Encode returns a block of the heap with the text, a line end behind each 72 characters and behind the last, and a NUL; the length
// without it goes to the third argument unless that is NULL. Choice: the block lies in the SDK's heap.
func base64Encode(s *SDK, a *Args) uint32 {
	text := base64.StdEncoding.EncodeToString(s.read(a.u32(0), a.u32(1)))
	s.burn(uint64(len(text)) * byteCycles)
	var out []byte
	for len(text) > 0 {
		n := min(len(text), base64Line)
		out = append(append(out, text[:n]...), '\n')
		text = text[n:]
	}
	return s.block64(append(out, 0), uint32(len(out)), a.u32(2), "base64_encode")
}

// base64Decode returns a block of the heap with what a text means, NULL if it is none. Characters that are not of the code do not count.
func base64Decode(s *SDK, a *Args) uint32 {
	var text []byte
	for _, c := range s.read(a.u32(0), a.u32(1)) {
		switch {
		case c >= 'A' && c <= 'Z', c >= 'a' && c <= 'z', c >= '0' && c <= '9', c == '+', c == '/', c == '=':
			text = append(text, c)
		}
	}
	s.burn(uint64(a.u32(1)) * byteCycles)
	out, err := base64.StdEncoding.DecodeString(string(text))
	if err != nil || len(text) == 0 {
		return 0
	}
	return s.block64(out, uint32(len(out)), a.u32(2), "base64_decode")
}

// block64 puts data into a block of the heap and n to where a pointer says.
func (s *SDK) block64(data []byte, n, size uint32, what string) uint32 {
	p := s.malloc(max(uint32(len(data)), 1), what)
	if p == 0 {
		return 0
	}
	copy(s.write(p, uint32(len(data))), data)
	if size != 0 {
		s.setU32(size, n)
	}
	return p
}
