package netstack

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/netstack/internal/wire"
)

// script is one stack and a peer whose segments the test writes itself. Addresses: stack 10.0.0.2, peer 10.0.0.1; the
// peer's ports are 80 (it serves) and 5001 up (it calls); its sequence numbers start at 1000.
type script struct {
	*sim
	n    *simNode
	peer *Stack // only builds frames
	pi   *Interface
	port uint16 // stack's port
	from uint16 // peer's port
	read int    // segments of the stack looked at
}

const peerISN = 1000

func newScript(t testing.TB, p Profile) *script {
	m := newSim(t)
	m.latency = 0
	s := &script{sim: m, n: m.stack("d", p, "10.0.0.2/24")}
	s.peer = NewStack(Config{Profile: HostProfile()})
	s.pi = s.peer.AddInterface("p", MAC{2, 0, 0, 0, 0, 1}, func([]byte) {})
	s.n.i.SetNeighbor(netip.MustParseAddr("10.0.0.1"), s.pi.mac)
	m.nodes[0].sim = m
	return s
}

// at goes to a time after the start of the stack and tells the stack.
func (s *script) at(msec float64) {
	s.runTo(simStart.Add(ms(msec)))
	s.n.s.Advance(s.now)
}

// in sends a segment to the stack. mss > 0 adds the option.
func (s *script) in(flags uint8, seq, ack uint32, win int, data string, mss ...int) {
	s.inBytes(flags, seq, ack, win, []byte(data), mss...)
}

func (s *script) inBytes(flags uint8, seq, ack uint32, win int, data []byte, mss ...int) {
	opt := 0
	if len(mss) > 0 {
		opt = mss[0]
	}
	src := netip.AddrPortFrom(netip.MustParseAddr("10.0.0.1"), s.from)
	dst := netip.AddrPortFrom(netip.MustParseAddr("10.0.0.2"), s.port)
	s.n.i.Input(s.now, s.peer.buildTCP(s.pi, src, dst, seq, ack, flags, uint16(win), opt, data))
}

// out checks the TCP segments that the stack has sent since the last call: "time flags ... " as seg.String has it.
func (s *script) out(want ...string) {
	s.t.Helper()
	var got []string
	all := s.tcpFrom("d")
	for _, g := range all[s.read:] {
		got = append(got, fmt.Sprintf("%g %v", float64(g.at.Microseconds())/1000, g))
	}
	s.read = len(all)
	assert.Equal(s.t, want, got)
}

// skip forgets what was sent.
func (s *script) skip() { s.read = len(s.tcpFrom("d")) }

// dial connects the stack to the peer at 1000 ms and answers at 1001 ms. The device's SYN has number 6511.
func (s *script) dial(a *app, win int) *TCB {
	s.at(1000)
	s.port, s.from = 4000, 80
	t := s.n.s.NewTCB(a)
	require.NoError(s.t, t.Bind(netip.Addr{}, s.port))
	require.NoError(s.t, t.Connect(netip.MustParseAddrPort("10.0.0.1:80")))
	s.at(1001)
	s.in(wire.SYN|wire.ACK, peerISN, 6512, win, "", 1460)
	require.Equal(s.t, StateEstablished, t.State())
	t.SetNagle(false)
	return t
}

// serve opens port 80 and completes a handshake at 1000 ms.
func (s *script) serve(a *app) *TCB {
	s.at(1000)
	_, err := s.n.s.Listen(netip.Addr{}, 80, func(*TCB) Handler { return a })
	require.NoError(s.t, err)
	s.port, s.from = 80, 5001
	s.in(wire.SYN, peerISN, 0, 5840, "", 1460)
	s.in(wire.ACK, peerISN+1, 6513, 5840, "")
	require.NotNil(s.t, a.tcb)
	return a.tcb
}

func device(t testing.TB) *script {
	p := DeviceProfile()
	p.PollPhase = ms(13)
	return newScript(t, p)
}

