package vnet

import (
	"fmt"
	"net"
	"net/netip"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A host hears a group while it is a member, by a socket of the group's or by JoinGroup, and answers its sender.
func TestGroup(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := New(Options{Seed: 1})
		defer n.Close()
		group := netip.MustParseAddr("239.255.255.250")
		asker, peer, deaf := n.Host("asker", netip.Addr{}), n.Host("peer", netip.Addr{}), n.Host("deaf", netip.Addr{})
		ask, err := asker.ListenPacket("udp", ":0")
		require.NoError(t, err)
		p, err := peer.ListenPacket("udp", "239.255.255.250:1900")
		require.NoError(t, err)
		other, err := deaf.ListenPacket("udp", ":1900")
		require.NoError(t, err)
		send := func(to string) {
			_, err := ask.WriteTo([]byte("M-SEARCH"), net.UDPAddrFromAddrPort(netip.MustParseAddrPort(to)))
			require.NoError(t, err)
		}
		read := func(p net.PacketConn) string {
			require.NoError(t, p.SetReadDeadline(time.Now().Add(time.Second)))
			b := make([]byte, 100)
			n, from, err := p.ReadFrom(b)
			if err != nil {
				return "nothing"
			}
			return fmt.Sprintf("%s from %v", b[:n], from)
		}
		want := "M-SEARCH from " + ask.LocalAddr().String()
		time.Sleep(time.Second)
		send("239.255.255.250:1900")
		assert.Equal(t, want, read(p))
		assert.Equal(t, "nothing", read(other), "not a member")
		send(fmt.Sprintf("%v:1900", peer.Addr()))
		assert.Equal(t, "nothing", read(p), "the socket is the group's alone")
		_, err = p.WriteTo([]byte("here"), ask.LocalAddr())
		require.NoError(t, err)
		assert.Equal(t, fmt.Sprintf("here from %v:1900", peer.Addr()), read(ask))

		require.NoError(t, deaf.JoinGroup(group))
		require.NoError(t, deaf.JoinGroup(group))
		time.Sleep(time.Second)
		send("239.255.255.250:1900")
		assert.Equal(t, want, read(p))
		assert.Equal(t, want, read(other))
		require.NoError(t, deaf.LeaveGroup(group))
		time.Sleep(time.Second)
		send("239.255.255.250:1900")
		assert.Equal(t, want, read(other), "joined twice, left once")
		require.NoError(t, deaf.LeaveGroup(group))
		send("239.255.255.251:1900")
		time.Sleep(time.Second)
		send("239.255.255.250:1900")
		assert.Equal(t, "nothing", read(other), "left")

		assert.ErrorIs(t, deaf.LeaveGroup(group), syscall.EADDRNOTAVAIL)
		for _, a := range []string{"10.0.0.1", "224.0.0.1", "ff02::1"} {
			assert.ErrorIs(t, deaf.JoinGroup(netip.MustParseAddr(a)), syscall.EINVAL, a)
		}
		require.NoError(t, p.Close())
		assert.ErrorIs(t, peer.LeaveGroup(group), syscall.EADDRNOTAVAIL, "Close has left")
		peer.Close()
		assert.ErrorIs(t, peer.JoinGroup(group), net.ErrClosed)
		_, err = asker.ListenPacket("udp", "224.0.0.1:1900")
		assert.Error(t, err)
		_, err = asker.Listen("tcp", "239.255.255.250:80")
		assert.Error(t, err)
	})
}

// Memberships are reported on the wire in a fixed order, whatever the order of the goroutines that asked.
func TestGroupReports(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := New(Options{Seed: 1})
		defer n.Close()
		h := n.Host("h", netip.Addr{})
		var mu sync.Mutex
		var reports []string
		told := func() []string {
			mu.Lock()
			defer mu.Unlock()
			defer func() { reports = nil }()
			return reports
		}
		n.Attach("tap", func(frame []byte) {
			if len(frame) >= 46 && frame[23] == 2 { // IGMP, behind a header with the router alert
				mu.Lock()
				defer mu.Unlock()
				reports = append(reports, fmt.Sprintf("%#x %v", frame[38], netip.AddrFrom4([4]byte(frame[42:46]))))
			}
		}, nil)
		groups := []string{"239.0.0.3", "239.0.0.1", "239.0.0.2"}
		for _, g := range groups {
			go func() { assert.NoError(t, h.JoinGroup(netip.MustParseAddr(g))) }()
		}
		time.Sleep(50 * time.Millisecond)
		synctest.Wait()
		assert.Equal(t, []string{"0x16 239.0.0.1", "0x16 239.0.0.2", "0x16 239.0.0.3"}, told())
		time.Sleep(time.Second)
		told() // the repeated ones
		for _, g := range groups {
			require.NoError(t, h.LeaveGroup(netip.MustParseAddr(g)))
		}
		time.Sleep(time.Second)
		assert.Equal(t, []string{"0x17 239.0.0.1", "0x17 239.0.0.2", "0x17 239.0.0.3"}, told())
	})
}
