package netstack

import (
	"fmt"
	"net/netip"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/netstack/internal/wire"
)

// fails lets the n-th block of that name from now on find no memory, and no other.
func (h *countingHeap) fails(name string, n int) {
	h.fail = func(_ uint32, what string) bool {
		if what == name {
			n--
		}
		return what == name && n == 0
	}
}

// A TCP timer without memory for its record never runs again in this boot, not for later connections either: nothing is repeated, given
// up, or acknowledged late (lwip.md 16).
func TestTCPTimerWithoutMemory(t *testing.T) {
	lost := []Cause{{CauseTimerMemory, "tcp", 16, 0, 0}}
	s := device(t)
	s.at(1000)
	s.n.heap.fails("tcp timer", 1)
	for port, isn := range []string{"6511", "6513"} { // the second one finds memory, and no timer
		tcb := s.n.s.NewTCB(&app{})
		require.NoError(t, tcb.Bind(netip.Addr{}, uint16(4000+port)))
		require.NoError(t, tcb.Connect(netip.MustParseAddrPort("10.0.0.1:80")))
		begin := s.now.Sub(simStart).Milliseconds()
		s.at(float64(begin + 100_000))
		s.out(fmt.Sprintf("%d S seq %s ack 0 win 5840 len 0 mss 1460", begin, isn))
		assert.Equal(t, StateSynSent, tcb.State())
		tcb.Abort()
		s.skip()
	}
	assert.Equal(t, lost, causesIn(s.n.events))

	s, a := device(t), &app{} // a connection works, but for its timer
	s.at(1000)
	s.n.heap.fails("tcp timer", 1)
	tcb := s.dial(a, 5840)
	s.skip()
	s.in(wire.ACK, peerISN+1, tcb.sndNxt, 5840, "x")
	s.at(100_000)
	s.out()
	assert.Equal(t, "x", string(a.got))

	s, a = device(t), &app{} // the timer runs, and loses its record when it has repeated the data
	s.at(1000)
	tcb = s.dial(a, 5840)
	s.skip()
	require.NoError(t, tcb.Write([]byte("x")))
	tcb.Output()
	s.n.heap.fails("tcp timer", 2)
	s.at(100_000)
	assert.Len(t, s.tcpFrom("d"), 4, "SYN, ACK, the data and one repetition")
	assert.Equal(t, lost, causesIn(s.n.events))
	tick := s.n.s.tick()
	s.at(110_000)
	assert.Equal(t, tick, s.n.s.tick(), "time stands still")
	s.in(wire.ACK, peerISN+1, tcb.sndNxt, 5840, "")
	assert.Zero(t, tcb.Unacked())
}

// An ACK without memory stays due: the poll of the next tick sends it (measured: SDK 2.2.1, 3.0.1 and 3.0.6, linked library; tcp_slowtmr).
func TestAckWithoutMemory(t *testing.T) {
	s, a := device(t), &app{}
	s.at(1100)
	s.port, s.from = 4000, 80
	tcb := s.n.s.NewTCB(a)
	require.NoError(t, tcb.Bind(netip.Addr{}, s.port))
	require.NoError(t, tcb.Connect(netip.MustParseAddrPort("10.0.0.1:80")))
	s.skip()
	s.n.heap.fails("pbuf", 1)
	s.in(wire.SYN|wire.ACK, peerISN, tcb.sndNxt, 5840, "")
	assert.Equal(t, StateEstablished, tcb.State())
	s.out()
	s.at(1260)
	s.out()
	s.at(10_000)
	s.out("1263 A seq 6512 ack 1001 win 5840 len 0")
}

// A DNS timer without memory for its record asks no more and ends no lookup. An answer still does.
func TestDNSTimerWithoutMemory(t *testing.T) {
	d := newDNSScene(t)
	d.at(1100)
	d.resolve("a.x")
	d.n.heap.fails("dns timer", 1)
	d.at(60_000)
	at, _ := d.questions()
	assert.Equal(t, []int64{1100, 2013}, at, "the run that lost its record asked once more")
	assert.Empty(t, d.results)
	d.answer(0, 1, answerA...)
	assert.Equal(t, []string{"60000 10.0.0.77 true"}, d.results)
}
