package trace

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Errors of waiting.
var (
	// ErrClosed says that the trace was closed before what was waited for came.
	ErrClosed = errors.New("trace: closed")
	// ErrOff says that the trace keeps no events to wait for: its limit is not above 0.
	ErrOff = errors.New("trace: no events are kept, the limit is not above 0")
)

// DefaultLimit is the number of events that a device's trace keeps unless it is told otherwise. Choice: some minutes of traffic.
const DefaultLimit = 65536

// Trace is the ordered list of what one device did: the newest events in a ring, the boot that they belong to, and somebody
// who gets all of them if Follow was called. Its methods may be called from any goroutine; events are added by one only.
type Trace struct {
	started time.Time
	wanted  atomic.Bool // somebody looks at events

	mu     sync.Mutex // guards what follows; never held while calling out but to the follower
	cond   *sync.Cond
	ring   ring // not used with a limit that is not above 0
	boot   Event
	seq    uint64
	sink   func(Event)
	orders []order // of When
	closed bool
}

// order is one call of When.
type order struct {
	match func(Event) bool
	do    func()
}

// New makes a trace that keeps the newest limit events, none if limit is not above 0. Times count from started.
func New(limit int, started time.Time) *Trace {
	t := &Trace{started: started, ring: ring{limit: limit}}
	t.cond = sync.NewCond(&t.mu)
	t.wanted.Store(limit > 0)
	return t
}

// Elapsed returns the time since the trace was started: the At of an event that is added now.
func (t *Trace) Elapsed() time.Duration { return time.Since(t.started) }

// Wanted reports whether somebody looks at events: the trace keeps some, or is followed, or an order of When waits. When it
// says no, nobody needs to build one.
func (t *Trace) Wanted() bool { return t.wanted.Load() }

// Add adds an event: it sets its number and time, and carries out the orders of When that it fulfils.
func (t *Trace) Add(e Event) {
	if !t.Wanted() {
		return
	}
	for _, do := range t.store(e) {
		do()
	}
}

// store keeps the event and returns the orders that it carries out.
func (t *Trace) store(e Event) (due []func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.seq++
	e.Seq, e.At = t.seq, t.Elapsed()
	if t.sink != nil {
		t.sink(e)
	}
	if e.Kind == KindBoot {
		t.boot = e
	}
	if t.ring.limit > 0 {
		t.ring.add(&e)
	}
	t.cond.Broadcast()
	if len(t.orders) > 0 {
		t.orders = slices.DeleteFunc(t.orders, func(o order) bool {
			if !o.match(e) {
				return false
			}
			due = append(due, o.do)
			return true
		})
		t.judge()
	}
	return due
}

// judge finds out whether somebody looks at events. The caller holds mu.
func (t *Trace) judge() { t.wanted.Store(t.ring.limit > 0 || t.sink != nil || len(t.orders) > 0) }

// Close ends all waiting. Events that come later are still kept.
func (t *Trace) Close() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.closed = true
	t.cond.Broadcast()
}

// Events returns a copy of the events kept, oldest first. When the last boot is no longer among them it comes before them, so
// that a trace always tells whose it is; its number shows the gap.
func (t *Trace) Events() []Event {
	t.mu.Lock()
	defer t.mu.Unlock()
	from, to := t.ring.span()
	out := make([]Event, 0, to-from+1)
	if from < to && t.boot.Seq != 0 && t.boot.Seq < from {
		out = append(out, t.boot)
	}
	r := reader{ring: &t.ring}
	for e := (Event{}); r.next(&e); {
		out = append(out, e)
	}
	return out
}

// Follow calls fn with each event from now on, on the goroutine that adds it; nil ends it. fn must not call the trace or the
// device.
func (t *Trace) Follow(fn func(Event)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.sink = fn
	t.judge()
}

// Also is Follow for one more, who is called behind those who follow already.
func (t *Trace) Also(fn func(Event)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if before := t.sink; before == nil {
		t.sink = fn
	} else {
		t.sink = func(e Event) { before(e); fn(e) }
	}
	t.judge()
}

// When calls do once, as soon as an event for which match is true was added, on the goroutine that adds it. match must not call
// the trace or the device. Several orders may wait.
func (t *Trace) When(match func(Event) bool, do func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.orders = append(t.orders, order{match, do})
	t.judge()
}

// WaitEvent returns the first event for which match is true, among those that are kept and those to come. It ends with ctx, or
// with ErrClosed. match must not call the trace or the device.
func (t *Trace) WaitEvent(ctx context.Context, match func(Event) bool) (Event, error) {
	return t.wait(ctx, 0, match)
}

// WaitLine returns the first line on UART0 after the event with the number after that contains text: 0 looks at all that are
// kept, the Seq of the line before goes on behind it.
func (t *Trace) WaitLine(ctx context.Context, after uint64, text string) (Event, error) {
	e, err := t.wait(ctx, after, func(e Event) bool {
		return e.Source == SourceUART && e.Kind == KindLine && strings.Contains(e.Text, text)
	})
	if err != nil {
		return Event{}, fmt.Errorf("trace: no line with %q: %w", text, err)
	}
	return e, nil
}

func (t *Trace) wait(ctx context.Context, after uint64, match func(Event) bool) (Event, error) {
	if t.ring.limit <= 0 {
		return Event{}, ErrOff
	}
	stop := context.AfterFunc(ctx, func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.cond.Broadcast()
	})
	defer stop()
	t.mu.Lock()
	defer t.mu.Unlock()
	r := reader{ring: &t.ring, seen: after}
	for {
		for e := (Event{}); r.next(&e); {
			if match(e) {
				return e, nil
			}
		}
		switch {
		case ctx.Err() != nil:
			return Event{}, ctx.Err()
		case t.closed:
			return Event{}, ErrClosed
		}
		t.cond.Wait()
	}
}
