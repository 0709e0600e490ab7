package vnet

import (
	"context"
	"encoding/binary"
	"io"
	"net"
	"net/netip"
	"time"

	"github.com/emu8266/emu8266/netstack"
	"github.com/emu8266/emu8266/netstack/internal/wire"
)

const (
	// dialTimeout bounds a dial on the real side. Choice: longer than the device tries (6.25 s, lwip.md 4.1).
	dialTimeout = 10 * time.Second
	// maxDials bounds the dials under way, up to the device's handshake; further SYNs are ignored until one ends. Choice.
	maxDials = 256
	// takeTimeout is how long a dialled connection waits for the device to complete its handshake. Choice: longer than HostProfile's
	// SynRcvd.
	takeTimeout = 75 * time.Second
)

// GatewayConfig configures a Gateway. The zero value works.
type GatewayConfig struct {
	// Dial makes connections on the real side; nil: a net.Dialer. It gets a context that ends after 10 s or with the gateway. In a synctest
	// bubble it must not use real sockets: give it a Host's DialContext of another network, or a net.Pipe. network is "tcp" or "udp".
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)

	// Lookup finds the IPv4 address of a name that SetName has not set; nil: such names do not exist. It gets a context that ends after
	// 10 s or with the gateway. A *net.DNSError with IsNotFound becomes the answer "no such name", a timeout silence, another error a
	// server failure. net.DefaultResolver.LookupNetIP(ctx, "ip4", name) asks the machine's resolver. Which addresses devices may then
	// connect to is still up to Allow.
	Lookup func(ctx context.Context, name string) (netip.Addr, error)

	// Trouble is told when a listener of Forward cannot accept clients for a while, such as for too many open files, and how many
	// clients of a crowd had left before their turn came; nil: nobody. It is called once for each such time, on any goroutine.
	Trouble func(error)
}

// Gateway is the network's router at the subnet's first address: a host with a DHCP server (leases of two hours), a DNS
// server (SetName), an SNTP server that tells package time's time, and the way out. It opens real sockets only to what Allow names and
// listens only where Forward says. It answers pings. Choice: whatever name or time server outside the subnet a device asks, the gateway
// answers in its place. What devices asked for and did not get, Denials tells.
//
// The way out is transparent TCP: a SYN to an allowed address dials the real side first; the device gets SYN|ACK when that succeeded, RST
// if it was refused, and silence if nobody answered. Then two goroutines copy, with the close of one direction passed on as such and a
// reset as a reset. Choice: a SYN to anything that is not allowed gets RST, so that firmware fails at once. Datagrams to addresses outside
// the subnet are dropped unless AllowUDP names them.
type Gateway struct {
	host   *Host
	dial   func(ctx context.Context, network, addr string) (net.Conn, error)
	ctx    context.Context // ends with the gateway
	cancel context.CancelFunc

	// Guarded by the network's lock.
	allowed   map[netip.AddrPort]string
	listeners map[netip.AddrPort]*netstack.Listener
	ways      map[endpoints]*way
	dials     int                    // under way
	answers   []*way                 // dialled in this instant
	open      map[io.Closer]struct{} // real connections and listeners
	closed    bool
	dhcp      dhcpServer

	trouble   func(error)
	lookup    func(ctx context.Context, name string) (netip.Addr, error)
	delays    map[string]time.Duration // of DNS answers, by canonical name
	questions uint64                   // DNS queries so far
	waiting   int                      // of them, not answered yet
	found     []*question              // looked up in this instant

	allowedUDP map[netip.AddrPort]string
	udpSockets map[netip.AddrPort]*netstack.UDP
	udpWays    map[endpoints]*udpWay
	udpAnswers []udpAnswer // came in this instant

	services map[netip.AddrPort]*netstack.UDP // of name and time servers outside that the gateway answers for
	denials  []Denial
	denied   map[Denial]bool
}

// endpoints names a connection of a device to the outside.
type endpoints struct{ device, virtual netip.AddrPort }

