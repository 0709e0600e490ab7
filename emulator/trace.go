package emulator

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/emu8266/emu8266/emulator/wifi"
	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/netstack"
)

// TraceDefault is the number of events that a trace keeps when Config.TraceLimit is 0.
const TraceDefault = 65536

// Event is one observable step of a device.
type Event struct {
	Seq    uint64        // counts from 1 since the device was made
	At     time.Duration // since the device was made
	Source string        // device, heap, flash, wifi, uart, net, or of the API: api, callback, tls, log, finding
	Kind   string        // what happened: boot, alloc, line, call, return, record, ...
	Name   string        // of the function, block, message
	Value  int64         // the figure that belongs to Kind: bytes, a code, a status
	Limit  int64         // the limit that Value was held against, 0 if none
	Text   string        // for people; empty where API or Net say it

	API *espconn.Event  // an event of the espconn API and its TLS engine; nil otherwise. Not to be changed
	Net *netstack.Event // an event of the network stack; nil otherwise. Not to be changed
}

// text returns what happened in words.
func (e *Event) text() string {
	switch {
	case e.API != nil:
		return e.API.String()
	case e.Net != nil:
		return e.Net.String()
	}
	return e.Text
}

// MarshalJSON writes the event as one flat object: seq, at (seconds), source, kind, conn, name, value, limit, where, text.
// Empty ones are left out; docs/trace.md lists the values.
func (e Event) MarshalJSON() ([]byte, error) {
	conn, where := "", ""
	if e.API != nil {
		conn, where = e.API.Conn, e.API.Where
	}
	return json.Marshal(struct {
		Seq    uint64  `json:"seq"`
		At     float64 `json:"at"`
		Source string  `json:"source"`
		Kind   string  `json:"kind,omitempty"`
		Conn   string  `json:"conn,omitempty"`
		Name   string  `json:"name,omitempty"`
		Value  int64   `json:"value,omitempty"`
		Limit  int64   `json:"limit,omitempty"`
		Where  string  `json:"where,omitempty"`
		Text   string  `json:"text,omitempty"`
	}{e.Seq, e.At.Seconds(), e.Source, e.Kind, conn, e.Name, e.Value, e.Limit, where, e.text()})
}

// String returns the event as one line of the trace.
func (e Event) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%12.6f %-7s", e.At.Seconds(), e.Source)
	if e.API != nil { // its text says all of it
		return b.String() + " " + e.text()
	}
	if e.Kind != "" {
		b.WriteByte(' ')
		b.WriteString(e.Kind)
	}
	if e.Name != "" {
		b.WriteByte(' ')
		b.WriteString(e.Name)
	}
	if e.Value != 0 || e.Limit != 0 {
		fmt.Fprintf(&b, " %d", e.Value)
		if e.Limit != 0 {
			fmt.Fprintf(&b, "/%d", e.Limit)
		}
	}
	if text := e.text(); text != "" {
		b.WriteByte(' ')
		b.WriteString(text)
	}
	return b.String()
}

// Trace is the ordered list of what a device did: the newest events in a ring, and a writer for all of them if one was
// set. Its methods may be called from any goroutine.
type Trace struct {
	limit   int
	started time.Time

	mu     sync.Mutex // guards what follows; never held while calling out but to the writer
	cond   *sync.Cond
	ring   []Event
	first  int // index of the oldest event once the ring is full
	seq    uint64
	sink   func(Event)
	orders []order // of When
	closed bool
	waited uint64 // WaitLog goes on behind this event
}

func newTrace(limit int, started time.Time) *Trace {
	t := &Trace{limit: limit, started: started}
	t.cond = sync.NewCond(&t.mu)
	return t
}

// order is one call of Device.When.
type order struct {
	match func(Event) bool
	do    func()
}

func (t *Trace) when(match func(Event) bool, do func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.orders = append(t.orders, order{match, do})
}

func (t *Trace) add(e Event) {
	for _, do := range t.store(e) {
		do()
	}
}

// store keeps the event and returns the orders that it carries out.
func (t *Trace) store(e Event) (due []func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.seq++
	e.Seq, e.At = t.seq, time.Since(t.started)
	if t.sink != nil {
		t.sink(e)
	}
	switch {
	case t.limit <= 0:
	case len(t.ring) < t.limit:
		t.ring = append(t.ring, e)
	default:
		t.ring[t.first] = e
		t.first = (t.first + 1) % t.limit
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
	}
	return due
}

func (t *Trace) close() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.closed = true
	t.cond.Broadcast()
}

// Events returns a copy of the events kept, oldest first.
func (t *Trace) Events() []Event {
	t.mu.Lock()
	defer t.mu.Unlock()
	return append(append([]Event(nil), t.ring[t.first:]...), t.ring[:t.first]...)
}

// Follow calls fn with each event from now on, on the device goroutine; nil ends it. fn must not call the device or
// the trace.
func (t *Trace) Follow(fn func(Event)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.sink = fn
}