// Port 0 is no error of the device's: the SYN leaves for it (lwip.md 4.1). Hosts refuse it.
func TestConnectToPortZero(t *testing.T) {
	for name, p := range map[string]Profile{"device": DeviceProfile(), "host": HostProfile()} {
		t.Run(name, func(t *testing.T) {
			s := newScript(t, p)
			s.at(1000)
			err := s.n.s.NewTCB(&app{}).Connect(netip.MustParseAddrPort("10.0.0.1:0"))
			if name == "host" {
				assert.ErrorIs(t, err, ErrArg)
				assert.Empty(t, s.tcpFrom("d"))
				return
			}
			require.NoError(t, err)
			require.Len(t, s.tcpFrom("d"), 1)
			assert.Equal(t, "10.0.0.1:0", s.tcpFrom("d")[0].dst.String())
			assert.Equal(t, "S", s.tcpFrom("d")[0].flags)
		})
	}
}

// A close while the SYN is unanswered is silent; where the window was set meanwhile the device resets, and waits in TIME_WAIT
// (lwip.md 7.1).
func TestCloseInSynSentAfterTheWindowWasSet(t *testing.T) {
	for _, c := range []struct {
		window int
		flags  []string
		left   int
	}{{4, []string{"S"}, 0}, {3, []string{"S", "RA"}, 1}} {
		s := device(t)
		s.at(1000)
		k := s.n.s.NewTCB(&app{})
		require.NoError(t, k.Connect(netip.MustParseAddrPort("10.0.0.1:80")))
		s.n.s.SetWindow(c.window * 1460)
		require.NoError(t, k.Close())
		var flags []string
		for _, g := range s.tcpFrom("d") {
			flags = append(flags, g.flags)
		}
		assert.Equal(t, c.flags, flags)
		assert.Len(t, s.n.s.TCBs(), c.left)
	}
}

func TestDeviceHandshake(t *testing.T) {
	s, a := device(t), &app{}
	s.dial(a, 5840)
	s.out("1000 S seq 6511 ack 0 win 5840 len 0 mss 1460", "1001 A seq 6512 ack 1001 win 5840 len 0")
	g := s.tcpFrom("d")[0]
	assert.True(t, g.df)
	assert.EqualValues(t, 128, g.ttl)
	assert.Equal(t, []string{"connected"}, a.calls)
}

func TestDeviceServesHandshakeAndData(t *testing.T) {
	s, a := device(t), &app{}
	tcb := s.serve(a)
	s.out("1000 SA seq 6512 ack 1001 win 5840 len 0 mss 1460")
	require.NoError(t, tcb.Write([]byte("abc")))
	tcb.Output()
	s.out("1000 PA seq 6513 ack 1001 win 5840 len 3")
}

func TestDeviceConnectRefused(t *testing.T) {
	s, a := device(t), &app{}
	s.at(1000)
	s.port, s.from = 4000, 80
	tcb := s.n.s.NewTCB(a)
	require.NoError(t, tcb.Bind(netip.Addr{}, 4000))
	require.NoError(t, tcb.Connect(netip.MustParseAddrPort("10.0.0.1:80")))
	s.in(wire.RST|wire.ACK, 0, 6513, 0, "") // wrong acknowledgement: ignored
	assert.NoError(t, a.err)
	s.in(wire.RST|wire.ACK, 0, 6512, 0, "")
	assert.ErrorIs(t, a.err, ErrReset)
	assert.Equal(t, StateSynSent, a.state)
	assert.Empty(t, s.n.heap.left())
}

func TestDeviceSYNRetries(t *testing.T) {
	s, a := device(t), &app{}
	s.at(1000)
	tcb := s.n.s.NewTCB(a)
	require.NoError(t, tcb.Bind(netip.Addr{}, 4000))
	require.NoError(t, tcb.Connect(netip.MustParseAddrPort("10.0.0.1:80")))
	s.at(10_000)
	var want []string
	for _, at := range []int{1000, 1913, 2913, 3913, 4913, 5913, 6913} {
		want = append(want, fmt.Sprintf("%d S seq 6511 ack 0 win 5840 len 0 mss 1460", at))
	}
	s.out(want...)
	assert.ErrorIs(t, a.err, ErrAborted)
	assert.Equal(t, StateSynSent, a.state)
	assert.Equal(t, 6, a.retries)
	last := s.n.events[len(s.n.events)-1]
	assert.Equal(t, ms(7163), last.Time.Sub(simStart), "one tick after the last SYN")
}

