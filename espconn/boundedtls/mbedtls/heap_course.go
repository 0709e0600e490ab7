package mbedtls

import (
	"crypto/sha256"
	"encoding/binary"
	"math/big"
	"slices"
	"sync"

	"github.com/emu8266/emu8266/espconn/boundedtls/internal/ledger"
)

// An operation with a key takes the same blocks in the same order each time: nothing in it is drawn (see private). Working its numbers
// out takes longer than the operation itself, so it is done once for a key; afterwards the heap is led through the same course.

// maxCourses bounds how many courses are remembered. Choice: three for each of as many keys as are remembered, some 500 KB.
const maxCourses = 192

// course is what an operation does with the heap when there is room for all of it, and the numbers that it leaves.
type course struct {
	steps []step
	kept  []number // without addresses
	taken []int    // for each of kept: the step that took its block; -1: it has none
}

// step is one block that is taken or given back.
type step struct {
	group ledger.Group
	bytes int // taken; 0: given back
	of    int // given back: the step that took it
}

// courseKey is the hash of an operation's name and of the numbers of its key.
type courseKey [sha256.Size]byte

// courses remembers. Safe for concurrent use.
var courses courseMemory

type courseMemory struct {
	mu    sync.Mutex
	known map[courseKey]*course
}

func (m *courseMemory) get(k courseKey) *course {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.known[k]
}

// put forgets all others when there are too many.
func (m *courseMemory) put(k courseKey, c *course) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.known == nil || len(m.known) >= maxCourses {
		m.known = map[courseKey]*course{}
	}
	m.known[k] = c
}

// newCourseKey makes the key of an operation that leaves its results in a group.
func newCourseKey(operation string, g ledger.Group, numbers ...*big.Int) courseKey {
	b := append([]byte(operation), byte(g))
	for _, v := range numbers {
		word := v.Bytes()
		b = append(binary.BigEndian.AppendUint32(b, uint32(len(word))), byte(v.Sign()+1))
		b = append(b, word...)
	}
	return sha256.Sum256(b)
}

// once does work, which takes no numbers but those of the key and leaves its results in kept: in full when it is the first time, or when a
// number of kept holds something already, and otherwise the blocks alone.
func (a *arithmetic) once(key courseKey, kept []*number, work func()) {
	if a.failed || slices.ContainsFunc(kept, func(x *number) bool { return x.n > 0 }) {
		work()
		return
	}
	if c := courses.get(key); c != nil {
		if a.follow(c, kept) {
			return
		}
		work() // there was no room: from here on it takes another course
		return
	}
	a.log = &journal{}
	work()
	if !a.failed {
		courses.put(key, a.log.course(kept))
	}
	a.log = nil
}

// follow leads the heap through a course and fills kept. When a block is not there it returns false, and the arithmetic is where work
// has to begin once more: it will find done what was done.
func (a *arithmetic) follow(c *course, kept []*number) bool {
	addrs := make([]uint32, len(c.steps))
	for i, s := range c.steps {
		if s.bytes == 0 {
			a.heap.Give(s.group, addrs[s.of])
			continue
		}
		if addrs[i] = a.heap.Take(s.group, s.bytes, a.what); addrs[i] == 0 {
			a.done = addrs[:i+1]
			return false
		}
	}
	for i, x := range kept {
		x.n = c.kept[i].n
		x.v.Set(&c.kept[i].v)
		if c.taken[i] >= 0 {
			x.addr = addrs[c.taken[i]]
		}
	}
	return true
}

// take takes a block, and give gives one back: all that the arithmetic does with the heap.
func (a *arithmetic) take(g ledger.Group, bytes int) uint32 {
	if len(a.done) > 0 {
		addr := a.done[0]
		a.done = a.done[1:]
		return addr
	}
	addr := a.heap.Take(g, bytes, a.what)
	a.log.took(g, bytes, addr)
	return addr
}

func (a *arithmetic) give(g ledger.Group, addr uint32) {
	if addr == 0 {
		return
	}
	if len(a.done) > 0 {
		a.done = a.done[1:]
		return
	}
	a.heap.Give(g, addr)
	a.log.gave(g, addr)
}

// journal writes a course down; nil writes nothing.
type journal struct {
	steps []step
	by    map[uint32]int // the step that took a block which is not given back
}

func (j *journal) took(g ledger.Group, bytes int, addr uint32) {
	if j == nil {
		return
	}
	if j.by == nil {
		j.by = map[uint32]int{}
	}
	j.by[addr] = len(j.steps)
	j.steps = append(j.steps, step{group: g, bytes: bytes})
}

func (j *journal) gave(g ledger.Group, addr uint32) {
	if j != nil {
		j.steps = append(j.steps, step{group: g, of: j.by[addr]})
	}
}

// course returns what was written, at the end of the operation.
func (j *journal) course(kept []*number) *course {
	c := &course{steps: slices.Clip(j.steps)}
	for _, x := range kept {
		left := number{n: x.n, g: x.g}
		left.v.Set(&x.v)
		by, ok := j.by[x.addr]
		if !ok || x.addr == 0 {
			by = -1
		}
		c.kept, c.taken = append(c.kept, left), append(c.taken, by)
	}
	return c
}
