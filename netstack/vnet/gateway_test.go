package vnet

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/netstack"
	"github.com/emu8266/emu8266/netstack/internal/wire"
)

// fast is a link for tests in real time.
var fast = Faults{Latency: 1, Bandwidth: -1}

// outside is a virtual address far away.
var outside = netip.MustParseAddrPort("93.184.216.34:8883")

// realListener listens on loopback and serves each connection with f.
func realListener(t *testing.T, f func(c *net.TCPConn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			f(c.(*net.TCPConn))
			_ = c.Close()
		}
	}()
	t.Cleanup(func() {
		_ = l.Close()
		<-done
	})
	return l.Addr().String()
}

// realNetwork is a network with gateway and a host in real time.
func realNetwork(t *testing.T, cfg GatewayConfig) (*Network, *Gateway, *Host) {
	t.Helper()
	n := New(Options{Faults: fast})
	t.Cleanup(func() { require.NoError(t, n.Close()) })
	return n, n.Gateway(cfg), n.Host("inside", netip.Addr{})
}

// busy counts what the gateway keeps: SYNs and connections of devices, dials under way, real sockets.
func (g *Gateway) busy() [3]int {
	g.host.net.enter()
	defer g.host.net.mu.Unlock()
	return [3]int{len(g.ways), g.dials, len(g.open)}
}

func TestGatewayEchoAndHalfClose(t *testing.T) {
	real := realListener(t, func(c *net.TCPConn) {
		data, err := io.ReadAll(c) // until the device's FIN
		assert.NoError(t, err)
		_, _ = c.Write(data)
	})
	n, g, h := realNetwork(t, GatewayConfig{})
	own := netip.AddrPortFrom(g.Addr(), 80)
	g.Allow(outside, real)
	g.Allow(own, real)
	for _, to := range []netip.AddrPort{outside, own, outside} {
		c, err := h.Dial("tcp", to.String())
		require.NoError(t, err)
		assert.Equal(t, to.String(), c.RemoteAddr().String())
		_, err = c.Write([]byte("hello"))
		require.NoError(t, err)
		require.NoError(t, c.(*Conn).CloseWrite())
		got, err := io.ReadAll(c)
		require.NoError(t, err)
		assert.Equal(t, "hello", string(got))
		require.NoError(t, c.Close())
	}
	_, err := h.Dial("tcp", "93.184.216.34:443")
	require.ErrorIs(t, err, syscall.ECONNREFUSED, "a port that is not allowed")
	_, err = h.Dial("tcp", "8.8.8.8:8883")
	require.ErrorIs(t, err, syscall.ECONNREFUSED)
	_ = n
}

func TestGatewayRefusal(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, l.Close()) // nobody listens there now
	_, g, h := realNetwork(t, GatewayConfig{})
	g.Allow(outside, l.Addr().String())
	for range 2 {
		_, err = h.Dial("tcp", outside.String())
		require.ErrorIs(t, err, syscall.ECONNREFUSED)
	}
}

func TestGatewayIsSilentWhenNobodyAnswers(t *testing.T) {
	bubble(t, Options{}, func(t *testing.T, n *Network) {
		var dials atomic.Int32
		g := n.Gateway(GatewayConfig{Dial: func(ctx context.Context, network, addr string) (net.Conn, error) {
			dials.Add(1)
			assert.Equal(t, "tcp", network)
			assert.Equal(t, "server:1", addr)
			<-ctx.Done() // a deadline of 10 s
			return nil, &net.OpError{Op: "dial", Net: network, Err: contextError(ctx)}
		}})
		g.Allow(outside, "server:1")
		s := newDevice(t, n, 7, netstack.DeviceProfile())
		s.up("10.0.0.7")
		r := &recorder{}
		start := time.Now()
		s.do(func() {
			tcb := s.stack.NewTCB(r)
			assert.NoError(t, tcb.Connect(outside))
		})
		time.Sleep(5 * time.Second)
		assert.Empty(t, r.seen())
		time.Sleep(5 * time.Second)
		require.Equal(t, []string{netstack.ErrAborted.Error()}, r.seen(), "given up after 6 s")
		assert.Equal(t, int32(1), dials.Load(), "repeated SYNs wait for the first one's dial")
		time.Sleep(time.Minute)
		assert.Zero(t, g.busy())
		assert.Greater(t, time.Since(start), time.Minute)
	})
}

