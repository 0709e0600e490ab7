package engines_test

import (
	"context"
	"io"
	"net"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/netstack/vnet"
)

// C firmware with plain connections: structs, callbacks and tables in guest memory.
func TestPlain(t *testing.T) { onEach(t, testPlain) }

func testPlain(t *testing.T, e engine) {
	i := e.image(t, "plain")
	synctest.Test(t, func(t *testing.T) {
		network := vnet.New(vnet.Options{Seed: 1})
		network.Gateway(vnet.GatewayConfig{}).SetName("peer.test", netip.MustParseAddr("10.0.0.9"))
		peer := network.Host("peer", netip.MustParseAddr("10.0.0.9"))
		l, err := peer.Listen("tcp", ":7777")
		require.NoError(t, err)
		go func() {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			b := make([]byte, 8)
			_, _ = io.ReadFull(conn, b)
			time.Sleep(time.Second)
			_, _ = conn.Write([]byte("reply to " + string(b[:4])))
			time.Sleep(time.Second)
			_ = conn.Close()
		}()
		d := emulator.NewTest(t, emulator.Config{Network: network, Seed: 1})
		t.Cleanup(func() { assert.NoError(t, network.Close()) })
		require.NoError(t, d.Boot(i.Firmware()))
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		for _, want := range []string{
			"accept 0, time 0, max con 5", "create 0", "host_name = lamp", "server_name = _http._tcp.local",
			"mdns lamp _http._tcp.local", "dns server 10.0.0.1", "literal 0", "address 1.2.3.4", "lookup -5",
			"found peer.test, address 1, arg 1", "address 10.0.0.9", "connect 0",
			"client connect, set_opt 0", "keepalive 30, send 0", "client sent, packet info 0, length 8, queue 8",
			"client recv, data 0, len 13, waiting 13", "fetched reply to ques", "client disconnect, own espconn 1",
		} {
			_, err := d.WaitLog(ctx, want)
			require.NoError(t, err, want)
		}

		conn, err := peer.DialContext(ctx, "tcp", netip.AddrPortFrom(d.Addr(), 80).String())
		require.NoError(t, err)
		_, err = conn.Write([]byte("hello"))
		require.NoError(t, err)
		b := make([]byte, 6)
		_, err = io.ReadFull(conn, b)
		require.NoError(t, err)
		assert.Equal(t, "answer", string(b))
		_, err = d.WaitLog(ctx, "server recv hello, connections 0 1, state 5, port 1, 10.0.0.9")
		require.NoError(t, err)
		_, err = conn.Read(b) // the idle timeout of 5 s
		assert.ErrorIs(t, err, io.EOF)
		_, err = d.WaitLog(ctx, "server disconnect, server espconn 1")
		require.NoError(t, err)

		u, err := peer.ListenPacket("udp", ":6000")
		require.NoError(t, err)
		_, err = u.WriteTo([]byte("datagram"), netUDP(d.Addr(), 5000))
		require.NoError(t, err)
		n, _, err := u.ReadFrom(b)
		require.NoError(t, err)
		assert.Equal(t, "datagr", string(b[:n]))
		_, err = d.WaitLog(ctx, "udp recv 8, 10.0.0.9")
		require.NoError(t, err)
		require.Nil(t, d.Crash())
	})
}

func netUDP(a netip.Addr, port uint16) net.Addr {
	return net.UDPAddrFromAddrPort(netip.AddrPortFrom(a, port))
}
