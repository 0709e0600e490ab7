package netstack

import (
	"net/netip"
	"testing"

	"github.com/google/gopacket/layers"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// An echo request comes back as a reply, to whoever wants it.
func TestSendEcho(t *testing.T) {
	s := device(t)
	s.at(500)
	type reply struct {
		from    string
		id, seq uint16
		data    string
	}
	var got []reply
	s.n.s.HandleEcho(func(from netip.Addr, id, seq uint16, data []byte) {
		got = append(got, reply{from.String(), id, seq, string(data)})
	})
	require.NoError(t, s.n.s.SendEcho(netip.MustParseAddr("10.0.0.1"), 0xAFAF, 7, []byte("payload")))
	answer := func(id byte) {
		msg := append([]byte{0, 0, 0, 0, id, 2, 0, 7}, "payload"...)
		s.peer.begin(msg)
		s.n.i.Input(s.now, s.peer.finishIP(s.pi, netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("10.0.0.2"), layers.IPProtocolICMPv4))
	}
	answer(1)
	assert.Equal(t, []reply{{"10.0.0.1", 0x102, 7, "payload"}}, got)
	g := s.log[len(s.log)-1]
	assert.Equal(t, "icmp", g.kind)
	assert.Equal(t, 0x800, g.typ)
	assert.Equal(t, "payload", string(g.data))
	s.n.s.HandleEcho(nil)
	answer(9)
	assert.Len(t, got, 1)
}

func TestSendEchoErrors(t *testing.T) {
	s := device(t)
	to := netip.MustParseAddr("10.0.0.1")
	assert.ErrorIs(t, s.n.s.SendEcho(netip.MustParseAddr("::1"), 1, 1, nil), ErrArg)
	assert.ErrorIs(t, s.n.s.SendEcho(to, 1, 1, make([]byte, maxEcho+1)), ErrArg)
	assert.NotErrorIs(t, s.n.s.SendEcho(to, 1, 1, make([]byte, maxEcho)), ErrArg)
	s.n.i.SetUp(false)
	assert.ErrorIs(t, s.n.s.SendEcho(to, 1, 1, nil), ErrRoute)
}