// TestDeviceRetransmissions checks the table of lwip.md 5.4: base 4 ticks untrained, 3 after a round trip on a LAN.
func TestDeviceRetransmissions(t *testing.T) {
	for _, c := range []struct {
		name    string
		trained bool
		gaps    []float64 // seconds between sends
		giveUp  float64   // after the 12th
	}{
		{"untrained", false, []float64{1, 2, 4, 8, 16, 32, 64, 128, 128, 128, 128, 128}, 0.25},
		{"trained", true, []float64{0.75, 1.5, 3, 6, 12, 24, 48, 96, 96, 96, 96, 96}, 0.25},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, a := device(t), &app{}
			data := "data"
			if !c.trained {
				a.onConn = func(t *TCB) { require.NoError(s.t, t.Write([]byte(data))) }
			}
			tcb := s.dial(a, 5840)
			if c.trained {
				s.at(1100)
				s.in(wire.ACK, peerISN+1, 6512, 5840, "")
				for k := range 3 {
					require.NoError(t, tcb.Write([]byte(data)))
					tcb.Output()
					s.in(wire.ACK, peerISN+1, 6516+uint32(4*k), 5840, "")
				}
				s.at(2163) // on a tick
				require.NoError(t, tcb.Write([]byte(data)))
				tcb.Output()
			}
			s.skip()
			first := s.now
			s.at(800_000)
			segs := s.tcpFrom("d")
			segs = segs[len(segs)-12:]
			want := time.Duration(0)
			start := segs[0].at
			for k, g := range segs {
				if k > 0 {
					want += ms(c.gaps[k] * 1000)
					assert.Equal(t, want, g.at-start, "retransmission %d", k+1)
				}
				assert.Equal(t, data, string(g.data))
			}
			gap := simStart.Add(start).Sub(first)
			assert.LessOrEqual(t, gap, ms(c.gaps[0]*1000))
			assert.Greater(t, gap, ms(c.gaps[0]*1000-251))
			assert.ErrorIs(t, a.err, ErrAborted)
			assert.Equal(t, StateEstablished, a.state)
			assert.Equal(t, 12, a.retries)
			last := s.n.events[len(s.n.events)-1]
			assert.Equal(t, start+want+ms(c.giveUp*1000), last.Time.Sub(simStart))
			assert.Empty(t, s.n.heap.left())
		})
	}
}

func TestDeviceDelayedACK(t *testing.T) {
	s, a := device(t), &app{}
	s.dial(a, 5840)
	s.skip()
	s.at(2000)
	s.in(wire.ACK|wire.PSH, 1001, 6512, 5840, "one")
	s.at(2200)
	s.out("2038 A seq 6512 ack 1004 win 5837 len 0") // on the 125 ms grid
	s.at(2300)
	s.in(wire.ACK|wire.PSH, 1004, 6512, 5840, "two")
	s.in(wire.ACK|wire.PSH, 1007, 6512, 5840, "three")
	s.out("2300 A seq 6512 ack 1012 win 5829 len 0") // second segment: at once
	s.at(2400)
	s.inBytes(wire.ACK, 1012, 6512, 5840, make([]byte, 1460))
	s.out("2400 A seq 6512 ack 2472 win 5840 len 0") // full segment consumed: window update
	assert.Equal(t, []string{"connected", "received 3", "received 3", "received 5", "received 1460"}, a.calls)
}

func TestDeviceWindowClosesAndReopens(t *testing.T) {
	s, a := device(t), &app{hold: true}
	tcb := s.dial(a, 5840)
	s.at(2000)
	for k := range 4 {
		s.inBytes(wire.ACK, 1001+uint32(1460*k), 6512, 5840, make([]byte, 1460))
	}
	s.skip()
	s.inBytes(wire.ACK, 6841, 6512, 5840, []byte("x")) // probe of the closed window
	s.out("2000 A seq 6512 ack 6841 win 0 len 0")
	assert.Len(t, a.got, 5840)
	tcb.Recved(1000)
	s.out()
	tcb.Recved(460)
	s.out("2000 A seq 6512 ack 6841 win 1460 len 0")
}

