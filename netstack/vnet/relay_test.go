package vnet

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/netstack/internal/wire"
)

// steps records what the host is told of each connection, in the order in which the frames reach it: "SYN 1", "data 1", "FIN 1",
// "RST 1" for the first client.
func steps(n *Network, h *Host) func() []string {
	var mu sync.Mutex
	var seen []string
	number := map[uint16]int{}
	watched := fast
	watched.Filter = func(f Frame) Verdict {
		p := f.Data[wire.EthernetLen:]
		if len(p) < 40 || p[0]>>4 != 4 || p[9] != 6 {
			return Pass
		}
		tcp := p[int(p[0]&15)*4:]
		port, flags := uint16(tcp[0])<<8|uint16(tcp[1]), tcp[13]
		data := int(p[2])<<8 | int(p[3]) - int(p[0]&15)*4 - int(tcp[12]>>4)*4
		mu.Lock()
		defer mu.Unlock()
		note := func(what string) { seen = append(seen, fmt.Sprint(what, " ", number[port])) }
		if flags&2 != 0 {
			number[port] = len(number) + 1
			note("SYN")
		}
		if data > 0 {
			note("data")
		}
		if flags&1 != 0 {
			note("FIN")
		}
		if flags&4 != 0 {
			note("RST")
		}
		return Pass
	}
	n.SetFaults("", h.Name(), watched)
	return func() []string {
		mu.Lock()
		defer mu.Unlock()
		return append([]string(nil), seen...)
	}
}

// What a client did before the next one came reaches the device before that one's SYN: nothing, bytes, the close, a reset.
func TestForwardKeepsTheOrderOfClients(t *testing.T) {
	if !canReadNow {
		t.Skip("not on this system")
	}
	const rounds = 200
	for name, c := range map[string]struct {
		act  func(t *testing.T, c *net.TCPConn)
		want []string
	}{
		"connect and close":        {func(*testing.T, *net.TCPConn) {}, []string{"SYN %d", "FIN %d"}},
		"connect, write and close": {func(t *testing.T, c *net.TCPConn) { write(t, c) }, []string{"SYN %d", "data %d", "FIN %d"}},
		"connect and reset": {func(t *testing.T, c *net.TCPConn) { require.NoError(t, c.SetLinger(0)) },
			[]string{"SYN %d", "RST %d"}},
	} {
		t.Run(name, func(t *testing.T) {
			n, g, h := realNetwork(t, GatewayConfig{})
			l, err := h.Listen("tcp", ":80")
			require.NoError(t, err)
			go func() {
				for {
					c, err := l.Accept()
					if err != nil {
						return
					}
					go func() {
						_, _ = io.Copy(io.Discard, c)
						_ = c.Close()
					}()
				}
			}()
			seen := steps(n, h)
			addr, err := g.Forward(t.Context(), "127.0.0.1:0", netip.AddrPortFrom(h.Addr(), 80))
			require.NoError(t, err)
			var want []string
			for i := range rounds {
				conn, err := net.Dial("tcp", addr.String())
				require.NoError(t, err)
				c.act(t, conn.(*net.TCPConn))
				require.NoError(t, conn.Close())
				for _, w := range c.want {
					want = append(want, fmt.Sprintf(w, i+1))
				}
			}
			assert.Eventually(t, func() bool { return len(seen()) >= len(want) }, 3*time.Second, time.Millisecond)
			assert.Equal(t, want, seen())
		})
	}
}

// A reset behind the close reaches the device too, also when it answers nothing: at once, and before the next client.
func TestRelayPassesAResetBehindTheClose(t *testing.T) {
	if !canReadNow {
		t.Skip("not on this system")
	}
	n, g, h := realNetwork(t, GatewayConfig{})
	l, err := h.Listen("tcp", ":80")
	require.NoError(t, err)
	came := make(chan net.Conn, 2)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			came <- c
		}
	}()
	seen := steps(n, h)
	addr, err := g.Forward(t.Context(), "127.0.0.1:0", netip.AddrPortFrom(h.Addr(), 80))
	require.NoError(t, err)
	first, err := net.Dial("tcp", addr.String())
	require.NoError(t, err)
	device := <-came
	require.NoError(t, first.(*net.TCPConn).CloseWrite())
	_, err = device.Read(make([]byte, 1))
	require.ErrorIs(t, err, io.EOF)
	require.NoError(t, first.(*net.TCPConn).SetLinger(0))
	require.NoError(t, first.Close())
	second, err := net.Dial("tcp", addr.String())
	require.NoError(t, err)
	defer func() { _ = second.Close() }()
	<-came
	assert.Equal(t, []string{"SYN 1", "FIN 1", "RST 1", "SYN 2"}, seen())
	_, err = device.Write([]byte("late"))
	assert.Error(t, err)
}

