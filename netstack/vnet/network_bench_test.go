package vnet

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"net/netip"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/netstack"
)

// What a frame costs from Send to the receiver, without a stack.
func BenchmarkSwitch(b *testing.B) {
	n := New(Options{Faults: Faults{Latency: 1, Bandwidth: -1, Queue: -1}})
	defer n.Close()
	a := attachProbe(n, "a", 1)
	z := n.Attach("z", func([]byte) {}, func() {})
	frame := a.raw(netstack.MAC{2, 0, 10, 0, 0, 2}, 1, 1514)
	answer := bytes.Clone(frame)
	copy(answer[6:], frame[:6])
	z.Send(answer)
	b.ReportAllocs()
	b.SetBytes(1514)
	for b.Loop() {
		a.Send(frame)
		n.Stats()
	}
}

// One connection between two hosts, in real time over a link that costs nothing.
func BenchmarkHostBulk(b *testing.B) {
	n := New(Options{Faults: fast})
	defer n.Close()
	h, peer := n.Host("a", netip.Addr{}), n.Host("b", netip.Addr{})
	l, err := peer.Listen("tcp", ":7")
	require.NoError(b, err)
	go func() {
		c, err := l.Accept()
		if err == nil {
			_, _ = io.Copy(io.Discard, c)
		}
	}()
	c, err := h.Dial("tcp", "b:7")
	require.NoError(b, err)
	_ = c.(*Conn).SetWriteBuffer(1 << 20)
	chunk := make([]byte, 64<<10)
	b.ReportAllocs()
	b.SetBytes(int64(len(chunk)))
	for b.Loop() {
		if _, err := c.Write(chunk); err != nil {
			b.Fatal(err)
		}
	}
}

// Connect, one byte, close; each connection's packets one after the other.
func BenchmarkHostConnect(b *testing.B) {
	n := New(Options{Faults: fast})
	defer n.Close()
	h, peer := n.Host("a", netip.Addr{}), n.Host("b", netip.Addr{})
	l, err := peer.Listen("tcp", ":7")
	require.NoError(b, err)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = io.ReadAll(c)
			_ = c.Close()
		}
	}()
	b.ReportAllocs()
	for i := 1; b.Loop(); i++ {
		if i%10_000 == 0 { // a new client: this one's ports are in TIME_WAIT
			h.Close()
			h = n.Host("a", netip.Addr{})
		}
		c, err := h.Dial("tcp", "b:7")
		if err != nil {
			b.Fatal(err)
		}
		_, _ = c.Write([]byte("x"))
		_ = c.(*Conn).CloseWrite()
		_, _ = io.ReadAll(c)
		_ = c.Close()
	}
}

// fleet has devices connect to one echo server and send every ten seconds for ten minutes; it returns a digest of all frames. They are
// switched on and connect one after the other, apart from each other by apart.
func fleet(t *testing.T, devices int, apart time.Duration) (digest string, stats Stats) {
	return fleetOver(t, Faults{Latency: 5 * time.Millisecond, Loss: 0.01, Bandwidth: -1}, devices, apart)
}

// fleetOver is fleet over links with these faults.
func fleetOver(t *testing.T, faults Faults, devices int, apart time.Duration) (digest string, stats Stats) {
	sum := sha256.New()
	synctest.Test(t, func(t *testing.T) {
		n := New(Options{Seed: 1, Faults: faults})
		c, err := n.Capture(sum)
		require.NoError(t, err)
		server := n.Host("server", netip.Addr{})
		l, err := server.Listen("tcp", ":7")
		require.NoError(t, err)
		go func() {
			for {
				conn, err := l.Accept()
				if err != nil {
					return
				}
				go func() { _, _ = io.Copy(conn, conn) }()
			}
		}()
		var members []*device
		for i := range devices {
			addr, ok := n.number(uint32(256 + i))
			require.True(t, ok)
			s := newDeviceAt(t, n, addr)
			members = append(members, s)
			time.Sleep(apart)
		}
		recorders := make([]*recorder, devices)
		tcbs := make([]*netstack.TCB, devices)
		for i, s := range members {
			recorders[i] = &recorder{}
			s.do(func() {
				tcbs[i] = s.stack.NewTCB(recorders[i])
				assert.NoError(t, tcbs[i].Connect(netip.AddrPortFrom(server.Addr(), 7)))
			})
			time.Sleep(apart)
		}
		for range 60 {
			time.Sleep(10 * time.Second)
			for i, s := range members {
				s.do(func() {
					_ = tcbs[i].Write([]byte("sixteen bytes..."))
					tcbs[i].Output()
				})
			}
		}
		time.Sleep(30 * time.Second)
		for _, r := range recorders {
			assert.Equal(t, 60*16, len(r.received()))
		}
		stats = n.Stats()
		require.NoError(t, c.Close())
		require.NoError(t, n.Close())
	})
	return fmt.Sprintf("%x", sum.Sum(nil)), stats
}

func TestFleetIsDeterministic(t *testing.T) {
	devices := 200
	first, stats := fleet(t, devices, 0)
	assert.Greater(t, stats.Frames, uint64(devices*60*2))
	second, _ := fleet(t, devices, 0)
	assert.Equal(t, first, second)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	third, _ := fleet(t, devices, 0)
	assert.Equal(t, first, third)
}
