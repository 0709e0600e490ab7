package main

import (
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/net/dns/dnsmessage"

	"github.com/emu8266/emu8266/cmd/internal/surroundings"
)

// movingName is a DNS server at which a name has another address for each question of type A.
func movingName(t *testing.T, addrs ...[4]byte) (questions func() int) {
	t.Helper()
	server, err := net.ListenPacket("udp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = server.Close() })
	var mu sync.Mutex
	asked := 0
	go func() {
		b := make([]byte, 512)
		for {
			n, from, err := server.ReadFrom(b)
			if err != nil {
				return
			}
			var m dnsmessage.Message
			if m.Unpack(b[:n]) != nil || len(m.Questions) != 1 {
				continue
			}
			m.Header.Response, m.Header.RecursionAvailable, m.Additionals = true, true, nil
			if q := m.Questions[0]; q.Type == dnsmessage.TypeA {
				mu.Lock()
				m.Answers = []dnsmessage.Resource{{
					Header: dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class, TTL: 0},
					Body:   &dnsmessage.AResource{A: addrs[min(asked, len(addrs)-1)]},
				}}
				asked++
				mu.Unlock()
			}
			if answer, err := m.Pack(); err == nil {
				_, _ = server.WriteTo(answer, from)
			}
		}
	}()
	before := net.DefaultResolver
	t.Cleanup(func() { net.DefaultResolver = before })
	net.DefaultResolver = &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", server.LocalAddr().String())
	}}
	return func() int {
		mu.Lock()
		defer mu.Unlock()
		return asked
	}
}

// Whoever controls a name that was allowed leads the device to no other address of this machine's network during the run.
func TestAllowedNameIsPinned(t *testing.T) {
	questions := movingName(t, [4]byte{198, 51, 100, 1}, [4]byte{127, 0, 0, 1})
	settings := surroundings.Settings{}
	settings.Allow = []string{"moves.example:8080"}
	plan, err := settings.Plan()
	require.NoError(t, err)
	dialled := make(chan string, 16)
	dial := func(_ context.Context, network, addr string) (net.Conn, error) {
		dialled <- network + " " + addr
		return nil, errors.New("not in a test")
	}
	con := &console{out: io.Discard, err: io.Discard}
	n, err := newNetworkDialling(con, outputs{}, dial, netip.AddrPort{}, "")
	require.NoError(t, err)
	defer func() { assert.NoError(t, n.close()) }()
	require.NoError(t, n.surround(t.Context(), plan))
	looked := questions()
	require.NotZero(t, looked)
	h := n.net.Host("client", netip.Addr{})
	for range 3 {
		if c, err := h.DialContext(t.Context(), "tcp", gatewayAddr.String()+":8080"); err == nil {
			_ = c.Close()
		}
		require.Len(t, dialled, 1)
		assert.Equal(t, "tcp 198.51.100.1:8080", <-dialled)
	}
	assert.Equal(t, looked, questions(), "the name was looked up again")
}
