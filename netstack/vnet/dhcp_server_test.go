package vnet

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/netstack"
	"github.com/emu8266/emu8266/netstack/internal/wire"
)

// dhcpMessageOf builds a client's message.
func dhcpMessageOf(kind byte, mac netstack.MAC, options ...[]byte) []byte {
	b := make([]byte, wire.DHCPOptions)
	b[0], b[1], b[2] = wire.DHCPBootRequest, 1, 6
	binary.BigEndian.PutUint32(b[4:], 0x12345678)
	copy(b[wire.DHCPHardware:], mac[:])
	binary.BigEndian.PutUint32(b[wire.DHCPCookie:], wire.DHCPMagic)
	b = append(b, wire.DHCPOptKind, 1, kind)
	for _, o := range options {
		b = append(b, o...)
	}
	return append(b, wire.DHCPOptEnd)
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
	n := New(opts)
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
	name := map[byte]string{0: "silence", wire.DHCPOffer: "OFFER", wire.DHCPACK: "ACK", wire.DHCPNAK: "NAK"}[kind]
	if addr.IsValid() && kind != 0 {
		name += " " + addr.String()
	}
	return name
}

func TestDHCPServerRules(t *testing.T) {
	n, g := dhcpGateway(t, "")
	d := &g.dhcp
	one, two, far := netstack.MAC{0x18, 0xfe, 0x34, 1, 2, 3}, netstack.MAC{0x18, 0xfe, 0x34, 1, 2, 4}, netstack.MAC{2, 0, 10, 0, 5, 7}
	discover := func(m netstack.MAC, o ...[]byte) string { return d.ask(t, dhcpMessageOf(wire.DHCPDiscover, m, o...)) }
	request := func(m netstack.MAC, o ...[]byte) string { return d.ask(t, dhcpMessageOf(wire.DHCPRequest, m, o...)) }
	ours := addrOption(wire.DHCPOptServer, "10.0.0.1")

	first := discover(one)
	require.Regexp(t, `^OFFER 10\.0\.0\.(1..|2[0-4].|25[0-4])$`, first)
	addr := first[len("OFFER "):]
	assert.Equal(t, first, discover(one), "the same again")
	assert.NotEqual(t, first, discover(two))
	assert.Equal(t, "OFFER 10.0.5.7", discover(far), "an address that follows from the MAC")

	assert.Equal(t, "ACK "+addr, request(one, addrOption(wire.DHCPOptRequested, addr), ours))
	assert.Equal(t, first, discover(one), "after a reset the device gets its address again")
	assert.Equal(t, "NAK", request(two, addrOption(wire.DHCPOptRequested, addr), ours), "taken")
	assert.Equal(t, "NAK", request(two, addrOption(wire.DHCPOptRequested, "192.168.1.7")), "rebooting in another network")
	assert.Equal(t, "ACK 10.0.9.9", request(two, addrOption(wire.DHCPOptRequested, "10.0.9.9")),
		"rebooting, free: the only server can say yes")
	assert.Equal(t, "OFFER 10.0.9.9", discover(two, addrOption(wire.DHCPOptRequested, "10.0.8.8")), "its last address comes first")
	assert.Equal(t, "NAK", request(two, addrOption(wire.DHCPOptRequested, "10.0.0.99"), ours), "below the pool")
	assert.Equal(t, "NAK", request(two, addrOption(wire.DHCPOptRequested, "10.0.255.255"), ours), "broadcast address")
	h := n.Host("server", netip.MustParseAddr("10.0.7.7"))
	assert.Equal(t, "NAK", request(two, addrOption(wire.DHCPOptRequested, h.Addr().String()), ours), "a host's")
	assert.Equal(t, "NAK", request(two), "asks for nothing")

	renew := dhcpMessageOf(wire.DHCPRequest, one)
	copy(renew[wire.DHCPClientAddr:], netip.MustParseAddr(addr).AsSlice())
	assert.Equal(t, "ACK "+addr, d.ask(t, renew))
	renew[wire.DHCPClientAddr+3] = 2
	assert.Equal(t, "NAK", d.ask(t, renew))

	assert.Equal(t, "silence", request(far, addrOption(wire.DHCPOptRequested, "10.0.5.7"), addrOption(wire.DHCPOptServer, "10.0.0.9")),
		"took another server's offer")
	assert.Equal(t, "OFFER 10.0.5.7", discover(one, addrOption(wire.DHCPOptRequested, "10.0.5.7"))[:5]+" 10.0.5.7", "freed")

	assert.Equal(t, "silence", d.ask(t, dhcpMessageOf(wire.DHCPDecline, one, addrOption(wire.DHCPOptRequested, addr), ours)))
	assert.NotEqual(t, first, discover(one), "a declined address is not offered again")
	assert.Equal(t, "silence", d.ask(t, dhcpMessageOf(wire.DHCPRelease, two)))
	assert.Equal(t, "ACK", d.ask(t, dhcpMessageOf(wire.DHCPInform, two)))
	assert.Equal(t, "ACK 10.0.9.9", request(far, addrOption(wire.DHCPOptRequested, "10.0.9.9")), "released")
}

