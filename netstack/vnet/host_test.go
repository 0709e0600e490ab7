package vnet

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"slices"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/netstack"
)

// pair makes two connected hosts' connection; the first end is the client's.
func connPair(t *testing.T, n *Network) (client, server *Conn) {
	t.Helper()
	a, b := n.Host("client", netip.Addr{}), n.Host("server", netip.Addr{})
	l, err := b.Listen("tcp", ":7")
	require.NoError(t, err)
	defer l.Close()
	accepted := make(chan net.Conn, 1)
	go func() {
		c, err := l.Accept()
		assert.NoError(t, err)
		accepted <- c
	}()
	c, err := a.DialContext(t.Context(), "tcp", l.Addr().String())
	require.NoError(t, err)
	return c.(*Conn), (<-accepted).(*Conn)
}

// bubble runs f with a network in a bubble and closes the network.
func bubble(t *testing.T, opts Options, f func(t *testing.T, n *Network)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		n := New(opts)
		f(t, n)
		require.NoError(t, n.Close())
	})
}

// pattern is text in which a lost or doubled piece shows.
func pattern(size int) []byte {
	b := make([]byte, size)
	for i := range b {
		b[i] = byte(i ^ i>>8 ^ i>>16)
	}
	return b
}

func TestHostsTransferBothWays(t *testing.T) {
	bubble(t, Options{}, func(t *testing.T, n *Network) {
		client, server := connPair(t, n)
		assert.Equal(t, "10.0.0.3:7", client.RemoteAddr().String())
		assert.Equal(t, client.LocalAddr(), server.RemoteAddr())
		assert.Equal(t, client.RemoteAddr(), server.LocalAddr())
		data := pattern(300_000)
		go func() {
			_, err := client.Write(data)
			assert.NoError(t, err)
			assert.NoError(t, client.CloseWrite())
		}()
		got, err := io.ReadAll(server)
		require.NoError(t, err)
		assert.True(t, bytes.Equal(data, got))
		_, err = server.Write(got[:1000]) // the other direction is still open
		require.NoError(t, err)
		require.NoError(t, server.Close())
		got, err = io.ReadAll(client)
		require.NoError(t, err)
		assert.True(t, bytes.Equal(data[:1000], got))
		require.NoError(t, client.Close())
	})
}

func TestHTTPOverHosts(t *testing.T) {
	for name, loss := range map[string]float64{"good link": 0, "20 % loss": 0.2} {
		t.Run(name, func(t *testing.T) {
			bubble(t, Options{Seed: 3, Faults: Faults{Loss: loss}}, func(t *testing.T, n *Network) {
				server, client := n.Host("www", netip.Addr{}), n.Host("client", netip.Addr{})
				l, err := server.Listen("tcp", ":80")
				require.NoError(t, err)
				body := pattern(100_000)
				s := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					time.Sleep(time.Hour)
					_, _ = w.Write(body)
				})}
				done := make(chan error)
				go func() { done <- s.Serve(l) }()
				c := &http.Client{Transport: &http.Transport{DialContext: client.DialContext}}
				start := time.Now()
				r, err := c.Get("http://www/")
				require.NoError(t, err)
				got, err := io.ReadAll(r.Body)
				require.NoError(t, err)
				assert.True(t, bytes.Equal(body, got))
				assert.GreaterOrEqual(t, time.Since(start), time.Hour)
				c.CloseIdleConnections()
				require.NoError(t, s.Close())
				require.ErrorIs(t, <-done, http.ErrServerClosed)
			})
		})
	}
}

