package vnet

import (
	"cmp"
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"slices"
	"sync/atomic"
	"time"

	"github.com/emu8266/emu8266/netstack"
)

const (
	// udpIdle ends the way of datagrams between a device and an outside address when neither direction was used for so long. Choice: what
	// home routers keep.
	udpIdle = 2 * time.Minute
	// maxUDPWays bounds the ways of datagrams; those of further senders are dropped. Choice.
	maxUDPWays = 1024
	// udpAhead is how many datagrams may wait for the real side of one way; more are dropped. Choice.
	udpAhead = 64
)

// udpWay is the exchange of datagrams between a device's socket and an outside address.
type udpWay struct {
	endpoints
	out  chan []byte // from the device
	used atomic.Int64
}

// udpAnswer is a datagram from outside, sent to the device at the end of the instant.
type udpAnswer struct {
	endpoints
	data []byte
}

// AllowUDP opens the way for datagrams from devices to a virtual address, as Allow does for connections. Each sending socket of a device
// gets a real one of its own (Dial with network "udp"); what comes back there is sent to the device in the name of virtual. The real socket
// is closed after two minutes without a datagram. The error is ErrInUse if virtual is a port of the gateway itself that is taken (67, 53,
// 123 and sockets of Host). A second call for the same address replaces the first for senders to come.
func (g *Gateway) AllowUDP(virtual netip.AddrPort, real string) error {
	n := g.host.net
	n.enter()
	defer n.mu.Unlock()
	virtual = netip.AddrPortFrom(virtual.Addr().Unmap(), virtual.Port())
	if g.closed {
		return net.ErrClosed
	}
	g.standIn(virtual.Addr())
	if _, again := g.allowedUDP[virtual]; !again {
		u := g.host.stack.NewUDP(func(from netip.AddrPort, _ netip.Addr, _ *netstack.Interface, data []byte) {
			g.carryUDP(endpoints{device: from, virtual: virtual}, data)
		})
		if err := u.Bind(virtual.Addr(), virtual.Port()); err != nil {
			u.Close()
			return err
		}
		g.udpSockets[virtual] = u
	}
	g.allowedUDP[virtual] = real
	return nil
}

// carryUDP takes a datagram of a device, inside the event loop.
func (g *Gateway) carryUDP(e endpoints, data []byte) {
	w := g.udpWays[e]
	if w == nil {
		if g.closed || len(g.udpWays) >= maxUDPWays {
			return
		}
		w = &udpWay{endpoints: e, out: make(chan []byte, udpAhead)}
		g.udpWays[e] = w
		real := g.allowedUDP[e.virtual]
		g.host.net.running.Go(func() { g.relayUDP(w, real) })
	}
	w.used.Store(g.host.net.now)
	select {
	case w.out <- append([]byte(nil), data...):
	default: // lost, as by any router
	}
}

// relayUDP opens the real socket of a way and copies until both directions were idle.
func (g *Gateway) relayUDP(w *udpWay, address string) {
	n := g.host.net
	defer func() {
		n.enter()
		defer n.mu.Unlock()
		if g.udpWays[w.endpoints] == w {
			delete(g.udpWays, w.endpoints)
		}
	}()
	ctx, cancel := context.WithTimeout(g.ctx, dialTimeout)
	real, err := g.dial(ctx, "udp", address)
	cancel()
	if err != nil {
		return
	}
	if !g.keep(real) {
		_ = real.Close()
		return
	}
	defer g.drop(real)
	quit := make(chan struct{})
	defer close(quit)
	n.running.Go(func() {
		for {
			select {
			case data := <-w.out:
				_, _ = real.Write(data) // a refused datagram is a lost one
			case <-quit:
				return
			case <-g.ctx.Done():
				return
			}
		}
	})
	buf := make([]byte, maxPayload)
	for {
		_ = real.SetReadDeadline(time.Now().Add(udpIdle))
		k, err := real.Read(buf)
		switch {
		case err == nil:
			g.answerUDP(w, buf[:k])
		case g.ctx.Err() != nil || errors.Is(err, net.ErrClosed):
			return
		case errors.Is(err, os.ErrDeadlineExceeded) && n.now64()-w.used.Load() >= int64(udpIdle):
			return
		case !errors.Is(err, os.ErrDeadlineExceeded) && !isRefused(err):
			return
		}
	}
}

