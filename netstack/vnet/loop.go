package vnet

import (
	"runtime"
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
		top := n.events.top()
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

// tick is the timer's function.
func (n *Network) tick() {
	growStack()
	n.mu.Lock()
	n.armed = -1
	n.run(n.clock())
	n.mu.Unlock()
}

// growStack makes the new goroutine's stack large enough for a stack's work at once. Otherwise it is copied several times on the way down,
// which took a quarter of the time of short connections.
//
//go:noinline
func growStack() {
	var room [8 << 10]byte
	runtime.KeepAlive(&room)
}

// schedule puts an event into the heap.
func (n *Network) schedule(e *event) {
	if n.closed {
		return
	}
	n.events.push(e)
	if e.index == 0 && !n.looping && !n.lazy {
		n.arm()
	}
}

// arm sets the timer to the first event.
func (n *Network) arm() {
	top := n.events.top()
	if top == nil || n.closed {
		return
	}
	due := top.due()
	if n.armed >= 0 && n.armed <= due {
		return // fires early enough; it may fire for nothing
	}
	n.armed = due
	wait := time.Duration(due - n.clock())
	if n.timer == nil {
		n.timer = time.AfterFunc(wait, n.tick)
		return
	}
	n.timer.Reset(wait)
}

// run deals with all events that are due at now.
func (n *Network) run(now int64) {
	if n.looping || n.closed {
		return
	}
	n.looping = true
	for {
		top := n.events.top()
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
		n.events.remove(top)
		n.now = max(n.now, top.at)
		n.handle(top)
	}
	n.looping = false
	if !n.lazy {
		n.arm()
	}
}

func (n *Network) handle(e *event) {
	switch e.phase {
	case phaseFrame:
		n.deliver(e.port, e.frame)
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
	n.calling = nil
	slices.SortFunc(hosts, func(a, b *Host) int { return strings.Compare(a.name, b.name) })
	for _, h := range hosts {
		h.carryOut()
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
	n.freeEvents = append(n.freeEvents, e)
}