func TestDialErrors(t *testing.T) {
	bubble(t, Options{}, func(t *testing.T, n *Network) {
		a, b := n.Host("a", netip.Addr{}), n.Host("b", netip.Addr{})
		start := time.Now()
		_, err := a.Dial("tcp", "10.0.0.3:80")
		require.ErrorIs(t, err, syscall.ECONNREFUSED)
		var op *net.OpError
		require.ErrorAs(t, err, &op)
		assert.Equal(t, "dial tcp 10.0.0.3:80: connect: connection refused", err.Error())
		assert.Less(t, time.Since(start), time.Second)

		start = time.Now()
		_, err = a.Dial("tcp", "10.0.9.9:80")
		require.ErrorIs(t, err, syscall.ETIMEDOUT)
		require.ErrorAs(t, err, &op)
		assert.True(t, op.Timeout())
		assert.InDelta(t, 123, time.Since(start).Seconds(), 2)

		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		start = time.Now()
		_, err = a.DialContext(ctx, "tcp", "10.0.9.9:80")
		cancel()
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.ErrorAs(t, err, &op)
		assert.True(t, op.Timeout())
		assert.Equal(t, 3*time.Second, time.Since(start))
		_, err = a.DialContext(ctx, "tcp", "b:80")
		require.ErrorIs(t, err, context.DeadlineExceeded)

		ctx, cancel = context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		_, err = a.DialContext(ctx, "tcp", "10.0.9.9:80")
		require.ErrorIs(t, err, context.Canceled)

		for address, want := range map[string]string{
			"nobody:80": "no such host", "b": "missing port", "b:70000": "invalid port", "[::1]:80": "not an IPv4 address",
			"b:http": "refused", "b:nonsense": "nonsense",
		} {
			_, err = a.Dial("tcp", address)
			require.ErrorContains(t, err, want)
		}
		_, err = a.Dial("unix", "b:80")
		require.ErrorAs(t, err, new(net.UnknownNetworkError))
		for _, address := range []string{"10.0.0.3:80", "b:80", "80"} {
			_, err = a.Listen("tcp", address)
			require.Error(t, err)
		}
		_, err = a.Listen("udp", ":80")
		require.ErrorAs(t, err, new(net.UnknownNetworkError))
		l, err := a.Listen("tcp4", "10.0.0.2:80")
		require.NoError(t, err)
		_, err = a.Listen("tcp", ":80")
		require.ErrorIs(t, err, syscall.EADDRINUSE)
		require.NoError(t, l.Close())
		l, err = a.Listen("tcp", ":0")
		require.NoError(t, err)
		assert.NotZero(t, l.Addr().(*net.TCPAddr).Port)

		b.Close()
		_, err = b.Dial("tcp", "a:80")
		require.ErrorIs(t, err, net.ErrClosed)
		_, err = b.Listen("tcp", ":80")
		require.ErrorIs(t, err, net.ErrClosed)
		_, err = b.ListenPacket("udp", ":80")
		require.ErrorIs(t, err, net.ErrClosed)
		assert.Equal(t, "10.0.0.3", n.Host("c", netip.Addr{}).Addr().String(), "the address is free again")
	})
}

func TestMutexHeldInWriteDoesNotStopTime(t *testing.T) {
	bubble(t, Options{}, func(t *testing.T, n *Network) {
		client, server := connPair(t, n)
		var mu sync.Mutex
		data := pattern(1 << 20) // far beyond the peer's window
		var group sync.WaitGroup
		for range 2 {
			group.Go(func() {
				mu.Lock()
				defer mu.Unlock()
				_, err := client.Write(data)
				assert.NoError(t, err)
			})
		}
		time.Sleep(time.Hour) // would hang if Write waited for the window
		group.Wait()
		require.NoError(t, client.Close())
		got, err := io.ReadAll(server)
		require.NoError(t, err)
		assert.Len(t, got, 2<<20)
		require.NoError(t, server.Close())
	})
}

func TestWriteBufferBlocksAndTimesOut(t *testing.T) {
	bubble(t, Options{}, func(t *testing.T, n *Network) {
		client, server := connPair(t, n)
		require.NoError(t, client.SetWriteBuffer(10_000))
		require.NoError(t, client.SetWriteDeadline(time.Now().Add(time.Minute)))
		k, err := client.Write(make([]byte, 200_000)) // the window takes 65,535
		require.ErrorIs(t, err, os.ErrDeadlineExceeded)
		assert.Equal(t, 75_535, k)
		require.NoError(t, client.SetWriteDeadline(time.Time{}))
		go func() { _, _ = io.Copy(io.Discard, server) }()
		_, err = client.Write(make([]byte, 200_000))
		require.NoError(t, err)
		require.NoError(t, client.Close())
		time.Sleep(time.Minute)
		require.NoError(t, server.Close())
	})
}