func TestDevicePersist(t *testing.T) {
	s, a := device(t), &app{}
	tcb := s.dial(a, 0)
	s.skip()
	s.at(2163)
	require.NoError(t, tcb.Write([]byte("hello")))
	tcb.Output()
	s.at(120_000)
	var at []time.Duration
	for _, g := range s.tcpFrom("d")[s.read:] {
		assert.Equal(t, "A", g.flags)
		assert.Equal(t, "h", string(g.data))
		at = append(at, g.at)
	}
	want := []time.Duration{}
	sum := ms(2163 - 0)
	for _, w := range []float64{750, 1500, 3000, 6000, 12000, 24000, 30000, 30000} {
		sum += ms(w)
		want = append(want, sum)
	}
	assert.Equal(t, want, at)
	s.skip()
	s.in(wire.ACK, 1001, 6512, 5840, "")
	s.out("120000 PA seq 6512 ack 1001 win 5840 len 5")
}

func TestOutOfOrderIsDeliveredTogether(t *testing.T) {
	for _, p := range []Profile{DeviceProfile(), HostProfile()} {
		s, a := newScript(t, p), &app{}
		p := ramp(400)
		s.port, s.from = 80, 5001
		_, err := s.n.s.Listen(netip.Addr{}, 80, func(*TCB) Handler { return a })
		require.NoError(t, err)
		s.at(1000)
		s.in(wire.SYN, peerISN, 0, 5840, "", 1460)
		isn := s.tcpFrom("d")[0].seq
		s.in(wire.ACK, peerISN+1, isn+1, 5840, "")
		seg := func(from, to int, flags uint8) {
			s.inBytes(flags|wire.ACK, peerISN+1+uint32(from), isn+1, 5840, p[from:to])
		}
		s.skip()
		seg(100, 200, 0)
		seg(300, 400, wire.FIN)
		seg(200, 300, 0)
		for _, g := range s.tcpFrom("d")[s.read:] {
			assert.EqualValues(t, peerISN+1, g.ack, "a duplicate at once")
		}
		assert.Len(t, s.tcpFrom("d")[s.read:], 3)
		seg(0, 100, 0)
		assert.Equal(t, []string{"connected", "received 400", "fin"}, a.calls)
		assert.Equal(t, p, a.got)
		assert.Equal(t, StateCloseWait, a.tcb.State())
		a.tcb.Abort()
		assert.Equal(t, "tcp_pcb_listen", s.n.heap.left())
	}
}

func TestCallbackOrderInOneSegment(t *testing.T) {
	s, a := device(t), &app{}
	tcb := s.dial(a, 5840)
	require.NoError(t, tcb.Write([]byte("query")))
	tcb.Output()
	a.onRecv = func(t *TCB, _ []byte) { _ = t.Write([]byte("more")); t.Output() }
	a.onFin = func(t *TCB) { _ = t.Close() }
	s.skip()
	s.in(wire.ACK|wire.FIN, 1001, 6517, 5840, "answer")
	assert.Equal(t, []string{"connected", "sent 5", "received 6", "fin"}, a.calls)
	s.out("1001 FPA seq 6517 ack 1008 win 5833 len 4") // one segment at the end: data, FIN and acknowledgement
	assert.Equal(t, StateLastAck, tcb.State())
	s.in(wire.ACK, 1008, 6522, 5840, "")
	assert.ErrorIs(t, a.err, ErrClosed)
	assert.Empty(t, s.n.heap.left())
}

func TestDeviceTimeWait(t *testing.T) {
	s, a := device(t), &app{}
	tcb := s.dial(a, 5840)
	s.at(2000)
	require.NoError(t, tcb.Close())
	s.skip()
	s.in(wire.ACK, 1001, 6513, 5840, "")
	assert.Equal(t, StateFinWait2, tcb.State())
	s.in(wire.ACK|wire.FIN, 1001, 6513, 5840, "")
	assert.Equal(t, StateTimeWait, tcb.State())
	s.out("2000 A seq 6513 ack 1002 win 5839 len 0") // the FIN took one (lwip.md 6.3)
	s.in(wire.RST, 1002, 0, 0, "")                   // ignored
	s.in(wire.SYN, 1010, 0, 5840, "")
	s.out("2000 RA seq 0 ack 1011 win 5840 len 0")
	s.at(121_000)
	assert.NoError(t, a.err)
	s.at(121_600) // 120 s after the last segment before the close, and a tick
	assert.ErrorIs(t, a.err, ErrClosed)
	assert.Empty(t, s.n.s.TCBs())
}

