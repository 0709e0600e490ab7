package vnet

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/emu8266/emu8266/netstack"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// probe is a port that notes what reaches it.
type probe struct {
	*Port
	mac    netstack.MAC
	mu     sync.Mutex
	frames [][]byte
	times  []time.Duration
	log    []string
	start  time.Time
}

func attachProbe(n *Network, name string, number byte) *probe {
	p := &probe{mac: netstack.MAC{2, 0, 10, 0, 0, number}, start: time.Now()}
	p.Port = n.Attach(name, func(frame []byte) {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.frames = append(p.frames, bytes.Clone(frame))
		p.times = append(p.times, time.Since(p.start))
		p.log = append(p.log, fmt.Sprintf("%v frame %d", time.Since(p.start), frame[14]))
	}, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.log = append(p.log, fmt.Sprintf("%v wake", time.Since(p.start)))
	})
	return p
}

// raw builds a frame of an EtherType that nobody knows.
func (p *probe) raw(to netstack.MAC, n byte, size int) []byte {
	frame := make([]byte, max(size, 15))
	copy(frame, to[:])
	copy(frame[6:], p.mac[:])
	binary.BigEndian.PutUint16(frame[12:], 0x88b5)
	frame[14] = n
	return frame
}

// lines returns the log so far and begins a new one.
func (p *probe) lines() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	log := p.log
	p.log = nil
	return log
}

func (p *probe) arrivals() []time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.times)
}

func (p *probe) got() (numbers []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, f := range p.frames {
		numbers = append(numbers, f[14])
	}
	return numbers
}

// unlimited is a link without serialisation delay.
var unlimited = Faults{Bandwidth: -1}

func TestSwitchLearnsAddressesAndFloodsUnknownOnes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := New(Options{Faults: unlimited})
		defer n.Close()
		a, b, c := attachProbe(n, "a", 1), attachProbe(n, "b", 2), attachProbe(n, "c", 3)
		a.Send(a.raw(b.mac, 1, 60)) // nobody knows b
		time.Sleep(time.Second)
		b.Send(b.raw(a.mac, 2, 60))
		time.Sleep(time.Second)
		a.Send(a.raw(b.mac, 3, 60))
		time.Sleep(time.Second)
		a.Send(a.raw(broadcastMAC, 4, 60))
		time.Sleep(time.Second)
		a.Send(a.raw(a.mac, 5, 60))
		time.Sleep(time.Second)
		assert.Equal(t, []byte{2}, a.got())
		assert.Equal(t, []byte{1, 3, 4}, b.got())
		assert.Equal(t, []byte{1, 4}, c.got(), "flooded and broadcast frames only")
		b.Close()
		a.Send(a.raw(b.mac, 6, 60))
		time.Sleep(time.Second)
		assert.Equal(t, []byte{1, 4, 6}, c.got(), "b is forgotten with its port")
		assert.Equal(t, []byte{1, 3, 4}, b.got())
		assert.Equal(t, Stats{Frames: 6, Bytes: 360, Delivered: 7}, n.Stats())
	})
}

func TestDefaultLinkDelaysAndSerialises(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := New(Options{})
		defer n.Close()
		a, b := attachProbe(n, "a", 1), attachProbe(n, "b", 2)
		for i := range 3 {
			a.Send(a.raw(b.mac, byte(i), 1250)) // 10,000 bits: 500 µs at 20 Mbit/s
		}
		time.Sleep(time.Second)
		assert.Equal(t, []time.Duration{1500 * time.Microsecond, 2 * time.Millisecond, 2500 * time.Microsecond}, b.arrivals())
		a.Send(a.raw(b.mac, 9, 1250))
		time.Sleep(time.Second)
		assert.Equal(t, time.Second+1500*time.Microsecond, b.arrivals()[3], "an idle port sends at once")
	})
}

func TestFramesOfAnInstantComeBeforeAlarmAndWake(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := New(Options{Faults: unlimited})
		defer n.Close()
		a, b, c := attachProbe(n, "a", 1), attachProbe(n, "b", 2), attachProbe(n, "c", 3)
		start := time.Now()
		b.Alarm(start.Add(time.Millisecond)) // when the frames arrive
		c.Send(c.raw(b.mac, 3, 60))
		a.Send(a.raw(b.mac, 1, 60))
		a.Send(a.raw(b.mac, 2, 60))
		time.Sleep(time.Second)
		log := b.lines()
		require.Len(t, log, 4)
		assert.ElementsMatch(t, []string{"1ms frame 1", "1ms frame 2", "1ms frame 3"}, log[:3])
		assert.Equal(t, "1ms wake", log[3], "once for frames and alarm")

		b.Alarm(start.Add(3 * time.Second))
		b.Alarm(start.Add(2 * time.Second)) // replaces the former
		time.Sleep(5 * time.Second)
		b.Alarm(start) // long past: at once
		synctest.Wait()
		time.Sleep(time.Nanosecond)
		b.Alarm(start.Add(time.Hour))
		b.Alarm(time.Time{})
		time.Sleep(2 * time.Hour)
		assert.Equal(t, []string{"2s wake", "6s wake"}, b.lines())
		c.Alarm(time.Now().Add(time.Second))
		c.Close()
		c.Alarm(time.Now().Add(time.Second))
		time.Sleep(time.Minute)
		assert.Equal(t, []string{"1ms frame 1", "1ms frame 2", "1ms wake"}, c.lines(), "flooded frames only")
	})
}