func TestDeadlines(t *testing.T) {
	bubble(t, Options{}, func(t *testing.T, n *Network) {
		client, server := connPair(t, n)
		start := time.Now()
		require.NoError(t, client.SetReadDeadline(start.Add(time.Hour)))
		_, err := client.Read(make([]byte, 1))
		require.ErrorIs(t, err, os.ErrDeadlineExceeded)
		assert.Equal(t, time.Hour, time.Since(start))
		var ne net.Error
		require.ErrorAs(t, err, &ne)
		assert.True(t, ne.Timeout())

		_, err = server.Write([]byte("x"))
		require.NoError(t, err)
		time.Sleep(time.Second)
		_, err = client.Read(make([]byte, 1))
		require.ErrorIs(t, err, os.ErrDeadlineExceeded, "a passed deadline counts more than data")
		require.NoError(t, client.SetDeadline(time.Time{}))
		k, err := client.Read(make([]byte, 10))
		require.NoError(t, err)
		assert.Equal(t, 1, k)

		require.NoError(t, client.SetDeadline(time.Now().Add(-time.Second)))
		_, err = client.Write([]byte("x"))
		require.ErrorIs(t, err, os.ErrDeadlineExceeded)

		require.NoError(t, client.SetDeadline(time.Time{}))
		time.AfterFunc(time.Second, func() { _ = client.SetReadDeadline(time.Now()) })
		_, err = client.Read(make([]byte, 1))
		require.ErrorIs(t, err, os.ErrDeadlineExceeded, "a deadline wakes a reader that waits already")
		require.NoError(t, client.Close())
		require.ErrorIs(t, client.SetDeadline(time.Time{}), net.ErrClosed)
		require.NoError(t, server.Close())

		l, err := client.host.Listen("tcp", ":80")
		require.NoError(t, err)
		require.NoError(t, l.(*tcpListener).SetDeadline(time.Now().Add(time.Second)))
		_, err = l.Accept()
		require.ErrorIs(t, err, os.ErrDeadlineExceeded)
	})
}

func TestCloseAndReset(t *testing.T) {
	buf := make([]byte, 100)
	t.Run("reader gets the data and EOF", func(t *testing.T) {
		bubble(t, Options{}, func(t *testing.T, n *Network) {
			client, server := connPair(t, n)
			_, _ = client.Write([]byte("bye"))
			require.NoError(t, client.Close())
			got, err := io.ReadAll(server)
			require.NoError(t, err)
			assert.Equal(t, "bye", string(got))
			_, err = client.Read(buf)
			require.ErrorIs(t, err, net.ErrClosed)
			_, err = client.Write(buf)
			require.ErrorIs(t, err, net.ErrClosed)
			require.ErrorIs(t, client.Close(), net.ErrClosed)
			require.ErrorIs(t, client.CloseWrite(), net.ErrClosed)
			require.NoError(t, server.Close())
		})
	})
	t.Run("linger 0 resets", func(t *testing.T) {
		bubble(t, Options{}, func(t *testing.T, n *Network) {
			client, server := connPair(t, n)
			_, _ = client.Write([]byte("before"))
			time.Sleep(time.Second)
			require.NoError(t, client.SetLinger(0))
			require.NoError(t, client.Close())
			time.Sleep(time.Second)
			k, err := server.Read(buf)
			require.NoError(t, err, "data that came before the reset is read first")
			assert.Equal(t, 6, k)
			_, err = server.Read(buf)
			require.ErrorIs(t, err, syscall.ECONNRESET)
			_, err = server.Write(buf)
			require.ErrorIs(t, err, syscall.ECONNRESET)
			assert.Equal(t, "read tcp 10.0.0.3:7->"+server.RemoteAddr().String()+": read: connection reset by peer", func() string {
				_,
					err := server.Read(buf)
				return err.Error()
			}())
			require.NoError(t, server.Close())
		})
	})
	t.Run("close with unread data resets", func(t *testing.T) {
		bubble(t, Options{}, func(t *testing.T, n *Network) {
			client, server := connPair(t, n)
			_, _ = client.Write([]byte("unread"))
			time.Sleep(time.Second)
			require.NoError(t, server.Close())
			_, err := client.Read(buf)
			require.ErrorIs(t, err, syscall.ECONNRESET)
		})
	})
	t.Run("data after the close resets", func(t *testing.T) {
		bubble(t, Options{}, func(t *testing.T, n *Network) {
			client, server := connPair(t, n)
			require.NoError(t, server.Close())
			_, err := client.Read(buf)
			require.ErrorIs(t, err, io.EOF)
			_, err = client.Write([]byte("too late"))
			require.NoError(t, err)
			_, err = client.Read(buf)
			require.ErrorIs(t, err, io.EOF)
			time.Sleep(time.Second)
			_, err = client.Write([]byte("again"))
			require.ErrorIs(t, err, syscall.EPIPE, "as Linux: the reset concerns the writer alone")
		})
	})
	t.Run("write after CloseWrite", func(t *testing.T) {
		bubble(t, Options{}, func(t *testing.T, n *Network) {
			client, server := connPair(t, n)
			require.NoError(t, client.CloseWrite())
			_, err := client.Write(buf)
			require.ErrorIs(t, err, syscall.EPIPE)
			_, err = server.Read(buf)
			require.Equal(t, io.EOF, err)
			time.Sleep(24 * time.Hour) // half-closed for a day
			_, err = server.Write([]byte("late"))
			require.NoError(t, err)
			k, err := client.Read(buf)
			require.NoError(t, err)
			assert.Equal(t, 4, k)
		})
	})
	t.Run("blocked reader is woken by Close", func(t *testing.T) {
		bubble(t, Options{}, func(t *testing.T, n *Network) {
			client, _ := connPair(t, n)
			time.AfterFunc(time.Second, func() { _ = client.Close() })
			_, err := client.Read(buf)
			require.ErrorIs(t, err, net.ErrClosed)
		})
	})
	t.Run("silent peer times out", func(t *testing.T) {
		bubble(t, Options{}, func(t *testing.T, n *Network) {
			client, server := connPair(t, n)
			n.Partition([]string{"client"})
			_, _ = client.Write([]byte("anybody there?"))
			_, err := client.Read(buf)
			require.ErrorIs(t, err, syscall.ETIMEDOUT)
			var ne net.Error
			require.ErrorAs(t, err, &ne)
			assert.True(t, ne.Timeout())
			_ = server
		})
	})
}

