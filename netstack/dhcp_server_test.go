package netstack

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// dhcpMessageOf builds a client's message.
func dhcpMessageOf(kind byte, mac MAC, options ...[]byte) []byte {
	b := make([]byte, dhcpOptions)
	b[0], b[1], b[2] = dhcpBootRequest, 1, 6
	binary.BigEndian.PutUint32(b[4:], 0x12345678)
	copy(b[dhcpHardware:], mac[:])
	binary.BigEndian.PutUint32(b[dhcpCookie:], dhcpMagic)
	b = append(b, dhcpOptKind, 1, kind)
	for _, o := range options {
		b = append(b, o...)
	}
	return append(b, dhcpOptEnd)
}

func addrOption(code byte, addr string) []byte {
	return append([]byte{code, 4}, netip.MustParseAddr(addr).AsSlice()...)
}

// dhcpGateway is a network's gateway whose server is called directly.
func dhcpGateway(t *testing.T, subnet string) (*Network, *Gateway) {
	var opts Options
	if subnet != "" {
		opts.Subnet = netip.MustParsePrefix(subnet)
	}
	n := NewNetwork(opts)
	t.Cleanup(func() { require.NoError(t, n.Close()) })
	return n, n.Gateway(GatewayConfig{})
}

// ask decides about a message and describes the answer.
func (d *dhcpServer) ask(t *testing.T, b []byte) string {
	t.Helper()
	r, ok := readDHCP(b)
	require.True(t, ok)
	d.gateway.host.net.mu.Lock()
	kind, addr := d.decide(r)
	d.gateway.host.net.mu.Unlock()
	name := map[byte]string{0: "silence", dhcpKindOffer: "OFFER", dhcpKindACK: "ACK", dhcpKindNAK: "NAK"}[kind]
	if addr.IsValid() && kind != 0 {
		name += " " + addr.String()
	}
	return name
}

func TestDHCPServerRules(t *testing.T) {
	n, g := dhcpGateway(t, "")
	d := &g.dhcp
	one, two, far := MAC{0x18, 0xfe, 0x34, 1, 2, 3}, MAC{0x18, 0xfe, 0x34, 1, 2, 4}, MAC{2, 0, 10, 0, 5, 7}
	discover := func(m MAC, o ...[]byte) string { return d.ask(t, dhcpMessageOf(dhcpKindDiscover, m, o...)) }
	request := func(m MAC, o ...[]byte) string { return d.ask(t, dhcpMessageOf(dhcpKindRequest, m, o...)) }
	ours := addrOption(dhcpOptServer, "10.0.0.1")

	first := discover(one)
	require.Regexp(t, `^OFFER 10\.0\.0\.(1..|2[0-4].|25[0-4])$`, first)
	addr := first[len("OFFER "):]
	assert.Equal(t, first, discover(one), "the same again")
	assert.NotEqual(t, first, discover(two))
	assert.Equal(t, "OFFER 10.0.5.7", discover(far), "an address that follows from the MAC")

	assert.Equal(t, "ACK "+addr, request(one, addrOption(dhcpOptRequested, addr), ours))
	assert.Equal(t, first, discover(one), "after a reset the device gets its address again")
	assert.Equal(t, "NAK", request(two, addrOption(dhcpOptRequested, addr), ours), "taken")
	assert.Equal(t, "NAK", request(two, addrOption(dhcpOptRequested, "192.168.1.7")), "rebooting in another network")
	assert.Equal(t, "ACK 10.0.9.9", request(two, addrOption(dhcpOptRequested, "10.0.9.9")), "rebooting, free: the only server can say yes")
	assert.Equal(t, "OFFER 10.0.9.9", discover(two, addrOption(dhcpOptRequested, "10.0.8.8")), "its last address comes first")
	assert.Equal(t, "NAK", request(two, addrOption(dhcpOptRequested, "10.0.0.99"), ours), "below the pool")
	assert.Equal(t, "NAK", request(two, addrOption(dhcpOptRequested, "10.0.255.255"), ours), "broadcast address")
	h := n.Host("server", netip.MustParseAddr("10.0.7.7"))
	assert.Equal(t, "NAK", request(two, addrOption(dhcpOptRequested, h.Addr().String()), ours), "a host's")
	assert.Equal(t, "NAK", request(two), "asks for nothing")

	renew := dhcpMessageOf(dhcpKindRequest, one)
	copy(renew[dhcpClientAddr:], netip.MustParseAddr(addr).AsSlice())
	assert.Equal(t, "ACK "+addr, d.ask(t, renew))
	renew[dhcpClientAddr+3] = 2
	assert.Equal(t, "NAK", d.ask(t, renew))

	assert.Equal(t, "silence", request(far, addrOption(dhcpOptRequested, "10.0.5.7"), addrOption(dhcpOptServer, "10.0.0.9")), "took another server's offer")
	assert.Equal(t, "OFFER 10.0.5.7", discover(one, addrOption(dhcpOptRequested, "10.0.5.7"))[:5]+" 10.0.5.7", "freed")

	assert.Equal(t, "silence", d.ask(t, dhcpMessageOf(dhcpKindDecline, one, addrOption(dhcpOptRequested, addr), ours)))
	assert.NotEqual(t, first, discover(one), "a declined address is not offered again")
	assert.Equal(t, "silence", d.ask(t, dhcpMessageOf(dhcpKindRelease, two)))
	assert.Equal(t, "ACK", d.ask(t, dhcpMessageOf(dhcpKindInform, two)))
	assert.Equal(t, "ACK 10.0.9.9", request(far, addrOption(dhcpOptRequested, "10.0.9.9")), "released")
}

