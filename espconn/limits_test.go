package espconn_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/espconn"
)

// limit is a number that a call takes up to a limit.
type limit struct {
	name string
	call func(rig *plainCallRig, n int) espconn.Err
	get  func(rig *plainCallRig) int // nil: nothing tells it
	in   []int                       // taken: the least, one more, the greatest
	out  map[int]espconn.Err         // refused: one beyond, and far beyond
}

// The numbers of the plain calls (espconn.md 5.2, 5.7, 5.11, 5.12, 5.15, 5.18, 5.19, 5.21).
var limits = []limit{
	{"espconn_tcp_set_max_con", func(rig *plainCallRig, n int) espconn.Err { return rig.api.TcpSetMaxCon(uint8(n)) },
		func(rig *plainCallRig) int { return int(rig.api.TcpGetMaxCon()) },
		[]int{1, 2, 14, 15}, map[int]espconn.Err{0: espconn.ARG, 16: espconn.ARG, 255: espconn.ARG}},
	{"espconn_tcp_set_wnd", func(rig *plainCallRig, n int) espconn.Err { return rig.api.TcpSetWnd(uint8(n)) },
		func(rig *plainCallRig) int { return int(rig.api.TcpGetWnd()) },
		[]int{1, 2, 14, 15}, map[int]espconn.Err{0: espconn.ARG, 16: espconn.ARG, 255: espconn.ARG}},
	{"espconn_tcp_set_max_retran", func(rig *plainCallRig, n int) espconn.Err { return rig.api.TcpSetMaxRetran(uint8(n)) },
		func(rig *plainCallRig) int { return int(rig.api.TcpGetMaxRetran()) },
		[]int{1, 2, 11, 12}, map[int]espconn.Err{0: espconn.ARG, 13: espconn.ARG, 255: espconn.ARG}},
	{"espconn_tcp_set_max_syn", func(rig *plainCallRig, n int) espconn.Err { return rig.api.TcpSetMaxSyn(uint8(n)) },
		func(rig *plainCallRig) int { return int(rig.api.TcpGetMaxSyn()) },
		[]int{1, 2, 11, 12}, map[int]espconn.Err{0: espconn.ARG, 13: espconn.ARG, 255: espconn.ARG}},
	{"espconn_tcp_set_buf_count", func(rig *plainCallRig, n int) espconn.Err {
		return rig.api.TcpSetBufCount(rig.client, uint8(n))
	}, nil,
		[]int{0, 1, 7, 8}, map[int]espconn.Err{9: espconn.ARG, 255: espconn.ARG}},
	{"espconn_tcp_set_max_con_allow", func(rig *plainCallRig, n int) espconn.Err {
		return rig.api.TcpSetMaxConAllow(rig.server, uint8(n))
	},
		func(rig *plainCallRig) int { return int(rig.api.TcpGetMaxConAllow(rig.server)) },
		[]int{0, 1, 4, 5}, map[int]espconn.Err{6: espconn.ARG, 255: espconn.ARG}},
	{"espconn_regist_time, seconds", func(rig *plainCallRig, n int) espconn.Err {
		return rig.api.RegistTime(rig.server, uint32(n), 0)
	}, nil,
		[]int{0, 1, 7200, 7201, 0xFFFFFFFF}, nil},
	{"espconn_regist_time, type", func(rig *plainCallRig, n int) espconn.Err {
		c := rig.server
		if n == 1 {
			c = rig.client
		}
		return rig.api.RegistTime(c, 10, uint8(n))
	}, nil, []int{0, 1}, map[int]espconn.Err{2: espconn.ARG, 255: espconn.ARG}},
	{"espconn_set_keepalive, level", func(rig *plainCallRig, n int) espconn.Err {
		v := int32(7)
		rig.api.SetOpt(rig.client, espconn.KEEPALIVE)
		return rig.api.SetKeepalive(rig.client, uint8(n), &v)
	}, nil, []int{0, 1, 2}, map[int]espconn.Err{3: espconn.ARG, 255: espconn.ARG}},
	{"espconn_gethostbyname, length", func(rig *plainCallRig, n int) espconn.Err {
		return rig.api.Gethostbyname(rig.client, strings.Repeat("a.", n/2)+strings.Repeat("b", n%2), new([4]byte), nil)
	}, nil, nil, map[int]espconn.Err{0: espconn.ARG, 1: espconn.INPROGRESS, 254: espconn.INPROGRESS, 255: espconn.INPROGRESS,
		256: espconn.ARG, 257: espconn.ARG}},
	{"espconn_igmp_join, 224.0.0.n", func(rig *plainCallRig, n int) espconn.Err {
		return rig.api.IgmpJoin([4]byte{}, [4]byte{224, 0, 0, byte(n)})
	}, nil, []int{0, 2, 255}, map[int]espconn.Err{1: espconn.MEM}},
	{"espconn_igmp_join, first byte", func(rig *plainCallRig, n int) espconn.Err {
		return rig.api.IgmpJoin([4]byte{}, [4]byte{byte(n), 1, 1, 1})
	}, nil, []int{224, 225, 238, 239}, map[int]espconn.Err{0: espconn.MEM, 223: espconn.MEM, 240: espconn.MEM, 255: espconn.MEM}},
}