func TestNetworkCloseWakesEverybody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := New(Options{})
		client, _ := connPair(t, n)
		require.NoError(t, client.SetWriteBuffer(1))
		l, err := client.host.Listen("tcp", ":99")
		require.NoError(t, err)
		p, err := client.host.ListenPacket("udp", ":99")
		require.NoError(t, err)
		var group sync.WaitGroup
		wait := func(f func() error) {
			group.Go(func() { assert.ErrorIs(t, f(), net.ErrClosed) })
		}
		wait(func() error { _, err := client.Read(make([]byte, 1)); return err })
		wait(func() error { _, err := client.Write(make([]byte, 1<<20)); return err })
		wait(func() error { _, err := l.Accept(); return err })
		wait(func() error { _, _, err := p.ReadFrom(make([]byte, 1)); return err })
		wait(func() error { _, err := client.host.Dial("tcp", "10.0.9.9:9"); return err })
		time.Sleep(time.Second)
		require.NoError(t, n.Close())
		group.Wait()
		_, err = client.host.Dial("tcp", "10.0.9.9:9")
		require.ErrorIs(t, err, net.ErrClosed)
		_, err = n.Host("late", netip.Addr{}).Listen("tcp", ":1")
		require.ErrorIs(t, err, net.ErrClosed)
		require.NoError(t, client.Close())
	})
}

func TestHostUDPSockets(t *testing.T) {
	bubble(t, Options{}, func(t *testing.T, n *Network) {
		a, b := n.Host("a", netip.Addr{}), n.Host("b", netip.Addr{})
		server, err := b.ListenPacket("udp", ":53")
		require.NoError(t, err)
		assert.Equal(t, "10.0.0.3:53", server.LocalAddr().String())
		client, err := a.Dial("udp", "b:53")
		require.NoError(t, err)
		_, err = client.Write([]byte("question"))
		require.NoError(t, err)
		buf := make([]byte, 100)
		k, from, err := server.ReadFrom(buf)
		require.NoError(t, err)
		assert.Equal(t, "question", string(buf[:k]))
		assert.Equal(t, client.LocalAddr(), from)
		_, err = server.WriteTo([]byte("answer"), from)
		require.NoError(t, err)
		k, err = client.Read(buf)
		require.NoError(t, err)
		assert.Equal(t, "answer", string(buf[:k]))

		_, err = server.WriteTo(make([]byte, 1473), from)
		require.ErrorIs(t, err, syscall.EMSGSIZE)
		_, err = server.WriteTo(nil, nil)
		require.ErrorIs(t, err, syscall.EDESTADDRREQ)
		_, err = server.WriteTo(nil, &net.UDPAddr{IP: net.IPv6loopback, Port: 1})
		require.Error(t, err)
		_, err = client.(net.PacketConn).WriteTo(nil, from)
		require.ErrorIs(t, err, net.ErrWriteToConnected)
		_, err = b.ListenPacket("udp", ":53")
		require.ErrorIs(t, err, syscall.EADDRINUSE)

		require.NoError(t, server.SetReadDeadline(time.Now().Add(time.Hour)))
		_, _, err = server.ReadFrom(buf)
		require.ErrorIs(t, err, os.ErrDeadlineExceeded)
		require.NoError(t, server.SetDeadline(time.Time{}))
		_, err = client.Write([]byte("last words"))
		require.NoError(t, err)
		require.NoError(t, client.Close())
		k, _, err = server.ReadFrom(buf)
		require.NoError(t, err, "what was written before Close is sent")
		assert.Equal(t, "last words", string(buf[:k]))
		_, err = client.Write(nil)
		require.ErrorIs(t, err, net.ErrClosed)
		require.ErrorIs(t, client.Close(), net.ErrClosed)
		time.AfterFunc(time.Second, func() { _ = server.Close() })
		_, _, err = server.ReadFrom(buf)
		require.ErrorIs(t, err, net.ErrClosed)
		_, err = b.ListenPacket("udp", ":53")
		require.NoError(t, err, "the port is free again")
	})
}

