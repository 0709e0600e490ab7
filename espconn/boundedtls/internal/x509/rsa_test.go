package x509

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"fmt"
	"io"
	"math/big"
	mrand "math/rand/v2"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/espconn/testpki"
)

// seeded is a repeatable source of random bytes.
func seeded(seed byte) io.Reader { return mrand.NewChaCha8([32]byte{seed}) }

// madeKey makes a key with a modulus of exactly n bits and the given exponent, as an own parser would read it.
func madeKey(t testing.TB, n int, e int64) *PrivateKey {
	t.Helper()
	one, exponent := big.NewInt(1), big.NewInt(e)
	for range 10000 {
		p, err := rand.Prime(rand.Reader, (n+1)/2)
		require.NoError(t, err)
		q, err := rand.Prime(rand.Reader, n-(n+1)/2)
		require.NoError(t, err)
		p1, q1 := new(big.Int).Sub(p, one), new(big.Int).Sub(q, one)
		d := new(big.Int).ModInverse(exponent, new(big.Int).Mul(p1, q1))
		modulus := new(big.Int).Mul(p, q)
		if d == nil || modulus.BitLen() != n || p.Cmp(q) == 0 {
			continue
		}
		inv := new(big.Int).ModInverse(q, p)
		k, code := parsePKCS1(pkcs1(0, modulus, exponent, d, p, q, new(big.Int).Mod(d, p1), new(big.Int).Mod(d, q1), inv))
		require.Equal(t, "0", show(code))
		return k
	}
	t.Fatalf("no key of %d bits with exponent %d", n, e)
	return nil
}

func TestRSAOfAllLengthsAndExponents(t *testing.T) {
	for _, c := range []struct {
		bits int
		e    int64
	}{{128, 3}, {129, 5}, {255, 17}, {384, 65537}, {512, 3}, {513, 65537}, {768, 65539}, {1017, 3}, {1024, 3}, {1031, 1<<40 + 15},
		{2048, 65537}} {
		t.Run(fmt.Sprintf("%d/%d", c.bits, c.e), func(t *testing.T) {
			k := madeKey(t, c.bits, c.e)
			for n := 0; n <= k.Size()-11; n += 1 + n/2 {
				msg := make([]byte, n)
				_, err := io.ReadFull(seeded(byte(n)), msg)
				require.NoError(t, err)
				ct, code := EncryptPKCS1v15(seeded(1), &k.PublicKey, msg)
				require.Equal(t, "0", show(code))
				require.Len(t, ct, k.Size())
				got, code := k.DecryptPKCS1v15(ct)
				require.Equal(t, "0", show(code))
				require.Equal(t, msg, append([]byte{}, got...))
			}
			for hash, prefix := range digestPrefixes {
				digest := make([]byte, hash.Size())
				digest[0] = byte(c.bits)
				sig, code := k.SignPKCS1v15(hash, digest)
				if k.Size() < len(prefix)+len(digest)+11 {
					require.Equal(t, show(CodeRSABadInput), show(code))
					continue
				}
				require.Equal(t, "0", show(code))
				require.Equal(t, "0", show(VerifyPKCS1v15(&k.PublicKey, hash, digest, sig)))
				digest[0]++
				require.Equal(t, show(CodeRSAVerify), show(VerifyPKCS1v15(&k.PublicKey, hash, digest, sig)))
			}
		})
	}
}

func TestRSAAgreesWithGo(t *testing.T) {
	for _, name := range []string{testpki.Leaf1024, testpki.Leaf2048, testpki.Leaf3072} {
		std := testpki.Key(t, name)
		k, code := ParsePrivateKey(testpki.KeyDER(t, name))
		require.Equal(t, 0, code)
		require.NotNil(t, k.std)
		plain := *k
		plain.std = nil // arithmetic of our own
		for hash := range digestPrefixes {
			digest := make([]byte, hash.Size())
			_, err := io.ReadFull(seeded(7), digest)
			require.NoError(t, err)
			want, err := rsa.SignPKCS1v15(nil, std, hash, digest)
			require.NoError(t, err)
			for _, key := range []*PrivateKey{k, &plain} {
				got, code := key.SignPKCS1v15(hash, digest)
				require.Equal(t, "0", show(code))
				require.Equal(t, want, got)
			}
		}
		ct, code := EncryptPKCS1v15(seeded(3), &k.PublicKey, []byte("premaster"))
		require.Equal(t, 0, code)
		//lint:ignore SA1019 the operation under test
		msg, err := rsa.DecryptPKCS1v15(nil, std, ct)
		require.NoError(t, err)
		assert.Equal(t, "premaster", string(msg))
		msg, code = plain.DecryptPKCS1v15(ct)
		require.Equal(t, 0, code)
		assert.Equal(t, "premaster", string(msg))
	}
}

