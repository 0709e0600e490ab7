package netstack

import (
	"net/netip"
	"testing"
	"time"
)

// lane joins two stacks without a simulator: frames go from one to the other in order, time stands still but for ticks.
type lane struct {
	a, b   *Stack
	ai, bi *Interface
	toA    [][]byte
	toB    [][]byte
	pool   [][]byte
	now    time.Time
}

func newLane(ap, bp Profile) *lane {
	l := &lane{now: simStart}
	keep := func(q *[][]byte) func([]byte) {
		return func(f []byte) {
			var b []byte
			if n := len(l.pool); n > 0 {
				b, l.pool = l.pool[n-1][:0], l.pool[:n-1]
			}
			*q = append(*q, append(b, f...))
		}
	}
	l.a, l.b = NewStack(Config{Profile: ap}), NewStack(Config{Profile: bp})
	l.ai = l.a.AddInterface("a", MAC{2, 0, 0, 0, 0, 2}, keep(&l.toB))
	l.bi = l.b.AddInterface("b", MAC{2, 0, 0, 0, 0, 3}, keep(&l.toA))
	l.ai.SetAddr(netip.MustParsePrefix("10.0.0.2/24"), netip.Addr{})
	l.bi.SetAddr(netip.MustParsePrefix("10.0.0.3/24"), netip.Addr{})
	l.a.Advance(l.now)
	l.b.Advance(l.now)
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

type sink struct {
	app
	n int
}

func (s *sink) Received(t *TCB, d []byte) { s.n += len(d); t.Recved(len(d)) }
func (s *sink) Sent(*TCB, int)            {}

// BenchmarkEngineBulk moves 64 KB writes from a host to a host and to a device.
func BenchmarkEngineBulk(b *testing.B) {
	for _, c := range []struct {
		name string
		p    Profile
	}{{"host", HostProfile()}, {"device", DeviceProfile()}} {
		b.Run(c.name, func(b *testing.B) {
			l := newLane(HostProfile(), c.p)
			in := &sink{}
			if _, err := l.b.Listen(netip.Addr{}, 80, func(*TCB) Handler { return in }); err != nil {
				b.Fatal(err)
			}
			t := l.a.NewTCB(&sink{})
			if err := t.Connect(netip.MustParseAddrPort("10.0.0.3:80")); err != nil {
				b.Fatal(err)
			}
			l.run()
			data := ramp(64 << 10)
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			for b.Loop() {
				want := in.n + len(data)
				if err := t.Write(data); err != nil {
					b.Fatal(err)
				}
				t.Output()
				for l.run(); in.n < want; l.run() {
					l.step()
				}
			}
		})
	}
}

// BenchmarkEngineConnect opens a connection, sends a byte and closes from both sides.
func BenchmarkEngineConnect(b *testing.B) {
	p := HostProfile()
	p.TimeWait = time.Millisecond
	l := newLane(p, p)
	in := &sink{}
	in.onFin = func(t *TCB) { _ = t.Close() }
	if _, err := l.b.Listen(netip.Addr{}, 80, func(*TCB) Handler { in.err = nil; return in }); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		t := l.a.NewTCB(&sink{})
		if err := t.Connect(netip.MustParseAddrPort("10.0.0.3:80")); err != nil {
			b.Fatal(err)
		}
		l.run()
		_ = t.Write([]byte("x"))
		_ = t.Close()
		l.run()
		l.step()
	}
	if len(l.a.TCBs()) > 2 {
		b.Fatal("connections are left over")
	}
}

// BenchmarkEngineIdleStack makes an idle host.
func BenchmarkEngineIdleStack(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		s := NewStack(Config{Profile: HostProfile()})
		i := s.AddInterface("h", MAC{}, func([]byte) {})
		i.SetAddr(netip.MustParsePrefix("10.0.0.2/24"), netip.Addr{})
		i.SetUp(true)
	}
}