func TestBacklogIsBounded(t *testing.T) {
	bubble(t, Options{}, func(t *testing.T, n *Network) {
		client, _ := connPair(t, n)
		client.unacked = maxSendBacklog - 10 // as if so much waited
		_, err := client.Write(make([]byte, 10))
		require.NoError(t, err)
		_, err = client.Write(make([]byte, 1))
		require.ErrorIs(t, err, syscall.ENOBUFS)
	})
}

func TestHostAddresses(t *testing.T) {
	n := New(Options{Subnet: netip.MustParsePrefix("192.168.7.77/24")})
	defer n.Close()
	assert.Equal(t, "192.168.7.0/24", n.Subnet().String())
	assert.Equal(t, "192.168.7.1", n.Gateway(GatewayConfig{}).Addr().String())
	for i := 2; i < firstPool; i++ {
		assert.Equal(t, fmt.Sprintf("192.168.7.%d", i), n.Host("h", netip.Addr{}).Addr().String())
	}
	assert.Panics(t, func() { n.Host("too many", netip.Addr{}) })
	assert.Panics(t, func() { n.Host("taken", netip.MustParseAddr("192.168.7.2")) })
	assert.Panics(t, func() { n.Host("outside", netip.MustParseAddr("10.0.0.9")) })
	assert.Panics(t, func() { n.Gateway(GatewayConfig{}) })
	assert.Equal(t, netstack.MAC{2, 0, 192, 168, 7, 200}, MACFor(n.Host("x", netip.MustParseAddr("192.168.7.200")).Addr()))
	assert.Zero(t, MACFor(netip.Addr{}))
	assert.True(t, errors.Is(timeoutError{}, os.ErrDeadlineExceeded))
}

func TestHostReachesItself(t *testing.T) {
	bubble(t, Options{}, func(t *testing.T, n *Network) {
		h := n.Host("alone", netip.Addr{})
		l, err := h.Listen("tcp", ":80")
		require.NoError(t, err)
		go func() {
			c, err := l.Accept()
			if assert.NoError(t, err) {
				_, _ = io.Copy(c, c)
				_ = c.Close()
			}
		}()
		c, err := h.Dial("tcp", ":80")
		require.NoError(t, err)
		_, err = c.Write([]byte("hello me"))
		require.NoError(t, err)
		require.NoError(t, c.(*Conn).CloseWrite())
		got, err := io.ReadAll(c)
		require.NoError(t, err)
		assert.Equal(t, "hello me", string(got))
		require.NoError(t, c.Close())
	})
}

func TestDeviceAndHostTalk(t *testing.T) {
	bubble(t, Options{Seed: 9, Faults: Faults{Loss: 0.05}}, func(t *testing.T, n *Network) {
		s := newDevice(t, n, 7, netstack.DeviceProfile())
		s.up("10.0.0.7")
		r := &recorder{echo: true, closeBack: true}
		s.do(func() {
			_, err := s.stack.Listen(netip.Addr{}, 80, func(*netstack.TCB) netstack.Handler { return r })
			assert.NoError(t, err)
		})
		c, err := n.Host("client", netip.Addr{}).Dial("tcp", "10.0.0.7:80")
		require.NoError(t, err)
		data := pattern(20_000)
		var got []byte
		for piece := range slices.Chunk(data, 1000) {
			_, err = c.Write(piece)
			require.NoError(t, err)
			back := make([]byte, len(piece))
			_, err = io.ReadFull(c, back)
			require.NoError(t, err)
			got = append(got, back...)
		}
		assert.True(t, bytes.Equal(data, got))
		require.NoError(t, c.(*Conn).CloseWrite())
		_, err = c.Read(make([]byte, 1))
		require.Equal(t, io.EOF, err)
		require.NoError(t, c.Close())
	})
}