func TestEncryptTakesItsPaddingFromTheReader(t *testing.T) {
	k := madeKey(t, 256, 3)
	msg := []byte("12345678901234567890") // leaves 9 bytes of padding
	random := append(make([]byte, 50), 1, 2, 0, 3, 0, 0, 4, 5, 6, 7, 8, 9, 99)
	r := bytes.NewReader(random)
	ct, code := EncryptPKCS1v15(r, &k.PublicKey, msg)
	require.Equal(t, "0", show(code))
	assert.Equal(t, 1, r.Len(), "zeros are skipped, no byte more than needed is read")
	block := k.private(ct)
	assert.Equal(t, append([]byte{0, 2, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0}, msg...), block)

	again, code := EncryptPKCS1v15(bytes.NewReader(random), &k.PublicKey, msg)
	require.Equal(t, 0, code)
	assert.Equal(t, ct, again)
}

func TestEncryptCodes(t *testing.T) {
	k := &madeKey(t, 256, 3).PublicKey
	for _, c := range []struct {
		name   string
		random io.Reader
		n      int
		code   int
	}{
		{"longest message", seeded(1), 21, 0},
		{"message too long", seeded(1), 22, CodeRSABadInput},
		{"random source fails", iotest.ErrReader(errors.New("no")), 5, CodeRSARandom},
		{"random source ends", bytes.NewReader([]byte{1, 2}), 5, CodeRSARandom},
		{"99 zeros", io.MultiReader(bytes.NewReader(make([]byte, 99)), seeded(1)), 5, 0},
		{"100 zeros", io.MultiReader(bytes.NewReader(make([]byte, 100)), seeded(1)), 5, CodeRSARandom},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, code := EncryptPKCS1v15(c.random, k, make([]byte, c.n))
			assert.Equal(t, show(c.code), show(code))
		})
	}
}

func TestDecryptCodes(t *testing.T) {
	for _, k := range []*PrivateKey{madeKey(t, 512, 3), madeKey(t, 1024, 65537)} {
		size := k.Size()
		block := func(head ...byte) []byte {
			b := bytes.Repeat([]byte{7}, size)
			copy(b, head)
			return k.public(b)
		}
		n := k.N.FillBytes(make([]byte, size))
		for _, c := range []struct {
			name string
			ct   []byte
			msg  int
			code int
		}{
			{"short padding", block(0, 2, 1, 0), size - 4, 0}, // crypto/rsa would refuse it
			{"no padding", block(0, 2, 0), size - 3, 0},
			{"no zero", block(0, 2), 0, CodeRSAPadding},
			{"block type 1", block(0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0), 0, CodeRSAPadding},
			{"first byte not zero", block(1, 2, 1, 0), 0, CodeRSAPadding},
			{"too short", make([]byte, size-1), 0, CodeRSABadInput},
			{"too long", make([]byte, size+1), 0, CodeRSABadInput},
			{"the modulus", n, 0, CodeRSAPrivate - 4},
		} {
			t.Run(fmt.Sprintf("%d/%s", size, c.name), func(t *testing.T) {
				require.NotNil(t, c.ct, "the block is below the modulus")
				msg, code := k.DecryptPKCS1v15(c.ct)
				assert.Equal(t, show(c.code), show(code))
				assert.Len(t, msg, c.msg)
			})
		}
	}
}