// since returns the events after seq that the ring still holds. The caller holds mu.
func (t *Trace) since(seq uint64) []Event {
	kept := uint64(len(t.ring))
	if behind := t.seq - seq; behind < kept {
		kept = behind
	}
	out := make([]Event, 0, kept)
	for i := len(t.ring) - int(kept); i < len(t.ring); i++ {
		out = append(out, t.ring[(t.first+i)%len(t.ring)])
	}
	return out
}

// WaitEvent returns the first event for which match is true, among those that are kept and those to come, until ctx
// ends or the device is closed. match must not call the device or the trace.
func (t *Trace) WaitEvent(ctx context.Context, match func(Event) bool) (Event, error) {
	return t.wait(ctx, func() uint64 { return 0 }, match)
}

// WaitLine returns the next line on the UART that contains text. Each line is found once: a second call looks only at
// what came after the line that the first call found.
func (t *Trace) WaitLine(ctx context.Context, text string) (string, error) {
	e, err := t.wait(ctx, func() uint64 { return t.waited }, func(e Event) bool {
		return e.Source == "uart" && strings.Contains(e.Text, text)
	})
	if err != nil {
		return "", fmt.Errorf("emulator: no line with %q: %w", text, err)
	}
	t.mu.Lock()
	t.waited = max(t.waited, e.Seq)
	t.mu.Unlock()
	return e.Text, nil
}

func (t *Trace) wait(ctx context.Context, from func() uint64, match func(Event) bool) (Event, error) {
	if t.limit <= 0 {
		return Event{}, errors.New("emulator: this device keeps no trace (Config.TraceLimit)")
	}
	stop := context.AfterFunc(ctx, func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.cond.Broadcast()
	})
	defer stop()
	t.mu.Lock()
	defer t.mu.Unlock()
	seen := from()
	for {
		for _, e := range t.since(seen) {
			seen = e.Seq
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

// WaitLog waits for the next line on the UART that contains text; see Trace.WaitLine.
func (d *Device) WaitLog(ctx context.Context, text string) (string, error) {
	return d.trace.WaitLine(ctx, text)
}

// WaitEvent waits for an event; see Trace.WaitEvent.
func (d *Device) WaitEvent(ctx context.Context, match func(Event) bool) (Event, error) {
	return d.trace.WaitEvent(ctx, match)
}

func (m *machine) heapEvent(op HeapOp, addr uint32, b block) {
	kind := [...]string{"alloc", "free", "failed", "bad free"}[op]
	m.d.trace.add(Event{Source: "heap", Kind: kind, Name: b.what, Value: int64(b.charged), Limit: int64(m.heap.FreeSize())})
	if op == HeapBadFree {
		m.finding(espconn.RuleBadFree, "free of 0x%x", addr)
	}
}

func wifiEvent(e wifi.SystemEvent) Event {
	t := Event{Source: "wifi", Kind: "event", Value: int64(e.Event)}
	switch e.Event {
	case wifi.EventStamodeConnected:
		t.Name, t.Text = "EVENT_STAMODE_CONNECTED", e.SSID
	case wifi.EventStamodeDisconnected:
		t.Name, t.Text = "EVENT_STAMODE_DISCONNECTED", fmt.Sprintf("%s, reason %d", e.SSID, e.Reason)
	case wifi.EventStamodeGotIP:
		t.Name, t.Text = "EVENT_STAMODE_GOT_IP", e.IP.String()
	case wifi.EventStamodeDHCPTimeout:
		t.Name = "EVENT_STAMODE_DHCP_TIMEOUT"
	case wifi.EventStamodeAuthmodeChange:
		t.Name, t.Text = "EVENT_STAMODE_AUTHMODE_CHANGE", fmt.Sprintf("%d to %d", e.OldMode, e.OpMode)
	case wifi.EventSoftAPModeStaConnected:
		t.Name, t.Text = "EVENT_SOFTAPMODE_STACONNECTED", fmt.Sprintf("%v, AID %d", e.MAC, e.AID)
	case wifi.EventSoftAPModeStaDisconnected:
		t.Name, t.Text = "EVENT_SOFTAPMODE_STADISCONNECTED", fmt.Sprintf("%v, AID %d", e.MAC, e.AID)
	case wifi.EventSoftAPModeProbeReqRecved:
		t.Name, t.Text = "EVENT_SOFTAPMODE_PROBEREQRECVED", fmt.Sprintf("%v, %d dBm", e.MAC, e.RSSI)
	case wifi.EventSoftAPModeDistributeStaIP:
		t.Name, t.Text = "EVENT_SOFTAPMODE_DISTRIBUTE_STA_IP", fmt.Sprintf("%v, AID %d, %v", e.MAC, e.AID, e.IP)
	case wifi.EventOpmodeChanged:
		t.Name, t.Text = "EVENT_OPMODE_CHANGED", fmt.Sprintf("%d to %d", e.OldMode, e.OpMode)
	}
	return t
}

func (t *Trace) sinceStart() time.Duration { return time.Since(t.started) }
