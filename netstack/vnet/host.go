package vnet

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/emu8266/emu8266/netstack"
	"github.com/emu8266/emu8266/netstack/internal/wire"
)

// Host is a node of the network for ordinary Go servers and clients: its listeners, connections and sockets are package net's interfaces.
// It runs a present-day TCP (HostProfile) of its own. It is safe for use by any number of goroutines and has none itself.
//
// What goroutines ask of a host within an instant (write, close, connect, reading that opens the window) is carried out at the end of the
// instant, in a fixed order; so it does not matter in which order they ran.
type Host struct {
	net     *Network
	name    string
	addr    netip.Addr
	port    *Port
	stack   *netstack.Stack
	ifc     *netstack.Interface
	gateway *Gateway // of which this is the host; nil: an ordinary host
	member  *member  // of a radio cell; nil: at the switch

	// Guarded by the network's lock.
	timer     event
	advanced  int64 // instant of the last Advance
	touched   bool
	calling   bool
	closed    bool
	conns     map[*Conn]struct{}
	listeners map[*tcpListener]struct{}
	sockets   map[*packetConn]struct{}
	dirty     []*Conn // with calls to carry out
	spare     []*Conn // room for dirty
	dials     []*Conn // to connect
	outgoing  []datagram
	groups    map[netip.Addr]*membership
	tickets   uint64 // dials so far
}

// Host adds a host. The zero address means the next free one: subnet number 2 to 99, then from 256 on. Its MAC is MACFor of the address,
// its gateway the subnet's first address, its name a port's as with Attach; hosts reach each other by name, too. An address outside the
// subnet, or one that another host has, is the caller's mistake and panics.
func (n *Network) Host(name string, addr netip.Addr) *Host {
	n.enter()
	defer n.mu.Unlock()
	return n.newHost(name, addr)
}

func (n *Network) newHost(name string, addr netip.Addr) *Host {
	if !addr.IsValid() {
		addr = n.freeAddr()
	}
	addr = addr.Unmap()
	if !n.subnet.Contains(addr) || n.hosts[addr] != nil {
		panic(fmt.Sprintf("vnet: host %s: address %v is taken or not in %v", name, addr, n.subnet))
	}
	h := n.makeHost(name, n.ether)
	h.addr = addr
	h.addInterface(MACFor(addr))
	if n.closed {
		return h
	}
	n.hosts[addr] = h
	h.port.lan.learn(MACFor(addr), h.port)
	gateway, _ := n.number(gatewayNumber)
	if gateway == addr {
		gateway = netip.Addr{}
	}
	h.ifc.SetAddr(netip.PrefixFrom(addr, n.subnet.Bits()), gateway)
	h.ifc.SetUp(true)
	h.touch()
	return h
}

// Addr returns the host's address; that of a station is its DHCP lease's.
func (h *Host) Addr() netip.Addr {
	if h.member != nil { // it may change
		h.net.enter()
		defer h.net.mu.Unlock()
	}
	return h.addr
}

// Gateway returns the router of the host: the network's gateway, or for a station what its lease says, which is the access point's own
// address; the zero Addr without one.
func (h *Host) Gateway() netip.Addr {
	h.net.enter()
	defer h.net.mu.Unlock()
	return h.ifc.Gateway()
}

// Name returns the name of the host's port, as SetFaults and Partition want it.
func (h *Host) Name() string { return h.name }

// Close ends the host: it resets its connections, closes its listeners and sockets and takes it off the network. Its address becomes free:
// Network.Host with the same address is the server after its restart.
func (h *Host) Close() {
	h.net.enter()
	defer h.net.mu.Unlock()
	h.shut()
}

func (h *Host) shut() {
	if h.closed {
		return
	}
	h.closed = true
	n := h.net
	if h.member != nil {
		h.leave() // before the connections end: who leaves a cell does not say goodbye on each
	}
	h.stack.Advance(n.time(n.now))
	for _, c := range h.sortedConns() {
		c.kill(net.ErrClosed)
	}
	for l := range h.listeners { // sends nothing: order does not matter
		l.shut()
	}
	for p := range h.sockets {
		p.shut()
	}
	n.heapOf(&h.timer).remove(&h.timer)
	if h.member == nil {
		delete(n.hosts, h.addr)
	}
	h.port.detach()
}

// sortedConns returns the connections in a fixed order.
func (h *Host) sortedConns() []*Conn {
	conns := make([]*Conn, 0, len(h.conns))
	for c := range h.conns {
		conns = append(conns, c)
	}
	slices.SortFunc(conns, compareConns)
	return conns
}