func TestDHCPLeasesRunOut(t *testing.T) {
	_, g := dhcpGateway(t, "")
	one, two := MAC{0x18, 0xfe, 0x34, 1, 2, 3}, MAC{0x18, 0xfe, 0x34, 1, 2, 4}
	want := addrOption(dhcpOptRequested, "10.0.0.150")
	require.Equal(t, "ACK 10.0.0.150", g.dhcp.ask(t, dhcpMessageOf(dhcpKindRequest, one, want)))
	pass := func(d time.Duration) {
		g.host.net.mu.Lock()
		g.host.net.now += int64(d)
		g.host.net.mu.Unlock()
	}
	pass(DHCPLeaseTime - time.Second)
	require.Equal(t, "NAK", g.dhcp.ask(t, dhcpMessageOf(dhcpKindRequest, two, want)))
	pass(time.Second)
	require.Equal(t, "ACK 10.0.0.150", g.dhcp.ask(t, dhcpMessageOf(dhcpKindRequest, two, want)))
	require.NotEqual(t, "OFFER 10.0.0.150", g.dhcp.ask(t, dhcpMessageOf(dhcpKindDiscover, one)))
}

func TestDHCPPoolIsUsedUpWithoutHarm(t *testing.T) {
	_, g := dhcpGateway(t, "10.0.0.0/23")
	seen := map[string]bool{}
	for i := range 500 {
		answer := g.dhcp.ask(t, dhcpMessageOf(dhcpKindDiscover, MAC{0x18, 0xfe, 0x34, 0, byte(i >> 8), byte(i)}))
		if answer != "silence" {
			require.False(t, seen[answer], answer)
			seen[answer] = true
		}
	}
	assert.Len(t, seen, 510-99)
}

func TestDHCPReply(t *testing.T) {
	_, g := dhcpGateway(t, "")
	r, ok := readDHCP(dhcpMessageOf(dhcpKindDiscover, MAC{2, 0, 10, 0, 0, 150}))
	require.True(t, ok)
	b := g.dhcp.reply(r, dhcpKindOffer, netip.MustParseAddr("10.0.0.150"))
	assert.GreaterOrEqual(t, len(b), dhcpMinMessage)
	assert.Equal(t, []byte{2, 1, 6, 0, 0x12, 0x34, 0x56, 0x78}, b[:8])
	assert.Equal(t, []byte{10, 0, 0, 150, 10, 0, 0, 1}, b[16:24])
	want := []byte{53, 1, 2, 54, 4, 10, 0, 0, 1, 51, 4, 0, 0, 0x1c, 0x20, 58, 4, 0, 0, 0x0e, 0x10, 59, 4, 0, 0, 0x18, 0x9c, 1, 4, 255, 255, 0, 0, 3, 4, 10, 0, 0, 1, 6, 4, 10, 0, 0, 1, 28, 4, 10, 0, 255, 255, 255}
	assert.Equal(t, want, b[dhcpOptions:][:len(want)])
	nak := g.dhcp.reply(r, dhcpKindNAK, netip.Addr{})
	assert.Equal(t, []byte{53, 1, 6, 54, 4, 10, 0, 0, 1, 255}, nak[dhcpOptions:][:10])
}