// Gateway adds the gateway. A network has at most one: a second call panics, because the address is taken. The private
// network of an emulator.Device has one already, Device.Gateway.
func (n *Network) Gateway(cfg GatewayConfig) *Gateway {
	n.enter()
	defer n.mu.Unlock()
	addr, _ := n.number(gatewayNumber)
	g := &Gateway{
		host: n.newHost("gateway", addr), dial: cfg.Dial,
		allowed: make(map[netip.AddrPort]string), listeners: make(map[netip.AddrPort]*netstack.Listener),
		ways: make(map[endpoints]*way), open: make(map[io.Closer]struct{}), closed: n.closed,
		lookup: cfg.Lookup, trouble: cfg.Trouble, delays: make(map[string]time.Duration),
		allowedUDP: make(map[netip.AddrPort]string), udpSockets: make(map[netip.AddrPort]*netstack.UDP),
		udpWays: make(map[endpoints]*udpWay), services: make(map[netip.AddrPort]*netstack.UDP), denied: make(map[Denial]bool),
	}
	if g.dial == nil {
		g.dial = (&net.Dialer{Timeout: dialTimeout}).DialContext
	}
	g.ctx, g.cancel = context.WithCancel(context.Background())
	g.host.ifc.SetTransparent(true)
	g.host.gateway = g
	g.dhcp.init(g)
	g.serve(wire.DHCPServerPort, g.dhcp.receive)
	g.serve(wire.DNSPort, g.answerDNS)
	g.serve(wire.SNTPPort, g.answerSNTP)
	n.gateways = append(n.gateways, g)
	return g
}

// serve gives a UDP port of the gateway to a service, which runs inside the event loop.
func (g *Gateway) serve(port uint16, service func(u *netstack.UDP, from netip.AddrPort, data []byte)) *netstack.UDP {
	var u *netstack.UDP
	u = g.host.stack.NewUDP(func(from netip.AddrPort, _ netip.Addr, _ *netstack.Interface, data []byte) { service(u, from, data) })
	_ = u.Bind(g.host.addr, port) // cannot fail: the stack is new
	return u
}

// Host returns the gateway's host, for servers at its address.
func (g *Gateway) Host() *Host { return g.host }

// Addr returns the gateway's address.
func (g *Gateway) Addr() netip.Addr { return g.host.addr }

// Allow opens the way from a virtual address to a real one ("host:port", as GatewayConfig.Dial takes it). A second call for the same
// address replaces the first. The virtual address may be any: on the gateway's own it takes precedence over listeners, and for another
// one of the subnet, which must be no host's and no device's, the gateway answers ARP.
func (g *Gateway) Allow(virtual netip.AddrPort, real string) {
	g.host.net.enter()
	defer g.host.net.mu.Unlock()
	virtual = netip.AddrPortFrom(virtual.Addr().Unmap(), virtual.Port())
	g.standIn(virtual.Addr())
	g.allowed[virtual] = real
}

// standIn lets the gateway answer for an address of the subnet. The caller holds the lock.
func (g *Gateway) standIn(addr netip.Addr) {
	if addr != g.host.addr && g.host.net.subnet.Contains(addr) {
		g.host.ifc.AddAlias(addr)
	}
}

// SetName adds or replaces an A record of the gateway's DNS server. Names are compared without case; a final dot does not matter. Other
// names do not exist. The zero address removes the record.
func (g *Gateway) SetName(name string, addr netip.Addr) {
	g.host.net.enter()
	defer g.host.net.mu.Unlock()
	if addr = addr.Unmap(); addr.Is4() {
		g.host.net.names[canonicalName(name)] = addr
	} else {
		delete(g.host.net.names, canonicalName(name))
	}
}

// keep notes something that has to be closed with the gateway; false: it is closed already.
func (g *Gateway) keep(c io.Closer) bool {
	g.host.net.enter()
	defer g.host.net.mu.Unlock()
	if g.closed {
		return false
	}
	g.open[c] = struct{}{}
	return true
}