// TestLimits: every number at its edges and beyond, with every profile. One that is refused changes nothing.
func TestLimits(t *testing.T) {
	for _, p := range espconn.AllProfiles() {
		for _, l := range limits {
			want := map[int]espconn.Err{}
			for n, e := range l.out {
				want[n] = e
			}
			for _, n := range l.in {
				want[n] = espconn.OK
			}
			for n, e := range want {
				rig := newPlainCallRig(t, p)
				before := 0
				if l.get != nil {
					before = l.get(rig)
				}
				name := fmt.Sprintf("%s: %s: %d", p.Name, l.name, n)
				assert.Equal(t, e, l.call(rig, n), name)
				if l.get == nil {
					continue
				}
				if e == espconn.OK {
					before = n
				}
				assert.Equal(t, before, l.get(rig), name)
			}
		}
	}
}

// TestCounts: how many connections, name lookups, servers and UDP ports there are at once, with every profile: as many as
// espconn_tcp_set_max_con says (espconn.md 5.1), four lookups (5.18), and of servers and ports as many as the heap has room for, which
// they give back to the byte.
func TestCounts(t *testing.T) {
	for _, p := range espconn.AllProfiles() {
		for _, most := range []int{1, 2, 5, 6, 15} {
			rig := newStepRig(t, p)
			require.Equal(t, espconn.OK, rig.api.TcpSetMaxCon(uint8(most)))
			for i := range most {
				assert.Equal(t, espconn.OK, rig.api.Connect(tcp("10.0.0.9", 80, 4000+i)), "%s: %d of %d", p.Name, i, most)
			}
			assert.Equal(t, espconn.ISCONN, rig.api.Connect(tcp("10.0.0.9", 80, 3000)), "%s: one more than %d", p.Name, most)
			assert.Equal(t, espconn.OK, rig.api.Accept(tcp("", 0, 3000)), "%s: a server is no connection", p.Name)
			assert.Equal(t, espconn.OK, rig.api.Create(udpConn("10.0.0.9", 9, 3000)), "%s: a UDP port is none", p.Name)
		}
		moment := map[string]uint32{"server": 144} // a whole PCB, 192, is asked for; the listener has 56 (espconn.md 5.22)
		for kind, start := range map[string]func(rig *stepRig, port int) (*espconn.Espconn, espconn.Err){
			"server": func(rig *stepRig, port int) (*espconn.Espconn, espconn.Err) {
				c := tcp("", 0, port)
				return c, rig.api.Accept(c)
			},
			"UDP port": func(rig *stepRig, port int) (*espconn.Espconn, espconn.Err) {
				c := udpConn("10.0.0.9", 9, port)
				return c, rig.api.Create(c)
			},
		} {
			rig := newStepRig(t, p)
			free := rig.heap.FreeSize()
			var all []*espconn.Espconn
			var each uint32
			for port := 1000; ; port++ {
				before := rig.heap.FreeSize()
				c, e := start(rig, port)
				if e != espconn.OK {
					assert.Equal(t, espconn.MEM, e, "%s: %s %d", p.Name, kind, len(all))
					assert.Equal(t, before, rig.heap.FreeSize(), "%s: a %s that was refused", p.Name, kind)
					assert.Less(t, before, each+moment[kind], "%s: there was room for one more %s", p.Name, kind)
					break
				}
				each = before - rig.heap.FreeSize()
				all = append(all, c)
			}
			assert.Greater(t, len(all), 20)
			for _, c := range all {
				assert.Equal(t, espconn.OK, rig.api.Delete(c))
			}
			assert.Equal(t, free, rig.heap.FreeSize(), "%s: %d times %s", p.Name, len(all), kind)
		}
		rig := newPlainCallRig(t, p)
		for i := range 4 {
			assert.Equal(t, espconn.INPROGRESS, rig.api.Gethostbyname(rig.client, fmt.Sprint("name", i), new([4]byte), nil), p.Name)
		}
		assert.Equal(t, espconn.MEM, rig.api.Gethostbyname(rig.client, "name4", new([4]byte), nil), p.Name)
		assert.Equal(t, espconn.OK, rig.api.Gethostbyname(rig.client, "10.0.0.7", new([4]byte), nil),
			"%s: an address takes no slot", p.Name)
	}
}

