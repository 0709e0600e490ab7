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
	seg  block // its tcp_seg
	pbuf block // of the frame that it came in
}

func (o *oooSegment) end() uint32 { return o.seq + uint32(len(o.data)) }

// maxOutOfOrder bounds the list. Choice: a device's window holds 5840 single bytes at most, which no sender does; what
// comes beyond is dropped and sent again.
const maxOutOfOrder = 1024

// holdOutOfOrder keeps a segment that starts beyond rcvNxt and lies in the window. Where it overlaps, lwIP's rule holds:
// the segment before is cut where the new one starts, segments the new one covers go, and the new one is cut where the
// next one starts; of two with the same start the longer stays (measured, wire trace data-ooo-overlap).
func (t *TCB) holdOutOfOrder(seq uint32, data []byte, fin bool) {
	if !t.s.p.OutOfOrder || len(data) == 0 && !fin {
		return
	}
	k := sort.Search(len(t.ooo), func(k int) bool { return seqLEQ(seq, t.ooo[k].seq) })
	if k < len(t.ooo) && t.ooo[k].seq == seq && len(data) <= len(t.ooo[k].data) {
		return
	}
	if k == len(t.ooo) && k > 0 && t.ooo[k-1].fin || len(t.ooo) >= maxOutOfOrder {
		return
	}
	seg, ok := t.s.charge(segmentBytes, "tcp_seg")
	if !ok {
		return
	}
	if k > 0 {
		if o := &t.ooo[k-1]; seqLT(seq, o.end()) {
			o.data = o.data[:seq-o.seq]
		}
	}
	end := seq + uint32(len(data))
	n := k
	for n < len(t.ooo) && (fin || seqLEQ(t.ooo[n].end(), end)) {
		fin = fin || t.ooo[n].fin
		t.s.dropHeld(&t.ooo[n])
		n++
	}
	if n < len(t.ooo) && seqLT(t.ooo[n].seq, end) {
		data = data[:t.ooo[n].seq-seq]
	}
	t.ooo = slices.Replace(t.ooo, k, n, oooSegment{seq: seq, data: append([]byte(nil), data...), fin: fin, seg: seg, pbuf: t.s.keepFrame()})
}

// dropHeld gives back the memory of a segment that was kept.
func (s *Stack) dropHeld(o *oooSegment) {
	s.discharge(&o.seg)
	s.discharge(&o.pbuf)
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
		t.s.discharge(&o.seg)
		if o.pbuf.used {
			t.s.frame = append(t.s.frame, o.pbuf) // delivered with the present frame
		}
		n++
	}
	t.ooo = slices.Delete(t.ooo, 0, n)
	return data, fin
}

// OutOfOrder returns the number of segments that are kept beyond gaps.
func (s *Stack) OutOfOrder() int {
	n := 0
	for _, t := range s.tcp.conns {
		n += len(t.ooo)
	}
	return n
}

// TrimOutOfOrder drops the last segment that each connection keeps beyond a gap. The device does so after a TCP segment
// when its radio has fewer than two free receive buffers (lwip.md 6.4), which only the owner of the buffers knows.
func (s *Stack) TrimOutOfOrder() {
	for _, t := range s.TCBs() {
		if n := len(t.ooo); n > 0 {
			s.dropHeld(&t.ooo[n-1])
			t.ooo = slices.Delete(t.ooo, n-1, n)
			s.schedule(t)
		}
	}
}

// dropOutOfOrder forgets the list.
func (t *TCB) dropOutOfOrder() {
	for k := range t.ooo {
		t.s.dropHeld(&t.ooo[k])
	}
	t.ooo = nil
}
