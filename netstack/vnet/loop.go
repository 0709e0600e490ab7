package vnet

import (
	"slices"
	"strings"
	"sync"
	"time"
)

// time turns an instant into a time of day.
func (n *Network) time(at int64) time.Time { return n.start.Add(time.Duration(at)) }

// instant turns a time of day into an instant.
func (n *Network) instant(t time.Time) int64 { return int64(t.Sub(n.start)) }

// clock returns the present instant.
func (n *Network) clock() int64 { return int64(time.Since(n.start)) }

// enter begins a call from outside: it takes the lock and lets everything happen that is due, so that the frames of an instant come before
// what applications do in it.
func (n *Network) enter() {
	n.mu.Lock()
	now := n.clock()
	n.run(now)
	n.now = max(n.now, now)
}

// begin is enter for a call that ends with leave. In between the timer is left alone.
func (n *Network) begin() {
	n.enter()
	n.lazy = true
}

// leave ends what begin began.
func (n *Network) leave() {
	n.progress()
	n.lazy = false
	n.arm()
	n.mu.Unlock()
}

// wait waits on cond, within begin and leave. As sync.Cond.Wait it may return for nothing.
func (n *Network) wait(cond *sync.Cond) {
	if n.progress() {
		n.mu.Unlock() // others may have waited for long
		n.mu.Lock()
		n.lazy = true
		return
	}
	n.lazy = false
	n.arm()
	cond.Wait()
	n.lazy = true
}

// progressRounds bounds how long one call works for others.
const progressRounds = 16

// progress lets what has become due since begin happen at once and tells whether there was anything. Over links as quick as the machine
// itself a whole handshake is done so, without a timer and the goroutine that it starts, which take longer than everything else together.
// Only real time moves on by itself: in a bubble there is never anything to do.
func (n *Network) progress() (worked bool) {
	for range progressRounds {
		top := n.first()
		if top == nil || n.looping || n.closed {
			break
		}
		now := n.clock()
		if now <= n.now || top.due() > now {
			break
		}
		n.run(now)
		n.now = max(n.now, now)
		worked = true
	}
	return worked
}

// maxPatience bounds how long an event can wait. Choice: the default latency, which is less than any time that a host's stack measures.
const maxPatience = int64(DefaultLatency)

// patience is how much later than it is due a loose event may be dealt with. Such events are the ends of instants and delayed
// acknowledgements: they show when a frame arrives, unless somebody watches frames on their way, and whoever asks the network for anything
// has them done first (enter). So one turn deals with what is sent and with its arrival.
func (n *Network) patience() int64 {
	if n.urgent || n.filters || len(n.captures) > 0 {
		return 1
	}
	return n.soonest
}

// first returns the event that comes next; nil: there is none.
func (n *Network) first() *event {
	e, loose := n.events.top(), n.loose.top()
	if e == nil || loose != nil && loose.before(e) {
		return loose
	}
	return e
}

// next returns when the timer has to fire; false: never.
func (n *Network) next() (at int64, ok bool) {
	e, loose := n.events.top(), n.loose.top()
	switch {
	case e == nil && loose == nil:
		return 0, false
	case loose == nil:
		return e.due(), true
	case e == nil:
		return loose.at + n.patience(), true
	}
	return min(e.due(), loose.at+n.patience()), true
}

// heapOf returns the heap in which an event is or belongs.
func (n *Network) heapOf(e *event) *eventHeap {
	if e.loose {
		return &n.loose
	}
	return &n.events
}

// schedule puts an event into its heap.
func (n *Network) schedule(e *event) {
	if n.closed {
		return
	}
	n.heapOf(e).push(e)
	if e.index == 0 {
		n.rearm()
	}
}

// rearm is arm, unless that is done anyway at the end of what is under way.
func (n *Network) rearm() {
	if !n.looping && !n.lazy {
		n.arm()
	}
}

// arm sets the timer to the first event.
func (n *Network) arm() {
	at, ok := n.next()
	if !ok || n.closed {
		return
	}
	if n.armed >= 0 && n.armed <= at {
		return // fires early enough; it may fire for nothing
	}
	n.armed = at
	wait := time.Duration(at - n.clock())
	switch {
	case n.driver.driving:
		n.driver.timer.Reset(wait)
	case n.timer == nil:
		n.timer = time.AfterFunc(wait, n.tick)
	default:
		n.timer.Reset(wait)
	}
}

// run deals with all events that are due at now.
func (n *Network) run(now int64) {
	if n.looping || n.closed {
		return
	}
	n.looping = true
	for {
		top := n.first()
		if len(n.touched) > 0 && (top == nil || top.at != n.now || top.phase != phaseFrame) {
			n.settle()
			continue
		}
		if len(n.waking) > 0 && (top == nil || top.at != n.now || top.phase > phaseAlarm) {
			n.wake()
		}
		if top == nil || top.due() > now {
			break
		}
		n.heapOf(top).remove(top)
		n.now = max(n.now, top.at)
		n.handle(top)
	}
	n.looping = false
	n.rearm()
}

// finish deals with what is loose and due.
func (n *Network) finish() {
	if n.looping || n.closed {
		return
	}
	n.looping = true
	now := n.clock()
	for e := n.first(); e != nil && e.loose && e.due() <= now; e = n.first() {
		n.loose.remove(e)
		n.now = max(n.now, e.at)
		n.handle(e)
		n.settle()
	}
	n.looping = false
	n.rearm()
}

func (n *Network) handle(e *event) {
	switch e.phase {
	case phaseFrame:
		if e.lan != nil {
			n.broadcast(e)
		} else {
			n.deliver(e.port, e.frame)
		}
		for _, p := range e.more {
			n.deliver(p, e.frame)
		}
		n.release(e.frame)
		n.recycle(e)
	case phaseHost:
		if e.do != nil {
			if h := e.port.host; h != nil {
				h.runLater(e.do)
			} else {
				e.do()
			}
			n.recycle(e)
			return
		}
		e.port.host.advance()
	case phaseAlarm:
		e.port.ring()
	case phaseCalls:
		n.recycle(e)
		n.carryOut()
	case phaseEntry:
		n.admit(e)
		n.release(e.frame)
		n.recycle(e)
	}
}

// wake calls the ports that got a frame or whose alarm is due. Order does not matter: the devices behind them know nothing of each other.
func (n *Network) wake() {
	for _, p := range n.waking {
		p.waking = false
		if p.wake != nil && !p.closed {
			p.wake()
		}
	}
	n.waking = n.waking[:0]
}

// settle looks up the next timer of the hosts whose stacks did something.
func (n *Network) settle() {
	for _, h := range n.touched {
		h.touched = false
		h.rearm()
	}
	n.touched = n.touched[:0]
}

// carryOut carries out the calls of an instant, host by host.
func (n *Network) carryOut() {
	hosts := n.calling
	n.calling, n.urgent = n.spare, false
	slices.SortFunc(hosts, func(a, b *Host) int { return strings.Compare(a.name, b.name) })
	for _, h := range hosts {
		h.carryOut()
	}
	if clear(hosts); len(hosts) <= maxSpare {
		n.spare = hosts[:0]
	} else {
		n.spare = nil
	}
}

func (n *Network) newEvent() *event {
	if last := len(n.freeEvents) - 1; last >= 0 {
		e := n.freeEvents[last]
		n.freeEvents = n.freeEvents[:last]
		return e
	}
	return new(event)
}

func (n *Network) recycle(e *event) {
	clear(e.more)
	*e = event{more: e.more[:0]}
	if len(n.freeEvents) < maxFree {
		n.freeEvents = append(n.freeEvents, e)
	}
}
