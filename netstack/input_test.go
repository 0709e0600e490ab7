package netstack

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/emu8266/emu8266/netstack/internal/wire"
)

// Input says which frames came to TCP: the device looks at its receive buffers after those.
func TestInputTellsSegments(t *testing.T) {
	m := newSim(t)
	n := m.stack("a", DeviceProfile(), "10.0.0.2/16")
	peer := m.stack("b", HostProfile(), "10.0.0.3/16")
	m.run(ms(10))
	at := func(addr string) netip.AddrPort { return netip.MustParseAddrPort(addr) }
	segment := func(to string) []byte {
		f := peer.s.buildTCP(peer.i, at("10.0.0.3:1"), at(to), 1, 1, wire.ACK, 100, 0, []byte("data"))
		return append([]byte(nil), f...)
	}
	damaged := segment("10.0.0.2:80")
	damaged[len(damaged)-1]++
	fragment := segment("10.0.0.2:80")
	fragment[wire.EthernetLen+6] |= wire.MoreFragments >> 8
	arp := append([]byte(nil), peer.s.buildARP(peer.i, 1, at("10.0.0.3:0").Addr(), at("10.0.0.2:0").Addr(), MAC{}, broadcastMAC)...)
	arp[23] = wire.ProtocolTCP // part of the sender's address
	for _, c := range []struct {
		name    string
		frame   []byte
		segment bool
	}{
		{"segment", segment("10.0.0.2:80"), true},
		{"segment with a bad checksum", damaged, true},
		{"segment for somebody else", segment("10.0.0.9:80"), false},
		{"segment to the broadcast address", segment("10.0.255.255:80"), false},
		{"fragment", fragment, false},
		{"datagram", append([]byte(nil), peer.s.buildUDP(peer.i, at("10.0.0.3:1"), at("10.0.0.2:80"), []byte("data"))...), false},
		{"ARP request", arp, false},
		{"cut", segment("10.0.0.2:80")[:wire.EthernetLen], false},
	} {
		t.Run(c.name, func(t *testing.T) { assert.Equal(t, c.segment, n.i.Input(m.now, c.frame)) })
	}
}
