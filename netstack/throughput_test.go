package netstack

import (
	"bytes"
	"fmt"
	"net/netip"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/netstack/internal/wire"
)

// throughput moves size bytes from a host to a stack, or from the stack to a host, over a link that loses, in simulated time, and returns
// how long it took until the last byte arrived.
func throughput(t *testing.T, p Profile, up bool, loss float64, latency time.Duration, size int, seed uint64) time.Duration {
	m := newSim(t)
	m.check = false
	m.latency = latency
	a := m.stack("device", p, "10.0.0.2/16")
	b := m.stack("host", HostProfile(), "10.0.0.3/16")
	draw, frames := newDraws(seed), uint64(0)
	m.lose = func(f []byte) bool {
		frames++
		return wire.IsIPv4(f) && draw.unit(frames) < loss // the neighbours are known as after a while of use
	}
	data := ramp(size)
	sender, receiver := b, a
	if up {
		sender, receiver = a, b
	}
	in, out := &app{}, newPump(data, 1460, false)
	_, err := receiver.s.Listen(netip.Addr{}, 80, func(*TCB) Handler { return in })
	require.NoError(t, err)
	start, end := m.now, m.now
	in.onRecv = func(*TCB, []byte) { end = m.now }
	require.NoError(t, sender.s.NewTCB(out).Connect(netip.AddrPortFrom(receiver.i.Addr().Addr(), 80)))
	for len(in.got) < size {
		require.Less(t, m.now.Sub(start), 24*time.Hour, "%d of %d bytes", len(in.got), size)
		require.NoError(t, out.err)
		m.run(time.Second)
	}
	require.True(t, bytes.Equal(data, in.got))
	return end.Sub(start)
}

// draws is a random source of numbered values: SplitMix64's finaliser.
type draws uint64

func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

func newDraws(seed uint64) draws {
	x := mix(seed)
	for range 4 {
		x = mix(x)
	}
	return draws(x)
}

// unit returns draw i in [0,1).
func (d draws) unit(i uint64) float64 {
	return float64(mix(uint64(d)+i*0x9e3779b97f4a7c15)>>11) / (1 << 53)
}

// TestThroughputTable compares loss x latency x window -> virtual throughput with the table kept in testdata, which guards against changes
// that nobody meant: everything in it follows from the profiles and a fixed seed.
func TestThroughputTable(t *testing.T) {
	var table strings.Builder
	table.WriteString("# bytes/s of 200,000 bytes between a stack and a host (HostProfile), in virtual time, three runs. " +
		"latency: one way. Regenerate: go test ./netstack -run Throughput -update\n")
	fmt.Fprintf(&table, "%-22s %-5s %6s", "receiver or sender", "dir", "loss")
	latencies := []time.Duration{time.Millisecond, 10 * time.Millisecond, 50 * time.Millisecond, 200 * time.Millisecond}
	for _, l := range latencies {
		fmt.Fprintf(&table, " %10v", l)
	}
	table.WriteByte('\n')
	type stack struct {
		name string
		p    Profile
	}
	var stacks []stack
	for _, window := range []int{1460, 2920, 5840, 11680} {
		p := DeviceProfile()
		p.Window, p.WindowUpdate = window, window/4
		stacks = append(stacks, stack{fmt.Sprintf("device, window %d", window), p})
	}
	stacks = append(stacks, stack{"device 536", DeviceProfile536()}, stack{"host, window 65535", HostProfile()})
	for _, s := range stacks {
		for _, up := range []bool{false, true} {
			if up && s.p.SlowTick > 0 && s.p.Window != DeviceProfile().Window && s.p.MSS == 1460 {
				continue // its own window does not matter when it sends
			}
			for _, loss := range []float64{0, 0.01, 0.05, 0.1} {
				fmt.Fprintf(&table, "%-22s %-5s %5.1f%%", s.name, map[bool]string{false: "in", true: "out"}[up], loss*100)
				for _, latency := range latencies {
					const size, runs = 200_000, 3
					var took time.Duration
					for seed := range uint64(runs) {
						took += throughput(t, s.p, up, loss, latency, size, seed)
					}
					fmt.Fprintf(&table, " %10d", int(runs*size/took.Seconds()))
				}
				table.WriteByte('\n')
			}
		}
	}
	golden(t, filepath.Join("testdata", "throughput.txt"), table.String())
}