func TestDHCPServerReadsOnlyRequests(t *testing.T) {
	good := dhcpMessageOf(dhcpKindDiscover, MAC{2, 0, 10, 0, 0, 7})
	for name, change := range map[string]func(b []byte) []byte{
		"too short":      func(b []byte) []byte { return b[:dhcpOptions-1] },
		"a reply":        func(b []byte) []byte { b[0] = 2; return b },
		"not Ethernet":   func(b []byte) []byte { b[1] = 2; return b },
		"long address":   func(b []byte) []byte { b[2] = 16; return b },
		"no cookie":      func(b []byte) []byte { b[dhcpCookie] = 0; return b },
		"relayed":        func(b []byte) []byte { b[dhcpRelayAddr] = 10; return b },
		"no kind":        func(b []byte) []byte { return b[:dhcpOptions] },
		"group address":  func(b []byte) []byte { b[dhcpHardware] |= 1; return b },
		"zero address":   func(b []byte) []byte { clear(b[dhcpHardware : dhcpHardware+6]); return b },
		"cut off option": func(b []byte) []byte { return append(b[:dhcpOptions], dhcpOptKind, 9, 1) },
	} {
		_, ok := readDHCP(change(bytes.Clone(good)))
		assert.False(t, ok, name)
	}
	padded := append(bytes.Clone(good[:dhcpOptions]), 0, 0, dhcpOptKind, 1, 1)
	_, ok := readDHCP(padded)
	assert.True(t, ok, "pad options, no end option")
}

func TestDeviceGetsAnAddressByDHCP(t *testing.T) {
	for _, loss := range []float64{0, 0.3} {
		t.Run(fmt.Sprint("loss ", loss), func(t *testing.T) {
			bubble(t, Options{Seed: 4, Faults: Faults{Loss: loss}}, func(t *testing.T, n *Network) {
				n.Gateway(GatewayConfig{})
				s := newStation(t, n, 150, DeviceProfile())
				var leases []DHCPLease
				s.do(func() { s.ifc.StartDHCP("emu8266", func(l DHCPLease) { leases = append(leases, l) }) })
				time.Sleep(2 * time.Minute)
				var got []DHCPLease
				s.do(func() { got = append(got, leases...) })
				require.Len(t, got, 1)
				l := got[0]
				assert.Equal(t, "10.0.0.150/16", l.Addr.String())
				assert.Equal(t, "10.0.0.1", l.Gateway.String())
				assert.Equal(t, "10.0.0.1", l.DNS[0].String())
				time.Sleep(24 * time.Hour)
				if loss == 0 {
					s.do(func() { got = leases })
					assert.Len(t, got, 1, "renewed without interruption for a day")
				}
			})
		})
	}
}

func FuzzDHCPServer(f *testing.F) {
	f.Add(dhcpMessageOf(dhcpKindDiscover, MAC{2, 0, 10, 0, 0, 7}))
	f.Add(dhcpMessageOf(dhcpKindRequest, MAC{2, 0, 10, 0, 0, 7}, addrOption(dhcpOptRequested, "10.0.0.150"), addrOption(dhcpOptServer, "10.0.0.1")))
	f.Add(dhcpMessageOf(dhcpKindDecline, MAC{2, 0, 10, 0, 0, 7}, addrOption(dhcpOptRequested, "10.0.0.150")))
	n := NewNetwork(Options{Subnet: netip.MustParsePrefix("10.0.0.0/24")})
	f.Cleanup(func() { _ = n.Close() })
	g := n.Gateway(GatewayConfig{})
	f.Fuzz(func(t *testing.T, data []byte) {
		n.enter()
		defer n.mu.Unlock()
		r, ok := readDHCP(data)
		if !ok {
			return
		}
		kind, addr := g.dhcp.decide(r)
		if kind != 0 {
			if b := g.dhcp.reply(r, kind, addr); len(b) < dhcpMinMessage || len(b) > 576 {
				t.Fatalf("reply of %d bytes", len(b))
			}
		}
		for a, l := range g.dhcp.leases {
			if l.mac != (MAC{}) && g.dhcp.clients[l.mac] != a {
				t.Fatalf("lease of %v belongs to %v, which has %v", a, l.mac, g.dhcp.clients[l.mac])
			}
			if first, _ := n.number(firstPool); !n.subnet.Contains(a) || a.Less(first) {
				t.Fatalf("lease %v outside the pool", a)
			}
		}
	})
}
