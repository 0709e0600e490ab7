package vnet

// mix is the finaliser of SplitMix64: every bit of the result depends on every bit of x.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// draws is the random source of one frame on its way to one receiver: value i depends only on the seed, the flow, the frame's number in
// it, the receiver and i. So every frame has its own fixed draws, and switching one fault on does not shift the others.
type draws uint64

func newDraws(seed uint64, key flowKey, seq uint64) draws {
	x := mix(seed)
	for _, v := range [...]uint64{key.port, key.addrs, key.rest, seq} {
		x = mix(x ^ v)
	}
	return draws(x)
}

// to turns the draws of a frame into those of its way to one receiver.
func (d draws) to(receiver uint64) draws { return draws(mix(uint64(d) ^ receiver)) }

func (d draws) uint64(i uint64) uint64 { return mix(uint64(d) + i*0x9e3779b97f4a7c15) }

// unit returns draw i in [0,1).
func (d draws) unit(i uint64) float64 { return float64(d.uint64(i)>>11) / (1 << 53) }
