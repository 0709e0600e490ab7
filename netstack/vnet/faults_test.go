package vnet

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/bits"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/netstack/internal/wire"
)

// flood sends count frames from a to b, one every 10 ms, and returns what arrived.
func floodFaults(t *testing.T, seed uint64, f Faults, count int) (numbers []byte, stats Stats, frames [][]byte) {
	synctest.Test(t, func(t *testing.T) {
		n := New(Options{Seed: seed})
		defer n.Close()
		a, b := attachProbe(n, "a", 1), attachProbe(n, "b", 2)
		n.SetFaults("a", "b", f)
		for i := range count {
			frame := a.raw(b.mac, byte(i), 60)
			binary.BigEndian.PutUint16(frame[12:], wire.EtherTypeIPv4)
			a.Send(frame)
			time.Sleep(10 * time.Millisecond)
		}
		time.Sleep(time.Minute)
		numbers, stats = b.got(), n.Stats()
		b.mu.Lock()
		frames = b.frames
		b.mu.Unlock()
	})
	return numbers, stats, frames
}

func TestFaultsDrawIndependently(t *testing.T) {
	clean, stats, _ := floodFaults(t, 7, unlimited, 200)
	require.Len(t, clean, 200)
	assert.Equal(t, Stats{Frames: 200, Bytes: 12000, Delivered: 200}, stats)

	lossy, stats, _ := floodFaults(t, 7, Faults{Loss: 0.2}, 200)
	assert.InDelta(t, 160, len(lossy), 20)
	assert.Equal(t, uint64(200-len(lossy)), stats.Lost)

	both, _, _ := floodFaults(t, 7, Faults{Loss: 0.2, Jitter: time.Millisecond, Duplicate: 0.1, Corrupt: 0.01}, 200)
	lost := func(got []byte) (missing []int) {
		for i := range 200 {
			if !bytes.Contains(got, []byte{byte(i)}) {
				missing = append(missing, i)
			}
		}
		return missing
	}
	assert.Subset(t, lost(both), lost(lossy), "other faults do not shift the losses")

	other, _, _ := floodFaults(t, 8, Faults{Loss: 0.2}, 200)
	assert.NotEqual(t, lost(lossy), lost(other), "another seed")
}

func TestEachFault(t *testing.T) {
	none, stats, _ := floodFaults(t, 1, Faults{Loss: 1}, 20)
	assert.Empty(t, none)
	assert.Equal(t, uint64(20), stats.Lost)

	twice, stats, _ := floodFaults(t, 1, Faults{Duplicate: 1}, 20)
	assert.Len(t, twice, 40)
	assert.Equal(t, uint64(20), stats.Duplicated)

	mixed, stats, _ := floodFaults(t, 1, Faults{Reorder: 0.3, Latency: 20 * time.Millisecond}, 100)
	assert.Len(t, mixed, 100)
	assert.Positive(t, stats.Reordered)
	assert.False(t, ascending(mixed))

	jittery, _, _ := floodFaults(t, 1, Faults{Jitter: 100 * time.Millisecond}, 100)
	assert.Len(t, jittery, 100)
	assert.True(t, ascending(jittery), "jitter keeps a flow's order")

	_, stats, frames := floodFaults(t, 1, Faults{Corrupt: 1}, 50)
	assert.Equal(t, uint64(50), stats.Corrupted)
	for i, f := range frames {
		changed := 0
		for k := 15; k < len(f); k++ {
			changed += bits.OnesCount8(f[k])
		}
		changed += bits.OnesCount8(f[14] ^ byte(i))
		assert.Equal(t, 1, changed, "one bit of frame %d", i)
		assert.Equal(t, []byte{2, 0, 10, 0, 0, 2}, f[:6])
	}

	odd := Faults{Filter: func(f Frame) Verdict {
		if f.From == "a" && f.To == "b" && f.Data[14]%2 == 1 {
			return Drop
		}
		return Pass
	}}
	even, stats, _ := floodFaults(t, 1, odd, 10)
	assert.Equal(t, []byte{0, 2, 4, 6, 8}, even)
	assert.Equal(t, uint64(5), stats.Filtered)
}

func ascending(b []byte) bool {
	for i := 1; i < len(b); i++ {
		if b[i] < b[i-1] {
			return false
		}
	}
	return true
}

func TestCorruptFramesWithoutChecksumAreLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := New(Options{Faults: Faults{Corrupt: 1}})
		defer n.Close()
		a, b := attachProbe(n, "a", 1), attachProbe(n, "b", 2)
		a.Send(a.raw(b.mac, 1, 60))
		time.Sleep(time.Second)
		assert.Empty(t, b.got())
		assert.Equal(t, uint64(1), n.Stats().Lost)
	})
}

func TestQueueOfASendingPortIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := New(Options{Faults: Faults{Bandwidth: 8000, Queue: 3}}) // 1,000 bytes a second
		defer n.Close()
		a, b := attachProbe(n, "a", 1), attachProbe(n, "b", 2)
		for i := range 5 {
			a.Send(a.raw(b.mac, byte(i), 1000))
		}
		time.Sleep(1500 * time.Millisecond) // the first is gone
		a.Send(a.raw(b.mac, 5, 1000))
		a.Send(a.raw(b.mac, 6, 1000))
		time.Sleep(time.Minute)
		assert.Equal(t, []byte{0, 1, 2, 5}, b.got())
		assert.Equal(t, uint64(3), n.Stats().QueueFull)
	})
}

func TestMostExactFaultsCount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := New(Options{})
		defer n.Close()
		a, b, c := attachProbe(n, "a", 1), attachProbe(n, "b", 2), attachProbe(n, "c", 3)
		set := func(from, to string, ms int) {
			n.SetFaults(from, to, Faults{Latency: time.Duration(ms) * time.Millisecond, Bandwidth: -1})
		}
		set("", "", 2)
		set("", "b", 3)
		set("a", "", 4)
		set("a", "b", 5)
		c.Send(c.raw(broadcastMAC, 1, 60)) // to a: any, to b: the receiver's
		a.Send(a.raw(broadcastMAC, 2, 60)) // to b: both, to c: the sender's
		time.Sleep(time.Second)
		assert.Equal(t, []string{"2ms frame 1", "2ms wake"}, a.lines())
		assert.Equal(t, []string{"3ms frame 1", "3ms wake", "5ms frame 2", "5ms wake"}, b.lines())
		assert.Equal(t, []string{"4ms frame 2", "4ms wake"}, c.lines())
	})
}

func TestPartitionAndHeal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := New(Options{})
		defer n.Close()
		var ports []*probe
		for i, name := range []string{"a", "b", "c", "d", "e"} {
			ports = append(ports, attachProbe(n, name, byte(i+1)))
		}
		send := func() {
			ports[0].Send(ports[0].raw(broadcastMAC, 1, 60))
			ports[3].Send(ports[3].raw(broadcastMAC, 4, 60))
			time.Sleep(time.Second)
		}
		n.Partition([]string{"a", "b"}, []string{"c"})
		send()
		got := func() (s []string) {
			for _, p := range ports {
				numbers := p.got()
				slices.Sort(numbers) // who comes first at one instant is fixed, but not by the names
				s = append(s, fmt.Sprint(numbers))
			}
			return s
		}
		assert.Equal(t, []string{"[]", "[1]", "[]", "[]", "[4]"}, got(), "d and e form a group of their own")
		assert.Equal(t, uint64(6), n.Stats().Partitioned)
		n.Heal()
		send()
		assert.Equal(t, []string{"[4]", "[1 1 4]", "[1 4]", "[1]", "[1 4 4]"}, got())
	})
}

func TestFlowsAreForgottenWhenIdle(t *testing.T) {
	var table flowTable
	table.init()
	minute := int64(time.Minute)
	for i := range 100 {
		table.use(flowKey{rest: uint64(i)}, int64(i)*minute)
	}
	assert.Less(t, len(table.byKey), 10)
	f := table.use(flowKey{rest: 99}, 99*minute)
	f.seq = 7
	assert.Equal(t, uint64(7), table.use(flowKey{rest: 99}, 104*minute).seq)
}

func FuzzFlowOf(f *testing.F) {
	f.Add([]byte{})
	f.Add(make([]byte, 54))
	f.Fuzz(func(t *testing.T, data []byte) {
		if a, b := flowOf(1, data), flowOf(2, data); a.addrs != b.addrs || a.rest != b.rest || a == b {
			t.Fatal("flow depends on more than port and frame")
		}
	})
}
