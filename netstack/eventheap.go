package netstack

// phase orders what happens at one instant. The first three phases fall on the instant itself; the last two mark its end, when every
// goroutine that the instant woke has had its say. In a synctest bubble a timer one nanosecond later fires only then, because virtual
// time moves only when all goroutines are blocked; so what goroutines do within an instant is gathered first and carried out in a fixed order.
type phase uint8

const (
	phaseFrame phase = iota // a frame reaches its receiver
	phaseHost               // timers of a host's stack
	phaseAlarm              // alarms of ports, after all frames of the instant
	phaseCalls              // end of the instant: what applications asked of hosts is carried out
	phaseEntry              // end of the instant: a frame that was sent in it enters the switch
)

// event is one entry of a network's event heap. The order is (time, phase, flow, sequence within the flow, receiver): nothing in it depends
// on the order in which goroutines ran or in which the runtime fired timers.
type event struct {
	at    int64 // nanoseconds since the network's start
	phase phase
	flow  flowKey
	seq   uint64
	to    uint64 // key of the receiving port, for the copies of a broadcast
	copy  uint8  // 1 for the second of two duplicates, 2 for a filter's answer to the sender

	index int // place in the heap, -1 when in none
	frame *frame
	port  *Port
	via   *flow   // phaseEntry only: of the frame
	do    func()  // phaseHost only: what a host does then, instead of its timers
	more  []*Port // further receivers of a broadcast that arrives everywhere at one instant
}

// due tells when the network's timer has to fire for e.
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

// eventHeap is a binary min-heap of events that know their place, so that a timer can be moved or removed. container/heap would do, at
// about twice the time a frame.
type eventHeap struct{ items []*event }

func (h *eventHeap) top() *event {
	if len(h.items) == 0 {
		return nil
	}
	return h.items[0]
}

func (h *eventHeap) push(e *event) {
	e.index = len(h.items)
	h.items = append(h.items, e)
	h.up(e.index)
}

func (h *eventHeap) pop() *event {
	e := h.items[0]
	h.remove(e)
	return e
}

// remove takes e out; an event that is in no heap is left alone.
func (h *eventHeap) remove(e *event) {
	i, last := e.index, len(h.items)-1
	if i < 0 {
		return
	}
	if i != last {
		h.swap(i, last)
	}
	h.items[last] = nil
	h.items = h.items[:last]
	if i != last {
		h.down(i)
		h.up(i)
	}
	e.index = -1
}

func (h *eventHeap) swap(i, j int) {
	h.items[i], h.items[j] = h.items[j], h.items[i]
	h.items[i].index, h.items[j].index = i, j
}

func (h *eventHeap) up(i int) {
	for i > 0 {
		parent := (i - 1) / 2
		if !h.items[i].before(h.items[parent]) {
			return
		}
		h.swap(i, parent)
		i = parent
	}
}

func (h *eventHeap) down(i int) {
	for {
		least := i
		for child := 2*i + 1; child <= 2*i+2 && child < len(h.items); child++ {
			if h.items[child].before(h.items[least]) {
				least = child
			}
		}
		if least == i {
			return
		}
		h.swap(i, least)
		i = least
	}
}
