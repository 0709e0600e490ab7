package vnet

// phase orders what happens at one instant. The first three phases fall on the instant itself; the last two mark its end, when every
// goroutine that the instant woke has had its say. In a synctest bubble a timer one nanosecond later fires only then, because virtual time
// moves only when all goroutines are blocked; so what goroutines do within an instant is gathered first and carried out in a fixed order.
type phase uint8

const (
	phaseFrame phase = iota // a frame reaches its receiver
	phaseHost               // timers of a host's stack
	phaseAlarm              // alarms of ports, after all frames of the instant
	phaseCalls              // end of the instant: what applications asked of hosts is carried out
	phaseEntry              // end of the instant: a frame that was sent in it enters the switch
)

// event is one entry of a network's event heap. The order is (time, phase, port, turn, flow, sequence within the flow, receiver): nothing
// in it depends on the order in which goroutines ran or in which the runtime fired timers.
type event struct {
	at    int64 // nanoseconds since the network's start
	phase phase
	flow  flowKey
	turn  uint64 // phaseEntry only: frames that the port sent before
	seq   uint64
	to    uint64 // key of the receiving port, for the copies of a broadcast
	copy  uint8  // 1 for the second of two duplicates, 2 for a filter's answer to the sender

	loose bool // can be dealt with later than it is due, see Network.patience
	index int  // place in the heap, -1 when in none
	frame *frame
	port  *Port
	via   *flow   // phaseEntry only: of the frame
	do    func()  // phaseHost only: what a host does then, instead of its timers
	more  []*Port // further receivers of a broadcast that arrives there at one instant
	lan   *lan    // where a broadcast arrives everywhere; port is then the sender
	came  uint64  // with lan: ports that came later do not hear it
}

// due tells from when on e can be dealt with.
func (e *event) due() int64 {
	if e.phase >= phaseCalls {
		return e.at + 1
	}
	return e.at
}

// before is the heap's order.
func (e *event) before(o *event) bool {
	if e.at != o.at {
		return e.at < o.at
	}
	if e.phase != o.phase {
		return e.phase < o.phase
	}
	if e.flow.port == o.flow.port && e.turn != o.turn {
		return e.turn < o.turn
	}
	if c := e.flow.compare(o.flow); c != 0 {
		return c < 0
	}
	if e.seq != o.seq {
		return e.seq < o.seq
	}
	if e.to != o.to {
		return e.to < o.to
	}
	return e.copy < o.copy
}

// eventHeap is a min-heap of events that know their place, so that a timer can be moved or removed. container/heap would do, at about twice
// the time a frame. Each node has four children and holds what decides most comparisons itself: with thousands of devices the events are
// not in the cache.
type eventHeap struct{ items []eventItem }

type eventItem struct {
	at    int64
	phase phase
	port  uint64 // of the flow
	*event
}

func (a *eventItem) before(b *eventItem) bool {
	if a.at != b.at {
		return a.at < b.at
	}
	if a.phase != b.phase {
		return a.phase < b.phase
	}
	if a.port != b.port {
		return a.port < b.port
	}
	return a.event.before(b.event)
}

func (h *eventHeap) top() *event {
	if len(h.items) == 0 {
		return nil
	}
	return h.items[0].event
}

func (h *eventHeap) push(e *event) {
	h.items = append(h.items, eventItem{})
	h.up(len(h.items)-1, eventItem{e.at, e.phase, e.flow.port, e})
}

func (h *eventHeap) pop() *event {
	e := h.items[0].event
	h.remove(e)
	return e
}

// remove takes e out; an event that is in no heap is left alone.
func (h *eventHeap) remove(e *event) {
	i, last := e.index, len(h.items)-1
	if i < 0 {
		return
	}
	moved := h.items[last]
	h.items[last] = eventItem{}
	h.items = h.items[:last]
	if i != last {
		if i > 0 && moved.before(&h.items[(i-1)/heapArity]) {
			h.up(i, moved)
		} else {
			h.down(i, moved)
		}
	}
	e.index = -1
}

const heapArity = 4

// up puts x at the place i or above it.
func (h *eventHeap) up(i int, x eventItem) {
	for i > 0 {
		parent := (i - 1) / heapArity
		if !x.before(&h.items[parent]) {
			break
		}
		h.put(i, h.items[parent])
		i = parent
	}
	h.put(i, x)
}

// down puts x at the place i or below it.
func (h *eventHeap) down(i int, x eventItem) {
	for {
		first := heapArity*i + 1
		if first >= len(h.items) {
			break
		}
		least := first
		for child := first + 1; child < min(first+heapArity, len(h.items)); child++ {
			if h.items[child].before(&h.items[least]) {
				least = child
			}
		}
		if !h.items[least].before(&x) {
			break
		}
		h.put(i, h.items[least])
		i = least
	}
	h.put(i, x)
}

func (h *eventHeap) put(i int, x eventItem) {
	h.items[i] = x
	x.index = i
}
