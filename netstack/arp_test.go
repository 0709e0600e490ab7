package netstack

import (
	"net/netip"
	"testing"
	"time"

	"github.com/google/gopacket/layers"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/netstack/internal/wire"
)

// udpOut sends one datagram with a marker from a socket.
func udpOut(t *testing.T, u *UDP, to string, marker byte) {
	t.Helper()
	require.NoError(t, u.SendTo([]byte{marker}, netip.MustParseAddrPort(to)))
}

func markers(m *sim) (b []byte) {
	for _, g := range m.log {
		if g.kind == "udp" {
			b = append(b, g.data[0])
		}
	}
	return b
}

func arps(m *sim, op int) (n int) {
	for _, g := range m.log {
		if g.kind == "arp" && g.op == op {
			n++
		}
	}
	return n
}

func TestARPQueueKeepsThreeAndAsksForEach(t *testing.T) {
	s := device(t)
	s.at(1000)
	u := s.n.s.NewUDP(nil)
	for k := range 5 {
		udpOut(t, u, "10.0.0.9:7", byte(k))
	}
	assert.Equal(t, 1+5, arps(s.sim, 1), "the announcement and one request for each packet")
	assert.Empty(t, markers(s.sim))
	s.n.i.SetNeighbor(netip.MustParseAddr("10.0.0.9"), MAC{2, 0, 0, 0, 0, 9})
	assert.Equal(t, []byte{2, 3, 4}, markers(s.sim), "the oldest two are gone")
	assert.Empty(t, s.n.heap.left())
}

func TestARPPendingEntryTimesOut(t *testing.T) {
	s := device(t)
	s.at(1000)
	u := s.n.s.NewUDP(nil)
	udpOut(t, u, "10.0.0.9:7", 1)
	s.at(9900)
	assert.Equal(t, "arp_q_entry pbuf", s.n.heap.left())
	s.at(10_100)
	assert.Empty(t, s.n.heap.left())
	s.n.i.SetNeighbor(netip.MustParseAddr("10.0.0.9"), MAC{2, 0, 0, 0, 0, 9})
	assert.Empty(t, markers(s.sim))
}

func TestARPTableHoldsTen(t *testing.T) {
	s := device(t)
	s.at(1000)
	for k := range 12 {
		s.n.i.SetNeighbor(netip.AddrFrom4([4]byte{10, 0, 0, byte(20 + k)}), MAC{2, 0, 0, 0, 0, byte(20 + k)})
	}
	assert.Len(t, s.n.s.arp.entries, 10)
	u := s.n.s.NewUDP(nil)
	udpOut(t, u, "10.0.0.31:7", 1)
	assert.Equal(t, []byte{1}, markers(s.sim))
	asked := arps(s.sim, 1)
	udpOut(t, u, "10.0.0.20:7", 2)
	assert.Equal(t, asked, arps(s.sim, 1), "of one age the one at the last place goes")
	udpOut(t, u, "10.0.0.29:7", 3)
	assert.Equal(t, asked+1, arps(s.sim, 1))
}

func TestARPAgeing(t *testing.T) {
	s := device(t)
	u := s.n.s.NewUDP(nil)
	s.at(1_139_900)
	asked := arps(s.sim, 1)
	udpOut(t, u, "10.0.0.1:7", 1)
	assert.Equal(t, asked, arps(s.sim, 1))
	s.at(1_140_100)
	udpOut(t, u, "10.0.0.1:7", 2)
	udpOut(t, u, "10.0.0.1:7", 3)
	assert.Equal(t, asked+1, arps(s.sim, 1), "asked again, once per 5 s")
	assert.Equal(t, []byte{1, 2, 3}, markers(s.sim), "and sent to the known address meanwhile")
	s.at(1_200_100)
	udpOut(t, u, "10.0.0.1:7", 4)
	assert.Equal(t, []byte{1, 2, 3}, markers(s.sim), "too old")
}

func TestARPLearnsOnlyWhatConcernsIt(t *testing.T) {
	s := device(t)
	request := func(sender, target string, mac byte) {
		i := s.pi
		i.mac[5] = mac
		f := s.peer.buildARP(i, 1, netip.MustParseAddr(sender), netip.MustParseAddr(target), MAC{}, broadcastMAC)
		s.n.i.Input(s.now, f)
	}
	request("10.0.0.7", "10.0.0.8", 7)
	assert.Nil(t, s.n.s.arp.byAddr[netip.MustParseAddr("10.0.0.7")])
	request("10.0.0.7", "10.0.0.2", 7)
	assert.NotNil(t, s.n.s.arp.byAddr[netip.MustParseAddr("10.0.0.7")])
	assert.Equal(t, 1, arps(s.sim, 2))
	request("10.0.0.7", "10.0.0.7", 9) // gratuitous
	assert.Equal(t, MAC{2, 0, 0, 0, 0, 9}, s.n.s.arp.byAddr[netip.MustParseAddr("10.0.0.7")].mac)
	s.n.i.SetUp(false)
	request("10.0.0.6", "10.0.0.2", 6)
	assert.Equal(t, 2, arps(s.sim, 2), "answered even while down")
}

