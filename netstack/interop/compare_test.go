package interop

import (
	"context"
	"flag"
	"fmt"
	"io"
	"net/netip"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/link/ethernet"
	"gvisor.dev/gvisor/pkg/tcpip/link/pipe"
	"gvisor.dev/gvisor/pkg/tcpip/transport/tcp"

	"github.com/emu8266/emu8266/netstack"
	"github.com/emu8266/emu8266/netstack/vnet"
)

var compare = flag.Bool("compare", false, "run TestCompare: speed and memory beside gVisor")

// lane joins two of our stacks in one goroutine: frames go from one to the other in order.
type lane struct {
	a, b   *netstack.Stack
	ai, bi *netstack.Interface
	toA    [][]byte
	toB    [][]byte
	pool   [][]byte
	now    time.Time
}

var aAddr, bAddr = netip.MustParseAddr("10.9.0.2"), netip.MustParseAddr("10.9.0.3")

func newLane(window int) *lane {
	l := &lane{now: time.Unix(0, 0)}
	keep := func(q *[][]byte) func([]byte) {
		return func(f []byte) {
			var b []byte
			if n := len(l.pool); n > 0 {
				b, l.pool = l.pool[n-1][:0], l.pool[:n-1]
			}
			*q = append(*q, append(b, f...))
		}
	}
	p := netstack.HostProfile()
	p.TimeWait = time.Millisecond
	q := p
	q.Window, q.WindowUpdate = window, min(q.WindowUpdate, window/4)
	l.a, l.b = netstack.NewStack(netstack.Config{Profile: p}), netstack.NewStack(netstack.Config{Profile: q})
	l.ai = l.a.AddInterface("a", vnet.MACFor(aAddr), keep(&l.toB))
	l.bi = l.b.AddInterface("b", vnet.MACFor(bAddr), keep(&l.toA))
	l.a.Advance(l.now)
	l.b.Advance(l.now)
	l.ai.SetAddr(netip.PrefixFrom(aAddr, 16), netip.Addr{})
	l.bi.SetAddr(netip.PrefixFrom(bAddr, 16), netip.Addr{})
	l.ai.SetUp(true)
	l.bi.SetUp(true)
	return l
}

// run exchanges frames until both are quiet.
func (l *lane) run() {
	for len(l.toA)+len(l.toB) > 0 {
		q := l.toB
		l.toB = nil
		for _, f := range q {
			l.bi.Input(l.now, f)
		}
		l.pool = append(l.pool, q...)
		q = l.toA
		l.toA = nil
		for _, f := range q {
			l.ai.Input(l.now, f)
		}
		l.pool = append(l.pool, q...)
	}
}

// step lets time go on to the next timer.
func (l *lane) step() {
	if t, ok := l.a.NextEvent(); ok {
		l.now = t
	}
	if t, ok := l.b.NextEvent(); ok && t.After(l.now) {
		l.now = t
	}
	l.a.Advance(l.now)
	l.b.Advance(l.now)
}

// sink takes everything.
type sink struct {
	n     int
	close bool
}

func (s *sink) Connected(*netstack.TCB)            {}
func (s *sink) Received(t *netstack.TCB, d []byte) { s.n += len(d); t.Recved(len(d)) }
func (s *sink) Sent(*netstack.TCB, int)            {}
func (s *sink) Aborted(*netstack.TCB, error)       {}
func (s *sink) PeerClosed(t *netstack.TCB) {
	if s.close {
		_ = t.Close()
	}
}

const chunk = 64 << 10

func oursBulk(window int) func(b *testing.B) {
	return func(b *testing.B) {
		l, in := newLane(window), &sink{}
		_, err := l.b.Listen(netip.Addr{}, 80, func(*netstack.TCB) netstack.Handler { return in })
		require.NoError(b, err)
		t := l.a.NewTCB(&sink{})
		require.NoError(b, t.Connect(netip.AddrPortFrom(bAddr, 80)))
		l.run()
		data := ramp(chunk)
		b.SetBytes(chunk)
		for b.Loop() {
			want := in.n + chunk
			if err := t.Write(data); err != nil {
				b.Fatal(err)
			}
			t.Output()
			for l.run(); in.n < want; l.run() {
				l.step()
			}
		}
	}
}