// A port is in use from bind to the end of TIME_WAIT, and while a listener or a UDP socket has it.
func TestPortInUse(t *testing.T) {
	s, a := device(t), &app{}
	stack := s.n.s
	tcb := s.dial(a, 5840)
	local := tcb.Local().Port()
	l, err := stack.Listen(netip.Addr{}, 2000, func(*TCB) Handler { return nil })
	require.NoError(t, err)
	u := stack.NewUDP(nil)
	require.NoError(t, u.Bind(netip.Addr{}, 2001))
	bound := stack.NewTCB(&app{})
	require.NoError(t, bound.Bind(netip.Addr{}, 2002))
	for port, want := range map[uint16]bool{local: true, 2000: true, 2001: true, 2002: true, 2003: false} {
		assert.Equal(t, want, stack.PortInUse(port), port)
	}
	l.Close()
	u.Close()
	bound.Remove()
	s.at(2000)
	require.NoError(t, tcb.Close())
	s.skip()
	s.in(wire.ACK, 1001, 6513, 5840, "")
	s.in(wire.ACK|wire.FIN, 1001, 6513, 5840, "")
	s.skip()
	assert.Equal(t, StateTimeWait, tcb.State())
	for port, want := range map[uint16]bool{local: true, 2000: false, 2001: false, 2002: false} {
		assert.Equal(t, want, stack.PortInUse(port), port)
	}
	s.at(121_600)
	assert.False(t, stack.PortInUse(local))
}

func TestDeviceFinWait2IsShortAfterIdling(t *testing.T) {
	s, a := device(t), &app{}
	tcb := s.dial(a, 5840)
	s.at(31_000)
	require.NoError(t, tcb.Close())
	s.in(wire.ACK, 1001, 6513, 5840, "")
	assert.Equal(t, StateFinWait2, tcb.State())
	s.at(31_300)
	assert.ErrorIs(t, a.err, ErrAborted)
	s.skip()
	s.in(wire.ACK|wire.FIN, 1001, 6513, 5840, "")
	s.out("31300 RA seq 6513 ack 1002 win 5840 len 0")
}

func TestDeviceResets(t *testing.T) {
	t.Run("no listener", func(t *testing.T) {
		s := device(t)
		s.at(1000)
		s.port, s.from = 81, 5001
		s.in(wire.SYN, 1000, 0, 100, "")
		s.in(wire.ACK, 1000, 77, 100, "abc")
		s.in(wire.RST, 1000, 0, 0, "")
		s.out("1000 RA seq 0 ack 1001 win 5840 len 0", "1000 RA seq 77 ack 1003 win 5840 len 0")
	})
	t.Run("data after close", func(t *testing.T) {
		s, a := device(t), &app{}
		tcb := s.dial(a, 5840)
		require.NoError(t, tcb.Close())
		s.skip()
		s.in(wire.ACK, 1001, 6512, 5840, "late")
		s.out("1001 RA seq 6513 ack 1005 win 5840 len 0")
		assert.ErrorIs(t, a.err, ErrAborted)
		assert.Equal(t, StateClosed, a.state)
	})
	t.Run("close with unread data", func(t *testing.T) {
		s, a := device(t), &app{hold: true}
		tcb := s.dial(a, 5840)
		s.in(wire.ACK, 1001, 6512, 5840, "unread")
		s.skip()
		require.NoError(t, tcb.Close())
		s.out("1001 RA seq 6512 ack 1007 win 5840 len 0")
		assert.Equal(t, StateTimeWait, tcb.State())
	})
	t.Run("window", func(t *testing.T) {
		for _, c := range []struct {
			off int32
			ok  bool
		}{{-1, false}, {0, true}, {5840, true}, {5841, false}} {
			s, a := device(t), &app{}
			s.dial(a, 5840)
			s.in(wire.RST, uint32(1001+c.off), 0, 0, "")
			assert.Equal(t, c.ok, a.err != nil, "offset %d", c.off)
		}
	})
}