func TestGatewayAnswersOnlyAfterTheRealSide(t *testing.T) {
	bubble(t, Options{}, func(t *testing.T, n *Network) {
		real, far := net.Pipe()
		g := n.Gateway(GatewayConfig{Dial: func(ctx context.Context, network, addr string) (net.Conn, error) {
			time.Sleep(2500 * time.Millisecond)
			return real, nil
		}})
		g.Allow(outside, "server:1")
		s := newDevice(t, n, 7, netstack.DeviceProfile())
		s.up("10.0.0.7")
		r := &recorder{}
		start := time.Now()
		s.do(func() {
			tcb := s.stack.NewTCB(r)
			assert.NoError(t, tcb.Connect(outside))
			assert.NoError(t, tcb.Write([]byte("early")))
		})
		buf := make([]byte, 5)
		_, err := io.ReadFull(far, buf)
		require.NoError(t, err)
		assert.Equal(t, "early", string(buf))
		assert.Greater(t, time.Since(start), 2500*time.Millisecond)
		_, err = far.Write([]byte("answer"))
		require.NoError(t, err)
		require.NoError(t, far.Close())
		time.Sleep(time.Second)
		assert.Equal(t, []string{"connected", "peer closed"}, r.seen())
		assert.Equal(t, "answer", string(r.received()))
	})
}

func TestGatewayForgetsADeviceThatDoesNotComplete(t *testing.T) {
	bubble(t, Options{}, func(t *testing.T, n *Network) {
		real, far := net.Pipe()
		g := n.Gateway(GatewayConfig{Dial: func(context.Context, string, string) (net.Conn, error) { return real, nil }})
		g.Allow(outside, "server:1")
		s := newDevice(t, n, 7, netstack.DeviceProfile())
		s.up("10.0.0.7")
		n.SetFaults("gateway", "device", Faults{Filter: func(f Frame) Verdict {
			if f.Data[13] == 6 { // ARP passes
				return Pass
			}
			return Drop
		}})
		s.do(func() { _ = s.stack.NewTCB(&recorder{}).Connect(outside) })
		_, err := far.Read(make([]byte, 1))
		require.ErrorIs(t, err, io.EOF)
		time.Sleep(time.Minute)
		assert.Zero(t, g.busy())
	})
}

func TestGatewayMovesMuchBothWays(t *testing.T) {
	const size = 2 << 20
	data := pattern(size)
	done := make(chan struct{})
	real := realListener(t, func(c *net.TCPConn) {
		defer close(done)
		got := make(chan []byte)
		go func() {
			b, err := io.ReadAll(c)
			assert.NoError(t, err)
			got <- b
		}()
		_, err := c.Write(data)
		assert.NoError(t, err)
		assert.NoError(t, c.CloseWrite())
		assert.True(t, bytes.Equal(data, <-got))
	})
	_, g, h := realNetwork(t, GatewayConfig{})
	g.Allow(outside, real)
	c, err := h.Dial("tcp", outside.String())
	require.NoError(t, err)
	_, err = c.Write(data)
	require.NoError(t, err)
	require.NoError(t, c.(*Conn).CloseWrite())
	got, err := io.ReadAll(c)
	require.NoError(t, err)
	assert.True(t, bytes.Equal(data, got))
	require.NoError(t, c.Close())
	<-done // Network.Close would cut off what is still on the way
}

func TestGatewayPassesResets(t *testing.T) {
	t.Run("real to virtual", func(t *testing.T) {
		real := realListener(t, func(c *net.TCPConn) {
			_, _ = io.ReadFull(c, make([]byte, 5))
			_ = c.SetLinger(0)
		})
		_, g, h := realNetwork(t, GatewayConfig{})
		g.Allow(outside, real)
		c, err := h.Dial("tcp", outside.String())
		require.NoError(t, err)
		_, err = c.Write([]byte("hello"))
		require.NoError(t, err)
		_, err = c.Read(make([]byte, 1))
		require.ErrorIs(t, err, syscall.ECONNRESET)
	})
	for _, full := range []bool{false, true} {
		t.Run(map[bool]string{false: "virtual to real", true: "virtual to real while blocked"}[full], func(t *testing.T) {
			seen := make(chan error, 1)
			start := make(chan struct{})
			real := realListener(t, func(c *net.TCPConn) {
				<-start
				_, err := io.Copy(io.Discard, c)
				seen <- err
			})
			_, g, h := realNetwork(t, GatewayConfig{})
			g.Allow(outside, real)
			c, err := h.Dial("tcp", outside.String())
			require.NoError(t, err)
			if full {
				_, err = c.Write(make([]byte, 16<<20)) // more than the sockets hold: the gateway blocks in Write
				require.NoError(t, err)
				require.Eventually(t, func() bool {
					h.net.enter()
					defer h.net.mu.Unlock()
					before := c.(*Conn).unacked
					return before < 16<<20
				}, 10*time.Second, time.Millisecond)
			}
			require.NoError(t, c.(*Conn).SetLinger(0))
			require.NoError(t, c.Close())
			if !full {
				close(start)
				require.ErrorIs(t, <-seen, syscall.ECONNRESET)
				return
			}
			require.Eventually(t, func() bool { return g.busy()[2] == 0 }, 10*time.Second, time.Millisecond,
				"the gateway let go of the blocked socket")
			close(start)
			require.ErrorIs(t, <-seen, syscall.ECONNRESET)
		})
	}
}