func oursConnect(b *testing.B) {
	l, in := newLane(65535), &sink{close: true}
	_, err := l.b.Listen(netip.Addr{}, 80, func(*netstack.TCB) netstack.Handler { return in })
	require.NoError(b, err)
	for b.Loop() {
		t := l.a.NewTCB(&sink{})
		if err := t.Connect(netip.AddrPortFrom(bAddr, 80)); err != nil {
			b.Fatal(err)
		}
		l.run()
		_ = t.Write([]byte("x"))
		_ = t.Close()
		l.run()
		l.step()
	}
	require.LessOrEqual(b, len(l.a.TCBs()), 2)
}

// netBulk is bulk between two Hosts: net.Conn, the switch and its timer included, in real time.
func netBulk(b *testing.B) {
	n := vnet.New(vnet.Options{Subnet: subnet, Faults: vnet.Faults{Latency: 1, Bandwidth: -1}})
	defer n.Close()
	x, y := hostParty{n.Host("x", aAddr)}, hostParty{n.Host("y", bAddr)}
	l, err := y.Listen("tcp", ":80")
	require.NoError(b, err)
	go func() {
		if c, err := l.Accept(); err == nil {
			_, _ = io.Copy(io.Discard, c)
		}
	}()
	c, err := x.Dial("tcp", "y:80")
	require.NoError(b, err)
	_ = c.(*vnet.Conn).SetWriteBuffer(1 << 20)
	data := ramp(chunk)
	b.SetBytes(chunk)
	for b.Loop() {
		if _, err := c.Write(data); err != nil {
			b.Fatal(err)
		}
	}
}

func netConnect(b *testing.B) {
	n := vnet.New(vnet.Options{Subnet: subnet, Faults: vnet.Faults{Latency: 1, Bandwidth: -1}})
	defer n.Close()
	x, y := hostParty{n.Host("x", aAddr)}, hostParty{n.Host("y", bAddr)}
	l, err := y.Listen("tcp", ":80")
	require.NoError(b, err)
	connects(b, func(i int) party {
		if i%1000 == 0 { // a new client: a Host's TIME_WAIT is a minute, gVisor's is set to a millisecond here
			x.Close()
			x = hostParty{n.Host("x", aAddr)}
		}
		return x
	}, hostListener{l}, netip.AddrPortFrom(bAddr, 80))
}

// connects opens a connection, sends a byte and closes, again and again. Every connection is a net.Conn at both ends.
func connects(b *testing.B, from func(i int) party, l listener, to netip.AddrPort) {
	go func() {
		for {
			c, err := l.accept()
			if err != nil {
				return
			}
			_, _ = io.ReadAll(c)
			_ = c.Close()
		}
	}()
	for i := 1; b.Loop(); i++ {
		c, err := from(i).dial(context.Background(), to)
		if err != nil {
			b.Fatal(err)
		}
		_, _ = c.Write([]byte("x"))
		_ = c.CloseWrite()
		_, _ = io.ReadAll(c)
		_ = c.Close()
	}
}

// gvisorPair is two of gVisor's stacks on a pipe.
func gvisorPair(tb testing.TB, window int) (a, b *gvisorParty) {
	e1, e2 := pipe.New("\x02\x00\x0a\x09\x00\x02", "\x02\x00\x0a\x09\x00\x03", 1500)
	a = &gvisorParty{stack: newGvisorStack(tb, ethernet.New(e1), aAddr, 16), ip: aAddr}
	b = &gvisorParty{stack: newGvisorStack(tb, ethernet.New(e2), bAddr, 16), ip: bAddr, rcv: window}
	wait := tcpip.TCPTimeWaitTimeoutOption(time.Millisecond)
	moderate := tcpip.TCPModerateReceiveBufferOption(false)
	for _, s := range []*gvisorParty{a, b} {
		require.Nil(tb, s.stack.SetTransportProtocolOption(tcp.ProtocolNumber, &wait))
		require.Nil(tb, s.stack.SetTransportProtocolOption(tcp.ProtocolNumber, &moderate))
	}
	return a, b
}

func gvisorBulk(window int) func(b *testing.B) {
	return func(b *testing.B) {
		x, y := gvisorPair(b, window)
		defer x.stack.Close()
		defer y.stack.Close()
		l := y.listen(b, 80)
		received := make(chan int, 64)
		go func() {
			c, err := l.accept()
			if err != nil {
				return
			}
			buf := make([]byte, chunk)
			for {
				k, err := c.Read(buf)
				if err != nil {
					return
				}
				received <- k
			}
		}()
		c, err := x.dial(context.Background(), netip.AddrPortFrom(bAddr, 80))
		require.NoError(b, err)
		data := ramp(chunk)
		b.SetBytes(chunk)
		for b.Loop() {
			go func() { _, _ = c.Write(data) }()
			for got := 0; got < chunk; {
				got += <-received
			}
		}
		_ = c.Close()
	}
}

