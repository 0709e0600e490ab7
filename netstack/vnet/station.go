package vnet

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"sync"
	"syscall"
	"time"

	"github.com/emu8266/emu8266/netstack"
	"github.com/emu8266/emu8266/netstack/internal/wire"
)

// Errors of Join. They wrap nothing; errors.Is tells them apart.
var (
	// ErrNoCell: no access point with that SSID is there.
	ErrNoCell = errors.New("vnet: no such access point")
	// ErrPassword: the access point has another password.
	ErrPassword = errors.New("vnet: wrong password")
	// ErrCellFull: the access point has as many stations as it takes.
	ErrCellFull = errors.New("vnet: access point is full")
	// ErrNoAddress: the station joined, but nobody gave it an address.
	ErrNoAddress = errors.New("vnet: no answer to DHCP")
)

const (
	// joinTime is what scanning and joining take a host. Choice: half a second.
	joinTime = 500 * time.Millisecond
	// addressTime is how long a host waits for an address. Choice: as phones do; DHCP's first five messages fit in.
	addressTime = 30 * time.Second
	// stationRSSI is the strength at which access points hear stations, in dBm. Choice.
	stationRSSI int8 = -50
)

// Membership says how a host joins a radio cell.
type Membership struct {
	SSID     string
	Password string
	BSSID    netstack.MAC // zero: any cell with the SSID, the one with the lowest BSSID first
	MAC      netstack.MAC // the host's own; zero: one that follows from its name
	Addr     netip.Prefix // fixed address and subnet; zero: DHCP
	Hostname string       // in DHCP requests; empty: its name
}

// member is a host's side of an association.
type member struct {
	cfg    Membership
	cell   *Cell // nil: not yet, or no more
	aid    uint8
	cond   sync.Cond // on the network's lock
	asked  bool      // Join is under way
	ready  bool      // has an address
	err    error     // Join failed
	gone   chan struct{}
	reason uint8
}

// Join adds a host that is a station of an access point: a phone that joins a device's soft-AP. It looks for the cell and joins it (half a
// second), and asks for an address by DHCP unless it brings one (another second); then Join returns. The host is one as any other, but its
// Ethernet is the cell, its address is the lease, and its gateway and DNS servers are what the lease says. ErrNoCell, ErrPassword,
// ErrCellFull and, after 30 s, ErrNoAddress tell what went wrong; ctx ends the wait with its error.
//
// Close leaves the cell; the peers of its connections are not told. When the access point ends the association (it is switched off, or
// throws the station out), the host is cut off for good: Gone is closed, its connections end with syscall.ENETDOWN, and it can dial nobody.
// To come back it is Closed, and joins again; under the same name it has the same MAC, so that the DHCP server knows it. Choice: hosts do
// not come back by themselves, so that a test sees what happened.
func (n *Network) Join(ctx context.Context, name string, m Membership) (*Host, error) {
	n.enter()
	defer n.mu.Unlock()
	if n.closed {
		return nil, errNetworkClosed
	}
	if ctx.Err() != nil {
		return nil, contextError(ctx)
	}
	h := n.newStation(name, m)
	h.call()
	stop := context.AfterFunc(ctx, func() {
		n.enter()
		defer n.mu.Unlock()
		h.member.fail(contextError(ctx))
	})
	defer stop()
	for !h.member.ready && h.member.err == nil {
		h.member.cond.Wait()
	}
	if err := h.member.err; err != nil {
		h.shut()
		return nil, fmt.Errorf("vnet: %s cannot join %q: %w", h.name, m.SSID, err)
	}
	return h, nil
}

// newStation makes a host that is in no cell yet.
func (n *Network) newStation(name string, m Membership) *Host {
	h := n.makeHost(name, newLAN())
	if m.MAC == (netstack.MAC{}) {
		m.MAC = netstack.MAC{2, 0, 11, byte(h.port.key >> 16), byte(h.port.key >> 8), byte(h.port.key)}
	}
	if m.Hostname == "" {
		m.Hostname = h.name
	}
	h.member = &member{cfg: m, gone: make(chan struct{})}
	h.member.cond.L = &n.mu
	h.addInterface(m.MAC)
	return h
}

// makeHost makes a host without an interface, with its port in an Ethernet.
func (n *Network) makeHost(name string, ether *lan) *Host {
	h := &Host{net: n, conns: make(map[*Conn]struct{}), listeners: make(map[*tcpListener]struct{}), sockets: make(map[*packetConn]struct{}),
		groups: make(map[netip.Addr]*membership)}
	h.port = n.attach(&Port{name: name, host: h, lan: ether})
	h.name = h.port.name
	h.timer = event{phase: phaseHost, port: h.port, index: -1, flow: flowKey{port: h.port.key}}
	h.closed = n.closed
	random := rand.New(rand.NewPCG(n.seed, h.port.key))
	h.stack = netstack.NewStack(netstack.Config{Profile: netstack.HostProfile(), Rand: random.Uint32})
	return h
}

