package vnet

import (
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/emu8266/emu8266/netstack"
)

// maxSendBacklog bounds what a connection holds for its peer. Choice: far more than any server writes at a time, but not all memory.
const maxSendBacklog = 256 << 20

// Conn is a TCP connection of a Host. It behaves like a *net.TCPConn, errors included, with one difference: Write does not wait for the
// peer's window. What the peer does not take yet waits in memory, up to 256 MB, beyond which Write fails with syscall.ENOBUFS;
// SetWriteBuffer sets a lower limit at which Write waits. The reason is virtual time: a goroutine that waits in Write while it holds a
// mutex stops time for others that want the mutex, and so the window would never open.
//
// The listeners and dials of a Host return it as a net.Conn. All methods may be called from any goroutine.
type Conn struct {
	host   *Host
	cond   sync.Cond // on the network's lock: something to read, an error, the end of a dial
	room   sync.Cond // likewise, for writers that wait: an acknowledgement, an error
	ticket uint64    // number of the dial

	// Guarded by the network's lock.
	tcb           *netstack.TCB // nil: not yet, or no more
	local, remote netip.AddrPort
	open          bool // the handshake is done
	err           error
	in            []byte // received and unread, from inStart on
	inStart       int
	eof           bool   // the peer's FIN came
	out           []byte // written in this instant
	unacked       int    // written and not yet acknowledged
	consumed      int    // read since the window was last opened
	limit         int    // of unacked; 0: none
	linger        int    // negative: close in the background; 0: reset
	readBy        deadline
	writeBy       deadline
	closed        bool
	writeClosed   bool
	dirty         bool // among the host's dirty connections
	wantReset     bool
	finSent       bool
	onReset       func() // gateway: the connection ended with an error; called with the lock held
}

func (h *Host) newConn() *Conn {
	c := &Conn{host: h, linger: -1}
	c.cond.L, c.room.L = &h.net.mu, &h.net.mu
	h.conns[c] = struct{}{}
	return c
}

// dialTCP waits for a connection; the caller holds the lock.
func (h *Host) dialTCP(ctx context.Context, network string, remote netip.AddrPort) (net.Conn, error) {
	c := h.newDial(remote)
	if err := c.opened(ctx); err != nil {
		return nil, opError("dial", network, nil, tcpAddr(remote), err)
	}
	return c, nil
}

// newDial begins a connection: its SYN is sent at the end of the instant, in the order of the calls. The caller holds the lock.
func (h *Host) newDial(remote netip.AddrPort) *Conn {
	c := h.newConn()
	c.remote = remote
	h.tickets++
	c.ticket = h.tickets
	h.dials = append(h.dials, c)
	h.call()
	return c
}

// opened waits for the handshake of a connection that newDial began, within begin and leave. After an error there is no
// connection.
func (c *Conn) opened(ctx context.Context) error {
	n := c.host.net
	if ctx.Done() != nil {
		stop := context.AfterFunc(ctx, func() {
			n.enter()
			defer n.mu.Unlock()
			if !c.open && c.err == nil {
				c.err = contextError(ctx)
				c.cond.Broadcast()
			}
		})
		defer stop()
	}
	for !c.open && c.err == nil {
		n.wait(&c.cond)
	}
	if !c.open { // a connection that was open, if only for a moment, has what its peer sent
		err := c.err
		c.kill(net.ErrClosed)
		return err
	}
	return nil
}

// connect starts the handshake of a dialled connection.
func (c *Conn) connect() {
	if c.err != nil {
		return
	}
	t := c.host.stack.NewTCB((*handler)(c))
	if t == nil {
		c.fail(socketError("connect", netstack.ErrMem))
		return
	}
	c.adopt(t)
	err := t.Bind(netip.Addr{}, c.local.Port()) // usually 0
	if err == nil {
		err = t.Connect(c.remote)
	}
	if err != nil {
		t.SetHandler(nil)
		t.Abort()
		c.tcb = nil
		c.fail(socketError("connect", err))
		return
	}
	c.local = t.Local()
}

// adopt gives c its TCB.
func (c *Conn) adopt(t *netstack.TCB) {
	c.tcb = t
	t.SetNagle(false) // as package net does
}

