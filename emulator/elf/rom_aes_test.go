package elf

import (
	"crypto/aes"
	"encoding/binary"
	"math/bits"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A block, encrypted and decrypted by the ROM's tables as a program does it, is that of crypto/aes.
func TestAESTables(t *testing.T) {
	te0, td0, td4s, rcons := aesTables()
	assert.Equal(t, uint32(0xC66363A5), te0[0])
	assert.Equal(t, uint32(0x51F4A750), td0[0])
	assert.Equal(t, [10]byte{1, 2, 4, 8, 16, 32, 64, 128, 0x1B, 0x36}, rcons)

	key := []byte("0123456789abcdef")
	plain := []byte("sixteen bytes...")
	peer, err := aes.NewCipher(key)
	require.NoError(t, err)
	want := make([]byte, 16)
	peer.Encrypt(want, plain)

	s := func(x byte) byte { return byte(te0[x] >> 8) }
	sub := func(w uint32) uint32 {
		return uint32(s(byte(w>>24)))<<24 | uint32(s(byte(w>>16)))<<16 | uint32(s(byte(w>>8)))<<8 | uint32(s(byte(w)))
	}
	var w [44]uint32
	for i := range w {
		switch {
		case i < 4:
			w[i] = binary.BigEndian.Uint32(key[4*i:])
		case i%4 == 0:
			w[i] = w[i-4] ^ sub(bits.RotateLeft32(w[i-1], 8)) ^ uint32(rcons[i/4-1])<<24
		default:
			w[i] = w[i-4] ^ w[i-1]
		}
	}
	var a [4]uint32
	for i := range a {
		a[i] = binary.BigEndian.Uint32(plain[4*i:]) ^ w[i]
	}
	at := func(a [4]uint32, i, step int) (b [4]byte) {
		for k := range b {
			b[k] = byte(a[(i+k*step)&3] >> (24 - 8*k))
		}
		return b
	}
	for round := 1; round < 10; round++ {
		var n [4]uint32
		for i := range n {
			b := at(a, i, 1)
			n[i] = w[4*round+i]
			for k := range b {
				n[i] ^= bits.RotateLeft32(te0[b[k]], -8*k)
			}
		}
		a = n
	}
	got := make([]byte, 0, 16)
	for i := range a {
		b := at(a, i, 1)
		got = binary.BigEndian.AppendUint32(got, w[40+i]^sub(uint32(b[0])<<24|uint32(b[1])<<16|uint32(b[2])<<8|uint32(b[3])))
	}
	assert.Equal(t, want, got)

	mix := func(w uint32) (n uint32) { // the way back over a word of the key
		for k := range 4 {
			n ^= bits.RotateLeft32(td0[s(byte(w>>(24-8*k)))], -8*k)
		}
		return n
	}
	for i := range a {
		a[i] = binary.BigEndian.Uint32(want[4*i:]) ^ w[40+i]
	}
	for round := 9; round > 0; round-- {
		var n [4]uint32
		for i := range n {
			b := at(a, i, 3)
			n[i] = mix(w[4*round+i])
			for k := range b {
				n[i] ^= bits.RotateLeft32(td0[b[k]], -8*k)
			}
		}
		a = n
	}
	got = got[:0]
	for i := range a {
		b := at(a, i, 3)
		got = binary.BigEndian.AppendUint32(got, w[i]^
			(uint32(td4s[b[0]])<<24|uint32(td4s[b[1]])<<16|uint32(td4s[b[2]])<<8|uint32(td4s[b[3]])))
	}
	assert.Equal(t, plain, got)
}