func (h *Host) addInterface(mac netstack.MAC) {
	n := h.net
	h.ifc = h.stack.AddInterface(h.name, mac, func(frame []byte) { n.send(h.port, frame, n.now) })
	h.stack.Advance(n.time(n.now))
}

// carryOutJoin begins to look for the cell. Half way every access point hears of it.
func (h *Host) carryOutJoin() {
	m := h.member
	if m == nil || m.asked || m.err != nil {
		return
	}
	m.asked = true
	h.later(joinTime/2, 0, func() {
		for _, c := range h.net.cells {
			c.tell(StationEvent{Kind: StationProbed, MAC: m.cfg.MAC, RSSI: stationRSSI})
		}
	})
	h.later(joinTime, 0, h.associate)
}

// associate joins the cell, or fails.
func (h *Host) associate() {
	m := h.member
	if m.err != nil {
		return
	}
	var found *Cell
	for _, c := range h.net.cells {
		if !c.closed && c.cfg.SSID == m.cfg.SSID && (m.cfg.BSSID == netstack.MAC{} || m.cfg.BSSID == c.cfg.BSSID) {
			found = c
			break
		}
	}
	switch {
	case found == nil:
		m.fail(ErrNoCell)
		return
	case found.cfg.Password != "" && found.cfg.Password != m.cfg.Password:
		found.tell(StationEvent{Kind: StationPassword, MAC: h.ifc.MAC()})
		m.fail(ErrPassword)
		return
	case !found.admit(h):
		found.tell(StationEvent{Kind: StationFull, MAC: h.ifc.MAC()})
		m.fail(ErrCellFull)
		return
	}
	if m.cfg.Addr.IsValid() {
		h.addr = m.cfg.Addr.Addr().Unmap()
		h.ifc.SetAddr(m.cfg.Addr, m.cfg.Addr.Masked().Addr().Next())
		h.ifc.SetUp(true)
		m.ready = true
		m.cond.Broadcast()
		return
	}
	_ = h.ifc.StartDHCP(m.cfg.Hostname, func(l netstack.DHCPLease) { // no error: a host's memory has no end
		h.addr = l.Addr.Addr()
		if h.addr.IsValid() && !wire.IsAny(h.addr) {
			m.ready = true
			m.cond.Broadcast()
		}
	})
	h.later(addressTime, 1, func() {
		if !m.ready {
			m.fail(ErrNoAddress)
		}
	})
}

// fail ends a Join under way.
func (m *member) fail(err error) {
	if !m.ready && m.err == nil {
		m.err = err
		m.cond.Broadcast()
	}
}

// dismissed is the end of the association by the access point.
func (h *Host) dismissed(reason uint8) {
	m := h.member
	m.fail(fmt.Errorf("vnet: the access point ended the association, reason %d", reason))
	h.cutOff(reason)
	for _, c := range h.sortedConns() {
		c.kill(syscall.ENETDOWN)
	}
	h.ifc.StopDHCP()
	h.ifc.SetAddr(netip.Prefix{}, netip.Addr{})
	h.ifc.SetUp(false)
	h.touch()
}

// cutOff takes the host off the cell and tells those who wait for it.
func (h *Host) cutOff(reason uint8) {
	m := h.member
	select {
	case <-m.gone:
	default:
		m.reason = reason
		close(m.gone)
	}
	h.port.detach()
}

// leave is Close of a station: the access point hears of it.
func (h *Host) leave() {
	m := h.member
	if c := m.cell; c != nil {
		m.cell = nil
		c.forget(h)
		mac, aid := h.ifc.MAC(), m.aid
		c.later(minLatency, h.port.key, func() { c.tell(StationEvent{Kind: StationLeft, MAC: mac, AID: aid}) })
	}
	m.fail(net.ErrClosed)
	h.cutOff(ReasonAssocLeave)
}

// Gone is closed when the host is no station any more, for whatever reason; nil for a host that never was one.
func (h *Host) Gone() <-chan struct{} {
	if h.member == nil {
		return nil
	}
	return h.member.gone
}

// GoneReason returns why the host is no station any more: ReasonAssocLeave after Close, otherwise what the access point said; 0 while it
// is one.
func (h *Host) GoneReason() uint8 {
	if h.member == nil {
		return 0
	}
	h.net.enter()
	defer h.net.mu.Unlock()
	return h.member.reason
}

// MAC returns the host's hardware address.
func (h *Host) MAC() netstack.MAC { return h.ifc.MAC() }
