package vnet

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"maps"
	"net"
	"net/netip"
	"slices"
	"syscall"
	"time"

	"go.uber.org/zap"

	"github.com/emu8266/emu8266/netstack"
	"github.com/emu8266/emu8266/netstack/internal/wire"
)

const (
	// relayAhead is how much from the real side may wait for the device before the gateway stops reading. Choice.
	relayAhead = 256 << 10
	// relayChunk is the size of a copying goroutine's buffer.
	relayChunk = 32 << 10
	// lastWords is how long the real side may take what the device sent before its reset. Choice: a peer that reads takes it at
	// once.
	lastWords = time.Second
)

// way is a connection from a device to the outside, from its first SYN on. Its fields are guarded by the network's lock.
type way struct {
	endpoints
	syn   []byte        // frame of the SYN while it waits for the real side
	real  net.Conn      // dialled; nil: failed
	quiet bool          // failed because nobody answered
	taken chan struct{} // closed when the device's handshake is complete
	reset chan struct{} // closed when the device gives it up before
}

// dialReal dials the real side of a way, and closes it again if the device does not complete its handshake.
func (g *Gateway) dialReal(w *way, address string) {
	defer func() {
		g.host.net.enter()
		g.dials--
		g.host.net.mu.Unlock()
	}()
	ctx, cancel := context.WithTimeout(g.ctx, dialTimeout)
	real, err := g.dial(ctx, "tcp", address)
	cancel()
	n := g.host.net
	n.enter()
	n.log.Debug("way out", zap.Stringer("device", w.device), zap.Stringer("virtual", w.virtual), zap.String("real", address),
		zap.Error(err))
	if err == nil && !g.closed {
		w.real = real
		g.open[real] = struct{}{}
	}
	w.quiet = err != nil && isTimeout(err)
	g.answers = append(g.answers, w)
	g.host.call()
	closed := g.closed
	n.mu.Unlock()
	if err != nil {
		return
	}
	if closed {
		_ = real.Close()
		return
	}
	timer := time.NewTimer(takeTimeout)
	defer timer.Stop()
	select {
	case <-w.taken:
		return
	case <-w.reset:
	case <-timer.C:
	case <-g.ctx.Done():
	}
	n.enter()
	late := g.ways[w.endpoints] == w && w.real != nil
	if late {
		delete(g.ways, w.endpoints)
		w.real = nil
	}
	n.mu.Unlock()
	if late {
		g.drop(real)
	}
}

// carryOut lets the SYNs through whose real sides were dialled within the instant, or refuses them.
func (g *Gateway) carryOut() {
	answers := g.answers
	g.answers = nil
	slices.SortFunc(answers, func(a, b *way) int {
		return cmp.Or(a.device.Compare(b.device), a.virtual.Compare(b.virtual))
	})
	for _, w := range answers {
		syn := w.syn
		w.syn = nil
		if w.real == nil || g.listen(w.virtual) != nil {
			delete(g.ways, w.endpoints)
			if !w.quiet {
				refuseSYN(g.host.stack, w.endpoints, syn)
			}
			continue
		}
		g.host.ifc.Input(g.host.net.time(g.host.net.now), syn)
	}
}

// refuseSYN answers a SYN with RST.
func refuseSYN(s *netstack.Stack, e endpoints, frame []byte) {
	header := int(frame[wire.EthernetLen]&15) * 4
	seq := binary.BigEndian.Uint32(frame[wire.EthernetLen+header+4:])
	s.SendReset(e.virtual, e.device, 0, seq+1)
}

// listen opens the gateway's listener for a virtual address. Only SYNs that catch let through reach it.
func (g *Gateway) listen(virtual netip.AddrPort) error {
	if g.listeners[virtual] != nil {
		return nil
	}
	l, err := g.host.stack.Listen(virtual.Addr(), virtual.Port(), g.accept)
	if err == nil {
		g.listeners[virtual] = l
	}
	return err
}

// accept takes a connection whose handshake is complete and starts to relay.
func (g *Gateway) accept(t *netstack.TCB) netstack.Handler {
	w := g.ways[endpoints{device: t.Remote(), virtual: t.Local()}]
	if w == nil || w.real == nil || g.closed {
		return nil
	}
	real := w.real
	close(w.taken)
	w.real = nil
	c := g.host.newConn()
	c.adopt(t)
	c.local, c.remote, c.open = t.Local(), t.Remote(), true
	g.host.net.running.Go(func() {
		g.relay(c, newInflow(g.host.net, real))
		g.host.net.enter()
		defer g.host.net.mu.Unlock()
		if g.ways[w.endpoints] == w {
			delete(g.ways, w.endpoints)
		}
	})
	return (*handler)(c)
}

// Forward listens on a real TCP address (as net.Listen takes it, but one without host is the loopback) and connects whoever
// comes to a device, 256 at a time; others wait. It returns the address it listens on. A client whose connection the device
// refuses gets a reset, and so does one that the device does not answer for 10 s. The listener is closed when ctx ends or the
// network closes; when it cannot accept for a while, GatewayConfig.Trouble is told.
func (g *Gateway) Forward(ctx context.Context, listen string, to netip.AddrPort) (net.Addr, error) {
	return g.ForwardFrom(ctx, g.host, listen, to)
}