func TestDHCPLeasesRunOut(t *testing.T) {
	_, g := dhcpGateway(t, "")
	one, two := netstack.MAC{0x18, 0xfe, 0x34, 1, 2, 3}, netstack.MAC{0x18, 0xfe, 0x34, 1, 2, 4}
	want := addrOption(wire.DHCPOptRequested, "10.0.0.150")
	require.Equal(t, "ACK 10.0.0.150", g.dhcp.ask(t, dhcpMessageOf(wire.DHCPRequest, one, want)))
	pass := func(d time.Duration) {
		g.host.net.mu.Lock()
		g.host.net.now += int64(d)
		g.host.net.mu.Unlock()
	}
	pass(dhcpLeaseTime - time.Second)
	require.Equal(t, "NAK", g.dhcp.ask(t, dhcpMessageOf(wire.DHCPRequest, two, want)))
	pass(time.Second)
	require.Equal(t, "ACK 10.0.0.150", g.dhcp.ask(t, dhcpMessageOf(wire.DHCPRequest, two, want)))
	require.NotEqual(t, "OFFER 10.0.0.150", g.dhcp.ask(t, dhcpMessageOf(wire.DHCPDiscover, one)))
}

func TestDHCPPoolIsUsedUpWithoutHarm(t *testing.T) {
	_, g := dhcpGateway(t, "10.0.0.0/23")
	seen := map[string]bool{}
	for i := range 500 {
		answer := g.dhcp.ask(t, dhcpMessageOf(wire.DHCPDiscover, netstack.MAC{0x18, 0xfe, 0x34, 0, byte(i >> 8), byte(i)}))
		if answer != "silence" {
			require.False(t, seen[answer], answer)
			seen[answer] = true
		}
	}
	assert.Len(t, seen, 510-99)
}

func TestDHCPReply(t *testing.T) {
	_, g := dhcpGateway(t, "")
	r, ok := readDHCP(dhcpMessageOf(wire.DHCPDiscover, netstack.MAC{2, 0, 10, 0, 0, 150}))
	require.True(t, ok)
	b := g.dhcp.reply(r, wire.DHCPOffer, netip.MustParseAddr("10.0.0.150"))
	assert.GreaterOrEqual(t, len(b), dhcpMinMessage)
	assert.Equal(t, []byte{2, 1, 6, 0, 0x12, 0x34, 0x56, 0x78}, b[:8])
	assert.Equal(t, []byte{10, 0, 0, 150, 10, 0, 0, 1}, b[16:24])
	want := []byte{53, 1, 2, 54, 4, 10, 0, 0, 1, 51, 4, 0, 0, 0x1c, 0x20, 58, 4, 0, 0, 0x0e, 0x10, 59, 4, 0, 0, 0x18, 0x9c, 1, 4, 255, 255,
		0, 0, 3, 4, 10, 0, 0, 1, 6, 4, 10, 0, 0, 1, 28, 4, 10, 0, 255, 255, 255}
	assert.Equal(t, want, b[wire.DHCPOptions:][:len(want)])
	nak := g.dhcp.reply(r, wire.DHCPNAK, netip.Addr{})
	assert.Equal(t, []byte{53, 1, 6, 54, 4, 10, 0, 0, 1, 255}, nak[wire.DHCPOptions:][:10])
}

