package vnet

import (
	"time"

	"github.com/emu8266/emu8266/netstack/internal/wire"
)

// Values that a zero field of Faults stands for.
const (
	// DefaultLatency is the delay of a link. Choice: a quiet WLAN's round trip is 2 ms.
	DefaultLatency = time.Millisecond
	// DefaultBandwidth is the rate of a port in bit/s. Choice: about what the chip moves at best over its radio.
	DefaultBandwidth = 20_000_000
	// DefaultQueue is the number of frames that may wait at a port. Choice: 2.5 s of full frames, so that only a flood is lost.
	DefaultQueue = 4096
)

// minLatency keeps a frame from arriving in the instant in which it was sent.
const minLatency = time.Microsecond

// Faults describes one direction of a link. The zero value is a good link: 1 ms, 20 Mbit/s, nothing lost. Probabilities lie in 0..1; values
// outside count as the nearer end. Faults is plain data and may be copied.
//
// Each frame has its own random values, drawn from the seed, the frame's flow, its number in the flow and its receiver; so the same seed
// gives the same faults, and switching one on does not shift the others.
type Faults struct {
	Latency   time.Duration // from the end of sending to arrival. 0: DefaultLatency; anything below 1 µs counts as 1 µs
	Jitter    time.Duration // up to this much more, evenly distributed; frames of one flow keep their order
	Loss      float64       // probability that a frame is lost
	Duplicate float64       // probability that a frame arrives twice, the second up to one latency later
	Reorder   float64       // probability that a frame is held back by one to two latencies more, so that later ones overtake it
	Corrupt   float64       // probability that one bit behind the Ethernet header is inverted; a frame that is not IPv4 is lost instead
	Bandwidth int64         // bit/s of the sending port, which sends one frame after the other. 0: DefaultBandwidth, negative: no limit
	Queue     int           // frames that may wait at the sending port, more are lost. 0: DefaultQueue, negative: no limit

	// Filter, if not nil, is asked about each frame before the other faults. It is called with the network's lock held and must not
	// call into the network. IdleTimeout, CutAfter and MaxPacket are ready-made ones.
	Filter func(Frame) Verdict
}

// Frame is what a Filter sees. Data is lent for the call and must not be changed.
type Frame struct {
	From, To string // names of the sending and the receiving port
	Time     time.Time
	Data     []byte // from the destination address on, without check sequence
}

// Verdict is a Filter's answer.
type Verdict int

// What a Filter may answer.
const (
	Pass  Verdict = iota // the frame goes on to the other faults
	Drop                 // the frame is lost
	Reset                // the frame is lost, and if it is a TCP segment, its sender gets an RST in the receiver's name one latency later
)

func (f *Faults) latency() int64 {
	switch {
	case f.Latency == 0:
		return int64(DefaultLatency)
	case f.Latency < minLatency:
		return int64(minLatency)
	}
	return int64(f.Latency)
}

// wireTime is how long n bytes take at f's bandwidth, in nanoseconds.
func (f *Faults) wireTime(n int) int64 {
	rate := f.Bandwidth
	switch {
	case rate < 0:
		return 0
	case rate == 0:
		rate = DefaultBandwidth
	}
	return int64(n) * 8 * int64(time.Second) / rate
}

func (f *Faults) queue() int {
	switch {
	case f.Queue < 0:
		return int(^uint(0) >> 1)
	case f.Queue == 0:
		return DefaultQueue
	}
	return f.Queue
}

// Numbers of the draws of a frame.
const (
	drawLoss = iota
	drawJitter
	drawDuplicate
	drawDuplicateDelay
	drawReorder
	drawReorderDelay
	drawCorrupt
	drawCorruptBit
)

// fate is what becomes of one frame on its way to one receiver.
type fate struct {
	lost       string // why it does not arrive, "" if it does
	delay      int64  // nanoseconds after it left the sending port
	late       bool   // held back: later frames may overtake it
	twice      bool
	twiceDelay int64 // the second copy's delay
	corruptBit int   // number of the inverted bit, counted from the frame's start; -1: none
}

// calm says that a link only delays.
func (f *Faults) calm() bool {
	return f.Loss <= 0 && f.Jitter <= 0 && f.Duplicate <= 0 && f.Reorder <= 0 && f.Corrupt <= 0 && f.Filter == nil
}

// decide draws the fate of a frame. Draws have numbers, so those that a fault needs do not depend on which others are on.
func (f *Faults) decide(d draws, data []byte) fate {
	latency := f.latency()
	r := fate{corruptBit: -1, delay: latency}
	if f.Loss > 0 && d.unit(drawLoss) < f.Loss {
		r.lost = "lost"
	}
	if f.Jitter > 0 {
		r.delay += int64(d.unit(drawJitter) * float64(f.Jitter))
	}
	if f.Duplicate > 0 && d.unit(drawDuplicate) < f.Duplicate {
		r.twice = true
		r.twiceDelay = r.delay + int64(d.unit(drawDuplicateDelay)*float64(latency))
	}
	if f.Reorder > 0 && d.unit(drawReorder) < f.Reorder {
		r.late = true
		r.delay += latency + int64(d.unit(drawReorderDelay)*float64(latency))
	}
	if f.Corrupt > 0 && d.unit(drawCorrupt) < f.Corrupt {
		bits := (len(data) - wire.EthernetLen) * 8
		if !wire.IsIPv4(data) {
			r.lost = "corrupted"
		} else {
			r.corruptBit = wire.EthernetLen*8 + int(d.unit(drawCorruptBit)*float64(bits))
		}
	}
	return r
}
