package interop

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/netip"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/netstack"
	"github.com/emu8266/emu8266/netstack/vnet"
)

// device is a stack with the device's profile on a port, run by one goroutine as the emulator runs it.
type device struct {
	stack *netstack.Stack
	ifc   *netstack.Interface
	port  *vnet.Port
	wake  chan struct{}
	quit  chan struct{}
	ended chan struct{}

	mu    sync.Mutex
	ring  [][]byte
	calls []func()
}

func newDevice(t *testing.T, n *vnet.Network, addr netip.Addr, profile netstack.Profile) *device {
	d := &device{wake: make(chan struct{}, 1), quit: make(chan struct{}), ended: make(chan struct{})}
	d.port = n.Attach("device "+addr.String(), func(frame []byte) {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.ring = append(d.ring, bytes.Clone(frame))
	}, d.signal)
	d.stack = netstack.NewStack(netstack.Config{Profile: profile})
	d.stack.Advance(time.Now())
	d.ifc = d.stack.AddInterface("st0", vnet.MACFor(addr), d.port.Send)
	d.ifc.SetAddr(netip.PrefixFrom(addr, n.Subnet().Bits()), netip.Addr{})
	d.ifc.SetUp(true)
	go d.run()
	t.Cleanup(func() {
		close(d.quit)
		<-d.ended
		d.port.Close()
	})
	return d
}

func (d *device) signal() {
	select {
	case d.wake <- struct{}{}:
	default:
	}
}

func (d *device) run() {
	defer close(d.ended)
	for {
		d.mu.Lock()
		frames, calls := d.ring, d.calls
		d.ring, d.calls = nil, nil
		d.mu.Unlock()
		for _, f := range frames {
			d.ifc.Input(time.Now(), f)
		}
		d.stack.Advance(time.Now())
		for _, f := range calls {
			f()
		}
		if at, ok := d.stack.NextEvent(); ok {
			d.port.Alarm(at)
		} else {
			d.port.Alarm(time.Time{})
		}
		select {
		case <-d.wake:
		case <-d.quit:
			return
		}
	}
}

// post runs f on the device's goroutine, later.
func (d *device) post(f func()) {
	d.mu.Lock()
	d.calls = append(d.calls, f)
	d.mu.Unlock()
	d.signal()
}

func (d *device) addr() netip.Addr { return d.ifc.Addr().Addr() }

func (d *device) dial(ctx context.Context, to netip.AddrPort) (conn, error) {
	c := newDeviceConn(d)
	d.post(func() {
		c.tcb = d.stack.NewTCB(c)
		c.tcb.SetNagle(false) // as espconn does
		if err := c.tcb.Connect(to); err != nil {
			c.Aborted(c.tcb, err)
		}
	})
	stop := context.AfterFunc(ctx, func() { c.fail(ctx.Err()) })
	defer stop()
	c.mu.Lock()
	defer c.mu.Unlock()
	for !c.open && c.err == nil {
		c.cond.Wait()
	}
	return c, c.err
}

func (d *device) listen(t testing.TB, port uint16) listener {
	l := &deviceListener{waiting: make(chan conn, 16)}
	done := make(chan error)
	d.post(func() {
		_, err := d.stack.Listen(netip.Addr{}, port, func(tcb *netstack.TCB) netstack.Handler {
			c := newDeviceConn(d)
			c.tcb = tcb
			tcb.SetNagle(false)
			l.waiting <- c
			return c
		})
		done <- err
	})
	require.NoError(t, <-done)
	return l
}

type deviceListener struct{ waiting chan conn }

func (l *deviceListener) accept() (conn, error) { return <-l.waiting, nil }

// deviceConn makes a blocking connection of a TCB and its callbacks.
type deviceConn struct {
	d   *device
	tcb *netstack.TCB // device goroutine only
	out []byte        // device goroutine only: written and not yet taken by the TCB
	fin bool          // device goroutine only: CloseWrite follows out

	mu      sync.Mutex
	cond    *sync.Cond
	open    bool
	in      []byte
	eof     bool
	err     error
	backlog int // bytes of Write that the TCB has not taken
	by      time.Time
}

func newDeviceConn(d *device) *deviceConn {
	c := &deviceConn{d: d}
	c.cond = sync.NewCond(&c.mu)
	return c
}

func (c *deviceConn) change(f func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f()
	c.cond.Broadcast()
}

func (c *deviceConn) fail(err error) {
	c.change(func() {
		if c.err == nil && !c.open || c.open && err != context.Canceled {
			c.err = err
		}
	})
}

func (c *deviceConn) Connected(*netstack.TCB) { c.change(func() { c.open = true }) }
func (c *deviceConn) Received(_ *netstack.TCB, data []byte) {
	c.change(func() { c.in = append(c.in, data...) })
}
func (c *deviceConn) Sent(*netstack.TCB, int)            { c.push() }
func (c *deviceConn) PeerClosed(*netstack.TCB)           { c.change(func() { c.eof = true }) }
func (c *deviceConn) Aborted(_ *netstack.TCB, err error) { c.change(func() { c.err = err }) }

// push gives the TCB what it takes.
func (c *deviceConn) push() {
	taken := 0
	for len(c.out) > 0 {
		n := min(len(c.out), c.tcb.SendBuffer(), 1460)
		if n == 0 || c.tcb.Write(c.out[:n]) != nil {
			break
		}
		c.out = c.out[n:]
		taken += n
	}
	c.tcb.Output()
	if len(c.out) == 0 && c.fin {
		c.fin = c.tcb.CloseWrite() != nil
	}
	c.change(func() { c.backlog -= taken })
}

// Read implements net.Conn; the window opens when data is read.
func (c *deviceConn) Read(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for len(c.in) == 0 {
		switch {
		case c.err != nil:
			return 0, c.err
		case c.eof:
			return 0, io.EOF
		case !c.by.IsZero() && !time.Now().Before(c.by):
			return 0, os.ErrDeadlineExceeded
		}
		c.cond.Wait()
	}
	n := copy(p, c.in)
	c.in = c.in[n:]
	c.d.post(func() { c.tcb.Recved(n) })
	return n, nil
}

// Write implements net.Conn; it waits until the TCB has taken everything.
func (c *deviceConn) Write(p []byte) (int, error) {
	data := bytes.Clone(p)
	c.change(func() { c.backlog += len(data) })
	c.d.post(func() {
		c.out = append(c.out, data...)
		c.push()
	})
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.backlog > 0 && c.err == nil {
		c.cond.Wait()
	}
	if c.err != nil {
		return 0, c.err
	}
	return len(p), nil
}

func (c *deviceConn) CloseWrite() error {
	c.d.post(func() {
		c.fin = true
		c.push()
	})
	return nil
}

func (c *deviceConn) Close() error {
	c.d.post(func() { _ = c.tcb.Close() })
	return nil
}

func (c *deviceConn) reset() { c.d.post(c.tcb.Abort) }

func (c *deviceConn) LocalAddr() net.Addr              { return net.TCPAddrFromAddrPort(c.tcb.Local()) }
func (c *deviceConn) RemoteAddr() net.Addr             { return net.TCPAddrFromAddrPort(c.tcb.Remote()) }
func (c *deviceConn) SetDeadline(at time.Time) error   { return c.SetReadDeadline(at) }
func (c *deviceConn) SetWriteDeadline(time.Time) error { return nil }
func (c *deviceConn) SetReadDeadline(at time.Time) error {
	c.change(func() { c.by = at })
	if !at.IsZero() {
		time.AfterFunc(time.Until(at), c.cond.Broadcast)
	}
	return nil
}
