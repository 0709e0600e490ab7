package netstack

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/netstack/internal/wire"
)

// A host answers segments that lie outside the window and carry nothing no more than twice a second, so that two peers who disagree do not
// keep each other busy.
func TestEmptySegmentsOutsideTheWindowAreAnsweredTwiceASecond(t *testing.T) {
	s, a := newScript(t, HostProfile()), &app{}
	s.dial2(a)
	tcb := a.tcb
	s.skip()
	for k := range 100 {
		s.at(2000 + 10*float64(k))
		s.in(wire.ACK, peerISN+1+70_000, tcb.sndNxt, 5840, "")
		s.in(wire.ACK, peerISN+1-100, tcb.sndNxt, 5840, "")
	}
	assert.Len(t, s.tcpFrom("d")[s.read:], 2)
	s.skip()
	s.in(wire.ACK, peerISN+1-2, tcb.sndNxt, 5840, "xy")
	assert.Len(t, s.tcpFrom("d")[s.read:], 1, "data that comes again is answered at once: its acknowledgement was lost")
}

// dial2 connects the stack to the peer, whatever its initial sequence number.
func (s *script) dial2(a *app) {
	s.at(1000)
	s.port, s.from = 4000, 80
	t := s.n.s.NewTCB(a)
	require.NoError(s.t, t.Bind(netip.Addr{}, s.port))
	require.NoError(s.t, t.Connect(netip.MustParseAddrPort("10.0.0.1:80")))
	s.in(wire.SYN|wire.ACK, peerISN, t.sndNxt, 5840, "", 1460)
	require.Equal(s.t, StateEstablished, t.State())
}
