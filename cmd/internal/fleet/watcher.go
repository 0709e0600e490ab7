package fleet

import (
	"strings"
	"sync"
	"time"

	"github.com/emu8266/emu8266/emulator/cause"
	"github.com/emu8266/emu8266/emulator/chip"
	"github.com/emu8266/emu8266/emulator/trace"
)

// tally is what all devices of a process have told so far.
type tally struct {
	language cause.Language
	goal     Goal
	wanted   int           // devices
	all      chan struct{} // closed when so many have reached the goal; nil: nobody waits for that
	end      time.Duration // of the fleet: what happens then and later does not count

	mu                        sync.Mutex // guards what follows
	sums                      Sums
	times                     Seconds
	causes, crashes, findings map[string]*Group
	over, closed              bool // the fleet has ended, perhaps early: nothing counts but firmware that stands, and then nothing
}

func newTally(l cause.Language, end time.Duration) *tally {
	return &tally{language: l, end: end, causes: map[string]*Group{}, crashes: map[string]*Group{}, findings: map[string]*Group{}}
}

// reached hears that a device has reached a goal, and how many have. The caller holds mu.
func (t *tally) reached(w *watcher, goal Goal, devices int) {
	if t.goal != goal {
		return
	}
	w.done = true
	if devices == t.wanted {
		close(t.all)
	}
}

// groupsMax bounds the groups of each kind. Choice: more than there are causes and rules; only crashes, by place, might be more.
const groupsMax = 1000

// note counts that something happened to a device.
func (t *tally) note(groups map[string]*Group, w *watcher, id string, at time.Duration, words func() (text, change string)) {
	g := groups[id]
	if g == nil {
		if len(groups) >= groupsMax {
			return
		}
		g = &Group{ID: id, At: -1}
		groups[id] = g
	}
	if now := (&Group{At: at.Seconds(), Device: w.name}); g.At < 0 || now.earlier(g) {
		g.At, g.Device = now.At, now.Device
		g.Text, g.Change = words()
	}
	g.Times++
	if !w.seen[id] {
		w.seen[id] = true
		g.Devices++
	}
}

// groupList are those of a kind, the most frequent first.
func groupList(groups map[string]*Group) []Group {
	list := make([]Group, 0, len(groups))
	for _, g := range groups {
		list = append(list, *g)
	}
	return sortGroups(list)
}

// watcher hears of one device. Its methods are called on the device goroutine.
type watcher struct {
	tally *tally
	name  string
	began time.Duration // of the fleet, when it was switched on

	conns  map[string]*conn // those that are under way
	up     int              // how many of them have connected
	lost   time.Duration    // since when there is none, in the device's time; 0: it has one, or never had
	seen   map[string]bool  // ids
	joined bool
	was    bool // connected
	dead   bool // crashed

	answered bool

	// done: it has reached the fleet's goal. Its numbers and times stand from then on: how long the others take, and who is in its shard,
	// shows in none of them.
	done bool
}

// conn is a connection of a device.
type conn struct {
	called time.Duration // espconn_connect; 0: a client of a server of the device
	hello  time.Duration // TLS has begun
	sent   time.Duration // the last send, if nothing has come since
	flying time.Duration // a send whose sent callback has not come
	up     bool
}

// connsMax bounds the connections of a device that are looked at. Choice: many times what the device has.
const connsMax = 64

func newWatcher(t *tally, name string, began time.Duration) *watcher {
	return &watcher{tally: t, name: name, began: began, conns: map[string]*conn{}, seen: map[string]bool{}}
}

// event takes the device's next event.
func (w *watcher) event(e trace.Event) {
	switch {
	case e.Kind == trace.KindCause, e.Source == trace.SourceFinding:
	case e.Source == trace.SourceAPI, e.Source == trace.SourceCallback, e.Source == trace.SourceTLS, e.Source == trace.SourceWiFi,
		e.Source == trace.SourceDevice:
	default:
		return // heap, frames, lines: most events
	}
	t := w.tally
	t.mu.Lock()
	defer t.mu.Unlock()
	over := t.over || w.began+e.At >= t.end
	if t.closed || over && !stands(&e) {
		return
	}
	counted := !w.done && !over
	switch {
	case e.Kind == trace.KindCause:
		t.note(t.causes, w, e.Name, w.began+e.At, func() (string, string) {
			text := cause.Of(e, t.language)
			return text.Sentence, text.Remedy
		})
	case e.Source == trace.SourceFinding:
		t.note(t.findings, w, e.Name, w.began+e.At, func() (string, string) {
			return strings.TrimPrefix(e.Where+": ", ": ") + e.Text, cause.Rule(e.Name, t.language).Fix
		})
	case e.Source == trace.SourceDevice:
		w.machine(&e, counted)
	case !counted:
	case e.Source == trace.SourceAPI:
		w.api(&e)
	case e.Source == trace.SourceCallback:
		w.callback(&e)
	case e.Source == trace.SourceTLS:
		w.tls(&e)
	case e.Kind == trace.KindEvent && e.Name == gotIP && !w.joined:
		w.joined = true
		t.sums.Joined++
		t.times.Join.Add(e.At)
	}
}

