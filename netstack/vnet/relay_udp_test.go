package vnet

import (
	"context"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/netstack"
)

// echoUDP answers each datagram with "re: " and its text.
func echoUDP(p net.PacketConn) {
	buf := make([]byte, 2000)
	for {
		k, from, err := p.ReadFrom(buf)
		if err != nil {
			return
		}
		_, _ = p.WriteTo(append([]byte("re: "), buf[:k]...), from)
	}
}

// datagramWays counts the ways of datagrams.
func (g *Gateway) datagramWays() int {
	g.host.net.enter()
	defer g.host.net.mu.Unlock()
	return len(g.udpWays)
}

func TestGatewayCarriesDatagrams(t *testing.T) {
	real, err := net.ListenPacket("udp", "127.0.0.1:0")
	require.NoError(t, err)
	defer real.Close()
	go echoUDP(real)
	_, g, h := realNetwork(t, GatewayConfig{})
	dns := netip.MustParseAddrPort("8.8.8.8:53")
	own := netip.AddrPortFrom(g.Addr(), 5683)
	for range 2 {
		require.NoError(t, g.AllowUDP(dns, real.LocalAddr().String()), "the gateway's own port 53 is another address")
	}
	require.NoError(t, g.AllowUDP(own, real.LocalAddr().String()))
	require.ErrorIs(t, g.AllowUDP(netip.AddrPortFrom(g.Addr(), 53), "x"), netstack.ErrInUse)
	for _, to := range []netip.AddrPort{dns, own} {
		c, err := h.Dial("udp", to.String()) // connected: takes answers of this address only
		require.NoError(t, err)
		for _, text := range []string{"one", "two"} {
			_, err = c.Write([]byte(text))
			require.NoError(t, err)
			_ = c.SetReadDeadline(time.Now().Add(10 * time.Second))
			buf := make([]byte, 100)
			k, err := c.Read(buf)
			require.NoError(t, err)
			assert.Equal(t, "re: "+text, string(buf[:k]))
		}
		require.NoError(t, c.Close())
	}
	assert.Equal(t, 2, g.datagramWays())
}

func TestGatewayDropsDatagramsThatAreNotAllowed(t *testing.T) {
	bubble(t, Options{}, func(t *testing.T, n *Network) {
		g := n.Gateway(GatewayConfig{Dial: func(context.Context, string, string) (net.Conn, error) {
			t.Error("dialled")
			return nil, net.ErrClosed
		}})
		require.NoError(t, g.AllowUDP(netip.MustParseAddrPort("8.8.8.8:53"), "real:53"))
		c, err := n.Host("inside", netip.Addr{}).Dial("udp", "8.8.8.8:54")
		require.NoError(t, err)
		_, err = c.Write([]byte("x"))
		require.NoError(t, err)
		_ = c.SetReadDeadline(time.Now().Add(time.Minute))
		_, err = c.Read(make([]byte, 1))
		assert.Error(t, err)
	})
}

// Another network plays the outside, so ways end in virtual time.
func TestGatewayForgetsIdleDatagramWays(t *testing.T) {
	bubble(t, Options{}, func(t *testing.T, n *Network) {
		far := New(Options{})
		server := far.Host("server", netip.Addr{})
		p, err := server.ListenPacket("udp", ":9")
		require.NoError(t, err)
		go echoUDP(p)
		g := n.Gateway(GatewayConfig{Dial: far.Host("nat", netip.Addr{}).DialContext})
		require.NoError(t, g.AllowUDP(netip.MustParseAddrPort("8.8.8.8:9"), "server:9"))
		c, err := n.Host("inside", netip.Addr{}).Dial("udp", "8.8.8.8:9")
		require.NoError(t, err)
		buf := make([]byte, 100)
		for range 3 {
			_, err = c.Write([]byte("x"))
			require.NoError(t, err)
			k, err := c.Read(buf)
			require.NoError(t, err)
			assert.Equal(t, "re: x", string(buf[:k]))
			assert.Equal(t, 1, g.datagramWays())
			time.Sleep(udpIdle - time.Second)
		}
		time.Sleep(udpIdle)
		n.enter()
		assert.Empty(t, g.udpWays)
		assert.Empty(t, g.open)
		n.mu.Unlock()
		require.NoError(t, n.Close())
		require.NoError(t, far.Close())
	})
}

func TestGatewayForwardsDatagrams(t *testing.T) {
	_, g, h := realNetwork(t, GatewayConfig{})
	p, err := h.ListenPacket("udp", ":7")
	require.NoError(t, err)
	go echoUDP(p)
	ctx, cancel := context.WithCancel(t.Context())
	at, err := g.ForwardUDP(ctx, "127.0.0.1:0", netip.AddrPortFrom(h.Addr(), 7))
	require.NoError(t, err)
	for range 2 { // two senders
		c, err := net.Dial("udp", at.String())
		require.NoError(t, err)
		for _, text := range []string{"one", "two"} {
			_, err = c.Write([]byte(text))
			require.NoError(t, err)
			_ = c.SetReadDeadline(time.Now().Add(10 * time.Second))
			buf := make([]byte, 100)
			k, err := c.Read(buf)
			require.NoError(t, err)
			assert.Equal(t, "re: "+text, string(buf[:k]))
		}
		require.NoError(t, c.Close())
	}
	cancel()
}