// compareConns orders by addresses; connections that have none yet by their dials.
func compareConns(a, b *Conn) int {
	return cmp.Or(a.local.Compare(b.local), a.remote.Compare(b.remote), cmp.Compare(a.ticket, b.ticket))
}

// input hands a frame to the host's stack, if it is for the host's address or a group.
func (h *Host) input(frame []byte) {
	if dst := netstack.MAC(frame[:6]); dst[0]&1 == 0 && dst != h.ifc.MAC() {
		return
	}
	if h.gateway == nil || !h.gateway.catch(frame) {
		h.ifc.Input(h.net.time(h.net.now), frame)
	}
	h.touch()
}

// advance fires the stack's timers.
func (h *Host) advance() {
	h.advanced = h.net.now
	h.stack.Advance(h.net.time(h.net.now))
	h.touch()
}

// touch asks for the stack's next timer to be looked up when the instant's events are through.
func (h *Host) touch() {
	if !h.touched && !h.closed {
		h.touched = true
		h.net.touched = append(h.net.touched, h)
	}
}

func (h *Host) rearm() {
	n := h.net
	next, by, ok := h.stack.NextDeadline()
	if !ok || h.closed {
		n.heapOf(&h.timer).remove(&h.timer)
		return
	}
	at := max(n.now, n.instant(next))
	if at <= h.advanced {
		at = h.advanced + int64(minLatency) // a timer that is due again at once must not stop time
	}
	loose := n.instant(by)-at > maxPatience
	if h.timer.index >= 0 && h.timer.at == at && h.timer.loose == loose {
		return
	}
	n.heapOf(&h.timer).remove(&h.timer)
	h.timer.at, h.timer.loose = at, loose
	n.schedule(&h.timer)
}

// call notes that the host has calls to carry out at the end of the instant.
func (h *Host) call() {
	n := h.net
	if h.closed {
		return
	}
	if !h.calling {
		h.calling = true
		if len(n.calling) == 0 {
			e := n.newEvent()
			e.at, e.phase, e.loose = n.now, phaseCalls, true
			n.schedule(e)
		}
		n.calling = append(n.calling, h)
	}
	if !n.urgent && (h.gateway != nil || h.member != nil || len(h.dials) > 0) { // who asked waits for more than a frame
		n.urgent = true
		n.rearm()
	}
}

// maxSpare bounds the room that is kept from one instant to the next.
const maxSpare = 64

// carryOut carries out the calls of the instant: connections first, then new ones, then groups, then datagrams.
func (h *Host) carryOut() {
	h.calling = false
	if h.closed {
		return
	}
	h.stack.Advance(h.net.time(h.net.now))
	if h.gateway != nil {
		h.gateway.carryOut()
		h.gateway.carryOutDNS()
		h.gateway.carryOutUDP()
	}
	h.carryOutJoin()
	dirty, dials, outgoing := h.dirty, h.dials, h.outgoing
	h.dirty, h.dials, h.outgoing = h.spare, nil, nil
	slices.SortFunc(dirty, compareConns)
	for _, c := range dirty {
		c.carryOut()
	}
	if clear(dirty); len(dirty) <= maxSpare {
		h.spare = dirty[:0]
	} else {
		h.spare = nil
	}
	slices.SortFunc(dials, compareConns)
	for _, c := range dials {
		c.connect()
	}
	h.carryOutGroups()
	slices.SortStableFunc(outgoing, func(a, b datagram) int { return cmp.Compare(a.socket.local.Port(), b.socket.local.Port()) })
	for _, d := range outgoing {
		d.carryOut()
	}
	h.touch()
}

// DialContext connects to a TCP or UDP address ("tcp", "tcp4", "udp" or "udp4"; the host part is an IPv4 address, the name of a host of
// this network, or a name the gateway's DNS server knows). It has the form that http.Transport wants. Errors are *net.OpError values that
// wrap what a real socket gives: syscall.ECONNREFUSED, syscall.ETIMEDOUT after seven unanswered SYNs (two minutes), the context's error.
func (h *Host) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	n := h.net
	n.begin()
	defer n.leave()
	remote, err := h.resolve(network, address)
	if err == nil && h.closed {
		err = net.ErrClosed
	}
	if err == nil && ctx.Err() != nil {
		err = contextError(ctx)
	}
	if err != nil {
		return nil, opError("dial", network, nil, tcpAddr(remote), err)
	}
	if strings.HasPrefix(network, "udp") {
		p, err := h.newSocket(network, netip.AddrPort{}, remote)
		if err != nil {
			return nil, opError("dial", network, nil, udpAddr(remote), err)
		}
		return p, nil
	}
	return h.dialTCP(ctx, network, remote)
}

