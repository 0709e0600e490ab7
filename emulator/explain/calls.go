package explain

import (
	"slices"
	"strconv"
	"strings"

	"github.com/emu8266/emu8266/emulator/cause"
	"github.com/emu8266/emu8266/emulator/trace"
	"github.com/emu8266/emu8266/espconn"
)

// call is a call of the firmware that is under way.
type call struct {
	name, conn, args string
	begun            *story      // what it begins, if that is a connection or a server
	why              trace.Event // why it will be refused
	heap             trace.Event // the block that found no memory in it
	failed           string      // the same in words
	short            int         // how many bytes were missing for it
	finding          int         // the last finding in it, -1: none
}

// refusal is a call that returned an error, on a connection that goes on.
type refusal struct {
	function string
	symptom  string
	why      trace.Event
	free     uint32
	heap     trace.Event
	failed   string
	short    int
	finding  int
}

// begins are the calls that begin something that is told.
var begins = map[string]Subject{
	"espconn_connect": SubjectConnection, "espconn_secure_connect": SubjectConnection,
	"espconn_accept": SubjectServer, "espconn_secure_accept": SubjectServer,
}

func (r *Reader) api(ev *trace.Event) {
	switch ev.Kind {
	case trace.KindCall:
		c := call{name: ev.Name, conn: ev.Conn, args: ev.Text, finding: -1}
		if about, ok := begins[ev.Name]; ok {
			c.begun = r.begin(about, ev.Conn)
			c.begun.tentative, c.begun.called = true, true
			if about == SubjectConnection {
				r.beginsWith(c.begun, ev.Name)
			}
			r.step(c.begun, ev, ev.What())
			delete(r.udp, ev.Conn)
		} else if ev.Name == "espconn_create" {
			r.udp[ev.Conn] = true
		}
		r.calls = append(r.calls, c)
	case trace.KindReturn:
		r.returned(ev)
	case trace.KindState:
		r.stated(ev)
	case trace.KindEnded:
		r.ended(ev)
	}
}

// finish takes the call that returns off the calls under way.
func (r *Reader) finish(ev *trace.Event) call {
	for i, c := range slices.Backward(r.calls) {
		if c.name == ev.Name && c.conn == ev.Conn {
			r.calls = r.calls[:i] // what it had called did not come back: it crashed
			return c
		}
	}
	return call{name: ev.Name, conn: ev.Conn, finding: -1}
}

func (r *Reader) returned(ev *trace.Event) {
	c := r.finish(ev)
	code := espconn.Err(ev.Value)
	switch {
	case c.why.Name != "":
		r.refused(ev, c)
	case c.name == "espconn_gethostbyname" && code == espconn.INPROGRESS: // how it begins (docs/facts/espconn.md 5.18)
		r.looksUp(ev, c)
	case code < espconn.OK || ev.Text == "false": // all errors are negative; a positive result is what was asked for
		r.refused(ev, c)
	default:
		r.succeeded(ev, c)
	}
}

// succeeded is a call that did what it was asked for.
func (r *Reader) succeeded(ev *trace.Event, c call) {
	if s := c.begun; s != nil {
		s.tentative = false
		if s.x.Subject == SubjectServer {
			s.x.Symptom = r.say.listens(ev.Conn)
		} else {
			s.x.Outcome, s.x.Symptom = OutcomeWaiting, r.say.noCallback
		}
		r.decide(s)
		return
	}
	if s := r.last(SubjectConnection, c.conn); s != nil {
		s.moved(c.name)
	}
	if r.udp[c.conn] { // no connection: all that there is to tell is that it was used
		r.did = r.say.returned(ev.Name, ev.Text)
	}
	for _, s := range r.stories { // made again with success: what was refused before is no more
		switch {
		case s.x.Subject == SubjectCall && s.no != nil && s.no.function == c.name && s.x.About == about(c):
			s.dropped = true
		case s.x.About == c.conn && s.no != nil && s.no.function == c.name:
			s.no = nil
		}
	}
}

// about names what a refused call is about: its espconn, or the function itself.
func about(c call) string {
	if c.conn != "" {
		return c.conn
	}
	return c.name
}

