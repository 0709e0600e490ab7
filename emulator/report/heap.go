package report

import (
	"cmp"
	"slices"

	"github.com/emu8266/emu8266/emulator/trace"
)

// heap is the course of the free heap and what held it at its lowest.
type heap struct {
	known  bool  // the trace says something of the heap
	most   int64 // free at the boot
	least  int64 // free at the lowest
	at     trace.Event
	holds  []holder      // at the lowest, the largest first
	failed []trace.Event // blocks that found no memory, the first failedMax
	lacked int           // how many there were
}

// holdersMax bounds the table of holders. Choice: the smaller ones matter to nobody.
const holdersMax = 12

// failedMax bounds the list of blocks that found no memory.
const failedMax = 20

// heapOf reads the heap's events. At a boot all blocks are gone.
func heapOf(events []trace.Event) heap {
	var h heap
	held := map[string]holder{}
	for _, e := range events {
		switch {
		case e.Source == trace.SourceDevice && e.Kind == trace.KindBoot:
			clear(held)
			if !h.known {
				h = heap{known: true, least: e.Limit, at: e}
			}
			h.most = max(h.most, e.Limit)
			continue
		case e.Source != trace.SourceHeap:
			continue
		}
		switch e.Kind {
		case trace.KindAlloc:
			b := held[e.Name]
			held[e.Name] = holder{e.Name, b.Blocks + 1, b.Bytes + e.Value}
		case trace.KindFree:
			b := held[e.Name]
			if held[e.Name] = (holder{e.Name, b.Blocks - 1, b.Bytes - e.Value}); b.Blocks <= 1 {
				delete(held, e.Name)
			}
		case trace.KindFailed:
			if h.lacked++; len(h.failed) < failedMax {
				h.failed = append(h.failed, e)
			}
		}
		if e.Kind == trace.KindAlloc && (!h.known || e.Limit < h.least) {
			h.known, h.least, h.at = true, e.Limit, e
			h.holds = h.holds[:0]
			for _, b := range held {
				h.holds = append(h.holds, b)
			}
		}
	}
	slices.SortFunc(h.holds, func(a, b holder) int {
		return cmp.Or(cmp.Compare(b.Bytes, a.Bytes), cmp.Compare(a.Name, b.Name))
	})
	return h
}