func TestDeviceConnectionLimit(t *testing.T) {
	s := device(t)
	_, err := s.n.s.Listen(netip.Addr{}, 80, func(*TCB) Handler { return &app{} })
	require.NoError(t, err)
	s.at(1000)
	s.port = 80
	open := func(k int) bool {
		s.skip()
		s.from = uint16(5000 + k)
		s.in(wire.SYN, peerISN, 0, 5840, "", 1460)
		segs := s.tcpFrom("d")[s.read:]
		if len(segs) == 0 {
			return false
		}
		s.in(wire.ACK, peerISN+1, segs[0].seq+1, 5840, "")
		return true
	}
	for k := range 5 {
		assert.True(t, open(k))
	}
	assert.False(t, open(5), "silence at five established connections")
	s.n.s.TCBs()[4].Abort()
	assert.True(t, open(6))
}

func TestDeviceKeepalive(t *testing.T) {
	s, a := device(t), &app{}
	tcb := s.dial(a, 5840)
	tcb.SetKeepalive(true, 10*time.Second, 2*time.Second, 3)
	s.skip()
	s.at(60_000)
	probe := "A seq 6511 ack 1001 win 5840 len 0"
	s.out("11163 "+probe, "13163 "+probe, "15163 "+probe, "17163 RA seq 6512 ack 1001 win 5840 len 0")
	assert.ErrorIs(t, a.err, ErrAborted)
	assert.Equal(t, StateEstablished, a.state)
}

func TestDeviceFastRetransmit(t *testing.T) {
	s, a := device(t), &app{}
	tcb := s.dial(a, 5840)
	require.NoError(t, tcb.Write(ramp(2920)))
	tcb.Output()
	s.skip()
	for range 3 {
		s.out()
		s.in(wire.ACK, 1001, 6512, 5840, "")
	}
	s.out("1001 A seq 6512 ack 1001 win 5840 len 1460")
	assert.Equal(t, 1, tcb.Retries())
}

func TestSendLimits(t *testing.T) {
	s, a := device(t), &app{}
	tcb := s.dial(a, 0) // nothing leaves
	assert.Equal(t, 2920, tcb.SendBuffer())
	assert.ErrorIs(t, tcb.Write(ramp(2921)), ErrMem)
	require.NoError(t, tcb.Write(ramp(2920)))
	assert.Equal(t, 0, tcb.SendBuffer())
	assert.Equal(t, 2, tcb.SendQueue())
	assert.Equal(t, 2920, tcb.Unacked())
	assert.NoError(t, tcb.Close(), "the FIN rides on the unsent segment")
	assert.ErrorIs(t, tcb.Write([]byte("x")), ErrConn)
	tcb.Abort()

	p := DeviceProfile()
	p.MSS, p.SendBuffer = 10, 2920
	s2, b := newScript(t, p), &app{}
	_, err := s2.n.s.Listen(netip.Addr{}, 80, func(*TCB) Handler { return b })
	require.NoError(t, err)
	tcb = s2.serve2(b)
	assert.ErrorIs(t, tcb.Write(ramp(81)), ErrMem, "more than 8 segments")
	require.NoError(t, tcb.Write(ramp(80)))
	assert.ErrorIs(t, tcb.Write([]byte("x")), ErrMem)
}

// serve2 completes a handshake whatever the stack's number is.
func (s *script) serve2(a *app) *TCB {
	s.at(1000)
	s.port, s.from = 80, 5001
	s.in(wire.SYN, peerISN, 0, 0, "")
	segs := s.tcpFrom("d")
	s.in(wire.ACK, peerISN+1, segs[len(segs)-1].seq+1, 0, "")
	require.NotNil(s.t, a.tcb)
	return a.tcb
}

func TestNagle(t *testing.T) {
	s, a := device(t), &app{}
	tcb := s.dial(a, 5840)
	tcb.SetNagle(true)
	s.skip()
	for _, w := range []string{"a", "b", "c"} {
		require.NoError(t, tcb.Write([]byte(w)))
		tcb.Output()
	}
	s.out("1001 PA seq 6512 ack 1001 win 5840 len 1")
	s.in(wire.ACK, 1001, 6513, 5840, "")
	s.out("1001 PA seq 6513 ack 1001 win 5840 len 2")
}

