package netstack

import (
	"bytes"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// pump writes data through a TCB as the send buffer allows, then closes.
type pump struct {
	app
	data  []byte
	chunk int
	close bool
}

func newPump(data []byte, chunk int, closeAfter bool) *pump {
	p := &pump{data: data, chunk: chunk, close: closeAfter}
	p.onConn = func(t *TCB) { t.SetNagle(false); p.push(t) } // as espconn does for plain TCP
	p.onSent = func(t *TCB, _ int) { p.push(t) }
	return p
}

func (p *pump) push(t *TCB) {
	for len(p.data) > 0 {
		n := min(p.chunk, len(p.data), t.SendBuffer())
		if n == 0 || t.Write(p.data[:n]) != nil {
			break
		}
		p.data = p.data[n:]
	}
	if len(p.data) == 0 && p.close {
		p.close = t.Close() != nil
	}
	t.Output()
}

func ramp(n int) []byte {
	b := make([]byte, n)
	for k := range b {
		b[k] = byte(k*7 + k>>8 + 3)
	}
	return b
}

// TestTransferBetweenProfiles moves data in both directions between each pair of profiles and closes in order: every
// byte arrives, nothing is sent twice, and all memory comes back.
func TestTransferBetweenProfiles(t *testing.T) {
	profiles := map[string]func() Profile{"device": DeviceProfile, "host": HostProfile, "small": DeviceProfile536}
	for client, cp := range profiles {
		for server, sp := range profiles {
			for _, size := range []int{1, 100, 1460, 5000, 100_000} {
				t.Run(fmt.Sprintf("%s-%s-%d", client, server, size), func(t *testing.T) {
					m := newSim(t)
					a := m.stack("a", cp(), "10.0.0.2/16")
					b := m.stack("b", sp(), "10.0.0.3/16")
					data := ramp(size)
					down := newPump(data, 1000, false)
					up := newPump(data, 700, false)
					_, err := b.s.Listen(netip.Addr{}, 80, func(*TCB) Handler { return down })
					require.NoError(t, err)
					tcb := a.s.NewTCB(up)
					require.NoError(t, tcb.Connect(netip.MustParseAddrPort("10.0.0.3:80")))
					for k := 0; k < 3000 && (len(up.got) < size || len(down.got) < size || up.sent < size || down.sent < size); k++ {
						m.run(ms(100))
					}
					require.Equal(t, 1, up.connected)
					assert.True(t, bytes.Equal(data, down.got), "%d bytes arrived", len(down.got))
					assert.True(t, bytes.Equal(data, up.got), "%d bytes arrived", len(up.got))
					assert.Equal(t, size, up.sent)
					assert.Equal(t, size, down.sent)
					for _, n := range m.nodes {
						for _, e := range n.events {
							assert.NotEqual(t, EventRetransmit, e.Kind, "%s: %v", n.name, e)
						}
					}
					down.onFin = func(t *TCB) { _ = t.Close() }
					require.NoError(t, tcb.Close())
					m.run(ms(300_000))
					assert.Equal(t, 1, down.fin)
					assert.ErrorIs(t, up.err, ErrClosed, "after TIME_WAIT")
					assert.ErrorIs(t, down.err, ErrClosed, "after LAST_ACK")
					for _, n := range m.nodes {
						assert.Empty(t, n.s.TCBs())
						assert.Contains(t, []string{"", "tcp_pcb_listen"}, n.heap.left())
						_, ok := n.s.NextEvent()
						assert.False(t, ok, "an idle stack wants no wake-up")
					}
				})
			}
		}
	}
}

// seeds is the number of seeds that the randomised tests try.
var seeds = flag.Uint64("seeds", 60, "seeds of TestTransferWithLoss")

// TestTransferWithLoss checks the invariants of a transfer over a link that loses, for many seeds.
func TestTransferWithLoss(t *testing.T) {
	for seed := uint64(1); seed <= *seeds; seed++ {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			rng := rand.New(rand.NewPCG(seed, 0))
			pick := func() Profile {
				if rng.IntN(2) == 0 {
					return DeviceProfile()
				}
				return HostProfile()
			}
			m := newSim(t)
			m.lose = func([]byte) bool { return rng.Float64() < 0.05 }
			a := m.stack("a", pick(), "10.0.0.2/16")
			b := m.stack("b", pick(), "10.0.0.3/16")
			data := ramp(1 + rng.IntN(30_000))
			up, down := newPump(data, 1+rng.IntN(2000), true), &app{}
			down.onFin = func(t *TCB) { _ = t.Close() }
			_, err := b.s.Listen(netip.Addr{}, 80, func(*TCB) Handler { return down })
			require.NoError(t, err)
			require.NoError(t, a.s.NewTCB(up).Connect(netip.MustParseAddrPort("10.0.0.3:80")))
			m.run(ms(3_600_000))
			if up.connected == 0 {
				require.ErrorIs(t, up.err, ErrAborted)
				return
			}
			require.True(t, bytes.HasPrefix(data, down.got))
			if down.fin > 0 {
				assert.True(t, bytes.Equal(data, down.got), "%d of %d bytes at the FIN", len(down.got), len(data))
			}
			assert.Equal(t, 1, down.fin)
			m.lose = nil
			m.run(ms(1_000_000))
			checkWire(t, m)
			for _, n := range m.nodes {
				assert.Empty(t, n.s.TCBs())
				assert.Contains(t, []string{"", "tcp_pcb_listen"}, n.heap.left())
			}
		})
	}
}

// checkWire checks what holds for every sender: the acknowledgement never goes back, nothing is sent beyond the right
// edge the receiver has offered, the edge never moves left, and the MSS is kept.
func checkWire(t *testing.T, m *sim) {
	type key struct{ src, dst netip.AddrPort }
	acks, edges, edgeSeen := map[key]uint32{}, map[key]uint32{}, map[key]bool{}
	for _, g := range m.log {
		if g.kind != "tcp" || g.flags == "RA" {
			continue
		}
		k, back := key{g.src, g.dst}, key{g.dst, g.src}
		if g.flags != "S" {
			edge := g.ack + uint32(g.win)
			if edgeSeen[k] {
				require.False(t, seqLT(g.ack, acks[k]), "ack goes back: %v", g)
				require.False(t, seqLT(edge, edges[k]), "right edge goes back: %v", g)
			}
			acks[k], edges[k], edgeSeen[k] = g.ack, edge, true
		}
		require.LessOrEqual(t, len(g.data), 1460)
		if edgeSeen[back] && len(g.data) > 1 {
			require.True(t, seqLEQ(g.seq+uint32(len(g.data)), edges[back]), "beyond the window: %v", g)
		}
	}
}