func gvisorConnect(b *testing.B) {
	x, y := gvisorPair(b, 0)
	defer x.stack.Close()
	defer y.stack.Close()
	connects(b, func(int) party { return x }, y.listen(b, 80), netip.AddrPortFrom(bAddr, 80))
}

// Connection set-up, one byte and the close, at both ends a net.Conn; the first line is the engine without one.
func BenchmarkConnect(b *testing.B) {
	b.Run("engine", oursConnect)
	b.Run("host", netConnect)
	b.Run("gvisor", gvisorConnect)
}

// idle returns heap bytes and goroutines of one of count idle hosts.
func idle(count int, make func(i int)) (bytes, goroutines float64) {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	routines := runtime.NumGoroutine()
	for i := range count {
		make(i)
	}
	time.Sleep(time.Second / 5) // announcements are still on the way
	runtime.GC()
	runtime.ReadMemStats(&after)
	n := float64(count)
	return float64(after.HeapAlloc-before.HeapAlloc) / n, float64(runtime.NumGoroutine()-routines) / n
}

// TestCompare measures both stacks in turns, in the CPU's time of the process, and reports medians and the median of the ratios; those are
// the figures to look at, the machine changes the rest. Nothing is asserted.
func TestCompare(t *testing.T) {
	if !*compare {
		t.Skip("give -compare")
	}
	const rounds = 4000 // of each in a turn: what testing.Benchmark and a new network cost is a small part then
	require.NoError(t, flag.Set("test.benchtime", fmt.Sprintf("%dx", rounds)))
	each := func(f func(b *testing.B)) float64 { // in us
		start := cpuTime()
		testing.Benchmark(f)
		return float64((cpuTime() - start).Nanoseconds()) / 1e3 / rounds
	}
	median := func(x []float64) float64 {
		slices.Sort(x)
		return x[len(x)/2]
	}
	speed := func(name string, ours, theirs func(b *testing.B)) {
		var a, g, ratio []float64
		for range 9 {
			x, y := each(ours), each(theirs)
			a, g, ratio = append(a, x), append(g, y), append(ratio, y/x)
		}
		t.Logf("%-34s ours %10.1f us   gVisor %10.1f us   gVisor/ours %.2f", name, median(a), median(g), median(ratio))
	}
	speed("64 KB, window 5840", oursBulk(5840), gvisorBulk(5840))
	speed("64 KB, window 65535", oursBulk(65535), gvisorBulk(65535))
	speed("connect, 1 byte, close", oursConnect, gvisorConnect)
	speed("64 KB, Host to Host, net.Conn", netBulk, gvisorBulk(65535))
	speed("connect, Host to Host, net.Conn", netConnect, gvisorConnect)

	var keep []any
	size := func(name string, count int, make func(i int)) {
		bytes, goroutines := idle(count, make)
		t.Logf("%-34s %8.0f bytes  %4.1f goroutines", name, bytes, goroutines)
	}
	size("idle device stack with port", 1000, func(i int) {
		n := sharedNetwork()
		p := n.Attach(fmt.Sprint(i), nil, nil)
		s := netstack.NewStack(netstack.Config{})
		ifc := s.AddInterface("st0", netstack.MAC{2, byte(i >> 8), byte(i)}, p.Send)
		ifc.SetAddr(netip.MustParsePrefix("10.9.0.9/16"), netip.Addr{})
		ifc.SetUp(true)
		keep = append(keep, s)
	})
	n := vnet.New(vnet.Options{Subnet: subnet})
	size("idle Host of a network", 1000, func(i int) { keep = append(keep, n.Host(fmt.Sprint(i), netip.Addr{})) })
	size("idle gVisor stack", 200, func(int) {
		e, _ := pipe.New("\x02\x00\x0a\x09\x00\x02", "\x02\x00\x0a\x09\x00\x03", 1500)
		keep = append(keep, newGvisorStack(t, ethernet.New(e), aAddr, 16))
	})
	runtime.KeepAlive(keep)
	require.NoError(t, n.Close())
}

var shared *vnet.Network

func sharedNetwork() *vnet.Network {
	if shared == nil {
		shared = vnet.New(vnet.Options{Subnet: subnet})
	}
	return shared
}
