package vnet

import (
	"net/netip"

	"github.com/emu8266/emu8266/netstack"
	"github.com/emu8266/emu8266/netstack/internal/wire"
)

const (
	// denialsMost bounds what Denials tells; what comes later is not told. Choice.
	denialsMost = 64
	// servicesMost bounds the name and time servers outside that the gateway answers for; it is silent for others. Choice.
	servicesMost = 32
)

// DenialKind says what a device asked for.
type DenialKind uint8

// What a device can ask for in vain.
const (
	DeniedName    DenialKind = iota // an address for a name: Name
	DeniedTCP                       // a connection: Addr
	DeniedUDP                       // a datagram's delivery: Addr
	DeniedAddress                   // a neighbour of the subnet, by ARP: Addr, whose port is 0
)

// Denial is something that a device asked for and did not get, because nothing on the network or behind the gateway is there for it.
type Denial struct {
	Kind DenialKind
	Name string         // in lower case, without a final dot
	Addr netip.AddrPort // where it wanted to go
}

// Denials returns what devices asked for and did not get so far, each once, in order; the first 64.
func (g *Gateway) Denials() []Denial {
	g.host.net.enter()
	defer g.host.net.mu.Unlock()
	return append([]Denial(nil), g.denials...)
}

// deny notes a denial. The caller holds the lock.
func (g *Gateway) deny(d Denial) {
	if g.denied[d] || len(g.denials) >= denialsMost {
		return
	}
	g.denied[d] = true
	g.denials = append(g.denials, d)
}

// noteARP notes who is looked for and is not there.
func (g *Gateway) noteARP(frame []byte) {
	target, ok := wire.ARPQuestion(frame)
	if !ok || target == g.host.addr || !g.host.net.subnet.Contains(target) {
		return
	}
	n := g.host.net
	if n.hosts[target] != nil || g.dhcp.leases[target] != (lease{}) || g.host.ifc.HasAlias(target) {
		return
	}
	g.deny(Denial{Kind: DeniedAddress, Addr: netip.AddrPortFrom(target, 0)})
}

// listens says whether something of the gateway's own waits for connections at an address.
func (g *Gateway) listens(at netip.AddrPort) bool {
	if at.Addr() != g.host.addr {
		return false
	}
	for l := range g.host.listeners { // order does not matter
		if l.local.Port() == at.Port() {
			return true
		}
	}
	return false
}

// serveOutside makes the gateway answer at an address outside for a service that it has itself; false: it has none there.
func (g *Gateway) serveOutside(at netip.AddrPort) bool {
	if g.services[at] != nil {
		return true
	}
	var service func(u *netstack.UDP, from netip.AddrPort, data []byte)
	switch at.Port() {
	case wire.DNSPort:
		service = g.answerDNS
	case wire.SNTPPort:
		service = g.answerSNTP
	}
	if service == nil || g.closed || len(g.services) >= servicesMost {
		return false
	}
	var u *netstack.UDP
	u = g.host.stack.NewUDP(func(from netip.AddrPort, _ netip.Addr, _ *netstack.Interface, data []byte) { service(u, from, data) })
	if u.Bind(at.Addr(), at.Port()) != nil {
		u.Close()
		return false
	}
	g.services[at] = u
	return true
}