// answerUDP notes a datagram from outside for the end of the instant.
func (g *Gateway) answerUDP(w *udpWay, data []byte) {
	n := g.host.net
	n.enter()
	defer n.mu.Unlock()
	if g.closed || len(g.udpAnswers) >= maxUnsent {
		return
	}
	w.used.Store(n.now)
	g.udpAnswers = append(g.udpAnswers, udpAnswer{w.endpoints, append([]byte(nil), data...)})
	g.host.call()
}

// carryOutUDP sends the instant's datagrams from outside in a fixed order.
func (g *Gateway) carryOutUDP() {
	answers := g.udpAnswers
	g.udpAnswers = nil
	slices.SortStableFunc(answers, func(a, b udpAnswer) int {
		return cmp.Or(a.device.Compare(b.device), a.virtual.Compare(b.virtual))
	})
	for _, a := range answers {
		if u := g.udpSockets[a.virtual]; u != nil {
			_ = u.SendTo(a.data, a.device)
		}
	}
}

// ForwardUDP receives datagrams at a real UDP address (as net.ListenPacket takes it, but one without host is the loopback)
// and sends them to a device, each real sender's from a port of its own at the gateway's address; answers go back. A sender is
// forgotten after two minutes without a datagram. It returns the address it receives at, and ends when ctx ends or the network closes.
func (g *Gateway) ForwardUDP(ctx context.Context, listen string, to netip.AddrPort) (net.Addr, error) {
	return g.ForwardUDPFrom(ctx, g.host, listen, to)
}

// ForwardUDPFrom is ForwardUDP with datagrams that come from another host of the network, as ForwardFrom.
func (g *Gateway) ForwardUDPFrom(ctx context.Context, h *Host, listen string, to netip.AddrPort) (net.Addr, error) {
	real, err := new(net.ListenConfig).ListenPacket(ctx, "udp", loopback(listen))
	if err != nil {
		return nil, err
	}
	if !g.keep(real) {
		_ = real.Close()
		return nil, opError("listen", "udp", nil, real.LocalAddr(), net.ErrClosed)
	}
	stop := context.AfterFunc(ctx, func() { _ = real.Close() })
	g.host.net.running.Go(func() {
		defer g.drop(real)
		defer stop()
		g.forwardUDP(h, real, to)
	})
	return real.LocalAddr(), nil
}

// forwardUDP receives until the real socket closes.
func (g *Gateway) forwardUDP(h *Host, real net.PacketConn, to netip.AddrPort) {
	inside := make(map[string]net.Conn) // by the real sender
	ended := make(chan string, maxUDPWays)
	defer func() {
		for _, c := range inside { // order does not matter: sockets that close send nothing
			_ = c.Close()
		}
	}()
	buf := make([]byte, maxPayload)
	for {
		k, from, err := real.ReadFrom(buf)
		for len(ended) > 0 {
			delete(inside, <-ended)
		}
		if err != nil {
			if errors.Is(err, net.ErrClosed) || g.ctx.Err() != nil {
				return
			}
			continue // an answer that could not be delivered, on some systems
		}
		sender := from.String()
		c := inside[sender]
		if c == nil {
			if len(inside) >= maxUDPWays {
				continue
			}
			if c, err = h.DialContext(g.ctx, "udp", to.String()); err != nil {
				return
			}
			inside[sender] = c
			g.host.net.running.Go(func() {
				defer func() { _ = c.Close(); ended <- sender }()
				answer := make([]byte, maxPayload)
				for {
					k, err := c.Read(answer)
					if err != nil {
						return
					}
					_, _ = real.WriteTo(answer[:k], from)
					_ = c.SetReadDeadline(time.Now().Add(udpIdle))
				}
			})
		}
		_ = c.SetReadDeadline(time.Now().Add(udpIdle))
		_, _ = c.Write(buf[:k])
	}
}

// now64 returns the present instant.
func (n *Network) now64() int64 { return n.clock() }