// Dial is DialContext without a context.
func (h *Host) Dial(network, address string) (net.Conn, error) {
	return h.DialContext(context.Background(), network, address)
}

// Listen opens a TCP listener ("tcp" or "tcp4"); address is ":port" or the host's own with a port; port 0 means a free one. It can be given
// to http.Server and the like. It holds up to 4,096 connections that wait for Accept. Its Close ends the listener alone, as with package
// net: connections that were accepted go on, new ones are refused.
func (h *Host) Listen(network, address string) (net.Listener, error) {
	h.net.enter()
	defer h.net.mu.Unlock()
	local, err := h.localAddr(network, "tcp", address)
	if err == nil {
		var l *tcpListener
		if l, err = h.newListener(local); err == nil {
			return l, nil
		}
	}
	return nil, opError("listen", network, nil, tcpAddr(local), err)
}

// ListenPacket opens a UDP socket ("udp" or "udp4"); address as for Listen, or a multicast group with a port ("239.255.255.250:1900"): then
// the host is a member until the socket's Close, and the socket hears what is sent to the group. A port has one socket. It holds up to
// 1,024 datagrams that wait to be read, further ones are dropped.
func (h *Host) ListenPacket(network, address string) (net.PacketConn, error) {
	h.net.enter()
	defer h.net.mu.Unlock()
	local, err := h.localAddr(network, "udp", address)
	if err == nil {
		var p *packetConn
		if p, err = h.newSocket(network, local, netip.AddrPort{}); err == nil && p.group.IsValid() {
			err = h.joinGroup(p.group)
		}
		if err == nil {
			return p, nil
		}
	}
	return nil, opError("listen", network, nil, udpAddr(local), err)
}

// localAddr reads the address of a listener or socket.
func (h *Host) localAddr(network, want, address string) (netip.AddrPort, error) {
	if network != want && network != want+"4" {
		return netip.AddrPort{}, net.UnknownNetworkError(network)
	}
	if h.closed {
		return netip.AddrPort{}, net.ErrClosed
	}
	addr, port, err := splitAddress(address)
	if err != nil {
		return netip.AddrPort{}, err
	}
	if addr == "" {
		return netip.AddrPortFrom(wire.AnyAddr, port), nil
	}
	ip, err := netip.ParseAddr(addr)
	ip = ip.Unmap()
	if err != nil || ip != h.addr && !ip.IsUnspecified() && !(want == "udp" && isGroup(ip)) {
		return netip.AddrPort{}, &net.AddrError{Err: "not an address of host " + h.name, Addr: address}
	}
	return netip.AddrPortFrom(wire.OrAny(ip), port), nil
}

// resolve reads the address of a peer.
func (h *Host) resolve(network, address string) (netip.AddrPort, error) {
	if !slices.Contains([]string{"tcp", "tcp4", "udp", "udp4"}, network) {
		return netip.AddrPort{}, net.UnknownNetworkError(network)
	}
	name, port, err := splitAddress(address)
	if err != nil {
		return netip.AddrPort{}, err
	}
	ip, err := netip.ParseAddr(name)
	switch {
	case name == "":
		ip = h.addr
	case err == nil && ip.Unmap().Is4():
		ip = ip.Unmap()
	case err == nil:
		return netip.AddrPort{}, &net.AddrError{Err: "not an IPv4 address", Addr: address}
	default:
		var found bool
		if ip, found = h.net.lookup(name); !found {
			return netip.AddrPort{}, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
		}
	}
	return netip.AddrPortFrom(ip, port), nil
}

// lookup finds the address of a name: a record of the gateway or a host.
func (n *Network) lookup(name string) (netip.Addr, bool) {
	if addr, ok := n.names[canonicalName(name)]; ok {
		return addr, true
	}
	if p := n.byName[name]; p != nil && p.host != nil {
		return p.host.addr, true
	}
	return netip.Addr{}, false
}

// services are the names of ports, in place of net.LookupPort, which starts a thread that then belongs to the synctest bubble
// of its first caller.
var services = map[string]uint16{"domain": 53, "http": 80, "ntp": 123, "https": 443, "mqtt": 1883, "secure-mqtt": 8883}

// splitAddress reads "host:port", where a port is a number or one of services.
func splitAddress(address string) (host string, port uint16, err error) {
	host, text, err := net.SplitHostPort(address)
	if err != nil {
		return "", 0, err
	}
	if port, ok := services[text]; ok {
		return host, port, nil
	}
	number, err := strconv.ParseUint(text, 10, 16)
	if err != nil {
		return "", 0, &net.AddrError{Err: "invalid port: give a number", Addr: address}
	}
	return host, uint16(number), nil
}