// TestDNSServerNumbers: espconn_dns_setserver and _getserver know the numbers 0 and 1 (espconn.md 5.18).
func TestDNSServerNumbers(t *testing.T) {
	for _, p := range espconn.AllProfiles() {
		for _, n := range []uint8{0, 1, 2, 3, 255} {
			a := newPlainCallRig(t, p).api
			a.DnsSetserver(n, &[4]byte{10, 0, 0, 77})
			want := [4]byte{}
			if n < 2 {
				want = [4]byte{10, 0, 0, 77}
			}
			assert.Equal(t, want, a.DnsGetserver(n), "%s: %d", p.Name, n)
		}
	}
}

// TestPortComesBack: with a manual profile espconn_port gives a port again when what had it is gone: a server and a UDP port with
// espconn_delete, a connection that never came about with espconn_abort (manual V2.1 5, V1.0 4; manual-profile.md #38).
func TestPortComesBack(t *testing.T) {
	for _, p := range espconn.AllProfiles() {
		rig := newCallRig(p)
		rig.certificates()
		const server, udp, secure, client = 1024, 49999, 20001, 20002
		s, u, sec, c := tcp("", 0, server), udpConn("10.0.0.9", 9, udp), tcp("", 0, secure), tcp("10.0.0.9", 80, client)
		for _, e := range []espconn.Err{rig.Accept(s), rig.Create(u), rig.SecureAccept(sec), rig.Connect(c)} {
			require.Equal(t, espconn.OK, e, p.Name)
		}
		draw := func(ports ...uint32) map[uint32]bool {
			rig.rng = &fewPorts{ports: append(ports, 30000, 30001), rng: rand.NewChaCha8([32]byte{38})}
			got := map[uint32]bool{}
			for range 200 {
				got[rig.Port()] = true
			}
			return got
		}
		for port, end := range map[uint32]func() espconn.Err{
			server: func() espconn.Err { return rig.Delete(s) }, udp: func() espconn.Err { return rig.Delete(u) },
			secure: func() espconn.Err { return rig.SecureDelete(sec) }, client: func() espconn.Err { return rig.Abort(c) },
		} {
			assert.Equal(t, !p.FreePort, draw(port)[port], "%s: %d is in use", p.Name, port)
			assert.Equal(t, espconn.OK, end(), "%s: %d", p.Name, port)
			rig.run()
			assert.True(t, draw(port)[port], "%s: %d is free again", p.Name, port)
		}
	}
}
