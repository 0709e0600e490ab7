package netstack

import (
	"encoding/binary"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/netstack/internal/wire"
)

// dhcpScene is a device without an address and a scripted server at 10.0.0.1.
type dhcpScene struct {
	*script
	leases []DHCPLease
	seen   int
}

func newDHCPScene(t *testing.T) *dhcpScene {
	p := DeviceProfile()
	p.PollPhase = ms(13)
	d := &dhcpScene{script: newScript(t, p)}
	d.n.i.SetUp(false)
	d.n.i.SetAddr(netip.Prefix{}, netip.Addr{})
	d.at(1000)
	d.log = nil
	d.n.i.StartDHCP("ESP_000001", func(l DHCPLease) { d.leases = append(d.leases, l) })
	return d
}

// expect looks at the next message of the device.
func (d *dhcpScene) expect(at float64, kind byte, options ...byte) []byte {
	d.t.Helper()
	var msgs []seg
	for _, g := range d.log {
		if g.kind == "udp" {
			msgs = append(msgs, g)
		}
	}
	require.Greater(d.t, len(msgs), d.seen, "no message")
	g := msgs[d.seen]
	d.seen++
	assert.Equal(d.t, ms(at), g.at)
	require.Len(d.t, g.data, dhcpMessage)
	var got []byte
	for b := g.data[240:]; b[0] != 255; b = b[2+int(b[1]):] {
		got = append(got, b[0])
		if b[0] == 53 {
			assert.Equal(d.t, kind, b[2])
		}
	}
	assert.Equal(d.t, options, got)
	return g.data
}

func (d *dhcpScene) silent() {
	d.t.Helper()
	n := 0
	for _, g := range d.log {
		if g.kind == "udp" {
			n++
		}
	}
	assert.Equal(d.t, d.seen, n)
}

// answer sends a reply to a message.
func (d *dhcpScene) answer(msg []byte, kind byte, lease uint32) {
	r := append([]byte(nil), msg[:240]...)
	r[0] = 2
	copy(r[16:], []byte{10, 0, 0, 2})
	r = append(r, 53, 1, kind, 54, 4, 10, 0, 0, 1, 51, 4)
	r = binary.BigEndian.AppendUint32(r, lease)
	r = append(r, 1, 4, 255, 255, 255, 0, 3, 4, 10, 0, 0, 1, 6, 8, 10, 0, 0, 53, 10, 0, 0, 54, 255)
	d.n.i.Input(d.now, d.peer.buildUDP(d.pi, netip.MustParseAddrPort("10.0.0.1:67"), netip.MustParseAddrPort("10.0.0.2:68"), r))
}

var discoverOptions = []byte{53, 57, 12, 55}
var requestOptions = []byte{53, 57, 50, 54, 55, 12}

// bind goes through the whole sequence.
func (d *dhcpScene) bind(lease uint32) []byte {
	d.t.Helper()
	d.at(1003)
	d.answer(d.expect(1000, 1, discoverOptions...), 2, lease)
	m := d.expect(1003, 3, requestOptions...)
	d.at(1006)
	d.answer(m, 5, lease)
	d.at(2000)
	require.Len(d.t, d.leases, 1)
	return m
}

func TestDHCPBindsAfterTwoProbes(t *testing.T) {
	d := newDHCPScene(t)
	d.bind(3600)
	want := DHCPLease{Addr: netip.MustParsePrefix("10.0.0.2/24"), Gateway: netip.MustParseAddr("10.0.0.1"),
		Server: netip.MustParseAddr("10.0.0.1"),
		DNS:    [2]netip.Addr{netip.MustParseAddr("10.0.0.53"), netip.MustParseAddr("10.0.0.54")}, Seconds: 3600}
	assert.Equal(t, want, d.leases[0])
	assert.True(t, d.n.i.Up())
	assert.Equal(t, want.DNS[0], d.n.s.DNS(0))
	var at []time.Duration
	for _, g := range d.log {
		if g.kind == "arp" {
			at = append(at, g.at)
		}
	}
	assert.Equal(t, []time.Duration{ms(1006), ms(1013), ms(1513)}, at, "probe, probe, announcement (wire trace dhcp-basic-1000)")
}

func TestDHCPRepeatsDiscover(t *testing.T) {
	d := newDHCPScene(t)
	d.at(260_000)
	for _, at := range []float64{1000, 2513, 6513, 14513, 30513, 62513, 122513, 182513, 242513} {
		d.expect(at, 1, discoverOptions...)
	}
	d.silent()
}

// The name servers of an ACK count before the address is bound (lwip.md 11.2).
func TestDHCPNameServersFromTheACKOn(t *testing.T) {
	d := newDHCPScene(t)
	d.at(1003)
	d.answer(d.expect(1000, 1, discoverOptions...), 2, 3600)
	m := d.expect(1003, 3, requestOptions...)
	before := d.n.s.DNS(0)
	d.at(1006)
	d.answer(m, 5, 3600)
	assert.Empty(t, d.leases)
	assert.NotEqual(t, before, d.n.s.DNS(0))
	assert.Equal(t, "10.0.0.53", d.n.s.DNS(0).String())
	assert.Equal(t, "10.0.0.54", d.n.s.DNS(1).String())
}