func TestGatewayStopsReadingWhenTheDeviceDoes(t *testing.T) {
	bubble(t, Options{}, func(t *testing.T, n *Network) {
		real, far := net.Pipe()
		g := n.Gateway(GatewayConfig{Dial: func(context.Context, string, string) (net.Conn, error) { return real, nil }})
		g.Allow(outside, "server:1")
		s := newDevice(t, n, 7, netstack.DeviceProfile())
		s.up("10.0.0.7")
		r := &recorder{hold: true}
		s.do(func() { _ = s.stack.NewTCB(r).Connect(outside) })
		time.Sleep(time.Second)
		require.NoError(t, far.SetWriteDeadline(time.Now().Add(time.Hour)))
		k, err := far.Write(make([]byte, 1<<20))
		require.ErrorIs(t, err, os.ErrDeadlineExceeded)
		assert.InDelta(t, relayAhead+5840, k, relayChunk)
		assert.Len(t, r.received(), 5840)
	})
}

func TestForward(t *testing.T) {
	n, g, h := realNetwork(t, GatewayConfig{})
	l, err := h.Listen("tcp", ":80")
	require.NoError(t, err)
	data := pattern(1 << 20)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = io.Copy(c, c)
			_ = c.Close()
		}
	}()
	ctx, cancel := context.WithCancel(t.Context())
	addr, err := g.Forward(ctx, "127.0.0.1:0", netip.AddrPortFrom(h.Addr(), 80))
	require.NoError(t, err)
	c, err := net.Dial("tcp", addr.String())
	require.NoError(t, err)
	go func() {
		_, err := c.Write(data)
		assert.NoError(t, err)
		assert.NoError(t, c.(*net.TCPConn).CloseWrite())
	}()
	got, err := io.ReadAll(c)
	require.NoError(t, err)
	assert.True(t, bytes.Equal(data, got))
	require.NoError(t, c.Close())

	closed, err := g.Forward(t.Context(), "127.0.0.1:0", netip.AddrPortFrom(h.Addr(), 81))
	require.NoError(t, err)
	c, err = net.Dial("tcp", closed.String())
	if err == nil { // the reset may come before Dial has returned
		_, err = c.Read(make([]byte, 1))
		_ = c.Close()
	}
	require.ErrorIs(t, err, syscall.ECONNRESET, "the device refuses")

	cancel()
	require.Eventually(t, func() bool {
		c, err := net.Dial("tcp", addr.String())
		if err == nil {
			_ = c.Close()
		}
		return errors.Is(err, syscall.ECONNREFUSED)
	}, 10*time.Second, time.Millisecond, "the listener ends with its context")
	_, err = g.Forward(t.Context(), "127.0.0.1:x", netip.AddrPort{})
	require.Error(t, err)

	// Network.Close ends what is open, on both sides.
	open, err := g.Forward(t.Context(), "127.0.0.1:0", netip.AddrPortFrom(h.Addr(), 80))
	require.NoError(t, err)
	c, err = net.Dial("tcp", open.String())
	require.NoError(t, err)
	_, err = c.Write([]byte("x"))
	require.NoError(t, err)
	_, err = c.Read(make([]byte, 1))
	require.NoError(t, err)
	require.NoError(t, n.Close())
	_, err = c.Read(make([]byte, 1))
	require.ErrorIs(t, err, syscall.ECONNRESET)
	_, err = g.Forward(t.Context(), "127.0.0.1:0", netip.AddrPort{})
	require.ErrorIs(t, err, net.ErrClosed)
	_ = c.Close()
}

func TestNetworkCloseEndsRelays(t *testing.T) {
	seen := make(chan error, 1)
	real := realListener(t, func(c *net.TCPConn) {
		_, err := io.Copy(io.Discard, c)
		seen <- err
	})
	n, g, h := realNetwork(t, GatewayConfig{})
	g.Allow(outside, real)
	c, err := h.Dial("tcp", outside.String())
	require.NoError(t, err)
	require.NoError(t, n.Close())
	require.ErrorIs(t, <-seen, syscall.ECONNRESET)
	_, err = c.Read(make([]byte, 1))
	require.ErrorIs(t, err, net.ErrClosed)
}

