package cabi

import (
	"crypto/md5"
	"crypto/sha1"
	"encoding"
	"encoding/binary"
	"hash"
)

// hashFunctions are the hashes of the chip's ROM.
var hashFunctions = map[string]Function{
	"MD5Init":    {"p", hashInit(md5Context)},
	"MD5Update":  {"ppi", hashUpdate(md5Context)},
	"MD5Final":   {"pp", hashFinal(md5Context)},
	"SHA1Init":   {"p", hashInit(sha1Context)},
	"SHA1Update": {"ppi", hashUpdate(sha1Context)},
	"SHA1Final":  {"pp", hashFinal(sha1Context)},
}

// hashContext is the layout of a context of the ROM's hashes: state, length in bits as two words, the block begun.
type hashContext struct {
	words uint32 // of the state
	magic string // Go's mark of the state
	new   func() hash.Hash
}

var (
	md5Context  = hashContext{4, "md5\x01", md5.New}
	sha1Context = hashContext{5, "sha\x01", sha1.New}
)

const hashBlock = 64

func (c hashContext) size() uint32 { return 4*c.words + 8 + hashBlock }

// load makes Go's hash of a context in guest memory.
func (c hashContext) load(b []byte) hash.Hash {
	state := []byte(c.magic)
	for i := range c.words {
		state = binary.BigEndian.AppendUint32(state, order.Uint32(b[4*i:]))
	}
	count := b[4*c.words:]
	length := (uint64(order.Uint32(count[4:]))<<32 | uint64(order.Uint32(count))) / 8
	state = append(state, b[4*c.words+8:]...)
	state = binary.BigEndian.AppendUint64(state, length)
	h := c.new()
	if err := h.(encoding.BinaryUnmarshaler).UnmarshalBinary(state); err != nil {
		return c.new() // cannot happen: the length is right
	}
	return h
}

// store writes a context into guest memory.
func (c hashContext) store(b []byte, h hash.Hash) {
	state, err := h.(encoding.BinaryMarshaler).MarshalBinary()
	if err != nil {
		return // cannot happen
	}
	state = state[len(c.magic):]
	for i := range c.words {
		order.PutUint32(b[4*i:], binary.BigEndian.Uint32(state[4*i:]))
	}
	length := binary.BigEndian.Uint64(state[4*c.words+hashBlock:]) * 8
	order.PutUint32(b[4*c.words:], uint32(length))
	order.PutUint32(b[4*c.words+4:], uint32(length>>32))
	copy(b[4*c.words+8:], state[4*c.words:4*c.words+hashBlock])
}

func hashInit(c hashContext) func(*SDK, *Args) uint32 {
	return func(s *SDK, a *Args) uint32 {
		c.store(s.write(a.u32(0), c.size()), c.new())
		return 0
	}
}

func hashUpdate(c hashContext) func(*SDK, *Args) uint32 {
	return func(s *SDK, a *Args) uint32 {
		b, data := s.write(a.u32(0), c.size()), s.read(a.u32(1), a.u32(2))
		s.burn(uint64(len(data)) * byteCycles)
		h := c.load(b)
		_, _ = h.Write(data) // a hash never fails
		c.store(b, h)
		return 0
	}
}

func hashFinal(c hashContext) func(*SDK, *Args) uint32 {
	return func(s *SDK, a *Args) uint32 {
		h := c.load(s.read(a.u32(1), c.size()))
		copy(s.write(a.u32(0), uint32(h.Size())), h.Sum(nil))
		return 0
	}
}