// Where a socket has port 68 before, the client's messages leave from a drawn one, and it hears what comes to 68 all the same. A socket
// that comes later does not get the port (lwip.md 11.2).
func TestDHCPPort(t *testing.T) {
	for name, c := range map[string]struct {
		bind bool // before the start
		from bool // port 68
	}{"the client first": {false, true}, "a socket first": {true, false}} {
		t.Run(name, func(t *testing.T) {
			d := newDHCPScene(t)
			d.n.i.StopDHCP()
			d.log, d.leases = nil, nil
			heard := 0
			u := d.n.s.NewUDP(func(netip.AddrPort, netip.Addr, *Interface, []byte) { heard++ })
			if c.bind {
				require.NoError(t, u.Bind(netip.Addr{}, 68))
			}
			d.n.i.StartDHCP("ESP_000001", func(l DHCPLease) { d.leases = append(d.leases, l) })
			if !c.bind {
				assert.ErrorIs(t, u.Bind(netip.Addr{}, 68), ErrInUse)
			}
			d.bind(3600)
			assert.Zero(t, heard)
			for _, g := range d.log {
				if g.kind == "udp" {
					assert.Equal(t, c.from, g.src.Port() == 68, g)
				}
			}
		})
	}
}

// ForgetAddr before the client's start: the interface stays up, and what is connected goes on with the same address (lwip.md 11.2).
func TestDHCPStartAfterForgetKeepsConnections(t *testing.T) {
	for _, forget := range []bool{true, false} {
		d, a := &dhcpScene{script: device(t)}, &app{}
		c := d.dial(a, 5840)
		d.log = nil
		if forget {
			d.n.i.ForgetAddr()
		} else {
			d.n.i.SetAddr(netip.Prefix{}, netip.Addr{})
		}
		d.n.i.StartDHCP("ESP_000001", func(l DHCPLease) { d.leases = append(d.leases, l) })
		assert.Equal(t, forget, d.n.i.Up())
		assert.Equal(t, forget, c.State() == StateEstablished)
	}
}

func TestDHCPConflict(t *testing.T) {
	d := newDHCPScene(t)
	d.at(1003)
	d.answer(d.expect(1000, 1, discoverOptions...), 2, 3600)
	m := d.expect(1003, 3, requestOptions...)
	d.at(1006)
	d.answer(m, 5, 3600)
	d.at(1106)
	f := d.peer.buildARP(d.pi, 2, netip.MustParseAddr("10.0.0.2"), wire.AnyAddr, d.n.i.mac, d.n.i.mac)
	d.n.i.Input(d.now, f)
	d.expect(1106, 4, 53, 50)
	d.at(12_000)
	d.expect(11_013, 1, discoverOptions...)
	assert.Empty(t, d.leases)
}

func TestDHCPRenewsRebindsExpires(t *testing.T) {
	d := newDHCPScene(t)
	d.bind(1200)
	d.at(1_300_000)
	renew := []byte{53, 57, 12}
	for _, at := range []float64{600_013, 840_013, 960_013, 1_020_013} {
		assert.Equal(t, []byte{10, 0, 0, 2}, d.expect(at, 3, renew...)[12:16])
	}
	d.expect(1_080_013, 3, renew...) // one broadcast
	d.expect(1_200_013, 7, 53)
	d.expect(1_200_013, 1, discoverOptions...)
	require.Len(t, d.leases, 2)
	assert.Equal(t, DHCPLease{}, d.leases[1])
	assert.False(t, d.n.i.Up())
}

func TestDHCPNak(t *testing.T) {
	d := newDHCPScene(t)
	d.bind(600)
	d.at(300_017)
	d.answer(d.expect(300_013, 3, 53, 57, 12), 6, 0)
	d.expect(300_017, 1, discoverOptions...)
	assert.Len(t, d.leases, 2)
	assert.False(t, d.n.i.Addr().IsValid())
}

func TestDHCPReboot(t *testing.T) {
	d := newDHCPScene(t)
	d.bind(3600)
	d.at(5000)
	d.n.i.SetLink(false)
	d.at(6000)
	d.n.i.SetLink(true)
	m := d.expect(6000, 3, 53, 57, 50)
	assert.False(t, d.n.i.Up())
	d.answer(m, 5, 3600)
	assert.True(t, d.n.i.Up(), "at once, without probes")
	require.Len(t, d.leases, 2, "bound again")
	assert.Equal(t, d.leases[0], d.leases[1])
}

func FuzzDHCP(f *testing.F) {
	f.Add([]byte{53, 1, 2, 54, 4, 10, 0, 0, 1, 255})
	f.Add([]byte{52, 1, 3, 53, 1, 5, 1, 4, 255, 0, 255, 0, 6, 5, 1, 2, 3, 4, 5})
	f.Fuzz(func(t *testing.T, options []byte) {
		d := newDHCPScene(t)
		m := d.expect(1000, 1, discoverOptions...)
		r := append(append([]byte(nil), m[:240]...), options...)
		r[0] = 2
		if len(options) > 1100 {
			return
		}
		d.n.i.Input(d.now, d.peer.buildUDP(d.pi, netip.MustParseAddrPort("10.0.0.1:67"), netip.MustParseAddrPort("10.0.0.2:68"), r))
		d.at(3000)
	})
}

// Without a subnet mask in the answer the length of the network is that of the address's class (lwip.md 11).
func TestClassBits(t *testing.T) {
	for first, want := range map[byte]int{10: 8, 127: 8, 128: 16, 191: 16, 192: 24, 223: 24} {
		assert.Equal(t, want, classBits(netip.AddrFrom4([4]byte{first, 1, 2, 3})), "%d", first)
	}
}
