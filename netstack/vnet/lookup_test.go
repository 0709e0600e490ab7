package vnet

import (
	"context"
	"net"
	"net/netip"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/emu8266/emu8266/netstack"
)

// ask has a device look a name up; it returns what came and when.
func ask(t *testing.T, n *Network, name string) (addr netip.Addr, found bool, after time.Duration) {
	t.Helper()
	s := newDevice(t, n, byte(7+len(n.byName)), netstack.DeviceProfile())
	s.up(netip.AddrFrom4([4]byte{10, 0, 1, byte(len(n.byName))}).String())
	done := make(chan struct{})
	start := time.Now()
	s.do(func() {
		s.stack.SetDNS(0, netip.MustParseAddr("10.0.0.1"))
		_, err := s.stack.Resolve(name, func(a netip.Addr, why *netstack.Cause) { addr, found = a, why == nil; close(done) })
		assert.ErrorIs(t, err, netstack.ErrInProgress)
	})
	<-done
	return addr, found, time.Since(start)
}

func TestNamesAreAnsweredLate(t *testing.T) {
	bubble(t, Options{}, func(t *testing.T, n *Network) {
		g := n.Gateway(GatewayConfig{})
		host := netip.MustParseAddr("10.0.0.9")
		for _, name := range []string{"fast", "slow", "never", "late"} {
			g.SetName(name, host)
		}
		g.SetNameDelay("Slow.", 700*time.Millisecond)
		g.SetNameDelay("never", -1)
		g.SetNameDelay("late", 2500*time.Millisecond) // after the device has asked again

		addr, found, after := ask(t, n, "fast")
		assert.True(t, found)
		assert.Equal(t, host, addr)
		assert.Less(t, after, 100*time.Millisecond)

		_, _, after = ask(t, n, "fast")
		g.SetNameDelay("fast", 1)
		_, found, least := ask(t, n, "fast")
		assert.True(t, found)
		assert.Equal(t, after+1, least, "the shortest delay is one")

		_, found, after = ask(t, n, "slow")
		assert.True(t, found)
		assert.InDelta(t, 700, after.Milliseconds(), 20)

		_, found, after = ask(t, n, "never")
		assert.False(t, found)
		assert.Greater(t, after, 3*time.Second)

		_, found, after = ask(t, n, "late")
		assert.True(t, found)
		assert.Greater(t, after, 5*time.Second, "the device understands only the answer to its latest question (lwip.md 12)")

		g.SetNameDelay("", time.Second/2)
		g.SetName("other", host)
		_, found, after = ask(t, n, "other")
		assert.True(t, found)
		assert.InDelta(t, 500, after.Milliseconds(), 20)
		_, found, after = ask(t, n, "unknown")
		assert.False(t, found)
		assert.Greater(t, after, 5*time.Second, "the device ignores NXDOMAIN and asks on (lwip.md 12)")
	})
}

func TestOutsideNamesAreLookedUp(t *testing.T) {
	bubble(t, Options{}, func(t *testing.T, n *Network) {
		var asked atomic.Int32
		g := n.Gateway(GatewayConfig{Lookup: func(ctx context.Context, name string) (netip.Addr, error) {
			asked.Add(1)
			time.Sleep(300 * time.Millisecond)
			switch name {
			case "broker.example":
				return outside.Addr(), nil
			case "v6.example":
				return netip.MustParseAddr("2001:db8::1"), nil
			case "slow.example":
				<-ctx.Done()
				return netip.Addr{}, &net.DNSError{Err: "timeout", Name: name, IsTimeout: true}
			case "broken.example":
				return netip.Addr{}, &net.DNSError{Err: "server failure", Name: name}
			}
			return netip.Addr{}, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
		}})
		g.SetName("inside.example", g.Addr())
		addr, found, _ := ask(t, n, "inside.example")
		assert.True(t, found)
		assert.Equal(t, g.Addr(), addr)
		assert.Zero(t, asked.Load(), "a name that is set stays inside")

		addr, found, after := ask(t, n, "broker.example")
		assert.True(t, found)
		assert.Equal(t, outside.Addr(), addr)
		assert.InDelta(t, 300, after.Milliseconds(), 20)

		_, found, _ = ask(t, n, "nobody.example")
		assert.False(t, found)
		_, found, _ = ask(t, n, "v6.example")
		assert.False(t, found)
		_, found, _ = ask(t, n, "broken.example")
		assert.False(t, found)
		_, found, after = ask(t, n, "slow.example")
		assert.False(t, found)
		assert.Greater(t, after, 3*time.Second, "silence")
		time.Sleep(time.Minute)
		n.enter()
		assert.Zero(t, g.waiting)
		n.mu.Unlock()
	})
}
