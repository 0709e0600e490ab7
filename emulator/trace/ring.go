package trace

import (
	"cmp"
	"slices"
	"time"
)

// Sizes of blocks in bytes. Choice: a new block has a quarter of what there is, so that little stays unused.
const (
	blockLeast = 512
	blockMost  = 16 << 10
)

// bytesMost bounds what a ring keeps, whatever its limit: firmware that prints without an end of line makes events of 4 KB. Choice: a
// thousand bytes for each event of DefaultLimit, of which traffic needs less than a tenth.
const bytesMost = 64 << 20

// textsMost bounds the texts that a reader remembers. Choice.
const textsMost = 1024

// ring keeps the newest events, packed.
type ring struct {
	limit  int      // how many, above 0
	blocks []*block // the oldest first
	count  int      // events in them, of which the newest limit count; fewer than limit where bytesMost is reached
	size   int      // room in them in bytes
}

// block is a part of a ring: events that follow each other. Its bytes are only ever added to.
type block struct {
	first uint64        // number of its first event
	from  time.Duration // the time that its first event counts from
	until time.Duration // that of its last event
	n     int
	b     []byte
}

// add keeps e.
func (r *ring) add(e *Event) {
	const guess = 64 // bytes of an event without its texts. A longer one makes its block grow
	var last *block
	if len(r.blocks) > 0 {
		last = r.blocks[len(r.blocks)-1]
	}
	need := guess + len(e.Conn) + len(e.Name) + len(e.Text) + len(e.Where)
	if last == nil || len(last.b)+need > cap(last.b) {
		room := max(min(max(r.size/4, blockLeast), blockMost), need)
		last = &block{first: e.Seq, from: e.At, until: e.At, b: make([]byte, 0, room)}
		r.blocks = append(r.blocks, last)
		r.size += room
	}
	last.b = pack(last.b, e, last.until)
	last.until = e.At
	last.n++
	r.count++
	for r.count-r.blocks[0].n >= r.limit || r.size > bytesMost && len(r.blocks) > 1 {
		r.count -= r.blocks[0].n
		r.size -= cap(r.blocks[0].b)
		r.blocks[0] = nil
		r.blocks = r.blocks[1:]
	}
}

// span returns the number of the oldest event that is kept, and the one after the newest; equal ones if none is.
func (r *ring) span() (from, to uint64) {
	if len(r.blocks) == 0 {
		return 0, 0
	}
	last := r.blocks[len(r.blocks)-1]
	to = last.first + uint64(last.n)
	return to - uint64(min(r.count, r.limit)), to
}

// holding returns the block that holds the event with that number, which is in span.
func (r *ring) holding(seq uint64) *block {
	i, found := slices.BinarySearchFunc(r.blocks, seq, func(b *block, seq uint64) int { return cmp.Compare(b.first, seq) })
	if !found {
		i--
	}
	return r.blocks[i]
}

// reader reads the events of a ring in order. It goes on when the ring gets more of them, and leaves out what the ring has lost
// meanwhile. The zero reader but for its ring begins with the oldest.
type reader struct {
	ring  *ring
	seen  uint64        // number of the event read last, or of the one to begin after
	block *block        // that of the event read last; nil: none was read yet
	done  int           // its bytes that are read
	at    time.Duration // what the next event in it counts from
	texts map[string]string
}

// next reads the next event into e. False: there is none yet.
func (r *reader) next(e *Event) bool {
	from, to := r.ring.span()
	want := max(r.seen+1, from)
	if want >= to {
		return false
	}
	if r.texts == nil || len(r.texts) >= textsMost {
		r.texts = map[string]string{}
	}
	if r.block == nil || r.seen+1 != want || want >= r.block.first+uint64(r.block.n) {
		r.block, r.done = r.ring.holding(want), 0
		r.at, r.seen = r.block.from, r.block.first-1
	}
	for r.seen < want {
		r.seen++
		*e = Event{Seq: r.seen}
		r.done = len(r.block.b) - len(unpack(r.block.b[r.done:], e, r.at, r.texts))
		r.at = e.At
	}
	return true
}
