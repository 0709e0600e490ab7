package probe

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator/chip"
	"github.com/emu8266/emu8266/espconn"
)

// The search finds the least heap above which handshakes work, however little a good one says of it, and makes few of them.
func TestLeastHeapSearch(t *testing.T) {
	for _, row := range []struct {
		name  string
		works func(heap uint32, n int) bool // n: how often this heap was tried before
		need  uint32                        // what a good handshake seems to need
		given uint32                        // 0: the default
		want  uint32                        // 0: none works
		most  int                           // handshakes
	}{
		{"as it seems", from(18472), 18472, 0, 18472, 13},
		{"more than it seems", from(18472), 17000, 0, 18472, 25},
		{"less than it seems", from(18472), 19992, 0, 18472, 26},
		{"much less than it seems", from(2048), 30000, 0, 2048, 30},
		{"from far above", from(18472), 18472, chip.HeapMax, 18472, 13},
		{"just the least", from(18472), 18472, 18472, 18472, 13},
		{"given too little", from(18472), 18472, 16384, 18472, 15},
		{"only with the largest heap", from(chip.HeapMax), chip.HeapMax - 80, 0, chip.HeapMax, 25},
		{"with the least heap that a device can have", from(heapMin), heapMin, 0, heapMin, 13},
		{"never", func(uint32, int) bool { return false }, 0, 0, 0, 3},
		{"fails again above", func(h uint32, _ int) bool { return h >= 18472 && (h < 18600 || h >= 18640) }, 18472, 0, 18640, 40},
		{"works in one place below too", func(h uint32, _ int) bool { return h >= 18472 || h == 18000 }, 18472, 0, 18472, 13},
		{"fails once by chance", func(h uint32, n int) bool { return h >= 18472 && (n > 0 || h != 18488) }, 18472, 0, 18472, 16},
		{"the least fails once by chance", func(h uint32, n int) bool { return h >= 18472 && (n > 0 || h != 18472) }, 18472, 0, 18472, 16},
		{"below works once by chance", func(h uint32, n int) bool { return h >= 18472 || h == 18464 && n == 1 }, 18472, 0, 18472, 16},
	} {
		t.Run(row.name, func(t *testing.T) {
			p := &Probe{Heap: row.given}
			pool := newPool(t.Context(), p)
			often := map[uint32]int{}
			pool.run = func(_ context.Context, profile espconn.Profile, tr try, _ int) (Result, error) {
				pool.mu.Lock()
				defer pool.mu.Unlock()
				r := Result{Size: tr.size, Heap: tr.heap, starved: true}
				r.OK = row.works(tr.heap, often[tr.heap])
				often[tr.heap]++
				r.heapLeast = tr.heap - min(tr.heap, row.need)
				return r, nil
			}
			s := &search{probe: p, pool: pool, known: map[try]*outcomes{}}
			r, err := s.leastHeap(2048)
			require.NoError(t, err)
			assert.LessOrEqual(t, pool.made(), row.most, "handshakes: %s", fmt.Sprint(often))
			if row.want == 0 {
				assert.Nil(t, r)
				return
			}
			require.NotNil(t, r)
			assert.Equal(t, row.want, r.Heap)
			assert.GreaterOrEqual(t, often[row.want], 2)
			if row.want > heapMin {
				assert.GreaterOrEqual(t, often[row.want-heapStep], 2)
			}
		})
	}
}

func from(least uint32) func(uint32, int) bool {
	return func(heap uint32, _ int) bool { return heap >= least }
}

// What failed beside others for want of memory is made again alone; what a call refused, or what failed for another reason, is not.
func TestAgain(t *testing.T) {
	pool := newPool(t.Context(), &Probe{})
	pool.run = func(_ context.Context, _ espconn.Profile, tr try, _ int) (Result, error) {
		return Result{Size: tr.size, Heap: tr.heap, OK: tr.size < 3000}, nil
	}
	tried := []Result{
		{Size: 1000, OK: true},
		{Size: 2000, Stage: "handshake", starved: true},
		{Size: 2500, Stage: "call", starved: true},
		{Size: 2600, Stage: "handshake"},
		{Size: 3000, Stage: "handshake", starved: true},
	}
	for beside, want := range map[bool][]bool{false: {true, false, false, false, false}, true: {true, true, false, false, false}} {
		f := &found{tried: slices.Clone(tried), search: &search{pool: pool, known: map[try]*outcomes{}}}
		require.NoError(t, f.again(beside))
		var got []bool
		for _, r := range f.tried {
			got = append(got, r.OK)
		}
		assert.Equal(t, want, got)
	}
	assert.Equal(t, 2, pool.made())
}