// TestHostileMSS: a peer that names an MSS of 0 or 1 makes nobody loop.
func TestHostileMSS(t *testing.T) {
	for _, mss := range []int{1, 40, 47} {
		s, a := newScript(t, HostProfile()), &app{}
		_, err := s.n.s.Listen(netip.Addr{}, 80, func(*TCB) Handler { return a })
		require.NoError(t, err)
		s.at(1000)
		s.port, s.from = 80, 5001
		s.in(wire.SYN, peerISN, 0, 65535, "", mss)
		s.in(wire.ACK, peerISN+1, s.tcpFrom("d")[0].seq+1, 65535, "")
		require.NotNil(t, a.tcb)
		assert.Equal(t, minStrictMSS, a.tcb.MSS())
	}
	s := device(t)
	s.n.i.mtu = 40
	s.dial(&app{}, 5840)
	assert.Contains(t, fmt.Sprint(s.n.events), "loops for ever on a device")
}

// TestAddressChange: connections of the old address are reset from it, listeners stay (lwip.md 7.5).
func TestAddressChange(t *testing.T) {
	s, a := device(t), &app{}
	s.dial(a, 5840)
	s.skip()
	s.n.i.SetAddr(s.n.i.Addr(), s.n.i.Gateway())
	assert.NoError(t, a.err)
	s.n.i.SetAddr(netip.MustParsePrefix("10.0.0.50/24"), s.n.i.Gateway())
	assert.ErrorIs(t, a.err, ErrAborted)
	assert.Equal(t, StateClosed, a.state)
	s.out("1001 RA seq 6512 ack 1001 win 5840 len 0")
	assert.Equal(t, "10.0.0.2", s.tcpFrom("d")[2].src.Addr().String())
}

// TestMemoryRunsOut fails each allocation of a short conversation in turn: no panic, an error or a retry, nothing leaks.
func TestMemoryRunsOut(t *testing.T) {
	for n := 1; n < 40; n++ {
		s, a := device(t), &app{}
		count := 0
		s.n.heap.fail = func(uint32, string) bool { count++; return count == n }
		s.at(1000)
		s.port, s.from = 4000, 80
		l, _ := s.n.s.Listen(netip.Addr{}, 80, func(*TCB) Handler { return &app{} })
		if tcb := s.n.s.NewTCB(a); tcb != nil {
			_ = tcb.Bind(netip.Addr{}, 4000)
			if tcb.Connect(netip.MustParseAddrPort("10.0.0.1:80")) == nil {
				isn := s.tcpFrom("d")[0].seq
				s.in(wire.SYN|wire.ACK, peerISN, isn+1, 5840, "", 1460)
				_ = tcb.Write(ramp(2000))
				tcb.Output()
				s.in(wire.ACK, peerISN+50, isn+1, 5840, "beyond")
				_ = tcb.Close()
			}
			tcb.Abort()
		}
		if l != nil {
			l.Close()
		}
		s.at(10_000)
		assert.Empty(t, s.n.heap.left(), "allocation %d", n)
	}
}

// A connection whose SYN found no memory is reset when it is aborted, as lwIP's tcp_abandon does in any state but TIME_WAIT.
func TestAbortWithoutSYN(t *testing.T) {
	s := device(t)
	s.at(1000)
	s.n.heap.fail = func(_ uint32, what string) bool { return what == "pbuf" }
	tcb := s.n.s.NewTCB(&app{})
	require.Error(t, tcb.Connect(netip.MustParseAddrPort("10.0.0.1:80")))
	s.n.heap.fail = nil
	tcb.Abort()
	sent := s.tcpFrom("d")
	require.Len(t, sent, 1)
	assert.Contains(t, sent[0].flags, "R")
}

