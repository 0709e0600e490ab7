package explain

import (
	"slices"

	"github.com/emu8266/emu8266/emulator/cause"
	"github.com/emu8266/emu8266/emulator/trace"
)

// story is what became of one thing.
type story struct {
	x     Explanation // what is known so far; finished fills in the rest
	chain chain
	order int // when it was decided: greater is later
	began int // the same of its beginning

	tentative bool // its call has not returned yet
	dropped   bool // there is nothing to tell any more
	past      bool // of a boot before
	next      bool // of the boot that comes next: the loader's
	over      bool // a connection: its last callback was made
	called    bool // a connection that a call of the firmware began, not a client of a server
	presented bool // a client's: the device has sent its certificate, and the connection did not work yet

	axtls bool        // the handshake is axTLS's
	lost  bool        // it ended with an error of TLS, which its callback will tell
	mute  bool        // it ended with an error that no callback told
	shut  bool        // it worked, and was closed in order: by the peer over TLS, or by the firmware
	why   trace.Event // the cause named last; its consequence comes next
	ended trace.Event // how TCP ended the connection
	// spoilt is the cause of a connection whose data did not arrive as it was sent.
	spoilt trace.Event
	cut    trace.Event // how the end of the boot before ended it, if the firmware asked for that
	heap   trace.Event // the cause of HeapFailed
	short  int         // how many bytes were missing for it

	remote trace.Addr // of a connection

	no       *refusal     // the last call on it that was refused; nil: none, or it was made again with success
	findings map[int]bool // all of its own, by their index
}

// open tells whether a connection lives or may still come to live, or an answer is to come.
func (s *story) open() bool {
	return !s.dropped && (s.tentative || s.x.Outcome == OutcomeWaiting || s.x.Outcome == OutcomeConnected)
}

// ending tells whether a connection's end is known, which its last callback will tell.
func (s *story) ending() bool { return s.lost || s.shut || s.ended.Kind != 0 }

// outcome is that of the story: a connection that did not fail is told by the call on it that was refused.
func (s *story) outcome() Outcome {
	if s.no != nil && !s.x.Outcome.Bad() {
		return OutcomeRefused
	}
	return s.x.Outcome
}

// begin adds a story.
func (r *Reader) begin(about Subject, name string) *story {
	if len(r.stories) >= storiesMax {
		i := max(0, slices.IndexFunc(r.stories, func(s *story) bool { return !s.open() })) // one that is over, if there is any
		r.stories = slices.Delete(r.stories, i, i+1)
	}
	s := &story{findings: map[int]bool{}}
	s.x = Explanation{Language: r.language, Device: r.device, Profile: r.profile, Outcome: OutcomeIdle, Subject: about, About: name,
		HeapFree: r.free, HeapLeast: r.free}
	r.stories = append(r.stories, s)
	r.decide(s)
	s.began = s.order
	return s
}

// decide says that something was decided about s just now.
func (r *Reader) decide(s *story) {
	r.clock++
	s.order = r.clock
}

// last returns the story about name that lives, else the newest one, nil if there is none.
func (r *Reader) last(about Subject, name string) (last *story) {
	for _, s := range slices.Backward(r.stories) {
		switch {
		case s.x.Subject != about || s.x.About != name || s.dropped:
		case s.open():
			return s
		case last == nil:
			last = s
		}
	}
	return last
}

// because sets the cause, or none.
func (s *story) because(t cause.Text, id cause.ID) {
	s.x.Cause, s.x.CauseID, s.x.Source, s.x.Change = t.Sentence, id, t.Source, nil
	if t.Remedy != "" {
		s.x.Change = []string{t.Remedy}
	}
}

// named sets the cause that an event names, or none if it names none.
func (s *story) named(ev trace.Event) {
	if ev.Name == "" {
		s.because(cause.Text{}, "")
		return
	}
	s.because(cause.Of(ev, s.x.Language), cause.ID(ev.Name))
}

// take returns the cause named last and forgets it.
func (s *story) take() trace.Event {
	why := s.why
	s.why = trace.Event{}
	return why
}

// chain is a bounded list of steps.
type chain struct {
	steps []Step
	news  string // what the last step is known by, if it may come again
	times int    // how often it came
}

func (c *chain) add(at float64, text string) {
	if len(c.steps) == ChainMax { // the beginning matters least
		c.steps = append(c.steps[:0], c.steps[1:]...)
	}
	c.steps = append(c.steps, Step{at, text})
	c.news = ""
}

// drop takes the last step back if it says text.
func (c *chain) drop(text string) {
	if n := len(c.steps); n > 0 && c.steps[n-1].Text == text {
		c.steps, c.news = c.steps[:n-1], ""
	}
}

// again adds a step that is counted where it comes again and again. key is what it is known by: numbers in its text may grow, and then
// it says the newest ones, at their time.
func (c *chain) again(at float64, key, text string, say *phrases) {
	if n := len(c.steps); key != "" && key == c.news {
		last := &c.steps[n-1]
		if last.Text != text && last.Text != text+say.times(c.times) {
			last.At = at
		}
		c.times++
		last.Text = text + say.times(c.times)
		return
	}
	c.add(at, text)
	c.news, c.times = key, 1
}

// step adds a step to a story.
func (r *Reader) step(s *story, ev *trace.Event, text string) {
	s.chain.add(ev.At.Seconds(), cause.Detail(text, r.language))
}

// shared returns the chains that a step belongs to which concerns the whole device: those of what is open, and the device's own.
func (r *Reader) shared() []*chain {
	all := []*chain{&r.loose}
	for _, s := range r.stories {
		if s.open() {
			all = append(all, &s.chain)
		}
	}
	return all
}

// sameCrash tells whether a story was ended by the crash that another one tells of.
func (s *story) sameCrash(o *story) bool {
	return o != nil && s.x.Outcome == OutcomeCrashed && o.x.Outcome == OutcomeCrashed && s.past == o.past
}
