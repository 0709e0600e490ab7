package netstack

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/google/gopacket/layers"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/netstack/internal/wire"
)

var apMAC = MAC{2, 0, 10, 9, 0, 1}

// dhcpMessageOf builds a client's message.
func dhcpMessageOf(kind byte, mac MAC, options ...[]byte) []byte {
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

// apServer is the soft-AP's DHCP server on a stack of its own, asked directly.
type apServer struct {
	t        *testing.T
	s        *Stack
	i        *Interface
	at       time.Time
	answer   []byte // payload of the last answer
	assigned []string
}

func newAPServer(t *testing.T, heap Heap, first, last string) *apServer {
	a := &apServer{t: t, at: time.Unix(0, 0)}
	a.s = NewStack(Config{Heap: heap})
	a.s.Advance(a.at)
	a.s.AddInterface("station", MAC{2, 0, 10, 1, 0, 1}, func([]byte) {})
	a.i = a.s.AddInterface("softap", apMAC, func(frame []byte) {
		if len(frame) == wire.EthernetLen+wire.IPv4Len+wire.UDPLen+apMessage {
			a.answer = append([]byte(nil), frame[wire.EthernetLen+wire.IPv4Len+wire.UDPLen:]...)
		}
	})
	a.s.SetDefault(a.i)
	a.i.SetAddr(netip.MustParsePrefix("192.168.4.1/24"), netip.MustParseAddr("192.168.4.1"))
	a.i.SetUp(true)
	require.NoError(t, a.i.StartDHCPServer(DHCPServerConfig{
		First: netip.MustParseAddr(first), Last: netip.MustParseAddr(last), Minutes: 3,
		Router:   func() netip.Addr { return netip.MustParseAddr("192.168.4.1") },
		Assigned: func(m MAC, addr netip.Addr) { a.assigned = append(a.assigned, fmt.Sprintf("%d %v", m[5], addr)) },
	}))
	return a
}

// ask hands in a message of the client with number, which says it has the address has, and describes the answer.
func (a *apServer) ask(kind, number byte, has string, options ...[]byte) string {
	b := dhcpMessageOf(kind, MAC{2, 0, 0, 0, 0, number}, options...)
	if has != "" {
		copy(b[wire.DHCPClientAddr:], netip.MustParseAddr(has).AsSlice())
	}
	a.answer = nil
	a.i.dhcps.input(b)
	if a.answer == nil {
		return "silence"
	}
	kindName := map[byte]string{wire.DHCPOffer: "OFFER", wire.DHCPACK: "ACK", wire.DHCPNAK: "NAK"}[a.answer[wire.DHCPOptions+2]]
	return fmt.Sprintf("%s %v", kindName, netip.AddrFrom4([4]byte(a.answer[wire.DHCPYourAddr:])))
}

func (a *apServer) pass(d time.Duration) {
	a.at = a.at.Add(d)
	a.s.Advance(a.at)
}

func TestSoftAPServerRules(t *testing.T) {
	a := newAPServer(t, nil, "192.168.4.2", "192.168.4.4")
	want := func(addr string) []byte { return addrOption(wire.DHCPOptRequested, addr) }
	assert.Equal(t, "OFFER 192.168.4.2", a.ask(wire.DHCPDiscover, 1, ""))
	assert.Equal(t, "OFFER 192.168.4.2", a.ask(wire.DHCPDiscover, 1, ""), "its own again")
	assert.Equal(t, "OFFER 192.168.4.3", a.ask(wire.DHCPDiscover, 2, ""), "an offer is a lease")
	assert.Equal(t, "ACK 192.168.4.2", a.ask(wire.DHCPRequest, 1, "", want("192.168.4.2")))
	assert.Equal(t, "NAK 192.168.4.3", a.ask(wire.DHCPRequest, 2, "", want("192.168.4.9")))
	assert.Equal(t, "NAK 192.168.4.3", a.ask(wire.DHCPRequest, 2, ""), "neither asked for nor there")
	assert.Equal(t, "ACK 192.168.4.3", a.ask(wire.DHCPRequest, 2, "", want("192.168.4.3")))
	assert.Equal(t, "ACK 192.168.4.3", a.ask(wire.DHCPRequest, 2, "192.168.4.3"), "renewing")
	assert.Equal(t, []string{"1 192.168.4.2", "2 192.168.4.3", "2 192.168.4.3"}, a.assigned)
	assert.Equal(t, "silence", a.ask(wire.DHCPDecline, 2, "", want("192.168.4.3")))
	assert.Equal(t, "NAK 0.0.0.0", a.ask(wire.DHCPRequest, 3, "192.168.4.3"), "somebody else's")
	assert.Equal(t, "NAK 0.0.0.0", a.ask(wire.DHCPRequest, 3, "255.255.255.255"))
	assert.Equal(t, "OFFER 192.168.4.4", a.ask(wire.DHCPDiscover, 3, ""))
	assert.Equal(t, "OFFER 0.0.0.0", a.ask(wire.DHCPDiscover, 4, ""), "none left, and said so")

	a.assigned = nil
	assert.Equal(t, "silence", a.ask(wire.DHCPRelease, 1, "192.168.4.2"))
	assert.Equal(t, []string{"1 0.0.0.0"}, a.assigned)
	assert.Equal(t, "OFFER 192.168.4.2", a.ask(wire.DHCPDiscover, 2, ""), "the lowest free address is better than its own")
	a.i.DHCPClientLeft(MAC{2, 0, 0, 0, 0, 2})
	a.i.DHCPClientLeft(MAC{2, 0, 0, 0, 0, 99})
	assert.Equal(t, "NAK 192.168.4.2", a.ask(wire.DHCPRequest, 5, "192.168.4.2"), "its client is away")
	assert.Equal(t, "OFFER 192.168.4.3", a.ask(wire.DHCPDiscover, 2, ""))
	assert.Equal(t, "NAK 192.168.4.4", a.ask(wire.DHCPInform, 3, "", want("192.168.4.9")), "a type it does not know with an address")
	assert.Equal(t, "silence", a.ask(wire.DHCPInform, 3, ""))
	a.i.StopDHCPServer()
	assert.Nil(t, a.i.dhcps)
	a.i.StopDHCPServer()
	a.i.DHCPClientLeft(MAC{2})
}

// A client that brings its address, as after a reset of the device, gets it, and loses its lease when it leaves.
func TestSoftAPServerFixedAddress(t *testing.T) {
	a := newAPServer(t, nil, "192.168.4.2", "192.168.4.101")
	assert.Equal(t, "NAK 192.168.4.50", a.ask(wire.DHCPRequest, 1, "192.168.4.50"), "taken note of, but not acknowledged")
	assert.Equal(t, "ACK 192.168.4.50", a.ask(wire.DHCPRequest, 1, "192.168.4.50"))
	assert.Equal(t, "NAK 192.168.4.60", a.ask(wire.DHCPRequest, 1, "192.168.4.60"), "moves")
	assert.Equal(t, "NAK 0.0.0.0", a.ask(wire.DHCPRequest, 2, "192.168.4.200"), "beyond the range")
	require.Len(t, a.i.dhcps.leases, 1)
	a.i.DHCPClientLeft(MAC{2, 0, 0, 0, 0, 1})
	assert.Empty(t, a.i.dhcps.leases)
	assert.Equal(t, "OFFER 192.168.4.2", a.ask(wire.DHCPDiscover, 1, ""))
}

func TestSoftAPServerMessage(t *testing.T) {
	a := newAPServer(t, nil, "192.168.4.2", "192.168.4.101")
	require.Equal(t, "OFFER 192.168.4.2", a.ask(wire.DHCPDiscover, 1, ""))
	b := a.answer
	require.Len(t, b, 548)
	assert.Equal(t, []byte{2, 1, 6, 0, 0x12, 0x34, 0x56, 0x78, 0, 0, 0x80, 0}, b[:12])
	assert.Equal(t, make([]byte, 4), b[wire.DHCPServerAddr:wire.DHCPServerAddr+4])
	var d layers.DHCPv4
	require.NoError(t, d.DecodeFromBytes(b, nilFeedback{}))
	got := map[byte][]byte{}
	for _, o := range d.Options {
		got[byte(o.Type)] = o.Data
	}
	assert.Equal(t, map[byte][]byte{
		1: {255, 255, 255, 0}, 3: {192, 168, 4, 1}, 6: {192, 168, 4, 1}, 26: {2, 0x40}, 28: {192, 168, 4, 255}, 31: {0},
		43: {1, 4, 0, 0, 0, 2}, 51: {0, 0, 0, 180}, 53: {2}, 54: {192, 168, 4, 1},
	}, got)
	a.i.dhcps.cfg.Router = func() netip.Addr { return netip.Addr{} }
	a.ask(wire.DHCPRequest, 1, "", addrOption(wire.DHCPOptRequested, "192.168.4.77"))
	assert.Equal(t, byte(wire.DHCPOptEnd), a.answer[wire.DHCPOptions+3], "a NAK has nothing else")
	a.ask(wire.DHCPDiscover, 1, "")
	assert.NotContains(t, string(a.answer[wire.DHCPOptions:]), "\x03\x04\xc0\xa8\x04\x01\x06", "no router")
}

type nilFeedback struct{}

func (nilFeedback) SetTruncated() {}

// The lease's minutes are counted by a timer that runs since the start of the stack.
func TestSoftAPServerLeasesEnd(t *testing.T) {
	a := newAPServer(t, nil, "192.168.4.2", "192.168.4.101")
	require.Equal(t, never, a.s.nextDHCPServer(), "no lease, no timer")
	a.pass(50 * time.Second)
	a.ask(wire.DHCPDiscover, 1, "")
	a.pass(time.Minute)
	a.ask(wire.DHCPDiscover, 2, "")
	a.pass(time.Minute)
	require.Len(t, a.i.dhcps.leases, 2)
	a.pass(15 * time.Second)
	require.Len(t, a.i.dhcps.leases, 1, "3 runs after the first, 2:10 min")
	a.pass(2 * time.Minute)
	require.Empty(t, a.i.dhcps.leases)
	assert.Equal(t, never, a.s.nextDHCPServer())
	for i := range byte(9) {
		a.ask(wire.DHCPDiscover, i, "")
	}
	a.pass(time.Minute)
	assert.Len(t, a.i.dhcps.leases, 8, "one had to go")
}

// Without memory nothing is answered, and nothing leaks.
func TestSoftAPServerMemory(t *testing.T) {
	for n := 1; n <= 4; n++ {
		heap := &countedHeap{}
		a := newAPServer(t, heap, "192.168.4.2", "192.168.4.101")
		heap.failAt = heap.asked + n
		answer := a.ask(wire.DHCPDiscover, 1, "")
		switch n {
		case 1, 4:
			assert.Equal(t, "silence", answer, n)
		default:
			assert.Equal(t, "OFFER 0.0.0.0", answer, n)
		}
		a.i.StopDHCPServer()
		a.pass(time.Second)
		assert.Equal(t, resolverBlocks, heap.live, n)
	}
	a := newAPServer(t, nil, "192.168.4.2", "192.168.4.101")
	u := a.s.NewUDP(nil)
	require.NoError(t, u.Bind(netip.MustParseAddr("192.168.4.1"), 1067))
	a.i.StopDHCPServer()
	require.NoError(t, a.s.NewUDP(nil).Bind(wire.AnyAddr, wire.DHCPServerPort))
	assert.ErrorIs(t, a.i.StartDHCPServer(DHCPServerConfig{}), ErrInUse)
}

// A socket does not get the port of a DHCP server that runs on any interface, and gets it before and afterwards, as it gets the client's,
// which nobody has (lwip.md 11.3).
func TestDHCPServerHasItsPort(t *testing.T) {
	a := newAPServer(t, nil, "192.168.4.2", "192.168.4.101")
	bind := func(port uint16) error {
		u := a.s.NewUDP(nil)
		defer u.Close()
		return u.Bind(wire.AnyAddr, port)
	}
	require.ErrorIs(t, bind(wire.DHCPServerPort), ErrInUse)
	require.NoError(t, bind(wire.DHCPClientPort))
	a.i.StopDHCPServer()
	require.NoError(t, bind(wire.DHCPServerPort))
	require.NoError(t, a.i.StartDHCPServer(DHCPServerConfig{}))
	require.ErrorIs(t, bind(wire.DHCPServerPort), ErrInUse)
}

// resolverBlocks are what a stack holds from its start: the socket of its resolver and the record of its timer.
const resolverBlocks = 2

// countedHeap counts live blocks and fails one allocation.
type countedHeap struct{ asked, failAt, live int }

func (h *countedHeap) Alloc(uint32, string) uint32 {
	if h.asked++; h.asked == h.failAt {
		return 0
	}
	h.live++
	return uint32(16 * h.asked)
}

func (h *countedHeap) Free(uint32) { h.live-- }

func TestDHCPRange(t *testing.T) {
	for own, want := range map[string]string{
		"192.168.4.1": "192.168.4.2 192.168.4.101", "10.1.1.127": "10.1.1.128 10.1.1.227",
		"10.1.1.128": "10.1.1.28 10.1.1.127", "10.1.1.254": "10.1.1.154 10.1.1.253",
	} {
		first, last := DHCPRange(netip.MustParseAddr(own))
		assert.Equal(t, want, fmt.Sprint(first, " ", last), own)
	}
}

// Broadcasts follow the default interface; SendVia goes where it is told.
func TestDefaultInterface(t *testing.T) {
	s := NewStack(Config{})
	s.Advance(time.Unix(0, 0))
	var out []string
	i := [2]*Interface{}
	for k, addr := range []string{"10.0.0.7/16", "192.168.4.1/24"} {
		i[k] = s.AddInterface(fmt.Sprint(k), MAC{2, 0, 0, 0, 0, byte(k)}, func([]byte) { out = append(out, fmt.Sprint(k)) })
		i[k].SetAddr(netip.MustParsePrefix(addr), netip.Addr{})
		i[k].SetUp(true)
	}
	u := s.NewUDP(nil)
	send := func(to string) string {
		out = nil
		err := u.SendTo([]byte("x"), netip.AddrPortFrom(netip.MustParseAddr(to), 9))
		return fmt.Sprint(out, err)
	}
	assert.Equal(t, "[0] <nil>", send("255.255.255.255"))
	s.SetDefault(i[1])
	assert.Equal(t, i[1], s.Default())
	assert.Equal(t, "[1] <nil>", send("255.255.255.255"))
	assert.Equal(t, "[0] <nil>", send("10.0.255.255"), "a subnet's own")
	assert.Equal(t, "[] netstack: no route to host", send("8.8.8.8"), "by the station, which has no gateway")
	i[0].SetUp(false)
	assert.Equal(t, "[] netstack: no route to host", send("8.8.8.8"), "by the default interface")
	out = nil
	limitedAt := netip.AddrPortFrom(wire.BroadcastAddr, 9)
	assert.ErrorIs(t, u.SendVia(i[0], nil, limitedAt), ErrRoute)
	require.NoError(t, u.SendVia(i[1], nil, limitedAt))
	i[0].SetUp(true)
	require.NoError(t, u.SendVia(i[0], nil, limitedAt))
	assert.Equal(t, []string{"1", "0", "0"}, out, "with the address's own announcement")
	assert.True(t, i[0].IsBroadcast(wire.BroadcastAddr))
	assert.ErrorIs(t, u.SendVia(i[0], nil, netip.AddrPort{}), ErrArg)
	u.Close()
	assert.ErrorIs(t, u.SendVia(i[0], nil, limitedAt), ErrClosed)
	i[1].SetMAC(MAC{2, 9})
	assert.Equal(t, MAC{2, 9}, i[1].MAC())
}

// FuzzSoftAPServer: no message of a client makes the server panic, loop or keep more than its leases.
func FuzzSoftAPServer(f *testing.F) {
	f.Add(dhcpMessageOf(wire.DHCPDiscover, MAC{2, 0, 0, 0, 0, 1}))
	f.Add(dhcpMessageOf(wire.DHCPRequest, MAC{2, 0, 0, 0, 0, 1}, addrOption(wire.DHCPOptRequested, "192.168.4.2")))
	f.Add(binary.BigEndian.AppendUint32(make([]byte, wire.DHCPCookie), wire.DHCPMagic))
	f.Fuzz(func(t *testing.T, b []byte) {
		heap := &countedHeap{}
		a := newAPServer(t, heap, "192.168.4.2", "192.168.4.101")
		a.ask(wire.DHCPDiscover, 1, "")
		for range 3 {
			a.i.dhcps.input(b)
		}
		assert.LessOrEqual(t, len(a.i.dhcps.leases), 2)
		a.pass(time.Hour)
		a.i.StopDHCPServer()
		assert.Equal(t, resolverBlocks, heap.live)
	})
}