func TestDHCPServerReadsOnlyRequests(t *testing.T) {
	good := dhcpMessageOf(wire.DHCPDiscover, netstack.MAC{2, 0, 10, 0, 0, 7})
	for name, change := range map[string]func(b []byte) []byte{
		"too short":      func(b []byte) []byte { return b[:wire.DHCPOptions-1] },
		"a reply":        func(b []byte) []byte { b[0] = 2; return b },
		"not Ethernet":   func(b []byte) []byte { b[1] = 2; return b },
		"long address":   func(b []byte) []byte { b[2] = 16; return b },
		"no cookie":      func(b []byte) []byte { b[wire.DHCPCookie] = 0; return b },
		"relayed":        func(b []byte) []byte { b[wire.DHCPRelayAddr] = 10; return b },
		"no kind":        func(b []byte) []byte { return b[:wire.DHCPOptions] },
		"group address":  func(b []byte) []byte { b[wire.DHCPHardware] |= 1; return b },
		"zero address":   func(b []byte) []byte { clear(b[wire.DHCPHardware : wire.DHCPHardware+6]); return b },
		"cut off option": func(b []byte) []byte { return append(b[:wire.DHCPOptions], wire.DHCPOptKind, 9, 1) },
	} {
		_, ok := readDHCP(change(bytes.Clone(good)))
		assert.False(t, ok, name)
	}
	padded := append(bytes.Clone(good[:wire.DHCPOptions]), 0, 0, wire.DHCPOptKind, 1, 1)
	_, ok := readDHCP(padded)
	assert.True(t, ok, "pad options, no end option")
}

func TestDeviceGetsAnAddressByDHCP(t *testing.T) {
	for _, loss := range []float64{0, 0.3} {
		t.Run(fmt.Sprint("loss ", loss), func(t *testing.T) {
			bubble(t, Options{Seed: 4, Faults: Faults{Loss: loss}}, func(t *testing.T, n *Network) {
				n.Gateway(GatewayConfig{})
				s := newDevice(t, n, 150, netstack.DeviceProfile())
				var leases []netstack.DHCPLease
				s.do(func() { s.ifc.StartDHCP("emu8266", func(l netstack.DHCPLease) { leases = append(leases, l) }) })
				time.Sleep(2 * time.Minute)
				var got []netstack.DHCPLease
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
	f.Add(dhcpMessageOf(wire.DHCPDiscover, netstack.MAC{2, 0, 10, 0, 0, 7}))
	f.Add(dhcpMessageOf(wire.DHCPRequest, netstack.MAC{2, 0, 10, 0, 0, 7}, addrOption(wire.DHCPOptRequested, "10.0.0.150"),
		addrOption(wire.DHCPOptServer, "10.0.0.1")))
	f.Add(dhcpMessageOf(wire.DHCPDecline, netstack.MAC{2, 0, 10, 0, 0, 7}, addrOption(wire.DHCPOptRequested, "10.0.0.150")))
	n := New(Options{Subnet: netip.MustParsePrefix("10.0.0.0/24")})
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
			if l.mac != (netstack.MAC{}) && g.dhcp.clients[l.mac] != a {
				t.Fatalf("lease of %v belongs to %v, which has %v", a, l.mac, g.dhcp.clients[l.mac])
			}
			if first, _ := n.number(firstPool); !n.subnet.Contains(a) || a.Less(first) {
				t.Fatalf("lease %v outside the pool", a)
			}
		}
	})
}
