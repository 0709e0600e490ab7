package record

import "encoding/binary"

// Kind says what an event is.
type Kind byte

// Kinds of events, with their values.
const (
	Call  Kind = iota + 1 // of the program: the function's address, its arguments
	Write                 // into the program's memory: the address; the bytes are Play.Bytes
	Enter                 // the program calls a function outside: a sum of what it gives
	Leave                 // it returns: a mask of the registers that it changed, the registers, the program counter if bit 16 is set
	Load                  // a register of the chip was read: its value, 1 if it could be read
	Store                 // a register was written: 1 if it could be
	End                   // the firmware has ended, wherever it was
	Poke                  // a debugger's change: the position in halves, the register, its value; register 16: the Write behind it
)

// intervalFirst is how many instructions lie between two checkpoints at first, intervalMost how many may at last: what a step back plays
// again. Choice: some milliseconds, and some tenths of a second.
const (
	intervalFirst = 1 << 20
	intervalMost  = 1 << 26
)

// Checkpoint is a place where playing can begin.
type Checkpoint[S any] struct {
	At    uint64 // position
	First bool   // of a boot: what lies before is another one
	State S
	size  int
	log   []byte // what came in from here to the next one
}

// Record is the whole of it.
type Record[S any] struct {
	points   []Checkpoint[S]
	limit    int // bytes
	bytes    int
	interval uint64
}

// New makes an empty record of at most limit bytes.
func New[S any](limit int) *Record[S] { return &Record[S]{limit: limit, interval: intervalFirst} }

// Due says that a checkpoint is wanted at a position.
func (r *Record[S]) Due(at uint64) bool {
	n := len(r.points)
	return n == 0 || at-r.points[n-1].At >= r.interval
}

// Checkpoint adds one of size bytes at the end. first says that a boot begins there.
func (r *Record[S]) Checkpoint(at uint64, first bool, state S, size int) {
	r.points = append(r.points, Checkpoint[S]{At: at, First: first, State: state, size: size})
	r.bytes += size
	r.bound()
}

// Add adds an event. Before the first checkpoint there is no record, and nothing is added.
func (r *Record[S]) Add(kind Kind, values ...uint32) {
	if len(r.points) == 0 {
		return
	}
	last := &r.points[len(r.points)-1]
	before := len(last.log)
	last.log = append(last.log, byte(kind))
	last.log = binary.AppendUvarint(last.log, uint64(len(values)))
	for _, v := range values {
		last.log = binary.AppendUvarint(last.log, uint64(v))
	}
	r.bytes += len(last.log) - before
	r.bound()
}

// Write adds a Write. b is copied.
func (r *Record[S]) Write(addr uint32, b []byte) {
	if len(r.points) == 0 {
		return
	}
	last := &r.points[len(r.points)-1]
	before := len(last.log)
	last.log = append(last.log, byte(Write))
	last.log = binary.AppendUvarint(last.log, uint64(addr))
	last.log = binary.AppendUvarint(last.log, uint64(len(b)))
	last.log = append(last.log, b...)
	r.bytes += len(last.log) - before
	r.bound()
}

// bound keeps the record within its limit.
func (r *Record[S]) bound() {
	for r.bytes > r.limit && len(r.points) > 1 {
		if r.interval < intervalMost && r.thin() {
			continue
		}
		r.bytes -= r.points[0].size + len(r.points[0].log)
		r.points = append(r.points[:0], r.points[1:]...)
	}
}

// thin takes every second checkpoint out, but for those at the beginning of a boot, and reports whether there were any.
func (r *Record[S]) thin() bool {
	r.interval *= 2
	kept, taken := r.points[:1], false
	last := len(r.points) - 1
	for n, p := range r.points {
		switch into := &kept[len(kept)-1]; {
		case n == 0:
		case p.First || n == last || p.At-into.At >= r.interval:
			kept = append(kept, p)
		default:
			into.log = append(into.log, p.log...)
			r.bytes -= p.size
			taken = true
		}
	}
	clear(r.points[len(kept):])
	r.points = kept
	return taken
}

// Bytes returns how large the record is.
func (r *Record[S]) Bytes() int { return r.bytes }

// First returns the first position that can be played, false if none can.
func (r *Record[S]) First() (at uint64, ok bool) {
	if len(r.points) == 0 {
		return 0, false
	}
	return r.points[0].At, true
}

// Before returns the number of the last checkpoint at or before a position, or the first of all.
func (r *Record[S]) Before(at uint64) int {
	n := len(r.points) - 1
	for n > 0 && r.points[n].At > at {
		n--
	}
	return max(n, 0)
}

// At returns the position of a checkpoint.
func (r *Record[S]) At(n int) uint64 { return r.points[n].At }