// drop closes something that keep noted.
func (g *Gateway) drop(c io.Closer) {
	g.host.net.enter()
	delete(g.open, c)
	g.host.net.mu.Unlock()
	_ = c.Close()
}

// shut closes everything real. The network has ended the host already.
func (g *Gateway) shut() {
	g.cancel()
	g.host.net.mu.Lock()
	g.closed = true
	var open []io.Closer
	for c := range g.open { // order does not matter: the network is closed
		open = append(open, c)
	}
	g.host.net.mu.Unlock()
	for _, c := range open {
		if real, ok := c.(net.Conn); ok {
			lingerNot(real)
		}
		_ = c.Close()
	}
}

// catch sees the frames for the gateway before its stack does. It keeps the SYNs of the way out until the real side is dialled, and drops
// what leads outside and is not TCP.
func (g *Gateway) catch(frame []byte) bool {
	g.noteARP(frame)
	if !wire.IsIPv4(frame) || len(frame) < wire.EthernetLen+wire.IPv4Len {
		return false
	}
	ip := frame[wire.EthernetLen:]
	header, total := int(ip[0]&15)*4, int(binary.BigEndian.Uint16(ip[2:]))
	if header < wire.IPv4Len || total < header || total > len(ip) || wire.Fold(wire.Sum(ip[:header], 0)) != 0xffff {
		return false // the stack drops it
	}
	dst := netip.AddrFrom4([4]byte(ip[16:20]))
	segment := ip[header:total]
	if ip[9] == wire.ProtocolUDP && len(segment) >= wire.UDPLen && g.udpSockets[netip.AddrPortFrom(dst,
		binary.BigEndian.Uint16(segment[2:]))] != nil {
		return false
	}
	if ip[9] != wire.ProtocolTCP {
		if g.host.net.subnet.Contains(dst) || dst.IsMulticast() || dst == wire.BroadcastAddr || dst == wire.AnyAddr {
			return false
		}
		if ip[9] == wire.ProtocolUDP && len(segment) >= wire.UDPLen {
			to := netip.AddrPortFrom(dst, binary.BigEndian.Uint16(segment[2:]))
			if g.serveOutside(to) {
				return false
			}
			g.deny(Denial{Kind: DeniedUDP, Addr: to})
		}
		return true
	}
	if len(segment) < wire.TCPLen {
		return false
	}
	e := endpoints{
		device:  netip.AddrPortFrom(netip.AddrFrom4([4]byte(ip[12:16])), binary.BigEndian.Uint16(segment)),
		virtual: netip.AddrPortFrom(dst, binary.BigEndian.Uint16(segment[2:])),
	}
	flags := segment[13] & (wire.SYN | wire.ACK | wire.RST | wire.FIN)
	if flags&wire.RST != 0 {
		g.giveUp(e)
	}
	if flags != wire.SYN {
		return false
	}
	real, ok := g.allowed[e.virtual]
	if !ok && !g.listens(e.virtual) {
		g.deny(Denial{Kind: DeniedTCP, Addr: e.virtual})
	}
	if !ok || wire.Fold(wire.Sum(segment, wire.PseudoSum(ip, uint16(len(segment))))) != 0xffff {
		return false
	}
	if w := g.ways[e]; w != nil {
		return w.syn != nil // a repeated SYN waits, too; later ones are the connection's business
	}
	if g.dials < maxDials {
		g.dials++
		w := &way{endpoints: e, syn: append([]byte(nil), frame...),
			taken: make(chan struct{}), reset: make(chan struct{})}
		g.ways[e] = w
		g.host.net.running.Go(func() { g.dialReal(w, real) })
	}
	return true
}

// giveUp closes the real side of a connection that the device resets before its handshake is complete.
func (g *Gateway) giveUp(e endpoints) {
	w := g.ways[e]
	if w == nil {
		return
	}
	select {
	case <-w.taken:
	case <-w.reset:
	default:
		close(w.reset)
	}
}
