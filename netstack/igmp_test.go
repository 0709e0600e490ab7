package netstack

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/netstack/internal/wire"
)

// The groups' random delays are drawn in the order of the list: the newest group first, 224.0.0.1 last (lwip.md 13). A delay is
// the word's remainder by 4, and 1, in runs of the 100 ms timer.
func TestIGMPDelaysFollowTheList(t *testing.T) {
	a, b, c := netip.MustParseAddr("239.7.7.7"), netip.MustParseAddr("239.8.8.8"), netip.MustParseAddr("239.9.9.9")
	for _, row := range []struct {
		name  string
		joins []netip.Addr
		leave netip.Addr
		words []uint32
		runs  map[netip.Addr]int
	}{
		{"none", nil, netip.Addr{}, []uint32{2}, map[netip.Addr]int{allSystems: 3}},
		{"two", []netip.Addr{a, b}, netip.Addr{}, []uint32{6, 5, 4}, map[netip.Addr]int{b: 3, a: 2, allSystems: 1}},
		{"two, joined the other way round", []netip.Addr{b, a}, netip.Addr{}, []uint32{6, 5, 4},
			map[netip.Addr]int{a: 3, b: 2, allSystems: 1}},
		{"three", []netip.Addr{a, b, c}, netip.Addr{}, []uint32{3, 2, 1, 0}, map[netip.Addr]int{c: 4, b: 3, a: 2, allSystems: 1}},
		{"three, the second left", []netip.Addr{a, b, c}, b, []uint32{3, 1, 0}, map[netip.Addr]int{c: 4, a: 2, allSystems: 1}},
		{"one joined again", []netip.Addr{a, b, a}, netip.Addr{}, []uint32{3, 2, 0}, map[netip.Addr]int{b: 4, a: 3, allSystems: 1}},
	} {
		t.Run(row.name, func(t *testing.T) {
			words := []uint32{}
			now := simStart
			reported := map[netip.Addr]time.Time{}
			s := NewStack(Config{Profile: DeviceProfile(), Rand: func() uint32 {
				if len(words) == 0 {
					return 0
				}
				w := words[0]
				words = words[1:]
				return w
			}})
			ifc := s.AddInterface("st", MAC{2, 0, 0, 0, 0, 2}, func(f []byte) {
				if p := f[wire.EthernetLen:]; f[12] == 8 && f[13] == 0 && p[9] == 2 && p[24] == igmpReport {
					reported[netip.AddrFrom4([4]byte(p[28:32]))] = now
				}
			})
			run := func(d time.Duration) {
				for end := now.Add(d); now.Before(end); now = now.Add(25 * time.Millisecond) {
					s.Advance(now)
				}
			}
			s.Advance(now)
			ifc.SetAddr(netip.MustParsePrefix("10.0.0.2/24"), netip.MustParseAddr("10.0.0.1"))
			ifc.SetUp(true)
			for _, g := range row.joins {
				require.NoError(t, s.JoinGroup(wire.AnyAddr, g))
			}
			if row.leave.IsValid() {
				require.NoError(t, s.LeaveGroup(wire.AnyAddr, row.leave))
			}
			run(2 * time.Second)
			ifc.SetUp(false)
			run(time.Second + 50*time.Millisecond)
			s.Advance(now) // between two runs of the timer
			clear(reported)
			words = row.words
			up := now
			ifc.SetUp(true)
			run(2 * time.Second)
			assert.Empty(t, words, "a word for each group")
			got := map[netip.Addr]int{}
			for g, at := range reported {
				got[g] = int((at.Sub(up) + 99*time.Millisecond) / (100 * time.Millisecond))
			}
			assert.Equal(t, fmt.Sprint(row.runs), fmt.Sprint(got))
		})
	}
}