// refused is a call that returned an error. One that was to begin a connection is told beside the connection that its espconn has; one
// on a connection belongs to its story, and any other is a story of its own.
func (r *Reader) refused(ev *trace.Event, c call) {
	no := &refusal{function: c.name, why: c.why, free: r.free, heap: c.heap, failed: c.failed, short: c.short, finding: c.finding}
	no.symptom = r.say.returned(ev.Name, ev.Text)
	if code := espconn.Err(ev.Value); code != espconn.OK {
		no.symptom += ", " + code.String()
	}
	s := c.begun
	if s != nil {
		s.tentative = false
		if before := r.living(c.conn, s); before != nil { // a second one on the same espconn
			before.chain.steps = append(before.chain.steps, s.chain.steps...)
			for i := range s.findings {
				before.findings[i] = true
			}
			s.dropped, s = true, before
		}
	} else if s = r.last(SubjectConnection, c.conn); s == nil || c.conn == "" {
		if s = r.last(SubjectServer, c.conn); s == nil || c.conn == "" {
			s = r.callStory(c, no)
		}
	}
	if c.finding >= 0 {
		s.findings[c.finding] = true
	}
	s.no = no
	s.chain.again(ev.At.Seconds(), no.symptom, no.symptom, &r.say)
	if s.x.Outcome != OutcomeFailed && s.x.Outcome != OutcomeCrashed { // of one that failed that is the news
		r.decide(s)
	}
}

// living returns the connection of an espconn that is open beside s, nil if none is.
func (r *Reader) living(conn string, s *story) *story {
	for _, o := range slices.Backward(r.stories) {
		if o != s && o.x.Subject == SubjectConnection && o.x.About == conn && o.open() {
			return o
		}
	}
	return nil
}

// callStory returns the story of a call that belongs to no connection: the one before if the same call was refused just so.
func (r *Reader) callStory(c call, no *refusal) *story {
	for _, s := range r.stories {
		if s.x.Subject == SubjectCall && !s.dropped && s.x.About == about(c) && s.no.function == c.name &&
			s.no.symptom == no.symptom && s.no.why.Name == no.why.Name {
			return s
		}
	}
	return r.begin(SubjectCall, about(c))
}

// looksUp begins the story of a name's lookup.
func (r *Reader) looksUp(ev *trace.Event, c call) {
	s := r.begin(SubjectLookup, hostOf(c.args))
	s.x.Outcome, s.x.Symptom = OutcomeWaiting, r.say.noCallback
	r.step(s, ev, c.name+"("+c.args+")")
}

// hostOf returns the name in the arguments of espconn_gethostbyname, which is the last and quoted.
func hostOf(args string) string {
	if i := strings.IndexByte(args, '"'); i >= 0 {
		if name, err := strconv.Unquote(args[i:]); err == nil {
			return name
		}
	}
	return args
}

// lookup returns the lookup of a name that is under way, nil if there is none.
func (r *Reader) lookup(name string) *story {
	if s := r.last(SubjectLookup, name); s != nil && s.open() {
		return s
	}
	return nil
}

// found is the callback of a lookup: Name is the name, Text the address or "NULL".
func (r *Reader) found(ev *trace.Event) {
	s := r.lookup(ev.Name)
	if s == nil {
		return
	}
	symptom := r.say.found(ev.Name, ev.Text)
	r.step(s, ev, symptom)
	if ev.Text != "NULL" {
		s.dropped, r.did = true, symptom
		r.loose.steps = append(r.loose.steps, s.chain.steps...)
		return
	}
	s.x.Outcome, s.x.Symptom, s.x.HeapFree = OutcomeFailed, symptom, r.free
	s.named(s.take())
	r.decide(s)
}

// of fills in what a refused call tells.
func (no *refusal) of(x *Explanation, findings []Found) {
	t := cause.Text{}
	if no.why.Name != "" {
		t = cause.Of(no.why, x.Language)
	}
	x.Symptom, x.Cause, x.CauseID, x.Source, x.Change = no.symptom, t.Sentence, cause.ID(no.why.Name), t.Source, nil
	if t.Remedy != "" {
		x.Change = []string{t.Remedy}
	}
	x.Where, x.Code, x.HeapFree, x.HeapFailed, x.LeastSize = "", "", no.free, no.failed, int(no.why.Least)
	if no.finding >= 0 {
		f := findings[no.finding]
		x.Where, x.Cause = f.Where, x.joined(f.Text, x.Cause)
		if len(x.Change) == 0 { // what the cause advises is more to the point
			x.Change = []string{f.Fix}
		}
	}
}
