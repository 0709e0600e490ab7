package vnet

import (
	"context"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/net/dns/dnsmessage"
)

func TestDenialsTellWhatNobodyGave(t *testing.T) {
	bubble(t, Options{}, func(t *testing.T, n *Network) {
		g := n.Gateway(GatewayConfig{})
		h := n.Host("client", netip.Addr{})
		n.Host("there", netip.MustParseAddr("10.0.0.7"))
		_, err := g.Host().Listen("tcp", ":80")
		require.NoError(t, err)
		g.SetName("known.example", netip.MustParseAddr("198.51.100.1"))

		ask := func(server, name string) dnsmessage.Message {
			c, err := h.Dial("udp", server+":53")
			require.NoError(t, err)
			defer c.Close()
			_, err = c.Write(dnsQuery(t, name, dnsmessage.TypeA, dnsmessage.ClassINET))
			require.NoError(t, err)
			require.NoError(t, c.SetReadDeadline(time.Now().Add(time.Second)))
			b := make([]byte, 512)
			k, err := c.Read(b)
			require.NoError(t, err)
			var m dnsmessage.Message
			require.NoError(t, m.Unpack(b[:k]))
			return m
		}
		assert.Equal(t, dnsmessage.RCodeNameError, ask("10.0.0.1", "Unknown.Example.").RCode)
		assert.Equal(t, dnsmessage.RCodeNameError, ask("10.0.0.1", "unknown.example.").RCode)
		// A name server of the firmware's own, which the gateway plays.
		assert.Equal(t, [4]byte{198, 51, 100, 1}, ask("8.8.8.8", "known.example.").Answers[0].Body.(*dnsmessage.AResource).A)

		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		for _, to := range []string{"198.51.100.1:443", "10.0.0.1:81", "10.0.0.55:80"} {
			_, err := h.DialContext(ctx, "tcp", to)
			assert.Error(t, err, to)
		}
		for _, to := range []string{"10.0.0.1:80", "10.0.0.7:9"} { // there: the second refuses
			if c, err := h.Dial("tcp", to); err == nil {
				_ = c.Close()
			}
		}
		u, err := h.Dial("udp", "203.0.113.5:514")
		require.NoError(t, err)
		_, _ = u.Write([]byte("log"))
		time.Sleep(time.Second)
		assert.Equal(t, []Denial{
			{Kind: DeniedName, Name: "unknown.example"},
			{Kind: DeniedTCP, Addr: netip.MustParseAddrPort("198.51.100.1:443")},
			{Kind: DeniedTCP, Addr: netip.MustParseAddrPort("10.0.0.1:81")},
			{Kind: DeniedAddress, Addr: netip.MustParseAddrPort("10.0.0.55:0")},
			{Kind: DeniedUDP, Addr: netip.MustParseAddrPort("203.0.113.5:514")},
		}, g.Denials())
	})
}

func TestDenialsAreBounded(t *testing.T) {
	bubble(t, Options{}, func(t *testing.T, n *Network) {
		g := n.Gateway(GatewayConfig{})
		h := n.Host("client", netip.Addr{})
		for i := range 3 * denialsMost {
			u, err := h.Dial("udp", netip.AddrPortFrom(netip.AddrFrom4([4]byte{203, 0, 113, byte(i)}), 53).String())
			require.NoError(t, err)
			_, _ = u.Write([]byte("no question"))
			require.NoError(t, u.Close())
			time.Sleep(time.Millisecond)
		}
		time.Sleep(time.Second)
		assert.Len(t, g.Denials(), denialsMost)
		assert.Len(t, g.services, servicesMost)
	})
}

func TestGatewayStandsInForAHostOfTheSubnet(t *testing.T) {
	bubble(t, Options{Subnet: netip.MustParsePrefix("192.168.1.0/24")}, func(t *testing.T, n *Network) {
		outside := New(Options{})
		defer outside.Close()
		server, err := outside.Host("server", netip.MustParseAddr("10.0.0.9")).Listen("tcp", ":1883")
		require.NoError(t, err)
		g := n.Gateway(GatewayConfig{Dial: outside.Host("way", netip.Addr{}).DialContext})
		g.Allow(netip.MustParseAddrPort("192.168.1.5:1883"), "10.0.0.9:1883")
		h := n.Host("device", netip.MustParseAddr("192.168.1.100"))
		go func() {
			c, err := server.Accept()
			if err == nil {
				_, _ = c.Write([]byte("hello"))
				_ = c.Close()
			}
		}()
		c, err := h.Dial("tcp", "192.168.1.5:1883")
		require.NoError(t, err)
		b := make([]byte, 5)
		_, err = c.Read(b)
		require.NoError(t, err)
		assert.Equal(t, "hello", string(b))
		require.NoError(t, c.Close())
		_, err = h.Dial("tcp", "192.168.1.5:1884")
		assert.ErrorContains(t, err, "refused")
		assert.Equal(t, []Denial{{Kind: DeniedTCP, Addr: netip.MustParseAddrPort("192.168.1.5:1884")}}, g.Denials())
		assert.False(t, g.dhcp.available(netip.MustParseAddr("192.168.1.5"), MACFor(netip.MustParseAddr("192.168.1.9"))))
	})
}
