//go:build unix

package vnet

import (
	"fmt"
	"io"
	"net"
	"net/netip"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Of a crowd that is larger than what may wait, those that have left do not cost the device a connection, and those that stay have
// their turn. How many the device has not seen is told.
func TestForwardLeavesOutWhoHasLeft(t *testing.T) {
	var told, left atomic.Int32
	n := New(Options{Faults: Faults{Latency: 5 * time.Millisecond}})
	t.Cleanup(func() { require.NoError(t, n.Close()) })
	g := n.Gateway(GatewayConfig{Trouble: func(err error) {
		var k int32
		_, scanned := fmt.Sscanf(err.Error(), "%d of them left", &k)
		assert.NoError(t, scanned, "%v", err)
		told.Add(1)
		left.Add(k)
	}})
	h := n.Host("inside", netip.Addr{})
	l, err := h.Listen("tcp", ":80")
	require.NoError(t, err)
	var seen atomic.Int32
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			seen.Add(1)
			go func() {
				defer c.Close()
				_, _ = io.Copy(c, c)
			}()
		}
	}()
	at, err := g.Forward(t.Context(), ":0", netip.AddrPortFrom(h.Addr(), 80))
	require.NoError(t, err)
	const clients, enough = 20_000, 1000
	came := 0
	var stay []net.Conn
	for ; came < clients && (came < enough || told.Load() == 0); came++ {
		c, err := net.Dial("tcp", at.String())
		require.NoError(t, err)
		if came%200 == 0 && len(stay) < 5 {
			defer c.Close()
			stay = append(stay, c)
			continue
		}
		require.NoError(t, c.Close())
	}
	assert.Positive(t, told.Load(), "of %d clients", came)
	for _, c := range stay {
		answers(t, c)
	}
	assert.Eventually(t, func() bool { return int(seen.Load()+left.Load()) == came }, 20*time.Second, 10*time.Millisecond)
	assert.Positive(t, left.Load())
}
