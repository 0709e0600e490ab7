package vnet

import (
	"cmp"
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"time"

	"github.com/emu8266/emu8266/netstack"
)

// maxLookups bounds the questions that wait for GatewayConfig.Lookup or for their delay; further ones are not answered. Choice.
const maxLookups = 256

// question is a DNS query that is answered later.
type question struct {
	to    *netstack.UDP // the socket that it came to
	from  netip.AddrPort
	order uint64 // of arrival
	query []byte
	name  string
	addr  netip.Addr
	code  uint16 // of the answer
	quiet bool
}

// SetNameDelay has the gateway's DNS server answer questions about name this much later; negative: not at all. The empty name sets the
// delay of all names that have none of their own. The device asks again after 1 s and gives up after 4 tries to each server (lwip.md 12).
func (g *Gateway) SetNameDelay(name string, delay time.Duration) {
	g.host.net.enter()
	defer g.host.net.mu.Unlock()
	g.delays[canonicalName(name)] = delay
}

// answerDNS answers a query to the gateway: at once, after the name's delay, or when the way out has looked the name up.
func (g *Gateway) answerDNS(u *netstack.UDP, from netip.AddrPort, query []byte) {
	g.questions++
	q := &question{to: u, from: from, order: g.questions, query: append([]byte(nil), query...)}
	known := false
	reply := answerDNS(query, func(name string) (netip.Addr, bool) {
		q.name = name
		q.addr, known = g.host.net.names[name]
		return q.addr, known
	})
	if reply == nil {
		return
	}
	delay, own := g.delays[q.name]
	if !own {
		delay = g.delays[""]
	}
	outside := q.name != "" && !known && g.lookup != nil
	if q.name != "" && !known && !outside {
		g.deny(Denial{Kind: DeniedName, Name: q.name})
	}
	switch {
	case delay < 0 || (delay > 0 || outside) && g.waiting >= maxLookups:
	case outside:
		g.waiting++
		g.host.net.running.Go(func() { g.lookUp(q, delay) })
	case delay > 0:
		g.waiting++
		g.host.later(delay, q.order, func() {
			g.waiting--
			_ = u.SendTo(reply, from)
		})
	default:
		_ = u.SendTo(reply, from)
	}
}

// lookUp asks the outside for a name.
func (g *Gateway) lookUp(q *question, delay time.Duration) {
	n := g.host.net
	ctx, cancel := context.WithTimeout(g.ctx, dialTimeout)
	defer cancel()
	if delay > 0 {
		timer := time.NewTimer(delay)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
		}
	}
	addr, err := g.lookup(ctx, q.name)
	q.addr = addr.Unmap()
	var notFound *net.DNSError
	switch {
	case err == nil && q.addr.Is4():
		q.code = dnsOK
	case err == nil || errors.As(err, &notFound) && notFound.IsNotFound:
		q.code = dnsNoName // or one without an IPv4 address
	default:
		q.code, q.quiet = dnsFailed, isTimeout(err)
	}
	n.enter()
	defer n.mu.Unlock()
	g.waiting--
	g.found = append(g.found, q)
	g.host.call()
}

// carryOutDNS answers what was looked up within the instant.
func (g *Gateway) carryOutDNS() {
	found := g.found
	g.found = nil
	slices.SortFunc(found, func(a, b *question) int { return cmp.Compare(a.order, b.order) })
	for _, q := range found {
		if q.code != dnsOK {
			g.deny(Denial{Kind: DeniedName, Name: q.name})
		}
		if q.quiet {
			continue
		}
		reply := answerDNS(q.query, func(string) (netip.Addr, bool) { return q.addr, q.code == dnsOK })
		if q.code == dnsFailed {
			reply[3] = reply[3]&^15 | dnsFailed
		}
		_ = q.to.SendTo(reply, q.from)
	}
}

// later runs f at a later instant, among the host's timers; order sorts what one host does at one instant.
func (h *Host) later(delay time.Duration, order uint64, f func()) {
	e := h.net.newEvent()
	e.at, e.phase, e.flow, e.seq, e.port, e.do = h.net.now+int64(delay), phaseHost, h.timer.flow, order, h.port, f
	h.net.schedule(e)
}

// runLater is the event of later.
func (h *Host) runLater(f func()) {
	if h.closed {
		return
	}
	h.stack.Advance(h.net.time(h.net.now))
	f()
	h.touch()
}