func TestICMPEchoKeepsTheRequestsHeader(t *testing.T) {
	s := device(t)
	s.at(500)
	msg := append([]byte{8, 0, 0, 0, 1, 2, 3, 4}, ramp(57)...)
	v := ^wire.Fold(wire.Sum(msg, 0))
	msg[2], msg[3] = byte(v>>8), byte(v)
	s.peer.begin(msg)
	s.peer.ipID = 4711
	f := s.peer.finishIP(s.pi, netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("10.0.0.2"), layers.IPProtocolICMPv4)
	s.n.i.Input(s.now, f)
	g := s.log[len(s.log)-1]
	assert.Equal(t, "icmp", g.kind)
	assert.EqualValues(t, 4711, g.id)
	assert.EqualValues(t, 128, g.ttl)
	assert.Equal(t, msg[8:], g.data)
}

func TestUDPWithoutSocketIsUnreachable(t *testing.T) {
	s := device(t)
	f := s.peer.buildUDP(s.pi, netip.MustParseAddrPort("10.0.0.1:9"), netip.MustParseAddrPort("10.0.0.2:10"), []byte("hello"))
	want := append([]byte(nil), f[wire.EthernetLen:wire.EthernetLen+wire.IPv4Len+8]...)
	s.n.i.Input(s.now, f)
	g := s.log[len(s.log)-1]
	assert.Equal(t, 0x303, g.typ)
	assert.Equal(t, want, g.data)
}

func TestUDPDemultiplexing(t *testing.T) {
	s := device(t)
	var got []string
	recv := func(name string) func(netip.AddrPort, netip.Addr, *Interface, []byte) {
		return func(from netip.AddrPort, _ netip.Addr, _ *Interface, data []byte) {
			got = append(got, name+" "+from.String()+" "+string(data))
		}
	}
	in := func(from uint16) {
		f := s.peer.buildUDP(s.pi, netip.AddrPortFrom(netip.MustParseAddr("10.0.0.1"), from), netip.MustParseAddrPort("10.0.0.2:4097"),
			[]byte("x"))
		s.n.i.Input(s.now, f)
	}
	a, b := s.n.s.NewUDP(recv("any")), s.n.s.NewUDP(recv("peer"))
	require.NoError(t, a.Bind(netip.Addr{}, 0))
	assert.EqualValues(t, 4097, a.Local().Port(), "the resolver has 4096")
	assert.ErrorIs(t, b.Bind(netip.Addr{}, 4097), ErrInUse)
	b.local = a.local
	require.NoError(t, b.Connect(netip.MustParseAddrPort("10.0.0.1:5")))
	in(4)
	in(5)
	a.Close()
	b.Close()
	assert.Equal(t, []string{"any 10.0.0.1:4 x", "peer 10.0.0.1:5 x"}, got)
}

func TestFragmentsAreDropped(t *testing.T) {
	s := device(t)
	before := len(s.log)
	f := s.peer.buildUDP(s.pi, netip.MustParseAddrPort("10.0.0.1:9"), netip.MustParseAddrPort("10.0.0.2:10"), []byte("hello"))
	f[20] |= 0x20
	f[24], f[25] = 0, 0
	v := ^wire.Fold(wire.Sum(f[14:34], 0))
	f[24], f[25] = byte(v>>8), byte(v)
	s.n.i.Input(s.now, f)
	assert.Len(t, s.log, before)
	assert.Equal(t, "fragment", s.n.events[len(s.n.events)-1].Text)
}

func TestIdleStackWantsNothing(t *testing.T) {
	s := device(t)
	s.dial(&app{}, 5840)
	s.at(5000)
	_, ok := s.n.s.NextEvent()
	assert.False(t, ok, "an idle connection costs no wake-ups")
	s.n.s.TCBs()[0].SetKeepalive(true, time.Hour, -1, -1)
	_, ok = s.n.s.NextEvent()
	assert.True(t, ok)
}

// A stack with exact timers that does not repeat its requests asks once, and wants nothing until the entry is given up.
func TestARPWithoutRepeats(t *testing.T) {
	m := newSim(t)
	p := HostProfile()
	p.ARPRetry = 0
	n := m.stack("host", p, "10.0.0.2/24")
	udpOut(t, n.s.NewUDP(nil), "10.0.0.77:9", 1)
	n.s.Advance(m.now)
	at, ok := n.s.NextEvent()
	require.True(t, ok)
	assert.GreaterOrEqual(t, at.Sub(m.now), arpPeriod, "the next event is the end of the pending entry")
	m.run(time.Minute)
	assert.Equal(t, 1, arps(m, 1)-1, "requests, beside the announcement of the own address")
}
