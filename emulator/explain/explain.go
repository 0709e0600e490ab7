package explain

import (
	"cmp"
	"slices"
	"time"

	"github.com/emu8266/emu8266/emulator/cause"
	"github.com/emu8266/emu8266/emulator/trace"
)

// Explain tells from a device's events, oldest first, what became of the last connection, lookup or call, and why.
func Explain(events []trace.Event, l cause.Language) Explanation {
	return read(events, l).Explanation()
}

// All tells what became of each connection, lookup and refused call of a device's events, newest first: see Reader.Explanations.
func All(events []trace.Event, l cause.Language) []Explanation { return read(events, l).Explanations() }

func read(events []trace.Event, l cause.Language) *Reader {
	r := NewReader(l)
	for i := range events {
		r.Add(events[i])
	}
	return r
}

// LastFailed returns the first of all, as All and Device.Explanations return them, that failed, was refused or crashed; false when
// none did. That the firmware itself left its access point is no failure to look for.
func LastFailed(all []Explanation) (Explanation, bool) {
	i := slices.IndexFunc(all, func(x Explanation) bool { return x.Outcome.Bad() && x.CauseID != cause.Left })
	if i < 0 {
		return Explanation{}, false
	}
	return all[i], true
}

// Reader explains a trace event by event, without keeping it: for traces that are longer than memory.
type Reader struct {
	language cause.Language
	say      phrases
	device   string // of the last boot
	booted   time.Duration
	profile  string

	stories []*story // in order of their beginning, at most storiesMax
	clock   int      // counts decisions
	calls   []call   // under way, the outermost first

	free   uint32            // heap
	firsts map[string]uint32 // the same when the first connection of the boot began, by how it began
	least  uint32            // since the boot
	loose  chain             // steps that belong to no story, since the boot
	did    string            // what went well and is no story
	apart  work              // what the device did beside the network, since the boot
	udp    map[string]bool

	crash   *story      // of a cause of the device itself; dropped when the crash that it explains comes next
	away    bool        // the station has lost its access point, or has not found it
	station trace.Event // why
	event   string      // the last Wi-Fi event
	address trace.Event // why the station has no address from DHCP, none once it has one
	unsent  unsent      // the packet that found no memory last, until a trouble of the network is told

	moment map[string]trace.Event // of a crash that comes next: what ran, and the last call
	locals []string               // of a crash that comes next

	findings []Found
	seen     map[string]int // finding -> its index
}

// storiesMax bounds the stories that a Reader keeps. Choice: more than anybody reads.
const storiesMax = 64

// NewReader returns a Reader whose explanations will be in language l.
func NewReader(l cause.Language) *Reader {
	return &Reader{language: l, say: speech[l], seen: map[string]int{}, udp: map[string]bool{}, firsts: map[string]uint32{},
		moment: map[string]trace.Event{}}
}

// Add takes the next event.
func (r *Reader) Add(ev trace.Event) {
	if ev.Kind == trace.KindCause {
		r.cause(&ev)
		return
	}
	switch ev.Source {
	case trace.SourceAPI:
		r.api(&ev)
	case trace.SourceCallback:
		r.callback(&ev)
	case trace.SourceFinding:
		r.finding(&ev)
	case trace.SourceTLS:
		r.tls(&ev)
	case trace.SourceHeap:
		r.memory(&ev)
	case trace.SourceDevice:
		r.machine(&ev)
	case trace.SourceUART, trace.SourcePin, trace.SourceI2C, trace.SourceFlash:
		r.apart.add(&ev)
	case trace.SourceNet:
		if ev.Kind == trace.KindClock {
			r.over("SNTP")
		}
	case trace.SourceWiFi:
		switch ev.Kind {
		case trace.KindEvent:
			r.wifi(&ev)
		case trace.KindSmartConfig:
			r.smartconfig(&ev)
		}
	}
	r.crash = nil
}

// cause is why something happened that is told next, or at once: it goes where that will look for it.
func (r *Reader) cause(ev *trace.Event) {
	switch ev.Source {
	case trace.SourceHeap:
		if n := len(r.calls); n > 0 {
			r.calls[n-1].heap = *ev
		}
		if ev.Text == packet {
			r.unsent.why = *ev
		}
		for _, s := range r.stories {
			if s.open() {
				s.heap = *ev
			}
		}
	case trace.SourceTLS:
		r.connection(ev).why = *ev
	case trace.SourceWiFi:
		r.station = *ev
		if r.leaves(ev.At) {
			return
		}
		if slices.Contains(unwanted, ev.Name) && ev.Value == 0 {
			r.away = true
			return
		}
		r.reported(ev)
	case trace.SourceNet:
		r.network(ev)
	case trace.SourceAPI:
		switch n := len(r.calls); {
		case ev.Remote != trace.Addr{}:
			r.network(ev)
		case n > 0:
			r.calls[n-1].why = *ev
		default:
			r.reported(ev)
		}
	case trace.SourceDevice:
		r.crash = r.reported(ev)
	default:
		r.reported(ev)
	}
}

// Explanation returns the explanation of what was decided last. It has the findings of the whole trace.
func (r *Reader) Explanation() Explanation {
	s, x := r.newest(), Explanation{}
	if s == nil {
		x = r.idle()
	} else {
		x = r.finished(s)
	}
	for _, o := range r.told() {
		if o != s && o.outcome().Bad() && o.x.CauseID != cause.Left && !o.sameCrash(s) {
			if x.OthersFailed++; x.OthersFailed == 1 {
				x.LastFailed = r.brief(o)
			}
		}
	}
	x.Findings = slices.Clone(r.findings)
	r.advise(&x, s)
	return x
}

// Explanations returns an explanation of each connection, server, lookup, refused call and trouble of the device itself, the one that
// was decided last first; nil when there was none. Each has the findings that belong to it alone. Of a trace with more than 64 the
// oldest are missing.
func (r *Reader) Explanations() (all []Explanation) {
	for i, s := range r.told() {
		x := r.finished(s)
		x.Earlier = i
		for j, f := range r.findings {
			if s.findings[j] {
				x.Findings = append(x.Findings, f)
			}
		}
		r.advise(&x, s)
		all = append(all, x)
	}
	return all
}

// brief is what went wrong in one line.
func (r *Reader) brief(s *story) string {
	x := r.finished(s)
	if x.Symptom == "" || x.Cause == "" {
		return x.Symptom + x.Cause
	}
	return x.Symptom + r.say.colon + x.Cause
}

// told returns the stories that are worth telling, the one that was decided last first.
func (r *Reader) told() (told []*story) {
	for _, s := range r.stories {
		if !s.tentative && !s.dropped {
			told = append(told, s)
		}
	}
	slices.SortStableFunc(told, func(a, b *story) int { return cmp.Compare(b.order, a.order) })
	return told
}
