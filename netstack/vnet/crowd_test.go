package vnet

import (
	"context"
	"io"
	"net"
	"net/netip"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// poorListener has no descriptors for a while.
type poorListener struct {
	net.Listener
	failures atomic.Int32
}

func (l *poorListener) Accept() (net.Conn, error) {
	if l.failures.Add(-1) >= 0 {
		return nil, &net.OpError{Op: "accept", Net: "tcp", Err: syscall.EMFILE}
	}
	return l.Listener.Accept()
}

// A listener that runs out of descriptors goes on, and says so once.
func TestForwardOutlivesFailedAccepts(t *testing.T) {
	var told atomic.Int32
	_, g, h := realNetwork(t, GatewayConfig{Trouble: func(error) { told.Add(1) }})
	echoes(t, h)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	poor := &poorListener{Listener: l}
	poor.failures.Store(5)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		g.forward(t.Context(), g.host, poor, netip.AddrPortFrom(h.Addr(), 80))
	}()
	c, err := net.Dial("tcp", l.Addr().String())
	require.NoError(t, err)
	defer c.Close()
	answers(t, c)
	assert.EqualValues(t, 1, told.Load())
	require.NoError(t, l.Close())
	<-ended
}

// echoes serves port 80 of a host.
func echoes(t *testing.T, h *Host) {
	l, err := h.Listen("tcp", ":80")
	require.NoError(t, err)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				_, _ = io.Copy(c, c)
			}()
		}
	}()
}

func answers(t *testing.T, c net.Conn) {
	require.NoError(t, c.SetDeadline(time.Now().Add(20*time.Second)))
	_, err := c.Write([]byte("x"))
	require.NoError(t, err)
	_, err = c.Read(make([]byte, 1))
	require.NoError(t, err)
}

// Clients that come and leave, by the thousand, keep neither descriptors nor the device: a good one is served at once.
func TestForwardOutlivesAFlood(t *testing.T) {
	for name, leave := range map[string]func(*net.TCPConn){
		"close":           func(c *net.TCPConn) { _ = c.Close() },
		"reset":           func(c *net.TCPConn) { _ = c.SetLinger(0); _ = c.Close() },
		"hello and reset": func(c *net.TCPConn) { _, _ = c.Write([]byte("hello")); _ = c.SetLinger(0); _ = c.Close() },
	} {
		for _, silent := range []bool{false, true} { // the device does not answer
			n, g, h := realNetwork(t, GatewayConfig{})
			to := netip.AddrPortFrom(h.Addr(), 80)
			if silent {
				to = netip.AddrPortFrom(h.Addr().Next(), 80)
			} else {
				echoes(t, h)
			}
			at, err := g.Forward(t.Context(), ":0", to)
			require.NoError(t, err)
			assert.True(t, at.(*net.TCPAddr).IP.IsLoopback())
			for range 500 {
				c, err := net.Dial("tcp", at.String())
				require.NoError(t, err)
				leave(c.(*net.TCPConn))
			}
			g.host.net.enter()
			open := len(g.open)
			g.host.net.mu.Unlock()
			assert.LessOrEqual(t, open, maxInbound+1, "%s", name)
			if !silent {
				c, err := net.Dial("tcp", at.String())
				require.NoError(t, err)
				answers(t, c)
				require.NoError(t, c.Close())
			}
			require.Eventually(t, func() bool {
				g.host.net.enter()
				defer g.host.net.mu.Unlock()
				return len(g.open) <= 1 // the listener
			}, 30*time.Second, 10*time.Millisecond, "%s", name)
			require.NoError(t, n.Close())
		}
	}
}

// A connection that the device resets before its handshake is complete frees the real side at once.
func TestResetBeforeTheHandshakeFreesTheRealSide(t *testing.T) {
	closed := make(chan error, 100)
	real := realListener(t, func(c *net.TCPConn) {
		_, err := c.Read(make([]byte, 1))
		closed <- err
	})
	slow := func(ctx context.Context, network, addr string) (net.Conn, error) {
		c, err := (&net.Dialer{}).DialContext(ctx, network, addr)
		time.Sleep(50 * time.Millisecond)
		return c, err
	}
	_, g, h := realNetwork(t, GatewayConfig{Dial: slow})
	g.Allow(outside, real)
	for range 10 {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Millisecond)
		_, err := h.DialContext(ctx, "tcp", outside.String())
		cancel()
		require.Error(t, err)
	}
	for range 10 {
		select {
		case <-closed:
		case <-time.After(20 * time.Second):
			t.Fatal("a real connection stays open")
		}
	}
}
