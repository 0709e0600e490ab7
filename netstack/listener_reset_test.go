package netstack

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/netstack/internal/wire"
)

// A segment with an ACK that belongs to no connection is reset from its acknowledgement on, and by SDK 2.0.0 and 2.1.0 from one more where
// the port has a listener (lwip.md 4.2).
func TestListenerResetsAhead(t *testing.T) {
	for _, ahead := range []bool{false, true} {
		p := DeviceProfile()
		p.ListenerResetsAhead = ahead
		s := newScript(t, p)
		_, err := s.n.s.Listen(netip.Addr{}, 80, func(*TCB) Handler { return &app{} })
		require.NoError(t, err)
		for _, port := range []uint16{80, 81} {
			s.at(float64(port))
			s.from, s.port = 5001, port
			s.skip()
			s.in(wire.ACK, peerISN, 7000, 5840, "data")
			sent := s.tcpFrom("d")[s.read:]
			require.Len(t, sent, 1)
			want := uint32(7000)
			if ahead && port == 80 {
				want++
			}
			assert.Equal(t, want, sent[0].seq, "port %d", port)
			assert.EqualValues(t, peerISN+4, sent[0].ack)
		}
	}
}
