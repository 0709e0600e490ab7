package soc

import (
	"encoding/binary"
	"math/rand/v2"
)

// rtcMemory is the memory that keeps what is in it through resets and deep sleep. Few devices ever look into it, so its kilobyte is made
// when the first one does.
type rtcMemory struct {
	seed, cut uint64    // of the garbage that is in it when the power comes
	told      [7]uint32 // what the last boot has left in blocks 0 to 6, as long as there is no data
	booted    bool      // there was one
	data      []byte
}

// boot leaves what a boot is told in blocks 0 to 6.
func (r *rtcMemory) boot(told [7]uint32) {
	r.told, r.booted = told, true
	if r.data != nil {
		r.tell()
	}
}

func (r *rtcMemory) tell() {
	for i, v := range r.told {
		binary.LittleEndian.PutUint32(r.data[rtcBefore+rtcBlock*i:], v)
	}
}

// bytes returns the memory, from rtcBefore bytes below block 0 on.
func (r *rtcMemory) bytes() []byte {
	if r.data != nil {
		return r.data
	}
	r.data = make([]byte, rtcBefore+rtcSize)
	g := rand.New(rand.NewPCG(r.seed, r.cut))
	for i := 0; i < len(r.data); i += 8 {
		binary.LittleEndian.PutUint64(r.data[i:], g.Uint64())
	}
	if r.booted {
		r.tell()
	}
	return r.data
}