func TestVerifyPKCS1v15Codes(t *testing.T) {
	k := madeKey(t, 1024, 3)
	size := k.Size()
	digest := bytes.Repeat([]byte{0xD1}, 32)
	info := append([]byte(digestPrefixes[crypto.SHA256]), digest...)
	// sign signs a block that ends with the given bytes behind full padding.
	sign := func(head []byte, content ...byte) []byte {
		b := bytes.Repeat([]byte{0xFF}, size)
		copy(b, head)
		b[size-len(content)-1] = 0
		copy(b[size-len(content):], content)
		return k.private(b)
	}
	change := func(i int, v byte) []byte {
		b := bytes.Clone(info)
		b[i] = v
		return b
	}
	type1 := []byte{0, 1}
	good := sign(type1, info...)
	noPadding := make([]byte, size)
	noPadding[1] = 1
	all := bytes.Repeat([]byte{0xFF}, size)
	copy(all, type1)
	for _, c := range []struct {
		name string
		hash crypto.Hash
		sig  []byte
		code int
	}{
		{"good", crypto.SHA256, good, 0},
		{"surplus behind it", crypto.SHA256, append(bytes.Clone(good), 0), CodeSignatureLength},
		{"cut", crypto.SHA256, good[:size-1], CodeRSAVerify},
		{"not below the modulus", crypto.SHA256, bytes.Repeat([]byte{0xFF}, size), CodeRSAPublic - 4},
		{"damaged", crypto.SHA256, append(bytes.Clone(good[:size-1]), good[size-1]^1), CodeRSAPadding},
		{"block type 2", crypto.SHA256, sign([]byte{0, 2}, info...), CodeRSAPadding},
		{"padding with another byte", crypto.SHA256, sign([]byte{0, 1, 0xFE}, info...), CodeRSAPadding},
		{"padding to the end", crypto.SHA256, k.private(all), CodeRSAPadding},
		{"no padding, no content", crypto.SHA256, k.private(noPadding), CodeRSAVerify},
		{"content empty", crypto.SHA256, sign(type1), CodeRSAVerify},
		{"another hash", crypto.SHA512, good, CodeRSAVerify},
		{"unknown hash", crypto.SHA3_256, good, CodeRSABadInput},
		{"another digest", crypto.SHA256, sign(type1, change(len(info)-1, 0)...), CodeRSAVerify},
		{"outer tag", crypto.SHA256, sign(type1, change(0, 0x31)...), CodeRSAVerify},
		{"outer length", crypto.SHA256, sign(type1, change(1, 0x30)...), CodeRSAVerify},
		{"inner length", crypto.SHA256, sign(type1, change(3, 0x0C)...), CodeRSAVerify},
		{"algorithm id", crypto.SHA256, sign(type1, change(14, 2)...), CodeRSAVerify},
		{"parameters not NULL", crypto.SHA256, sign(type1, change(15, 4)...), CodeRSAVerify},
		{"NULL with content", crypto.SHA256, sign(type1, change(16, 1)...), 0}, // its length is not looked at
		{"digest tag", crypto.SHA256, sign(type1, change(17, 5)...), CodeRSAVerify},
		{"digest length", crypto.SHA256, sign(type1, change(18, 31)...), CodeRSAVerify},
		{"MD5SHA1 expected", crypto.MD5SHA1, good, CodeRSABadInput},
	} {
		t.Run(c.name, func(t *testing.T) {
			assert.Equal(t, show(c.code), show(VerifyPKCS1v15(&k.PublicKey, c.hash, digest, c.sig)))
		})
	}
	t.Run("another key", func(t *testing.T) {
		sig := sign(type1, info...)[:size]
		sig[0] &= 0x7F // surely below the other modulus: otherwise another code
		other := madeKey(t, 1024, 3)
		assert.Equal(t, show(CodeRSAPadding), show(VerifyPKCS1v15(&other.PublicKey, crypto.SHA256, digest, sig)))
	})
	t.Run("MD5SHA1", func(t *testing.T) {
		both := make([]byte, 36)
		sig, code := k.SignPKCS1v15(crypto.MD5SHA1, both)
		require.Equal(t, 0, code)
		assert.Equal(t, 0, VerifyPKCS1v15(&k.PublicKey, crypto.MD5SHA1, both, sig))
		both[0] = 1
		assert.Equal(t, show(CodeRSAVerify), show(VerifyPKCS1v15(&k.PublicKey, crypto.MD5SHA1, both, sig)))
	})
}

func TestSignRefuses(t *testing.T) {
	k := madeKey(t, 512, 3)
	for _, c := range []struct {
		name string
		hash crypto.Hash
		n    int
	}{
		{"a digest of the wrong length", crypto.SHA256, 31},
		{"an unknown hash", crypto.SHA3_256, 32},
		{"SHA-512 with 512 bits", crypto.SHA512, 64},
	} {
		_, code := k.SignPKCS1v15(c.hash, make([]byte, c.n))
		assert.Equal(t, show(CodeRSABadInput), show(code), c.name)
	}
	broken := *k
	broken.DP = new(big.Int).Add(k.DP, big.NewInt(1))
	_, code := broken.SignPKCS1v15(crypto.SHA256, make([]byte, 32))
	assert.Equal(t, show(CodeRSAPrivate), show(code), "a result that does not check")
}