// ForwardFrom is Forward with connections that come from another host of the network: a station of a device's soft-AP (Network.Join), for
// instance, where the gateway does not lead.
func (g *Gateway) ForwardFrom(ctx context.Context, h *Host, listen string, to netip.AddrPort) (net.Addr, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", loopback(listen))
	if err != nil {
		return nil, err
	}
	if !g.keep(l) {
		_ = l.Close()
		return nil, opError("listen", "tcp", nil, l.Addr(), net.ErrClosed)
	}
	stop := context.AfterFunc(ctx, func() { _ = l.Close() })
	g.host.net.running.Go(func() {
		defer g.drop(l)
		defer stop()
		g.forward(ctx, h, l, to)
	})
	return l.Addr(), nil
}

// forward accepts real connections until the listener closes. The device sees them in the order in which their clients came,
// and each client only after what those before it had done until then: a client that closes and comes again at once is not
// two clients.
func (g *Gateway) forward(ctx context.Context, h *Host, l net.Listener, to netip.AddrPort) {
	n := g.host.net
	live := map[*inflow]struct{}{} // guarded by the network's lock
	silent := false                // likewise: the device did not answer the last client
	crowd := &crowd{slots: make(chan struct{}, maxInbound), waiting: make(chan *inflow, maxInbound)}
	n.running.Go(func() { g.fill(crowd, l) })
	for in := range crowd.waiting {
		real := in.real
		if ctx.Err() != nil || g.leavesOut(crowd, in) {
			g.turnAway(crowd, real)
			continue
		}
		n.enter()
		before := slices.SortedFunc(maps.Keys(live), func(a, b *inflow) int { return cmp.Compare(a.number, b.number) })
		n.mu.Unlock()
		for _, in := range before {
			in.settle()
		}
		n.enter()
		skip := silent
		n.mu.Unlock()
		if skip && in.gone() { // nobody misses a client that is gone, in a queue for a device that takes none
			g.turnAway(crowd, real)
			continue
		}
		n.enter()
		live[in] = struct{}{}
		c := h.newDial(to)
		in.number = c.ticket
		n.mu.Unlock()
		n.running.Go(func() {
			defer func() {
				n.enter()
				delete(live, in)
				n.mu.Unlock()
				<-crowd.slots
			}()
			opening, stop := in.watch(g.ctx)
			n.begin()
			err := c.opened(opening)
			silent = err != nil && opening.Err() != nil
			n.leave()
			stop()
			if err != nil {
				n.log.Debug("forward", zap.Stringer("to", to), zap.Error(err))
				in.refused()
				lingerNot(real)
				g.drop(real)
				return
			}
			g.relay(c, in)
		})
	}
}

// relay copies both ways until both are closed or one side is reset. It owns both connections. What the device sent before its
// reset reaches the real side before it, as on a wire.
func (g *Gateway) relay(c *Conn, in *inflow) {
	n, real := g.host.net, in.real
	defer g.drop(real)
	defer c.Close()
	up := make(chan struct{})
	n.enter()
	reset := func() {
		// On a goroutine of its own: the lock is held, and a copy may be blocked in real.
		n.running.Go(func() {
			_ = real.SetWriteDeadline(time.Now().Add(lastWords))
			<-up
			lingerNot(real)
			_ = real.Close()
		})
	}
	if c.err != nil {
		reset()
	} else {
		c.onReset = reset
	}
	n.mu.Unlock()

	n.running.Go(func() {
		defer close(up)
		g.relayUp(c, in)
	})
	in.run(c)
	stop := in.watchReset()
	<-up
	stop()
	n.enter()
	c.onReset = nil
	failed := c.err != nil
	n.mu.Unlock()
	if failed {
		lingerNot(real) // drop must not be quicker with a FIN than reset's goroutine with its RST
	}
}

// relayUp copies from the device to the real side.
func (g *Gateway) relayUp(c *Conn, in *inflow) {
	buf := make([]byte, relayChunk)
	for {
		k, err := c.Read(buf)
		if k > 0 {
			if _, werr := in.real.Write(buf[:k]); werr != nil {
				resetConn(c)
				return
			}
		}
		if err == io.EOF {
			if half, ok := in.real.(interface{ CloseWrite() error }); ok {
				_ = half.CloseWrite()
			} else {
				in.closed.Store(true)
				_ = in.real.Close()
			}
			return
		}
		if err != nil {
			return // onReset resets the real side; after a close by inflow.run there is nothing to do
		}
	}
}

// awaitRoom waits until less than limit bytes are on their way to the peer; false: the connection is over.
func (c *Conn) awaitRoom(limit int) bool {
	c.host.net.enter()
	defer c.host.net.mu.Unlock()
	for c.unacked >= limit && c.err == nil && !c.closed {
		c.room.Wait()
	}
	return c.err == nil && !c.closed
}

// resetConn closes c with an RST.
func resetConn(c *Conn) {
	_ = c.SetLinger(0)
	_ = c.Close()
}

// lingerNot makes the close of a real connection a reset.
func lingerNot(real net.Conn) {
	if l, ok := real.(interface{ SetLinger(int) error }); ok {
		_ = l.SetLinger(0)
	}
}

// isTimeout tells silence from refusal.
func isTimeout(err error) bool {
	var t net.Error
	return errors.As(err, &t) && t.Timeout() || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, syscall.ETIMEDOUT)
}
