package vnet

import (
	"fmt"
	"io"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/netstack"
)

// journal notes how many bytes had come by the end of each instant.
type journal struct {
	mu     sync.Mutex
	total  int
	byTime map[time.Duration]int
}

func (j *journal) came(after time.Duration, n int) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.total += n
	j.byTime[after] = j.total
}

// lines are the journal in order of time.
func (j *journal) lines(name string) (all []string) {
	for at, total := range j.byTime {
		all = append(all, fmt.Sprintf("%012d %s %d", at, name, total))
	}
	slices.Sort(all)
	return all
}

// patiently runs Hosts and devices on a network that loses frames, and returns what each of them saw and when.
func patiently(t *testing.T, patient bool) (seen []string, stats Stats) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		n := New(Options{Seed: 5, Faults: Faults{Latency: 700 * time.Microsecond, Loss: 0.02, Jitter: 2 * time.Millisecond, Bandwidth: -1}})
		n.filters = !patient // as if somebody watched every frame
		l, err := n.Host("echo", netip.Addr{}).Listen("tcp", ":7")
		require.NoError(t, err)
		go func() {
			for {
				conn, err := l.Accept()
				if err != nil {
					return
				}
				go func() {
					_, _ = io.Copy(conn, conn)
					_ = conn.Close()
				}()
			}
		}()
		journals := make(map[string]*journal)
		var clients sync.WaitGroup
		for i := range 4 {
			name := fmt.Sprint("client", i)
			j := &journal{byTime: make(map[time.Duration]int)}
			journals[name] = j
			h := n.Host(name, netip.Addr{})
			clients.Go(func() {
				conn, err := h.Dial("tcp", "echo:7")
				if !assert.NoError(t, err) {
					return
				}
				j.came(time.Since(start), 0)
				clients.Go(func() {
					for range 30 {
						_, _ = conn.Write(pattern(3000))
						time.Sleep(7 * time.Millisecond)
					}
					_ = conn.(*Conn).CloseWrite()
				})
				p := make([]byte, 1000)
				for {
					k, err := conn.Read(p)
					j.came(time.Since(start), k)
					if err != nil {
						assert.Equal(t, io.EOF, err)
						break
					}
				}
				_ = conn.Close()
			})
		}
		s := newDevice(t, n, 9, netstack.DeviceProfile())
		s.up("10.0.1.9")
		r := &recorder{}
		var tcb *netstack.TCB
		s.do(func() {
			tcb = s.stack.NewTCB(r)
			assert.NoError(t, tcb.Connect(netip.MustParseAddrPort("10.0.0.2:7")))
		})
		j := &journal{byTime: make(map[time.Duration]int)}
		journals["device"] = j
		for range 40 {
			time.Sleep(50 * time.Millisecond)
			s.do(func() {
				_ = tcb.Write([]byte("sixteen bytes..."))
				tcb.Output()
			})
			before := len(r.received())
			time.Sleep(5 * time.Millisecond)
			j.came(time.Since(start), len(r.received())-before)
		}
		clients.Wait()
		time.Sleep(time.Minute)
		stats = n.Stats()
		require.NoError(t, n.Close())
		for name, j := range journals {
			seen = append(seen, j.lines(name)...)
		}
		slices.Sort(seen)
	})
	return seen, stats
}

// What may be dealt with later than it is due is seen by nobody: applications and devices see the same at the same instants, and the switch
// counts the same, as when the network turns for every frame.
func TestPatienceIsNotSeen(t *testing.T) {
	want, wantStats := patiently(t, false)
	require.Greater(t, len(want), 200)
	got, stats := patiently(t, true)
	assert.Equal(t, want, got)
	assert.Equal(t, wantStats, stats)
}
