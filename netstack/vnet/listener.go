package vnet

import (
	"net"
	"net/netip"
	"os"
	"sync"
	"time"

	"github.com/emu8266/emu8266/netstack"
	"github.com/emu8266/emu8266/netstack/internal/wire"
)

// maxAccept bounds the connections that wait for Accept; further ones are reset. Choice: what present-day Linux allows.
const maxAccept = 4096

// tcpListener is what Host.Listen returns.
type tcpListener struct {
	host  *Host
	cond  sync.Cond // on the network's lock
	local netip.AddrPort

	// Guarded by the network's lock.
	listener *netstack.Listener
	waiting  []*Conn
	by       deadline
	closed   bool
}

// newListener opens a listener; the caller holds the lock.
func (h *Host) newListener(local netip.AddrPort) (*tcpListener, error) {
	l := &tcpListener{host: h}
	l.cond.L = &h.net.mu
	var err error
	if l.listener, err = h.stack.Listen(local.Addr(), local.Port(), l.accept); err != nil {
		return nil, socketError("bind", err)
	}
	addr := local.Addr()
	if wire.IsAny(addr) {
		addr = h.addr
	}
	l.local = netip.AddrPortFrom(addr, l.listener.Port())
	h.listeners[l] = struct{}{}
	return l, nil
}

// accept takes a connection from the stack.
func (l *tcpListener) accept(t *netstack.TCB) netstack.Handler {
	if l.closed || len(l.waiting) >= maxAccept {
		return nil
	}
	c := l.host.newConn()
	c.adopt(t)
	l.waiting = append(l.waiting, c)
	l.cond.Broadcast()
	return (*handler)(c)
}

// Accept implements net.Listener.
func (l *tcpListener) Accept() (net.Conn, error) {
	n := l.host.net
	n.begin()
	defer n.leave()
	for {
		switch {
		case l.closed:
			return nil, l.opError("accept", net.ErrClosed)
		case l.by.passed():
			return nil, l.opError("accept", os.ErrDeadlineExceeded)
		case len(l.waiting) > 0:
			c := l.waiting[0]
			l.waiting = l.waiting[1:]
			return c, nil
		}
		n.wait(&l.cond)
	}
}

// Close implements net.Listener. Connections that nobody accepted are reset.
func (l *tcpListener) Close() error {
	l.host.net.enter()
	defer l.host.net.mu.Unlock()
	if l.closed {
		return l.opError("close", net.ErrClosed)
	}
	l.shut()
	return nil
}

func (l *tcpListener) shut() {
	if l.closed {
		return
	}
	l.closed = true
	l.by.stop()
	l.listener.Close()
	delete(l.host.listeners, l)
	for _, c := range l.waiting {
		c.closed, c.wantReset = true, true
		c.call()
	}
	l.waiting = nil
	l.cond.Broadcast()
}

// Addr implements net.Listener; it returns a *net.TCPAddr with the host's address.
func (l *tcpListener) Addr() net.Addr { return tcpAddr(l.local) }

// SetDeadline makes Accept fail with os.ErrDeadlineExceeded from t on, as *net.TCPListener's does.
func (l *tcpListener) SetDeadline(t time.Time) error {
	l.host.net.enter()
	defer l.host.net.mu.Unlock()
	if l.closed {
		return l.opError("set", net.ErrClosed)
	}
	l.by.set(l.host.net, &l.cond, t)
	return nil
}

func (l *tcpListener) opError(op string, err error) error {
	return opError(op, "tcp", nil, tcpAddr(l.local), err)
}