func TestGatewayDropsDatagramsToTheOutside(t *testing.T) {
	bubble(t, Options{}, func(t *testing.T, n *Network) {
		n.Gateway(GatewayConfig{})
		c, err := n.Host("a", netip.Addr{}).Dial("udp", "8.8.8.8:53")
		require.NoError(t, err)
		_, err = c.Write([]byte("anybody?"))
		require.NoError(t, err)
		require.NoError(t, c.SetReadDeadline(time.Now().Add(time.Minute)))
		_, err = c.Read(make([]byte, 1))
		require.ErrorIs(t, err, os.ErrDeadlineExceeded)
	})
}

// A SYN whose header says another length than the frame has reaches neither the way out nor the stack, nor what lies behind the frame.
func TestGatewayDropsMalformedLengths(t *testing.T) {
	ip := &layers.IPv4{Version: 4, IHL: 5, TTL: 64, Protocol: layers.IPProtocolTCP, SrcIP: net.IPv4(10, 0, 0, 9),
		DstIP: net.IPv4(93, 184, 216, 34)}
	syn := &layers.TCP{SrcPort: 5000, DstPort: 8883, Seq: 1, SYN: true, Window: 1000}
	require.NoError(t, syn.SetNetworkLayerForChecksum(ip))
	b := gopacket.NewSerializeBuffer()
	require.NoError(t, gopacket.SerializeLayers(b, gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true},
		&layers.Ethernet{SrcMAC: net.HardwareAddr{2, 0, 10, 0, 0, 9}, DstMAC: net.HardwareAddr{2, 0, 10, 0, 0, 1},
			EthernetType: layers.EthernetTypeIPv4}, ip, syn))
	whole := b.Bytes()
	const at = 14 // of the IP header
	right := len(whole) - at
	for total, denied := range map[int]bool{right: true, right + 1: false, 65535: false, 20: false, 19: false, 0: false} {
		bubble(t, Options{}, func(t *testing.T, n *Network) {
			g := n.Gateway(GatewayConfig{})
			p := n.Attach("device", nil, nil)
			defer p.Close()
			frame := bytes.Clone(whole)
			mac := g.host.ifc.MAC()
			copy(frame, mac[:])
			binary.BigEndian.PutUint16(frame[at+2:], uint16(total))
			binary.BigEndian.PutUint16(frame[at+10:], 0)
			binary.BigEndian.PutUint16(frame[at+10:], ^wire.Fold(wire.Sum(frame[at:at+20], 0)))
			p.Send(frame[:len(frame):len(frame)])
			time.Sleep(time.Second)
			assert.Equal(t, denied, len(g.Denials()) > 0, "%d bytes", total)
		})
	}
}

// A SYN whose checksum is wrong dials nothing, and no more dials are under way at a time than the gateway allows.
func TestGatewayDialsOnlyGoodSYNs(t *testing.T) {
	frame := func(t *testing.T, g *Gateway, port uint16) []byte {
		ip := &layers.IPv4{Version: 4, IHL: 5, TTL: 64, Protocol: layers.IPProtocolTCP, SrcIP: net.IPv4(10, 0, 0, 9),
			DstIP: net.IPv4(93, 184, 216, 34)}
		syn := &layers.TCP{SrcPort: layers.TCPPort(port), DstPort: 8883, Seq: 1, SYN: true, Window: 1000}
		require.NoError(t, syn.SetNetworkLayerForChecksum(ip))
		b, mac := gopacket.NewSerializeBuffer(), g.host.ifc.MAC()
		require.NoError(t, gopacket.SerializeLayers(b, gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true},
			&layers.Ethernet{SrcMAC: net.HardwareAddr{2, 0, 10, 0, 0, 9}, DstMAC: mac[:], EthernetType: layers.EthernetTypeIPv4}, ip, syn))
		return bytes.Clone(b.Bytes())
	}
	for name, row := range map[string]struct {
		syns  int
		wrong bool
		want  int
	}{
		"good": {1, false, 1}, "wrong checksum": {1, true, 0}, "as many as are allowed": {maxDials, false, maxDials},
		"one more": {maxDials + 1, false, maxDials},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, Options{}, func(t *testing.T, n *Network) {
				var dials atomic.Int32
				g := n.Gateway(GatewayConfig{Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
					dials.Add(1)
					<-ctx.Done()
					return nil, ctx.Err()
				}})
				g.Allow(outside, "127.0.0.1:1")
				p := n.Attach("device", nil, nil)
				defer p.Close()
				for i := range row.syns {
					f := frame(t, g, uint16(5000+i))
					if row.wrong {
						f[14+20+16]++ // the checksum of TCP
					}
					p.Send(f)
					time.Sleep(10 * time.Millisecond)
				}
				assert.EqualValues(t, row.want, dials.Load())
			})
		})
	}
}
