package vnet

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/netstack"
)

// arpFrame is an ARP request.
func arpFrame(mac netstack.MAC, sender, target string) []byte {
	f := []byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}
	f = append(append(f, mac[:]...), 8, 6, 0, 1, 8, 0, 6, 4, 0, 1)
	f = append(append(f, mac[:]...), netip.MustParseAddr(sender).AsSlice()...)
	return append(append(f, 0, 0, 0, 0, 0, 0), netip.MustParseAddr(target).AsSlice()...)
}

// A fleet that does not wake for meaningless broadcasts makes the same capture as one that does, also where broadcasts arrive
// everywhere at once and are shown by the index.
func TestIgnoringChangesNothing(t *testing.T) {
	for name, faults := range map[string]Faults{
		"lossy": {Latency: 5 * time.Millisecond, Loss: 0.01, Bandwidth: -1},
		"calm":  {},
	} {
		t.Run(name, func(t *testing.T) {
			filtered, stats := fleetOver(t, faults, 40, 0)
			devicesHearAll = true
			defer func() { devicesHearAll = false }()
			all, statsOfAll := fleetOver(t, faults, 40, 0)
			assert.Equal(t, all, filtered)
			assert.Equal(t, statsOfAll, stats)
		})
	}
}

// An ARP request is shown to ports that are awake and to those that heed its sender or its target, each once; to all it counts as
// delivered. A port that came after it was sent does not hear it, and who leaves is forgotten.
func TestHeed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := New(Options{})
		defer n.Close()
		heard := map[string]int{}
		addrs := func(s string) (all []netip.Addr) {
			for _, a := range strings.Fields(s) {
				all = append(all, netip.MustParseAddr(a))
			}
			return all
		}
		attach := func(name, targets, senders string) *Port {
			p := n.Attach(name, func([]byte) { heard[name]++ }, nil)
			p.Heed(addrs(targets), addrs(senders))
			p.Asleep(targets != "")
			return p
		}
		sender := attach("sender", "10.0.0.9", "")
		attach("target", "10.0.0.7", "10.0.0.9")
		attach("friend", "10.0.0.5", "10.0.0.6 10.0.0.7")
		attach("other", "10.0.0.8 10.0.0.6", "10.0.0.7")
		attach("awake", "", "")
		gone := attach("gone", "10.0.0.7", "")
		attach("second", "10.0.0.7 10.0.0.4", "10.0.0.6")
		request := arpFrame(netstack.MAC{2, 0, 10, 0, 0, 6}, "10.0.0.6", "10.0.0.7")
		ask := func() {
			sender.Send(request)
			time.Sleep(500 * time.Microsecond)
			n.Stats()
		}
		ask()
		late := attach("late", "10.0.0.7", "")
		time.Sleep(time.Second)
		stats := n.Stats() // heard is written with the network's lock held
		assert.Equal(t, map[string]int{"target": 1, "friend": 1, "awake": 1, "gone": 1, "second": 1}, heard)
		assert.EqualValues(t, 6, stats.Delivered)
		gone.Close()
		gone.Asleep(false)
		late.Heed(nil, nil)
		attach("new", "10.0.0.9", "")
		ask()
		time.Sleep(time.Second)
		stats = n.Stats()
		assert.Equal(t, map[string]int{"target": 2, "friend": 2, "awake": 2, "gone": 1, "second": 2}, heard)
		assert.EqualValues(t, 6+7, stats.Delivered)
	})
}

// The first free number is added to a name that is taken, whatever was taken before.
func TestNamesAreNumbered(t *testing.T) {
	n := New(Options{})
	defer n.Close()
	attach := func(name string) *Port { return n.Attach(name, nil, nil) }
	var ports []*Port
	for i := range 5 {
		ports = append(ports, attach("dev"))
		want := "dev"
		if i > 0 {
			want = fmt.Sprintf("dev#%d", i+1)
		}
		require.Equal(t, want, ports[i].Name())
	}
	ports[2].Close()
	ports[1].Close()
	assert.Equal(t, "dev#2", attach("dev").Name())
	assert.Equal(t, "dev#3", attach("dev").Name())
	assert.Equal(t, "dev#6", attach("dev").Name())
	ports[0].Close()
	assert.Equal(t, "dev", attach("dev").Name())
	taken := attach("x#2")
	attach("x")
	assert.Equal(t, "x#3", attach("x").Name())
	taken.Close()
	assert.Equal(t, "x#2", attach("x").Name())
}

// The switch learns so many addresses (docs/tables/choices.md), and of a port that leaves it forgets all.
func TestLearnedAddressesAreBounded(t *testing.T) {
	n := New(Options{})
	defer n.Close()
	p := n.Attach("many", nil, nil)
	mac := func(i int) netstack.MAC { return netstack.MAC{2, 0, 0, byte(i >> 16), byte(i >> 8), byte(i)} }
	const most = 16384
	for i := range most + 1 {
		n.ether.learn(mac(i), p)
	}
	assert.Len(t, n.ether.learned, most)
	assert.Same(t, p, n.ether.learned[mac(most-1)])
	assert.Nil(t, n.ether.learned[mac(most)])
	p.Close()
	assert.Empty(t, n.ether.learned)
}
