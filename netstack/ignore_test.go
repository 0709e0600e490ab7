package netstack

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/emu8266/emu8266/netstack/internal/wire"
)

// An ignored frame would have changed nothing: the table stays, nothing is sent.
func TestIgnoresOnlyWhatInputIgnores(t *testing.T) {
	m := newSim(t)
	n := m.stack("a", DeviceProfile(), "10.0.0.2/16")
	other := m.stack("b", HostProfile(), "10.0.0.3/16")
	m.run(ms(10))
	n.i.SetNeighbor(netip.MustParseAddr("10.0.0.9"), MAC{2, 0, 10, 0, 0, 9})
	request := func(op uint16, sender, target string) []byte {
		f := other.s.buildARP(other.i, op, netip.MustParseAddr(sender), netip.MustParseAddr(target), MAC{}, broadcastMAC)
		return append([]byte(nil), f...)
	}
	short := request(1, "10.0.0.7", "10.0.0.8")[:41]
	strange := request(1, "10.0.0.7", "10.0.0.8")
	strange[wire.EthernetLen] = 9
	for _, c := range []struct {
		name    string
		frame   []byte
		ignored bool
	}{
		{"request between strangers", request(1, "10.0.0.7", "10.0.0.8"), true},
		{"announcement of a stranger", request(1, "10.0.0.7", "10.0.0.7"), true},
		{"padded", append(request(1, "10.0.0.7", "10.0.0.8"), make([]byte, 18)...), true},
		{"for us", request(1, "10.0.0.7", "10.0.0.2"), false},
		{"announcement of a neighbour", request(1, "10.0.0.9", "10.0.0.9"), false},
		{"request of a neighbour for another", request(1, "10.0.0.9", "10.0.0.8"), false},
		{"reply", request(2, "10.0.0.7", "10.0.0.8"), false},
		{"cut", short, false},
		{"another hardware", strange, false},
		{"nothing", nil, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			assert.Equal(t, c.ignored, n.i.Ignores(c.frame))
			before, events, sent := len(n.s.arp.entries), len(n.events), len(m.log)
			n.i.Input(m.now, c.frame)
			if c.ignored {
				assert.Len(t, n.s.arp.entries, before)
				assert.Len(t, n.events, events)
				assert.Len(t, m.log, sent)
			}
		})
	}
}