// fail ends the connection with an error.
func (c *Conn) fail(err error) {
	if c.err == nil {
		c.err = err
	}
	if c.onReset != nil {
		c.onReset()
		c.onReset = nil
	}
	c.forget()
	c.changed()
}

// changed wakes whoever waits for anything.
func (c *Conn) changed() {
	c.cond.Broadcast()
	c.room.Broadcast()
}

// kill resets the connection, whatever its state; the caller holds the lock.
func (c *Conn) kill(err error) {
	c.reset()
	c.fail(err)
}

// reset sends an RST if there is somebody to get it; an unanswered SYN is just given up.
func (c *Conn) reset() {
	t := c.tcb
	if t == nil {
		return
	}
	c.tcb = nil
	t.SetHandler(nil)
	if c.open {
		t.Abort()
	} else {
		_ = t.Close() // fails only on a connection that is over
	}
	c.host.touch()
}

// forget takes c off its host's list, once there is nothing left to do for it.
func (c *Conn) forget() { delete(c.host.conns, c) }

// call has c's wishes carried out at the end of the instant.
func (c *Conn) call() {
	if !c.dirty && c.tcb != nil {
		c.dirty = true
		c.host.dirty = append(c.host.dirty, c)
		c.host.call()
	}
}

// carryOut does what was asked for within the instant.
func (c *Conn) carryOut() {
	c.dirty = false
	t := c.tcb
	if t == nil {
		return
	}
	if c.wantReset {
		c.reset()
		c.fail(net.ErrClosed)
		return
	}
	if c.consumed > 0 {
		t.Recved(c.consumed)
		c.consumed = 0
	}
	if len(c.out) > 0 && !c.finSent {
		if err := t.Write(c.out); err != nil {
			c.reset()
			c.fail(socketError("write", err))
			return
		}
		if cap(c.out) > maxKeptBuffer {
			c.out = nil
		}
		c.out = c.out[:0]
	}
	switch {
	case c.closed:
		c.tcb = nil
		t.SetHandler(nil) // the stack does the rest
		_ = t.Close()     // fails only on a connection that is over
		c.forget()
	case c.writeClosed && !c.finSent:
		c.finSent = true
		_ = t.CloseWrite()
	default:
		t.Output()
	}
}

// maxKeptBuffer is the largest buffer that a connection keeps for its next use.
const maxKeptBuffer = 64 << 10

// Read implements net.Conn. It returns io.EOF after the peer's FIN, and syscall.ECONNRESET after its RST, each as often as it is called;
// data that came before is read first. An RST after the FIN concerns Write alone, which returns syscall.EPIPE.
func (c *Conn) Read(p []byte) (int, error) {
	c.host.net.begin()
	defer c.host.net.leave()
	n, err := c.read(p)
	return n, c.opError("read", err)
}

func (c *Conn) read(p []byte) (int, error) {
	for {
		switch {
		case c.closed:
			return 0, net.ErrClosed
		case c.readBy.passed():
			return 0, os.ErrDeadlineExceeded
		case len(p) == 0:
			return 0, nil
		case c.inStart < len(c.in):
			n := copy(p, c.in[c.inStart:])
			if c.inStart += n; c.inStart == len(c.in) {
				c.in, c.inStart = c.in[:0], 0
			}
			if c.dirty || c.tcb == nil || !c.tcb.RecvedQuietly(n) {
				c.consumed += n
				c.call()
			}
			return n, nil
		case c.eof && !errors.Is(c.err, net.ErrClosed):
			return 0, io.EOF
		case c.err != nil:
			return 0, c.err
		}
		c.host.net.wait(&c.cond)
	}
}

// Write implements net.Conn. It copies p and, unless SetWriteBuffer set a limit, returns at once.
func (c *Conn) Write(p []byte) (int, error) {
	c.host.net.begin()
	defer c.host.net.leave()
	n, err := c.write(p)
	return n, c.opError("write", err)
}