// Timers that run out in one instant run in the order of the SDK's list, longer periods first: SNTP, then DNS, DHCP, TCP and IGMP
// (lwip.md 2).
func TestTimersOfOneInstant(t *testing.T) {
	const igmpProtocol = 2
	ranks := []string{"", "SNTP", "DNS", "DHCP", "TCP", "IGMP"}
	rank := func(g seg) int {
		switch {
		case g.kind == "udp" && g.dst.Port() == wire.SNTPPort:
			return 1
		case g.kind == "udp" && g.dst.Port() == wire.DNSPort:
			return 2
		case g.kind == "dhcp":
			return 3
		case g.kind == "tcp":
			return 4
		case len(g.frame) > 23 && g.frame[23] == igmpProtocol:
			return 5
		}
		return 0
	}
	pairs := map[[2]int]int{} // of frames of one instant, the earlier first
	for n := range 10 {
		start := 2001 + 50*float64(n) // TCP's timer, and SNTP's with it, has another phase against the others each time
		s := device(t)
		s.n.i.SetNeighbor(netip.MustParseAddr("10.0.0.9"), s.pi.mac)
		s.at(1000)
		s.n.s.SetDNS(0, netip.MustParseAddr("10.0.0.1"))
		var again func(netip.Addr, *Cause)
		again = func(netip.Addr, *Cause) { _, _ = s.n.s.Resolve("time.example", again) }
		again(netip.Addr{}, nil)
		s.at(start)
		require.NoError(t, s.n.s.NewTCB(&app{}).Connect(netip.MustParseAddrPort("10.0.0.1:80")))
		s.at(start + float64(n%3)*500)
		other := s.n.s.AddInterface("other", MAC{2, 0, 0, 0, 0, 8}, func([]byte) {
			s.log = append(s.log, seg{at: s.now.Sub(simStart), kind: "dhcp"})
		})
		other.StartDHCP("ESP_000001", func(DHCPLease) {})
		c := s.n.s.SNTP()
		c.SetServer(0, netip.MustParseAddr("10.0.0.1"))
		c.SetServer(1, netip.MustParseAddr("10.0.0.9"))
		c.Start()
		for k := range 500 { // whose reports are repeated after some runs of the timer
			s.at(2004 + start + float64(120*k))
			require.NoError(t, s.n.s.JoinGroup(netip.MustParseAddr("10.0.0.2"), netip.AddrFrom4([4]byte{239, 1, byte(k >> 8), byte(k)})))
			if k%10 == 0 {
				s.at(2009 + start + float64(120*k))
				require.NoError(t, s.n.s.NewTCB(&app{}).Connect(netip.MustParseAddrPort("10.0.0.1:80")))
			}
		}
		for k, g := range s.log {
			for _, last := range s.log[:k] {
				if last.at == g.at && g.at > ms(start+1000) && rank(last) > 0 && rank(g) > 0 {
					pairs[[2]int{rank(last), rank(g)}]++
				}
			}
		}
	}
	for p := range pairs {
		assert.LessOrEqual(t, p[0], p[1], "%s came before %s", ranks[p[0]], ranks[p[1]])
	}
	for first := 1; first < 5; first++ {
		for then := first + 1; then <= 5; then++ {
			assert.NotZero(t, pairs[[2]int{first, then}], "%s before %s", ranks[first], ranks[then])
		}
	}
}

// ARP's timer runs before the others of its instant: what SNTP, DNS or TCP send in the very run in which a neighbour is given up waits in a
// new entry, whose answer sends it on, and is not given up with the old one (lwip.md 2).
func TestARPTimerRunsFirst(t *testing.T) {
	const end = 15_013 // ms: a run of ARP's timer
	silent := netip.MustParseAddr("10.0.0.7")
	for name, start := range map[string]func(s *script){
		"SNTP": func(s *script) {
			c := s.n.s.SNTP()
			c.SetServer(0, netip.MustParseAddr("10.0.0.1"))
			c.SetServer(1, silent) // asked 3 s later
			c.Start()
		},
		"DNS": func(s *script) {
			s.n.s.SetDNS(0, silent)
			s.at(end - 500)
			_, _ = s.n.s.Resolve("time.example", func(netip.Addr, *Cause) {})
		},
		"TCP": func(s *script) { // the SYN goes again each second
			require.NoError(t, s.n.s.NewTCB(&app{}).Connect(netip.AddrPortFrom(silent, 80)))
		},
	} {
		s := device(t)
		s.at(end - 7000)
		u := s.n.s.NewUDP(nil)
		require.NoError(t, u.SendTo([]byte("x"), netip.AddrPortFrom(silent, 9))) // given up at the second run from now
		s.at(end - 2962)
		start(s)
		s.at(end - 1)
		require.NotNil(t, s.n.s.arp.byAddr[silent], name)
		s.at(end + 1)
		s.log = nil
		s.n.i.Input(s.now, s.peer.buildARP(s.pi, 2, silent, s.n.i.addr.Addr(), s.n.i.mac, s.n.i.mac))
		s.at(end + 2)
		if assert.NotEmpty(t, s.log, name) {
			assert.Equal(t, silent, s.log[0].dst.Addr(), name)
		}
	}
}