func TestWokenDeviceSeesAllFramesOfTheInstant(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := New(Options{Faults: unlimited})
		defer n.Close()
		var mu sync.Mutex
		ring, seen := 0, []int(nil)
		wake := make(chan struct{}, 1)
		device := n.Attach("device", func([]byte) { mu.Lock(); ring++; mu.Unlock() }, func() {
			select {
			case wake <- struct{}{}:
			default:
			}
		})
		done := make(chan struct{})
		go func() {
			defer close(done)
			for range 2 {
				<-wake
				mu.Lock()
				seen = append(seen, ring)
				mu.Unlock()
			}
		}()
		for i := range 50 {
			p := attachProbe(n, fmt.Sprint("sender", i), byte(i+1))
			go p.Send(p.raw(broadcastMAC, 1, 60))
		}
		time.Sleep(time.Second)
		device.Alarm(time.Now())
		<-done
		assert.Equal(t, []int{50, 50}, seen)
	})
}

func TestInvalidFramesAreCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := New(Options{})
		a := attachProbe(n, "a", 1)
		a.Send(nil)
		a.Send(make([]byte, 13))
		a.Send(make([]byte, MaxFrame+1))
		a.Send(make([]byte, MaxFrame))
		time.Sleep(time.Second)
		assert.Equal(t, Stats{Frames: 1, Bytes: MaxFrame, Invalid: 3}, n.Stats())
		require.NoError(t, n.Close())
		require.NoError(t, n.Close(), "again")
		a.Send(make([]byte, 60))
		a.Alarm(time.Now())
		a.Close()
		assert.Equal(t, uint64(1), n.Stats().Frames)
		late := n.Attach("late", nil, nil)
		late.Send(make([]byte, 60))
		_, err := n.Capture(&bytes.Buffer{})
		require.Error(t, err)
	})
}

func TestPortNamesAreMadeUnique(t *testing.T) {
	n := New(Options{})
	defer n.Close()
	assert.Equal(t, "x", n.Attach("x", nil, nil).Name())
	assert.Equal(t, "x#2", n.Attach("x", nil, nil).Name())
	assert.Equal(t, "x#3", n.Attach("x", nil, nil).Name())
	assert.Equal(t, "port", n.Attach("", nil, nil).Name())
}

func TestEventHeapKeepsTheOrder(t *testing.T) {
	var h eventHeap
	random := rand.New(rand.NewPCG(1, 2))
	var all []*event
	for range 2000 {
		e := &event{at: random.Int64N(20), phase: phase(random.IntN(5)), seq: random.Uint64N(4), flow: flowKey{port: random.Uint64N(3)},
			to: random.Uint64N(2)}
		all = append(all, e)
		h.push(e)
		if random.IntN(3) == 0 {
			gone := all[random.IntN(len(all))]
			h.remove(gone)
			assert.Equal(t, -1, gone.index)
			h.remove(gone) // harmless
		}
	}
	var last *event
	for h.top() != nil {
		e := h.pop()
		if last != nil {
			require.False(t, e.before(last))
		}
		last = e
	}
}

// A burst of frames leaves no more behind than a network keeps for the next.
func TestNetworkKeepsFewFrames(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := New(Options{Faults: Faults{Bandwidth: -1, Queue: -1}})
		a, z := attachProbe(n, "a", 1), attachProbe(n, "z", 2)
		for range 10 * maxFree {
			a.Send(a.raw(netstack.MAC{255, 255, 255, 255, 255, 255}, 1, 1514))
		}
		time.Sleep(time.Second)
		synctest.Wait() // what came can be read
		assert.Len(t, z.frames, 10*maxFree)
		n.mu.Lock()
		assert.Len(t, n.freeFrames, maxFree)
		assert.LessOrEqual(t, len(n.freeEvents), maxFree)
		n.mu.Unlock()
		require.NoError(t, n.Close())
	})
}
