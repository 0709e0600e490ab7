package vnet

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync/atomic"
	"time"
)

// Forward stands on real sockets, which this machine has few of, and on a device, which has five connections. These are the
// bounds that keep a crowd of clients from taking either.
const (
	// maxInbound bounds the real connections of one Forward, those that wait for their turn included; further clients wait in the
	// system's queue. Choice.
	maxInbound = 256
	// inboundTimeout bounds the device's handshake with a client. Choice: dialTimeout.
	inboundTimeout = dialTimeout
	// goneTimeout is the same for a client that has closed without a word, in real time. Choice: a device answers at once.
	goneTimeout = 100 * time.Millisecond
	// acceptLeast and acceptMost are the pauses after a failed accept. Choice.
	acceptLeast = 5 * time.Millisecond
	acceptMost  = time.Second
)

// loopback puts the loopback address into an address without host, which would be all of this machine's.
func loopback(address string) string {
	if host, port, err := net.SplitHostPort(address); err == nil && host == "" {
		return net.JoinHostPort("127.0.0.1", port)
	}
	return address
}

// accept accepts a real connection. A failure that passes, such as too many open files, is told once and tried again; the error
// is that of a listener that was closed.
func (g *Gateway) acceptReal(l net.Listener) (net.Conn, error) {
	for pause := time.Duration(0); ; {
		real, err := l.Accept()
		if err == nil || errors.Is(err, net.ErrClosed) || g.ctx.Err() != nil {
			return real, err
		}
		if pause == 0 && g.trouble != nil {
			g.trouble(err)
		}
		pause = min(max(acceptLeast, 2*pause), acceptMost)
		select {
		case <-time.After(pause):
		case <-g.ctx.Done():
			return nil, g.ctx.Err()
		}
	}
}

// crowd are the clients of one Forward, each with its inflow, from the moment at which they are accepted. They wait here for
// their turn. Choice: when there are maxInbound, those that have left before their turn came, without a word or with a reset,
// are left out until nobody waits: each would cost the device a connection, and those behind it their time.
type crowd struct {
	slots   chan struct{} // maxInbound, taken by each client until its end
	waiting chan *inflow
	full    atomic.Bool // there were maxInbound, and some wait still
	left    int         // left out since; of the goroutine that forwards
}

// fill accepts clients until the listener closes.
func (g *Gateway) fill(crowd *crowd, l net.Listener) {
	defer close(crowd.waiting)
	for {
		select {
		case crowd.slots <- struct{}{}:
		default:
			crowd.full.Store(true)
			select {
			case crowd.slots <- struct{}{}:
			case <-g.ctx.Done():
				return
			}
		}
		real, err := g.acceptReal(l)
		if err != nil {
			return
		}
		if !g.keep(real) {
			_ = real.Close()
			return
		}
		crowd.waiting <- newInflow(g.host.net, real) // has room for as many as there are slots
	}
}

// leavesOut tells whether a client's turn is not to come, and tells of the crowd when it is over.
func (g *Gateway) leavesOut(crowd *crowd, in *inflow) bool {
	if !crowd.full.Load() {
		return false
	}
	out := in.gone()
	if out {
		crowd.left++
	}
	if len(crowd.waiting) == 0 {
		crowd.full.Store(false)
		if crowd.left > 0 && g.trouble != nil {
			g.trouble(fmt.Errorf("%d of them left before their turn came: the device has not seen those", crowd.left))
		}
		crowd.left = 0
	}
	return out
}

// turnAway ends a client that the device does not see.
func (g *Gateway) turnAway(crowd *crowd, real net.Conn) {
	lingerNot(real)
	g.drop(real)
	<-crowd.slots
}

// gone tells whether a client has left already: by a reset, or without a word.
func (in *inflow) gone() bool {
	if in.raw == nil {
		return false
	}
	_ = in.raw.Control(func(fd uintptr) { in.take(fd) })
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.end != nil && (in.end != io.EOF || len(in.early) == 0)
}

// watch ends the opening of a connection to the device when its client is gone, and after inboundTimeout. It returns the
// context of the opening and what ends the watch, after which the inflow may run.
func (in *inflow) watch(ctx context.Context) (opening context.Context, stop func()) {
	opening, cancel := context.WithTimeout(ctx, inboundTimeout)
	if in.raw == nil {
		return opening, cancel
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for opening.Err() == nil {
			if in.gone() {
				in.mu.Lock()
				closed := in.end == io.EOF
				in.mu.Unlock()
				if closed {
					select {
					case <-time.After(goneTimeout):
					case <-opening.Done():
					}
				}
				cancel()
				return
			}
			in.mu.Lock()
			more := in.end == nil && len(in.early) < relayAhead
			in.mu.Unlock()
			if !more || in.raw.Read(func(fd uintptr) bool { return in.take(fd) }) != nil {
				return
			}
		}
	}()
	return opening, func() {
		cancel()
		_ = in.real.SetReadDeadline(time.Unix(1, 0)) // the read ends
		<-ended
		_ = in.real.SetReadDeadline(time.Time{})
	}
}