// gotIP is the SDK's event with which a station has its address.
const gotIP = "EVENT_STAMODE_GOT_IP"

// connects and sends are the SDK's functions that begin a connection, and that send on one.
var (
	connects = map[string]bool{"espconn_connect": true, "espconn_secure_connect": true}
	sends    = map[string]bool{"espconn_send": true, "espconn_sent": true, "espconn_secure_send": true, "espconn_secure_sent": true}
)

func (w *watcher) api(e *trace.Event) {
	sums := &w.tally.sums
	switch {
	case connects[e.Name] && e.Kind == trace.KindCall:
		sums.Attempts++
		if w.conns[e.Conn] == nil && len(w.conns) < connsMax {
			w.conns[e.Conn] = &conn{called: e.At}
		}
	case connects[e.Name] && e.Kind == trace.KindReturn && e.Value != 0:
		sums.Failed++
		if c := w.conns[e.Conn]; c != nil && !c.up && c.hello == 0 {
			delete(w.conns, e.Conn)
		}
	case sends[e.Name] && e.Kind == trace.KindReturn && e.Value == 0:
		sums.Sends++
		if c := w.conns[e.Conn]; c != nil && c.up {
			c.sent = e.At
			if c.flying == 0 {
				c.flying = e.At
			}
		}
	}
}

func (w *watcher) tls(e *trace.Event) {
	switch c := w.conns[e.Conn]; {
	case c == nil && e.Kind == trace.KindState && len(w.conns) < connsMax: // a client of the device
		w.conns[e.Conn] = &conn{hello: e.At}
	case c == nil:
	case e.Kind == trace.KindState && c.hello == 0:
		c.hello = e.At
	case e.Kind == trace.KindHandshake:
		w.tally.sums.Handshakes++
		w.tally.times.Handshake.Add(e.At - c.hello)
	}
}

func (w *watcher) callback(e *trace.Event) {
	t, c := w.tally, w.conns[e.Conn]
	switch e.Kind {
	case trace.KindConnect:
		if c == nil && len(w.conns) < connsMax {
			c = &conn{}
			w.conns[e.Conn] = c
		}
		if c == nil || c.up {
			return
		}
		c.up = true
		t.sums.Connections++
		if c.called > 0 {
			t.times.Connect.Add(e.At - c.called)
		}
		if !w.was {
			w.was = true
			t.sums.Connected++
			t.reached(w, Connected, t.sums.Connected)
		}
		if w.up++; w.up == 1 {
			t.sums.Up++
			if w.lost > 0 {
				t.sums.Reconnects++
				t.times.Reconnect.Add(e.At - w.lost)
				w.lost = 0
			}
		}
	case trace.KindReconnect, trace.KindDisconnect:
		if c != nil {
			delete(w.conns, e.Conn)
			w.ended(c, e.Kind == trace.KindDisconnect, e.At)
		}
	case trace.KindRecv:
		t.sums.Receives++
		t.sums.Received += int(e.Value)
		if !w.answered {
			w.answered = true
			t.sums.Answered++
			t.reached(w, Answered, t.sums.Answered)
		}
		if c != nil && c.sent > 0 {
			t.times.RoundTrip.Add(e.At - c.sent)
			c.sent = 0
		}
	case trace.KindSent:
		if c != nil && c.flying > 0 {
			t.times.Sent.Add(e.At - c.flying)
			c.flying = 0
		}
	}
}

// ended counts the end of a connection.
func (w *watcher) ended(c *conn, orderly bool, at time.Duration) {
	sums := &w.tally.sums
	switch {
	case !c.up:
		sums.Failed++
		return
	case orderly:
		sums.Closed++
	default:
		sums.Broken++
	}
	if w.up--; w.up == 0 {
		sums.Up--
		w.lost = at
	}
}

// stands says whether the event is that firmware did not return from a callback and was ended there.
func stands(e *trace.Event) bool { return e.Kind == trace.KindFatal && e.Value == chip.CauseStuck }

// machine hears that the firmware ends, and with it its connections, which are counted or not.
func (w *watcher) machine(e *trace.Event, counted bool) {
	t := w.tally
	switch e.Kind {
	case trace.KindFatal:
		id := e.Name + ": " + e.Text
		if stands(e) {
			id = e.Name // the text has the time, another one for each device
		}
		t.note(t.crashes, w, id, w.began+e.At, func() (string, string) { return e.Text, "" })
		if !w.dead {
			w.dead = true
			t.sums.Crashed++
		}
	case trace.KindHalt, trace.KindRestart, trace.KindSleep:
	default:
		return
	}
	if counted {
		w.down(e.At)
	}
}

// down is the end of all connections.
func (w *watcher) down(at time.Duration) {
	for id, c := range w.conns {
		delete(w.conns, id)
		w.ended(c, false, at)
	}
}
