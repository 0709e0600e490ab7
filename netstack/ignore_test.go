package netstack

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

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
	report := func(group string) []byte {
		g := &igmpGroup{addr: netip.MustParseAddr(group)}
		at := len(m.queue)
		other.i.sendIGMP(g, igmpReport)
		f := m.queue[at].frame
		m.queue = m.queue[:at]
		return f
	}
	spoilt := func(frame []byte, at int) []byte {
		frame[at] ^= 1
		return frame
	}
	const header, message = wire.EthernetLen + wire.IPv4Len, wire.EthernetLen + wire.IPv4Len + 4 // the header's option is the router alert
	query := spoilt(report("239.1.1.1"), message)
	query[message], query[message+2] = igmpQuery, query[message+2]+igmpReport-igmpQuery
	for _, group := range []string{"239.1.1.1", "239.2.2.2"} {
		require.NoError(t, n.s.JoinGroup(wire.AnyAddr, netip.MustParseAddr(group)))
	}
	for _, g := range n.i.groups {
		g.delaying, g.reporter, g.at = g.addr == netip.MustParseAddr("239.2.2.2"), true, never // and has reported
	}
	state := func() (s []igmpGroup) {
		for _, g := range n.i.groups {
			s = append(s, *g)
		}
		return s
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
		{"report of a group that is not to be reported", report("239.1.1.1"), true},
		{"the same, padded", append(report("239.1.1.1"), make([]byte, 18)...), true},
		{"report of a group that is to be reported", report("239.2.2.2"), false},
		{"report of a group of others", report("239.3.3.3"), false},
		{"report with a bad header", spoilt(report("239.1.1.1"), header), false},
		{"report with a bad message", spoilt(report("239.1.1.1"), message+1), false},
		{"report that is cut", report("239.1.1.1")[:message+igmpLen-1], false},
		{"query", query, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			assert.Equal(t, c.ignored, n.i.Ignores(c.frame))
			before, events, sent, groups := len(n.s.arp.entries), len(n.events), len(m.log), state()
			n.i.Input(m.now, c.frame)
			if c.ignored {
				assert.Len(t, n.s.arp.entries, before)
				assert.Len(t, n.events, events)
				assert.Len(t, m.log, sent)
				assert.Equal(t, groups, state())
			}
		})
	}
}