func write(t *testing.T, c net.Conn) {
	t.Helper()
	_, err := c.Write([]byte("hello"))
	require.NoError(t, err)
}

// A device that does not take a client's bytes does not hold up the next client.
func TestForwardPassesAFullClient(t *testing.T) {
	_, g, h := realNetwork(t, GatewayConfig{})
	l, err := h.Listen("tcp", ":80")
	require.NoError(t, err)
	addr, err := g.Forward(t.Context(), "127.0.0.1:0", netip.AddrPortFrom(h.Addr(), 80))
	require.NoError(t, err)
	first, err := net.Dial("tcp", addr.String())
	require.NoError(t, err)
	defer func() { _ = first.Close() }()
	require.NoError(t, first.SetWriteDeadline(time.Now().Add(200*time.Millisecond)))
	_, err = first.Write(make([]byte, 64<<20))
	require.Error(t, err, "nobody reads")
	second, err := net.Dial("tcp", addr.String())
	require.NoError(t, err)
	defer func() { _ = second.Close() }()
	for range 2 {
		c, err := l.Accept()
		require.NoError(t, err)
		defer func() { _ = c.Close() }()
	}
}

// What the device sends just before its reset reaches the real side, with or without a FIN between, and the reset follows.
func TestRelayDeliversLastWords(t *testing.T) {
	alert := []byte{21, 3, 3, 0, 2, 2, 40}
	for name, fin := range map[string]bool{"alert, reset": false, "alert, close, reset": true} {
		for _, forwarded := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, forwarded %t", name, forwarded), func(t *testing.T) {
				for range 100 {
					got, err := heardLast(t, forwarded, func(c net.Conn) {
						write := func(p []byte) {
							_, err := c.Write(p)
							assert.NoError(t, err)
						}
						write(alert)
						if fin {
							assert.NoError(t, c.(*Conn).CloseWrite())
						}
						// The data has left when the instant is over.
						time.Sleep(time.Millisecond)
						resetConn(c.(*Conn))
					})
					require.Equal(t, alert, got)
					if !fin {
						require.ErrorIs(t, err, syscall.ECONNRESET)
					}
				}
			})
		}
	}
}

// heardLast connects a device and a real peer, has the device act and returns all that the peer reads.
func heardLast(t *testing.T, forwarded bool, act func(device net.Conn)) (got []byte, err error) {
	n := New(Options{Faults: fast})
	defer func() { assert.NoError(t, n.Close()) }()
	g, h := n.Gateway(GatewayConfig{}), n.Host("inside", netip.Addr{})
	type read struct {
		p   []byte
		err error
	}
	done := make(chan read, 1)
	peer := func(c net.Conn) {
		p, err := io.ReadAll(c)
		done <- read{p, err}
	}
	if forwarded {
		l, err := h.Listen("tcp", ":80")
		require.NoError(t, err)
		addr, err := g.Forward(t.Context(), "127.0.0.1:0", netip.AddrPortFrom(h.Addr(), 80))
		require.NoError(t, err)
		c, err := net.Dial("tcp", addr.String())
		require.NoError(t, err)
		defer func() { _ = c.Close() }()
		device, err := l.Accept()
		require.NoError(t, err)
		go peer(c)
		act(device)
	} else {
		g.Allow(outside, realListener(t, func(c *net.TCPConn) { peer(c) }))
		device, err := h.Dial("tcp", outside.String())
		require.NoError(t, err)
		act(device)
	}
	r := <-done
	if errors.Is(r.err, syscall.EPIPE) { // as Linux says it behind a FIN
		r.err = nil
	}
	return r.p, r.err
}
