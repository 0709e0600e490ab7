package netstack

import (
	"slices"
	"sort"
)

// oooSegment is data beyond a gap. The list of a connection is sorted and free of overlaps.
type oooSegment struct {
	seq  uint32
	data []byte
	fin  bool
	blk  block
}

func (o *oooSegment) end() uint32 { return o.seq + uint32(len(o.data)) }

// maxOutOfOrder bounds the list. Choice: a device's window holds 5840 single bytes at most, which no sender does; what
// comes beyond is dropped and sent again.
const maxOutOfOrder = 1024

// holdOutOfOrder keeps a segment that starts beyond rcvNxt and lies in the window; what is there already wins.
func (t *TCB) holdOutOfOrder(seq uint32, data []byte, fin bool) {
	s := t.s
	if !s.p.OutOfOrder || len(data) == 0 && !fin {
		return
	}
	last := func() *oooSegment { return &t.ooo[len(t.ooo)-1] }
	if len(t.ooo) > 0 && last().fin {
		// The stream's end is known: nothing lies beyond it.
		edge := last().end()
		if !seqLT(seq, edge) {
			return
		}
		if over := int32(seq + uint32(len(data)) - edge); over > 0 {
			data = data[:len(data)-int(over)]
		}
		fin = false
	}
	// k is the first element that ends after seq.
	k := sort.Search(len(t.ooo), func(k int) bool { return seqLT(seq, t.ooo[k].end()) || t.ooo[k].fin && seqLEQ(seq, t.ooo[k].end()) })
	for len(data) > 0 && k < len(t.ooo) {
		o := &t.ooo[k]
		if gap := int32(o.seq - seq); gap > 0 {
			n := min(int(gap), len(data))
			if !t.insertOutOfOrder(k, seq, data[:n], false) {
				return
			}
			k++
			seq += uint32(n)
			data = data[n:]
			continue
		}
		skip := min(int(int32(o.end()-seq)), len(data)) // covered by o
		seq += uint32(max(skip, 0))
		data = data[max(skip, 0):]
		k++
	}
	if (len(data) > 0 || fin) && k == len(t.ooo) {
		if len(data) == 0 && len(t.ooo) > 0 && last().end() == seq {
			last().fin = true
			return
		}
		t.insertOutOfOrder(k, seq, data, fin)
	}
}

// insertOutOfOrder copies one piece into the list.
func (t *TCB) insertOutOfOrder(k int, seq uint32, data []byte, fin bool) bool {
	if len(t.ooo) >= maxOutOfOrder {
		return false
	}
	blk, ok := t.s.charge(segmentBytes+pbufBytes+len(data), "ooseq")
	if !ok {
		t.s.note(Event{Kind: EventMemory, Len: len(data), Text: "ooseq"})
		return false
	}
	t.ooo = slices.Insert(t.ooo, k, oooSegment{seq: seq, data: append([]byte(nil), data...), fin: fin, blk: blk})
	return true
}

// takeOutOfOrder appends to data what has become contiguous with it and reports the FIN behind it. rcvNxt is the
// sequence number after data.
func (t *TCB) takeOutOfOrder(data []byte) (all []byte, fin bool) {
	n := 0
	for n < len(t.ooo) && seqLEQ(t.ooo[n].seq, t.rcvNxt) {
		o := &t.ooo[n]
		if fresh := int32(o.end() - t.rcvNxt); fresh > 0 {
			data = append(data, o.data[len(o.data)-int(fresh):]...)
			t.rcvNxt += uint32(fresh)
			t.rcvWnd -= min(uint32(fresh), t.rcvWnd)
		}
		fin = fin || o.fin && o.end() == t.rcvNxt
		t.s.discharge(&o.blk)
		n++
	}
	t.ooo = slices.Delete(t.ooo, 0, n)
	return data, fin
}

// dropOutOfOrder forgets the list.
func (t *TCB) dropOutOfOrder() {
	for k := range t.ooo {
		t.s.discharge(&t.ooo[k].blk)
	}
	t.ooo = nil
}