func (c *Conn) write(p []byte) (int, error) {
	written := 0
	for {
		switch {
		case c.closed:
			return written, net.ErrClosed
		case c.writeBy.passed():
			return written, os.ErrDeadlineExceeded
		case c.err != nil:
			return written, c.err
		case c.writeClosed || c.tcb == nil:
			return written, os.NewSyscallError("write", syscall.EPIPE)
		case written == len(p):
			return written, nil
		case c.unacked+len(p)-written > maxSendBacklog:
			return written, os.NewSyscallError("write", syscall.ENOBUFS)
		}
		room := len(p) - written
		if c.limit > 0 {
			room = min(room, c.limit-c.unacked)
		}
		if room <= 0 {
			c.host.net.wait(&c.room)
			continue
		}
		if free := cap(c.out) - len(c.out); free < room { // doubled: append alone adds a quarter, and copies what there is more often
			c.out = slices.Grow(c.out, max(room, len(c.out)))
		}
		c.out = append(c.out, p[written:written+room]...)
		c.unacked += room
		written += room
		c.call()
		if written == len(p) {
			return written, nil
		}
	}
}

// Close implements net.Conn. As with a real socket, what was written is still delivered, unless data that was received is unread or comes
// later: then the peer gets an RST. See SetLinger.
func (c *Conn) Close() error {
	c.host.net.begin()
	defer c.host.net.leave()
	if c.closed {
		return c.opError("close", net.ErrClosed)
	}
	c.closed = true
	c.readBy.stop()
	c.writeBy.stop()
	if c.linger == 0 || c.inStart < len(c.in) {
		c.wantReset = true
	}
	c.writeClosed = true
	c.in, c.inStart = nil, 0
	c.call()
	c.changed()
	return nil
}

// CloseWrite sends a FIN after what was written; reading goes on.
func (c *Conn) CloseWrite() error {
	c.host.net.begin()
	defer c.host.net.leave()
	switch {
	case c.closed:
		return c.opError("close", net.ErrClosed)
	case c.tcb == nil:
		return c.opError("close", os.NewSyscallError("shutdown", syscall.ENOTCONN))
	}
	c.writeClosed = true
	c.call()
	c.changed()
	return nil
}

// SetLinger with 0 makes Close send an RST and forget what was not sent yet; a negative or positive value is the default behaviour.
func (c *Conn) SetLinger(seconds int) error {
	return c.change(func() { c.linger = seconds })
}

// SetNoDelay switches Nagle's algorithm off (the default, as in package net) or on. It holds for what is sent from the end of this instant
// on.
func (c *Conn) SetNoDelay(noDelay bool) error {
	return c.change(func() {
		if c.tcb != nil {
			c.tcb.SetNagle(!noDelay)
		}
	})
}

// SetWriteBuffer makes Write wait while so many bytes are not acknowledged by the peer. 0, the default, means no limit. It is for tests of
// back-pressure; mind the warning at Conn.
func (c *Conn) SetWriteBuffer(bytes int) error {
	return c.change(func() {
		c.limit = max(bytes, 0)
		c.room.Broadcast()
	})
}

// SetDeadline implements net.Conn.
func (c *Conn) SetDeadline(t time.Time) error {
	return c.change(func() {
		c.readBy.set(c.host.net, &c.cond, t)
		c.writeBy.set(c.host.net, &c.room, t)
	})
}

// SetReadDeadline implements net.Conn.
func (c *Conn) SetReadDeadline(t time.Time) error {
	return c.change(func() { c.readBy.set(c.host.net, &c.cond, t) })
}

// SetWriteDeadline implements net.Conn.
func (c *Conn) SetWriteDeadline(t time.Time) error {
	return c.change(func() { c.writeBy.set(c.host.net, &c.room, t) })
}

// change applies a setting unless the connection is closed.
func (c *Conn) change(set func()) error {
	c.host.net.enter()
	defer c.host.net.mu.Unlock()
	if c.closed {
		return c.opError("set", net.ErrClosed)
	}
	set()
	return nil
}

// LocalAddr implements net.Conn; it returns a *net.TCPAddr.
func (c *Conn) LocalAddr() net.Addr { return c.addr(&c.local) }

// RemoteAddr implements net.Conn; it returns a *net.TCPAddr.
func (c *Conn) RemoteAddr() net.Addr { return c.addr(&c.remote) }

func (c *Conn) addr(a *netip.AddrPort) net.Addr {
	c.host.net.mu.Lock()
	defer c.host.net.mu.Unlock()
	return tcpAddr(*a)
}

func (c *Conn) opError(op string, err error) error {
	if err == nil {
		return nil // not worth the addresses
	}
	return opError(op, "tcp", tcpAddr(c.local), tcpAddr(c.remote), err)
}
